# SPDX-License-Identifier: GPL-2.0-only
# sched_ext debug dumps as they stand in bug reports: with what logs, traces and mails put
# around them, cut anywhere, two in a file; told by why, made a scenario by import.
# What is said of them is in golden/why-dump.out and golden/import.out.
. "$KICKSTAND_SRC/tests/lib.sh"

dumps=$KICKSTAND_SRC/tests/dumps

# ---- what stands around them ----

# wrapped NAME: in t, it is told as without
wrapped() {
	kickstand why t
	if [ "$status" = 0 ] && [ ! -s err ] && cmp -s want out; then pass "$1"; else
		fail "$1" "exit status $status" "$(cat err)" "$(diff want out)"; fi
}

for v in 6.12 6.17 7.1 7.3; do
	cp "$dumps/$v.txt" bare
	kickstand why bare
	cp out want
	[ -s want ] || fail "$v" "$(cat err)"
	sed 's/$/\r/' bare >t
	wrapped "$v: CRLF"
	sed 's/^/> /' bare >t
	wrapped "$v: quoted"
	sed 's/^/>> > /; s/ *$//' bare >t
	wrapped "$v: quoted twice, without blanks at the end"
	sed 's/^/[  12.345678] sched_ext: /' bare >t
	wrapped "$v: dmesg"
	sed 's/^/<6>[  12.345678][ T1234] /' bare >t
	wrapped "$v: a serial console's"
	sed 's/^/[Wed Nov 11 12:00:01 2026] /' bare >t
	wrapped "$v: dmesg -T"
	sed 's/^/Nov 11 12:00:01 host scx_turn[201]: /' bare >t
	wrapped "$v: journalctl"
	sed 's/^/Nov 11 12:00:01 host kernel: [   12.345678] /' bare >t
	wrapped "$v: syslog"
	sed 's/^/2026-11-11T12:00:01.123456+0100 host scx_turn[201]: /' bare >t
	wrapped "$v: journalctl -o short-iso"
	sed 's/^/    /' bare >t
	wrapped "$v: indented"
	sed 's/^ *//' bare >t
	wrapped "$v: without indentation"
	sed '/^$/d' bare >t
	wrapped "$v: without empty lines"
	{
		echo 'I saw this, CPU states and all:'
		printf '\nDEBUG DUMP\n%080d\n\n' 0 | tr 0 =
		cat bare
		printf '\n%080d\n\nEXIT: it ended\n' 0 | tr 0 =
		echo 'What is it?'
	} >t
	kickstand why t
	if [ "$status" = 0 ] && [ "$(head -n 3 out)" = "$(head -n 3 want)" ]; then
		pass "$v: a loader's output, in a mail"
	else
		fail "$v: a loader's output, in a mail" "$(cat err)" "$(diff want out)"
	fi
	{
		printf '# tracer: nop\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n'
		sed 's/^/             drv-143     [000] d..21    16.902479: sched_ext_dump: /' bare |
			sed '3i\          <idle>-0       [001] d..2.    16.902480: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a next_pid=7 next_prio=120'
	} >t
	wrapped "$v: sched_ext_dump events among others"
	{ cat "$dumps/7.1.txt"; echo; cat bare; } >t
	kickstand why t
	if [ "$status" = 0 ] && grep -q '^The file has 2 dumps; this is the last, from line ' out &&
		[ "$(sed 1d out)" = "$(cat want)" ]; then
		pass "$v: two dumps: the last"
	else
		fail "$v: two dumps: the last" "$(cat err)" "$(diff want out)"
	fi
	"$KICKSTAND" why - <bare >out 2>err
	if cmp -s want out; then pass "$v: a pipe"; else fail "$v: a pipe" "$(cat err)"; fi
done

{
	echo 'sched_ext: BPF scheduler "turn" disabled (runnable task stall)'
	cat "$dumps/6.12.txt"
} >t
kickstand why t
if grep -q '^scheduler turn: ejected' out; then pass "the scheduler's name, from the log"; else
	fail "the scheduler's name, from the log" "$(head -n 1 out)"; fi

# ---- what the kernel cut ----

{ head -n 30 "$dumps/6.12.txt"; printf '\n\n~~~~ TRUNCATED ~~~~\n'; } >t
kickstand why t
if [ "$status" = 0 ] && grep -q 'The kernel cut the dump (exit_dump_len)' out &&
	grep -q '1 task could run' out && ! grep -q 'if online' out; then
	pass 'a dump that the kernel cut says so'
else
	fail 'a dump that the kernel cut says so' "$(cat out err)"
fi

# ---- JSON, one task ----

kickstand why "$dumps/7.3.txt" --json
if [ "$status" = 0 ] && python3 - out <<'PY' >py.out 2>&1
import json, sys
d = json.load(open(sys.argv[1]))
w = d["waiting"]
assert [t["pid"] for t in w] == [26, 140] and [t["wait_ms"] for t in w] == [7604, 7496], w
assert w[0]["dsq"] == "0x64" and w[0]["busy_cpus"] == [1] and w[0]["idle_cpus"] == []
assert w[1]["comm"] == "a [b] c" and w[1]["weight"] == 10000
assert d["running"][0]["slice_ns"] == "18446744073709551615"
assert d["exit"]["kind"] == 1026 and d["exit"]["cpu"] == 1 and d["exit"]["meaning"]
assert d["idle_or_offline"] == [0] and d["scheduler"] == "turn" and d["origin"] == "dump"
assert d["counters"]["SCX_EV_REFILL_SLICE_DFL"] == 23
PY
then pass '--json'; else fail '--json' "$(cat py.out err)"; fi
for task in 140 'a [b] c' 'a [b] c-140'; do
	kickstand why "$dumps/7.3.txt" --task "$task"
	if [ "$status" = 0 ] && grep -q '1 task could run' out && grep -q '^  a \[b\] c\[140\] ' out; then
		pass "--task $task"
	else
		fail "--task $task" "$(cat out err)"
	fi
done

# ---- what is refused ----

# refused NAME PATTERN ARGS...: status 2, one line with it, nothing else
refused() {
	name=$1 pattern=$2
	shift 2
	kickstand "$@"
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && [ ! -s out ] && grep -qE -e "$pattern" err; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat out err)"
	fi
}
refused 'no such task' '--task nobody: the dump has no such task' why "$dumps/7.3.txt" --task nobody
refused 'no such task: near names' '--task grid: the dump has no such task \(it has grinder-139\)' why "$dumps/7.3.txt" --task grid
refused '--at' '--at is of traces' why "$dumps/7.3.txt" --at 3ms

# Cut behind any line but those after which nobody can know, and in the middle of any.
for v in 6.12 6.17 7.1 7.3; do
	nr=$(wc -l <"$dumps/$v.txt")
	name="$v: cut behind any line"
	n=2 bad=
	while [ $n -lt "$nr" ]; do
		head -n $n "$dumps/$v.txt" >t
		kickstand why t
		if [ "$status" = 2 ]; then
			[ "$(wc -l <err)" = 1 ] && grep -qE 't: line [0-9]+: the dump stops here, |t: line [0-9]+: the dump stops here: CPU ' err ||
				bad="$bad $n: $(cat err)"
		elif ! grep -q '^Event counters' t && [ "$v,$n" != 6.17,20 ] && [ "$v,$n" != 6.17,21 ] &&
			! { [ $v = 6.12 ] && [ $n -ge 49 ]; }; then
			bad="$bad $n: status $status"
		fi
		n=$((n + 1))
	done
	if [ -z "$bad" ]; then pass "$name"; else fail "$name" "$bad"; fi
done
for cut in 'sticky/hol' '  R kworker/1:1[61] -53' 'scx_state/flags=3/0x' 'dsq_id=0x' 'curr=grin' 'nr_run=3 fl' \
	'runnable task sta'; do
	awk -v cut="$cut" '{ i = index($0, cut) } i { printf "%s", substr($0, 1, i + length(cut) - 1); exit } { print }' \
		"$dumps/6.12.txt" >t
	refused "cut in '$cut'" 'the dump stops here' why t
done
sed 's/      sticky.*/      stuck=-1/' "$dumps/6.12.txt" >t
refused 'a field that is not there: another form' 'line [0-9]+: .*another form|cannot be read' why t
sed 's/dsq_flags=0x0 ops_state/dsq_flags=none ops_state/' "$dumps/6.12.txt" >t
refused 'a field of another kind' 'line 20: what this line says of task grinder\[76\] cannot be read' why t
sed 's/^CPU 1   :/CPU 9999 :/' "$dumps/6.12.txt" >t
refused 'a CPU beyond all' 'CPU 9999: there are at most 8192' why t
grep -v 'triggered exit' "$dumps/6.12.txt" >t
refused 'no dump' 'no text trace' why t
refused 'import: no dump' 'there is no sched_ext debug dump in it' import t
refused 'import: a file that is not there' 'cannot be read: No such file' import nowhere
refused 'import: a folder' 'cannot be read' import .
printf 'a\0b' >t
refused 'import: not text' 'is not text' import t
refused 'import: unknown option' "'--bogus'" import --bogus "$dumps/7.3.txt"
refused 'import: nothing to read' 'debug dump' import

# ---- import ----

kickstand import "$dumps/7.3.txt" -o x.json
if [ "$status" = 0 ] && [ ! -s out ] && grep -q "^  the scheduler's object" err; then
	pass 'import: what is not known is said'
else
	fail 'import: what is not known is said' "exit status $status" "$(cat err)"
fi
for v in 6.12 6.17 7.1 7.3; do
	kickstand import "$dumps/$v.txt" -o "$v.json"
	kickstand test "$v.json" --object "$EXAMPLES/shared.bpf.o"
	if [ "$status" -le 1 ] && grep -qE '^(not )?ok 1 - ' out && ! grep -q 'message:' out; then
		pass "import: $v's runs"
	else
		fail "import: $v's runs" "exit status $status" "$(cat out err)"
	fi
done
kickstand test 7.3.json
if [ "$status" = 2 ] && grep -q "object 'turn.bpf.o' is neither in" err; then
	pass 'import: without an object it is refused by name'
else
	fail 'import: without an object it is refused by name' "exit status $status" "$(cat out err)"
fi

# One that is larger than the scheduler's exit_dump_len: cut as the kernel cuts it, and said so.
for k in 6.12 7.3; do
	kickstand run "$TEST_OBJECTS/faults.bpf.o" --kernel $k --cpus 40 --quiet --set fault=FAULT_STALL --duration 2s \
		--workload spin:tasks=50 --set faults_ops.exit_dump_len=900
	if [ "$status" = 4 ] && grep -qx '~~~~ TRUNCATED ~~~~' err && [ "$(wc -c <err)" -lt 1500 ]; then
		pass "$k: a dump that does not fit is cut"
	else
		fail "$k: a dump that does not fit is cut" "exit status $status" "$(cat err)"
	fi
done

# A scheduler that loses tasks: its dump's scenario loses them again.
kickstand run "$TEST_OBJECTS/faults.bpf.o" --cpus 2 --quiet --set fault=FAULT_STALL --duration 2s \
	--workload spin:tasks=5
cp err dump.txt
kickstand import dump.txt -o lost.json
sed -i 's/^  "kernel"/  "set": {"fault": "FAULT_STALL"},\n  "kernel"/' lost.json
kickstand test lost.json --objects "$TEST_OBJECTS"
if [ "$status" = 1 ] && grep -q 'runnable task stall' out; then
	pass 'import: the stall comes again'
else
	fail 'import: the stall comes again' "exit status $status" "$(cat out err)"
fi

cp "$dumps/7.3.txt" d.txt
refused 'import: onto the dump' 'd.txt: is the dump: name another file' import d.txt -o d.txt
if cmp -s d.txt "$dumps/7.3.txt"; then pass 'import: the dump is still there'; else
	fail 'import: the dump is still there'; fi
echo old >y.json
head -n 20 d.txt >cut.txt
refused 'import: a dump that is cut' 'the dump stops here' import cut.txt -o y.json
rm -rf left && mkdir left
sed -n '1,/^----------/p' d.txt >none.txt
printf '\nEvent counters\n--------------\nSCX_EV_SELECT_CPU_FALLBACK: 0\n' >>none.txt
refused 'import: no tasks' 'no task that could run' import none.txt -o left/y.json
if [ "$(cat y.json)" = old ] && [ -z "$(ls -A left)" ]; then pass 'import: nothing half-written'; else
	fail 'import: nothing half-written' "$(ls -A left)"; fi
refused 'import: a folder that is not there' 'cannot be written: No such file' import d.txt -o no/y.json
if [ -w /dev/full ]; then
	refused 'import: a full disk' 'cannot be written: No space' import d.txt -o /dev/full
else
	skip 'import: a full disk' 'there is no /dev/full'
fi
plan
