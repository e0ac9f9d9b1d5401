# SPDX-License-Identifier: GPL-2.0-only
# The same run is the same whoever built kickstand, and wherever it runs: the builds in
# $BUILDS x schedulers x kernels x with and without sandbox x stacks, umasks, folders x
# environments and address spaces. `make determinism BUILDS="build build-asan build-lint"`.
. "$KICKSTAND_SRC/tests/lib.sh"

mkdir -p place/of/another/depth
plain='setarch -R'
setarch "$(uname -m)" -R true 2>/dev/null && plain="setarch $(uname -m) -R"
$plain true 2>/dev/null || plain=env

# told HOW...: what the run says of itself, its hash among it, under the command HOW
told() {
	timeout -k 2 "$case_limit_s" "$@" "$program" run "$object" --kernel "$kernel" --workload forks --cpus 6 \
		--duration 15ms --hash --json - --quiet $box 2>&1 | cksum
}

# surroundings: a line for each, of $program, $object, $kernel, $box
surroundings() {
	for stack in 8192 unlimited; do
		for mask in 022 077; do
			for where in . place/of/another/depth; do
				(
					cd $where && umask $mask && ulimit -s $stack 2>/dev/null
					told env FILLER="$(seq 1 3000)" LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Tokyo
					# shellcheck disable=SC2086
					told $plain
					told env -i
				)
			done
		done
	done
}

builds='' all=0
for dir in $BUILDS; do
	[ -x "$dir/kickstand" ] && builds="$builds $dir"
done
for object in "$EXAMPLES"/[cdps]*.bpf.o "$TEST_OBJECTS/vtime.bpf.o" "$TEST_OBJECTS/churn.bpf.o" "$TEST_OBJECTS/life.bpf.o"; do
	for kernel in 6.12 7.3; do
		: >lines
		for dir in $builds; do
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
echo "# $all runs of$builds"
plan
