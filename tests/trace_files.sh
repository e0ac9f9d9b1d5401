# SPDX-License-Identifier: GPL-2.0-only
# --trace FILE in its three formats: the same events in all, read back by readers that
# are not ours or know nothing of the writer; the same bytes each time; whole or absent.
. "$KICKSTAND_SRC/tests/lib.sh"

# A text trace's events without the column of the current task, our fields only.
events_of_text() {
	grep -v '^#' "$1" | sed -E \
		-e 's/^.{16}-[0-9]+ +(\[[-0-9]+\]) \.{5} +([0-9.]+): /\2 \1 /' \
		-e 's/: [^	]*	/:/'
}

# As trace-cmd report -t prints them: time, cpu, event, fields. From 3.3 on there is a column
# of flags behind the CPU.
events_of_report() {
	grep -v '^cpus=' "$1" | sed -E 's/^.{16}-[0-9]+ +\[([0-9]+)\]( +[^ ]{4,6})? +([0-9]+\.[0-9]+): ([a-z_]+): +/\3 [\1] \4: /; s/ +$//'
}

run_traced() {
	kickstand run "$@"
	[ "$status" = 0 ] && return
	fail "$name" "exit status $status" "$(cat err)"
	return 1
}

same_events() {
	name="$1, kernel $2: .pftrace says what .txt says"
	set -- "$EXAMPLES/$1.bpf.o" --kernel "$2" --cpus 6 --duration 30ms --quiet
	run_traced "$@" --trace a.txt && run_traced "$@" --trace a.pftrace || return
	if ! "$PFTRACE" a.pftrace >read 2>read.err; then
		fail "$name" "$(cat read.err)"
		return
	fi
	events_of_text a.txt >want
	grep -v '^#' read >got
	if [ -s want ] && cmp -s want got; then pass "$name"; else fail "$name" "$(diff want got)"; fi
	name="$name, and more"
	case $(grep '^#' read) in
	"# clock 64, tracks "*"states 1, counters 1, wakeup arrows 1, kick arrows 1") pass "$name" ;;
	*) fail "$name" "$(grep '^#' read)" ;;
	esac
	name="$name, and what Perfetto's own tables of scheduling are made of"
	if python3 "$KICKSTAND_SRC/tests/pftrace_sched.py" a.pftrace a.txt >read 2>&1 && grep -q ' of 4 kinds on 6 CPUs$' read; then
		pass "$name"
	else
		fail "$name" "$(cat read)"
	fi
	sed '/sched_waking/{s/target_cpu=00[0-9]/target_cpu=009/;}' a.txt >other.txt
	if python3 "$KICKSTAND_SRC/tests/pftrace_sched.py" a.pftrace other.txt >read 2>&1; then
		fail "$name: another trace's" "$(cat read)"
	fi
}

# The kernel's events as trace-cmd prints them without its plugins, ours by our formats.
want_of_report() {
	grep -v '^#' "$1" | sed -E \
		-e 's/^.{16}-[0-9]+ +(\[[-0-9]+\]) \.{5} +([0-9.]+): /\2 \1 /' \
		-e 's/\[---\]/[000]/' \
		-e '/ sched_wakeup: .* new=1$/s/sched_wakeup/sched_wakeup_new/' \
		-e 's/ 	.*//' -e 's/ +$//'
}

trace_cmd_reads() {
	name="$1, kernel $2: trace-cmd reads .dat"
	if ! command -v trace-cmd >/dev/null; then
		skip "$name" "trace-cmd is not installed"
		return
	fi
	set -- "$EXAMPLES/$1.bpf.o" --kernel "$2" --cpus 6 --duration 300ms --quiet
	run_traced "$@" --trace a.txt && run_traced "$@" --trace a.dat || return
	trace-cmd report -N -t -i a.dat >report 2>report.err
	want_of_report a.txt | sort >want
	events_of_report report | sort >got
	if [ -s want ] && ! [ -s report.err ] && cmp -s want got; then
		pass "$name"
	else
		fail "$name" "$(head -n 3 report.err)" "$(diff want got)"
	fi
	name="$name, with and without a column of flags"
	sed -E 's/^(.{16}-[0-9]+ +\[[0-9]+\])( +[^ ]{4,6})?( +[0-9]+\.[0-9]+: )/\1\3/' report >bare
	sed -E 's/^(.{16}-[0-9]+ +\[[0-9]+\])/\1 d..2./' bare >flagged
	events_of_report bare | sort >got.bare
	events_of_report flagged | sort >got.flagged
	if cmp -s want got.bare && cmp -s want got.flagged && ! cmp -s bare flagged; then
		pass "$name"
	else
		fail "$name" "$(diff want got.bare)" "$(diff want got.flagged)"
	fi
}

again() {
	name="$1: the same bytes again"
	run_traced "$EXAMPLES/shared.bpf.o" --duration 20ms --quiet --trace "b.$1" &&
		run_traced "$EXAMPLES/shared.bpf.o" --duration 20ms --quiet --trace "c.$1" || return
	if cmp b."$1" c."$1" >diff; then pass "$name"; else fail "$name" "$(cat diff)"; fi
}

# refused_trace NAME WHAT ARGS...: status 2 and one line with WHAT in it; nothing left behind
refused_trace() {
	name=$1 what=$2
	shift 2
	refused_whole "$name" "$what" run "$EXAMPLES/shared.bpf.o" --duration 5ms --quiet "$@"
}

for kernel in 6.12 7.3; do
	same_events central $kernel
	trace_cmd_reads central $kernel
done
for ending in txt pftrace dat; do
	again $ending
	refused_trace "$ending: a folder that is not there" 'cannot be written: No such file' \
		--trace left/no/a.$ending
	if [ -w /dev/full ]; then
		ln -sf /dev/full full.$ending
		refused_trace "$ending: a full disk" "full.$ending: cannot be written: No space" \
			--trace full.$ending
	else
		skip "$ending: a full disk" "there is no /dev/full"
	fi
done
refused_trace 'an ending that is none' 'its ending says the format' --trace left/a.json

# A picture has what the trace has in its window: each kick that is called there.
picture() {
	name='a picture: lanes and arrows'
	run_traced "$EXAMPLES/central.bpf.o" --cpus 4 --duration 30ms --quiet --trace p.txt \
		--svg p.svg --window 10ms..13ms || return
	sed -n 's/.*<title>kick \([0-9]*\), .*/\1/p' p.svg >drawn
	grep ' kick: ' p.txt | sed -E 's/.*\] \.{5} +0\.0(..).*: n=([0-9]+) .*/\1 \2/' |
		awk '$1 >= 10 && $1 < 13 { print $2 }' >called
	if [ "$(wc -l <called)" -gt 5 ] && [ -z "$(grep -vxFf drawn called)" ] &&
		[ "$(grep -c 'class="lane"' p.svg)" = 4 ] && [ "$(tail -n 1 p.svg)" = '</svg>' ] &&
		grep -q '<title>hog-[0-9]*-[0-9]* on CPU 1, ' p.svg; then
		pass "$name"
	else
		fail "$name" "$(paste called drawn)"
	fi
	name='a picture: report draws the same from the trace'
	kickstand report p.txt --svg r.svg --window 10ms..13ms
	if [ "$status" = 0 ] && cmp -s p.svg r.svg; then pass "$name"; else fail "$name" "$(cat err)"; fi
	name='a picture: outcomes in the words of explain'
	kickstand explain p.txt
	if n=$(sed -n 1p drawn) && grep -E "^ +0\.[0-9]+ +$n " out >row &&
		words=$(sed -n "s/.*<title>kick $n, .* ms; \([^,<]*\).*/\1/p" p.svg) && [ "$words" ] &&
		grep -qF "$words" row; then
		pass "$name"
	else
		fail "$name" "$(cat row)" "$words"
	fi
	cp p.svg q.svg
	name='a picture: the same bytes again'
	run_traced "$EXAMPLES/central.bpf.o" --cpus 4 --duration 30ms --quiet --svg p.svg \
		--window 10ms..13ms || return
	if cmp -s p.svg q.svg; then pass "$name"; else fail "$name"; fi
}
picture
refused_trace 'a window outside the run' 'the window begins at 3000000000 ns' --svg left/a.svg --window 3s..4s
refused_trace 'a window backwards' 'two times are due' --svg left/a.svg --window 5ms..3ms
kickstand report p.txt --svg left/b.svg --window 3s..4s
if [ "$status" = 2 ] && grep -q 'the trace ends before the window begins' err && [ ! -e left/b.svg ]; then
	pass 'report: a window outside the trace'
else
	fail 'report: a window outside the trace' "$(cat err)"
fi
refused_trace 'no window' 'come together' --svg left/a.svg
refused_trace 'a picture in no folder' 'cannot be written' --svg left/no/a.svg --window 0..3ms

# Ctrl-C in the middle: what is there so far is complete, and says what it is.
interrupted() {
	name="$1: interrupted"
	rm -f i.* *.tmp
	env "$KICKSTAND" run "$EXAMPLES/shared.bpf.o" --cpus 4 --duration 100000s --trace "i.$1" \
		--json i.json >out 2>err &
	pid=$!
	at_work $pid
	kill -TERM $pid
	wait $pid
	status=$?
	if [ $status = 130 ] && grep -q '^interrupted: ' out && [ "$(wc -l <err)" = 1 ] &&
		grep -q 'kickstand: interrupted at ' err && grep -q '"interrupted": true' i.json &&
		[ -s "i.$1" ] && $2 "i.$1" >read 2>&1; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat err)" "$(tail -n 3 read)"
	fi
}

ends() {
	tail -n 1 "$1" | grep '^# end: [1-9]'
}
interrupted txt ends
interrupted pftrace "$PFTRACE"
if command -v trace-cmd >/dev/null; then
	interrupted dat 'trace-cmd report -N -i'
else
	skip 'dat: interrupted' 'trace-cmd is not installed'
fi
plan
