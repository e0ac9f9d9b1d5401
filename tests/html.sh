#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --html: the page's data read back is the trace, and what explain says of it; the same
# bytes from the run and from its text trace; whole or absent. browser.sh looks at it.
. "$KICKSTAND_SRC/tests/lib.sh"

page_data() {
	python3 "$KICKSTAND_SRC/tests/html_data.py" "$@"
}

# A text trace's events, our fields only, without the columns' spaces.
events_of_text() {
	grep -v '^#' "$1" | sed -E \
		-e 's/^ *(.*-[0-9]+) +(\[[-0-9]+\]) \.{5} +([0-9.]+): /\1 \2 \3: /' \
		-e 's/: ([a-z_]+):[^	]*	/: \1:/'
}

# explain's table in the form that html_data.py kicks prints
kicks_of_table() {
	sed -nE 's/^ *[0-9]+\.[0-9]{9} +([0-9]+) +(-?[0-9]+)  .{20} +(-?[0-9]+)  .{12}  (.{34}) +(-|[0-9.]+ [a-z]+)( .*)?$/\1|\2|\3|\4|\5/p' "$1" |
		sed -E 's/ +\|/|/' | awk -F'|' 'BEGIN { unit["ns"] = 1; unit["us"] = 1e3; unit["ms"] = 1e6; unit["s"] = 1e9 }
			{ ns = $5; if (ns != "-") { split(ns, part, " "); ns = sprintf("%.0f", part[1] * unit[part[2]]) }
			  printf "%s|%s|%s|%s|%s\n", $1, $2, $3, $4, ns }'
}

# CPU, depth, begin and end of each callback, by CPU alone: for traces in which none sleeps.
ops_of_text() {
	awk '/ (op_enter|op_exit): / {
		cpu = $0; sub(/^[^[]*\[/, "", cpu); cpu += 0
		ns = $0; sub(/: op_.*/, "", ns); sub(/.* /, "", ns); sub(/\./, "", ns); ns += 0
		if (/ op_enter: /) since[cpu, depth[cpu]++] = ns
		if (/ op_exit: / && depth[cpu]) { depth[cpu]--; print cpu, depth[cpu], since[cpu, depth[cpu]], ns }
	}' OFMT=%.0f CONVFMT=%.0f "$1"
}

run_ok() {
	kickstand run "$@"
	[ "$status" = 0 ] && return
	fail "$name" "exit status $status" "$(cat err)"
	return 1
}

# same_as NAME WANT GOT
same_as() {
	if [ -s "$2" ] && cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(diff "$2" "$3")"; fi
}

reads_back() {
	name="$1, kernel $2"
	run_ok "$3/$1.bpf.o" --kernel "$2" --topology 2n1l2c2t --duration 30ms --quiet \
		--trace a.txt --html a.html || return
	events_of_text a.txt >want
	page_data a.html events >got 2>&1
	same_as "$name: the page has the trace's events" want got
	kickstand explain a.txt
	kicks_of_table out >want
	page_data a.html kicks >got 2>&1
	same_as "$name: and its kicks as explain has them" want got
	n=$(($(wc -l <want) / 2 + 1))
	kickstand explain a.txt --kick $n
	page_data a.html story $n >got 2>&1
	same_as "$name: and its stories" out got
	sed -nE 's/^.*\[([0-9]+)\] .{5} +([0-9]+)\.([0-9]+): sched_switch: .* next=([^ ]+) .*/\2\3 \1 \4/p' a.txt |
		awk '{ print $1 + 0, $2 + 0, $3 }' >want
	page_data a.html slices >got 2>&1
	same_as "$name: who comes to a CPU is told as the switches have it" want got
	page_data a.html ops | sort >got 2>&1
	ops_of_text a.txt | sort >want
	same_as "$name: callbacks nest as they do in the trace" want got
	kickstand report a.txt --html b.html
	if [ "$status" = 0 ] && cmp -s a.html b.html; then
		pass "$name: report makes the same page of the trace"
	else
		fail "$name: report makes the same page of the trace" "$(cat err)"
	fi
	page_data a.html meta run | grep -A 1 '\[' | grep -o '"[a-z_0-9]*",' | sort >got
	sed -n 's/^# run \([a-z_0-9]*\) .*/"\1",/p' a.txt | sort >want
	same_as "$name: it says once what was run" want got
	page_data a.html meta cpus | tr -d '\n ' >got
	case $(cat got) in
	'[[0,0,0],[0,0,1],[1,1,2],[1,1,3],[0,0,0],[0,0,1],[1,1,2],[1,1,3]]')
		pass "$name: CPUs sit where the topology puts them" ;;
	*) fail "$name: CPUs sit where the topology puts them" "$(cat got)" ;;
	esac
}

# More than a chunk of events (html.c, CHUNK).
long_one() {
	name='many chunks'
	run_ok "$TEST_OBJECTS/churn.bpf.o" --cpus 64 --duration 120ms --quiet --trace a.txt \
		--html a.html || return
	events_of_text a.txt >want
	page_data a.html events >got 2>&1
	if [ "$(wc -l <want)" -gt 65536 ]; then same_as "$name" want got; else fail "$name" 'too few events'; fi
}

again() {
	name='the same bytes again'
	for i in 1 2; do
		run_ok "$EXAMPLES/shared.bpf.o" --duration 20ms --quiet --html $i.html || return
	done
	same_as "$name" 1.html 2.html
}

# A reader's browser fetches nothing: the one address is SVG's namespace, which is a name.
alone() {
	name='it needs nothing from elsewhere'
	sed 's,"http://www\.w3\.org/2000/svg",,' 1.html >rest
	if grep -nE 'https?:|//[a-z0-9-]+\.[a-z]|<link|<img|src=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(' rest >hits; then
		fail "$name" "$(cut -c 1-160 hits)"
	else
		pass "$name"
	fi
}

ejected() {
	name='an ejection is told'
	kickstand run "$TEST_OBJECTS/faults.bpf.o" --quiet --set fault=FAULT_ERROR --duration 20ms \
		--trace a.txt --html a.html
	page_data a.html meta exit >got 2>&1
	page_data a.html events >events 2>&1
	if [ "$status" = 4 ] && grep -q 'EXIT: scx_bpf_error' got && grep -q 'DEBUG DUMP' got &&
		grep -q ' scx_exit: kind=1025 ' events; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat got)"
	fi
	kickstand report a.txt --html b.html
	same_as 'and by report' a.html b.html
}

old_trace() {
	name='a trace that does not say where its CPUs sit'
	grep -v '^# cpu' a.txt >old.txt
	kickstand report old.txt --html old.html
	if [ "$status" = 0 ] && [ "$(page_data old.html meta cpus | tr -d '\n ' | cut -c 1-16)" = '[[0,0,0],[0,0,1]' ]; then
		pass "$name"
	else
		fail "$name" "$(cat err)"
	fi
}

by_its_loader() {
	name='exec'
	kickstand exec --cpus 4 --duration 20ms --quiet --trace a.txt --html a.html -- \
		"$LOADER" "$EXAMPLES/shared.bpf.o"
	first=$status
	kickstand report a.txt --html b.html
	if [ "$first$status" = 00 ] && cmp -s a.html b.html; then pass "$name"; else fail "$name" "$first $(cat err)"; fi
}

# Ctrl-C in the middle: the page has what there was so far.
interrupted() {
	name='interrupted'
	env "$KICKSTAND" run "$EXAMPLES/shared.bpf.o" --cpus 4 --duration 100000s --html i.html >out 2>err &
	pid=$!
	at_work $pid
	kill -TERM $pid
	wait $pid
	status=$?
	if [ $status = 130 ] && [ "$(page_data i.html meta nr_events)" -gt 0 ] && [ "$(ls i.*)" = i.html ]; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat err)" "$(ls)"
	fi
}

for kernel in 6.12 7.3; do
	reads_back central $kernel "$EXAMPLES"
	reads_back churn $kernel "$TEST_OBJECTS"
done
long_one
again
alone
ejected
old_trace
interrupted
if [ -f "$KICKSTAND_BUILD/libkickstand-preload.so" ]; then
	by_its_loader
else
	skip exec 'built without libkickstand-preload.so (ThreadSanitizer)'
fi

run='run '"$EXAMPLES/shared.bpf.o"' --duration 5ms --quiet'
name='a small trace'
# shellcheck disable=SC2086
run_ok ${run#run } --trace t.txt
head -n 200 t.txt >cut.txt
echo 'nothing of ours' >foreign.txt
sed 's/^# cpu 1 .*/# cpu 99 node 0 llc 0 core 0/' t.txt >place.txt
sed 's/ kick_queue: n=1 / kick_queue: n=2 /; s/ sched_keep: task=/ sched_keep: tusk=/' t.txt >broken.txt
refused_whole 'a trace that is cut off' 'cut.txt: line 200: the trace stops here' report cut.txt --html left/a.html
refused_whole 'a foreign file' 'foreign.txt: line 1: this is no text trace' report foreign.txt --html left/a.html
refused_whole 'a CPU that is none' "place.txt: line [0-9]*: 'cpu N node N llc N core N' is due" \
	report place.txt --html left/a.html
refused_whole 'no trace' 'no.txt: cannot be read' report no.txt --html left/a.html
refused_whole 'report: a folder that is not there' 'left/no/a.html: cannot be written: No such file' \
	report t.txt --html left/no/a.html
refused_whole 'tables and a page' 'with --html or --svg there are none' report t.txt --summary --html left/a.html
# shellcheck disable=SC2086
refused_whole 'run: a folder that is not there' 'left/no/a.html: cannot be written: No such file' $run --html left/no/a.html
# shellcheck disable=SC2086
refused_whole 'seeds need names of their own' 'needs a {seed} in it' $run --seeds 1..2 --html left/a.html
if [ -w /dev/full ]; then
	refused_whole 'report: a full disk' '/dev/full: cannot be written: No space' report t.txt --html /dev/full
	# shellcheck disable=SC2086
	refused_whole 'run: a full disk' '/dev/full: cannot be written: No space' $run --html /dev/full
else
	skip 'a full disk' 'there is no /dev/full'
fi
plan
