#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a run comes to (docs/figures.md): waits that go on count, the same in every view; figures
# under a scheduler and after it are apart; many tasks are read on one screen.
. "$KICKSTAND_SRC/tests/lib.sh"

lost=$TEST_OBJECTS/lost.bpf.o

# agree NAME SUMMARY [REPORT]
agree() {
	name=$1
	shift
	if python3 "$KICKSTAND_SRC/tests/figures.py" "$@" >why 2>&1; then
		pass "$name"
	else
		fail "$name" "$(tail -n 2 why)"
	fi
}

# viewed NAME STATUS ARGS...: summary and report of one run
viewed() {
	name=$1 want=$2
	shift 2
	kickstand run "$@" --quiet --trace t.txt --json j.json
	if [ "$status" != "$want" ]; then
		fail "$name" "exit status $status" "$(tail -n 3 err)"
		return
	fi
	kickstand report t.txt --summary
	cp out r.txt
	agree "$name" j.json r.txt
}

# has NAME FILE PATTERN...: each of the patterns is there
has() {
	name=$1 file=$2
	shift 2
	for pattern; do
		grep -Eq -e "$pattern" "$file" && continue
		fail "$name" "no $pattern" "$(cat "$file")"
		return
	done
	pass "$name"
}

# ---- one run, seen in several ways ----

for kernel in 6.12 7.3; do
	viewed "$kernel: tasks that are lost" 0 "$lost" --kernel $kernel --kthreads none --cpus 4 --duration 200ms
	viewed "$kernel: some are lost" 0 "$lost" --kernel $kernel --kthreads none --cpus 4 --duration 200ms --set every=50
	viewed "$kernel: shared" 0 "$EXAMPLES/shared.bpf.o" --kernel $kernel --kthreads none --cpus 4 --duration 200ms
	viewed "$kernel: kicks" 0 "$EXAMPLES/central.bpf.o" --kernel $kernel --kthreads none --cpus 4 --duration 200ms
	viewed "$kernel: everything at once" 0 "$TEST_OBJECTS/churn.bpf.o" --kernel $kernel --cpus 4 \
		--duration 100ms
	viewed "$kernel: an ejection" 4 "$TEST_OBJECTS/faults.bpf.o" --kernel $kernel --cpus 4 \
		--duration 100ms --set fault=FAULT_ERROR
	viewed "$kernel: a stall" 4 "$lost" --kernel $kernel --cpus 4 --duration 50s
	viewed "$kernel: an ejection before the workload" 4 "$lost" --kernel $kernel --cpus 3 \
		--duration 50ms --set everybody=1
done

# ---- the verdict, why and the figures: one wait ----

# waited NAME ARGS...
waited() {
	name=$1
	shift
	kickstand run "$@" --quiet --trace t.txt --json j.json
	kickstand why t.txt --json
	cp out w.json
	agree "$name: verdict and why" --why j.json w.json
}

for kernel in 6.12 7.3; do
	waited "$kernel: a wait that goes on" "$lost" --kernel $kernel --kthreads none --cpus 4 --duration 200ms
	waited "$kernel: a wait that ended" "$EXAMPLES/shared.bpf.o" --kernel $kernel --kthreads none --cpus 2 \
		--duration 300ms --workload spin:tasks=12 --starvation 10ms
done

# ---- tasks that wait to the end ----

kickstand run "$lost" --kthreads none --cpus 4 --duration 1s --json lost.json
has 'a wait that goes on is in the table' out \
	'^ +8 sleeper-\* +0 ns +7\.9[0-9]+ s +0 +999\.[0-9] ms +999\.[0-9] ms +999\.[0-9] ms +999\.[0-9] ms +999\.[0-9] ms$' \
	'^ +18 sleeper-0 +0 ns +999\.[0-9] ms +0 +999\.[0-9] ms '
kickstand run "$EXAMPLES/shared.bpf.o" --cpus 4 --duration 1s --quiet --json shared.json
kickstand compare lost.json shared.json
if awk '$1 ~ /^(all_tasks|groups\.sleeper-\*)\.(wait_ns|(wakeup_latency|queue_wait)_ns\.(p99|max))$/ { n++; bad += $5 != "better" }
	END { exit n != 10 || bad }' out; then
	pass 'compare: it is the worse one'
else
	fail 'compare: it is the worse one' "$(grep -E '^(all_tasks|groups.sleeper)' out)"
fi
kickstand run "$EXAMPLES/shared.bpf.o" --cpus 4 --duration 200ms --seeds 1..3 --json many.json
kickstand compare many.json lost.json
has 'compare: of several runs, too' out '^groups\.hog-\*\.queue_wait_ns\.max +[0-9.]+[mu]s \[[0-9.]+[mu]s\.\.[0-9.]+[mu]s\] +1\.510us ' \
	'^all_tasks\.wait_ns +[0-9.]+[mu]?s \['

# A run that is cut short has them up to there.
timeout -s INT 1 "$KICKSTAND" run "$lost" --cpus 4 --duration 44s --workload mixed --set every=40 --quiet \
	--json cut.json --trace cut.txt >out 2>err
status=$?
if [ -s cut.json ]; then
	kickstand report cut.txt --summary
	cp out cut.out
	agree 'an interrupted run' cut.json cut.out
else
	fail 'an interrupted run' "exit status $status" "$(cat err)"
fi

# ---- scenarios ----

scenario() {
	name=$1 want=$2
	cat >s.json
	kickstand test s.json --objects "$TEST_OBJECTS"
	if [ "$status" = "$want" ]; then pass "$name"; else fail "$name" "exit status $status" "$(cat out err)"; fi
}

scenario 'a scenario sees waits that go on' 0 <<'END'
{ "object": "lost.bpf.o", "kernel": ["6.12", "7.3"], "cpus": 4, "duration": "200ms", "workload": "mixed",
  "expect": { "verdict": {"kinds": ["starvation"]}, "tasks.sleeper-0.wakeup_latency_ns.max": ">=199000000",
              "tasks.sleeper-0.queue_wait_ns.count": 1, "tasks.sleeper-0.state": "runnable",
              "groups.sleeper-*.wakeup_latency_ns.p50": ">=199000000", "groups.sleeper-*.nr": 8,
              "all_tasks.wait_ns": ">=2500000000" } }
END
scenario 'and fails for them' 1 <<'END'
{ "object": "lost.bpf.o", "cpus": 4, "duration": "200ms", "workload": "mixed",
  "expect": { "tasks.sleeper-0.wakeup_latency_ns.max": "<100000000" } }
END
scenario 'what comes after a scheduler is apart' 0 <<'END'
{ "object": "lost.bpf.o", "cpus": 2, "duration": "30ms",
  "tasks": [ {"comm": "a", "cpus": [0], "phases": [{"run": "1ms"}, {"sleep": "1ms"}]},
             {"comm": "b", "cpus": [0], "phases": [{"run": "forever"}]} ],
  "at": [ {"time": "10ms", "cpu": 1, "sysrq": "S"},
          {"time": "12ms", "cpu": 1, "spawn": {"comm": "late", "cpus": [1], "loop": 1, "phases": [{"run": "1ms"}]}} ],
  "expect": { "exit": {"kind": "sysrq", "at_ns": "10000000..10200000"},
              "tasks.b.wait_ns": ">=9000000", "tasks.b.runtime_ns": 0, "tasks.b.class": "fair",
              "after.tasks.b.runtime_ns": ">=9000000", "after.duration_ns": "19000000..20100000",
              "tasks.late.runtime_ns": "900000..1100000", "after.groups.late.nr": 1 } }
END
echo '{ "object": "lost.bpf.o", "expect": { "after.ops.enqueue": 1 } }' >bad.json
kickstand test bad.json --objects "$TEST_OBJECTS"
if [ "$status" = 2 ] && grep -q "'after' has: from_ns" err; then pass 'what after has not'; else fail 'what after has not' "$(cat out err)"; fi

# ---- under which scheduler ----

kickstand run "$lost" --kthreads none --cpus 4 --duration 60s --json ejected.json
has 'an ejection is told with its time' out '^it was ejected 45\.[0-9]+ s into the run; figures are of the 45\.[0-9]+ s under it' \
	'^after it, 14\.9[0-9]+ s under the fair class:$' '^ +18 sleeper-0 +0 ns +44\.9[0-9]+ s '
kickstand compare ejected.json
has 'compare has what came after, apart' out '^after\.groups\.sleeper-\*\.runtime_ns +[1-9]' \
	'^groups\.sleeper-\*\.runtime_ns +0ns$' '^exit\.at_ns +45\.[0-9]+s$' '^after\.all_cpus\.busy_ns +[1-9]' \
	'^scheduler\.name +lost$'
kickstand run "$lost" --cpus 4 --duration 50ms --set everybody=1 --json early.json
has 'an ejection before the workload: no figure is its own' out \
	'^it was ejected before the workload began: no figure below is its own'
if python3 -c '
import json
run = json.load(open("early.json"))
assert run["scheduler"] is None and run["tasks"] == [] and run["switches"] == 0, run["scheduler"]
assert run["after"]["duration_ns"] == run["duration_ns"] and run["after"]["tasks"]' 2>why; then
	pass 'nor in the JSON'
else
	fail 'nor in the JSON' "$(cat why)"
fi

# ---- many ----

kickstand run "$EXAMPLES/shared.bpf.o" --topology 2n4l16c2t --duration 100ms \
	--workload mixed:hogs=32,sleepers=3000,periodic=900,forkers=100 --json many.json
lines=$(wc -l <out) tasks=$(grep -c '"comm"' many.json)
if [ "$status" = 0 ] && [ "$tasks" -ge 4032 ] && [ "$lines" -le 45 ]; then
	pass "4,032 tasks on 256 CPUs fit on a screen"
else
	fail "4,032 tasks on 256 CPUs fit on a screen" "exit status $status, $tasks tasks, $lines lines" "$(cat out)"
fi
agree 'and all of them are in the JSON' many.json
plan
