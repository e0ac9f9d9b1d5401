# SPDX-License-Identifier: GPL-2.0-only
# Schedulers below schedulers: scenarios/subs, run on two boards of the swarm's checkers, and
# what the reports say of two at once.
. "$KICKSTAND_SRC/tests/lib.sh"

KICKSTAND_OBJECTS=$TEST_OBJECTS
export KICKSTAND_OBJECTS

for f in "$KICKSTAND_SRC"/tests/scenarios/subs/*.json; do
	name="scenario: $(basename "$f" .json)"
	kickstand test "$f"
	if [ "$status" = 0 ]; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(grep -v '^ok' out)" "$(cat err)"
	fi
done

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
refused 'the root cgroup' "'/' is no cgroup below the root" '"subs": {"mid": "/"}'
refused 'not text' "'mid' must be a cgroup's path" '"subs": {"mid": 1}'
refused 'a kernel without' 'kernel 6.12 has no sub-schedulers' '"kernel": "6.12", "subs": {"mid": "/a"}'
refused 'a figure without index' "'subs.0.': subs.N..FIGURE is due|there is no figure" \
	'"expect": {"subs[0]": 1}'
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

plan
