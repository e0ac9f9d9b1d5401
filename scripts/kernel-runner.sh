#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the runner of the kernel's sched_ext selftests, unchanged, and run each of its
# tests on a simulated machine. Prints a table with a line for each test:
#
#	ok, not ok, skipped	what the runner says of it
#	needs processes		it made a child, which is no task of the machine: what the
#				runner says then is in brackets and does not count
#
#	sh scripts/kernel-runner.sh [BUILD_DIR]
#
# Needs scripts/kernel-sources.sh's trees in BUILD_DIR/kernel. For each test the runner
# is linked with it alone, since its -t takes all whose names have a part in common; with
# all of them it is BUILD_DIR/kernel-runner/VERSION/runner. What each printed is in
# VERSION/TEST.log. Ends in "N passed, N failed, N skipped".
#
# KERNELS="6.12 7.3", TESTS="exit hotplug ...", CPUS=8 and SECONDS_EACH=120 narrow it.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-build}" && pwd)
out=$build/kernel-runner
. "$top/scripts/kernel-build.sh"
kernels=${KERNELS:-6.12 7.3} cpus=${CPUS:-8} seconds=${SECONDS_EACH:-120}
passed=0 failed=0 skipped=0 table=

# The tests that the Makefile links into the runner.
list_tests() {
	sed -n '/^auto-test-targets/,/[^\\]$/s/^[[:space:]]*\([a-z][a-z_0-9]*\)[[:space:]]*\\*$/\1/p' "$1/Makefile"
}

# build_runners KERNEL: every skeleton is needed, any test may include any
build_runners() {
	tree=$build/kernel/$1/tools/testing/selftests/sched_ext objects=
	for src in "$tree"/*.bpf.c; do
		build_skeleton "$1" "$src" 2>"$out/log" || cat "$out/log" >&2
	done
	for part in runner util $(list_tests "$tree"); do
		build_c "$1" -c "$tree/$part.c" -o "$out/$1/$part.o"
		objects="$objects $out/$1/$part.o"
	done
	for test in $(list_tests "$tree"); do
		link_runner "$1" "$out/$1/$test" "$out/$1/runner.o" "$out/$1/util.o" "$out/$1/$test.o"
	done
	link_runner "$1" "$out/$1/runner" $objects
}

# link_runner KERNEL PROGRAM OBJECTS...
link_runner() {
	kernel=$1 program=$2
	shift 2
	build_c "$kernel" -rdynamic -o "$program" "$@" "$deps/lib/libbpf.a" -lelf -lz
}

# result KERNEL TEST TEXT
result() {
	table="$table$(printf '%-6s %-28s %s' "$1" "$2" "$3")
"
}

# run_test KERNEL TEST
run_test() {
	log=$out/$1/$2.log status=0
	timeout -k 2 300 "$build/kickstand" exec --kernel "$1" --cpus "$cpus" --duration "${seconds}s" \
		--quiet -- "$out/$1/$2" >"$log" 2>&1 </dev/null || status=$?
	said=$(sed -n 's/^\(ok\|not ok\) [0-9]* [^ ]* # *\(SKIP\)* *$/\1 \2/p' "$log" | tail -n 1)
	said=${said:-no result, exit status $status: $(grep '^kickstand: ' "$log" | tail -n 1)}
	child=$(sed -n 's/^kickstand: warning: \([a-z_]*()\): the child runs on the host.*/\1/p' "$log" |
		sort -u | paste -s -d ' ')
	if [ -n "$child" ]; then
		skipped=$((skipped + 1))
		result "$1" "$2" "needs processes: $child [${said% }]"
		return
	fi
	case $said in
	'ok SKIP')
		skipped=$((skipped + 1))
		result "$1" "$2" "skipped: $(why "$log" 'SKIP')" ;;
	'ok ')
		passed=$((passed + 1))
		result "$1" "$2" ok ;;
	*)
		failed=$((failed + 1))
		result "$1" "$2" "${said% }: $(why "$log" 'ERR\|FAIL')" ;;
	esac
}

# why LOG PATTERN: what the test itself says
why() {
	sed -n '/^OUTPUT:/,/^\(not \)*ok [0-9]/p' "$1" | sed '1d;$d' |
		grep -i -A 1 "$2" | head -n 2 | tr -s '\t\n' '  ' | cut -c 1-120
}

build_bpftool
for kernel in $kernels; do
	build_types "$kernel"
	build_runners "$kernel"
	for test in ${TESTS:-$(list_tests "$build/kernel/$kernel/tools/testing/selftests/sched_ext")}; do
		run_test "$kernel" "$test"
		printf '%s' "$table" | tail -n 1
	done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
