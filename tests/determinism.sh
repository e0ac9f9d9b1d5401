# SPDX-License-Identifier: GPL-2.0-only
# The same run is the same whoever built kickstand, and wherever it runs: the builds in
# $BUILDS x schedulers x kernels x with and without sandbox x stacks, umasks, folders x
# environments and address spaces. `make determinism BUILDS="build build-asan build-lint"`.
. "$KICKSTAND_SRC/tests/lib.sh"

# told HOW...: what the run says of itself, its hash among it, under the command HOW
told() {
	timeout -k 2 "$case_limit_s" "$@" "$program" run "$object" --kernel "$kernel" --workload forks --cpus 6 \
		--duration 15ms --hash --json - --quiet $box 2>&1 | cksum
}

for dir in $BUILDS; do
	[ -x "$dir/kickstand" ] || { fail "$dir" 'there is no kickstand'; plan; }
done
all=0
for object in "$EXAMPLES"/[cdps]*.bpf.o "$TEST_OBJECTS/vtime.bpf.o" "$TEST_OBJECTS/churn.bpf.o" "$TEST_OBJECTS/life.bpf.o"; do
	for kernel in 6.12 7.3; do
		: >lines
		for dir in $BUILDS; do
			for box in '' --no-sandbox; do
				program=$dir/kickstand
				surroundings >>lines
			done
		done
		nr=$(wc -l <lines) all=$((all + $(wc -l <lines)))
		name="$(basename "$object" .bpf.o) on $kernel"
		if [ "$nr" -ge 24 ] && [ "$(sort -u lines | wc -l)" = 1 ]; then
			pass "$name: $nr"
		else
			fail "$name" "$nr runs" "$(sort lines | uniq -c)"
		fi
	done
done
echo "# $all runs of $BUILDS"
plan
