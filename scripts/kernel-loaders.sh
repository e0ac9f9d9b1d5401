#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build the kernel's own loaders, unchanged, and run each on simulated machines of 8
# and of 64 CPUs for 30 virtual seconds. Prints what they print, then a table, and
# ends in "N passed, N failed".
#
#	sh scripts/kernel-loaders.sh [BUILD_DIR]
#
# Needs scripts/kernel-sources.sh's trees in BUILD_DIR/kernel, clang and gcc. Skeletons
# come from the tree's own bpftool, built here without the parts that need a kernel.
# Programs go to BUILD_DIR/kernel-loaders/VERSION/.
#
# SECONDS_EACH=30, CPUS="8 64", KERNELS="6.12 7.3" and LOADERS="scx_simple ..." narrow it.
set -eu

build=$(cd "${1:-build}" && pwd)
clang=$(command -v clang-19 || command -v clang)
bpftool=$build/kernel-loaders/bpftool
deps=${KICKSTAND_DEPS:-$build/deps}/libbpf
seconds=${SECONDS_EACH:-30} cpus=${CPUS:-8 64} kernels=${KERNELS:-6.12 7.3}
passed=0 failed=0 table=

# Debian 12's knows too little of struct_ops. Its bootstrap form, with our libbpf.
build_bpftool() {
	tools=$build/kernel/6.12/tools internal=$build/kernel-loaders/internal/bpf
	mkdir -p "$internal"
	for h in hashmap nlattr relo_core libbpf_internal str_error; do
		cp "$tools/lib/bpf/$h.h" "$internal/"
	done
	(cd "$tools/bpf/bpftool" && cc -w -O1 -D_GNU_SOURCE -D__EXPORTED_HEADERS__ \
		-DPACKAGE='"bpftool"' -DBPFTOOL_VERSION='"6.12"' -DBPFTOOL_BOOTSTRAP \
		-include asm/unistd.h -I "$internal/.." -I "$deps/include" -I "$deps/include/bpf" \
		-I . -idirafter "$build/kernel/6.12/kernel/bpf" -I "$tools/include" \
		-idirafter "$tools/include/uapi" -o "$bpftool" \
		main.c common.c json_writer.c gen.c btf.c "$deps/lib/libbpf.a" -lelf -lz)
}
[ -x "$bpftool" ] || build_bpftool

host_includes=$("$clang" -v -E - </dev/null 2>&1 |
	sed -n '/<...> search starts here/,/^End of search/s/^ \(\/[^ ]*\).*/-idirafter \1/p')

# build_loader KERNEL NAME: from .bpf.c to a program, as the kernel's Makefile does it
build_loader() {
	tree=$build/kernel/$1/tools/sched_ext out=$build/kernel-loaders/$1
	"$clang" -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -fms-extensions \
		-Wno-missing-declarations -Wno-incompatible-function-pointer-types \
		-I "$out/include" -I "$deps/include" -I "$tree/include" \
		-I "$tree/include/bpf-compat" -I "$build/kernel/$1/include/uapi" \
		$host_includes -c "$tree/$2.bpf.c" -o "$out/$2.bpf.o" &&
	"$bpftool" gen skeleton "$out/$2.bpf.o" name "$2" >"$out/include/$2.bpf.skel.h" &&
	cc -g -O2 -w -pthread -I "$out/include" -I "$deps/include" -I "$tree/include" -I "$tree" \
		-idirafter "$build/kernel/$1/tools/include/uapi" -idirafter "$build/kernel/$1/tools/include" \
		-o "$out/$2" "$tree/$2.c" "$deps/lib/libbpf.a" -lelf -lz
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
	prog=$build/kernel-loaders/$1/$2 log=$build/kernel-loaders/$1/$2.$3.log
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

for kernel in $kernels; do
	tree=$build/kernel/$kernel/tools/sched_ext
	[ -d "$tree" ] || {
		echo "kernel-loaders: no sources in $tree: sh scripts/kernel-sources.sh" >&2
		exit 1
	}
	mkdir -p "$build/kernel-loaders/$kernel/include"
	"$build/kickstand" btf --kernel "$kernel" --format c \
		>"$build/kernel-loaders/$kernel/include/vmlinux.h"
	for src in "$tree"/scx_*.bpf.c; do
		name=$(basename "$src" .bpf.c)
		case " ${LOADERS:-$name} " in *" $name "*) ;; *) continue ;; esac
		if build_loader "$kernel" "$name" 2>"$build/kernel-loaders/$kernel/$name.log"; then
			for n in $cpus; do
				run_loader "$kernel" "$name" "$n"
			done
		else
			failed=$((failed + 1))
			result "$kernel" "$name" - "does not build, see $build/kernel-loaders/$kernel/$name.log"
		fi
	done
done

printf '\n%-6s %-14s %5s  %s\n%s' kernel loader cpus result "$table"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
