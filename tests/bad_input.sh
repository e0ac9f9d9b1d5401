# SPDX-License-Identifier: GPL-2.0-only
# What bad input gets: one line on standard error that says what is wrong, the
# documented exit status, no output, and no file that was not there before.
. "$KICKSTAND_SRC/tests/lib.sh"

good=$EXAMPLES/shared.bpf.o
mkdir in d

# refused NAME STATUS PATTERN ARGS...
refused() {
	name=$1 want=$2 pattern=$3
	shift 3
	cd "$work/d" || exit 1
	kickstand "$@"
	cd "$work" || exit 1
	left=$(ls -A d)
	rm -rf d
	mkdir d
	if [ "$status" != "$want" ]; then
		fail "$name" "exit status $status, not $want" "$(cat err)"
	elif [ "$(wc -l <err)" != 1 ] || ! grep -q '^kickstand: ' err; then
		fail "$name" "not one line 'kickstand: ...' but:" "$(cat err)"
	elif ! grep -qiE -- "$pattern" err; then
		fail "$name" "'$pattern' is not in:" "$(cat err)"
	elif [ -s out ]; then
		fail "$name" "standard output has:" "$(cat out)"
	elif [ -n "$left" ]; then
		fail "$name" "left behind: $left"
	else
		pass "$name"
	fi
}

# bad_workload NAME PATTERN: the file is standard input
bad_workload() {
	cat >in/w.json
	refused "workload: $1" 2 "$2" run "$good" --workload "$work/in/w.json"
}

# ---- objects ----

echo 'no object' >in/text.bpf.o
: >in/empty.bpf.o
refused 'object: absent' 2 'absent.bpf.o.*No such file' run absent.bpf.o
refused 'object: a directory' 2 'regular file' run "$work/in"
mkfifo in/pipe
refused 'object: a FIFO' 2 'regular file' run "$work/in/pipe"
refused 'object: no ELF' 3 'text.bpf.o: .*ELF' run "$work/in/text.bpf.o"
refused 'object: empty' 3 'empty.bpf.o: .*ELF' run "$work/in/empty.bpf.o"
size=$(wc -c <"$good")
for part in 1 16 52 63 64 65 500 $((size / 4)) $((size / 2)) $((size - 4000)) $((size - 1)); do
	head -c "$part" "$good" >in/part.bpf.o
	refused "object: its first $part bytes" 3 'part.bpf.o: .*(ELF|truncated)' run "$work/in/part.bpf.o"
done
refused 'object: another architecture' 3 "not for BPF|no BPF" run "$KICKSTAND"
refused 'object: no sched_ext_ops' 3 'bad_no_ops.*no struct sched_ext_ops' run "$TEST_OBJECTS/bad_no_ops.bpf.o"
refused 'object: two sched_ext_ops' 3 '2 sched_ext_ops.*--ops.*one_ops.*other_ops' run "$TEST_OBJECTS/bad_two_ops.bpf.o"
refused 'object: --ops names none' 2 "'nobody'.*one_ops" run "$TEST_OBJECTS/bad_two_ops.bpf.o" --ops nobody
refused 'object: ops.init() is not there' 3 'no struct sched_ext_ops' inspect "$TEST_OBJECTS/bad_no_ops.bpf.o"
for v in 6.12 7.3; do
	refused "$v: a kfunc that is missing" 3 "kernel $v.*'scx_bpf_no_such_kfunc'" run "$TEST_OBJECTS/bad_kfunc.bpf.o" --kernel $v
	refused "$v: a map type that is missing" 3 "kernel $v.*'odd_map'.*xskmap" run "$TEST_OBJECTS/bad_map.bpf.o" --kernel $v
	refused "$v: a field that is missing" 3 "kernel $v.*no_such_field" run "$TEST_OBJECTS/bad_field.bpf.o" --kernel $v
	refused "$v: a field that is missing within another" 3 "kernel $v.*no_such_field" run "$TEST_OBJECTS/bad_chain.bpf.o" --kernel $v
done

refused 'a field: the machine says it of itself' 3 'this machine does not model .struct task_struct' \
	run "$TEST_OBJECTS/bad_field.bpf.o"
refused 'a weak kfunc that nobody has' 3 "'scx_bpf_no_such_kfunc' does not exist in this machine's kernel, nor in another" \
	run "$TEST_OBJECTS/bad_weak.bpf.o"
refused 'a map of maps that its loader completes' 3 "'outer'.*made by its loader.*kickstand exec" \
	run "$TEST_OBJECTS/bad_inner.bpf.o"
refused 'a verdict of two lines' 3 'bad_locked.bpf.c:33: .*while holding a lock, use static function instead' \
	run "$TEST_OBJECTS/bad_locked.bpf.o"
refused '7.3: a pointer into the loader'"'"'s memory' 3 "kernel 7.3.*'by_task'.*__uptr" \
	run "$TEST_OBJECTS/bad_uptr.bpf.o" --kernel 7.3

# ---- the machine ----

refused '--cpus 0' 2 'cpus 0' run "$good" --cpus 0
refused '--cpus 100000' 2 '1 to 1024.*100000' run "$good" --cpus 100000
refused '--cpus of 20 digits' 2 'cpus' run "$good" --cpus 99999999999999999999
refused '--cpus four' 2 'cpus four' run "$good" --cpus four
refused '--cpus -1' 2 'cpus -1' run "$good" --cpus -1
refused '--cpus 4x' 2 'cpus 4x' run "$good" --cpus 4x
refused '--cpus without a value' 2 "'--cpus'" run "$good" --cpus
refused '--cpus contradicts --topology' 2 '4 CPUs.*1n2l4c2t.*16' run "$good" --cpus 4 --topology 1n2l4c2t
refused '--topology without sense' 2 "topology 'many'" run "$good" --topology many
refused '--topology with a zero' 2 "topology '1n0l4c2t'" run "$good" --topology 1n0l4c2t
refused '--topology too large' 2 'than the 1024' run "$good" --topology 64n64l64c2t
refused '--preempt that there is not' 2 "'often'.*full, lazy" run "$good" --preempt often
refused '--preempt that the kernel lacks' 2 "'none'.*7.0 has: full, lazy" run "$good" --preempt none --kernel 7.0
refused '--preempt lazy before it was' 2 "'lazy'.*6.12 has: none, voluntary, full" run "$good" --preempt lazy --kernel 6.12
refused '--nohz-full with CPU 0' 2 "'0-2'.*CPU 0" run "$good" --cpus 4 --nohz-full 0-2
refused '--nohz-full beyond the CPUs' 2 "CPU 9 is outside the machine" run "$good" --cpus 4 --nohz-full 1-9
refused '--nohz-full that is no list' 2 "a list of CPUs looks like" run "$good" --nohz-full all
refused '--kernel 5.4' 2 "'5.4'.*6.12.*7.3" run "$good" --kernel 5.4
for d in 0 0s 10 -1s 1h 1.5s s '' 99999999999999999999s 100000000000s; do
	refused "--duration '$d'" 2 'duration' run "$good" --duration "$d"
done
for d in 0 0ms 0s; do
	refused "--duration $d" 2 "--duration $d: a time above 0 is due" run "$good" --duration "$d"
	refused "--starvation $d" 2 "--starvation $d: a time above 0 is due" run "$good" --starvation "$d"
done
refused '--starvation without a unit' 2 '--starvation 5: a time with its unit is due' run "$good" --starvation 5
refused '--seed one' 2 'seed one' run "$good" --seed one
refused '--seed too large' 2 'seed' run "$good" --seed 18446744073709551616
refused '--seed, blank before' 2 'seed  1' run "$good" --seed ' 1'
refused '--seed, a hidden sign' 2 'seed  -1' run "$good" --seed ' -1'
refused '--duration, blank before' 2 'duration' run "$good" --duration ' 1ms'
refused '--seed and --seeds' 2 'one of them' run "$good" --seed 5 --seeds 1..2
refused '--jobs without --seeds' 2 'seeds A..B' run "$good" --jobs 2
refused '--kconfig without an end' 2 'too large' run "$good" --kconfig /dev/zero
refused 'why: a file without an end' 2 'not text' why /dev/zero
refused '--kconfig is a directory' 2 'directory' run "$good" --kconfig .
refused '--setup is a directory' 2 'is a directory' run "$good" --setup .
refused '--hash that is not printed' 2 'add --json' run "$good" --hash --quiet
refused '--ops empty' 2 'ops' run "$good" --ops ''

# ---- the object's globals ----

refused '--set of no variable' 2 "'nope'" run "$good" --set nope=1
refused '--set without =' 2 "'kick'" run "$good" --set kick
refused '--set to what is no number' 2 "kick=zz" run "$good" --set kick=zz
for set in 'kick= 1' 'kick=+1' 'kick= -1' 'kick=- 1' 'kick=' 'kick=1 '; do
	refused "--set '$set'" 2 'kick=' run "$good" --set "$set"
done
refused '--set beyond the type' 2 "kick=300" run "$good" --set kick=300
for set in 'by_cpu[0]=2147483648' 'by_cpu[0]=-2147483649' 'by_cpu[0]=0x100000000' seen_hash=9223372036854775808; do
	refused "--set $set" 2 'does not fit' run "$TEST_OBJECTS/setup.bpf.o" --set $set
done
refused '--set of an element of no array' 2 "kick\[1\]" run "$good" --set 'kick[1]=1'
refused '--set of a member of no struct' 2 "kick.a" run "$good" --set 'kick.a=1'
refused '--resize of no variable' 2 "'nope'" run "$good" --resize nope=1
refused '--resize to a number with a blank' 2 'VAR=N' run "$TEST_OBJECTS/setup.bpf.o" --resize 'by_cpu= 4'
refused '--set of an element with a blank' 2 'index' run "$TEST_OBJECTS/setup.bpf.o" --set 'by_cpu[ 1]=1'
refused '--resize of no array' 2 "kick" run "$good" --resize kick=4
refused '--dump-map of no map' 2 "'nope'" run "$good" --dump-map nope

# ---- usage ----

refused 'no object' 2 'object' run
refused 'two objects' 2 'too many' run "$good" "$good"
refused 'unknown option' 2 "'--bogus'" run "$good" --bogus
refused 'unknown short option' 2 "'-x'" run "$good" -x
refused 'a value for what takes none' 2 "'--partial=1'" run "$good" --partial=1
refused 'unknown command' 2 "'walk'" walk
refused 'inspect: no object' 2 'object' inspect
refused 'inspect: unknown option' 2 "'--bogus'" inspect --bogus "$good"
refused 'kernels: no object' 2 "x: cannot be read" kernels x
refused 'kernels: unknown' 2 "'5.4'" kernels 6.12 5.4
refused 'kernels: too many' 2 "'7.3'" kernels 6.12 7.2 7.3
refused 'kernels: --facts of two' 2 "no arguments" kernels --facts 6.12 7.2
refused 'btf: unknown format' 2 "'x'" btf --format x
refused 'btf: unknown kernel' 2 "'5.4'" btf --kernel 5.4

# ---- outputs ----

refused '--json in no directory' 2 'nowhere/x.*No such' run "$good" --json nowhere/x
refused '--json is a directory' 2 'directory' run "$good" --json .
refused '--json on a full device' 2 'full.*No space' run "$good" --quiet --duration 10ms --json /dev/full
refused '--trace in no directory' 2 'nowhere/x.txt.*No such' run "$good" --trace nowhere/x.txt
refused '--trace of no known kind' 2 "'x.foo'" run "$good" --trace x.foo
ln -s /dev/full in/full.txt
refused '--trace on a full device' 2 'full.*No space' run "$good" --quiet --duration 10ms --trace "$work/in/full.txt"
refused '--seeds: --json on a full device' 2 'full: cannot be written: No space' \
	run "$good" --quiet --duration 1ms --seeds 1..2 --json /dev/full
refused '--json without a name' 2 'json' run "$good" --json ''
refused '--trace without a name' 2 'trace' run "$good" --trace ''
refused 'two outputs in one file' 2 'json and --trace' run "$good" --json x.txt --trace x.txt
refused 'two outputs on standard output' 2 'json and --trace' run "$good" --json - --trace -
refused '--trace - and --dump-map' 2 'dump-map' run "$good" --trace - --dump-map .bss
refused 'test: --junit in no directory' 2 'nowhere' test "$KICKSTAND_SRC/examples/shared.json" --junit nowhere/x
refused 'test: a file named twice' 2 'shared.json: the file is named twice, as .*shared.json before; name it once' \
	test "$KICKSTAND_SRC/examples/shared.json" "$KICKSTAND_SRC/examples/../examples/shared.json"
refused '--json and a bad workload' 2 "'nope'" run "$good" --json j --trace t.txt --workload nope
refused '--json and a bad object' 3 'ELF' run "$work/in/text.bpf.o" --json j --trace t.txt
refused '--json and an object that cannot be loaded' 3 'no_such_kfunc' run "$TEST_OBJECTS/bad_kfunc.bpf.o" --json j --trace t.txt

# What cannot be written to standard output is an error too.
full() {
	name=$1
	shift
	"$KICKSTAND" "$@" >/dev/full 2>err
	status=$?
	if [ $status = 2 ] && [ "$(wc -l <err)" = 1 ]; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat err)"
	fi
}
full 'standard output full: run' run "$good" --duration 10ms
full 'standard output full: run --json -' run "$good" --duration 10ms --quiet --json -
full 'standard output full: run --dump-map' run "$good" --duration 10ms --quiet --dump-map .bss
full 'standard output full: inspect' inspect "$good"
full 'standard output full: kernels' kernels
full 'standard output full: btf' btf
full 'standard output full: btf --format c' btf --format c

# ---- traces and summaries ----

"$KICKSTAND" run "$good" --cpus 2 --duration 5ms --quiet --trace in/t.txt --json in/t.json >out 2>&1 ||
	fail 'a trace and a summary' "$(cat out)"
head -c 3000 in/t.txt >in/cut.txt
head -n 100 in/t.txt >in/short.txt
cat in/t.txt in/t.txt >in/twice.txt
sed 's/kickstand trace 1/kickstand trace 2/' in/t.txt >in/later.txt
head -c 2000 in/t.json >in/cut.json
echo '[]' >in/none.json
echo '{}' >in/other.json
head -c 100000 "$KICKSTAND" >in/binary
truncate -s 2G in/huge

for command in explain report; do
	refused "$command: no trace" 2 'trace.* missing' $command
	refused "$command: two traces" 2 'too many' $command "$work/in/t.txt" "$work/in/t.txt"
	refused "$command: unknown option" 2 "'--bogus'" $command --bogus "$work/in/t.txt"
	refused "$command: absent" 2 'absent.txt.*No such' $command absent.txt
	refused "$command: a directory" 2 'in: .*directory' $command "$work/in"
	refused "$command: empty" 2 'empty.*line 1.*empty' $command "$work/in/empty.bpf.o"
	refused "$command: binary" 2 'binary: line 1.*not text' $command "$work/in/binary"
	refused "$command: 2 GiB of zeros" 2 'huge: line 1.*not text' $command "$work/in/huge"
	refused "$command: a summary" 2 't.json: line 1.*no text trace.*--trace' $command "$work/in/t.json"
	refused "$command: cut in a line" 2 'cut.txt: line [0-9]+: .*cut off' $command "$work/in/cut.txt"
	refused "$command: cut behind a line" 2 'short.txt: line 100: .*the rest is missing' $command "$work/in/short.txt"
	refused "$command: two traces in one" 2 'twice.txt: line [0-9]+: .*more behind' $command "$work/in/twice.txt"
	refused "$command: another format" 2 'later.txt: line 2: .*another format' $command "$work/in/later.txt"
done
for kick in 0 -1 x 99999999; do
	refused "explain: --kick $kick" 2 "kick $kick" explain "$work/in/t.txt" --kick $kick
done
refused 'report: --svg without --window' 2 'svg FILE and --window' report "$work/in/t.txt" --svg x.svg
refused 'report: --window backwards' 2 'window 3ms..2ms' report "$work/in/t.txt" --svg x.svg --window 3ms..2ms
refused 'report: --window behind the end' 2 'ends before' report "$work/in/t.txt" --svg x.svg --window 3s..4s
refused 'report: --html and --svg' 2 'one at a time' report "$work/in/t.txt" --html x --svg y --window 1ms..2ms
refused 'report: --html is a directory' 2 'directory' report "$work/in/t.txt" --html .
refused 'report: --html in no directory' 2 'nowhere/x' report "$work/in/t.txt" --html nowhere/x
cp in/t.txt in/same.txt
for to in '--html' '--window 1ms..2ms --svg'; do
	refused "report: $to over its trace" 2 'same.txt: is the trace' report "$work/in/same.txt" $to "$work/in/same.txt"
done
if cmp -s in/t.txt in/same.txt; then pass 'report: the trace stays'; else fail 'report: the trace stays'; fi

refused 'compare: no file' 2 'json is missing' compare
refused 'compare: unknown option' 2 "'--bogus'" compare --bogus "$work/in/t.json"
refused 'compare: absent' 2 'absent.json: .*No such' compare absent.json
refused 'compare: the second is absent' 2 'absent.json: .*No such' compare "$work/in/t.json" absent.json
refused 'compare: a directory' 2 'in: .*directory' compare "$work/in"
refused 'compare: empty' 2 'empty.*line 1: this is no JSON' compare "$work/in/empty.bpf.o"
refused 'compare: binary' 2 'binary: line 1: this is no JSON' compare "$work/in/binary"
refused 'compare: 2 GiB of zeros' 2 'huge: line 1: this is no JSON' compare "$work/in/huge"
refused 'compare: a trace' 2 't.txt: line 1: this is no JSON' compare "$work/in/t.json" "$work/in/t.txt"
refused 'compare: cut off' 2 'cut.json: line [0-9]+: .*(premature|end of file)' compare "$work/in/cut.json"
refused 'compare: an empty array' 2 'none.json: .*no summary' compare "$work/in/none.json"
refused 'compare: other JSON' 2 'other.json: .*no summary' compare "$work/in/other.json"

refused 'inspect: absent' 2 'absent.bpf.o.*No such' inspect absent.bpf.o
refused 'inspect: a directory' 2 'regular file' inspect "$work/in"
refused 'inspect: empty' 3 'empty.bpf.o: .*ELF' inspect "$work/in/empty.bpf.o"
refused 'inspect: no ELF' 3 't.json: .*ELF' inspect "$work/in/t.json"
refused 'inspect: 2 GiB of zeros' 3 'huge: .*ELF' inspect "$work/in/huge"
refused 'inspect: another architecture' 3 'not for BPF' inspect "$KICKSTAND"
refused 'inspect: --ops names none' 2 "'nobody'" inspect "$good" --ops nobody
refused 'top: no object' 2 'object.* missing' top
refused 'top: --speed x' 2 'speed x' top "$good" --speed x
refused 'top: --seeds' 2 'seeds' top "$good" --seeds 1..2
refused 'top: no terminal' 2 'terminal.*kickstand run' top "$good"
refused 'btf: an argument' 2 "'x'" btf x
refused 'btf: --format without a value' 2 "'--format'" btf --format

# ---- workloads ----

refused 'workload: no such file or name' 2 "'?nope" run "$good" --workload nope
refused 'workload: absent file' 2 'absent.json' run "$good" --workload absent.json
refused 'workload: a directory' 2 'in' run "$good" --workload "$work/in"
refused 'workload: unknown parameter' 2 'spin.*legs' run "$good" --workload spin:legs=4
refused 'workload: parameter without a value' 2 'tasks' run "$good" --workload spin:tasks
refused 'workload: parameter that is no number' 2 'tasks' run "$good" --workload spin:tasks=x
refused 'workload: zero tasks of a built-in' 2 'task' run "$good" --workload spin:tasks=0
refused 'workload: CPU outside of the machine' 2 '8' run "$good" --workload spin:cpus=0-8
bad_workload 'no JSON' 'w.json:1:[0-9]+' <<'J'
hello
J
bad_workload 'empty file' 'w.json:1' </dev/null
bad_workload 'syntax error' 'w.json:3:[0-9]+' <<'J'
{
	"tasks": {
		"a": { "run" 10 }
	}
}
J
bad_workload 'cut off' 'w.json:[0-9]+:[0-9]+' <<'J'
{
	"tasks": {
		"a": { "run": 10,
J
bad_workload 'unknown key' 'w.json:3:[0-9]+.*legs' <<'J'
{
	"tasks": {
		"a": { "legs": 4, "run": 10 }
	}
}
J
bad_workload 'unknown policy' 'w.json:3:[0-9]+.*SCHED_MAGIC' <<'J'
{
	"tasks": {
		"a": { "policy": "SCHED_MAGIC", "run": 10 }
	}
}
J
bad_workload 'what is not modelled' 'w.json:3:[0-9]+.*util_min' <<'J'
{
	"tasks": {
		"a": { "util_min": 10, "run": 10 }
	}
}
J
bad_workload 'CPU outside of the machine' 'w.json:3:[0-9]+.*8' <<'J'
{
	"tasks": {
		"a": { "cpus": [0, 8], "run": 10 }
	}
}
J
bad_workload 'negative time' 'w.json:3:[0-9]+' <<'J'
{
	"tasks": {
		"a": { "run": -10 }
	}
}
J
bad_workload 'wrong type' 'w.json:2:[0-9]+' <<'J'
{
	"tasks": [ 1, 2 ]
}
J
bad_workload 'zero tasks' 'task' <<'J'
{
	"tasks": { }
}
J
bad_workload 'zero instances' 'task' <<'J'
{
	"tasks": { "a": { "instance": 0, "run": 10 } }
}
J
bad_workload 'no tasks section' 'task' <<'J'
{
	"global": { "duration": 1 }
}
J

# ---- workloads that are foolish, but no mistake: they run to the end ----

# foolish NAME: the file is standard input
foolish() {
	cat >in/w.json
	kickstand run "$good" --cpus 2 --duration 100ms --workload "$work/in/w.json"
	if [ $status = 0 ] && [ ! -s err ]; then
		pass "workload: $1"
	else
		fail "workload: $1" "exit status $status" "$(cat err)"
	fi
}
foolish 'a loop round a phase that never runs' <<'J'
{ "tasks": { "a": { "loop": -1, "phases": { "p": { "loop": 0, "run": 10 } } } } }
J
foolish 'a loop of runs of no length' <<'J'
{ "tasks": { "a": { "loop": -1, "run": 0 } } }
J
foolish 'a fork at the moment the scheduler goes' <<'J'
{ "tasks": { "a": { "loop": -1, "fork": "b" }, "b": { "instance": 0, "loop": -1, "run": 1000 } } }
J
foolish 'a fork bomb' <<'J'
{ "tasks": { "a": { "loop": -1, "fork": "a" } } }
J
plan
