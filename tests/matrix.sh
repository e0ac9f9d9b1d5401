# SPDX-License-Identifier: GPL-2.0-only
# The kick matrix: op by flags, state of the target by flags, on every kernel. The cells
# are made by matrix.py, whose tables say what is expected; a case here is a row.
. "$KICKSTAND_SRC/tests/lib.sh"

if ! command -v python3 >/dev/null; then
	skip 'the kick matrix' 'there is no python3'
	plan
fi
python3 "$KICKSTAND_SRC/tests/matrix.py" cells || exit 1
timeout 300 "$KICKSTAND" test --objects "$TEST_OBJECTS" cells/*.json >tap 2>err
nr=$(find cells -name '*.json' | wc -l)
if [ "$nr" -gt 1000 ] && [ "$(grep -cE '^(not )?ok ' tap)" = "$nr" ]; then
	pass "matrix: all cells have run"
else
	fail "matrix: all cells have run" "$nr cells, $(grep -cE '^(not )?ok ' tap) results" "$(cat err)"
fi

# "not ok 3 - op yield, flags 0 (kernel 6.12)": bad, row "op yield, 6.12", flags "0"
sed -nE 's/^(not ok|ok) [0-9]+ - (.*), flags ([^ ,]+)(, [^(]+)? \(kernel ([^)]*)\)$/\1\t\2\4, \5\t\3/p' tap |
	awk -F '\t' '!($2 in bad) { row[n++] = $2; bad[$2] = "" }
		$1 == "not ok" { bad[$2] = bad[$2] " " $3 }
		END { for (i = 0; i < n; i++) print row[i] "\t" bad[row[i]] }' >rows
while IFS='	' read -r row bad; do
	if [ -z "$bad" ]; then
		pass "matrix: $row"
	else
		fail "matrix: $row" "flags:$bad" "$(grep -F -A 9 "${row%%,*}, flags" tap | grep -A 9 '^not ok')"
	fi
done <rows
plan
