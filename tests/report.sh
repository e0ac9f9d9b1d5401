# SPDX-License-Identifier: GPL-2.0-only
# kickstand report: the tables, checked against the run's own summary; bad traces.
. "$KICKSTAND_SRC/tests/lib.sh"

# refused_report NAME WHAT ARGS...: refused() of kickstand report
refused_report() {
	name=$1 what=$2
	shift 2
	refused "$name" "$what" report "$@"
}

"$KICKSTAND" run "$EXAMPLES/shared.bpf.o" --cpus 4 --duration 50ms --trace t.txt --json s.json \
	>summary 2>&1 || fail run "$(cat summary)"

# A hand-made trace, of which all is known.
head -n 2 t.txt >hand.txt
line() {
	printf '%16s-%-7d [%03d] ..... %5s: %s\n' "$@" >>hand.txt
}
line '<idle>' 0 1 '    0.001000000' 'sched_wakeup: task=a-7 cpu=1 new=1'
line '<idle>' 0 1 '    0.001500000' 'sched_switch: prev=<idle>-0 prev_state=R next=a-7 prev_class=idle next_class=ext'
line a 7 1 '    0.003500000' 'sched_switch: prev=a-7 prev_state=R next=b-8 prev_class=ext next_class=ext'
line b 8 1 '    0.003750000' 'sched_switch: prev=b-8 prev_state=S next=a-7 prev_class=ext next_class=ext'
line a 7 1 '    0.004750000' 'sched_switch: prev=a-7 prev_state=S next=<idle>-0 prev_class=ext next_class=idle'
echo '# end: 5 events' >>hand.txt
cat >want <<'END'
    0.001500000  [0001]  <idle>                       0.000000      0.000000      0.000000
    0.003500000  [0001]  a[7]                         0.000000      0.500000      2.000000
    0.003750000  [0001]  b[8]                         0.000000      0.000000      0.250000
    0.004750000  [0001]  a[7]                         0.250000      0.250000      1.000000
END
kickstand report hand.txt
grep '\[0001\]' out >got
if [ "$status" = 0 ] && cmp -s want got; then
	pass 'a line for each time on a CPU'
else
	fail 'a line for each time on a CPU' "$(cat err)" "$(diff want got)"
fi
if [ "$(grep -c '^  [a-z]*\[' out)" = 2 ] &&
	grep -Eq '^  a\[7\] +3\.000000 +2 +0 +0\.750000 +0\.375000 +0\.2[0-9]* +0\.500000 +0\.500000 +0\.001500000 +0\.500000 +0\.500000 +0\.500000$' out; then
	pass 'a line for each task'
else
	fail 'a line for each task' "$(cat out)"
fi

# What goes on as the trace ends counts up to there, and what a scheduler's end cuts, twice.
sed '/^# end/d' hand.txt >open.txt
mv hand.txt closed.txt
mv open.txt hand.txt
line '<idle>' 0 1 '    0.005000000' 'sched_wakeup: task=a-7 cpu=1 new=0'
line '<idle>' 0 1 '    0.006000000' 'scx_exit: kind=1026 code=0x0'
line '<idle>' 0 1 '    0.006500000' 'sched_enable: state=3'
echo '# end: 8 events at 0.009000000 s' >>hand.txt
kickstand report hand.txt --summary
if [ "$status" = 0 ] && grep -q '^under the scheduler, up to 0.006000000 s:' out &&
	grep -Eq '^  a\[7\] +3\.000000 +2 +1 +1\.750000 .* 1\.000000 +0\.006000000 .* 0\.005000000$' out &&
	grep -q '^after it, in the fair class, from 0.006000000 s on:' out &&
	grep -Eq '^  a\[7\] +0\.000000 +0 +0 +3\.000000 .* 3\.000000 +0\.009000000 .* 0\.006000000$' out; then
	pass 'waits that go on, and what comes after a scheduler'
else
	fail 'waits that go on, and what comes after a scheduler' "$(cat err out)"
fi

kickstand report t.txt --summary
if [ "$status" = 0 ] && ! grep -q 'wait time' out && grep -q 'sleeper-0\[' out; then
	pass '--summary'
else
	fail '--summary' "$(cat err)" "$(head -n 5 out)"
fi

head -n 100 t.txt >cut.txt
head -c 5000 t.txt >cutline.txt
printf '{ "schema": 1 }\n' >foreign.txt
: >empty.txt
sed '50s/task=/tusk=/' t.txt >broken.txt
refused_report 'a trace without its end' 'cut.txt: line 100: the trace stops here' cut.txt
refused_report 'a line that is cut off' 'cutline.txt: line [0-9]*: the line is cut off' cutline.txt
refused_report 'a foreign file' 'foreign.txt: line 1: ' foreign.txt
refused_report 'an empty file' 'empty.txt: line 1: the file is empty' empty.txt
refused_report 'no file' 'no.txt: cannot be read: No such file' no.txt
refused_report 'a folder' 'cannot be read: Is a directory' .
refused_report 'no trace' 'the trace (a .txt of run --trace) is missing'
refused_report 'an unknown option' "no option '--png'" t.txt --png
refused_report 'a picture without a window' 'come together' t.txt --svg a.svg
refused_report 'a window and a kick' 'window and --kick: one of them' t.txt --svg a.svg --kick 1 --window 1ms..2ms
refused_report 'a kick too many' '^kickstand: --kick 100000: the trace has not so many kicks$' t.txt --svg a.svg --kick 100000
refused_report 'kick 0' 'kick 0: a number from 1 on is due' t.txt --svg a.svg --kick 0
refused_report 'a list of CPUs that is none' 'cpus 3-1: a list of CPUs is due' t.txt --svg a.svg --kick 1 --cpus 3-1
refused_report 'CPUs that are not there' 'cpus 90: the trace has none of these CPUs' t.txt --svg a.svg --window 1ms..2ms --cpus 90
refused_report 'a CPU of too many digits' 'cpus 4294967296: the trace has none of these CPUs' t.txt --svg a.svg --window 1ms..2ms --cpus 4294967296
for list in 0--3 0-+3 '0- 3' 0, ,0 0,,3 ' 0' 0x; do
	refused_report "CPUs '$list'" "cpus $list: a list of CPUs is due" t.txt --svg a.svg --kick 1 --cpus "$list"
done
refused_report 'CPUs of no picture' 'cpus is of --svg FILE' t.txt --cpus 1

# ---- pictures ----

kickstand run "$EXAMPLES/pair.bpf.o" --topology 2n2l8c2t --duration 20ms --quiet --trace p.txt
ticks() { grep -o 'text-anchor="[a-z]*">[0-9.]* ms<' "$1" | sed 's/.*>\([0-9.]*\) ms</\1/' | tr '\n' ' '; }
kickstand report p.txt --svg w.svg --window 3210us..7030us
if [ "$status" = 0 ] && [ "$(ticks w.svg)" = '3.5 4.0 4.5 5.0 5.5 6.0 6.5 7.0 ' ]; then
	pass 'round ticks'
else
	fail 'round ticks' "$(cat err)" "$(ticks w.svg)"
fi
height=$(sed -n 's/.*viewBox="0 0 [0-9]* \([0-9]*\)">$/\1/p' w.svg)
if [ "$(grep -c 'class="lane"' w.svg)" = 64 ] && [ "$height" -lt 1600 ]; then
	pass 'many lanes fit'
else
	fail 'many lanes fit' "height $height"
fi
"$KICKSTAND" explain p.txt --kick 5 >story
kickstand report p.txt --svg k.svg --kick 5
if [ "$status" = 0 ] && grep -q '<title>kick 5, IDLE, CPU ' k.svg && [ "$(ticks k.svg | wc -w)" -ge 2 ] &&
	[ "$(grep -c '<title>kick ' k.svg)" -lt 20 ]; then
	pass 'around a kick'
else
	fail 'around a kick' "$(cat err story)" "$(grep -o '<title>kick [^<]*' k.svg)"
fi
kickstand report p.txt --svg c.svg --kick 5 --cpus 0-3,32-35
if [ "$status" = 0 ] && [ "$(sed -n 's/.*>\(CPU [0-9]*\)<.text><rect class="lane".*/\1/p' c.svg | tr '\n' ' ')" = \
	'CPU 0 CPU 32 CPU 1 CPU 33 CPU 2 CPU 34 CPU 3 CPU 35 ' ] && grep -q '<title>kick 5, ' c.svg &&
	! grep -q ' on CPU 4, ' c.svg; then
	pass 'lanes of some CPUs'
else
	fail 'lanes of some CPUs' "$(cat err)" "$(grep -o 'CPU [0-9]*<' c.svg)"
fi
refused_report 'a page and a picture' 'one at a time' t.txt --html a.html --svg a.svg --window 1ms..2ms
plan
