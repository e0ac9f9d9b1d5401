# SPDX-License-Identifier: GPL-2.0-only
# Small guests that look closely at one part of the BPF surface each: a scenario of
# scenarios/guests a part.
. "$KICKSTAND_SRC/tests/lib.sh"

KICKSTAND_OBJECTS=$TEST_OBJECTS
export KICKSTAND_OBJECTS

for f in "$KICKSTAND_SRC"/tests/scenarios/guests/*.json; do
	kickstand test "$f"
	if [ "$status" = 0 ]; then
		pass "$(basename "$f" .json)"
	else
		fail "$(basename "$f" .json)" "exit status $status" "$(grep -v '^ok' out)" "$(cat err)"
	fi
done
plan
