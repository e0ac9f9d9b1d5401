# SPDX-License-Identifier: GPL-2.0-only
# `kickstand explain`: its totals are those of the run, it has a story for each kick, and
# what is no whole trace of ours ends in one line with the place.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$TEST_OBJECTS/churn.bpf.o

# field NAME: of "kicks" in the run's JSON
field() {
	sed -n '/"kicks": {/,/}/s/.*"'"$1"'": \([0-9]*\).*/\1/p' run.json
}

for kernel in 6.12 7.3; do
	for seed in 1 2 3; do
		name="kernel $kernel, seed $seed"
		kickstand run "$object" --kernel "$kernel" --seed "$seed" --cpus 4 --duration 30ms \
			--set waits=1 --trace t.txt --json run.json --quiet
		case $status in
		0 | 5) ;;
		*) fail "$name: run" "$(cat err)"; continue ;;
		esac
		kickstand explain t.txt
		cat >want <<-END
		kicks: $(field plain) plain, $(field idle) idle, $(field preempt) preempt, $(field wait) wait
		       $(field sent) reschedules sent, $(field ipis) by IPI; $(field coalesced) came together with others
		       $(field skipped_idle) found the CPU not idle, $(field dropped) were dropped
		END
		grep -v 'by the kernel for itself' out | grep -A 2 '^kicks:' >have
		if [ "$status" = 0 ] && cmp -s want have; then
			pass "$name: the totals are the run's"
		else
			fail "$name: the totals are the run's" "$(cat err; diff want have)"
		fi
		kickstand explain t.txt --json
		if [ "$status" = 0 ] && python3 - >log 2>&1 <<-'END'
		import json
		lives, run = json.load(open("out")), json.load(open("run.json"))
		totals = lives["totals"]
		assert {k: totals[k] for k in run["kicks"]} == run["kicks"], (totals, run["kicks"])
		kicks = lives["kicks"]
		assert [k["kick"] for k in kicks] == list(range(1, len(kicks) + 1))
		assert len(kicks) == open("t.txt").read().count(" kick: ")
		for k in kicks:
		    d, p = k["delivery"], k["pass"]
		    assert (k["latency_ns"] is None) == (p is None), k
		    if p:
		        assert d["answer_ns"] - k["time_ns"] == k["latency_ns"], k
		        assert p["end_ns"] is None or p["end_ns"] >= d["answer_ns"], k
		    if d:
		        assert k["time_ns"] <= d["work_ns"] <= d["at_ns"], k
		        assert d["first"] <= k["kick"], k
		    assert not (d and k["dropped"]), k
		END
		then
			pass "$name: the same as JSON"
		else
			fail "$name: the same as JSON" "$(cat err log)"
		fi
		n=$(grep -c ' kick: ' t.txt) i=1 bad=
		[ "$n" -le 60 ] || n=60
		while [ "$i" -le "$n" ]; do
			kickstand explain t.txt --kick "$i"
			[ "$status" = 0 ] && head -n 1 out | grep -q "^kick $i: CPU " &&
				! grep -q '+[0-9]\{6,\}' out || bad="$bad $i"
			i=$((i + 1))
		done
		kickstand explain t.txt --kick 1
		grep -q '^  churn\.bpf\.c:[0-9]*: ' out || bad="$bad, no source line"
		[ -z "$bad" ] && pass "$name: $n stories" || fail "$name: stories" "kicks$bad"
	done
done

# ---- what is no trace ----

good=$KICKSTAND_SRC/tests/explain/cases.txt

# refused NAME FILE MESSAGE: exit 2, one line that ends so
refused() {
	kickstand explain "$2"
	if [ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] &&
	   grep -qF -- "$3" err; then
		pass "$1"
	else
		fail "$1" "exit status $status" "$(cat err)" "wanted: $3"
	fi
}

# changed NAME SED MESSAGE: the same, of the good trace after SED
changed() {
	sed "$2" "$good" >changed.txt
	refused "$1" changed.txt "changed.txt: $3"
}

refused 'no file' none.txt 'none.txt: cannot be read: No such file'
refused 'a folder' . '.: cannot be read: Is a directory'
: >empty.txt
refused 'empty' empty.txt 'line 1: the file is empty'
refused 'an object' "$object" 'line 1: '
echo '{}' >foreign.txt
refused 'JSON' foreign.txt 'line 1: this is no text trace of kickstand'
printf '# tracer: nop\n#\n' >foreign.txt
refused "the kernel's own trace" foreign.txt 'line 2: this is no text trace of kickstand'
head -c 100000 /dev/zero >foreign.txt
refused 'zeros' foreign.txt 'line 1: '

changed 'another format' '2s/trace 1/trace 2/' 'line 2: a trace of another format'
changed 'no CPUs' '2s/2 cpus/0 cpus/' "line 2: 'kernel V, N cpus, seed N' is due"
changed 'too many CPUs' '2s/2 cpus/99999999 cpus/' "line 2: 'kernel V"
changed 'cut at a line' '20,$d' 'line 19: the trace stops here'
changed 'no end line' '$d' 'line 59: the trace stops here'
changed 'lines are gone' '8d' 'line 59: 53 events were written and 52 are here'
changed 'more behind the end' '$p' "line 61: there is more behind '# end'"
changed 'no such event' '7s/kick:/kickk:/' "line 7: there is no event 'kickk'"
changed 'no such CPU' '7s/\[000\]/[002]/' "line 7: '[CPU]' is due, below the machine's 2"
changed 'a bad pid' '7s/-7 /-x /' "line 7: 'COMM-PID' is due"
changed 'a bad time' '7s/0\.0/0,0/' 'line 7: a time is due'
changed 'time runs backwards' '8s/0.000001000/0.000000999/' 'line 8: time runs backwards'
changed 'a field is missing' '7s/ flags=IDLE//' "line 7: kick: 'flags=' is due"
changed 'a field too much' '8s/$/ more=1/' "line 8: kick_drop: 'busy more=1' cannot be what 'reason' says"
changed 'no number' '7s/n=1/n=one/' "line 7: kick: 'one' cannot be what 'n' says"
changed 'no flags' '7s/IDLE/LAZY/' "line 7: kick: 'LAZY' cannot be what 'flags' says"
changed 'no task' '9s/prev=b-8/prev=b8/' "line 9: sched_switch: 'b8' cannot be what 'prev' says"
changed 'a kick that was not' '8s/n=1/n=9/' 'line 8: there was no kick 9'
changed 'kicks out of order' '7s/n=1/n=4/' 'line 7: kick 4 where kick 1 is due'
changed 'delivered without a look' '/kick_target/d' 'line 18: kick_deliver without its kick_target'
changed 'delivered without a call' '/kick_queue: n=9/d' 'line 36: CPU 0 has queued no kick of CPU 0'
changed 'a program without a number' '4s/prog 5/prog five/' "line 4: a program's number is due"
head -c -30 "$good" >changed.txt
refused 'cut in a line' changed.txt 'the line is cut off'

# ---- the command line ----

for args in "" "$good $good" "$good --kick" "$good --kick 0" "$good --kick -1" "$good --kick x" \
	"$good --kick 14" "$good --no-such"; do
	# shellcheck disable=SC2086
	kickstand explain $args
	if [ "$status" = 2 ] && [ "$(wc -l <err)" -eq 1 ]; then
		pass "explain ${args##*/}"
	else
		fail "explain ${args##*/}" "exit status $status" "$(cat err)"
	fi
done
kickstand explain - <"$good"
[ "$status" = 0 ] && pass 'standard input' || fail 'standard input' "$(cat err)"

plan
