#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the kernel's own loaders, unchanged, and run each on simulated machines of 8
# and of 64 CPUs for 30 virtual seconds. Prints what they print, then a table, and
# ends in "N passed, N failed".
#
#	sh scripts/kernel-loaders.sh [BUILD_DIR]
#
# Needs scripts/kernel-sources.sh's trees in BUILD_DIR/kernel. Programs go to
# BUILD_DIR/kernel-loaders/VERSION/.
#
# Where the kernel has sub-schedulers, qmap_pair is scx_qmap below scx_qmap.
#
# SECONDS_EACH=30, CPUS="8 64", KERNELS="6.12 7.3" and LOADERS="scx_simple ..." narrow it;
# with SECONDS_EACH=none they are built and not run.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-build}" && pwd)
out=$build/kernel-loaders
. "$top/scripts/kernel-build.sh"
seconds=${SECONDS_EACH:-30} cpus=${CPUS:-8 64} kernels=${KERNELS:-6.12 7.3}
passed=0 failed=0 table=

build_bpftool

# build_loader KERNEL NAME: from .bpf.c to a program
build_loader() {
	tree=$build/kernel/$1/tools/sched_ext
	build_skeleton "$1" "$tree/$2.bpf.c" &&
	build_c "$1" -o "$out/$1/$2" "$tree/$2.c" "$deps/lib/libbpf.a" -lelf -lz
}

# result KERNEL NAME CPUS TEXT
result() {
	table="$table$(printf '%-6s %-14s %5s  %s' "$1" "$2" "$3" "$4")
"
}

# Known, and not ours: this 6.12.y enables in a kthread (ext.c:scx_ops_enable_workfn()),
# which may run ops.init() on any CPU, while its scx_central still asks for CPU 0, where
# the loader binds itself. 7.3's no longer does.
expected_ejection() {
	case "$1 $2" in
	"6.12 scx_central") echo 'init from non-central CPU' ;;
	esac
}

# run_loader KERNEL NAME CPUS: it runs to the end, or is ejected as is known
run_loader() {
	prog=$out/$1/$2 log=$out/$1/$2.$3.log
	status=0
	timeout 600 "$build/kickstand" exec --kernel "$1" --cpus "$3" --duration "${seconds}s" \
		-- "$prog" >"$log" 2>&1 || status=$?
	printf '\n=== kernel %s, %s, %s CPUs: exit status %s\n' "$1" "$2" "$3" "$status"
	# the beginning and the end of what it said
	if [ "$(wc -l <"$log")" -gt 60 ]; then
		sed -n '1,12p' "$log"
		echo "    ... ($log has all)"
		grep -B 12 '^kernel .* CPUs, seed' "$log" || tail -n 20 "$log"
	else
		cat "$log"
	fi
	why=$(expected_ejection "$1" "$2")
	if [ "$status" = 4 ] && [ -n "$why" ] && grep -q "$why" "$log"; then
		passed=$((passed + 1))
		result "$1" "$2" "$3" "ok, ejected as such a kernel may: $why"
	elif [ "$status" = 0 ]; then
		passed=$((passed + 1))
		result "$1" "$2" "$3" ok
	else
		failed=$((failed + 1))
		result "$1" "$2" "$3" "exit status $status: $(grep '^kickstand: ' "$log" | tail -n 1)"
	fi
}

# build_pair KERNEL: scx_qmap as the parent and as the child, see tests/kernel/qmap_pair.c
build_pair() {
	pair=$build/kernel/$1/tools/sched_ext/scx_qmap
	build_skeleton "$1" "$pair.bpf.c" &&
	build_c "$1" -c -o "$out/$1/qmap_parent.o" -Dmain=qmap_parent "$pair.c" &&
	build_c "$1" -c -o "$out/$1/qmap_child.o" -Dmain=qmap_child \
		-Dbpf_object__load_skeleton=load_child "$pair.c" &&
	objcopy -G qmap_parent "$out/$1/qmap_parent.o" &&
	objcopy -G qmap_child "$out/$1/qmap_child.o" &&
	build_c "$1" -o "$out/$1/qmap_pair" "$top/tests/kernel/qmap_pair.c" "$out/$1/qmap_parent.o" \
		"$out/$1/qmap_child.o" "$deps/lib/libbpf.a" -lelf -lz
}

# run_pair KERNEL NAME CPUS: both to the end, and by equal weights each has half of the CPUs
run_pair() {
	log=$out/$1/$2.$3.log
	half=$(($3 / 2))
	status=0
	timeout 600 "$build/kickstand" exec --kernel "$1" --cpus "$3" --duration "${seconds}s" \
		--workload "$top/tests/kernel/qmap_pair.json" -- "$out/$1/$2" /sys/fs/cgroup/a \
		>"$log" 2>&1 || status=$?
	printf '\n=== kernel %s, qmap below qmap, %s CPUs: exit status %s\n' "$1" "$3" "$status"
	grep -E "^(hier   : (self|sub0)|sub-scheduler|scheduler)" "$log" | tail -n 6 || :
	if [ "$status" = 0 ] &&
	   grep -q "^sub-scheduler 'qmap' on /a: left, unregistered from user space" "$log" &&
	   grep -qE "^hier   : sub0 +2 +100 +$half\.00 .* $half-$(($3 - 1))\$" "$log"; then
		passed=$((passed + 1))
		result "$1" "$2" "$3" ok
	else
		failed=$((failed + 1))
		result "$1" "$2" "$3" "exit status $status, see $log"
	fi
}

# try KERNEL NAME BUILD RUN: is it built, and does it run with each number of CPUs?
try() {
	case " ${LOADERS:-$2} " in *" $2 "*) ;; *) return 0 ;; esac
	if ! "$3" "$1" "$2" >"$out/$1/$2.log" 2>&1; then
		failed=$((failed + 1))
		result "$1" "$2" - "does not build, see $out/$1/$2.log"
	elif [ "$seconds" = none ]; then
		passed=$((passed + 1))
	else
		for n in $cpus; do
			"$4" "$1" "$2" "$n"
		done
	fi
}

for kernel in $kernels; do
	tree=$build/kernel/$kernel/tools/sched_ext
	build_types "$kernel"
	for src in "$tree"/scx_*.bpf.c; do
		try "$kernel" "$(basename "$src" .bpf.c)" build_loader run_loader
	done
	if grep -q sub_cgroup_id "$tree/scx_qmap.c"; then
		try "$kernel" qmap_pair build_pair run_pair
	fi
done

printf '\n%-6s %-14s %5s  %s\n%s' kernel loader cpus result "$table"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
