# SPDX-License-Identifier: GPL-2.0-only
# Schedulers below schedulers: scenarios/subs, run on two boards of the swarm's checkers, and
# what the reports say of two at once.
. "$KICKSTAND_SRC/tests/lib.sh"

KICKSTAND_OBJECTS=$TEST_OBJECTS
export KICKSTAND_OBJECTS

scenarios_hold "$KICKSTAND_SRC"/tests/scenarios/subs/*.json

# ---- bad input ----

# refused NAME PATTERN KEYS: a scenario with these keys is refused, with its place
refused() {
	printf '{ "object": "subs.bpf.o", "ops": "top", "duration": "1ms", %s }\n' "$3" >w.json
	kickstand test w.json
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -qE -- "$2" err; then
		pass "refused: $1"
	else
		fail "refused: $1" "exit status $status" "$(cat out err)"
	fi
}

refused 'no such table' "w.json:1:[0-9]+: subs.bpf.o: has no other sched_ext_ops 'nope'" '"subs": {"nope": "/a"}'
refused 'the root itself' "has no other sched_ext_ops 'top'" '"subs": {"top": "/a"}'
refused 'no path' "'mid=a': TABLE=/CGROUP is due" '"subs": {"mid": "a"}'
refused 'no such program' "'mid': 'nope' is no program that can be" '"subs": {"mid": "/a:nope"}'
refused 'a program that is an op' "'mid_enqueue' is no program that can be" '"subs": {"mid": "/a:mid_enqueue"}'
refused 'no cgroup before the program' "'/' is no cgroup below the root" '"subs": {"mid": "/:read_caps"}'
refused 'the root cgroup' "'/' is no cgroup below the root" '"subs": {"mid": "/"}'
refused 'not text' "'mid' must be a cgroup's path" '"subs": {"mid": 1}'
refused 'a kernel without' 'kernel 6.12 has no sub-schedulers' '"kernel": "6.12", "subs": {"mid": "/a"}'
refused 'a figure without index' "'subs.0.': subs.N..FIGURE is due|there is no figure" \
	'"expect": {"subs[0]": 1}'
refused 'an index that is no number' "'subs.mid..state': subs.N..FIGURE is due" \
	'"expect": {"subs[mid].state": "enabled"}'
refused 'no such figure' "there is no figure 'subs.0..colour'" '"expect": {"subs[0].colour": 1}'

# ---- an end that nobody expected ----

cat >f.json <<'EOT'
{ "name": "n", "object": "subs.bpf.o", "ops": "top", "subs": {"mid": "/a"}, "cpus": 1, "duration": "20ms",
  "cgroups": {"/a": {}}, "set": {"error_level": 1},
  "tasks": [{"comm": "t", "policy": "ext", "cgroup": "/a", "phases": [{"run": "1ms"}, {"sleep": "1ms"}]}] }
EOT
kickstand test f.json
if [ "$status" = 1 ] && grep -q "what: 'subs\[0\].exit'" out && grep -q "seen: 'level 1 asks for it'" out; then
	pass 'an ejection of a child that nobody expected'
else
	fail 'an ejection of a child that nobody expected' "exit status $status" "$(cat out err)"
fi

# ---- kickstand run --sub ----

printf '{ "tasks": { "a": { "taskgroup": "/a", "loop": -1, "run": 3000, "sleep": 1000 } } }\n' >w.json
run_sub() { kickstand run "$TEST_OBJECTS/subs.bpf.o" --ops top --workload w.json --duration 50ms "$@"; }

run_sub --sub mid=/a --sub low=/a/b --json j.json
if [ "$status" = 0 ] && grep -q "^sub-scheduler 'mid' on /a: enabled$" out &&
   grep -q "^sub-scheduler 'low' on /a/b: enabled$" out && grep -q -- '--sub mid=/a --sub low=/a/b' out &&
   python3 -c '
import json
subs = json.load(open("j.json"))["subs"]
assert [(s["name"], s["cgroup"], s["level"], s["state"]) for s in subs] == \
	[("mid", "/a", 1, "enabled"), ("low", "/a/b", 2, "enabled")], subs
assert subs[0]["ops"]["enqueue"] > 9, subs' 2>why; then
	pass 'run --sub: two levels'
else
	fail 'run --sub: two levels' "exit status $status" "$(cat out err why)"
fi

# ---- two schedulers in a trace ----

run_sub --cpus 2 --sub mid=/a --set error_level=1 --set kick_level=1 --trace t.txt --quiet
kickstand explain t.txt
if grep -q ' sub-2 ops.running ' out && grep -q ' the kernel ' out; then
	pass 'explain: whose kick it is'
else
	fail 'explain: whose kick it is' "$(cat out err)"
fi
kickstand explain t.txt --kick 3
if grep -q 'for the scheduler sub-2' out; then
	pass 'explain --kick: whose it is'
else
	fail 'explain --kick: whose it is' "$(cat out err)"
fi
kickstand explain t.txt --json
if grep -q '"sub": 2' out && grep -q '"sub": null' out; then
	pass 'explain --json: whose kick it is'
else
	fail 'explain --json: whose kick it is' "$(cat out err)"
fi
kickstand report t.txt --summary
if [ "$status" = 0 ] && ! grep -q 'after' out; then
	pass "a child's end is not the end of the run's figures"
else
	fail "a child's end is not the end of the run's figures" "exit status $status" "$(cat out err)"
fi

# usage NAME PATTERN ARGS...: exit status 2, one line
usage() {
	name=$1 pattern=$2
	shift 2
	run_sub "$@"
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q -- "$pattern" err; then
		pass "run --sub: $name"
	else
		fail "run --sub: $name" "exit status $status" "$(cat out err)"
	fi
}
usage 'no such table' "has no other sched_ext_ops 'nope'" --sub nope=/a
usage 'no cgroup' "'mid': TABLE=/CGROUP is due" --sub mid
usage 'a path that is too long' "is no cgroup below the root" --sub "mid=/$(printf '%0300d' 0)"
usage 'a kernel without' 'kernel 7.0 has no sub-schedulers' --kernel 7.0 --sub mid=/a

plan
