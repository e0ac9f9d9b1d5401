# SPDX-License-Identifier: GPL-2.0-only
# Calls of sched_ext's kfuncs, right and wrong, from many places and on every kernel; made by
# calls.py, whose table says what each must come to.
. "$KICKSTAND_SRC/tests/lib.sh"

if ! command -v python3 >/dev/null; then
	skip "calls of kfuncs" 'there is no python3'
	plan
fi
mkdir cells
python3 "$KICKSTAND_SRC/tests/calls.py" cells || exit 1
timeout 300 "$KICKSTAND" test --objects "$TEST_OBJECTS" --limit 60 cells >tap 2>err
nr=$(find cells -name '*.json' | wc -l)
if [ "$nr" -gt 200 ] && [ "$(grep -cE '^(not )?ok ' tap)" = "$nr" ]; then
	pass 'calls: all have been made'
else
	fail 'calls: all have been made' "$nr calls, $(grep -cE '^(not )?ok ' tap) results" "$(cat err)"
fi
if grep -q '^not ok' tap; then
	fail 'calls: each comes to what the table says' "$(sed -n 's/^not ok [0-9]* - //p' tap)" \
		"$(grep -A 12 '^not ok' tap)"
else
	pass 'calls: each comes to what the table says'
fi
plan
