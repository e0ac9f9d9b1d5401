# SPDX-License-Identifier: GPL-2.0-only
# `kickstand why`: what it says agrees with the trace, whoever is asked about; what cannot
# be answered ends in one line with status 2; a scenario's failure says the same in short.
. "$KICKSTAND_SRC/tests/lib.sh"

cases=$KICKSTAND_SRC/tests/why

# ---- against the trace ----

for run in "$EXAMPLES/shared.bpf.o" "$EXAMPLES/central.bpf.o" "$TEST_OBJECTS/churn.bpf.o"; do
	for kernel in 6.12 7.3; do
		name="$(basename "$run" .bpf.o), $kernel"
		kickstand run "$run" --kernel $kernel --cpus 3 --duration 40ms --seed 3 --trace t.txt --quiet
		kickstand why t.txt --json
		mv out why.json
		kickstand why t.txt
		if python3 - >log 2>&1 <<-'END'
		import json, re
		w = json.load(open("why.json"))
		lines = [l for l in open("t.txt") if not l.startswith("#")]
		time = lambda l: int(re.search(r"(\d+)\.(\d{9}): ", l).group(1)) * 10**9 + \
		    int(re.search(r"(\d+)\.(\d{9}): ", l).group(2))
		# the longest wait, found in another way
		since, worst = {}, (0, "", 0)
		until = re.search(r"# end: \d+ events at (\d+)\.(\d{9}) s", open("t.txt").read())
		end = int(until.group(1)) * 10**9 + int(until.group(2))
		running = set()
		for l in lines:
		    if " sched_switch: " in l:
		        m = re.search(r"\t prev=(.*) prev_state=(.) next=(.*) prev_class", l)
		        p, s, n = m.groups()
		        running.discard(p)
		        if s == "R" and not p.endswith("-0"):
		            since[p] = time(l)
		        if n in since:
		            worst = max(worst, (time(l) - since[n], n, since[n]), key=lambda x: (x[0], -x[2]))
		            del since[n]
		        running.add(n)
		    m = re.search(r" sched_wak(?:ing|eup): .*\t task=(.*?) (?:waker|cpu)=", l)
		    if m and m.group(1) not in since and m.group(1) not in running:
		        since[m.group(1)] = time(l)
		for n, s in since.items():
		    if end - s > worst[0]:
		        worst = (end - s, n, s)
		assert (w["wait"]["duration_ns"], w["task"], w["wait"]["since_ns"]) == worst, (w["wait"], w["task"], worst)
		# places follow one another, CPUs account for all of the time
		places = w["places"]
		assert places[0]["since_ns"] == w["wait"]["since_ns"]
		assert all(a["until_ns"] == b["since_ns"] for a, b in zip(places, places[1:])) or w["places_left_out"]
		for c in w["cpus"]:
		    assert c["idle_ns"] + c["busy_ns"] == w["wait"]["duration_ns"], c
		    assert sum(r["ns"] for r in c["ran"]) <= c["busy_ns"]
		for p in places:
		    if p["place"] == "dsq" and p["put"]["how"] == "call":
		        assert p["put"]["program"], p
		assert w["conclusion"].endswith(".") and not w["missing"]
		assert open("out").read().replace("\n", " ").find(w["conclusion"][:60]) > 0
		END
		then
			pass "$name: the longest wait"
		else
			fail "$name: the longest wait" "$(cat err log)"
		fi
	done
done

# every task that waited, by pid and by name
bad=
for pid in $(sed -n 's/.* task_new: task=.*-\([0-9]*\) parent.*/\1/p' t.txt | sort -un); do
	kickstand why t.txt --task "$pid"
	case $status in
	0) head -n 1 out | grep -q -- "-$pid waited " || bad="$bad $pid" ;;
	2) grep -q 'it never waited' err || bad="$bad $pid" ;;
	*) bad="$bad $pid" ;;
	esac
done
[ -z "$bad" ] && pass 'each task by its pid' || fail 'each task by its pid' "pids$bad"
kickstand why t.txt --task hog-0
cp out one
kickstand why t.txt --task "$(sed -n '1s/ waited.*//p' one)"
if [ "$status" = 0 ] && cmp -s out one; then pass 'by name, and by name and pid'; else fail 'by name, and by name and pid'; fi
kickstand why - <t.txt
cp out one
kickstand why t.txt
if cmp -s out one; then pass 'standard input'; else fail 'standard input' "$(cat err)"; fi

# ---- what cannot be answered ----

# refused NAME MESSAGE ARGS...
refused() {
	name=$1 message=$2
	shift 2
	kickstand why "$@"
	if [ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$message" err; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat out err)" "wanted: $message"
	fi
}

good=$cases/skipped.txt
refused 'no such pid' '--task 99: the trace has no such task' "$good" --task 99
refused 'no such name' '--task lat: the trace has no such task (it has late-9)' "$good" --task lat
refused 'no name' "--task : a pid, a name, or both" "$good" --task ''
refused 'a long name' 'a pid, a name, or both' "$good" --task a-name-of-many-letters
refused 'never waited' '--task waker: it never waited' "$good" --task waker
refused 'nobody waits then' '--at 0.000000500: no task waited then' "$good" --at 500ns
refused 'no time' '--at 5: a time with its unit is due' "$good" --at 5
refused 'the beginning' '--at 0.000000000: no task waited then' "$good" --at 0ms
refused 'no file' 'none.txt: cannot be read: No such file' none.txt
refused 'a folder' '.: cannot be read: Is a directory' .
sed '/sched_switch/d; s/end: 20/end: 19/' "$good" >noswitch.txt
refused 'a trace without switches' 'the trace has no sched_switch events' noswitch.txt
head -n 20 "$good" >cut.txt
refused 'a trace that is cut' 'line 20: the trace stops here' cut.txt
sed 's/ at 0.004000000 s/ soon/' "$good" >until.txt
refused 'a bad end' "line 27: '# end: N events at SECONDS s' is due" until.txt
refused 'two traces' "" "$good" "$good"
refused 'no trace' ""
refused 'an unknown option' "" "$good" --no-such

# ---- a scenario's failure ----

sed 's/"tasks"/"kthreads": "none", "expect": {"tasks.victim.runtime_ns": ">1ms"}, "tasks"/; s/">1ms"/">1000000"/' \
	"$cases/lost.json" >fails.json
kickstand test --objects "$TEST_OBJECTS" fails.json
if [ "$status" = 1 ] && grep -q '^        victim-14 (ext) has waited for 29\.' out &&
   grep -q 'program stuck_enqueue, puts it in DSQ 0x7' out &&
   grep -q 'CPUs 0-2 could take it from there; no CPU ever looked at DSQ 0x7' out &&
   grep -q 'CPUs 1-2 idle, longest for ' out; then
	pass "a scenario's failure says why"
else
	fail "a scenario's failure says why" "$(cat out err)"
fi

# A task that starves says so by itself.
echo '{"object": "lost.bpf.o", "kthreads": "none", "cpus": 4, "duration": "600ms", "workload": "mixed"}' >starves.json
kickstand test --objects "$TEST_OBJECTS" starves.json
if [ "$status" = 1 ] && grep -q "seen: 'starvation: sleeper-0" out &&
   grep -q '^        sleeper-0-18 (ext) has waited for 599\.' out &&
   grep -q 'no CPU ever looked at DSQ 0x7' out; then
	pass "a scenario in which a task starves says why"
else
	fail "a scenario in which a task starves says why" "$(cat out err)"
fi
plan
