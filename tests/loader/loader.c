// SPDX-License-Identifier: GPL-2.0-only
/*
 * loader.c - a scheduler's own program, as people write them, knowing nothing of
 * Kickstand: it looks at the machine, uses clocks, timers and threads, enables a
 * scheduler, waits for SIGINT and says what it saw. tests/exec.sh runs it.
 *
 *	loader OBJECT [exit STATUS | abort | deaf | more | pin | blocks | handles | tree]
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = 1;
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void show_file(const char *path)
{
	char line[256] = "";
	FILE *f = fopen(path, "r");

	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = 0;
	printf("%s: %s\n", path, f ? line : strerror(errno));
	if (f)
		fclose(f);
}

static int has_word(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char buf[256];
	int found = 0;

	while (f && fscanf(f, "%255s", buf) == 1)
		found |= !strcmp(buf, word);
	if (f)
		fclose(f);
	return found;
}

static int count_cpu_folders(void)
{
	DIR *dir = opendir("/sys/devices/system/cpu");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += !strncmp(e->d_name, "cpu", 3) && e->d_type == DT_DIR;
	if (dir)
		closedir(dir);
	return n;
}

static void show_machine(void)
{
	struct stat st;
	cpu_set_t set;
	glob_t g;

	sched_getaffinity(0, sizeof(set), &set);
	printf("cpus: %ld %d %d %d\n", sysconf(_SC_NPROCESSORS_ONLN), CPU_COUNT(&set),
	       libbpf_num_possible_cpus(), count_cpu_folders());
	show_file("/sys/devices/system/cpu/possible");
	show_file("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list");
	show_file("/sys/devices/system/cpu/cpu1/topology/core_id");
	show_file("/sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list");
	show_file("/sys/devices/system/cpu/cpu99/online");
	show_file("/sys/devices/system/node/node0/distance");
	show_file("/sys/kernel/sched_ext/state");
	show_file("/sys/kernel/tracing/available_tracers");
	show_file("/proc/sys/kernel/ftrace_enabled");
	show_file("/proc/schedstat");
	printf("listed: %d %d %d %d\n", has_word("/proc/mounts", "tracefs"),
	       has_word("/proc/mounts", "ext4"), has_word("/proc/kallsyms", "ext_sched_class"),
	       has_word("/sys/kernel/tracing/available_events", "sched:sched_switch"));
	if (!glob("/sys/devices/system/cpu/cpu0/cache/index*/level", 0, NULL, &g)) {
		printf("caches: %zu, last %s\n", g.gl_pathc, g.gl_pathv[g.gl_pathc - 1]);
		globfree(&g);
	}
	printf("cgroup root: %d\n", !stat("/sys/fs/cgroup", &st) && S_ISDIR(st.st_mode));
}

static void use_clocks(void)
{
	struct timespec ts = { .tv_nsec = 5000000 };
	long long t0 = now_us();
	time_t t = time(NULL);

	nanosleep(&ts, NULL);
	usleep(2000);
	printf("slept 7 ms: %lld us\n", now_us() - t0);
	printf("date: %s", asctime(gmtime(&t)));
}

static void use_timers(void)
{
	struct itimerspec spec = { { 0, 1000000 }, { 0, 1000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0), ep = epoll_create1(0), i;
	struct epoll_event ev = { .events = EPOLLIN };
	unsigned long long n, sum = 0;
	long long t0 = now_us();

	timerfd_settime(fd, 0, &spec, NULL);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	for (i = 0; i < 5; i++)
		if (epoll_wait(ep, &ev, 1, 100) == 1 && read(fd, &n, sizeof(n)) == sizeof(n))
			sum += n;
	printf("timer: %llu ticks, %d ms\n", sum, (int)((now_us() - t0) / 1000));
	close(fd);
	t0 = now_us();
	i = epoll_wait(ep, &ev, 1, 3);
	printf("epoll: %d after %d ms\n", i, (int)((now_us() - t0) / 1000));
	close(ep);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int produced;

static void *produce(void *arg)
{
	int i;

	errno = 42;
	for (i = 0; i < 3; i++) {
		usleep(1000);
		pthread_mutex_lock(&lock);
		produced++;
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&lock);
	}
	return (void *)(long)errno;
}

static void use_threads(void)
{
	struct timespec ts;
	pthread_t id;
	void *ret;
	int err;

	errno = 7;
	if (pthread_create(&id, NULL, produce, NULL))
		exit(1);
	pthread_mutex_lock(&lock);
	while (produced < 3)
		pthread_cond_wait(&cond, &lock);
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec++;
	err = pthread_cond_timedwait(&cond, &lock, &ts);
	pthread_mutex_unlock(&lock);
	pthread_join(id, &ret);
	printf("threads: produced %d, timeout %d, errno %d and %ld\n", produced, err == ETIMEDOUT,
	       errno, (long)ret);
}

/* ---- threads that end in the middle of something ---- */

static int cleaned, destroyed;
static pthread_key_t key;
static sem_t nobody_posts;

static void count(void *arg)
{
	++*(int *)arg;
}

static void count_destroyed(void *arg)
{
	destroyed++;
}

static void unlock(void *arg)
{
	pthread_mutex_unlock(arg);
}

static void *sleeps(void *arg)
{
	pthread_setspecific(key, &key);
	pthread_cleanup_push(count, &cleaned);
	for (;;)
		sleep(1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *waits_for_cond(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(unlock, &lock);
	pthread_cleanup_push(count, &cleaned);
	for (;;)
		pthread_cond_wait(&cond, &lock);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(1);
	return NULL;
}

static void *waits_for_sem(void *arg)
{
	pthread_cleanup_push(count, &cleaned);
	sem_wait(&nobody_posts);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *refuses_for_a_while(void *arg)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	usleep(3000);
	count(&cleaned);
	pthread_setcancelstate(old, NULL);
	pthread_testcancel();
	return NULL;
}

static void *exits(void *arg)
{
	pthread_cleanup_push(count, &cleaned);
	pthread_exit((void *)5);
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancel_one(const char *name, void *(*fn)(void *arg))
{
	void *ret = NULL;
	pthread_t id;

	pthread_create(&id, NULL, fn, NULL);
	usleep(1000);
	printf("cancel: %s %d", name, pthread_cancel(id));
	pthread_join(id, &ret);
	printf(", %ld, cleaned %d, destroyed %d, lock %d\n", (long)ret, cleaned, destroyed,
	       pthread_mutex_trylock(&lock));
	pthread_mutex_unlock(&lock);
}

static void use_cancel(void)
{
	pthread_key_create(&key, count_destroyed);
	sem_init(&nobody_posts, 0, 0);
	cancel_one("sleep", sleeps);
	cancel_one("cond", waits_for_cond);
	cancel_one("sem", waits_for_sem);
	cancel_one("late", refuses_for_a_while);
	cancel_one("exit", exits);
}

static void use_library(void)
{
	void *lib = dlopen("libresolv.so.2", RTLD_NOW);

	printf("dlopen: %d, none %d\n", lib && dlsym(lib, "ns_name_ntop"),
	       dlopen("libno-such.so", RTLD_NOW) != NULL);
	if (lib)
		dlclose(lib);
}

/* the machine has other tasks, which may have the CPU for a while */
static const char *after(long long t0_us, int ms)
{
	long long us = now_us() - t0_us;

	return us < ms * 1000LL ? "early" : us < (ms + 10) * 1000LL ? "in time" : "late";
}

/* ---- a statistics server: a socket in a folder made for it, a thread that answers ---- */

#define STATS_DIR "/var/run/scx/root"

static const struct sockaddr_un stats_addr = { AF_UNIX, STATS_DIR "/stats" };

static void *serve(void *arg)
{
	int listener = (int)(long)arg, fd = accept(listener, NULL, NULL);
	char line[16];
	ssize_t n = recv(fd, line, sizeof(line), 0);

	usleep(2000);
	if (n > 0)
		send(fd, line, (size_t)n, 0);
	n = recv(fd, line, sizeof(line), 0);
	close(fd);
	return (void *)(long)n;
}

static int listen_at(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) || listen(fd, 5))
		printf("no socket: %s\n", strerror(errno));
	return fd;
}

static void use_sockets(void)
{
	int listener, fd = socket(AF_UNIX, SOCK_STREAM, 0), refused;
	struct timeval tv = { 0, 3000 };
	char line[16] = "";
	pthread_t id;
	struct stat st;
	void *last;
	long long t0;

	refused = connect(fd, (const struct sockaddr *)&stats_addr, sizeof(stats_addr)) ? errno : 0;
	printf("before: %s, ", strerror(refused));
	printf("folder %d, ", mkdir(STATS_DIR, 0755));
	printf("again %s\n", mkdir(STATS_DIR, 0755) ? strerror(errno) : "made");
	listener = listen_at(&stats_addr);
	printf("socket: %d\n", !stat(STATS_DIR "/stats", &st) && S_ISSOCK(st.st_mode));
	pthread_create(&id, NULL, serve, (void *)(long)listener);
	usleep(1000);
	connect(fd, (const struct sockaddr *)&stats_addr, sizeof(stats_addr));
	send(fd, "ping", 5, 0);
	t0 = now_us();
	recv(fd, line, sizeof(line), 0);
	printf("answer: %s %s\n", line, after(t0, 2));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	t0 = now_us();
	printf("silence: %s", recv(fd, line, sizeof(line), 0) < 0 ? strerror(errno) : "broken");
	printf(" %s\n", after(t0, 3));
	close(fd);
	pthread_join(id, &last);
	printf("server: %ld, folder in use: %s\n", (long)last,
	       rmdir(STATS_DIR) ? strerror(errno) : "gone");
	printf("gone: %d", unlink(STATS_DIR "/stats"));
	printf(" %d\n", rmdir(STATS_DIR));
	close(listener);
}

/* ---- pins ---- */

static void use_pins(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "pinned", 4, 4, 1, NULL);
	struct stat st;

	mkdir("/sys/fs/bpf/kit", 0700);
	printf("pin: %d, ", bpf_obj_pin(fd, "/sys/fs/bpf/kit/m"));
	printf("there %d, ", !stat("/sys/fs/bpf/kit/m", &st));
	printf("unpin: %d, ", unlink("/sys/fs/bpf/kit/m"));
	printf("then %d\n", bpf_obj_get("/sys/fs/bpf/kit/m"));
	rmdir("/sys/fs/bpf/kit");
	close(fd);
}

/* ---- folders by descriptor ---- */

static void use_folders(void)
{
	DIR *dir = opendir("/sys/devices/system/node/node1");
	int fd = dir ? dirfd(dir) : -1, file, cpus = 0;
	struct dirent *e;
	char line[32] = "";
	struct stat st;

	while (dir && (e = readdir(dir)))
		cpus += !strncmp(e->d_name, "cpu", 3) && e->d_type == DT_DIR;
	file = openat(fd, "cpu3/topology/cluster_id", O_RDONLY);
	if (read(file, line, sizeof(line) - 1) < 0)
		line[0] = 0;
	printf("node1: %d cpus, folder %d, cpu3 in cluster %.1s, cpu0 %d\n", cpus,
	       !fstat(fd, &st) && S_ISDIR(st.st_mode), line, !fstatat(fd, "cpu0", &st, 0));
	close(file);
	if (dir)
		closedir(dir);
}

/* ---- futexes, and system calls without the C library ---- */

static int word;

static void *wake_later(void *arg)
{
	usleep(2000);
	word = 1;
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return NULL;
}

static void use_futexes(void)
{
	struct timespec until;
	long long t0 = now_us();
	pthread_t id;
	long ret;

	pthread_create(&id, NULL, wake_later, NULL);
	while (!word)
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	pthread_join(id, NULL);
	printf("futex: woken %s, ", after(t0, 2));
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 1000000;
	ret = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, NULL, ~0u);
	printf("then %s\n", ret ? strerror(errno) : "woken");
}

#ifdef __x86_64__
static long raw_call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

static void use_raw_calls(void)
{
	struct epoll_event ev;
	long long t0 = now_us();
	int ep = epoll_create1(0);
	long fd;

	errno = 5;
	printf("raw: pid %d, ", raw_call(SYS_getpid, 0, 0, 0, 0) == getpid());
	printf("epoll %ld", raw_call(SYS_epoll_wait, ep, (long)&ev, 1, 4));
	printf(" %s, ", after(t0, 4));
	fd = raw_call(SYS_openat, AT_FDCWD, (long)"/sys/devices/system/cpu/cpu99", O_RDONLY, 0);
	printf("file %s, errno %d\n", strerror((int)-fd), errno);
	close(ep);
}
#else
static void use_raw_calls(void)
{
}
#endif

/* a scheduler that wants no page fault forbids its own mmap(); threads are made all the same */
static void use_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, code };
	long asked = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) ? errno : 0;
	int once, twice;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	once = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	twice = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
	printf("filter: %s, %d %d, ", strerror((int)asked), once, twice);
	produced = 0;
	use_threads();
}

static int set_online(const char *text)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY), n;

	n = fd < 0 ? -1 : (int)write(fd, text, strlen(text));
	close(fd);
	return n;
}

static void use_hotplug(void)
{
	int down = set_online("0"), up;

	show_file("/sys/devices/system/cpu/online");
	up = set_online("1\n");
	printf("hotplug: wrote %d and %d, bad input %d\n", down, up, set_online("x"));
}

static void use_child(void)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		pause();
	kill(pid, SIGTERM);
	pid -= waitpid(pid, &status, 0);
	printf("child: waited for %d, signal %d\n", !pid, WTERMSIG(status));
}

static int say_nothing(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

static struct bpf_link *enable(const char *path, struct bpf_object **obj)
{
	struct bpf_map *map;

	*obj = bpf_object__open_file(path, NULL);
	if (!*obj || bpf_object__load(*obj))
		return NULL;
	bpf_object__for_each_map(map, *obj)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return bpf_map__attach_struct_ops(map);
	return NULL;
}

/* update, look up, delete and miss by @key; by a descriptor of something else */
static void use_storage(struct bpf_object *obj, const char *name, int key)
{
	int fd = bpf_object__find_map_fd_by_name(obj, name), zero = 0;
	unsigned long long in = 77, out = 0;
	int update, lookup, delete, missing, wrong;

	update = bpf_map_update_elem(fd, &key, &in, BPF_NOEXIST);
	lookup = bpf_map_lookup_elem(fd, &key, &out);
	delete = bpf_map_delete_elem(fd, &key);
	missing = bpf_map_lookup_elem(fd, &key, &out);
	wrong = bpf_map_lookup_elem(fd, &zero, &out);
	printf("%s: %d %d %llu %d %d %d\n", name, update, lookup, out, delete, missing, wrong);
	close(key);
}

/* what program talk() printed: each byte once; and there are but two streams */
static void use_streams(struct bpf_object *obj)
{
	int fd = bpf_program__fd(bpf_object__find_program_by_name(obj, "talk"));
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int out, rest, err, none, third;
	char text[3][64] = { 0 };

	bpf_prog_test_run_opts(fd, &run);
	out = bpf_prog_stream_read(fd, 1, text[0], 7, NULL);
	rest = bpf_prog_stream_read(fd, 1, text[1], sizeof(text[1]), NULL);
	err = bpf_prog_stream_read(fd, 2, text[2], sizeof(text[2]), NULL);
	none = bpf_prog_stream_read(fd, 2, text[2], sizeof(text[2]), NULL);
	third = bpf_prog_stream_read(fd, 3, text[2], sizeof(text[2]), NULL);
	printf("streams: talk %d, %d '%s', %d '%s', %d '%s', %d %d\n", (int)run.retval, out,
	       text[0], rest, text[1], err, text[2], none, third);
}

/*
 * The second scheduler's set-up is its own affair, if the kernel knows whose program it is:
 * associated with a scheduler that is not there, it acts on none.
 */
static int use_second(const char *first_path, const char *path)
{
	struct bpf_object *first, *obj = bpf_object__open_file(path, NULL);
	struct bpf_link *link = enable(first_path, &first), *other;
	LIBBPF_OPTS(bpf_test_run_opts, run);
	struct bpf_program *prog;
	struct bpf_map *ops;
	int assoc, err;

	if (!link || !obj || bpf_object__load(obj))
		return 1;
	prog = bpf_object__find_program_by_name(obj, "set_up");
	ops = bpf_object__find_map_by_name(obj, "second_ops");
	assoc = bpf_program__assoc_struct_ops(prog, ops, NULL);
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &run);
	usleep(50000);
	printf("second: assoc %d, ran %d\n", assoc, err);
	show_file("/sys/kernel/sched_ext/state");
	other = bpf_map__attach_struct_ops(ops);
	printf("second: %s\n", other ? "enabled" : strerror(errno));
	return 0;
}

/* As bpftool does it: the scheduler stays when its loader has gone. */
static int pin_and_leave(const char *path)
{
	struct bpf_object *obj;
	struct bpf_link *link = enable(path, &obj);
	struct statfs fs = { 0 };
	int err = link ? statfs("/sys/fs/bpf", &fs) : -1;

	printf("bpffs: %d %d\n", err, fs.f_type == BPF_FS_MAGIC);
	err = link ? bpf_link__pin(link, "/sys/fs/bpf/kit") : -1;
	printf("pinned: %d\n", err);
	return 0;
}

#ifdef __x86_64__
static long raw_getpid(void)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "0"((long)SYS_getpid) : "rcx", "r11", "memory");
	return ret;
}

static volatile sig_atomic_t nr_sigsys;

static void on_sigsys(int sig)
{
	nr_sigsys++;
}

/* Signals that the machine itself lives by: the loader's wishes and its own both hold. */
static int use_sigsys(int blocks)
{
	struct sigaction old;
	sigset_t all, now;

	signal(SIGSYS, on_sigsys);
	sigfillset(&all);
	if (blocks)
		sigprocmask(SIG_BLOCK, &all, NULL);
	printf("sigsys: %d", raw_getpid() == getpid());
	sigprocmask(SIG_SETMASK, NULL, &now);
	sigaction(SIGSYS, NULL, &old);
	raise(SIGSYS);
	printf(", blocked %d, handler %d, came %d\n", sigismember(&now, SIGSYS),
	       old.sa_handler == on_sigsys, (int)nr_sigsys);
	return 0;
}
#else
static int use_sigsys(int blocks)
{
	return 0;
}
#endif

/* ---- schedulers below schedulers ---- */

/* each file below @path, with its lines */
static void show_tree(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char below[512], line[256];
		FILE *f;

		snprintf(below, sizeof(below), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] == '.')
			continue;
		if (names[i]->d_type == DT_DIR) {
			show_tree(below);
			continue;
		}
		f = fopen(below, "r");
		while (f && fgets(line, sizeof(line), f))
			printf("%s: %s", strstr(below, "sched_ext"), line);
		if (f)
			fclose(f);
	}
}

static unsigned int member_at(const struct btf *btf, const char *type, const char *member)
{
	const struct btf_type *t = btf__type_by_id(
		btf, (unsigned int)btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT));

	for (unsigned int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member))
			return btf_member_bit_offset(t, i) / 8;
	return 0;
}

/* before the load */
static void place(struct bpf_object *obj, const char *table, const char *cgroup)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, table);
	unsigned int at = member_at(bpf_object__btf(obj), "sched_ext_ops_cid", "sub_cgroup_id");
	struct stat st = { 0 };
	size_t size;

	if (stat(cgroup, &st))
		printf("%s: %s\n", cgroup, strerror(errno));
	memcpy((char *)bpf_map__initial_value(map, &size) + at, &st.st_ino, 8);
}

/* What sysfs says of two, and when the child has gone. */
static int use_tree(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_link *top, *mid;

	if (!obj)
		return 1;
	place(obj, "mid", "/sys/fs/cgroup/a");
	if (bpf_object__load(obj))
		return 1;
	top = bpf_map__attach_struct_ops(bpf_object__find_map_by_name(obj, "top"));
	mid = bpf_map__attach_struct_ops(bpf_object__find_map_by_name(obj, "mid"));
	if (!top || !mid) {
		printf("not attached: %s\n", strerror(errno));
		return 1;
	}
	show_tree("/sys/kernel/sched_ext");
	bpf_link__destroy(mid);
	printf("sub: %d\n", access("/sys/kernel/sched_ext/root/sub/sub-2/ops", R_OK));
	bpf_link__destroy(top);
	printf("root: %d\n", access("/sys/kernel/sched_ext/root", R_OK));
	bpf_object__close(obj);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct bpf_link *link;
	int rounds = 0, deaf = argc > 2 && !strcmp(argv[2], "deaf");

	signal(SIGINT, deaf ? SIG_IGN : on_signal);
	libbpf_set_print(say_nothing);
	if (argc > 2 && !strcmp(argv[2], "pin"))
		return pin_and_leave(argv[1]);
	if (argc > 2 && !strcmp(argv[2], "tree"))
		return use_tree(argv[1]);
	if (argc > 3 && !strcmp(argv[2], "second"))
		return use_second(argv[1], argv[3]);
	if (argc > 2 && (!strcmp(argv[2], "blocks") || !strcmp(argv[2], "handles")))
		return use_sigsys(!strcmp(argv[2], "blocks"));
	show_machine();
	use_clocks();
	use_timers();
	use_threads();
	use_cancel();
	use_library();
	use_sockets();
	use_pins();
	use_folders();
	use_futexes();
	use_raw_calls();
	if (argc > 2 && !strcmp(argv[2], "more")) {
		use_hotplug();
		use_child();
		use_filter();
		return 0;
	}
	if (argc > 3)
		return atoi(argv[3]);
	if (argc > 2 && !deaf)
		abort();
	link = enable(argv[1], &obj);
	if (!link) {
		printf("not enabled: %s\n", strerror(errno));
		return 1;
	}
	show_file("/sys/kernel/sched_ext/state");
	show_file("/sys/kernel/sched_ext/root/ops");
	use_storage(obj, "by_task", (int)syscall(SYS_pidfd_open, getpid(), 0));
	use_storage(obj, "by_cgroup", open("/sys/fs/cgroup", O_RDONLY));
	use_streams(obj);
	while (!stop) {
		rounds += !usleep(100000);
	}
	printf("stopped after %d rounds\n", rounds);
	bpf_link__destroy(link);
	show_file("/sys/kernel/sched_ext/state");
	bpf_object__close(obj);
	return 0;
}
