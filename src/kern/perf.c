// SPDX-License-Identifier: GPL-2.0-only
/*
 * perf.c - perf events: when they are active, what they count, and the interrupts
 * in which they overflow.
 *
 * An event that is enabled is active on one CPU or on none:
 *
 *	of a CPU	on that CPU; cycles not while it idles
 *	of a task	where the task runs, from switch to switch
 *
 * Time counts from start() to stop(). The distance to the next overflow is kept
 * in what is counted (period_left), so that a task's event goes on where it
 * stopped. Facts: kernel/events/core.c (perf_swevent_hrtimer, perf_swevent_event,
 * bpf_overflow_handler), arch/x86/kernel/nmi.c.
 */
#include "kern/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>

#include "base/shortage.h"
#include "abi/trace.h"
#include "bpf/prog.h"
#include "kern/boot.h"
#include "kern/hooks.h"
#include "kern/sched.h"
#include "kern/stuck.h"
#include "kern/softirq.h"

#define CYCLES_PER_NS 3	    /* 3 GHz */
#define PERIOD_MIN_NS 10000 /* of clocks: perf_swevent_hrtimer() */
#define FREQ_MAX 100000	    /* kernel.perf_event_max_sample_rate */

/* addresses that handlers seem to have, for tracepoint nmi_handler */
#define NMI_PERF_HANDLER 0xffffffff81f00000ULL
#define NMI_BACKTRACE_HANDLER 0xffffffff81f00040ULL

enum perf_kind { PERF_NOTHING, PERF_CLOCK, PERF_CYCLES, PERF_SWITCHES, PERF_MIGRATIONS };

struct perf_counter {
	struct list_head node;
	struct perf_event_attr attr;
	enum perf_kind kind;
	s32 cpu;		  /* -1: wherever the task runs */
	struct task_struct *task; /* referenced; NULL: of a CPU */
	struct prog *prog;	  /* referenced; NULL without */
	u64 cookie;
	bool enabled;
	bool dead;		 /* destroyed in a walk of the list */
	s32 active_cpu;		 /* -1: not active */
	u64 period, last_period; /* 0: counts only */
	u64 period_left;	 /* to the next overflow when not active */
	u64 count, enabled_ns, running_ns;
	u64 enabled_at_ns, started_ns, overflow_at_ns;
	u64 freq_stamp_ns;
	struct hrtimer timer; /* PERF_CLOCK */
	struct event nmi;     /* PERF_CYCLES */
	bool nmi_due;
};

/* tasks that were moved and have not run since (task_struct.sched_migrated) */
struct migrated {
	struct list_head node;
	const struct task_struct *p;
};

struct perf {
	struct list_head counters; /* perf_counter.node */
	struct list_head migrated; /* migrated.node */
	u32 nr_watching;	   /* counters that need to see switches */
	u32 walks; /* of the list, with programs run on the way: nobody is freed meanwhile */
	struct cpumask backtrace_due;
};

void perf_init(void)
{
	struct perf *perf = calloc(1, sizeof(*perf));

	shortage_on(!perf, "out of memory");
	INIT_LIST_HEAD(&perf->counters);
	INIT_LIST_HEAD(&perf->migrated);
	machine->perf = perf;
}

/* ---- overflow ---- */

static bool excluded(const struct perf_counter *pc)
{
	const struct rq_model *c = host_of(this_rq())->m;

	if (pc->attr.exclude_idle && is_idle_task(current))
		return true;
	return c->in_user ? pc->attr.exclude_user : pc->attr.exclude_kernel;
}

static void run_prog(struct perf_counter *pc)
{
	struct bpf_perf_event_data data = { .sample_period = pc->last_period };
	struct prog *prog = pc->prog;
	s32 cpu;

	if (!prog || !hook_classic_enter(&cpu))
		return;
	prog_get(prog);
	if (host_of(current)->m->regs)
		data.regs = *host_of(current)->m->regs;
	current->rcu_read_lock_nesting++;
	engine_charge(machine->engine, machine->cost.prog_enter_ns);
	hook_run_perf(prog, &data, sizeof(data), pc->cookie);
	current->rcu_read_lock_nesting--;
	hook_classic_leave(cpu);
	prog_put(prog);
}

static void overflow(struct perf_counter *pc)
{
	if (!excluded(pc))
		run_prog(pc);
}

static void counter_free(struct perf_counter *pc)
{
	list_del(&pc->node);
	free(pc);
}

static void walk_end(void)
{
	struct perf_counter *pc, *tmp;

	if (--machine->perf->walks)
		return;
	list_for_each_entry_safe(pc, tmp, &machine->perf->counters, node)
		if (pc->dead)
			counter_free(pc);
}

/* ---- active or not ---- */

static u64 units(const struct perf_counter *pc, u64 ns)
{
	return pc->kind == PERF_CYCLES ? ns * CYCLES_PER_NS : ns;
}

static u64 units_to_ns(const struct perf_counter *pc, u64 n)
{
	return pc->kind == PERF_CYCLES ? DIV_ROUND_UP(n, CYCLES_PER_NS) : n;
}

static bool counts_time(const struct perf_counter *pc)
{
	return pc->kind == PERF_CLOCK || pc->kind == PERF_CYCLES;
}

static u64 next_period(const struct perf_counter *pc)
{
	u64 least = pc->kind == PERF_CLOCK ? PERIOD_MIN_NS : PERIOD_MIN_NS * CYCLES_PER_NS;

	return max(pc->period, least);
}

static void arm(struct perf_counter *pc, u64 left)
{
	pc->overflow_at_ns = now_ns() + max(units_to_ns(pc, left), 1ULL);
	if (pc->kind == PERF_CLOCK)
		hrtimer_start(&pc->timer, pc->overflow_at_ns, pc->active_cpu);
	else
		engine_post(machine->engine, &pc->nmi, pc->overflow_at_ns);
}

static void disarm(struct perf_counter *pc)
{
	hrtimer_cancel(&pc->timer);
	engine_cancel(machine->engine, &pc->nmi);
	pc->nmi_due = false;
	if (pc->overflow_at_ns > now_ns())
		pc->period_left = units(pc, pc->overflow_at_ns - now_ns());
}

static void start(struct perf_counter *pc, s32 cpu)
{
	if (pc->active_cpu >= 0)
		return;
	pc->active_cpu = cpu;
	pc->started_ns = now_ns();
	if (!pc->period || !counts_time(pc))
		return;
	event_set_cpu(&pc->nmi, EVENT_HW, cpu);
	arm(pc, pc->period_left ? pc->period_left : next_period(pc));
	pc->period_left = 0;
}

static void account(struct perf_counter *pc)
{
	u64 ns = now_ns() - pc->started_ns;

	pc->started_ns = now_ns();
	pc->running_ns += ns;
	if (counts_time(pc))
		pc->count += units(pc, ns);
}

static void stop(struct perf_counter *pc)
{
	if (pc->active_cpu < 0)
		return;
	account(pc);
	if (pc->period && counts_time(pc))
		disarm(pc);
	pc->active_cpu = -1;
}

/* Would it be active on @cpu while @p runs there? */
static bool wants(const struct perf_counter *pc, s32 cpu, const struct task_struct *p)
{
	if (!pc->enabled || (pc->cpu >= 0 && pc->cpu != cpu))
		return false;
	if (pc->task)
		return pc->task == p;
	return pc->kind != PERF_CYCLES || !is_idle_task(p);
}

static void start_where_due(struct perf_counter *pc)
{
	s32 cpu;

	for_each_online_cpu(cpu)
		if (wants(pc, cpu, cpu_rq(cpu)->curr)) {
			start(pc, cpu);
			return;
		}
}

/* ---- clocks ---- */

static void clock_fires(struct hrtimer *t)
{
	struct perf_counter *pc = container_of(t, struct perf_counter, timer);

	if (pc->active_cpu < 0)
		return;
	account(pc);
	pc->last_period = pc->period;
	arm(pc, next_period(pc));
	overflow(pc);
}

/* ---- NMIs ---- */

static void nmi_fires(struct event *ev)
{
	struct perf_counter *pc = container_of(ev, struct perf_counter, nmi);

	pc->nmi_due = true;
	irq_raise(pc->active_cpu, IRQ_NMI);
}

static bool nmi_perf(s32 cpu)
{
	struct perf_counter *pc;
	bool handled = false;

	machine->perf->walks++;
	list_for_each_entry(pc, &machine->perf->counters, node) {
		if (!pc->nmi_due || pc->active_cpu != cpu)
			continue;
		pc->nmi_due = false;
		handled = true;
		account(pc);
		pc->last_period = pc->period;
		arm(pc, next_period(pc));
		overflow(pc);
	}
	walk_end();
	return handled;
}

/* default_do_nmi(): the handlers of the CPU, each followed by the tracepoint */
void nmi_run(struct rq_model *c)
{
	s32 cpu = c->rq->cpu;
	u64 began = now_ns();

	stuck_nmi(cpu);
	if (nmi_perf(cpu))
		TP(nmi_handler, NMI_PERF_HANDLER, now_ns() - began, 1);
	if (cpumask_test_cpu(cpu, &machine->perf->backtrace_due)) {
		cpumask_clear_cpu(cpu, &machine->perf->backtrace_due);
		began = now_ns();
		TP(nmi_handler, NMI_BACKTRACE_HANDLER, now_ns() - began, 1);
	}
}

void nmi_trigger_backtrace(const struct cpumask *mask)
{
	s32 cpu;

	for_each_cpu(cpu, mask) {
		if (!cpu_online(cpu))
			continue;
		cpumask_set_cpu(cpu, &machine->perf->backtrace_due);
		irq_raise(cpu, IRQ_NMI);
	}
}

/* ---- events that are counted one by one ---- */

/* perf_adjust_period(): an eighth of the way to the period that would give the frequency */
static void adjust_period(struct perf_counter *pc)
{
	u64 now = now_ns(), ns = now - pc->freq_stamp_ns;
	s64 delta;

	pc->freq_stamp_ns = now;
	if (!pc->attr.freq || !ns || ns >= 2 * NSEC_PER_SEC / machine->hz)
		return;
	delta = (s64)(pc->last_period * NSEC_PER_SEC / (ns * pc->attr.sample_freq)) -
		(s64)pc->period;
	delta = (delta >= 0 ? delta + 7 : delta - 7) / 8;
	pc->period = (u64)max((s64)pc->period + delta, 1LL);
}

static void count_one(struct perf_counter *pc)
{
	pc->count++;
	if (!pc->period || --pc->period_left)
		return;
	pc->last_period = pc->period;
	adjust_period(pc);
	pc->period_left = pc->period;
	overflow(pc);
}

static void count_all(enum perf_kind kind, s32 cpu, const struct task_struct *p)
{
	struct perf_counter *pc;

	machine->perf->walks++;
	list_for_each_entry(pc, &machine->perf->counters, node)
		if (pc->kind == kind && wants(pc, cpu, p))
			count_one(pc);
	walk_end();
}

static bool take_migrated(const struct task_struct *p)
{
	struct migrated *m;

	list_for_each_entry(m, &machine->perf->migrated, node) {
		if (m->p != p)
			continue;
		list_del(&m->node);
		free(m);
		return true;
	}
	return false;
}

static void sees_migration(const u64 *args)
{
	struct migrated *m;

	take_migrated((const struct task_struct *)(uintptr_t)args[0]);
	m = malloc(sizeof(*m));
	shortage_on(!m, "out of memory");
	m->p = (const struct task_struct *)(uintptr_t)args[0];
	list_add_tail(&m->node, &machine->perf->migrated);
}

/*
 * perf_event_task_sched_out() and _in(): a switch counts for prev, a migration for
 * the task that came when it runs again.
 */
static void sees_switch(const u64 *args)
{
	const struct task_struct *prev = (const struct task_struct *)(uintptr_t)args[1];
	const struct task_struct *next = (const struct task_struct *)(uintptr_t)args[2];
	s32 cpu = smp_processor_id();
	struct perf_counter *pc;

	count_all(PERF_SWITCHES, cpu, prev);
	list_for_each_entry(pc, &machine->perf->counters, node) {
		if (pc->active_cpu == cpu && !wants(pc, cpu, next))
			stop(pc);
		if (pc->active_cpu < 0 && wants(pc, cpu, next))
			start(pc, cpu);
	}
	if (take_migrated(next))
		count_all(PERF_MIGRATIONS, cpu, next);
}

static void migrated_forget(void)
{
	struct migrated *m, *tmp;

	list_for_each_entry_safe(m, tmp, &machine->perf->migrated, node)
		free(m);
	INIT_LIST_HEAD(&machine->perf->migrated);
}

static bool watches_switches(const struct perf_counter *pc)
{
	return pc->task || pc->kind == PERF_CYCLES || pc->kind == PERF_SWITCHES ||
	       pc->kind == PERF_MIGRATIONS;
}

static void watch(const struct perf_counter *pc, bool on)
{
	if (!watches_switches(pc))
		return;
	if (on && !machine->perf->nr_watching++) {
		hook_listen(HOOK_TP_sched_switch, sees_switch);
		hook_listen(HOOK_TP_sched_migrate_task, sees_migration);
	} else if (!on && !--machine->perf->nr_watching) {
		hook_listen(HOOK_TP_sched_switch, NULL);
		hook_listen(HOOK_TP_sched_migrate_task, NULL);
		migrated_forget();
	}
}

/* ---- life ---- */

static int kind_of(const struct perf_event_attr *attr, enum perf_kind *kind)
{
	*kind = PERF_NOTHING;
	if (attr->type == PERF_TYPE_HARDWARE) {
		*kind = PERF_CYCLES;
		return attr->config == PERF_COUNT_HW_CPU_CYCLES ? 0 : -ENOENT;
	}
	if (attr->type != PERF_TYPE_SOFTWARE || attr->config >= PERF_COUNT_SW_MAX)
		return -ENOENT;
	switch (attr->config) {
	case PERF_COUNT_SW_CPU_CLOCK:
	case PERF_COUNT_SW_TASK_CLOCK:
		*kind = PERF_CLOCK;
		break;
	case PERF_COUNT_SW_CONTEXT_SWITCHES:
		*kind = PERF_SWITCHES;
		break;
	case PERF_COUNT_SW_CPU_MIGRATIONS:
		*kind = PERF_MIGRATIONS;
		break;
	default:
		break;
	}
	return 0;
}

static int check_place(s32 cpu, s32 pid)
{
	if (pid < -1 || cpu < -1 || (pid == -1 && cpu == -1))
		return -EINVAL;
	if (cpu == -1)
		return 0;
	if (!cpu_possible(cpu))
		return -EINVAL;
	return cpu_online(cpu) ? 0 : -ENODEV;
}

static int check_sampling(const struct perf_event_attr *attr)
{
	if (attr->freq)
		return attr->sample_freq && attr->sample_freq <= FREQ_MAX ? 0 : -EINVAL;
	return attr->sample_period >> 63 ? -EINVAL : 0;
}

/* Of clocks a frequency is a period; what is counted by ones finds its period as it goes. */
static u64 first_period(const struct perf_counter *pc)
{
	if (!pc->attr.freq)
		return pc->attr.sample_period;
	return counts_time(pc) ? units(pc, NSEC_PER_SEC / pc->attr.sample_freq) : 1;
}

static struct task_struct *find_task(s32 pid)
{
	if (pid > 0)
		return find_task_by_pid(pid);
	return smp_processor_id() >= 0 ? current : NULL;
}

static struct perf_counter *counter_alloc(const struct perf_event_attr *attr, s32 cpu,
					  enum perf_kind kind)
{
	struct perf_counter *pc = calloc(1, sizeof(*pc));

	if (!pc)
		return NULL;
	pc->attr = *attr;
	pc->kind = kind;
	pc->cpu = cpu;
	pc->active_cpu = -1;
	pc->period = pc->last_period = pc->period_left = first_period(pc);
	pc->freq_stamp_ns = now_ns();
	hrtimer_init(&pc->timer, false, clock_fires);
	event_init(&pc->nmi, EVENT_HW, cpu, nmi_fires);
	return pc;
}

int perf_event_create(const struct perf_event_attr *attr, s32 cpu, s32 pid,
		      struct perf_counter **out)
{
	struct task_struct *task = NULL;
	struct perf_counter *pc;
	enum perf_kind kind;
	int err = kind_of(attr, &kind);

	if (!err)
		err = check_sampling(attr);
	if (!err)
		err = check_place(cpu, pid);
	if (err)
		return err;
	if (pid >= 0) {
		task = find_task(pid);
		if (!task)
			return -ESRCH;
	}
	pc = counter_alloc(attr, cpu, kind);
	if (!pc)
		return -ENOMEM;
	pc->task = task;
	if (task)
		get_task_struct(task);
	list_add_tail(&pc->node, &machine->perf->counters);
	watch(pc, true);
	if (!attr->disabled)
		perf_event_enable(pc);
	*out = pc;
	return 0;
}

void perf_event_destroy(struct perf_counter *pc)
{
	if (!pc)
		return;
	perf_event_disable(pc);
	perf_event_detach_prog(pc);
	watch(pc, false);
	if (pc->task)
		put_task_struct(pc->task);
	pc->task = NULL;
	pc->dead = true;
	if (!machine->perf->walks)
		counter_free(pc);
}

void perf_event_enable(struct perf_counter *pc)
{
	if (pc->enabled)
		return;
	pc->enabled = true;
	pc->enabled_at_ns = now_ns();
	start_where_due(pc);
}

void perf_event_disable(struct perf_counter *pc)
{
	if (!pc->enabled)
		return;
	stop(pc);
	pc->enabled = false;
	pc->enabled_ns += now_ns() - pc->enabled_at_ns;
}

void perf_event_reset(struct perf_counter *pc)
{
	if (pc->active_cpu >= 0)
		account(pc);
	pc->count = 0;
}

int perf_event_period(struct perf_counter *pc, u64 period)
{
	s32 cpu = pc->active_cpu;

	if (!pc->period || !period || period >> 63 || (pc->attr.freq && period > FREQ_MAX))
		return -EINVAL;
	stop(pc);
	if (pc->attr.freq)
		pc->attr.sample_freq = period;
	else
		pc->attr.sample_period = period;
	pc->period = pc->period_left = first_period(pc);
	if (cpu >= 0)
		start(pc, cpu);
	return 0;
}

/* ---- programs ---- */

int perf_event_attach_prog(struct perf_counter *pc, struct prog *prog, u64 cookie)
{
	if (pc->prog)
		return -EEXIST;
	if (prog_type(prog) != BPF_PROG_TYPE_PERF_EVENT)
		return -EINVAL;
	prog_get(prog);
	pc->prog = prog;
	pc->cookie = cookie;
	return 0;
}

void perf_event_detach_prog(struct perf_counter *pc)
{
	struct prog *prog = pc->prog;

	pc->prog = NULL;
	prog_put(prog);
}

/* ---- reading ---- */

u64 perf_event_count(const struct perf_counter *pc)
{
	if (pc->active_cpu < 0 || !counts_time(pc))
		return pc->count;
	return pc->count + units(pc, now_ns() - pc->started_ns);
}

/* perf_event_read_local() */
s64 perf_event_read_local(const struct perf_counter *pc, struct bpf_perf_event_value *value)
{
	u64 now = now_ns();

	if (smp_processor_id() < 0 || (pc->task && pc->task != current) ||
	    (pc->cpu >= 0 && pc->cpu != smp_processor_id()))
		return -EINVAL;
	value->counter = perf_event_count(pc);
	value->enabled = pc->enabled_ns + (pc->enabled ? now - pc->enabled_at_ns : 0);
	value->running = pc->running_ns + (pc->active_cpu >= 0 ? now - pc->started_ns : 0);
	return 0;
}
