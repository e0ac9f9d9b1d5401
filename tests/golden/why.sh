# SPDX-License-Identifier: GPL-2.0-only
# `kickstand why` of waits that each have another reason: see tests/why.
cases=$KICKSTAND_SRC/tests/why

for s in lost held pinned moved above; do
	"$KICKSTAND" test --objects "$TEST_OBJECTS" "$cases/$s.json" --trace $s.txt >log 2>&1 || cat log
	echo "## $s"
	"$KICKSTAND" why $s.txt --task victim
done
for t in skipped old; do
	echo "## $t"
	"$KICKSTAND" why "$cases/$t.txt"
done
echo "## lost, as JSON"
"$KICKSTAND" why lost.txt --task victim --json
echo "## explain, where nobody was kicked"
"$KICKSTAND" explain above.txt
