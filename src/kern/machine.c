// SPDX-License-Identifier: GPL-2.0-only
/*
 * machine.c - building the computer, booting it, taking it apart.
 */
#include "kern/stuck.h"
#include "kern/sched.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "abi/btf.h"
#include "base/printable.h"
#include "base/region.h"
#include "base/shortage.h"
#include "base/state.h"
#include "bpf/map.h"
#include "bpf/object.h"
#include "bpf/prog.h"
#include "engine/state.h"
#include "kern/account.h"
#include "kern/boot.h"
#include "kern/cgroup.h"
#include "kern/env.h"
#include "kern/faults.h"
#include "kern/ksyms.h"
#include "kern/kthread_worker.h"
#include "kern/kthreads.h"
#include "kern/ext/ext.h"
#include "kern/newborn.h"
#include "kern/softirq.h"
#include "kern/stop.h"
#include "kern/topology.h"
#include "kern/work.h"
#include "trace/value.h"

struct machine *machine;

#define PRNG_STREAM_BPF 0xb9fULL
#define TASK_BITS_BYTES ((1ULL << REGION_ZONE_SHIFT) / TASK_ALIGN / 8)

static const struct costs default_costs = {
#define COST(name, ns, text) .name##_ns = ns,
#include "kern/costs.def"
#undef COST
};

/* ---- parts ---- */

void *kstack_alloc(size_t size)
{
	void *p = region_alloc(ZONE_KOBJ, size, 0);

	shortage_on(!p, "out of guest memory");
	return p;
}

void kstack_free(void *p, size_t size)
{
	region_free(ZONE_KOBJ, p, size);
}

struct cpumask *mask_alloc(u32 nr)
{
	struct cpumask *m = region_alloc(ZONE_KOBJ, nr * sizeof(*m), 64);

	shortage_on(!m, "out of guest memory for CPU masks");
	return m;
}

static void masks_create(struct machine *m)
{
	m->possible = mask_alloc(1);
	m->present = mask_alloc(1);
	m->online = mask_alloc(1);
	m->active = mask_alloc(1);
	m->cpumask_of = mask_alloc(m->nr_cpu_ids);
	for (u32 cpu = 0; cpu < m->nr_cpu_ids; cpu++) {
		bit_set(m->possible->bits, cpu);
		bit_set(m->present->bits, cpu);
		bit_set(m->online->bits, cpu);
		bit_set(m->active->bits, cpu);
		bit_set(m->cpumask_of[cpu].bits, cpu);
	}
}

static void classes_create(void)
{
	machine->classes = region_alloc(ZONE_KOBJ, NR_CLASSES * sizeof(*sched_classes), 64);
	shortage_on(!sched_classes, "out of guest memory");
	for (u32 id = 0; id < NR_CLASSES; id++)
		sched_classes[id].id = id;
}

static void rq_init(struct machine *m, s32 cpu)
{
	struct rq *rq = &m->rqs[cpu];
	struct rq_model *c = calloc(1, sizeof(*c));

	shortage_on(!c, "out of memory for CPU %d", cpu);
	host_of(rq)->m = c;
	rq->cpu = cpu;
	rq->online = 1;
	c->rq = rq;
	c->vmstat_ns = ~0ULL;
	c->preempt_count = 1; /* idle tasks run with preemption off */
	irq_init_cpu(c);
	INIT_LIST_HEAD(&c->wake_list);
	dl_servers_init(rq);
	fair_rq_init(&c->fair, rq);
	fair_balance_init(rq);
	rt_rq_init(rq);
	dl_rq_init(rq);
	rq->next_class = &sched_classes[CLASS_IDLE];
	scx_init_rq(rq);
}

static void idle_fiber(void *arg)
{
	struct rq *rq = arg;

	if (rq->cpu == 0)
		tasks_start();
	cpu_idle_loop();
}

static int cpu_create(struct machine *m, s32 cpu)
{
	struct rq *rq = &m->rqs[cpu];

	rq->idle = rq->curr = rq->donor = host_of(rq)->m->running = idle_task_create(cpu);
	if (fiber_create(&host_of(rq->idle)->m->fiber, idle_fiber, rq))
		return -ENOMEM;
	engine_cpu_init(m->engine, &host_of(rq)->m->ec, cpu, &host_of(rq->idle)->m->fiber);
	return 0;
}

static int cpus_create(struct machine *m)
{
	int err = 0;

	m->rqs = region_alloc(ZONE_KOBJ, m->nr_cpu_ids * sizeof(*m->rqs), 64);
	if (!m->rqs)
		return -ENOMEM;
	for (u32 cpu = 0; cpu < m->nr_cpu_ids; cpu++)
		rq_init(m, (s32)cpu);
	for (u32 cpu = 0; !err && cpu < m->nr_cpu_ids; cpu++)
		err = cpu_create(m, (s32)cpu);
	return err;
}

/* ---- the first tasks ---- */

static void sleep_forever(void *arg)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
}

static void tasks_create(struct machine *m)
{
	struct task_attr init = { .comm = "init", .new_process = true };

	m->next_pid = 1;
	m->wait_told_ns = ~0ULL;
	m->init_task = task_create(&init, sleep_forever, NULL, NULL);
	m->kthreadd = kthread_create(sleep_forever, NULL, -1, "kthreadd");
	pools_create();
	if (kthreads_live()) {
		kthreads_create();
		return;
	}
	stoppers_create();
	workers_create();
}

/* ---- for bug reports ---- */

static s32 trace_cpu_now(void)
{
	return machine && machine->engine ? smp_processor_id() : -1;
}

static s32 trace_pid_now(void)
{
	return smp_processor_id() >= 0 ? current->pid : -1;
}

static void machine_bug_context(void)
{
	char comm[TASK_COMM_LEN] = "-";

	if (!machine || !machine->engine)
		return;
	if (smp_processor_id() >= 0)
		memcpy(comm, current->comm, sizeof(comm));
	make_printable(comm);
	fprintf(stderr,
		"kickstand: seed %llu, kernel %s, %u CPUs, virtual time %llu ns, CPU %d, task %s[%d]\n",
		machine->config.seed, machine->prof->name, machine->nr_cpu_ids, now_ns(),
		smp_processor_id(), comm, trace_pid_now());
}

static u64 trace_now_ns(void)
{
	return now_ns();
}

/* ---- life ---- */

static void lists_init(struct machine *m)
{
	m->tasks = kstack_alloc(sizeof(*m->tasks));
	INIT_LIST_HEAD(m->tasks);
	for (u32 i = 0; i < PID_BUCKETS; i++)
		INIT_LIST_HEAD(&m->pids[i]);
	INIT_LIST_HEAD(&m->boot_tasks);
	INIT_LIST_HEAD(&m->kthread_workers);
	INIT_LIST_HEAD(&m->rcu_calls);
	INIT_LIST_HEAD(&m->task_models);
}

static int config_take(struct machine *m, const struct machine_config *config)
{
	m->config = *config;
	m->prof = config->profile;
	m->preempt = config->preempt ? config->preempt : m->prof->kernel->preempt;
	m->hz = config->hz ? config->hz : m->prof->kernel->hz;
	m->cost = config->costs.tick_ns ? config->costs : default_costs;
	m->nr_cpu_ids = topology_nr_cpus(&config->topo);
	if (!m->nr_cpu_ids || m->nr_cpu_ids > NR_CPUS)
		return -EINVAL;
	prng_init(&m->prng, config->seed, 0);
	prng_init(&m->bpf_prng, config->seed, PRNG_STREAM_BPF);
	return 0;
}

static int host_create(struct machine *m)
{
	int err = engine_create(&m->engine);

	if (!err)
		err = account_init(m);
	if (err)
		return err;
	m->task_bits = mmap(NULL, TASK_BITS_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->task_bits == MAP_FAILED) {
		m->task_bits = NULL;
		return -ENOMEM;
	}
	return vmbtf_create(m->prof, &m->types);
}

static int machine_build(struct machine *m)
{
	int err = host_create(m);

	if (err)
		return err;
	hooks_init();
	perf_init();
	masks_create(m);
	classes_create();
	err = topology_init(m);
	if (err)
		return err;
	scx_global_reset();
	rto_init(m);
	cgroup_init();
	scx_global_init();
	hotplug_init();
	env_install(m);
	err = cpus_create(m);
	if (err)
		return err;
	sched_core_init();
	ksyms_init();
	tasks_create(m);
	return 0;
}

/* ---- names for traces ---- */

/* A record carries our numbers, words.h has the words. */
#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is not " #theirs)
SAME(NR_SCX_OPS, OP_none);
SAME(CLASS_IDLE, CLASS_IS_idle);
SAME(CLASS_EXT, CLASS_IS_ext);
SAME(CLASS_FAIR, CLASS_IS_fair);
SAME(CLASS_RT, CLASS_IS_rt);
SAME(CLASS_DL, CLASS_IS_dl);
SAME(CLASS_STOP, CLASS_IS_stop);
SAME(NR_CLASSES, NR_TRACE_CLASSES);
SAME(KICK_RESCHED, VERDICT_resched);
SAME(KICK_ALREADY, VERDICT_already);
SAME(KICK_BUSY, VERDICT_busy);
SAME(KICK_OFFLINE, VERDICT_offline);
SAME(KICK_HIGHER_CLASS, VERDICT_higher_class);
SAME(KICK_BYPASS, VERDICT_bypass);
SAME(KICK_NMI, VERDICT_nmi);
SAME(KICK_NO_SCHED, VERDICT_no_sched);
SAME(KICK_BAD_CPU, VERDICT_bad_cpu);
SAME(KICK_BAD_FLAGS, VERDICT_bad_flags);
SAME(KICK_NO_CAP, VERDICT_no_cap);
SAME(NR_KICK_OUTCOMES, NR_TRACE_VERDICTS);
SAME(IRQ_NMI, VECTOR_nmi);
SAME(IRQ_TIMER, VECTOR_timer);
SAME(IRQ_RESCHEDULE, VECTOR_reschedule);
SAME(IRQ_WORK, VECTOR_irq_work);
SAME(IRQ_CALL, VECTOR_call);
SAME(NR_IRQ_VECTORS, NR_TRACE_VECTORS);

static const char *prog_name_by_id(u64 id)
{
	struct prog *prog = prog_by_id(id);
	const char *name = prog ? prog_name(prog) : NULL;

	prog_put(prog); /* whoever asks knows of one that others hold */
	return name;
}

static bool source_line_by_id(u64 id, u64 insn, char *buf, size_t len)
{
	struct prog *prog = prog_by_id(id);
	bool known = prog && prog_calling_line(prog, insn, buf, len);

	prog_put(prog);
	return known;
}

/* A task that is gone but for its last switch is still current. */
static int prio_by_pid(s32 pid)
{
	const struct task_struct *p = NULL;

	if (smp_processor_id() >= 0 && current->pid == pid)
		p = current;
	else if (pid > 0)
		p = find_task_by_pid(pid);
	return p ? p->prio : DEFAULT_PRIO;
}

static void trace_names_set(void)
{
	trace_state.task_prio = prio_by_pid;
	trace_state.prog_name = prog_name_by_id;
	trace_state.source_line = source_line_by_id;
}

/* ---- making a machine ---- */

static void callables_register(void)
{
	scx_kfuncs_register();
	kern_kfuncs_register();
}

int machine_create(const struct machine_config *config, struct machine **out)
{
	struct machine *m;
	int err;

	if (machine)
		return -EBUSY;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	err = config_take(m, config);
	if (!err)
		err = region_create();
	if (err) {
		free(m);
		return err;
	}
	lists_init(m);
	machine = m;
	profile_use(m->prof);
	trace_state.cpu = trace_cpu_now;
	trace_state.pid = trace_pid_now;
	trace_state.now = trace_now_ns;
	trace_names_set();
	base_state.bug_context = machine_bug_context;
	engine_state.switch_hook = prog_chain_swap;
	callables_register();
	err = machine_build(m);
	if (err) {
		machine_destroy(m);
		return err;
	}
	stuck_init(m);
	*out = m;
	return 0;
}

/* What the region holds dies with it; here goes what hangs off it in the host's heap. */
void machine_destroy(struct machine *m)
{
	struct task_model *tm, *tmp;

	if (!m)
		return;
	hooks_finish();
	scx_global_finish();
	list_for_each_entry_safe(tm, tmp, &m->task_models, alloc_node)
		task_release_host(tm->p);
	tick_nohz_finish(m);
	stuck_finish(m);
	for (u32 cpu = 0; m->rqs && cpu < m->nr_cpu_ids; cpu++) {
		scx_kick_finish_rq(&m->rqs[cpu]);
		kthreads_finish_rq(&m->rqs[cpu]);
		free(host_of(&m->rqs[cpu])->m);
	}
	account_finish(m);
	newborns_release();
	kthread_workers_release();
	rcu_calls_release();
	cgroup_finish();
	free(m->kicks.idle_pairs);
	free(m->topo);
	free(m->workers);
	free(m->lockup);
	vmbtf_destroy(m->types);
	if (m->task_bits)
		munmap(m->task_bits, TASK_BITS_BYTES);
	engine_destroy(m->engine);
	engine_reset();
	env_set(NULL);
	profile_use(NULL);
	trace_reset();
	base_reset();
	machine = NULL;
	free(m->loader);
	faults_destroy(m->faults);
	free(m->hooks);
	free(m->perf);
	free(m->ksyms);
	free(m->hotplug_lock);
	free(m);
}

/*
 * Bring the running tasks' figures up to now, so that a report can be made. In the
 * middle of a switch the time is still that of the task that leaves.
 */
static void account_all(struct machine *m)
{
	for (u32 cpu = 0; cpu < m->nr_cpu_ids; cpu++) {
		const struct rq_model *c = host_of(&m->rqs[cpu])->m;

		account_cpu_time(c->rq, c->running, c->switching_ns ? c->switching_ns : now_ns());
	}
}

void machine_run(struct machine *m, u64 end_ns)
{
	if (m->ended || m->given_up)
		return;
	engine_run(m->engine, end_ns);
	account_all(m);
}

void machine_stop(struct machine *m)
{
	m->ended = true;
	engine_stop(m->engine);
}
