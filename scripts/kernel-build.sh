# SPDX-License-Identifier: GPL-2.0-only
# Sourced, not run: building the kernel's own programs from scripts/kernel-sources.sh's
# trees, as the kernel's Makefiles do it, against the machine's types.
#
#	build=DIR out=DIR		where kickstand and the trees are; where results go
#	build_bpftool && build_types 7.3
#	build_skeleton 7.3 a/x.bpf.c	$out/7.3/x.bpf.o, $out/7.3/include/x.bpf.skel.h
#	build_c 7.3 -c a/x.c -o x.o	the C beside it
#
# Needs clang and gcc. Skeletons come from the tree's own bpftool, built here without
# the parts that need a kernel.

clang=$(command -v clang-19 || command -v clang)
deps=${KICKSTAND_DEPS:-$build/deps}/libbpf
bpftool=$out/bpftool

# What a BPF compile takes from the host's C library, after everything else.
host_includes=$("$clang" -v -E - </dev/null 2>&1 |
	sed -n '/<...> search starts here/,/^End of search/s/^ \(\/[^ ]*\).*/-idirafter \1/p')

# Debian 12's knows too little of struct_ops. Its bootstrap form, with our libbpf.
build_bpftool() {
	[ ! -x "$bpftool" ] || return 0
	tools=$build/kernel/6.12/tools internal=$out/internal/bpf
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

# build_types KERNEL
build_types() {
	[ -d "$build/kernel/$1/tools/sched_ext" ] || {
		echo "${0##*/}: no sources in $build/kernel/$1: sh scripts/kernel-sources.sh" >&2
		exit 1
	}
	mkdir -p "$out/$1/include"
	"$build/kickstand" btf --kernel "$1" --format c >"$out/$1/include/vmlinux.h"
}

# build_skeleton KERNEL SOURCE
build_skeleton() {
	bk_scx=$build/kernel/$1/tools/sched_ext/include bk_name=$(basename "$2" .bpf.c)
	"$clang" -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -fms-extensions \
		-Wno-missing-declarations -Wno-incompatible-function-pointer-types \
		-I "$out/$1/include" -I "$deps/include" -I "$bk_scx" -I "$bk_scx/bpf-compat" \
		-I "$build/kernel/$1/include/uapi" $host_includes \
		-c "$2" -o "$out/$1/$bk_name.bpf.o" &&
	"$bpftool" gen skeleton "$out/$1/$bk_name.bpf.o" name "$bk_name" \
		>"$out/$1/include/$bk_name.bpf.skel.h"
}

# build_c KERNEL CC_ARGS...
build_c() {
	bk_tools=$build/kernel/$1/tools bk_include=$out/$1/include
	shift
	cc -g -O2 -w -pthread -I "$bk_include" -I "$deps/include" \
		-I "$bk_tools/sched_ext/include" -I "$bk_tools/sched_ext" \
		-idirafter "$bk_tools/include/uapi" -idirafter "$bk_tools/include" "$@"
}
