#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compile the kernel's own schedulers and selftests against the machine's types.
#
#	sh scripts/kernel-schedulers.sh [BUILD_DIR]
#
# Needs scripts/kernel-sources.sh's trees in BUILD_DIR/kernel. Objects go to
# BUILD_DIR/kernel-schedulers/VERSION/. An object that does not compile is
# named, with its log beside it, and the exit status is 1.
set -eu

build=$(cd "${1:-build}" && pwd)
clang=$(command -v clang-19 || command -v clang)
libbpf=${KICKSTAND_DEPS:-$build/deps}/libbpf/include
built=0 failed=0

# What a BPF compile takes from the host's C library, after everything else.
host_includes=$("$clang" -v -E - </dev/null 2>&1 |
	sed -n '/<...> search starts here/,/^End of search/s/^ \(\/[^ ]*\).*/-idirafter \1/p')

compile_all() {
	tree=$build/kernel/$1 out=$build/kernel-schedulers/$1
	[ -d "$tree" ] || {
		echo "kernel-schedulers: no sources in $tree: sh scripts/kernel-sources.sh" >&2
		exit 1
	}
	mkdir -p "$out/include"
	"$build/kickstand" btf --kernel "$1" --format c >"$out/include/vmlinux.h"
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
			echo "kernel-schedulers: $1: ${src#"$tree"/} does not compile, see $obj.log" >&2
			failed=$((failed + 1))
		fi
	done
}

compile_all 6.12
compile_all 7.3
echo "kernel-schedulers: $built compiled, $failed failed"
[ "$failed" = 0 ]
