// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay_test.c - the replay of the event stream knows what the machine knows: machines
 * drawn from a number run, and again and again the state that follows from the events
 * alone is compared with the model's. What somebody is in the middle of (its run queue is
 * locked) is left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "api/api.h"
#include "base/prng.h"
#include "kern/ext/dsq.h"
#include "kern/machine.h"
#include "scenario/scenario.h"
#include "trace/replay.h"

#define MS 1000000ULL
#define ROUNDS 40

struct follower {
	struct trace_sink sink;
	struct replay *rp;
	u64 compared, on_dsqs, held, ordered; /* so that nothing is compared in vain */
};

static void follow(struct trace_sink *s, const struct trace_record *r)
{
	struct follower *f = container_of(s, struct follower, sink);

	assert_int_equal(replay_take(f->rp, r), 0);
}

/* ---- a task ---- */

#define WHO "%s[%d] at %llu: "
#define WHO_ARGS(p) (p)->comm, (p)->pid, (unsigned long long)now_ns()

static void same_cpus(const struct replay *rp, const struct replay_task *t,
		      const struct task_struct *p)
{
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		if (replay_allowed(rp, t, cpu) != cpumask_test_cpu(cpu, p->cpus_ptr))
			fail_msg(WHO "CPU %u is %sallowed", WHO_ARGS(p), cpu,
				 replay_allowed(rp, t, cpu) ? "not " : "");
}

static u64 told_id(const struct scx_dispatch_q *dsq, const struct task_struct *p)
{
	return dsq->id == SCX_DSQ_LOCAL ? DSQ_LOCAL_ON_CPU(task_cpu(p)) : dsq->id;
}

static void same_place(struct follower *f, const struct replay_task *t, const struct task_struct *p)
{
	enum scx_ops_state ops = opss_state(opss_read(p));

	if (p->scx.holding_cpu >= 0) /* a CPU takes it from one queue to another */
		return;
	if (p->scx.dsq) {
		f->on_dsqs++;
		if (t->place != PLACE_DSQ || t->dsq->id != told_id(p->scx.dsq, p))
			fail_msg(WHO "is on DSQ 0x%llx, place %d, DSQ 0x%llx", WHO_ARGS(p),
				 (unsigned long long)told_id(p->scx.dsq, p), t->place,
				 (unsigned long long)(t->dsq ? t->dsq->id : 0));
	} else if (ops == SCX_OPSS_QUEUED) {
		f->held++;
		if (t->place != PLACE_SCHEDULER)
			fail_msg(WHO "the scheduler has it, place %d", WHO_ARGS(p), t->place);
	}
}

static void same_task(struct follower *f, const struct task_struct *p)
{
	const struct replay_task *t = replay_task(f->rp, p->pid);
	const struct rq *rq = cpu_rq(task_cpu(p));
	enum replay_state want;

	if (raw_spin_is_locked(&rq->__lock) || raw_spin_is_locked(&host_of(p)->m->pi_lock) ||
	    p->on_rq == TASK_ON_RQ_MIGRATING || p->__state == TASK_NEW)
		return;
	if (!t)
		fail_msg(WHO "no event told of it", WHO_ARGS(p));
	f->compared++;
	want = rq->curr == p	       ? TASK_RUNS :
	       task_runnable(p)	       ? TASK_WAITS :
	       p->__state == TASK_DEAD ? TASK_GONE :
					 TASK_SLEEPS;
	/* on its way out it is seen, by itself, as sleeping already */
	if (t->state != want && !(want == TASK_SLEEPS && t->state == TASK_UNSEEN))
		fail_msg(WHO "state %d, not %d", WHO_ARGS(p), t->state, want);
	if (t->class != (u32)class_id(p))
		fail_msg(WHO "class %u, not %d", WHO_ARGS(p), t->class, class_id(p));
	same_cpus(f->rp, t, p);
	if (want == TASK_WAITS && class_id(p) == CLASS_EXT)
		same_place(f, t, p);
	if (want == TASK_WAITS && class_id(p) != CLASS_EXT && t->place != PLACE_RUNQUEUE)
		fail_msg(WHO "is in a run queue, place %d", WHO_ARGS(p), t->place);
}

/* ---- a queue ---- */

static u64 sched_told(const struct scx_dispatch_q *dsq)
{
	return dsq->id == SCX_DSQ_LOCAL || !dsq->sched || !dsq->sched->level ?
		       0 :
		       dsq->sched->sub_cgroup_id;
}

static void same_order(struct follower *f, struct scx_dispatch_q *dsq, u64 id)
{
	const struct replay_dsq *d = replay_dsq(f->rp, id, sched_told(dsq));
	struct replay_task **member;
	struct task_struct *p;
	u32 n = 0;

	if ((d ? d->nr : 0) != dsq->nr)
		fail_msg("DSQ 0x%llx has %u tasks, not %u", (unsigned long long)id, d ? d->nr : 0,
			 dsq->nr);
	if (!dsq->nr)
		return;
	member = calloc(dsq->nr, sizeof(struct replay_task *));
	replay_dsq_members(d, member);
	nldsq_for_each_task(p, dsq) {
		if (member[n]->pid != p->pid)
			fail_msg("DSQ 0x%llx: %d at place %u, not %d", (unsigned long long)id,
				 member[n]->pid, n, p->pid);
		n++;
	}
	f->ordered += n > 1;
	free(member);
}

static void same_queues(struct follower *f)
{
	struct scx_dispatch_q *dsq;

	if (!scx_root)
		return;
	list_for_each_entry(dsq, &scx_root->dsqs, all_node)
		if (!raw_spin_is_locked(&dsq->lock))
			same_order(f, dsq, dsq->id);
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		if (!raw_spin_is_locked(&cpu_rq(cpu)->__lock))
			same_order(f, &cpu_rq(cpu)->scx.local_dsq, DSQ_LOCAL_ON_CPU(cpu));
}

static void same_cpu(const struct replay *rp, u32 cpu)
{
	const struct rq *rq = cpu_rq(cpu);

	if (raw_spin_is_locked(&rq->__lock))
		return;
	if (rp->cpu[cpu].curr >= 0 && rp->cpu[cpu].curr != rq->curr->pid)
		fail_msg("CPU %u runs %d, not %d", cpu, rp->cpu[cpu].curr, rq->curr->pid);
	if (rp->cpu[cpu].online != cpumask_test_cpu(cpu, machine->online))
		fail_msg("CPU %u is %s", cpu, rp->cpu[cpu].online ? "offline" : "online");
}

static void same(struct follower *f)
{
	struct task_struct *p;

	for_each_task(p)
		same_task(f, p);
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		same_cpu(f->rp, cpu);
	same_queues(f);
}

/* ---- machines ---- */

static const char *const objects[] = { "churn", "vtime", "plain", "stuck" };
static const char *const kernels[] = { "6.12", "7.3" };
static const char *const workloads[] = {
	"mixed", "mixed:nice=0,sleepers=40", "spin:tasks=9", "pingpong", "bursty", "forks",
};
static const char *const topologies[] = { "1n1l1c1t", "1n1l3c1t", "1n2l4c1t", "2n2l2c2t",
					  "1n2l40c1t" };

static u64 draw(struct prng *rng, u64 n)
{
	return prng_below(rng, n);
}

/* a task with an affinity, and CPUs that come and go */
static void disturb(struct ks_machine *m, struct prng *rng, u32 nr_cpus)
{
	struct ks_task t = { .sz = sizeof(t) };
	u32 cpu = (u32)draw(rng, nr_cpus);
	char cpus[16];

	snprintf(cpus, sizeof(cpus), "%u", cpu);
	for (int pid = -1; draw(rng, 3) && !ks_task_next(m, pid, &t); pid = t.pid)
		if (!t.kthread && !draw(rng, 4))
			ks_task_set_cpus(m, t.pid, cpus);
	if (nr_cpus > 1 && !draw(rng, 6))
		ks_machine_hotplug(m, cpu ? cpu : 1, 0);
	else if (nr_cpus > 1 && !draw(rng, 4))
		ks_machine_hotplug(m, cpu ? cpu : 1, 1);
}

static void run_one(u64 number, struct follower *f)
{
	struct prng rng;
	struct ks_machine_opts o = { .sz = sizeof(o), .hash = 1 };
	struct ks_object *obj;
	struct ks_machine *m;
	char path[512], way[16];
	u64 which;

	prng_init(&rng, number, 0);
	o.seed = number;
	o.kernel = kernels[draw(&rng, ARRAY_SIZE(kernels))];
	o.topology = topologies[draw(&rng, ARRAY_SIZE(topologies))];
	which = draw(&rng, ARRAY_SIZE(objects));
	snprintf(path, sizeof(path), "%s/%s.bpf.o", getenv("TEST_OBJECTS"), objects[which]);
	snprintf(way, sizeof(way), "way=%llu", (unsigned long long)draw(&rng, 4));
	m = ks_machine_create(&o, NULL);
	assert_non_null(m);
	f->sink.record = follow;
	f->rp = scn_replay_create();
	trace_add_sink(&m->stream, &f->sink);
	assert_int_equal(ks_machine_workload(m, workloads[draw(&rng, ARRAY_SIZE(workloads))]),
			 KS_OK);
	assert_int_equal(ks_object_open(m, path, NULL, &obj), KS_OK);
	if (!strcmp(objects[which], "stuck"))
		assert_int_equal(ks_object_set(obj, way), KS_OK);
	assert_int_equal(ks_object_load(obj), KS_OK);
	ks_object_attach(obj);
	for (u32 i = 0; i < ROUNDS; i++) {
		if (ks_machine_run(m, 100 + draw(&rng, 3 * MS)) == KS_LOCKUP)
			break;
		same(f);
		disturb(m, &rng, ks_machine_nr_cpus(m));
		same(f);
	}
	trace_remove_sink(&m->stream, &f->sink);
	replay_destroy(f->rp);
	ks_machine_destroy(m);
}

static void follows_the_model(void **state)
{
	struct follower f = { .compared = 0 };

	for (u64 number = 1; number <= 24; number++) {
		print_message("# number %llu\n", (unsigned long long)number);
		run_one(number, &f);
	}
	print_message("# %llu tasks compared, %llu on DSQs, %llu held; %llu queues in order\n",
		      (unsigned long long)f.compared, (unsigned long long)f.on_dsqs,
		      (unsigned long long)f.held, (unsigned long long)f.ordered);
	assert_true(f.compared > 1000 && f.on_dsqs > 100 && f.ordered > 10);
}

/* ---- by hand: what the machines above come to seldom ---- */

static u64 at_ns;

static void tell(struct replay *rp, u16 id, s16 cpu, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	const struct trace_record r = {
		.time_ns = ++at_ns, .id = id, .cpu = cpu, .pid = 1, .arg = { a0, a1, a2, a3, a4 }
	};

	assert_int_equal(replay_take(rp, &r), 0);
}

static void assert_order(const struct replay *rp, u64 id, const s32 *pids, u32 nr)
{
	struct replay_task *member[8];

	assert_int_equal(replay_dsq(rp, id, 0)->nr, nr);
	replay_dsq_members(replay_dsq(rp, id, 0), member);
	for (u32 i = 0; i < nr; i++)
		assert_int_equal(member[i]->pid, pids[i]);
}

static void order_in_queues(void **state)
{
	const u64 head[] = { 0x10, 0x10000 }, preempt = 1ULL << 32, by_vtime = 1ULL << 57;

	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct replay *rp = replay_create(2, kernels[i]);

		tell(rp, EV_insert, 0, 11, 7, 0, 0, 0);
		tell(rp, EV_insert, 0, 12, 7, head[i], 0, 0);
		tell(rp, EV_insert, 0, 13, 7, head[!i], 0, 0); /* another kernel's: nothing here */
		tell(rp, EV_insert, 0, 14, 7, preempt, 0, 0);
		assert_order(rp, 7, (s32[]){ 14, 12, 11, 13 }, 4);
		tell(rp, EV_dsq_leave, 0, 12, 7, 3, 0, 0);
		assert_order(rp, 7, (s32[]){ 14, 11, 13 }, 3);
		tell(rp, EV_insert, 0, 21, 8, by_vtime, 0, 5);
		tell(rp, EV_insert, 0, 22, 8, by_vtime, 0, (u64)-5); /* vtime wraps */
		tell(rp, EV_insert, 0, 23, 8, by_vtime, 0, 5);
		assert_order(rp, 8, (s32[]){ 22, 21, 23 }, 3);
		replay_destroy(rp);
	}
}

/* sched_waking comes while it is on its way out; its CPU switches, and it waits from then on */
static void woken_on_the_way_to_sleep(void **state)
{
	struct replay *rp = replay_create(2, "7.3");

	tell(rp, EV_sched_switch, 0, 0, 0, 9, CLASS_IS_idle, CLASS_IS_ext);
	assert_int_equal(replay_task(rp, 9)->state, TASK_RUNS);
	tell(rp, EV_sched_waking, 1, 9, 1, 0, 0, 0);
	assert_int_equal(replay_task(rp, 9)->state, TASK_RUNS);
	tell(rp, EV_sched_switch, 0, 9, 1, 0, CLASS_IS_ext, CLASS_IS_idle);
	assert_int_equal(replay_task(rp, 9)->state, TASK_WAITS);
	tell(rp, EV_sched_switch, 1, 0, 0, 9, CLASS_IS_idle, CLASS_IS_ext);
	assert_int_equal(replay_task(rp, 9)->waited_until_ns - replay_task(rp, 9)->waited_since_ns,
			 1);
	tell(rp, EV_sched_switch, 1, 9, 1, 0, CLASS_IS_ext, CLASS_IS_idle);
	assert_int_equal(replay_task(rp, 9)->state, TASK_SLEEPS);
	replay_destroy(rp);
}

/* pid is who is current: op_exit is matched by it */
static void tell_of(struct replay *rp, u16 id, s16 cpu, s32 pid, u64 a0, u64 a1, u64 a2)
{
	struct trace_record r = {
		.time_ns = rp->now_ns + 1, .id = id, .cpu = cpu, .pid = pid, .arg = { a0, a1, a2 }
	};

	assert_int_equal(replay_take(rp, &r), 0);
}

static void assert_span(const struct replay *rp, enum replay_span_kind kind, u32 depth, u64 since,
			u64 of)
{
	assert_int_equal(rp->nr_spans, 1);
	assert_int_equal(rp->span[0].kind, kind);
	assert_int_equal(rp->span[0].depth, depth);
	assert_int_equal(rp->span[0].since, since);
	assert_int_equal(rp->span[0].of, of);
}

/* What nests on a CPU, by the numbers of events: a callback goes where its task goes. */
static void spans(void **state)
{
	struct replay *rp = replay_create(2, NULL);
	struct replay_span open[REPLAY_SPANS_MAX];

	tell_of(rp, EV_sched_switch, 0, 0, 0, 0, 9);
	tell_of(rp, EV_op_enter, 0, 9, OP_init, -1, 0);	    /* 1 */
	tell_of(rp, EV_op_enter, 0, 9, OP_init_task, 5, 0); /* 2 */
	tell_of(rp, EV_irq, 0, 9, 0, 0, 0);		    /* 3 */
	tell_of(rp, EV_irq_exit, 0, 9, 0, 0, 0);
	assert_span(rp, SPAN_IRQ, 0, 3, 3);
	tell_of(rp, EV_op_exit, 0, 9, OP_init_task, 5, 0);
	assert_span(rp, SPAN_OP, 1, 2, 2);
	tell_of(rp, EV_sched_switch, 0, 9, 9, 1, 0); /* it sleeps in the other */
	assert_span(rp, SPAN_OP, 0, 1, 1);
	assert_int_equal(replay_open_spans(rp, 0, open), 0);
	tell_of(rp, EV_sched_wakeup, 0, 0, 9, 1, 0);
	assert_int_equal(rp->nr_spans, 0);
	tell_of(rp, EV_sched_switch, 1, 0, 0, 0, 9); /* 8 */
	assert_int_equal(replay_open_spans(rp, 1, open), 1);
	assert_int_equal(open[0].since, 8);
	tell_of(rp, EV_op_exit, 1, 9, OP_init, -1, 0);
	assert_span(rp, SPAN_OP, 0, 8, 1);
	tell_of(rp, EV_kick_wait_begin, 1, 9, 0, 0, 0); /* 10 */
	tell_of(rp, EV_kick_wait_end, 1, 9, 0, 0, 0);
	assert_span(rp, SPAN_KICK_WAIT, 0, 10, 10);
	replay_destroy(rp);
}

/* Nothing is believed that is out of range. */
static void nonsense(void **state)
{
	struct replay *rp = replay_create(2, NULL);
	struct prng rng;

	prng_init(&rng, 1, 0);
	for (u32 i = 0; i < 200000; i++) {
		u64 a[6], big = draw(&rng, 8) ? 40 : ~0ULL;

		for (u32 k = 0; k < 6; k++)
			a[k] = draw(&rng, 3) ? draw(&rng, big) : DSQ_LOCAL_ON_CPU(draw(&rng, 5));
		tell(rp, (u16)draw(&rng, NR_TRACE_EVENTS + 2), (s16)draw(&rng, 5) - 1, a[0], a[1],
		     a[2], a[3], a[4]);
	}
	replay_destroy(rp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_in_queues),
		cmocka_unit_test(woken_on_the_way_to_sleep),
		cmocka_unit_test(spans),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(follows_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
