# SPDX-License-Identifier: GPL-2.0-only
# Small guests that look closely at one part of the BPF surface each: a scenario of
# scenarios/guests a part.
. "$KICKSTAND_SRC/tests/lib.sh"

KICKSTAND_OBJECTS=$TEST_OBJECTS
export KICKSTAND_OBJECTS

scenarios_hold "$KICKSTAND_SRC"/tests/scenarios/guests/*.json

# A wait that has not ended when the run does is no lockup yet, but it is told.
printf '{"tasks": {"b": {"cpus": [2], "run": 1000000}, "a": {"cpus": [0], "run": 1000000}}}' >two.json
kickstand run "$TEST_OBJECTS/waits.bpf.o" --kernel 6.12 --cpus 4 --duration 200ms --workload two.json \
	--json w.json
told='at the end CPU 0 has been waiting with interrupts off for 1[0-9][0-9]\.[0-9] ms, in kick_cpus_irq_workfn() for CPU 2'
if [ "$status" = 0 ] && grep -qx "$told" out && grep -q '"in": "kick_cpus_irq_workfn()"' w.json; then
	pass 'a wait at the end'
else
	fail 'a wait at the end' "exit status $status" "$(grep '^at the end' out)" "$(cat err)"
fi
kickstand run "$TEST_OBJECTS/waits.bpf.o" --kernel 7.3 --cpus 4 --duration 200ms --workload two.json \
	--json w.json
if [ "$status" = 0 ] && ! grep -q '^at the end' out && grep -q '"waiting": \[\]' w.json; then
	pass 'no wait with interrupts off'
else
	fail 'no wait with interrupts off' "exit status $status" "$(grep '^at the end' out)"
fi
plan
