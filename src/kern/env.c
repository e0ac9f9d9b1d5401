// SPDX-License-Identifier: GPL-2.0-only
/*
 * env.c - what the BPF side asks of the machine (bpf/env.h), answered.
 */
#include "kern/env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/region.h"
#include "base/shortage.h"
#include "bpf/env.h"
#include "bpf/prog.h"
#include "bpf/timer.h"
#include "kern/cgroup.h"
#include "kern/ext/ext.h"
#include "kern/ext/struct_ops.h"
#include "kern/hooks.h"
#include "kern/iter.h"
#include "kern/ksyms.h"
#include "kern/perf_event.h"
#include "kern/points.h"
#include "kern/sched.h"
#include "kern/task_work.h"
#include "kern/topology.h"

static u64 env_ktime_ns(void)
{
	return now_ns();
}

static u32 env_cpu(void)
{
	return (u32)max(smp_processor_id(), 0);
}

static const struct task_struct *env_task(void)
{
	return smp_processor_id() < 0 ? machine->init_task : current;
}

static u64 env_current(void)
{
	return P64(env_task());
}

static u32 env_current_pid(void)
{
	return (u32)env_task()->pid;
}

static u32 env_current_tgid(void)
{
	return (u32)env_task()->tgid;
}

static const char *env_current_comm(void)
{
	return env_task()->comm;
}

static u64 env_current_cgroup_id(void)
{
	return cgroup_id(task_dfl_cgroup(env_task()));
}

static u32 env_numa_node(void)
{
	return (u32)machine->topo[env_cpu()].node;
}

/* ns = insns * cost / 100; the remainder is carried so that nothing is lost */
static void env_charge(u32 insns)
{
	struct rq_model *c;
	u32 cost;

	if (!machine->engine->running) /* the host's main fiber */
		return;
	c = this_cpu();
	cost = c->insn_rest + insns * machine->cost.insn_x100_ns;
	c->insn_rest = cost % 100;
	cpu_charge(cost / 100);
}

static void env_charge_bytes(u64 bytes)
{
	if (smp_processor_id() >= 0)
		cpu_charge(bytes * machine->cost.byte_x100_ns / 100);
}

static u64 env_point(u32 kind, u64 addr, bool write)
{
	return point_reached((enum point_kind)kind, addr, write);
}

static void env_hold(u64 ns)
{
	cpu_charge(ns);
}

static u32 env_prandom_u32(void)
{
	return (u32)prng_u64(&machine->bpf_prng);
}

static void env_printk(const char *line)
{
	if (machine->console)
		machine->console(line);
}

static void env_fault(const struct bpf_fault *f)
{
	if (machine->guest_fault[0])
		return;
	snprintf(machine->guest_fault, sizeof(machine->guest_fault),
		 "program '%s', instruction %u%s%s: %s (CPU %u, %llu ns)", prog_name(f->prog),
		 f->insn, f->where[0] ? ", " : "", f->where, f->what, env_cpu(), now_ns());
	machine_stop(machine);
}

/* ---- timers and work ---- */

struct env_timer {
	struct hrtimer timer;
	struct delayed_work work;
	struct irq_work start; /* queues @work */
	struct task_work task_work;
	struct vm_timer *vt;
};

static void env_timer_fires(struct hrtimer *t)
{
	vm_timer_fire(container_of(t, struct env_timer, timer)->vt);
}

static void env_work_runs(struct delayed_work *w)
{
	vm_work_fire(container_of(w, struct env_timer, work)->vt);
}

static void env_work_starts(struct irq_work *w)
{
	queue_delayed_work(&container_of(w, struct env_timer, start)->work, 0);
}

static void env_task_work_runs(struct task_work *w, bool run)
{
	vm_task_work_fire(container_of(w, struct env_timer, task_work)->vt, run);
}

static struct env_timer *env_timer_of(struct vm_timer *vt)
{
	struct env_timer *t = vt->host;

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	shortage_on(!t, "out of memory");
	t->vt = vt;
	hrtimer_init(&t->timer, true, env_timer_fires);
	delayed_work_init(&t->work, env_work_runs);
	init_irq_work(&t->start, env_work_starts);
	t->task_work.fn = env_task_work_runs;
	vt->host = t;
	return t;
}

static int env_timer_start(struct vm_timer *vt, u64 expires_ns, bool pinned)
{
	hrtimer_start(&env_timer_of(vt)->timer, expires_ns, (s32)env_cpu());
	return 0;
}

static bool env_timer_cancel(struct vm_timer *vt)
{
	return vt->host && hrtimer_cancel(&env_timer_of(vt)->timer);
}

/* helpers.c:defer_timer_wq_op(): not where the caller's locks may be the queue's */
static bool env_ops_deferred(void)
{
	return K->b.async_ops_deferred && smp_processor_id() >= 0 &&
	       (in_hardirq() || host_of(this_rq())->m->irqs_off);
}

static int env_work_queue(struct vm_timer *vt)
{
	struct env_timer *t = env_timer_of(vt);

	if (env_ops_deferred())
		irq_work_queue(&t->start);
	else
		queue_delayed_work(&t->work, 0);
	return 0;
}

static void env_task_work(struct vm_timer *vt, u64 task, bool signal)
{
	task_work_queue(&env_timer_of(vt)->task_work, (struct task_struct *)(uintptr_t)task,
			signal);
}

static void env_timer_free(struct vm_timer *vt)
{
	struct env_timer *t = vt->host;

	if (!t)
		return;
	hrtimer_cancel(&t->timer);
	cancel_delayed_work_sync(&t->work);
	free(t);
	vt->host = NULL;
}

/* ---- locks and sections ---- */

static void env_rcu_read_lock(void)
{
	current->rcu_read_lock_nesting++;
}

static void env_rcu_read_unlock(void)
{
	current->rcu_read_lock_nesting--;
}

struct guest_spin {
	const volatile u32 *word;
	u32 busy;
};

static bool guest_word_changed(void *arg)
{
	const struct guest_spin *s = arg;

	return *s->word != s->busy;
}

#define GUEST_SPIN_LIMIT_NS (250 * NSEC_PER_MSEC) /* resilient locks give up after that */

static int env_spin_wait(const volatile u32 *word, u32 busy, bool resilient)
{
	struct guest_spin s = { word, busy };

	if (spin_poll(guest_word_changed, &s, resilient ? GUEST_SPIN_LIMIT_NS : 0,
		      "a guest's lock"))
		return 0;
	return -ETIMEDOUT;
}

/* ---- stores to kernel objects ---- */

bool task_is_at(u64 addr)
{
	return !(addr % TASK_ALIGN) && region_contains(addr) && region_zone_of(addr) == ZONE_KOBJ &&
	       bit_test(machine->task_bits, (u32)((addr - REGION_BASE) / TASK_ALIGN));
}

static bool store_to(u64 addr, u32 size, size_t offset, u32 field_size)
{
	return size <= field_size && task_is_at(addr - offset);
}

/*
 * bpf_scx_btf_struct_access(): struct_ops programs may write three fields of a
 * task; cid-form ones only `disallow`.
 */
static bool env_store_ok(const struct prog *prog, u64 addr, u32 size)
{
	const char *type = prog_struct_ops_type(prog);
	bool cid;

	if (!type || !has_prefix(type, "sched_ext_ops"))
		return false;
	cid = !strcmp(type, "sched_ext_ops_cid");
	if (store_to(addr, size, offsetof(struct task_struct, scx.disallow), sizeof(bool)))
		return true;
	if (cid)
		return false;
	return store_to(addr, size, offsetof(struct task_struct, scx.slice), sizeof(u64)) ||
	       store_to(addr, size, offsetof(struct task_struct, scx.dsq_vtime), sizeof(u64));
}

/* ---- local storage ---- */

static u64 env_storage_owner(enum bpf_map_type type, u64 nr)
{
	return type == BPF_MAP_TYPE_TASK_STORAGE ? P64(find_task_by_pid((s32)nr)) :
						   P64(cgroup_by_id(nr));
}

static bool env_read_user(void *dst, u64 src, u32 size)
{
	return machine->read_user && machine->read_user(dst, src, size);
}

static const struct bpf_env answers = {
	.ktime_ns = env_ktime_ns,
	.cpu = env_cpu,
	.current_addr = env_current,
	.current_pid = env_current_pid,
	.current_tgid = env_current_tgid,
	.current_comm = env_current_comm,
	.current_cgroup_id = env_current_cgroup_id,
	.numa_node = env_numa_node,
	.jiffies = jiffies_now,
	.charge = env_charge,
	.charge_bytes = env_charge_bytes,
	.point = env_point,
	.hold = env_hold,
	.prandom_u32 = env_prandom_u32,
	.printk = env_printk,
	.fault = env_fault,
	.timer_start = env_timer_start,
	.timer_cancel = env_timer_cancel,
	.timer_free = env_timer_free,
	.work_queue = env_work_queue,
	.task_work = env_task_work,
	.preempt_disable = preempt_disable,
	.preempt_enable = preempt_enable,
	.rcu_read_lock = env_rcu_read_lock,
	.rcu_read_unlock = env_rcu_read_unlock,
	.irq_save = local_irq_save,
	.irq_restore = local_irq_restore,
	.migrate_disable = migrate_disable,
	.migrate_enable = migrate_enable,
	.spin_wait = env_spin_wait,
	.store_ok = env_store_ok,
	.read_user = env_read_user,
	.cgroup_ancestor_id = cgroup_ancestor_id,
	.timer_ops_deferred = env_ops_deferred,
	.ksym_var = ksym_var,
	.percpu_addr = ksym_percpu,
	.symbol = hook_symbol,
	.seq_write = iter_seq_write,
	.perf_read = perf_event_read,
	.storage_owner = env_storage_owner,
	.target_sleepable = hook_target_sleepable,
	.target_modifiable = hook_target_modifiable,
	.func_ip = hook_func_ip,
	.attach_cookie = hook_attach_cookie,
	.struct_ops_member = scx_struct_ops_member,
	.struct_ops_nullable = scx_struct_ops_nullable,
	.struct_ops_create = scx_struct_ops_create,
	.struct_ops_destroy = scx_struct_ops_destroy,
	.struct_ops_reg = scx_struct_ops_reg,
	.struct_ops_unreg = scx_struct_ops_unreg,
};

void env_install(struct machine *m)
{
	m->env = answers;
	m->env.nr_cpus = m->nr_cpu_ids;
	m->env.types = m->types;
	m->env.interpret = m->config.interpret;
	env_set(&m->env);
}
