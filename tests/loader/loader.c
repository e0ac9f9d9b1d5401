// SPDX-License-Identifier: GPL-2.0-only
/*
 * loader.c - a scheduler's own program, as people write them, knowing nothing of
 * Kickstand: it looks at the machine, uses clocks, timers and threads, enables a
 * scheduler, waits for SIGINT and says what it saw. tests/exec.sh runs it.
 *
 *	loader OBJECT [exit STATUS | abort | deaf]
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
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

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct bpf_link *link;
	int rounds = 0, deaf = argc > 2 && !strcmp(argv[2], "deaf");

	signal(SIGINT, deaf ? SIG_IGN : on_signal);
	libbpf_set_print(say_nothing);
	show_machine();
	use_clocks();
	use_timers();
	use_threads();
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
	while (!stop) {
		rounds += !usleep(100000);
	}
	printf("stopped after %d rounds\n", rounds);
	bpf_link__destroy(link);
	show_file("/sys/kernel/sched_ext/state");
	bpf_object__close(obj);
	return 0;
}
