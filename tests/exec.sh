# SPDX-License-Identifier: GPL-2.0-only
# `kickstand exec`: a loader of its own (loader/loader.c) on the simulated machine.
. "$KICKSTAND_SRC/tests/lib.sh"

if [ ! -f "$KICKSTAND_BUILD/libkickstand-preload.so" ]; then
	skip exec 'built without libkickstand-preload.so (ThreadSanitizer)'
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
# full preemption: a fair task that wakes beside busy ones would wait for their next tick
kickstand exec --topology 2n1l2c2t --duration 3s --preempt full --hash --json s.json -- "$LOADER" "$plain"
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
# a fair task that wakes beside others waits for up to a slice and a tick
if grep -qE '^slept 7 ms: [7-9][0-9]{3} us$' out; then pass 'sleeps as long as it asks'; else
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
kickstand exec --topology 2n1l2c2t --duration 3s --preempt full --hash -- "$LOADER" "$plain"
if cmp -s out first; then pass 'is the same twice'; else fail 'is the same twice' "$(diff first out)"; fi
PADDING=$(seq 300) kickstand exec --topology 2n1l2c2t --duration 3s --preempt full --hash -- "$LOADER" "$plain"
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

# ---- signals that the machine needs ----

if [ "$(uname -m)" = x86_64 ]; then
	kickstand exec --quiet -- "$LOADER" "$plain" handles
	said 'has its handler of SIGSYS beside ours' 'sigsys: 1, blocked 0, handler 1, came 1'
	kickstand exec --quiet -- "$LOADER" "$plain" blocks
	said 'blocks SIGSYS, and is caught' 'sigsys: 1, blocked 1, handler 1, came 1'
fi

# ---- user memory is the loader's ----

kickstand exec --quiet -- "$READS_LOADER" "$TEST_OBJECTS/reads_user.bpf.o"
said 'programs read what their loader has, and nothing else' 'its constant: 0, 0x600d' \
	'its stack: 0, 0x10ca1' 'nothing: -14, 0' 'two pages, of which it has one: -14, 0' \
	"the machine's code: -14, 0" "the guests' memory: -14, 0" "the kernel's half: -14, 0" 'text: 4, end'

# ---- whose program it is ----

kickstand exec --quiet --kernel 7.3 -- "$LOADER" "$plain" second "$TEST_OBJECTS/second.bpf.o"
said 'an associated program acts on its own scheduler' 'second: assoc 0, ran 0' \
	'/sys/kernel/sched_ext/state: enabled' 'second: Device or resource busy'
kickstand exec --quiet --kernel 6.19 -- "$LOADER" "$plain" second "$TEST_OBJECTS/second.bpf.o"
said 'any other acts on the root' 'second: assoc -22, ran 0' '/sys/kernel/sched_ext/state: disabled' \
	'second: enabled'

# ---- schedulers below schedulers, in sysfs ----

printf '{ "tasks": { "a": { "taskgroup": "/a", "loop": -1, "run": 3000, "sleep": 1000 } } }\n' >a.json
sub=sched_ext/root/sub/sub-2
kickstand exec --quiet --cpus 4 --workload a.json -- "$LOADER" "$TEST_OBJECTS/subs_caps.bpf.o" tree
said 'sysfs has a folder for each scheduler' 'sched_ext/root/ops: top' 'sched_ext/root/caps: perf: 0-3' \
	"$sub/ops: mid" "$sub/caps: preempt: 0-3" "$sub/caps: perf: " "$sub/events: SCX_EV_BYPASS_ACTIVATE 1" \
	'sub: -1' 'root: -1'
kickstand exec --quiet --kernel 7.2 --cpus 4 --workload a.json -- "$LOADER" "$TEST_OBJECTS/subs.bpf.o" tree
if grep -q "$sub/events: SCX_EV_BYPASS_ACTIVATE 1" out && ! grep -q '/caps: ' out; then
	pass 'sysfs has no caps where there are none'
else
	fail 'sysfs has no caps where there are none' "$(cat out err)"
fi
kickstand exec --quiet --kernel 6.12 -- ls /sys/kernel/sched_ext
said 'sysfs lists what it has' 'enable_seq' 'hotplug_seq' 'nr_rejected' 'state' 'switch_all'

# ---- struct_ops of another kind may kick, or not ----

kickstand exec --quiet --kernel 7.3 -- "$LOADER" "$TEST_OBJECTS/other_ops.bpf.o"
if grep -q 'calling kernel function scx_bpf_kick_cpu is not allowed' err && grep -q 'not enabled: Permission denied' out; then
	pass 'other struct_ops may not call kfuncs'
else
	fail 'other struct_ops may not call kfuncs' "$(cat out err)"
fi
kickstand exec --quiet --kernel 7.0 -- "$LOADER" "$TEST_OBJECTS/other_ops.bpf.o"
if [ "$status" = 0 ] && ! grep -q 'not enabled' out; then
	pass 'other struct_ops may before 7.1'
else
	fail 'other struct_ops may before 7.1' "exit status $status" "$(cat out err)"
fi

# ---- what is pinned stays ----

kickstand exec --duration 300ms --json s.json -- "$LOADER" "$plain" pin
said 'pins its link and leaves' 'bpffs: 0 1' 'pinned: 0'
if [ "$status" = 0 ] && python3 -c '
import json
d = json.load(open("s.json"))
assert d["exit"]["kind"] == "none" and 300e6 <= d["duration_ns"] < 301e6, (d["exit"], d["duration_ns"])
assert d["switches"] > 100, d["switches"]' 2>log; then pass 'and the run goes on'; else
	fail 'and the run goes on' "status $status" "$(cat log err)"; fi

# ---- every way to ask for a file: with 64 behind and without, and checked ----

kickstand exec --quiet --cpus 4 -- "$TWINS"
said 'every way to ask for a file' 'twins: tried 70, lost 0'
for how in '-D_FILE_OFFSET_BITS=64 -D_FORTIFY_SOURCE=2' -static; do
	if [ "$how" = -static ] && nm -D "$KICKSTAND_BUILD/libkickstand-preload.so" | grep -q __asan; then
		skip "every way to ask for a file ($how)" 'AddressSanitizer loses a child of such a loader'
		continue
	fi
	if ! cc -D_GNU_SOURCE -O2 $how -o twins "$KICKSTAND_SRC/tests/loader/twins.c" 2>log; then
		skip "every way to ask for a file ($how)" "$(tail -n 1 log)"
		continue
	fi
	kickstand exec --quiet --cpus 4 -- ./twins
	said "every way to ask for a file ($how)" 'twins: tried 70, lost 0'
done

# an arena that is not to be where something is: the error is the loader's own
cat >arena.c <<'E'
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	union bpf_attr attr = { .map_type = 33 /* BPF_MAP_TYPE_ARENA */, .map_flags = BPF_F_MMAPABLE };
	void *taken = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p;
	int fd;

	attr.max_entries = 1;
	fd = (int)syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	errno = ENOENT;
	p = mmap(taken, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	printf("arena: %d %d %d\n", fd >= 0, p == MAP_FAILED, errno == EEXIST);
	return 0;
}
E
if cc -D_GNU_SOURCE -O2 -o arena arena.c 2>log; then
	kickstand exec --quiet -- ./arena
	said 'an arena that is refused its place' 'arena: 1 1 1'
else
	skip 'an arena that is refused its place' "$(tail -n 1 log)"
fi

# ---- a number is a task's or a child's, and never a stranger's on the host ----

cat >pids.c <<'E'
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int came;
static void hear(int sig) { came += sig == SIGUSR1; }
#define HOW(call) (errno = 0, (call) < 0 ? errno : 0)
static void numbers(const char *who, pid_t pid)
{
	struct iovec to = { &(long){ 0 }, 4 }, from = { (void *)&came, 4 };
	struct rlimit limit;

	printf("%s: %d %d %d %d, ", who, HOW(getpgid(pid)), HOW(getsid(pid)),
	       HOW(prlimit(pid, RLIMIT_NOFILE, NULL, &limit)),
	       HOW(process_vm_readv(pid, &to, 1, &from, 1, 0)));
	printf("by number %d %d %d %d\n", HOW(syscall(__NR_getpgid, pid)), HOW(syscall(__NR_getsid, pid)),
	       HOW(syscall(__NR_prlimit64, pid, RLIMIT_NOFILE, NULL, &limit)),
	       HOW(syscall(__NR_process_vm_readv, pid, &to, 1, &from, 1, 0)));
}
int main(void)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	union sigval value = { 1 };
	int status = 0, own, raw;
	pid_t child;

	signal(SIGUSR1, hear);
	own = HOW(sigqueue(getpid(), SIGUSR1, value));
	raw = HOW(syscall(__NR_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
	printf("to itself: %d %d %d\n", own, raw, came);
	numbers("its own", getpid());
	numbers("the first task's", 1);
	numbers("nobody's", getpid() + 1000);
	printf("strangers: %d %d ", HOW(sigqueue(getpid() + 1000, 0, value)),
	       HOW(syscall(__NR_rt_sigqueueinfo, getpid() + 1000, 0, &info)));
	printf("%d %d\n", HOW(ptrace(PTRACE_ATTACH, 1, NULL, NULL)), HOW(setpgid(getpid() + 1000, 0)));
	fflush(stdout);
	child = fork();
	if (!child)
		for (;;)
			pause();
	own = HOW(getpgid(child));
	printf("a child: %d %d\n", own, HOW(sigqueue(child, SIGTERM, value)));
	waitpid(child, &status, 0);
	printf("ended by %d\n", WTERMSIG(status));
	return 0;
}
E
for how in '' -static; do
	if cc -D_GNU_SOURCE -O2 $how -o pids pids.c 2>log; then
		kickstand exec --quiet -- ./pids
		said "numbers of processes${how:+ ($how)}" 'to itself: 0 0 2' 'its own: 0 0 0 0, by number 0 0 0 0' \
			"the first task's: 3 3 3 3, by number 3 3 3 3" "nobody's: 3 3 3 3, by number 3 3 3 3" \
			'strangers: 3 3 3 3' 'a child: 0 0' 'ended by 15'
	else
		skip "numbers of processes ($how)" "$(tail -n 1 log)"
	fi
done

# ---- threads and children by syscall(3): these are the host's, with a warning, those are refused by name ----

cat >clones.c <<'E'
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *ends(void *arg)
{
	syscall(__NR_exit, 0);
	*(int *)arg = 1;
	return NULL;
}

static int child(long pid)
{
	int status = -1;

	if (!pid)
		_exit(7);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -errno;
}

int main(void)
{
	const long thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	char *stack = malloc(65536);
	int later = 0, tid = 0;
	long ret[4];
	pthread_t t;

	ret[0] = syscall(__NR_clone, thread, stack + 65536, NULL, NULL, 0);
	ret[1] = syscall(__NR_clone, CLONE_VM | SIGCHLD, stack + 65536, NULL, NULL, 0);
	ret[2] = syscall(__NR_clone, SIGCHLD, stack + 65536, NULL, NULL, 0);
	ret[3] = syscall(__NR_clone3, NULL, 0);
	printf("refused: %ld %ld %ld %ld %d\n", ret[0], ret[1], ret[2], ret[3], errno == ENOSYS);
	fflush(stdout);
	printf("children: %d", child(syscall(__NR_fork)));
	printf(" %d", child(syscall(__NR_vfork)));
	printf(" %d", child(syscall(__NR_clone, SIGCHLD, 0, NULL, NULL, 0)));
	printf(" %d\n", child(syscall(__NR_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, &tid, NULL, 0)) + !tid);
	pthread_create(&t, NULL, ends, &later);
	pthread_join(t, NULL);
	printf("the thread is over: %d\n", later);
	return 0;
}
E
if [ "$(uname -m)" = x86_64 ] && cc -D_GNU_SOURCE -O2 -pthread -o clones clones.c 2>log; then
	kickstand exec --quiet -- ./clones
	said 'clone(2) by its number' 'refused: -1 -1 -1 -1 1' 'children: 7 7 7 7' 'the thread is over: 0'
	if grep -q 'clone(0x[0-9a-f]*) without .* is not served' err; then
		pass 'and a warning'
	else
		fail 'and a warning' "$(cat err)"
	fi
else
	skip 'clone(2) by its number' "$(tail -n 1 log)"
fi

# ---- threads that wait for each other in every way, and what ends with one ----

cc -D_GNU_SOURCE -O2 -static -o threads "$KICKSTAND_SRC/tests/loader/threads.c" 2>log || cp "$THREADS" threads
for program in "$THREADS" './threads without spinning'; do
	kickstand exec --quiet --cpus 4 --duration 5s -- $program
	said "threads of $program" 'once: 1 1, seen 1 1, cut short 2' 'locks: 1 1 1, held 0, in time 1' \
		'data: ended 2, in its thread 1, objects 21' \
		'c11: 0, called 1, said 1, 42, timed out 1, freed 1, year 2026' 'detached: 500' \
		'places: 0 0 1, policy 0 1 3, on 2'
done

# ---- bpftool: what it registers stays, by a pinned link or without one ----

# stays NAME LINE ARGS...: bpftool says LINE, and the scheduler is there when the run is over
stays() {
	name=$1 line=$2
	shift 2
	kickstand exec --cpus 4 --duration 1s --json s.json -- "$bpftool" struct_ops register "$@"
	if [ "$status" = 0 ] && grep -q "^$line" out err && python3 -c '
import json
d = json.load(open("s.json"))
assert d["exit"]["kind"] == "none" and 1e9 <= d["duration_ns"] < 1.001e9, (d["exit"], d["duration_ns"])
assert d["scheduler"], d["scheduler"]' 2>log; then pass "$name"; else
		fail "$name" "status $status" "$(cat log err)" "$(head -n 5 out)"; fi
}

bpftool=$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool)
if [ -n "$bpftool" ]; then
	stays 'bpftool registers without a link' 'Registered sched_ext_ops unlinked_ops id 1' \
		"$TEST_OBJECTS/unlinked.bpf.o"
	if "$bpftool" struct_ops help 2>&1 | grep -q LINK_DIR; then
		stays 'bpftool pins its link' 'Registered sched_ext_ops plain_ops map id [0-9]* link id 1' \
			"$plain" /sys/fs/bpf/x
	else
		skip 'bpftool pins its link' 'this one is too old'
	fi
else
	skip 'bpftool registers without a link' 'no bpftool here'
fi

# ---- programs before the loader ----

printf '#!/usr/bin/env sh\nexec "$@"\n' >wrap.sh
chmod +x wrap.sh
kickstand exec --cpus 3 --quiet --json s.json -- env A=1 ./wrap.sh "$LOADER" "$plain" pin
said 'is caught behind env and a shell' 'pinned: 0'
if grep -q '"comm": *"loader"' s.json; then pass 'under its own name'; else
	fail 'under its own name' "$(grep comm s.json | head)"; fi

# ---- the C library'"'"'s names: each with its twins ----

libc=$(ldd "$LOADER" | sed -n 's/.*libc\.so\.6 => \([^ ]*\).*/\1/p')
names() { nm -D --defined-only "$1" | awk '$2 ~ /^[TWi]$/ { sub(/@.*/, "", $3); print $3 }' | sort -u; }
names "$KICKSTAND_BUILD/libkickstand-preload.so" >ours
names "$libc" >libc
lost=
for name in $(comm -12 ours libc); do
	base=${name%64}
	for twin in "${name}64" "$base" "__${name}_2" "__${base}_2" "__${base}64_2" "__${name}_chk" \
		"__x$name" "__x${base}64"; do
		grep -qxF "$twin" libc && ! grep -qxF "$twin" ours && lost="$lost $name/$twin"
	done
done
if [ -z "$lost" ] && [ "$(comm -12 ours libc | wc -l)" -gt 100 ]; then
	pass 'every name with its twins'; else fail 'every name with its twins' "not defined:$lost"; fi

# Of those that are system calls, each is one by its number, too.
echo '#include <sys/syscall.h>' | cc -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' | sort >numbers
cat "$KICKSTAND_SRC"/src/exec/*.c "$KICKSTAND_SRC"/src/sys/*.c | grep -o 'case __NR_[a-z0-9_]*' |
	sed 's/case __NR_//' | sort -u >by_number
lost=$(comm -12 ours numbers | comm -23 - by_number | grep -vx prctl)	# filter.c asks for it by "!="
if [ -z "$lost" ] && [ "$(comm -12 ours numbers | wc -l)" -gt 70 ]; then
	pass 'every name by its number'; else fail 'every name by its number' "$lost"; fi

# ---- Go: system calls of its own, signals, small stacks; with cgo, and plain ----

# go_runs NAME PROGRAM
go_runs() {
	kickstand exec --cpus 3 --duration 2s --hash -- "$2"
	said "$1" 'begin: 2026-01-01 00:00:10 pid true cpus 3' 'sum: 210' \
		'/sys/devices/system/cpu/online: 0-2' 'stopped by: interrupt after 2s'
	cp out first
	kickstand exec --cpus 3 --duration 2s --hash -- "$2"
	if cmp -s out first; then pass "$1 is the same twice"; else
		fail "$1 is the same twice" "$(diff first out)"; fi
}

if command -v go >/dev/null && [ "$(uname -m)" = x86_64 ]; then
	HOME=$work GOCACHE=$KICKSTAND_BUILD/go-cache	# its library is compiled once
	export HOME GOCACHE
	sed '/^import "C"$/d' "$KICKSTAND_SRC/tests/loader/loader.go" >plain.go
	if CGO_ENABLED=1 go build -ldflags=-linkmode=external -o goloader \
		"$KICKSTAND_SRC/tests/loader/loader.go" 2>log; then
		go_runs 'Go with cgo' ./goloader
	else
		fail 'Go with cgo' "$(cat log)"
	fi
	if CGO_ENABLED=0 go build -o goplain plain.go 2>log &&
		CGO_ENABLED=0 go build -buildmode=pie -o gopie plain.go 2>log; then
		go_runs 'plain Go' ./goplain
		go_runs 'plain Go, anywhere in memory' ./gopie
	else
		fail 'plain Go' "$(cat log)"
	fi
else
	skip Go 'there is no go here, or it is no x86-64'
fi

# ---- loaders that no library can be preloaded into ----

if [ -n "${BARE_LOADER:-}" ]; then
	kickstand exec --cpus 3 --duration 2500ms --hash -v -- "$BARE_LOADER"
	said 'a loader without any C library' "begin: 1 $BARE_LOADER 10 0" \
		'signals: 1 1 1 0 1 -4 2 1 1' 'memory: 100000 0 100000 0 0 1' 'threads: 1 1 0 2 1 1' \
		'child: 1 5' "files: 3 $BARE_LOADER 1 0" 'bpf: 1 0 0 77 0' 'stopped: -4 1'
	if head -n 1 err | grep -q '^kickstand: bare_loader is caught: it runs on kernel [0-9.]* with 3 CPUs$'; then
		pass 'says that it is caught, too'; else fail 'says that it is caught, too' "$(head -n 3 err)"; fi
	cp out first
	PADDING=$(seq 300) kickstand exec --cpus 3 --duration 2500ms --hash -- "$BARE_LOADER"
	if cmp -s out first; then pass 'and is the same twice'; else
		fail 'and is the same twice' "$(diff first out)"; fi
	kickstand exec --quiet -- "$BARE_LOADER" 7
	if [ "$status" = 3 ] && grep -q 'ended with status 7' err; then pass 'and its status is told'; else
		fail 'and its status is told' "status $status" "$(cat err)"; fi
	kickstand exec --quiet -- env A=1 ./wrap.sh "$BARE_LOADER"
	said 'behind env and a shell' 'bpf: 1 0 0 77 0' 'stopped: -4 1'
	for errno in 22 0; do	# what says so, and what lies
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 timeout -k 2 "$case_limit_s" "$FAULT_CALL" \
			0 $errno prctl "$KICKSTAND" exec -- "$BARE_LOADER" >out 2>err
		status=$?
		if [ "$status" = 77 ]; then
			skip 'refused where the host cannot catch it' 'the host lets nobody trace'
		elif [ "$status" = 2 ] && [ ! -s out ] && grep -q 'does not let its system calls be caught' err; then
			pass "refused where the host cannot catch it ($errno)"
		else
			fail "refused where the host cannot catch it ($errno)" "status $status" "$(cat out err)"
		fi
	done
else
	skip 'a loader without any C library' 'not on this architecture'
fi

# steps FILE: what it printed before the summary, but for times: a microsecond more in one call,
# and a tick or a tenth of a second is another's
steps() {
	sed -n '/^kernel /q; /^slept/d
		s/^timer: \([0-9]*\) ticks, \1 ms$/timer: as many as milliseconds/
		s/after [12][09] rounds/after all rounds/; p' "$1"
}

if [ -n "${STATIC_LOADER:-}" ]; then
	kickstand exec --kthreads none --topology 2n1l2c2t --duration 3s -- "$LOADER" "$plain"
	steps out >first
	kickstand exec --kthreads none --topology 2n1l2c2t --duration 3s --hash -- "$STATIC_LOADER" "$plain"
	if steps out | cmp -s - first && [ "$(wc -l <first)" -gt 35 ]; then
		pass 'a static loader does all that a dynamic one does'
	else
		fail 'a static loader does all that a dynamic one does' "$(steps out | diff first -)" "$(cat err)"
	fi
	cp out first
	PADDING=$(seq 300) kickstand exec --kthreads none --topology 2n1l2c2t --duration 3s --hash -- "$STATIC_LOADER" "$plain"
	if cmp -s out first; then pass 'a static loader is the same twice'; else
		fail 'a static loader is the same twice' "$(diff first out)"; fi
	kickstand exec --quiet --cpus 8 --workload spin:tasks=1 --duration 3s -- "$STATIC_LOADER" "$plain" more
	said 'has CPUs to take off, children and filters' "$cpu/online: 0,2-7" \
		'hotplug: wrote 1 and 2, bad input -1' 'child: waited for 1, signal 15' \
		'filter: Bad address, 0 0, threads: produced 3, timeout 1, errno 7 and 42'
	for how in handles blocks; do
		kickstand exec --quiet -- "$STATIC_LOADER" "$plain" $how
		said "a static loader $how SIGSYS" \
			"sigsys: 1, blocked $([ $how = blocks ] && echo 1 || echo 0), handler 1, came 1"
	done
else
	skip 'a static loader' 'no static libraries here'
fi

# the look for one that computes for ever comes while the machine computes, too
cat >long.c <<'E'
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
int main(void)
{
	struct rusage u = { 0 };

	while (u.ru_utime.tv_sec + u.ru_stime.tv_sec < 2) {
		usleep(100000);
		getrusage(RUSAGE_SELF, &u);
	}
	printf("long: %d\n", getpid());
	return 0;
}
E
if cc -D_GNU_SOURCE -O2 -static -o long long.c 2>log; then
	kickstand exec --quiet --kthreads none --duration 1000000s -- ./long
	said 'a static loader on a machine that computes for long' 'long: 21'
else
	skip 'a static loader on a machine that computes for long' "$(tail -n 1 log)"
fi

if command -v musl-gcc >/dev/null; then
	cat >musl.c <<'E'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *fn(void *arg) { usleep(1000); return (void *)(long)getpid(); }
int main(void)
{
	pthread_t id;
	void *ret = NULL;
	int err = pthread_create(&id, NULL, fn, NULL) || pthread_join(id, &ret);

	printf("musl: %d %d %ld\n", err, (long)ret == getpid(), sysconf(_SC_NPROCESSORS_ONLN));
	return 0;
}
E
	for how in '' -static; do
		musl-gcc $how -o musl musl.c && kickstand exec --cpus 3 --quiet -- ./musl
		said "musl${how:+, $how}" 'musl: 0 1 3'
	done
else
	skip musl 'no musl-gcc here'
fi

# ---- who cannot be caught ----

# kept_out NAME PATTERN LOADER...: refused before it starts
kept_out() {
	name=$1 pattern=$2
	shift 2
	kickstand exec -- "$@"
	if [ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -q -- "$pattern" err; then
		pass "$name"
	else
		fail "$name" "exit status $status" "$(cat out err)"
	fi
}

echo 'int puts(const char *); int main(void) { return puts("on the host") < 0; }' >static.c
if [ -n "${BARE_LOADER:-}" ]; then
	printf '#!%s\n' "$BARE_LOADER" >script
	chmod +x script
	kept_out 'a script of a static interpreter' 'its interpreter .*linked statically' ./script
	cp "$BARE_LOADER" damaged
	printf '\377\377\377\377' | dd of=damaged bs=1 seek=96 conv=notrunc 2>/dev/null	# p_filesz
	kept_out 'a damaged static loader' 'cannot be mapped: it is damaged' ./damaged
fi
cc -o other static.c
printf '\003' | dd of=other bs=1 seek=18 conv=notrunc 2>/dev/null	# EM_386
kept_out 'a loader for another architecture' 'another architecture' ./other
cc -Wl,--dynamic-linker=/lib/ld-none.so.1 -o other-libc static.c
kept_out 'a loader whose C library is not here' 'needs /lib/ld-none.so.1, which is not here' ./other-libc
if [ "$(id -u)" = 0 ]; then
	cc -o setuid static.c
	chown 1 setuid
	chmod 4755 setuid
	kept_out 'a setuid loader' 'setuid' ./setuid
else
	skip 'a setuid loader' 'only root can make one'
fi
if command -v setpriv setcap >/dev/null && [ "$(id -u)" = 0 ] && mkdir caps && chmod 755 "$work" caps &&
	cc -o caps/program static.c && setcap cap_sys_nice+ep caps/program 2>/dev/null &&
	setpriv --reuid 1 --regid 1 --clear-groups test -r "$KICKSTAND_BUILD/libkickstand-preload.so"; then
	setpriv --reuid 1 --regid 1 --clear-groups "$KICKSTAND" exec -- caps/program >out 2>err
	status=$?
	if [ "$status" = 2 ] && [ ! -s out ] && grep -q 'capabilities of its own' err; then
		pass 'a loader with capabilities'; else
		fail 'a loader with capabilities' "status $status" "$(cat out err)"; fi
else
	skip 'a loader with capabilities' 'they cannot be set, or tried, here'
fi
kept_in=$(readelf -l "$LOADER" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
kickstand exec -- "$kept_in" --list "$LOADER"	# no constructor of any library runs
if [ "$status" = 3 ] && grep -q 'was not caught: what it did was done on the host' err; then
	pass 'a loader that was not caught is told'; else
	fail 'a loader that was not caught is told' "status $status" "$(cat err)"; fi
echo nothing >text
chmod +x text
kept_out 'what is no program' 'neither an ELF program nor a script' ./text
kept_out 'a folder' 'cannot be run: Permission denied' /
kickstand exec -v -- "$LOADER" "$plain" pin
if head -n 1 err | grep -q '^kickstand: loader is caught: it runs on kernel [0-9.]* with 8 CPUs$'; then
	pass 'says that it is caught'; else fail 'says that it is caught' "$(head -n 3 err)"; fi

exits 'a loader that fails' 3 'ended with status 7' exec --quiet -- "$LOADER" "$plain" exit 7
exits 'a loader that crashes' 3 'died of signal 6' exec --quiet -- "$LOADER" "$plain" abort
exits 'a loader that ignores SIGINT' 0 'did not end after SIGINT' exec --quiet --duration 1s -- "$LOADER" "$plain" deaf
# found by 10 s of this computer's time; a host that traps no system calls does not look
if [ "$(uname -m)" = x86_64 ]; then
	kickstand exec --duration 1s --workload spin:tasks=1 -- "$ENDLESS"
	if [ "$status" = 0 ] && grep -q "has used 10 s of this computer's time and asked the machine nothing" err &&
	   grep -q '^it loops$' out && grep -q '^it was told$' out &&
	   grep -Eq '^ +[0-9]+ endless +(0\.9|1\.0)' out; then
		pass 'a loader that computes for ever keeps a CPU busy, until SIGINT'
	else
		fail 'a loader that computes for ever keeps a CPU busy, until SIGINT' "exit status $status" "$(cat out err)"
	fi
else
	skip 'a loader that computes for ever keeps a CPU busy, until SIGINT' 'not on this architecture'
fi
exits 'a loader that is not there' 2 'cannot be run' exec --quiet -- ./nothing
exits 'no loader' 2 'the loader is missing' exec --quiet --cpus 4
exits 'several kernels' 2 'exec: one kernel at a time' exec --quiet --kernel 6.12,7.3 -- "$LOADER" "$plain"
exits 'a schedule' 2 'schedule.* are for kickstand run' exec --quiet --schedule x.json -- "$LOADER" "$plain"
exits 'headers of a source' 2 'include.* are for run' exec --quiet --include . -- "$LOADER" "$plain"
exits 'an option that is the loader'"'"'s' 2 'are for run' exec --quiet --set a=1 -- "$LOADER" "$plain"
exits 'no such kernel' 2 "there is no kernel '9.9'" exec --quiet --kernel 9.9 -- "$LOADER" "$plain"
plan
