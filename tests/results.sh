# SPDX-License-Identifier: GPL-2.0-only
# kickstand results: groups and their figures, fronts, changes against another database, and the page.
. "$KICKSTAND_SRC/tests/lib.sh"

cp "$EXAMPLES/shared.bpf.o" "$EXAMPLES/central.bpf.o" "$TEST_OBJECTS/faults.bpf.o" .

cat >p.json <<'END'
{
	"schedulers": ["shared.bpf.o", "none", {"name": "faulty", "object": "faults.bpf.o", "set": {"fault": "FAULT_ERROR"}}],
	"kernels": ["6.12", "7.3"], "machines": 4, "workloads": "mixed", "seeds": "1..5", "duration": "20ms"
}
END
kickstand sweep p.json --db a.sqlite --quiet
latency=all_tasks.wakeup_latency_ns.p99

kickstand results a.sqlite --figure $latency
says 'what all have in common stands above' out '^all: machine 4, workload mixed, duration 20ms, kind run, version '
says 'a line for each configuration' out '^none +- +7\.3 +5 +0 +[0-9.]+[mu]s \+-[0-9.]+%$'
says 'what ended badly is counted' out '^faulty +fault=FAULT_ERROR +6\.12 +5 +5 '

# the figures against Python's own reckoning
kickstand results a.sqlite --figure $latency --by scheduler --csv
python3 - $latency >want <<'END'
import json, math, sqlite3, statistics, sys
db = sqlite3.connect('file:a.sqlite?mode=ro', uri=True)
groups = {}
for name, figures in db.execute('SELECT scheduler, figures FROM run JOIN config ON config.id = config'):
    v = json.loads(figures)
    for key in sys.argv[1].split('.'):
        v = v[key]
    groups.setdefault(name, []).append(v)
for name, v in sorted(groups.items()):
    print(f'{name},10,{10 * (name == "faulty")},{statistics.mean(v):.10g},'
          f'{2.262 * statistics.stdev(v) / math.sqrt(10):.6g},{sorted(v)[5]},{min(v)},{max(v)}')
END
is 'mean, confidence, median and ends of what is put together' "$(tail -n +2 out)" "$(cat want)"

kickstand results a.sqlite --figure $latency --best 1 --where kernel=7.3 --csv
best=$(tail -n 1 out | cut -d, -f1)
kickstand results a.sqlite --figure $latency --worst 9 --where kernel=7.3 --csv
is 'the best is the last of the worst' "$(tail -n 1 out | cut -d, -f1)" "$best"
is 'and the only one in a front of one figure, of what is not bad' \
	"$("$KICKSTAND" results a.sqlite --figure "$latency" --pareto --where kernel=7.3 --csv | tail -n +2 | cut -d, -f1)" \
	"$("$KICKSTAND" results a.sqlite --figure "$latency" --best 3 --where kernel=7.3 --csv | grep -v faulty | sed -n 2p | cut -d, -f1)"
kickstand results a.sqlite --markdown --by scheduler
says 'Markdown' out '^\| shared.bpf.o \| 10 \| 0 \|'
kickstand results a.sqlite --figures
says 'the paths that there are' out '^kicks\.latency_ns\.p99$'
kickstand results a.sqlite --findings
says 'findings' out '^[0-9a-f]{8}  faulty, ejected, [0-9]+ runs'

id=$(python3 "$KICKSTAND_SRC/tests/campaign.py" ask a.sqlite "SELECT printf('%016x', run.id) FROM run JOIN config ON config.id = config
	WHERE scheduler = 'shared.bpf.o' AND kernel = '7.3' AND seed = 3")
kickstand results a.sqlite --run "$id"
is 'the command that repeats a run' "$(cat out)" \
	'kickstand run shared.bpf.o --kernel 7.3 --cpus 4 --workload mixed --duration 20ms --seed 3'

kickstand results a.sqlite --run "$(echo "$id" | cut -c 1-12)"
is 'of which the beginning of its id is enough' "$(cat out)" \
	'kickstand run shared.bpf.o --kernel 7.3 --cpus 4 --workload mixed --duration 20ms --seed 3'
exits 'but not of several' 2 "more than one run's id begins with ''" results a.sqlite --run ''
exits 'nor is more than all of it' 2 "no run's id begins with '${id}0'" results a.sqlite --run "${id}0"
exits 'and none begins with f' 2 "no run's id begins with 'f'" results a.sqlite --run f

# ---- against another ----

cp "$EXAMPLES/central.bpf.o" shared.bpf.o
kickstand sweep p.json --db b.sqlite --quiet
kickstand results b.sqlite --against a.sqlite --fail-if 'switches > +1%' --fail-if 'switches < -1%'
is 'an object that became another one fails a gate' "$status" 1
says 'which configuration, and how' out "^shared.bpf.o, 7.3: 'switches .*: switches is [0-9]+ in a.sqlite and [0-9]+ in b.sqlite: .*p="
kickstand results b.sqlite --against a.sqlite --where scheduler=none --fail-if 'switches > +0%'
is 'what is the same does not' "$status" 0
kickstand results b.sqlite --against a.sqlite --figure switches
says 'without a gate: how each figure changed' out '^  switches +[0-9]+ -> [0-9]+ '

# ---- the page ----

kickstand results a.sqlite --html page.html --figure $latency --figure max:switches
is 'a page' "$status|$(grep -c '<svg' page.html)" '0|1'
kickstand results a.sqlite --html by.html --by scheduler
is 'whose head says what all have in common, and not what is not told apart' \
	"$(grep -o '"common": *"[^"]*"' by.html)|$(grep -o '"common": *"[^,]*' page.html)" '"common":""|"common":"machine 4'
is 'and whose points have the seeds of their commands' \
	"$(grep -o '"seed":[0-9]*,"command":"[^"]*"' page.html | sed 's/.*:\([0-9]*\),.* --seed \([0-9]*\)"/\1=\2/' | sort -u)" 1=1
if command -v chromium >/dev/null; then
	timeout 100 chromium --headless --no-sandbox --disable-gpu --dump-dom --virtual-time-budget=2000 \
		"file://$PWD/page.html" >dom 2>dom.err
	is 'which d3 draws in a browser: a point for each configuration' "$(grep -o 'class="point[^"]*"' dom | wc -l)" 6
	is 'and a line of its table' "$(grep -o '<tr class="[^"]*"\|<tr>' dom | wc -l)" 7
else
	skip 'which d3 draws in a browser' 'chromium is not installed'
fi

# ---- what is refused ----

exits 'a figure that there is not' 2 "no run has a figure 'switchs'; did you mean 'switches'" results a.sqlite --figure switchs
exits 'an axis that there is not' 2 "there is no axis 'kernels'; did you mean 'kernel'" results a.sqlite --by kernels
exits 'a file that is not there' 2 'none.sqlite: cannot be read' results none.sqlite
exits 'a file of another kind' 2 'not a database' results p.json
exits 'a gate without another database' 2 '\-\-against FILE' results a.sqlite --fail-if 'switches > +1%'
exits 'a gate on what is no figure' 2 "no file has a figure 'swit'" results b.sqlite --against a.sqlite --fail-if 'swit > +1%'
exits 'a run that there is not' 2 "no run's id begins with 'zz'" results a.sqlite --run zz
exits 'findings of some configurations' 2 'not with --figures, --findings' results a.sqlite --findings --where kernel=7.3
exits 'two answers' 2 'one of them' results a.sqlite --findings --run "$id"
exits 'a command as a table' 2 'are of tables' results a.sqlite --run "$id" --csv
exits 'a page of the best' 2 'has all configurations' results a.sqlite --html x.html --best 1
exits 'nothing that fits' 2 'no run is recorded there' results a.sqlite --where kernel=5.0
plan
