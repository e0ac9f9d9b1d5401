// SPDX-License-Identifier: GPL-2.0-only
/*
 * syscalls.c - the system calls that workloads make. Each enters through
 * sys_enter and the function __x64_sys_NAME, asks the security hooks, and leaves
 * through sys_exit; on the way back to user mode what is due happens (preemption,
 * a fatal signal).
 */
#include "kern/preempt.h"
#include "kern/sched.h"

#include <errno.h>

#include "abi/trace.h"
#include "base/region.h"
#include "base/shortage.h"
#include "bpf/prog.h"
#include "kern/ext/ext.h"
#include "kern/mm.h"
#include "kern/pipe.h"
#include "kern/sleep.h"

/* numbers of x86-64 */
enum {
	NR_read = 0,
	NR_write = 1,
	NR_sched_yield = 24,
	NR_nanosleep = 35,
	NR_clone = 56,
	NR_execve = 59,
	NR_exit = 60,
	NR_kill = 62,
	NR_getpgid = 121,
	NR_setpriority = 141,
	NR_sched_setscheduler = 144,
	NR_futex = 202,
	NR_sched_setaffinity = 203,
	NR_clock_nanosleep = 230,
	NR_sched_setattr = 314,
	NR_bpf = 321,
};

struct syscall_frame {
	struct pt_regs *regs; /* KOBJ zone: tracing programs read it */
	long nr;
};

/* A task is in one system call at a time; its registers stay at one place. */
static void syscall_enter_paid(struct syscall_frame *f, long nr, u64 a0, u64 a1, u64 a2)
{
	struct task_model *m = host_of(current)->m;

	if (!m->regs)
		m->regs = region_alloc(ZONE_KOBJ, sizeof(*m->regs), 0);
	*m->regs = (struct pt_regs){ .orig_ax = nr, .ax = -ENOSYS, .di = a0, .si = a1, .dx = a2 };
	f->regs = m->regs;
	f->nr = nr;
	TP(sys_enter, P64(f->regs), nr);
}

static void syscall_enter(struct syscall_frame *f, long nr, u64 a0, u64 a1, u64 a2)
{
	cpu_charge(machine->cost.syscall_ns);
	syscall_enter_paid(f, nr, a0, a1, a2);
}

static void syscall_result(struct syscall_frame *f, long ret)
{
	f->regs->ax = ret;
	TP(sys_exit, P64(f->regs), ret);
}

static long syscall_leave(struct syscall_frame *f, long ret)
{
	syscall_result(f, ret);
	user_run(0); /* exit to user mode: what is due happens here */
	return ret;
}

#define SYSCALL(name, a0, a1, a2, body)                           \
	({                                                        \
		struct syscall_frame _f;                          \
		long _ret;                                        \
		syscall_enter(&_f, NR_##name, a0, a1, a2);        \
		FN_ENTER(__x64_sys_##name, P64(_f.regs));         \
		_ret = FN_MODIFY(__x64_sys_##name, P64(_f.regs)); \
		if (!_ret)                                        \
			_ret = (body);                            \
		FN_EXIT(__x64_sys_##name, _ret, P64(_f.regs));    \
		(int)syscall_leave(&_f, _ret);                    \
	})

static struct task_struct *task_arg(pid_t pid)
{
	return pid ? find_task_by_pid(pid) : current;
}

void sys_compute(u64 ns, u64 offer_ns, void (*offer)(void))
{
	cpu_charge(machine->cost.syscall_ns);
	while (ns && !host_of(current)->m->killed) {
		u64 part = offer_ns ? min(ns, offer_ns) : ns;

		kernel_run(part);
		ns -= part;
		if (offer_ns)
			offer();
	}
	user_run(0);
}

/* ---- time and yielding ---- */

static long do_nanosleep(u64 expires_ns)
{
	nanosleep_until(expires_ns);
	return host_of(current)->m->killed ? -EINTR : 0;
}

int sys_nanosleep(u64 ns)
{
	return SYSCALL(nanosleep, ns, 0, 0, do_nanosleep(now_ns() + ns));
}

int sys_clock_nanosleep_until(u64 abs_ns)
{
	return SYSCALL(clock_nanosleep, 1, 1, abs_ns, abs_ns > now_ns() ? do_nanosleep(abs_ns) : 0);
}

static long do_read(u64 ns)
{
	io_schedule_until(now_ns() + ns);
	return 0;
}

int sys_read_slowly(u64 ns)
{
	return SYSCALL(read, 0, 0, 0, do_read(ns));
}

int sys_pipe_read(struct pipe *pi)
{
	return SYSCALL(read, 0, 0, 1, pipe_read(pi));
}

int sys_pipe_write(struct pipe *pi)
{
	return SYSCALL(write, 1, 0, 1, pipe_write(pi));
}

static long do_sched_yield(void)
{
	struct rq *rq;

	local_irq_disable();
	rq = this_rq();
	raw_spin_rq_lock(rq);
	if (class_of(rq->curr)->yield_task)
		class_of(rq->curr)->yield_task(rq);
	preempt_disable();
	raw_spin_rq_unlock_irq(rq);
	preempt_enable_no_resched();
	schedule();
	return 0;
}

int sys_sched_yield(void)
{
	return SYSCALL(sched_yield, 0, 0, 0, do_sched_yield());
}

/* ---- attributes ---- */

int task_set_cpus(struct task_struct *p, const struct cpumask *mask)
{
	int err = p->flags & PF_NO_SETAFFINITY ? -EINVAL : dl_task_check_affinity(p, mask);

	return err ? err : set_cpus_allowed_ptr(p, mask);
}

/* core.c:set_load_weight(): the class that p is in until now is told, whatever p becomes */
static void set_load_weight(struct rq *rq, struct task_struct *p)
{
	if (class_of(p)->reweight_task)
		class_of(p)->reweight_task(rq, p, task_load_weight(p));
}

/* Equal priority is no move: an RT task keeps its place then. */
static u64 scheduler_change_flags(const struct task_struct *p, enum sched_class_id id,
				  unsigned int policy, unsigned int rt_priority)
{
	u64 flags = DEQUEUE_SAVE | DEQUEUE_NOCLOCK;

	if (id != class_id(p))
		flags |= K->b.enqueue_class;
	if (policy == SCHED_DEADLINE || task_policy_prio(p, policy, rt_priority) != p->prio)
		flags |= DEQUEUE_MOVE;
	return flags;
}

static void apply_params(struct rq *rq, struct task_struct *p, const struct sched_params *a)
{
	enum sched_class_id id = policy_class(p, a->policy);
	struct sched_change ctx;

	update_rq_clock(rq);
	sched_change_begin(&ctx, p, scheduler_change_flags(p, id, a->policy, a->rt_priority));
	task_set_prio(p, a->policy, task_nice(p), a->rt_priority);
	if (a->policy == SCHED_DEADLINE)
		dl_set_params(p, a);
	set_load_weight(rq, p);
	set_task_class(p, id);
	/* less urgent than before: it goes first among its new equals */
	if (ctx.queued && ctx.old_prio < p->prio)
		ctx.flags |= K->b.enqueue_head;
	sched_change_end(&ctx);
	balance_callbacks(rq);
}

void sched_setscheduler_nocheck(struct task_struct *p, unsigned int policy, unsigned int rt_prio)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	apply_params(rq, p, &(struct sched_params){ .policy = policy, .rt_priority = rt_prio });
	task_rq_unlock(rq, p, flags);
}

static bool params_valid(const struct sched_params *a)
{
	switch (a->policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return a->rt_priority >= 1 && a->rt_priority <= 99;
	case SCHED_DEADLINE:
		return !a->rt_priority && dl_params_valid(a);
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_EXT:
		return !a->rt_priority;
	default:
		return false;
	}
}

static bool params_changed(const struct task_struct *p, const struct sched_params *a)
{
	return a->policy != p->policy || a->rt_priority != p->rt_priority ||
	       (a->policy == SCHED_DEADLINE && dl_params_changed(p, a));
}

/* @p's locks held */
static int set_params_locked(struct rq *rq, struct task_struct *p, const struct sched_params *a)
{
	int err = p == rq->stop ? -EINVAL : scx_check_setscheduler(p, a->policy);

	if (!err && params_changed(p, a)) {
		err = dl_admit(p, a);
		if (!err)
			apply_params(rq, p, a);
	}
	if (!err)
		p->sched_reset_on_fork = a->reset_on_fork;
	return err;
}

int task_set_params(struct task_struct *p, const struct sched_params *a)
{
	unsigned long flags;
	struct rq *rq;
	int err;

	if (!params_valid(a))
		return -EINVAL;
	err = (int)LSM(task_setscheduler, P64(p));
	if (err)
		return err;
	rq = task_rq_lock(p, &flags);
	err = set_params_locked(rq, p, a);
	task_rq_unlock(rq, p, flags);
	return err;
}

int task_set_scheduler(struct task_struct *p, unsigned int policy, unsigned int rt_priority)
{
	const struct sched_params a = { .policy = policy, .rt_priority = rt_priority };

	return task_set_params(p, &a);
}

static void apply_nice(struct rq *rq, struct task_struct *p, int nice)
{
	struct sched_change ctx;
	bool urgent = class_id(p) >= CLASS_RT && class_id(p) <= CLASS_DL;

	update_rq_clock(rq);
	if (urgent) {
		p->static_prio = NICE_TO_PRIO(nice);
		return;
	}
	sched_change_begin(&ctx, p, DEQUEUE_SAVE | DEQUEUE_NOCLOCK);
	p->static_prio = NICE_TO_PRIO(nice);
	set_load_weight(rq, p);
	p->prio = p->normal_prio = p->static_prio;
	sched_change_end(&ctx);
}

int task_set_nice(struct task_struct *p, int nice)
{
	unsigned long flags;
	struct rq *rq;
	int err;

	nice = max(-20, min(19, nice));
	err = (int)LSM(task_setnice, P64(p), (u64)(s64)nice);
	if (err)
		return err;
	if (task_nice(p) == nice)
		return 0;
	rq = task_rq_lock(p, &flags);
	apply_nice(rq, p, nice);
	task_rq_unlock(rq, p, flags);
	return 0;
}

int task_kill(struct task_struct *p)
{
	int err = (int)LSM(task_kill, P64(p), 0, 9, 0);

	if (err)
		return err;
	if (p->flags & PF_KTHREAD)
		return -EPERM;
	host_of(p)->m->killed = true;
	if (!try_to_wake_up(p, TASK_INTERRUPTIBLE | TASK_WAKEKILL, 0) && p->on_cpu)
		irq_raise(task_cpu(p),
			  IRQ_RESCHEDULE); /* signal_wake_up(): kick it out of user mode */
	return 0;
}

#define WITH_TASK(pid, p, call)                        \
	({                                             \
		struct task_struct *p = task_arg(pid); \
		p ? (call) : -ESRCH;                   \
	})

int sys_sched_setaffinity(pid_t pid, const struct cpumask *mask)
{
	return SYSCALL(sched_setaffinity, pid, sizeof(*mask), 0,
		       WITH_TASK(pid, p, task_set_cpus(p, mask)));
}

int sys_sched_setscheduler(pid_t pid, unsigned int policy, unsigned int rt_priority)
{
	return SYSCALL(sched_setscheduler, pid, policy, 0,
		       WITH_TASK(pid, p, task_set_scheduler(p, policy, rt_priority)));
}

int sys_sched_setattr(pid_t pid, const struct sched_params *params)
{
	return SYSCALL(sched_setattr, pid, 0, 0, WITH_TASK(pid, p, task_set_params(p, params)));
}

int sys_setpriority(pid_t pid, int nice)
{
	return SYSCALL(setpriority, 0, pid, nice, WITH_TASK(pid, p, task_set_nice(p, nice)));
}

/* ---- processes ---- */

/* A session has an autogroup, as far as the kernel has them: schedulers see its threads move. */
void sys_setsid(void)
{
	cpu_charge(machine->cost.syscall_ns);
	autogroup_move_process(current->group_leader);
	user_run(0);
}

static long do_getpgid(struct task_struct *p)
{
	long ret = LSM(task_getpgid, P64(p));

	return ret ? ret : p->group_leader->pid;
}

int sys_getpgid(pid_t pid)
{
	return SYSCALL(getpgid, pid, 0, 0, WITH_TASK(pid, p, (int)do_getpgid(p)));
}

int sys_kill(pid_t pid, int sig)
{
	return SYSCALL(kill, pid, sig, 0, sig == 9 ? WITH_TASK(pid, p, task_kill(p)) : -EINVAL);
}

/* __set_task_comm(): who traces it reads the old name in the task, the new one beside it */
static void set_task_comm(struct task_struct *p, const char *comm)
{
	char *name = region_alloc(ZONE_KOBJ, TASK_COMM_LEN, 0);

	shortage_on(!name, "out of guest memory for a name");
	memcpy(name, comm, min(strlen(comm), (size_t)TASK_COMM_LEN - 1));
	TP(task_rename, P64(p), P64(name));
	memcpy(p->comm, name, TASK_COMM_LEN);
	region_free(ZONE_KOBJ, name, TASK_COMM_LEN);
}

static long do_execve(const char *comm)
{
	struct task_struct *p = current;
	int err = (int)LSM(bprm_check_security, 0);

	if (err)
		return err;
	mm_exec();
	set_task_comm(p, comm);
	TP(sched_process_exec, P64(p), p->pid, P64(NULL));
	return 0;
}

int sys_exec(const char *comm)
{
	return SYSCALL(execve, 0, 0, 0, do_execve(comm));
}

/* What the kernel is asked to share: all of it for a thread; of a process, who hears of its end. */
static u64 clone_flags(const struct task_attr *attr)
{
	const u64 thread = 0x00010f00; /* CLONE_VM, _FS, _FILES, _SIGHAND and CLONE_THREAD */

	return attr->new_process ? 17 /* SIGCHLD */ : thread;
}

/*
 * The way in is part of a fork's price, and the way out is that of the caller's next step. The
 * new task may have come and gone by then.
 */
struct task_struct *sys_clone(const struct task_attr *attr, task_body body, void *arg, int *err)
{
	struct task_attr with_pid = *attr;
	struct task_struct *p = NULL;
	struct syscall_frame f;
	pid_t pid;
	int ret;

	if (!attr->pid)
		with_pid.pid = &pid;
	syscall_enter_paid(&f, NR_clone, clone_flags(attr), 0, 0);
	FN_ENTER(__x64_sys_clone, P64(f.regs));
	ret = FN_MODIFY(__x64_sys_clone, P64(f.regs));
	if (!ret)
		p = task_clone(&with_pid, body, arg, &ret);
	if (!p && err)
		*err = ret;
	ret = p ? *with_pid.pid : ret;
	FN_EXIT(__x64_sys_clone, ret, P64(f.regs));
	syscall_result(&f, ret);
	return p;
}

void __noreturn sys_exit(int code)
{
	struct syscall_frame f;

	syscall_enter(&f, NR_exit, (u64)code, 0, 0);
	FN_ENTER(__x64_sys_exit, P64(f.regs));
	do_exit(code);
}

/* ---- bpf(2) ---- */

/* bpf_prog_test_run_syscall(): the program stays on its CPU, and may sleep */
static long do_test_run(struct prog *prog, void *ctx, u32 size, u32 *retval)
{
	migrate_disable();
	*retval = (u32)prog_run_ctx(prog, ctx, size, true);
	migrate_enable();
	return 0;
}

int sys_bpf_test_run(struct prog *prog, void *ctx, u32 size, u32 *retval)
{
	return SYSCALL(bpf, 10, 0, 0, do_test_run(prog, ctx, size, retval));
}

/* ---- futexes ---- */

int sys_futex_wait(struct futex *f, u32 val, u64 timeout_ns)
{
	return SYSCALL(futex, 0, 128, val, futex_wait(f, val, timeout_ns));
}

int sys_futex_wake(struct futex *f, int nr)
{
	return SYSCALL(futex, 0, 129, nr, futex_wake(f, nr));
}
