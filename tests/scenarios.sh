# SPDX-License-Identifier: GPL-2.0-only
# `kickstand test`: scenarios that pass, what a failing one prints, what bad files get,
# the other outputs, and that neither jobs nor a second run changes anything.
. "$KICKSTAND_SRC/tests/lib.sh"

KICKSTAND_OBJECTS=$TEST_OBJECTS
export KICKSTAND_OBJECTS
self=$KICKSTAND_SRC/tests/scenarios/self

# ---- scenarios that hold ----

for folder in "$KICKSTAND_SRC"/tests/scenarios/*; do
	# others have a script of their own
	[ -f "$KICKSTAND_SRC/tests/$(basename "$folder").sh" ] || scenarios_hold "$folder"/*.json
done

# ---- a run that takes too long ----

cat >long.json <<'JSON'
{ "object": "plain.bpf.o", "cpus": 64, "duration": "100000s", "workload": "pingpong" }
JSON
kickstand test long.json --limit 1 --trace long.txt
if [ "$status" = 1 ] && grep -q 'more than 1 s of this computer' out && [ "$(echo long.txt*)" = 'long.txt*' ]; then
	pass 'limit: a run that takes longer has failed, and leaves no half file'
else
	fail 'limit: a run that takes longer has failed, and leaves no half file' "exit status $status" "$(cat out err)" \
		"$(echo long.txt*)"
fi

# ---- order, selection, other outputs ----

kickstand test "$self"/*.json --jobs 1 --emit one.json --junit one.xml
mv out out1
kickstand test "$self"/*.json --jobs 7 --emit two.json
if cmp -s out1 out && cmp -s one.json two.json; then
	pass 'jobs: the same output, whatever --jobs is'
else
	fail 'jobs: the same output, whatever --jobs is' "$(diff out1 out)"
fi

if head -n 1 one.xml | grep -q '^<?xml' && grep -q 'tests="17" failures="0" errors="0"' one.xml; then
	pass 'junit: counts'
else
	fail 'junit: counts' "$(head -n 3 one.xml)"
fi

if [ "$(tail -n 1 out1)" = '# 17 passed, 0 failed' ]; then pass 'a closing line'; else fail 'a closing line' "$(tail -n 1 out1)"; fi
if python3 -c '
import sys, xml.etree.ElementTree as xml
suite = xml.parse("one.xml").getroot()[0]
cases = suite.findall("testcase")
assert len(cases) == 17 and all(float(c.get("time")) > 0 for c in cases)
assert abs(float(suite.get("time")) - sum(float(c.get("time")) for c in cases)) < 0.001
assert any("sched_ext" in (c.findtext("system-out") or "") for c in cases)
' 2>err; then
	pass 'junit: times and output'
else
	fail 'junit: times and output' "$(cat err)"
fi
kickstand test "$self" --emit dir.json --jobs 3
if cmp -s out1 out; then pass 'a folder is its files'; else fail 'a folder is its files' "$(diff out1 out)"; fi
mkdir -p none/below/.hidden && cp "$self/events.json" none/below/.hidden
kickstand test none
if [ "$status" = 2 ] && [ ! -s out ] && grep -q '^kickstand: none: has no scenarios' err; then
	pass 'a folder without scenarios'
else
	fail 'a folder without scenarios' "exit status $status" "$(cat err)"
fi

kickstand test "$self"/*.json --filter '*expected (kernel 6*' --list
if [ "$(cat out)" = 'an ejection that is expected (kernel 6.12)' ]; then
	pass 'filter: by name and kernel'
else
	fail 'filter: by name and kernel' "$(cat out)"
fi

kickstand test "$self/events.json" --filter 'nothing'
if [ "$status" = 2 ]; then
	pass 'filter: nothing fits'
else
	fail 'filter: nothing fits' "exit status $status"
fi

kickstand test "$self/actions.json" --kernel 7.3 --emit e.jsonl
if grep -q '"state.list\[0..nr_calls\]":\[7,8,0,16\]' e.jsonl &&
	grep -q '"maps":{"counters":\[{"key":1' e.jsonl && grep -q '"retval":2' e.jsonl; then
	pass 'emit: globals, maps, results'
else
	fail 'emit: globals, maps, results' "$(cut -c1-600 e.jsonl)"
fi

# ---- scenarios that do not hold ----

# fails NAME PATTERN...: the scenario on standard input fails, and its report has them all
fails() {
	name=$1
	shift
	cat >f.json
	kickstand test f.json
	if [ "$status" != 1 ]; then
		fail "$name" "exit status $status, not 1" "$(cat out err)"
		return
	fi
	for pattern; do
		if ! grep -qE -- "$pattern" out; then
			fail "$name" "'$pattern' is not in:" "$(cat out)"
			return
		fi
	done
	pass "$name"
}

head='"name": "n", "object": "scenario.bpf.o", "kernel": "7.3", "cpus": 4, "duration": "20ms",
	"programs": {"never_loads": false}, "tasks": [{"comm": "t", "policy": "ext", "phases": [{"run": "forever"}]}]'
kick='{"time": "5ms", "run_prog": "kick", "ctx": {"cpu": 2, "times": 1}}'

fails 'failure: a figure' "at: f.json:4:13" "what: 'kicks.plain'" "expected: '2'" "seen: '1'" \
	'kick n=1 cpu=2' 'replay: kickstand test f.json --filter "n" --kernel 7.3' <<EOT
{ $head,
	"at": [ $kick ],
	"expect": {"kicks.plain": 2} }
EOT
fails 'failure: a sequence' "what: 'sequence of events'" 'resched cpu=3' '1 of 2 steps' '>.*kick n=1' <<EOT
{ $head, "at": [ $kick ],
  "expect": {"events": [{"event": "kick"}, {"event": "resched", "cpu": 3}]} }
EOT
fails 'failure: absent, and there' 'no resched' 'it is there' <<EOT
{ $head, "at": [ $kick ],
  "expect": {"events": [{"event": "kick"}, {"absent": true, "event": "resched", "cpu": 2}]} }
EOT
fails 'failure: a count' "seen: '1'" '2 times: kick' <<EOT
{ $head, "at": [ $kick ], "expect": {"events": [{"count": {"event": "kick"}, "is": 2}]} }
EOT
fails 'failure: a global' "what: 'nr_calls'" "seen: '1'" <<EOT
{ $head, "at": [ $kick ], "expect": {"map": {"nr_calls": ">1"}} }
EOT
fails 'failure: an element that is not there' 'there is no key 7' <<EOT
{ $head, "expect": {"map": {"counters[7]": 1}} }
EOT
fails 'failure: the result of an action' "action 0, map_delete" '-2' <<EOT
{ $head, "at": [ {"time": "1ms", "map_delete": "counters", "key": 5} ] }
EOT
fails 'failure: what a program returned' 'retval 1' 'retval 3' <<EOT
{ $head, "at": [ {"time": "1ms", "run_prog": "kick", "ctx": {"times": 1}, "retval": 3} ] }
EOT
fails 'failure: an ejection that nobody expected' 'the scheduler is not ejected' 'told to fail' <<EOT
{ $head, "at": [ {"time": "1ms", "set": {"fail_now": 1}}, {"time": "2ms", "suspend": "t"} ] }
EOT
fails 'failure: no lockup' "what: 'lockup'" <<EOT
{ $head, "expect": {"lockup": true} }
EOT
fails 'failure: the object is not loaded' 'what: .load' 'no_such_function' <<EOT
{ "object": "scenario.bpf.o", "duration": "1ms" }
EOT

# ---- files that are wrong ----

# wrong NAME PATTERN: one line for the scenario in w.json, with its place
wrong() {
	kickstand test w.json
	if [ "$status" != 2 ]; then
		fail "wrong: $1" "exit status $status, not 2" "$(cat out err)"
	elif [ "$(wc -l <err)" != 1 ] || ! grep -qE -- "$2" err; then
		fail "wrong: $1" "'$2' is not in:" "$(cat err)"
	else
		pass "wrong: $1"
	fi
}

# in_file NAME PATTERN TEXT, in_head NAME PATTERN KEYS, in_at NAME PATTERN ACTION, in_expect ...
in_file() {
	printf '%s\n' "$3" >w.json
	wrong "$1" "$2"
}
in_head() { in_file "$1" "$2" "{ $head, $3 }"; }
in_at() { in_file "at: $1" "$2" "{ $head,
\"at\": [ $3 ] }"; }
in_expect() { in_file "expect: $1" "$2" "{ $head,
\"expect\": { $3 } }"; }

# A trace that cannot be written is no failure of the scheduler.
if [ -w /dev/full ]; then
	ln -sf /dev/full full.txt
	kickstand test "$self/events.json" --kernel 7.3 --trace full.txt
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && ! grep -q 'failures:' out &&
		grep -q 'full.txt: cannot be written: No space left on device; .* make room' err; then
		pass 'trace: a full disk'
	else
		fail 'trace: a full disk' "exit status $status" "$(cat out err)"
	fi
else
	skip 'trace: a full disk' 'there is no /dev/full'
fi

in_file 'no JSON' '^kickstand: w.json:3:' '{
"name": "x"
"cpus": 2 }'
in_file 'no object' 'must be an object' '[]'
in_file 'kernel' "w.json:1:2: there is no kernel '5.4', but: 6.12.107, 6.12, " '{"kernel": "5.4"}'
in_file 'duration' "w.json:1:2: 'duration' must be a duration like" '{"duration": 5}'
in_file 'cpus' "'cpus' is 0; allowed: 1 to 1024" '{"cpus": 0}'
in_file 'too many cpus' "'cpus' is 1025; allowed: 1 to 1024" '{"cpus": 1025}'
in_file 'object' "w.json:1:2: object 'nowhere.bpf.o' is neither" '{"object": "nowhere.bpf.o"}'
in_head 'key' "w.json:2:[0-9]+: unknown key 'cpu' in a scenario; allowed: name, " '"cpu": 2'
in_head 'set: no such global' "no global variable 'nope'" '"set": {"nope": 1}'
in_head 'set: too large' 'does not fit in the 32 bits' '"set": {"nr_calls": 4294967296}'
in_head 'set: no such field' "no field 'x' in struct state; there are: verdict, pid" '"set": {"state.x": 1}'
in_head 'set: outside of an array' 'index 4 is outside the array of 4' '"set": {"state.list[4]": 1}'
in_head 'set: a blank before a number' "' 1'" '"set": {"nr_calls": " 1"}'
in_head 'set: string' 'room for 15' '"set": {"state.text": "0123456789abcdef"}'
in_head 'programs' "no program 'kik' in scenario.bpf.o; there are: kick, kick_any" '"programs": {"kik": false}'
in_head 'attach' "no program 'nope'" '"attach": ["nope"]'
in_head 'costs' "no cost 'coffee'" '"costs": {"coffee": 1}'
in_head 'cgroups' 'named by its path' '"cgroups": {"a": {}}'
in_head 'cgroups: a value' "cgroup '/x': '0' is refused by cpu.weight: (Invalid|Numerical)" '"cgroups": {"/x": {"cpu.weight": "0"}}'
in_head 'cgroups: a file' "cgroup '/x' has no file 'cpu.shares'; there are: cpu.weight, " \
	'"cgroups": {"/x": {"cpu.shares": "1"}}'
in_head 'cgroups: no parent' "cgroup '/x/y' cannot be made: its parent is not there" '"cgroups": {"/x/y": {}}'
in_head 'emit' "no figure 'kicks.nope'" '"emit": ["kicks.nope"]'
in_at 'an action without a verb' 'an action lacks what to do; one of: run_prog, set' '{"time": "1ms"}'
in_at 'two verbs' "'set' and 'wake' are two actions" '{"time": "1ms", "set": {}, "wake": "t"}'
in_at 'time missing' 'needs a "time"' '{"wake": "t"}'
in_at 'time behind the end' 'w.json:3:[0-9]+: the action comes at 20000000 ns' '{"time": "20ms", "wake": "t"}'
in_at 'time' "w.json:3:10: 'time' must be a duration" '{"time": 3, "wake": "t"}'
in_at 'cpu' "'cpu' is 4; allowed: 0 to 3" '{"time": "1ms", "cpu": 4, "wake": "t"}'
in_at 'key' "unknown key 'cxt' in an action; allowed: run_prog ctx" '{"time": "1ms", "run_prog": "kick", "cxt": {}}'
in_at 'empty key' "unknown key '' in an action; allowed: run_prog ctx" '{"time": "1ms", "run_prog": "kick", "": {}}'
in_at 'two empty keys' "unknown key '' in an action; allowed: task do" '{"time": "1ms", "task": "t", "": 1, "": 2}'
in_at 'program' "w.json:3:[0-9]+: there is no program 'k' in scenario.bpf.o" '{"time": "1ms", "run_prog": "k"}'
in_at 'program that is not run' 'is of type perf_event' '{"time": "1ms", "run_prog": "count_perf"}'
in_at 'context: size' 'the context has 4 bytes, the program.s has 16' '{"time": "1ms", "run_prog": "kick", "ctx": "00000000"}'
in_at 'context: field' "no field 'cpus' in struct kick_args; there are: cpu, times, flags" \
	'{"time": "1ms", "run_prog": "kick", "ctx": {"cpus": 1}}'
in_at 'context: no type' 'does not say the type of its context' '{"time": "1ms", "run_prog": "kick_any", "ctx": {"a": 1}}'
in_at 'const' "'slice_ns' is const while" '{"time": "1ms", "set": {"slice_ns": 1}}'
in_at 'map' "there is no map 'm'" '{"time": "1ms", "map_update": "m", "key": 1, "value": 1}'
in_at 'map: key' 'a "key" is missing' '{"time": "1ms", "map_update": "counters", "value": {}}'
in_at 'task' "there is no task 'nobody'" '{"time": "1ms", "wake": "nobody"}'
in_at 'task: what' "what is task 't' to do" '{"time": "1ms", "task": "t"}'
in_at 'task: event' "unknown key 'jump' in a phase" '{"time": "1ms", "task": "t", "do": [{"jump": 1}]}'
in_at 'cookie: kernel' "'cookie': this kernel is built without core scheduling" '{"time": "1ms", "task": "t", "cookie": "A"}'
in_file 'cookie: machine' "task 't': 'cookie': core scheduling needs cores of several threads" \
	'{"kernel": "6.12", "cpus": 2, "tasks": [{"comm": "t", "cookie": "A", "phases": [{"run": "1ms"}]}]}'
in_at 'deadline: runtime' '"deadline" needs .dl-runtime' '{"time": "1ms", "task": "t", "policy": "deadline"}'
in_at 'deadline: another policy' "'dl-period' is for .deadline" '{"time": "1ms", "task": "t", "policy": "fifo", "dl-period": "1ms"}'
in_head 'deadline: driver' 'a driver is bound to a CPU, and cannot be .deadline' '"driver": {"policy": "deadline"}'
in_at 'result' "'result' must be 0, a negative errno" '{"time": "1ms", "wake": "t", "result": "EWHAT"}'
in_at 'perf event' 'a perf event needs' '{"time": "1ms", "perf_event": {"event": "cpu-clock"}, "prog": "count_perf"}'
in_expect 'a comparison with nothing' "'switches' is a number" '"switches": ">="'
in_expect 'a range that is empty' "'switches' is a number" '"switches": "5..3"'
in_expect 'a fraction' "'switches' is a number" '"switches": 1.5'
in_expect 'no such exit kind' "'kind' must be a name|'exit' must|error_stall" '"exit": "nonsense"'
in_expect 'regular expression' 'is no regular expression' '"exit": {"msg": "/(/"}'
in_expect 'regular expression of a step' 'is no regular expression' '"events": [{"event": "kick", "by": "/(/"}]'
in_expect 'figure' "there is no figure 'kicks.many'; .* one of: plain idle" '"kicks.many": 1'
in_expect 'op' "there is no op 'enque'" '"ops.enque": 1'
in_expect 'event: verdict' "'reason': there is no 'bussy'; there are: .*busy" \
	'"events": [{"event": "kick_drop", "reason": "bussy"}]'
in_expect 'event: vector' "'vector': there is no 'clock'; there are: .*timer" '"events": [{"event": "irq", "vector": "clock"}]'
in_expect 'event: class' "'class': there is no 'deadlin'; there are: .*ext" \
	'"events": [{"event": "sched_keep", "class": "deadlin"}]'
in_expect 'event: state' "'prev_state': there is no 'Q'; there are: R, S, D" \
	'"events": [{"event": "sched_switch", "prev_state": "Q"}]'
in_expect 'event: flags' "'flags': there is no 'WAIT.PREEMPT'; there are: IDLE, PREEMPT, WAIT, PREEMPT_LAZY, PREEMPT.WAIT" \
	'"events": [{"event": "kick", "flags": "WAIT|PREEMPT"}]'
in_expect 'event: dsq' "'dsq': there is no 'LOKAL'" '"events": [{"event": "insert", "dsq": "LOKAL"}]'
deep=$(awk 'BEGIN { for (i = 0; i < 100000; i++) printf "("; for (i = 0; i < 100000; i++) printf ")" }')
in_expect 'regular expression: depth' 'is refused: it is longer than' "\"exit\": {\"msg\": \"/$deep/\"}"
deep=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf "("; for (i = 0; i < 100; i++) printf ")" }')
in_expect 'regular expression: groups' 'is refused: its groups are nested too deep' "\"exit\": {\"msg\": \"/$deep/\"}"
in_expect 'regular expression: size' 'is refused: its repetitions' '"exit": {"msg": "/(((a{200}){200}){200}){200}/"}'
in_expect 'regular expression: inside' 'is refused: its repetitions' '"map": {"state": {"text": "/((a{255}){255}){9}/"}}'
in_expect 'regular expression: back' 'is refused: it refers back' '"exit": {"msg": "/(a)\\1/"}'
in_expect 'key' "unknown key 'kick' in 'expect'" '"kick": 1'
in_expect 'per_cpu' 'N from 0 to 3' '"per_cpu[4].busy_ns": 1'
in_expect 'event' "there is no event 'kik'; there are: task_new" '"events": [{"event": "kik"}]'
in_expect 'event: argument' "event 'kick' has no 'target'; allowed: .*cpu:cpu" '"events": [{"event": "kick", "target": 1}]'
in_expect 'event: op' "'op': there is no 'enque'; there are: select_cpu" '"events": [{"op": "enque"}]'
in_expect 'map' "no global variable and no map 'nope'" '"map": {"nope": 1}'
in_expect 'exit' "unknown key 'why' in 'exit'; allowed: kind, code, reason, msg" '"exit": {"why": 1}'

plan
