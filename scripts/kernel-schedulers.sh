#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compile the kernel's own schedulers and selftests, unmodified, and run the schedulers.
#
#	sh scripts/kernel-schedulers.sh [BUILD_DIR]
#
# Needs scripts/kernel-sources.sh's trees in BUILD_DIR/kernel. Objects go to
# BUILD_DIR/kernel-schedulers/VERSION/, compiled against the machine's own types.
# With REAL_BTF=DIR, which has linux-VERSION*.btf or .btf.xz of real kernels, also to
# VERSION-real/, compiled against those. Each scheduler of tests/kernel-schedulers.txt
# then runs for DURATION (10s) of virtual time; with DURATION=none none does. An object that does not compile is
# named, with its log beside it. Ends in "N passed, N failed".
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-build}" && pwd)
clang=$(command -v clang-19 || command -v clang)
libbpf=${KICKSTAND_DEPS:-$build/deps}/libbpf/include
kickstand=$build/kickstand
objects=$build/kernel-schedulers
duration=${DURATION:-10s}
passed=0 failed=0
n=8

# What a BPF compile takes from the host's C library, after everything else.
host_includes=$("$clang" -v -E - </dev/null 2>&1 |
	sed -n '/<...> search starts here/,/^End of search/s/^ \(\/[^ ]*\).*/-idirafter \1/p')

pass() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	echo "FAIL $*" >&2
}

# ---- compiling ----

# compile_all VERSION FLAVOUR: FLAVOUR's folder has include/vmlinux.h already
compile_all() {
	tree=$build/kernel/$1 out=$objects/$2 built=0
	[ -d "$tree" ] || {
		echo "kernel-schedulers: no sources in $tree: sh scripts/kernel-sources.sh" >&2
		exit 1
	}
	for src in "$tree"/tools/sched_ext/*.bpf.c "$tree"/tools/testing/selftests/sched_ext/*.bpf.c; do
		obj=$out/$(basename "$src" .c).o
		if "$clang" -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -fms-extensions \
			-Wno-missing-declarations -Wno-incompatible-function-pointer-types \
			-I "$out/include" -I "$libbpf" \
			-I "$tree/tools/sched_ext/include" -I "$tree/tools/sched_ext/include/bpf-compat" \
			-I "$tree/include/uapi" -I "$tree/tools/testing/selftests/sched_ext/include" \
			$host_includes -c "$src" -o "$obj" 2>"$obj.log"; then
			rm -f "$obj.log"
			built=$((built + 1))
		else
			rm -f "$obj"
			fail "$2: ${src#"$tree"/} does not compile, see $obj.log"
		fi
	done
	echo "$2: $built objects compiled"
	[ "$built" = 0 ] || pass
}

compile_ours() {
	mkdir -p "$objects/$1/include"
	"$kickstand" btf --kernel "$1" --format c >"$objects/$1/include/vmlinux.h"
	compile_all "$1" "$1"
}

# Against the BTF of a real kernel, if there is one.
compile_real() {
	[ -n "${REAL_BTF-}" ] || return 0
	out=$objects/$1-real
	mkdir -p "$out/include"
	for btf in "$REAL_BTF/linux-$1"*.btf "$REAL_BTF/linux-$1"*.btf.xz; do
		case $btf in
		*'*'*) continue ;;
		*.xz) xz -dc "$btf" >"$out/vmlinux.btf" ;;
		*) cp "$btf" "$out/vmlinux.btf" ;;
		esac
		"$kickstand" btf --raw "$out/vmlinux.btf" --format c >"$out/include/vmlinux.h"
		compile_all "$1" "$1-real"
		return
	done
	fail "$1: no BTF in $REAL_BTF"
}

# ---- running ----

# run FLAVOUR KERNEL OBJECT OPTIONS...
run() {
	flavour=$1 kernel=$2 name=$3
	shift 3
	file=$objects/$flavour/$name.bpf.o
	status=0
	timeout -k 2 120 "$kickstand" run "$file" --kernel "$kernel" --cpus $n --duration "$duration" --quiet \
		--json "$objects/run.json" "$@" >"$objects/run.log" 2>&1 || status=$?
	if [ $status = 0 ]; then
		pass
		result="ok, $(sed -n 's/^  "switches": \([0-9]*\).*/\1/p' "$objects/run.json") switches"
	else
		fail "$name ($flavour) on $kernel: exit status $status"
		result="status $status: $(grep '^kickstand: ' "$objects/run.log" | tail -n 1 | cut -c 1-150)"
	fi
	printf '%-12s %-10s %-7s %-24s %s\n' "$name" "$flavour" "$kernel" \
		"$(echo "$*" | sed -n 's/.*fifo_sched=\([a-z]*\).*/fifo_sched=\1/p')" "$result"
}

# run_listed FLAVOUR VERSION: the lines for VERSION, on its own profile
run_listed() {
	while read -r kernels name options; do
		case ,$kernels, in
		*,$2,*) run "$1" "$2" "$name" $(echo "$options" | sed "s/\$n/$n/g") ;;
		esac
	done <"$objects/list"
}

for v in 6.12 7.3; do
	compile_ours $v
	compile_real $v
done
if [ "$duration" = none ]; then
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
fi
grep -v '^#' "$top/tests/kernel-schedulers.txt" >"$objects/list"
printf '\n%-12s %-10s %-7s %-24s %s\n' scheduler types kernel option "$duration of virtual time"
for v in 6.12 7.3; do
	for flavour in $v $v-real; do
		[ ! -d "$objects/$flavour" ] || run_listed $flavour $v
	done
done
# What is compiled for 7.3 with its compat headers and runs on a real 6.12, runs here.
for flavour in 7.3 7.3-real; do
	[ -d "$objects/$flavour" ] || continue
	run $flavour 6.12 scx_simple --set fifo_sched=true
	run $flavour 6.12 scx_simple --set fifo_sched=false
	run $flavour 6.12 scx_cpu0
	run $flavour 6.12 scx_central --set nr_cpu_ids=$n --set slice_ns=20000000 \
		--resize cpu_gimme_task=$n --resize cpu_started_at=$n
	run $flavour 6.12 scx_flatcg --set nr_cpus=$n --set cgrp_slice_ns=20000000
done
rm -f "$objects/run.json" "$objects/run.log" "$objects/list"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
