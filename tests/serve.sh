# SPDX-License-Identifier: GPL-2.0-only
# kickstand serve, and sweep --search: the best settings, by an optimiser outside and by our own.
. "$KICKSTAND_SRC/tests/lib.sh"

cp "$EXAMPLES/central.bpf.o" .

cat >requests <<'END'
{"hello": true, "id": "h"}
this is no JSON

[1]
{"id": {"a": 1}, "schedulers": [], "seeds": 1}
{"id": 2, "schedulers": "none", "options": ["--spede"]}
{"id": 3, "schedulers": "none", "seeds": "1..20000"}
{"id": 4, "schedulers": "central.bpf.o", "set": {"turn_ns": 2000000}, "machines": 4, "seeds": [7], "duration": "5ms"}
END
timeout "$case_limit_s" "$KICKSTAND" serve <requests >out 2>err
[ $? = 0 ] && pass 'it ends with its input' || fail 'it ends with its input' "$(cat err)"
[ "$(wc -l <out)" = 7 ] && pass 'an answer a line' || fail 'an answer a line' "$(cat out)"
says 'hello' out '^\{"id":"h","version":"[0-9.]+","kernels":\[.*"7\.3"'
says 'what is no JSON has an answer' out '^\{"id":null,"error":"'
says 'what is no object, too' out '^\{"id":null,"error":"a request is an object'
says 'an id is repeated, whatever it is' out '^\{"id":\{"a":1\},"error":".*is empty: no run is left"\}$'
says 'an option that there is not' out '^\{"id":2,"error":"'
says 'too many at once' out '^\{"id":3,"error":"20000 runs: a request has at most 10000"\}$'
hash=$("$KICKSTAND" run central.bpf.o --set turn_ns=2000000 --cpus 4 --duration 5ms --seed 7 --hash --json - --quiet |
	sed -n 's/.*"trace_hash": "\(.*\)".*/\1/p')
says 'a run is the one of its command' out "^\{\"id\":4,.*\"hash\":\"$hash\".*\"command\":\"kickstand run central.bpf.o --set turn_ns=2000000 --cpus 4 --duration 5ms --seed 7\""

python3 "$KICKSTAND_SRC/examples/optimise.py" "$KICKSTAND" central.bpf.o turn_ns 500000 16000000 >out 2>err
says "an optimiser in Python's standard library" out '^best of [0-9]+: turn_ns=[0-9]+, all_tasks.wakeup_latency_ns.p99 [0-9]+$'
python3 "$KICKSTAND_SRC/examples/optimise.py" "$KICKSTAND" central.bpf.o nothing 1 9 >out 2>err
says 'which is told what is wrong' err "nothing"

# ---- our own ----

cat >p.json <<'END'
{
	"schedulers": "central.bpf.o",
	"set": {"turn_ns": {"from": 250000, "to": 16000000, "factor": 2}, "timer_ns": [500000, 1000000, 4000000]},
	"machines": 4, "workloads": ["mixed", "bursty"], "seeds": "1..9", "duration": "10ms"
}
END
kickstand sweep p.json --db s.sqlite --search min:all_tasks.wakeup_latency_ns.p99
cp out searched
says 'it begins with all of them' searched '^21 candidates with 1 seeds:$'
says 'the last has all seeds' searched '^1 candidates with 9 seeds:$'
says 'of all that the plan asks for, few are run' searched '^(4[2-9]|[5-9][0-9]|1[0-4][0-9]) of 378 runs are recorded'
kickstand sweep p.json --db s.sqlite --search min:all_tasks.wakeup_latency_ns.p99 --jobs 1
if [ "$(grep '^ ' searched)" = "$(grep '^ ' out)" ] && grep -q ' 0 of them now$' out; then
	pass 'the same again, without a run'
else
	fail 'the same again, without a run' "$(cat searched out)"
fi
kickstand sweep p.json --db s.sqlite --quiet
kickstand results s.sqlite --figure all_tasks.wakeup_latency_ns.p99 --by settings --best 7 --csv
best=$(sed -n '/^1 candidates/{n;s/.*o \(turn_ns=[0-9]* timer_ns=[0-9]*\):.*/\1/p;}' searched)
says 'its best is among the best third of all, with all runs' out "^$best,"
exits 'an objective without a direction' 2 'min: or max:' sweep p.json --db s.sqlite --search switches
exits 'a figure that there is not' 2 "no run that ended well has a figure 'swit'" sweep p.json --db s.sqlite --search min:swit
echo '{ "schedulers": "none", "duration": "1ms" }' >one.json
exits 'nothing to choose among' 2 'chooses among several' sweep one.json --db one.sqlite --search min:switches
exits 'an argument of serve' 2 'one argument too many' serve x
plan
