# SPDX-License-Identifier: GPL-2.0-only
# `kickstand exec`: a loader of its own (loader/loader.c) on the simulated machine.
. "$KICKSTAND_SRC/tests/lib.sh"

if [ ! -f "$KICKSTAND_BUILD/libkickstand-preload.so" ]; then
	skip exec 'built without libkickstand-preload.so (a sanitizer)'
	plan
fi

plain=$TEST_OBJECTS/plain.bpf.o

# said NAME LINE...: each is a whole line of what was printed
said() {
	name=$1
	shift
	for line in "$@"; do
		grep -qxF -- "$line" out || {
			fail "$name" "no line '$line' in:" "$(head -n 40 out)" "$(cat err)"
			return
		}
	done
	pass "$name"
}

cpu=/sys/devices/system/cpu
kickstand exec --topology 2n1l2c2t --duration 3s --hash --json s.json -- "$LOADER" "$plain"
if [ "$status" = 0 ]; then pass 'ends with 0'; else fail 'ends with 0' "exit status $status" "$(cat err)"; fi
said 'sees the topology' 'cpus: 8 8 8 8' "$cpu/possible: 0-7" \
	"$cpu/cpu0/topology/thread_siblings_list: 0,4" "$cpu/cpu1/topology/core_id: 1" \
	"$cpu/cpu0/cache/index3/shared_cpu_list: 0-1,4-5" \
	"$cpu/cpu99/online: No such file or directory" \
	'/sys/devices/system/node/node0/distance: 10 20' \
	"caches: 4, last $cpu/cpu0/cache/index3/level" 'cgroup root: 1'
said 'finds files about the kernel' '/sys/kernel/tracing/available_tracers: function nop' \
	'/proc/sys/kernel/ftrace_enabled: 1' \
	'/proc/schedstat: No such file or directory' 'listed: 1 0 1 1'
said 'lives in virtual time' 'date: Thu Jan  1 00:00:10 2026' 'timer: 5 ticks, 5 ms' \
	'epoll: 0 after 3 ms'
if grep -qE '^slept 7 ms: 7[0-9]{3} us$' out; then pass 'sleeps as long as it asks'; else
	fail 'sleeps as long as it asks' "$(grep slept out)"; fi
said 'has threads' 'threads: produced 3, timeout 1, errno 7 and 42'
said 'cancels threads' 'cancel: sleep 0, -1, cleaned 1, destroyed 1, lock 0' \
	'cancel: cond 0, -1, cleaned 2, destroyed 1, lock 0' \
	'cancel: sem 0, -1, cleaned 3, destroyed 1, lock 0' \
	'cancel: late 0, -1, cleaned 4, destroyed 1, lock 0' \
	'cancel: exit 0, 5, cleaned 5, destroyed 1, lock 0'
said 'opens libraries' 'dlopen: 1, none 0'
said 'has sockets of its own' 'before: No such file or directory, folder 0, again File exists' \
	'socket: 1' 'answer: ping in time' 'silence: Resource temporarily unavailable in time' \
	'server: 0, folder in use: Directory not empty' 'gone: 0 0'
said 'has a bpffs of its own' 'pin: 0, there 1, unpin: 0, then -2'
said 'finds CPUs by node' 'node1: 4 cpus, folder 1, cpu3 in cluster 3, cpu0 0'
said 'has futexes' 'futex: woken in time, then Connection timed out'
if [ "$(uname -m)" = x86_64 ]; then
	said 'is caught without the C library' \
		'raw: pid 1, epoll 0 in time, file No such file or directory, errno 5'
fi
said 'enables a scheduler, and ends it' '/sys/kernel/sched_ext/state: disabled' \
	'/sys/kernel/sched_ext/state: enabled' '/sys/kernel/sched_ext/root/ops: plain'
said 'keeps things by pidfd and cgroup' 'by_task: 0 0 77 0 -2 -9' 'by_cgroup: 0 0 77 0 -2 -9'
said 'reads its programs'"'"' streams' "streams: talk 0, 7 '3 kicks', 5 ' of 4', 4 'none', 0 -2"
if grep -qE '^stopped after (19|2[0-9]) rounds$' out; then pass 'gets SIGINT at --duration'; else
	fail 'gets SIGINT at --duration' "$(grep stopped out)"; fi
if grep -q '"kind": *"unreg"' s.json; then pass 'writes JSON'; else
	fail 'writes JSON' "$(head -c 400 s.json)"; fi

cp out first
kickstand exec --topology 2n1l2c2t --duration 3s --hash -- "$LOADER" "$plain"
if cmp -s out first; then pass 'is the same twice'; else fail 'is the same twice' "$(diff first out)"; fi
PADDING=$(seq 300) kickstand exec --topology 2n1l2c2t --duration 3s --hash -- "$LOADER" "$plain"
if cmp -s out first; then pass 'is the same in another environment'; else
	fail 'is the same in another environment' "$(diff first out)"; fi

kickstand exec --cpus 8 --kernel 6.12 --duration 1s -- "$LOADER" "$plain"
said 'has no streams on 6.12' "streams: talk 0, -22 '', -22 '', -22 '', -22 -22"
if grep -q 'bpf(2) command' err; then fail 'blames no kernel for what it has not' "$(cat err)"; else
	pass 'blames no kernel for what it has not'; fi

kickstand exec --cpus 8 --workload spin:tasks=1 --duration 3s -- "$LOADER" "$plain" more
said 'takes a CPU off and on' "$cpu/online: 0,2-7" 'hotplug: wrote 1 and 2, bad input -1'
said 'has children on the host' 'child: waited for 1, signal 15'
if grep -q 'warning: fork(): the child runs on the host' err; then pass 'names what made a child'; else
	fail 'names what made a child' "$(cat err)"; fi

said 'keeps its filter from the machine' \
	'filter: Bad address, 0 0, threads: produced 3, timeout 1, errno 7 and 42'
if grep -q 'warning: seccomp: the filter does not hold' err; then pass 'says that no filter holds'; else
	fail 'says that no filter holds' "$(cat err)"; fi

# ends NAME STATUS PATTERN ARGS...
ends() {
	name=$1 want=$2 pattern=$3
	shift 3
	kickstand exec --quiet "$@"
	if [ "$status" = "$want" ] && grep -q -- "$pattern" err; then
		pass "$name"
	else
		fail "$name" "exit status $status, not $want" "$(cat err)"
	fi
}

ends 'a loader that fails' 3 'ended with status 7' -- "$LOADER" "$plain" exit 7
ends 'a loader that crashes' 3 'died of signal 6' -- "$LOADER" "$plain" abort
ends 'a loader that ignores SIGINT' 0 'did not end after SIGINT' --duration 1s -- "$LOADER" "$plain" deaf
ends 'a loader that is not there' 2 'cannot be run' -- ./nothing
ends 'no loader' 2 'the loader is missing' --cpus 4
ends 'an option that is the loader'"'"'s' 2 'are for run' --set a=1 -- "$LOADER" "$plain"
ends 'no such kernel' 2 "there is no kernel '9.9'" --kernel 9.9 -- "$LOADER" "$plain"
plan
