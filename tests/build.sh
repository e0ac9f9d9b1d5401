#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kickstand build and new: sources to objects, what they lack, and templates that work.
. "$KICKSTAND_SRC/tests/lib.sh"

# ends NAME ARGS...: status 0
ends() {
	name=$1
	shift
	kickstand "$@"
	[ "$status" = 0 ] && pass "$name" || fail "$name" "exit status $status" "$(cat err)"
}

check() {
	name=$1
	shift
	"$@" >log 2>&1 && pass "$name" || fail "$name" "$(cat log)"
}

mkdir tmp
export TMPDIR="$work/tmp"

# ---- sources that are not right ----

common='#include <scx/common.bpf.h>'
license='char _license[] SEC("license") = "GPL";'
printf '%s\n#include "mine.h"\n' "$common" >a.bpf.c
exits 'a header that is not there' 2 "^kickstand: a\.bpf\.c: 'mine\.h' is not found: .*--include DIR" build a.bpf.c
grep -q '^a\.bpf\.c:2:10: fatal error' err && pass 'its line is the user'"'"'s' || fail 'its line is the user'"'"'s' "$(cat err)"
mkdir mine && echo 'enum { MINE = 1 };' >mine/mine.h
ends '--include names its place' build a.bpf.c --include mine
printf '#include <scx/ravg.bpf.h>\n' >b.bpf.c
exits 'a header of scx that is not ours' 2 '<scx/ravg\.bpf\.h> .*tree of scx or of the kernel .*--include' build b.bpf.c
printf '%s\nint f(void)\n{\n\treturn none + nothing;\n}\n' "$common" >b.bpf.c
echo old >b.bpf.o
exits 'errors: one closing line' 2 '^kickstand: b\.bpf\.c: does not compile: 2 errors, see above$' build b.bpf.c
if [ "$(grep -c '^b\.bpf\.c:4:' err)" = 2 ] && [ "$(tail -n 1 err | cut -c 1-10)" = kickstand: ] &&
	[ "$(cat b.bpf.o)" = old ]; then
	pass 'they point at lines, and the object is left alone'
else
	fail 'they point at lines, and the object is left alone' "$(cat err)"
fi
exits 'run: errors of a source' 2 'does not compile: 2 errors' run b.bpf.c
exits 'inspect: errors of a source' 2 'does not compile: 2 errors' inspect b.bpf.c
exits 'run --seeds: once' 2 'does not compile: 2 errors' run b.bpf.c --seeds 1..4
[ "$(grep -c '^kickstand:' err)" = 1 ] && pass 'it says so once' || fail 'it says so once' "$(cat err)"

# ---- bad usage ----

exits 'no source' 2 'a source .*is missing' build
exits 'a source that is absent' 2 'no\.bpf\.c: cannot be read: No such' build no.bpf.c
exits 'an object for a source' 2 'is no source: a name that ends in \.bpf\.c' build x.o
exits 'a folder that is absent' 2 '--include none: there is no such folder' build a.bpf.c --include none
exits 'several and no name' 2 '-o FILE\.bpf\.o is due: 2 sources' build a.bpf.c b.bpf.c
exits 'no such kernel' 2 "there is no kernel '5.4'" build a.bpf.c --include mine --kernel 5.4
exits 'a place that is none' 2 '/none/x\.o: cannot be written' build a.bpf.c --include mine -o /none/x.o
exits 'an option that is near' 2 'did you mean --include' build a.bpf.c --inclde mine
mkdir bin tools
for t in timeout grep cat head; do
	ln -s "$(command -v $t)" "tools/$t"
done
printf '#!/bin/sh\necho "clang version 14.0.6"\n' >bin/clang
cp bin/clang bin/other
printf '#!/bin/sh\necho GCC\n' >bin/gcc
chmod +x bin/*
PATH=$work/bin:$work/tools exits 'clang is too old' 2 'clang is version 14: 15 or later is due; on Debian .*apt-get install clang' build a.bpf.c
PATH=$work/tools exits 'no clang' 2 'no clang is found .*on Debian .*on Fedora: .*on Arch: ' build a.bpf.c
exits 'another that is named, too old' 2 'other is clang 14' build a.bpf.c --clang bin/other
exits 'another that is none' 2 'gcc is no clang' build a.bpf.c --clang bin/gcc
CLANG=bin/other exits 'by the environment' 2 'other is clang 14' build a.bpf.c

# ---- sources that are right ----

cat >one.bpf.c <<EOF
#define likely(x) __builtin_expect(!!(x), 1)
$common
#define unlikely(x) __builtin_expect(!!(x), 0)
$license
s32 other(s32 v);
u64 nr;

void BPF_STRUCT_OPS(one_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (likely(p->pid) && unlikely(other(3) == WANT))
		__sync_fetch_and_add(&nr, 1);
	scx_bpf_dispatch(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
}

SCX_OPS_DEFINE(one_ops, .enqueue = (void *)one_enqueue, .name = "one");
EOF
printf '%s\n%s\n__noinline s32 other(s32 v)\n{\n\treturn v + 1;\n}\n' "$common" "$license" >two.bpf.c
ends 'two are linked' build one.bpf.c two.bpf.c -o both.bpf.o -MD -D WANT=4
kickstand run both.bpf.o --duration 10ms --dump-map .bss --quiet
grep -Eq '"nr": [1-9]' out && pass 'both take part' || fail 'both take part' "$(cat out err)"
if grep -q 'one\.bpf\.c' both.bpf.d && grep -q 'two\.bpf\.c' both.bpf.d && grep -q 'common\.bpf\.h' both.bpf.d &&
	grep -q '^both\.bpf\.o:' both.bpf.d && ! grep -q "$TMPDIR" both.bpf.d; then
	pass 'the depfile has what stays, for make'
else
	fail 'the depfile has what stays, for make' "$(cat both.bpf.d)"
fi
printf '%s\n%s\ns32 other(s64 v, s32 w)\n{\n\treturn 0;\n}\n' "$common" "$license" >two.bpf.c
exits 'two that do not fit' 2 "two\.bpf\.c: cannot be linked with those before it: .*other" build one.bpf.c two.bpf.c -o both.bpf.o -DWANT=4

# ---- templates ----

for t in fifo vtime central cid; do
	ends "new: $t" new "my-$t" --template "$t"
	check "$t: the scenario holds, on each kernel it names" "$KICKSTAND" test "my-$t/my_$t.json"
	for kernel in 6.12 7.4; do
		[ "$t $kernel" != 'cid 6.12' ] || continue
		ends "$t runs from its source on $kernel" run "my-$t/my_$t.bpf.c" --kernel "$kernel" --duration 300ms --strict
	done
	ends "$t lives through a storm on 64 CPUs" run "my-$t/my_$t.bpf.c" --kernel 7.4 --cpus 64 --duration 300ms --workload storm
done
# Each of its runs by a clang that counts what it compiles.
cat >bin/counts <<EOF
#!/bin/sh
case " \$* " in *' -c '*) echo >>'$work/compiled' ;; esac
exec '$(command -v "${CLANG:-clang}" || command -v clang-19)' "\$@"
EOF
chmod +x bin/counts
cp my-fifo/my_fifo.json my-fifo/again.json
runs=$("$KICKSTAND" test my-fifo --list | wc -l)
CLANG=$work/bin/counts check 'two scenarios of one source' "$KICKSTAND" test my-fifo --jobs 2
if [ "$runs" -gt 2 ] && [ "$(wc -l <compiled)" = $((runs / 2)) ]; then
	pass 'it is compiled once for a kernel'
else
	fail 'it is compiled once for a kernel' "$runs runs, compiled: $(wc -l <compiled)"
fi
rm my-fifo/again.json
check 'its Makefile builds and tests' make -C my-fifo KICKSTAND="$KICKSTAND" test
touch -d '1 minute ago' my-fifo/my_fifo.bpf.o
touch my-fifo/my_fifo.bpf.c
make -C my-fifo -n KICKSTAND="$KICKSTAND" >log 2>&1
grep -q ' build ' log && pass 'its depfile rebuilds' || fail 'its depfile rebuilds' "$(cat log)"
ends 'the object is the same, whoever builds it' build my-fifo/my_fifo.bpf.c -o again.bpf.o
kickstand build my-fifo/my_fifo.bpf.c -o twice.bpf.o
cmp -s again.bpf.o twice.bpf.o && pass 'and whenever' || fail 'and whenever' 'they differ'
mkfifo pipe
timeout 60 cat pipe >piped & reader=$!
ends 'what is no plain file is written as it is' build my-fifo/my_fifo.bpf.c -o pipe
wait $reader
[ -p pipe ] && cmp -s piped again.bpf.o && pass 'and it is whole' || fail 'and it is whole' "$(ls -l pipe)"
kickstand run my-fifo/my_fifo.bpf.c --duration 20ms --quiet --hash --json -
cp out from_source
kickstand run again.bpf.o --duration 20ms --quiet --hash --json -
if [ "$(grep trace_hash out)" = "$(grep trace_hash from_source)" ]; then
	pass 'a source runs as its object does'
else
	fail 'a source runs as its object does' "$(grep trace_hash out from_source)"
fi
kickstand run my-fifo/my_fifo.bpf.c --duration 20ms --seeds 1..3
grep -q '^3 of 3 runs' out && pass 'a source with many seeds' || fail 'a source with many seeds' "$(cat out err)"
exits 'a folder that is not empty' 2 'my-fifo: is not empty' new my-fifo
exits 'a template that is none' 2 "no template 'fifp', but: fifo, vtime, central, cid; did you mean 'fifo'" new x --template fifp
exits 'a name that is none' 2 'begins with a letter' new 1st
exits 'no folder' 2 'the folder to be made is missing' new
[ ! -e x ] && [ ! -e 1st ] && pass 'nothing is made then' || fail 'nothing is made then' "$(ls)"
mkdir empty && cd empty && kickstand new . && cd .. && [ -f empty/empty.bpf.c ] &&
	pass 'a folder that is there, and empty' || fail 'a folder that is there, and empty' "$(cat err)"
cd "$work" || exit 1
[ -z "$(ls tmp)" ] && pass 'nothing is left behind' || fail 'nothing is left behind' "$(ls tmp)"
plan
