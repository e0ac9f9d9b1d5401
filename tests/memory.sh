# SPDX-License-Identifier: GPL-2.0-only
# What a run makes the host give it: bounded by --max-memory whatever guests and workloads
# ask for, and not growing with virtual time but for a line of the summary for each task.
. "$KICKSTAND_SRC/tests/lib.sh"

object=$EXAMPLES/shared.bpf.o
if ldd "$KICKSTAND" | grep -q libasan; then
	skip 'memory' 'a sanitizer takes its own'
	plan
fi

# peak ARGS...: what kickstand took at most, in KiB, in $peak
peak() {
	timeout -k 2 "$case_limit_s" python3 -c '
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=open("out", "w"), stderr=open("err", "w"))
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$KICKSTAND" "$@" >peak
	read -r status peak <peak
}

# A fork bomb ends in EAGAIN, at the same fork in every run.
bomb=forks:forkers=200,rate=2000,life=100s
peak run "$object" --cpus 8 --workload $bomb --duration 300ms --max-memory 32M --hash
grep '^trace hash' out >first
if [ "$status" = 0 ] && [ "$peak" -lt 65536 ] && grep -q 'Resource temporarily unavailable' out; then
	pass 'a fork bomb ends in EAGAIN'
else
	fail 'a fork bomb ends in EAGAIN' "exit status $status, $peak KiB" "$(sed -n 1,6p out)" "$(cat err)"
fi
kickstand run "$object" --cpus 8 --workload $bomb --duration 300ms --max-memory 32M --hash
if [ -s first ] && grep '^trace hash' out | cmp -s - first; then
	pass 'at the same fork'
else
	fail 'at the same fork' "$(cat first)" "$(grep '^trace hash' out)"
fi
kickstand run "$object" --cpus 4 --workload spin:tasks=2000 --duration 300ms --max-memory 32M
if [ "$status" = 0 ] && grep -q 'has [0-9]* of its 2000 tasks: .* Resource temporarily unavailable' err; then
	pass 'tasks of the start'
else
	fail 'tasks of the start' "exit status $status" "$(sed -n 1,6p out)" "$(cat err)"
fi

# Tasks that come and go: 400 bytes of each are kept at most.
load=forks:forkers=4,rate=1000,life=200us
peak run "$object" --cpus 4 --workload $load --duration 1s --quiet
short=$peak
peak run "$object" --cpus 4 --workload $load --duration 5s --quiet
kept=$(((peak - short) * 1024 / (4 * 4000)))
if [ "$status" = 0 ] && [ "$kept" -lt 400 ] && [ "$peak" -lt 32768 ]; then
	pass 'tasks that come and go'
else
	fail 'tasks that come and go' "exit status $status; $short KiB, then $peak KiB: $kept bytes a task"
fi

# A minute of forks: 60,000 tasks, and what 60,000 lines of the summary take.
peak run "$object" --cpus 4 --workload forks:forkers=4,rate=250,life=200us --duration 60s --quiet --json s.json
if [ "$status" = 0 ] && [ "$peak" -lt 65536 ] && [ "$(grep -c '"comm": ' s.json)" -gt 50000 ]; then
	pass "a minute of forks: $peak KiB"
else
	fail 'a minute of forks' "exit status $status, $peak KiB, $(grep -c '"comm": ' s.json) tasks" "$(cat err)"
fi
plan
