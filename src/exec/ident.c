// SPDX-License-Identifier: GPL-2.0-only
/*
 * ident.c - who and where a task is, how it is scheduled, how many CPUs there are:
 * the machine's answers. The loader is root there, and its memory is always locked.
 */
#undef _FILE_OFFSET_BITS /* both setrlimit() and setrlimit64() are defined here */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "base/prng.h"
#include "exec/child.h"
#include "exec/filter.h"
#include "exec/ident.h"
#include "exec/pid.h"
#include "exec/process.h"
#include "exec/signal.h"
#include "exec/thread.h"
#include "kern/sched.h"
#include "kern/topology.h"
#include "sys/door.h"
#include "sys/pidfd.h"
#include "sys/host.h"

/* @call in the kernel, its value after leaving it */
#define KERNEL(call)                \
	({                          \
		long _ret = (call); \
		process_leave();    \
		to_errno(_ret);     \
	})

/* ---- numbers ---- */

KS_PUBLIC pid_t getpid(void)
{
	return process_user ? current->tgid : HOST(getpid)();
}

KS_PUBLIC pid_t gettid(void)
{
	return process_user ? current->pid : HOST(gettid)();
}

KS_PUBLIC pid_t getppid(void)
{
	return process_user ? machine->init_task->pid : HOST(getppid)();
}

KS_PUBLIC int pidfd_open(pid_t pid, unsigned int flags)
{
	if (!process_enter())
		return HOST(pidfd_open)(pid, flags);
	return (int)KERNEL(pidfd_open_task(pid, flags));
}

#define DEFINE_ROOT(name, type)                         \
	KS_PUBLIC type name(void)                       \
	{                                               \
		return process_user ? 0 : HOST(name)(); \
	}

DEFINE_ROOT(getuid, uid_t)
DEFINE_ROOT(geteuid, uid_t)
DEFINE_ROOT(getgid, gid_t)
DEFINE_ROOT(getegid, gid_t)

static int nr_online(void)
{
	s32 cpu;
	int n = 0;

	for_each_online_cpu(cpu)
		n++;
	return n;
}

KS_PUBLIC long sysconf(int name)
{
	if (process_user && name == _SC_NPROCESSORS_CONF)
		return machine->nr_cpu_ids;
	if (process_user && name == _SC_NPROCESSORS_ONLN)
		return nr_online();
	return HOST(sysconf)(name);
}

KS_PUBLIC int get_nprocs(void)
{
	return process_user ? nr_online() : HOST(get_nprocs)();
}

KS_PUBLIC int get_nprocs_conf(void)
{
	return process_user ? (int)machine->nr_cpu_ids : HOST(get_nprocs_conf)();
}

KS_PUBLIC int sched_getcpu(void)
{
	return process_user ? smp_processor_id() : HOST(sched_getcpu)();
}

KS_PUBLIC int getcpu(unsigned int *cpu, unsigned int *node)
{
	if (!process_user)
		return HOST(getcpu)(cpu, node);
	if (cpu)
		*cpu = (unsigned int)smp_processor_id();
	if (node)
		*node = (unsigned int)cpu_to_node(smp_processor_id());
	return 0;
}

/* ---- affinity ---- */

static struct task_struct *task_of(pid_t pid)
{
	return pid ? find_task_by_pid(pid) : current;
}

/* as the kernel: the size in bytes that it filled */
static long get_affinity(pid_t pid, size_t size, void *mask)
{
	struct task_struct *p = task_of(pid);
	size_t bytes = (machine->nr_cpu_ids + 63) / 64 * 8;

	if (!p)
		return -ESRCH;
	if (size < bytes)
		return -EINVAL;
	memcpy(mask, p->cpus_ptr->bits, bytes);
	return (long)bytes;
}

static long set_affinity(pid_t pid, size_t size, const void *mask)
{
	struct cpumask m = { 0 };

	memcpy(m.bits, mask, min(size, sizeof(m.bits)));
	return sys_sched_setaffinity(pid, &m);
}

KS_PUBLIC int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	long ret;

	if (!process_enter())
		return HOST(sched_getaffinity)(pid, size, set);
	memset(set, 0, size);
	ret = KERNEL(get_affinity(pid, size, set));
	return ret < 0 ? -1 : 0;
}

KS_PUBLIC int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	if (!process_enter())
		return HOST(sched_setaffinity)(pid, size, set);
	return (int)KERNEL(set_affinity(pid, size, set));
}

/* ---- policies ---- */

static long get_policy(pid_t pid)
{
	struct task_struct *p = task_of(pid);

	return p ? (long)p->policy : -ESRCH;
}

/* struct sched_attr, of which the first version is enough */
struct attr {
	u32 size, policy;
	u64 flags;
	s32 nice;
	u32 priority;
	u64 runtime, deadline, period;
};

/* SCHED_FLAG_* that mean something here; the others are refused, as a kernel does what it does not know */
#define ATTR_RESET_ON_FORK 0x01
#define ATTR_KEEP_POLICY 0x08
#define ATTR_KEEP_PARAMS 0x10
#define ATTR_KNOWN (ATTR_RESET_ON_FORK | ATTR_KEEP_POLICY | ATTR_KEEP_PARAMS)

static long set_attr_of(pid_t pid, const struct attr *a, const struct task_struct *p)
{
	bool keep = a->flags & ATTR_KEEP_PARAMS, dl = p->policy == SCHED_DEADLINE;
	struct sched_params params = {
		.policy = a->flags & ATTR_KEEP_POLICY ? p->policy : a->policy,
		.rt_priority = keep ? p->rt_priority : a->priority,
		.reset_on_fork = a->flags & ATTR_RESET_ON_FORK,
		.dl_runtime_ns = keep && dl ? p->dl.dl_runtime : a->runtime,
		.dl_deadline_ns = keep && dl ? p->dl.dl_deadline : a->deadline,
		.dl_period_ns = keep && dl ? p->dl.dl_period : a->period,
	};
	long err = sys_sched_setattr(pid, &params);
	bool nice = !rt_policy(params.policy) && params.policy != SCHED_DEADLINE && !keep;

	return err || !nice ? err : sys_setpriority(pid, a->nice);
}

static long set_attr(pid_t pid, const struct attr *a)
{
	const struct task_struct *p = task_of(pid);

	if (a->flags & ~(u64)ATTR_KNOWN)
		return -EINVAL;
	return p ? set_attr_of(pid, a, p) : -ESRCH;
}

static long get_attr(pid_t pid, struct attr *a, u32 size)
{
	struct task_struct *p = task_of(pid);

	if (!p)
		return -ESRCH;
	if (size < sizeof(*a))
		return -EINVAL;
	*a = (struct attr){ .size = sizeof(*a),
			    .policy = p->policy,
			    .flags = p->sched_reset_on_fork ? ATTR_RESET_ON_FORK : 0,
			    .nice = task_nice(p),
			    .priority = p->rt_priority };
	if (p->policy == SCHED_DEADLINE) {
		a->runtime = p->dl.dl_runtime;
		a->deadline = p->dl.dl_deadline;
		a->period = p->dl.dl_period;
	}
	return 0;
}

void ident_fork(struct task_attr *attr)
{
	bool reset = current->sched_reset_on_fork;
	bool urgent = rt_policy(current->policy) || current->policy == SCHED_DEADLINE;

	attr->policy = reset && urgent ? SCHED_NORMAL : current->policy;
	attr->rt_priority = reset ? 0 : current->rt_priority;
	attr->nice = reset && (urgent || task_nice(current) < 0) ? 0 : task_nice(current);
}

KS_PUBLIC int sched_yield(void)
{
	if (!process_enter())
		return HOST(sched_yield)();
	return (int)KERNEL(sys_sched_yield());
}

static long set_scheduler(pid_t pid, unsigned int policy, int priority)
{
	const struct sched_params params = {
		.policy = policy & ~(unsigned int)SCHED_RESET_ON_FORK,
		.rt_priority = (unsigned int)priority,
		.reset_on_fork = policy & SCHED_RESET_ON_FORK,
	};

	return params.reset_on_fork ? sys_sched_setattr(pid, &params) :
				      sys_sched_setscheduler(pid, policy, params.rt_priority);
}

KS_PUBLIC int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	if (!process_enter())
		return HOST(sched_setscheduler)(pid, policy, param);
	return (int)KERNEL(set_scheduler(pid, (unsigned int)policy, param->sched_priority));
}

KS_PUBLIC int sched_getscheduler(pid_t pid)
{
	if (!process_enter())
		return HOST(sched_getscheduler)(pid);
	return (int)KERNEL(get_policy(pid));
}

/* the host may not know SCHED_EXT */
KS_PUBLIC int sched_get_priority_max(int policy)
{
	return policy == SCHED_EXT ? 0 : HOST(sched_get_priority_max)(policy);
}

KS_PUBLIC int sched_get_priority_min(int policy)
{
	return policy == SCHED_EXT ? 0 : HOST(sched_get_priority_min)(policy);
}

KS_PUBLIC int setpriority(__priority_which_t which, id_t who, int nice)
{
	if (which != PRIO_PROCESS || !process_enter())
		return HOST(setpriority)(which, who, nice);
	return (int)KERNEL(sys_setpriority((pid_t)who, nice));
}

KS_PUBLIC int getpriority(__priority_which_t which, id_t who)
{
	struct task_struct *p;

	if (which != PRIO_PROCESS || !process_user)
		return HOST(getpriority)(which, who);
	p = task_of((pid_t)who);
	return p ? task_nice(p) : (int)to_errno(-ESRCH);
}

KS_PUBLIC int sched_getparam(pid_t pid, struct sched_param *param)
{
	struct task_struct *p;

	if (!process_user)
		return HOST(sched_getparam)(pid, param);
	p = task_of(pid);
	if (!p)
		return (int)to_errno(-ESRCH);
	param->sched_priority = (int)p->rt_priority;
	return 0;
}

static long set_priority(pid_t pid, int priority)
{
	struct task_struct *p = task_of(pid);

	return p ? sys_sched_setscheduler(pid, p->policy, (unsigned int)priority) : -ESRCH;
}

KS_PUBLIC int sched_setparam(pid_t pid, const struct sched_param *param)
{
	if (!process_enter())
		return HOST(sched_setparam)(pid, param);
	return (int)KERNEL(set_priority(pid, param->sched_priority));
}

/* ---- the same by a thread, whose errors are values ---- */

static pid_t pid_of(pthread_t id)
{
	const struct thread *t = thread_by_id(id);

	return t && !t->done ? t->task->pid : -1;
}

static int error_of(int ret)
{
	return ret < 0 ? errno : 0;
}

#define DEFINE_BY_THREAD(name, params, host_args, call)    \
	KS_PUBLIC int name params                          \
	{                                                  \
		pid_t pid = process_user ? pid_of(id) : 0; \
                                                           \
		if (!process_user)                         \
			return HOST(name) host_args;       \
		return pid < 0 ? ESRCH : error_of(call);   \
	}

DEFINE_BY_THREAD(pthread_getaffinity_np, (pthread_t id, size_t size, cpu_set_t *set),
		 (id, size, set), sched_getaffinity(pid, size, set))
DEFINE_BY_THREAD(pthread_setaffinity_np, (pthread_t id, size_t size, const cpu_set_t *set),
		 (id, size, set), sched_setaffinity(pid, size, set))
DEFINE_BY_THREAD(pthread_setschedparam, (pthread_t id, int policy, const struct sched_param *param),
		 (id, policy, param), sched_setscheduler(pid, policy, param))
DEFINE_BY_THREAD(pthread_getschedparam, (pthread_t id, int *policy, struct sched_param *param),
		 (id, policy, param),
		 ((*policy = sched_getscheduler(pid)) < 0 ? -1 : sched_getparam(pid, param)))
DEFINE_BY_THREAD(pthread_setschedprio, (pthread_t id, int priority), (id, priority),
		 sched_setparam(pid, &(struct sched_param){ .sched_priority = priority }))

/* ---- signals to oneself and to children are the host's, to others the machine's ---- */

KS_PUBLIC int kill(pid_t pid, int sig)
{
	if (!process_user || child_is(pid))
		return HOST(kill)(pid, sig);
	if (pid == current->tgid)
		return HOST(kill)(HOST(getpid)(), sig);
	if (!sig)
		return find_task_by_pid(pid) ? 0 : (int)to_errno(-ESRCH);
	process_enter();
	return (int)KERNEL(sys_kill(pid, sig));
}

/* To a thread: of the process, any will do (see docs/exec.md); of another, the machine's. */
static long kill_thread(pid_t tgid, pid_t tid, int sig)
{
	struct task_struct *p = find_task_by_pid(tid);

	if (!p || (tgid && p->tgid != tgid))
		return -ESRCH;
	if (p->tgid != current->tgid)
		return sig ? sys_kill(tid, sig) : 0;
	if (sig < 0 || sig > 64)
		return -EINVAL;
	if (signal_thread(host_of(p)->m->arg, sig))
		return 0;
	return HOST(kill)(HOST(getpid)(), sig) ? -errno : 0;
}

KS_PUBLIC int pthread_kill(pthread_t id, int sig)
{
	if (!process_user)
		return HOST(pthread_kill)(id, sig);
	if (!thread_by_id(id))
		return ESRCH;
	return HOST(kill)(HOST(getpid)(), sig) ? errno : 0;
}

KS_PUBLIC int tgkill(pid_t tgid, pid_t tid, int sig)
{
	if (!process_enter())
		return HOST(tgkill)(tgid, tid, sig);
	return (int)KERNEL(kill_thread(tgid, tid, sig));
}

/* ---- memory and limits ---- */

#define DEFINE_LOCK(name, params, args)                    \
	KS_PUBLIC int name params                          \
	{                                                  \
		return process_user ? 0 : HOST(name) args; \
	}

DEFINE_LOCK(mlockall, (int flags), (flags))
DEFINE_LOCK(munlockall, (void), ())
DEFINE_LOCK(mlock, (const void *addr, size_t len), (addr, len))
DEFINE_LOCK(munlock, (const void *addr, size_t len), (addr, len))

KS_PUBLIC int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
	return process_user && what == RLIMIT_MEMLOCK ? 0 : HOST(setrlimit)(what, limit);
}

KS_PUBLIC int setrlimit64(__rlimit_resource_t what, const struct rlimit64 *limit)
{
	return process_user && what == RLIMIT_MEMLOCK ? 0 : HOST(setrlimit64)(what, limit);
}

/* ---- random numbers: a stream of the seed ---- */

#define PRNG_STREAM_LOADER 0x10ade6ULL

void ident_random(void *buf, size_t len)
{
	u8 *p = buf;

	if (!exec_state.random.begun)
		prng_init(&exec_state.random.stream, machine->config.seed, PRNG_STREAM_LOADER);
	exec_state.random.begun = true;
	while (len--)
		*p++ = (u8)prng_u64(&exec_state.random.stream);
}

KS_PUBLIC ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	if (!process_user)
		return HOST(getrandom)(buf, len, flags);
	ident_random(buf, len);
	return (ssize_t)len;
}

KS_PUBLIC int getentropy(void *buf, size_t len)
{
	if (!process_user)
		return HOST(getentropy)(buf, len);
	ident_random(buf, len);
	return 0;
}

/* ---- the same by syscall() ---- */

bool ident_syscall(long nr, const long a[6], long *ret)
{
	switch (nr) {
	case __NR_getpid:
		*ret = current->tgid;
		return true;
	case __NR_gettid:
		*ret = current->pid;
		return true;
	case __NR_pidfd_open:
		*ret = pidfd_open_task((pid_t)a[0], (u32)a[1]);
		return true;
	case __NR_sched_yield:
		*ret = sys_sched_yield();
		return true;
	case __NR_sched_setscheduler:
		*ret = set_scheduler((pid_t)a[0], (unsigned int)a[1],
				     ((struct sched_param *)a[2])->sched_priority);
		return true;
	case __NR_sched_getscheduler:
		*ret = get_policy((pid_t)a[0]);
		return true;
	case __NR_sched_setparam:
		*ret = set_priority((pid_t)a[0],
				    ((const struct sched_param *)a[1])->sched_priority);
		return true;
	case __NR_sched_setattr:
		*ret = set_attr((pid_t)a[0], (const struct attr *)a[1]);
		return true;
	case __NR_sched_getattr:
		*ret = get_attr((pid_t)a[0], (struct attr *)a[1], (u32)a[2]);
		return true;
	case __NR_sched_setaffinity:
		*ret = set_affinity((pid_t)a[0], (size_t)a[1], (const void *)a[2]);
		return true;
	case __NR_sched_getaffinity:
		*ret = get_affinity((pid_t)a[0], (size_t)a[1], (void *)a[2]);
		return true;
	case __NR_tgkill:
		*ret = kill_thread((pid_t)a[0], (pid_t)a[1], (int)a[2]);
		return true;
	case __NR_tkill:
		*ret = kill_thread(0, (pid_t)a[0], (int)a[1]);
		return true;
	case __NR_futex:
		*ret = thread_futex(a);
		return true;
	case __NR_exit_group:
		process_exit((int)a[0]);
	case __NR_getrandom:
		ident_random((void *)a[0], (size_t)a[1]);
		*ret = a[1];
		return true;
	default:
		return pid_syscall(nr, a, ret) || filter_syscall(nr, a, ret);
	}
}
