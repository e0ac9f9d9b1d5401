# SPDX-License-Identifier: GPL-2.0-only
# kickstand sweep: what a plan comes to, what is recorded of each run, that it goes on where it was,
# and what it refuses.
. "$KICKSTAND_SRC/tests/lib.sh"

campaign="python3 $KICKSTAND_SRC/tests/campaign.py"

ask() {
	$campaign ask "$@"
}

cp "$EXAMPLES/central.bpf.o" "$EXAMPLES/shared.bpf.o" "$TEST_OBJECTS/faults.bpf.o" "$TEST_OBJECTS/lost.bpf.o" .

# ---- a product ----

cat >p.json <<'END'
// two of them, without one corner, and one beside it
{
	"name": "corner",
	"schedulers": ["central.bpf.o", {"name": "mine", "object": "shared.bpf.o"}, "none"],
	"kernels": ["6.12", "7.3"], "machines": [2, "1n1l1c2t"], "workloads": "mixed",
	"seeds": ["1..2", 7], "duration": "5ms",
	"exclude": [{"kernel": "6.12", "machine": 2}, {"scheduler": "none", "seed": 7}],
	"include": [{"schedulers": "none", "machines": 3, "kernels": "7.3", "seeds": 1}],
}
END
kickstand sweep p.json --db a.sqlite --dry-run
says 'a dry run says how many' out '^corner: 25 runs of 10 configurations; 0 are recorded$'
says 'and what they are' out '^  kickstand run central.bpf.o --kernel 6.12 --topology 1n1l1c2t --workload mixed --duration 5ms --seed 1$'
says 'and how long they take' out '^25 to do, [0-9]+ ms each: about [0-9]+ s, [0-9]+ at a time$'
is 'and leaves nothing' "$(ls -d a.sqlite* 2>/dev/null)" ''
kickstand sweep p.json --db a.sqlite --jobs 1
is 'a sweep ends well' "$status" 0
is 'nothing but the database stays' "$(ls -d a.sqlite*)" a.sqlite
is 'all of the product, without what is excluded' "$(ask a.sqlite 'SELECT count(*), sum(status), sum(ok) FROM run')" '25|0|25'
kickstand sweep p.json --db a.sqlite
says 'what is recorded is not run again' out '25 runs are recorded in a.sqlite, 0 of them now$'

mkdir elsewhere
cp ./*.bpf.o p.json elsewhere
(cd elsewhere && kickstand sweep p.json --db "$work/b.sqlite" --jobs 3 --quiet)
$campaign dump a.sqlite >a.dump
$campaign dump b.sqlite >b.dump
if [ -s a.dump ] && cmp -s a.dump b.dump; then
	pass 'the same plan gives the same content, elsewhere and by more workers'
else
	fail 'the same plan gives the same content, elsewhere and by more workers' "$(diff a.dump b.dump)"
fi
is 'a run is the one of its command' "$(ask a.sqlite "SELECT hash FROM run JOIN config ON config.id = run.config
	WHERE seed = 2 AND head = 'run central.bpf.o --kernel 7.3 --cpus 2 --workload mixed --duration 5ms'")" \
	"$("$KICKSTAND" run central.bpf.o --kernel 7.3 --cpus 2 --workload mixed --duration 5ms --seed 2 --hash --json - --quiet |
	sed -n 's/.*"trace_hash": "\(.*\)".*/\1/p')"

sed 's/"1..2", 7/"1..3"/' p.json >q.json
kickstand sweep q.json --db a.sqlite
says 'a plan that grows runs what is new' out '^28 of 28 runs are recorded in a.sqlite, [0-9]+ of them now$'

# ---- what may come of a run ----

cat >ends.json <<'END'
{
	"schedulers": [
		{"name": "stalls", "object": "faults.bpf.o", "set": {"fault": "FAULT_ERROR"}},
		{"name": "stores", "object": "faults.bpf.o", "set": {"fault": "FAULT_STORE"}},
		{"name": "unbuilt", "source": "wrong.bpf.c"},
		{"name": "built", "source": "gate/gate.bpf.c"},
		"missing.bpf.o"
	],
	"machines": 4, "duration": "20ms", "seeds": "1..2", "limits": {"time": "60s", "memory": "2G"}
}
END
echo 'int x = y;' >wrong.bpf.c
kickstand new gate
kickstand sweep ends.json --db ends.sqlite
is 'whatever becomes of runs, all are recorded' "$status" 0
is 'an ejection, a fault, a source and a file that are none' "$(ask ends.sqlite "SELECT scheduler, end, status, exit, count(*), count(DISTINCT error)
	FROM run JOIN config ON config.id = run.config GROUP BY 1 ORDER BY 1" | tr '\n' ' ')" \
	'built|exit|0|none|2|1 missing.bpf.o|exit|2||2|1 stalls|exit|4|error_bpf|2|1 stores|exit|4|guest_fault|2|2 unbuilt|exit|2||2|1 '
is 'each with the line that it ended with' "$(ask ends.sqlite "SELECT count(*) FROM run WHERE status AND error = ''")" 0
is 'a finding of two runs is one, with a count' "$(ask ends.sqlite "SELECT DISTINCT kind, sum(count) FROM finding
	JOIN found ON finding.id = found.finding WHERE scheduler = 'stalls' GROUP BY finding.id")" 'ejected|2'

mkdir one two
echo 'int which = 1;' >one/which.h
echo 'int which = 2;' >two/which.h
sed 's/^#include <scx.*/&\n#include "which.h"/' gate/gate.bpf.c >which.bpf.c
echo 'CONFIG_HZ=250' >hz.txt
cat >headers.json <<'END'
{
	"schedulers": [
		{"name": "one", "source": "which.bpf.c", "options": ["--include", "one"]},
		{"name": "two", "source": "which.bpf.c", "options": ["--include=two", "--kcon=hz.txt"]}
	],
	"machines": 2, "duration": "5ms", "seeds": "1..2"
}
END
kickstand sweep headers.json --db headers.sqlite --quiet
is 'a source is built once for each folder of headers' "$(ask headers.sqlite "SELECT count(DISTINCT sha256), sum(status), count(*)
	FROM run JOIN config ON config.id = run.config")" '2|0|4'
is 'a file counts by what is in it, however its option is written' "$(ask headers.sqlite "SELECT files FROM config WHERE scheduler = 'two'")" \
	"hz.txt $(sha256sum <hz.txt | cut -d' ' -f1)"

cat >limits.json <<'END'
{ "schedulers": "central.bpf.o", "machines": 4, "duration": "10000s", "limits": {"time": "300ms"} }
END
kickstand sweep limits.json --db limits.sqlite --quiet
is 'a run that takes too long is a row' "$(ask limits.sqlite 'SELECT end, hash FROM run')" 'time|'
sed 's/"time": "300ms"/"memory": "1M"/' limits.json >memory.json
kickstand sweep memory.json --db limits.sqlite --quiet
is 'one that is done already is not done again for another limit' "$(ask limits.sqlite 'SELECT end FROM run')" time
kickstand sweep memory.json --db limits.sqlite --quiet --retry
is 'but by --retry; one that takes too much memory is a row' "$(ask limits.sqlite 'SELECT end FROM run')" memory
# the host's own limit, of one second on a CPU
(ulimit -t 1 && kickstand sweep limits.json --db signal.sqlite --quiet && sed -i 's/300ms/60s/' limits.json &&
	kickstand sweep limits.json --db signal.sqlite --quiet --retry)
is 'one that is killed is a row' "$(ask signal.sqlite 'SELECT end, status IN (9, 24) FROM run')" 'signal|1'

cat >loader.json <<END
{
	"schedulers": {"name": "loader", "loader": ["$LOADER", "{object}", "exit", "{status}"],
		"set": {"object": "$PWD/shared.bpf.o", "status": [0, 3]}},
	"machines": 2, "duration": "10ms"
}
END
kickstand sweep loader.json --db loader.sqlite --quiet
is "a scheduler's own program, its words from settings" "$(ask loader.sqlite "SELECT tail LIKE '% exit 3', status, hash != ''
	FROM run JOIN config ON config.id = run.config ORDER BY 1" | tr '\n' ' ')" '0|0|1 1|3|0 '

# ---- searches ----

cat >explore.json <<END
{
	"schedulers": {"object": "$TEST_OBJECTS/explore_empty_unlocked.bpf.o", "set": {"repaired": [0, 1]}},
	"machines": 4, "workloads": "mixed:hogs=3,sleepers=3,periodic=0,forkers=0", "duration": "100ms",
	"explore": {"runs": 120, "search_seeds": "1..2"}
}
END
kickstand sweep explore.json --db explore.sqlite --quiet
is 'searches: two find it, two do not' "$(ask explore.sqlite "SELECT settings, sum(ok), sum(status) FROM run
	JOIN config ON config.id = run.config GROUP BY 1 ORDER BY 1" | tr '\n' ' ')" 'repaired=0|0|2 repaired=1|2|0 '
is 'one finding, of two searches' "$(ask explore.sqlite "SELECT kind, decisions, count(*), sum(count) >= 2 FROM finding
	JOIN found ON finding.id = found.finding GROUP BY finding.id")" 'idle_beside_work|1|2|1'
ask explore.sqlite 'SELECT schedule FROM finding' >schedule.json
kickstand results explore.sqlite --finding "$(ask explore.sqlite "SELECT substr(printf('%016x', id), 1, 9) FROM finding")"
is 'results has it, too' "$(cat out)" "$(cat schedule.json)"
kickstand run "$TEST_OBJECTS/explore_empty_unlocked.bpf.o" --cpus 4 --duration 100ms --set repaired=0 \
	--workload mixed:hogs=3,sleepers=3,periodic=0,forkers=0 --schedule schedule.json
says 'its schedule is replayed' out '^  idle_beside_work'

# ---- what is refused ----

# refuses NAME PATTERN PLAN
refuses() {
	echo "$3" >bad.json
	exits "$1" 2 "$2" sweep bad.json --db bad.sqlite
}

refuses 'a key that is none' "^kickstand: bad.json:1:3: there is no key 'shedulers' here; did you mean 'schedulers'\?$" '{ "shedulers": [] }'
refuses 'one in a scheduler' "bad.json:1:33: there is no key 'sets'" '{ "schedulers": {"none": "yes", "sets": {}} }'
refuses 'no schedulers' "'schedulers' is missing" '{ "kernels": "6.12" }'
refuses 'an empty axis' "'kernels' is empty: no run is left" '{ "schedulers": "none", "kernels": [] }'
refuses 'an empty product' 'the excludes leave no run' '{ "schedulers": "none", "exclude": {"scheduler": "none"} }'
refuses 'a machine that is no topology' "'machines': a number of CPUs, a topology" '{ "schedulers": "none", "machines": "big" }'
refuses 'a range without a step' "'x': a range has from, to" '{ "schedulers": "central.bpf.o", "set": {"x": {"from": 1, "to": 2}} }'
refuses 'a slip of the pen' 'these are 10000000 runs: if so many are meant, say --yes' '{ "schedulers": "none", "seeds": "1..10000000" }'
refuses 'more than can be' 'more than 100000000 runs' '{ "schedulers": "none", "seeds": "1..99999999", "kernels": "all" }'
refuses 'a kernel that there is not' "6.1" '{ "schedulers": "none", "kernels": "6.1" }'
refuses 'an option that there is not' "there is no option '--spede'" '{ "schedulers": "none", "options": ["--spede"] }'
refuses 'outputs of a single run' 'write to the database' '{ "schedulers": "none", "options": ["--trace", "x.txt"] }'
refuses 'a setting that a loader has no word for' "no word of the loader has \{x\}" '{ "schedulers": {"loader": ["true"], "set": {"x": 1}} }'
refuses 'a search of no object' "explore searches objects" '{ "schedulers": "none", "explore": {"runs": 1} }'
refuses 'what is no JSON' 'bad.json:' '{ "schedulers": '
exits 'a plan that is not there' 2 'nowhere.json: cannot be read' sweep nowhere.json --db bad.sqlite
exits 'no database' 2 '--db FILE.sqlite is missing' sweep p.json
is 'and no database is made' "$(ls -d bad.sqlite* 2>/dev/null)" ''
echo 'this is no database, but long enough to be looked at as if it were one: SQLite has a header of 100 bytes' >text.sqlite
exits 'a file of another kind' 2 'text.sqlite: file is not a database' sweep p.json --db text.sqlite
python3 -c 'import sqlite3; sqlite3.connect("other.sqlite").execute("CREATE TABLE t (x)")'
exits "another program's database" 2 'is no database of kickstand sweep' sweep p.json --db other.sqlite
cp a.sqlite version.sqlite
python3 -c 'import sqlite3; sqlite3.connect("version.sqlite").execute("PRAGMA user_version=2")'
exits 'a database of another version' 2 'is of version 2, and this kickstand reads and writes version 1' sweep p.json --db version.sqlite
python3 - <<'END' &
import fcntl, time
f = open('a.sqlite')
fcntl.flock(f, fcntl.LOCK_EX)
open('locked', 'w').close()
while f: time.sleep(0.05)
END
holder=$!
until [ -e locked ]; do sleep 0.05; done
exits 'a database in use' 2 'a.sqlite: is in use by another' sweep p.json --db a.sqlite
kill "$holder"
exits 'a folder that cannot be written' 2 'unable to open|cannot be' sweep p.json --db /proc/x.sqlite

mkdir nothing
PATH=$PWD/nothing "$KICKSTAND" sweep p.json --db bad.sqlite --on slurm >out 2>err
is 'no sbatch' "$?|$(cat err)" '2|kickstand: --on slurm: there is no sbatch here: is this a login node of a cluster?'
exits 'words for sbatch without it' 2 'are for --on slurm' sweep p.json --db bad.sqlite --partition x
exits 'a part of no search' 2 'is of --search' sweep p.json --db bad.sqlite --part 2
exits 'a batch of no worker' 2 'come together' sweep p.json --db bad.sqlite --batch 1
exits 'a worker of no batch' 2 'come together' sweep p.json --worker spool
exits 'a worker that searches' 2 'writes no database' sweep p.json --worker spool --batch 1 --search min:switches
exits 'a bisection of a plan' 2 'no other option of a plan' sweep --bisect a..b --build make --scenario x.json --jobs 2
exits 'another place' 2 'local or slurm is due' sweep p.json --db bad.sqlite --on moon

# ---- killed ----

sed 's/"1..2", 7/"1..6"/' p.json >k.json
if $campaign kills "${KILLS:-6}" "$KICKSTAND" k.json >said 2>&1; then
	pass "killed: $(cat said)"
else
	fail 'killed in random places, it goes on' "$(cat said)"
fi
timeout -s INT 0.3 "$KICKSTAND" sweep --jobs 1 --db int.sqlite limits.json >out 2>err
is 'interrupted, it says so' "$?|$(cat err)" '124|kickstand: interrupted'
timeout -s INT 0.3 "$KICKSTAND" sweep --db dry.sqlite limits.json --dry-run >out 2>err
is 'a dry run, too, and has nothing to tell of times' "$?|$(cat err)|$(grep -c 'to do' out)" '124|kickstand: interrupted|0'
plan
