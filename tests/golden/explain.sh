# SPDX-License-Identifier: GPL-2.0-only
# `kickstand explain` of committed traces: two of churn.bpf.o, cut to the events that
# matter to kicks, and one by hand.
traces=$KICKSTAND_SRC/tests/explain

for t in 6.12 7.3 cases; do
	echo "## $t"
	"$KICKSTAND" explain "$traces/$t.txt"
done

# tell TRACE N...
tell() {
	t=$1
	shift
	for n; do
		echo "## $t, kick $n"
		"$KICKSTAND" explain "$traces/$t.txt" --kick "$n"
	done
}
tell 6.12 1 2 3 8 10 13 16
tell 7.3 1 3 4 8 9 11 14
tell cases 1 2 3 4 5 6 7 8 9 10 11 12 13
for n in 1 3; do
	echo "## 6.12, kick $n as JSON"
	"$KICKSTAND" explain "$traces/6.12.txt" --kick "$n" --json
done
