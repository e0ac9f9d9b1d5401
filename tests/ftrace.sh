# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own trace, as people attach it to reports: every form that trace_pipe, the
# trace file and trace-cmd report have, read as what it says.
. "$KICKSTAND_SRC/tests/lib.sh"

# Two tasks on one CPU of four, of which all is known: a wakes at 1 ms, runs from 1.5 to 3.5,
# is preempted by b, runs again from 3.75 to 4.75.
long_form() {
	cat <<'T'
          <idle>-0       [001] dNh4.   100.001000: sched_waking: comm=a b pid=7 prio=120 target_cpu=001
          <idle>-0       [001] dNh4.   100.001000: sched_wakeup: comm=a b pid=7 prio=120 target_cpu=001
          <idle>-0       [001] d..2.   100.001500: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a b next_pid=7 next_prio=120
             a b-7       [001] d..2.   100.003500: sched_switch: prev_comm=a b prev_pid=7 prev_prio=120 prev_state=R+ ==> next_comm=kworker/1:2 next_pid=8 next_prio=100
     kworker/1:2-8       [001] d..2.   100.003750: sched_switch: prev_comm=kworker/1:2 prev_pid=8 prev_prio=100 prev_state=I ==> next_comm=a b next_pid=7 next_prio=120
             a b-7       [001] d..2.   100.004750: sched_switch: prev_comm=a b prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=swapper/1 next_pid=0 next_prio=120
             a b-7       [001] d..2.   100.004760: sched_migrate_task: comm=a b pid=7 prio=120 orig_cpu=1 dest_cpu=3
T
}
short_form() {
	cat <<'T'
          <idle>-0     [001]   100.001000: sched_waking:         comm=a b pid=7 prio=120 target_cpu=001
          <idle>-0     [001]   100.001000: sched_wakeup:         a b:7 [120] CPU:001
          <idle>-0     [001]   100.001500: sched_switch:         swapper/1:0 [120] R ==> a b:7 [120]
             a b-7     [001]   100.003500: sched_switch:         a b:7 [120] R ==> kworker/1:2:8 [100]
     kworker/1:2-8     [001]   100.003750: sched_switch:         kworker/1:2:8 [100] I ==> a b:7 [120]
             a b-7     [001]   100.004750: sched_switch:         a b:7 [120] S ==> swapper/1:0 [120]
             a b-7     [001]   100.004760: sched_migrate_task:   comm=a b pid=7 prio=120 orig_cpu=1 dest_cpu=3
T
}

cat >want <<'E'
  100.001500000  [0001]  <idle>                       0.000000      0.000000      0.000000
  100.003500000  [0001]  a b[7]                       0.000000      0.500000      2.000000
  100.003750000  [0001]  kworker/1:2[8]               0.000000      0.000000      0.250000
  100.004750000  [0001]  a b[7]                       0.250000      0.250000      1.000000
E

# says NAME [WAKEUPS]: report of t has those lines
says() {
	kickstand report t
	grep '\[0001\]' out >got
	if [ "$status" = 0 ] && cmp -s want got && ! [ -s err ] &&
		grep -Eq '^  a b\[7\] +3\.000000 +2 +'"${2:-1}"' +0\.750000 +0\.375000 ' out; then
		pass "$1"
	else
		fail "$1" "exit status $status" "$(cat err)" "$(diff want got)"
	fi
}

long_form >t
says 'trace_pipe'
short_form >t
says 'trace-cmd report'
{ echo 'cpus=4'; short_form | sed 's/\(\[001\]\)/\1 d..2./'; } >t
says 'trace-cmd 3.3: cpus= and flags'
short_form | sed -E 's/(100\.00[0-9]{4}):/\1000:/' >t
says 'nanoseconds'
short_form | sed -E 's/CPU:001/success=1 CPU:001/' >t
says 'an older trace-cmd: success='
long_form | sed -E 's/-([0-9]) +\[/-\1       (     \1) [/; s/\(     0\)/(-----)/' >t
says 'with thread groups'
long_form | sed -E 's/ d[N.][h.][0-9]\.//' >t
says 'without flags'
{
	cat <<'T'
# tracer: nop
#
# entries-in-buffer/entries-written: 7/7   #P:4
#
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
T
	long_form
} >t
says 'the trace file with its head'
long_form | sed 's/$/\r/' >t
says 'CRLF'
long_form | sed 's/^/> /' >t
says 'quoted'
{ long_form | tail -n 3; long_form | head -n 4; } >t
says 'CPU after CPU: put in order'
{
	echo 'CPU:2 [LOST 42 EVENTS]'
	long_form | sed '3i\
            drv-143     [000] d..1.   100.001200: sched_ext_dump: CPU 0   : nr_run=2 flags=0x9\
            drv-143     [000] d..1.   100.001200: sched_ext_event: name SCX_EV_REFILL_SLICE_DFL delta 1\
            drv-143     [000] d..1.   100.001200: bpf_trace_printk: a word: sched_nothing: x\
             a b-7       [001] d..2.   100.002000: sched_switch: prev_comm=a b prev_pid=7 prev_pr'
} >t
says 'between other lines, one of them cut'
kickstand report t --svg t.svg --window 100s..101s
if grep -q "a real kernel's ftrace, 4 CPUs, 42 events lost" t.svg; then
	pass 'events that were lost are told'
else
	fail 'events that were lost are told' "$(cat err)" "$(head -n 2 t.svg)"
fi
long_form | sed 's/sched_wakeup:/sched_wakeup_new:/' >t
says 'new tasks are put on their CPU, which is no wakeup' 0
long_form >t
"$KICKSTAND" report - <t >out.pipe 2>err
kickstand report t
if cmp -s out out.pipe && [ -s out ]; then pass 'a pipe'; else fail 'a pipe' "$(cat err)"; fi

# A run's .dat as trace-cmd tells it, with its plugins and without: the tables of the .txt.
by_trace_cmd() {
	name="trace-cmd report $*: the tables of our own text"
	if ! command -v trace-cmd >found; then
		skip "$name" 'trace-cmd is not installed'
		return
	fi
	trace-cmd report "$@" -t -i a.dat >t 2>report.err
	kickstand report t
	cp out theirs
	kickstand report a.txt
	if [ -s theirs ] && cmp -s out theirs; then pass "$name"; else
		fail "$name" "$(cat report.err err)" "$(diff out theirs)"; fi
}
kickstand run "$EXAMPLES/central.bpf.o" --cpus 4 --duration 30ms --quiet --trace a.dat
kickstand run "$EXAMPLES/central.bpf.o" --cpus 4 --duration 30ms --quiet --trace whole.txt
sed '/^# end:/s/ at .*//' whole.txt >a.txt	# a .dat does not say when its run ended
by_trace_cmd -N
by_trace_cmd

# ---- what it cannot say is not said ----

long_form >t
kickstand report t --html t.html
pages=$status
kickstand report t --svg t.svg --window 100s..101s
if [ "$pages$status" = 00 ] && grep -q "a real kernel's ftrace, 4 CPUs<" t.svg &&
	[ "$(grep -c 'class="lane"' t.svg)" = 4 ]; then
	pass 'page and picture'
else
	fail 'page and picture' "$(cat err)" "$(head -n 2 t.svg)"
fi
kickstand explain t --json
if [ "$status" = 0 ] && grep -q '"origin": "ftrace"' out && grep -q '"kernel": null' out &&
	grep -q '"seed": null' out; then
	pass 'explain: kernel and seed are null'
else
	fail 'explain: kernel and seed are null' "$(cat out err)"
fi
for command in explain why; do
	kickstand $command t
	if [ "$status" = 0 ] && grep -q '^a b-7 waited 500.000 us: from 100.001' out &&
		grep -q '^The trace does not tell in which queue' out; then
		pass "$command: the longest wait, and what is not told"
	else
		fail "$command: the longest wait, and what is not told" "$(cat out err)"
	fi
done
kickstand why t --task 7 --at 100003600us --json
if [ "$status" = 0 ] && grep -q '"duration_ns": 250000' out && grep -q '"dsq": null' out &&
	! grep -qE '"class": "(ext|fair)"' out; then
	pass 'why: a task that was preempted'
else
	fail 'why: a task that was preempted' "exit status $status" "$(cat out err)"
fi
kickstand why t --task 8
if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q 'it never waited' err; then
	pass 'why: a task of which no wait is told'
else
	fail 'why: a task of which no wait is told' "exit status $status" "$(cat out err)"
fi

# ---- what is none ----

# refused NAME PATTERN
refused() {
	kickstand report t
	if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && [ ! -s out ] && grep -q "$2" err; then
		pass "$1"
	else
		fail "$1" "exit status $status" "$(cat out err)"
	fi
}
none='no line is a sched event as ftrace and trace-cmd report print them'
long_form | sed 's/ sched_/ other_/' >t
refused 'a file without a line of use' "$none"
long_form | sed 's/100\.\(00[0-9]*\):/100\1:/' >t
refused 'a clock that is a counter' "$none"
long_form | sed 's/\[001\]/[9999]/' >t
refused 'a CPU beyond all' "$none"
long_form | sed 's/pid=[78]/pid=99999999/g' >t
refused 'a pid beyond all' "$none"
plan
