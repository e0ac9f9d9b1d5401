#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `make install` puts where, and that a program finds all it needs there: the
# header by itself, the library by pkg-config alone, and a libbpf of its own.
. "$KICKSTAND_SRC/tests/lib.sh"

root=$work/root
if nm -D "$KICKSTAND_BUILD/libkickstand.so" | grep -q __asan; then
	skip "installation" "the library wants a sanitizer's runtime first"
	plan
fi
install_log=$KICKSTAND_BUILD/meson-logs/install-log.txt
[ ! -f "$install_log" ] || cp "$install_log" before.txt	# what `make uninstall` goes by
DESTDIR=$root meson install -C "$KICKSTAND_BUILD" --no-rebuild --quiet >log 2>&1 ||
	{ fail "it is installed" "$(tail -n 5 log)"; plan; }
pass "it is installed"

pc=$(find "$root" -name kickstand.pc)
export PKG_CONFIG_LIBDIR="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$root"
libdir=$root$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=libdir kickstand)
prefix=$root$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=prefix kickstand)

missing=
for f in "$prefix/bin/kickstand" "$prefix/include/kickstand.h" "$libdir/libkickstand.so" \
	"$libdir/libkickstand.so.0" "$libdir/kickstand/libkickstand-preload.so" "$libdir/kickstand/kickstand-seat" "$libdir/pkgconfig/kickstand.pc" \
	"$prefix/share/kickstand/include/scx/common.bpf.h" "$prefix/share/kickstand/include/bpf/bpf_helpers.h" \
	"$prefix/share/kickstand/templates/common/Makefile" \
	"$prefix/share/bash-completion/completions/kickstand.bash" \
	"$prefix/share/zsh/site-functions/_kickstand" "$prefix/share/fish/vendor_completions.d/kickstand.fish"; do
	[ -e "$f" ] || missing="$missing ${f#"$root"}"
done
if command -v scdoc >/dev/null; then
	for f in man1/kickstand.1 man3/libkickstand.3 man3/scx_bpf_kick_cpu.3 man5/kickstand-scenario.5; do
		[ -n "$(find "$root" -path "*/$f")" ] || missing="$missing $f"
	done
fi
[ -z "$missing" ] && pass "all files are there" || fail "all files are there" "missing:$missing"

if "$prefix/bin/kickstand" new sched >log 2>&1 && "$prefix/bin/kickstand" build sched/sched.bpf.c -MD >log 2>&1 &&
	grep -qF "$root" sched/sched.bpf.d; then
	pass "what is installed makes and builds a scheduler, by itself"
else
	fail "what is installed makes and builds a scheduler, by itself" "$(cat log)"
fi

if grep -qF -e "$KICKSTAND_BUILD" -e "$KICKSTAND_SRC" -e "$root" "$pc"; then
	fail "kickstand.pc names no place of the build" "$(cat "$pc")"
else
	pass "kickstand.pc names no place of the build"
fi

# ---- the header alone ----

echo '#include <kickstand.h>' >header.c
for how in 'cc -std=c11 -x c' 'cc -std=gnu17 -x c' 'c++ -std=c++11 -x c++' 'c++ -std=c++20 -x c++'; do
	if ! command -v "${how%% *}" >/dev/null; then
		skip "the header: $how" "no compiler"
	elif $how -Wall -Wextra -pedantic -Werror -fsyntax-only $(pkg-config --cflags kickstand) header.c 2>log; then
		pass "the header: $how"
	else
		fail "the header: $how" "$(cat log)"
	fi
done

# ---- what the library shows ----

# the names of the C library that a libbpf reaches a kernel by
cat >interposed <<'NAMES'
access
close
close_range
closefrom
dup
dup2
dup3
epoll_ctl
epoll_wait
faccessat
fcntl
fcntl64
fopen
fopen64
fstatfs
fstatfs64
ioctl
mkdir
mkdirat
mmap
mmap64
open
open64
openat
openat64
remove
rmdir
statfs
statfs64
syscall
uname
unlink
unlinkat
NAMES
nm -D --defined-only "$libdir/libkickstand.so" | awk '$2 != "A" { print $3 }' | sort >symbols
grep -v '^ks_' symbols >others
diff interposed others >log && pass "it exports ks_* and what it interposes" ||
	fail "it exports ks_* and what it interposes" "$(cat log)"
sed -n 's/.*[ *]\(ks_[a-z_]*\)(.*/\1/p' "$prefix/include/kickstand.h" | grep -v '^ks_.*_fn$' | sort -u >declared
sed -n 's/@.*//; /^ks_/p' symbols | sort -u >defined
diff declared defined >log && pass "the header declares what there is" ||
	fail "the header declares what there is" "$(cat log)"
page=$KICKSTAND_SRC/man/libkickstand.3.scd
missing=$(while read -r f; do grep -qw "$f" "$page" || echo "$f"; done <declared)
[ -z "$missing" ] && pass "libkickstand(3) names all calls" || fail "libkickstand(3) names all calls" "$missing"

# ---- a program ----

export LD_LIBRARY_PATH="$libdir"
cp "$KICKSTAND_SRC/examples/embed/embed.c" .
# shellcheck disable=SC2046
if cc -Wall -Wextra -Wno-unused-parameter -Werror embed.c $(pkg-config --cflags --libs kickstand) -o embed 2>log; then
	pass "the example is built by pkg-config alone"
else
	fail "the example is built by pkg-config alone" "$(cat log)"
fi
./embed "$EXAMPLES/embed.bpf.o" >out 2>&1
diff "$KICKSTAND_SRC/tests/golden/embed.out" out >log && pass "it prints what it should" ||
	fail "it prints what it should" "$(cat log)"
./embed no_such.bpf.o >out 2>err
[ $? = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q 'no_such.bpf.o: cannot be read' err &&
	pass "an object that is not there" || fail "an object that is not there" "$(cat err)"

# ---- a libbpf of its own ----

cat >want <<'OUT'
pairs[3] = {4, 5}
poke returned 20, and said 21
hog runs in class ext, enqueued often
hog runs in class fair
OUT
"$OWN_LIBBPF" "$TEST_OBJECTS/api.bpf.o" >out 2>&1
diff want out >log && pass "a skeleton of the program's own runs on the machine" ||
	fail "a skeleton of the program's own runs on the machine" "$(cat log)"

# ---- loaded later: by another language, say ----

cat >later.py <<'PY'
import ctypes, sys

ks = ctypes.CDLL("libkickstand.so.0")
ks.ks_machine_create.restype = ctypes.c_void_p
ks.ks_error.restype = ctypes.c_char_p
m = ctypes.c_void_p(ks.ks_machine_create(None, None))
obj = ctypes.c_void_p()

def must(status):
    if status:
        sys.exit(ks.ks_error().decode())

must(ks.ks_object_open(m, sys.argv[1].encode(), None, ctypes.byref(obj)))
must(ks.ks_object_load(obj))
must(ks.ks_object_attach(obj))
must(ks.ks_machine_workload(m, b"mixed"))
must(ks.ks_machine_run(m, ctypes.c_uint64(10000000)))
print("ran")
ks.ks_machine_destroy(m)
PY
python3 later.py "$EXAMPLES/shared.bpf.o" >out 2>&1
[ "$(cat out)" = ran ] && pass "the library can be loaded later" ||
	fail "the library can be loaded later" "$(cat out)"

# ---- and it goes as it came ----

ninja -C "$KICKSTAND_BUILD" uninstall >log 2>&1
left=$(find "$root" ! -type d)
[ -z "$left" ] && pass "make uninstall leaves nothing" ||
	fail "make uninstall leaves nothing" "$left" "$(tail -n 3 log)"
[ ! -f before.txt ] || cp before.txt "$install_log"
plan
