/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * surface.bpf.c - entries of the surface's tables, called and looked at closely: each
 * check that fails adds its line to `wrong`.
 */
#include "checks.h"

#define QUEUE 1
#define OTHER 2

s32 __scx_bpf_select_cpu_and(struct task_struct *p, const struct cpumask *cpus_allowed,
	struct scx_bpf_select_cpu_and_args *args) __ksym __weak;
u32 scx_bpf_cpuperf_cur(s32 cpu) __ksym;
u32 scx_bpf_cpuperf_cap(s32 cpu) __ksym;
struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
void bpf_cpumask_release(struct bpf_cpumask *m) __ksym;
void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *m) __ksym;
bool bpf_cpumask_test_and_clear_cpu(u32 cpu, struct bpf_cpumask *m) __ksym;
bool bpf_cpumask_subset(const struct cpumask *a, const struct cpumask *b) __ksym;
bool bpf_cpumask_intersects(const struct cpumask *a, const struct cpumask *b) __ksym;
bool bpf_cpumask_empty(const struct cpumask *m) __ksym;
u32 bpf_cpumask_first(const struct cpumask *m) __ksym;
struct cgroup *bpf_cgroup_from_id(u64 id) __ksym;
struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level) __ksym;
int bpf_iter_css_new(struct bpf_iter_css *it, struct cgroup_subsys_state *start, unsigned int flags) __ksym;
struct cgroup_subsys_state *bpf_iter_css_next(struct bpf_iter_css *it) __ksym;
void bpf_iter_css_destroy(struct bpf_iter_css *it) __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
void bpf_preempt_disable(void) __ksym;
void bpf_preempt_enable(void) __ksym;
extern const int cpu_number __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__type(value, u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

u64 nr_forward, nr_moved, nr_and, nr_init, nr_forked, nr_events_looked;
u32 mask_cpu;

/* ---- masks, cgroups, helpers: from user space ---- */

static void check_masks(void)
{
	struct bpf_cpumask *a = bpf_cpumask_create(), *b = bpf_cpumask_create();

	if (a && b) {
		bpf_cpumask_set_cpu(1, a);
		bpf_cpumask_set_cpu(1, b);
		bpf_cpumask_set_cpu(3, b);
		CHECK(bpf_cpumask_subset((void *)a, (void *)b));
		CHECK(!bpf_cpumask_subset((void *)b, (void *)a));
		CHECK(bpf_cpumask_intersects((void *)a, (void *)b));
		CHECK(bpf_cpumask_test_and_clear_cpu(1, a));
		CHECK(!bpf_cpumask_test_and_clear_cpu(1, a));
		CHECK(!bpf_cpumask_test_and_clear_cpu(1000000, a));
		CHECK(bpf_cpumask_empty((void *)a));
		CHECK(bpf_cpumask_subset((void *)a, (void *)b));
		CHECK(!bpf_cpumask_intersects((void *)a, (void *)b));
		CHECK(bpf_cpumask_first((void *)a) >= 4);
	}
	if (a)
		bpf_cpumask_release(a);
	if (b)
		bpf_cpumask_release(b);
}

/* the root, and /a below it, which the scenario made */
static void check_cgroups(void)
{
	struct cgroup *root = bpf_cgroup_from_id(1), *none = bpf_cgroup_from_id(1 << 20);
	struct cgroup_subsys_state *pos;
	struct bpf_iter_css it;
	u32 pre = 0, post = 0;

	CHECK(!none);
	if (none)
		bpf_cgroup_release(none);
	CHECK(root);
	if (!root)
		return;
	CHECK(root->kn->id == 1 && root->level == 0);
	bpf_rcu_read_lock();
	bpf_iter_css_new(&it, &root->self, BPF_CGROUP_ITER_DESCENDANTS_PRE);
	while ((pos = bpf_iter_css_next(&it)))
		CHECK(pre++ || pos == &root->self);
	bpf_iter_css_destroy(&it);
	bpf_iter_css_new(&it, &root->self, BPF_CGROUP_ITER_DESCENDANTS_POST);
	while ((pos = bpf_iter_css_next(&it)))
		CHECK(++post == 2 || pos != &root->self);
	bpf_iter_css_destroy(&it);
	bpf_rcu_read_unlock();
	CHECK(pre == 2 && post == 2);
	bpf_cgroup_release(root);
}

static void check_helpers(void)
{
	u64 value = 5, got = 0;
	char text[8] = "abc";

	CHECK(!bpf_strncmp(text, 8, "abc"));
	CHECK(bpf_strncmp(text, 8, "abd") == -1);
	CHECK(bpf_strncmp(text, 2, "abd") == 0);
	CHECK(bpf_strncmp(text, 8, "ab") == 1);
	CHECK(!bpf_probe_read_kernel(&got, sizeof(got), &value) && got == 5);
	CHECK(bpf_probe_read_kernel(&got, sizeof(got), (void *)8) == -34 && got == 0);
	CHECK(bpf_map_pop_elem(&queue, &got) == -2);
	CHECK(!bpf_map_push_elem(&queue, &value, 0));
	value = 6;
	CHECK(!bpf_map_push_elem(&queue, &value, 0));
	CHECK(bpf_map_push_elem(&queue, &value, 0) == -7);
	CHECK(!bpf_map_pop_elem(&queue, &got) && got == 5);
	CHECK(!bpf_map_peek_elem(&queue, &got) && got == 6);
}

static void check_machine(void)
{
	struct task_struct *p = bpf_get_current_task_btf();
	const int *cpu;

	CHECK(scx_bpf_nr_cpu_ids() == 4);
	CHECK(!bpf_ksym_exists(scx_bpf_nr_node_ids) || scx_bpf_nr_node_ids() == 2);
	CHECK(scx_bpf_cpuperf_cap(0) == 1024);
	CHECK(scx_bpf_cpuperf_cur(3) == 1024);
	bpf_preempt_disable();
	bpf_preempt_enable();
	CHECK(!p->__state && p->signal && p->signal == p->group_leader->signal);
	if (bpf_ksym_exists(&cpu_number)) {
		cpu = bpf_per_cpu_ptr(&cpu_number, 2);
		CHECK(cpu && *cpu == 2);
		CHECK(!bpf_per_cpu_ptr(&cpu_number, 100000));
	}
}

/* a sleepable program may not use an array of perf events */
SEC("tp_btf/sched_switch")
int BPF_PROG(look_at_events)
{
	struct bpf_perf_event_value event = { 7, 7, 7 };

	CHECK(bpf_perf_event_read_value(&events, 0, &event, sizeof(event)) == -2);
	CHECK(!event.counter && !event.enabled && !event.running);
	CHECK(bpf_perf_event_read_value(&events, 9, &event, sizeof(event)) == -7);
	CHECK(bpf_perf_event_read_value(&events, 0, &event, 8) == -22);
	nr_events_looked++;
	return 0;
}

SEC("syscall")
int look(void *ctx)
{
	check_masks();
	check_cgroups();
	check_helpers();
	check_machine();
	return nr_wrong;
}

/* ---- the scheduler's own ---- */

SCX_OP_SLEEPABLE(s_init)
s32 BPF_PROG(s_init)
{
	s32 err = scx_bpf_create_dsq(QUEUE, -1);

	return err ?: scx_bpf_create_dsq(OTHER, -1);
}

SCX_OP_SLEEPABLE(s_init_task)
s32 BPF_PROG(s_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	nr_init++;
	nr_forked += args->fork;
	CHECK(args->cgroup && args->cgroup->kn->id >= 1);
	return 0;
}

/* only CPU 3 will do */
static s32 select_and(struct task_struct *p, s32 prev_cpu, u64 wake_flags, const struct cpumask *only)
{
	if (bpf_ksym_exists(__scx_bpf_select_cpu_and)) {
		struct scx_bpf_select_cpu_and_args args = {
			.prev_cpu = prev_cpu, .wake_flags = wake_flags,
		};

		return __scx_bpf_select_cpu_and(p, only, &args);
	}
	if (bpf_ksym_exists(scx_bpf_select_cpu_and))
		return scx_bpf_select_cpu_and(p, prev_cpu, wake_flags, only, 0);
	return -16;
}

SCX_OP(s_select_cpu)
s32 BPF_PROG(s_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct bpf_cpumask *only = bpf_cpumask_create();
	s32 cpu = -16;

	if (only) {
		bpf_cpumask_set_cpu(3, only);
		cpu = select_and(p, prev_cpu, wake_flags, (void *)only);
		bpf_cpumask_release(only);
	}
	CHECK(cpu == 3 || cpu == -16);
	nr_and += cpu == 3;
	return cpu >= 0 ? cpu : prev_cpu;
}

SCX_OP(s_enqueue)
void BPF_PROG(s_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert_vtime(p, QUEUE, 1000000, 1000 + p->pid, enq_flags);
}

static bool move_to_other(struct bpf_iter_scx_dsq *it, struct task_struct *p)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_vtime)) {
		(scx_bpf_dsq_move_set_vtime)(it, 1);
		return (scx_bpf_dsq_move_vtime)(it, p, OTHER, 0);
	}
	(scx_bpf_dispatch_from_dsq_set_vtime)(it, 1);
	return (scx_bpf_dispatch_vtime_from_dsq)(it, p, OTHER, 0);
}

/* in order, forward; the last one goes to the front of the other queue */
SCX_OP(s_dispatch)
void BPF_PROG(s_dispatch, s32 cpu, struct task_struct *prev)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	u64 last = 0, n = 0, queued = scx_bpf_dsq_nr_queued(QUEUE);

	CHECK(!bpf_iter_scx_dsq_new(&it, QUEUE, 0));
	while ((p = bpf_iter_scx_dsq_next(&it))) {
		CHECK(p->scx.dsq_vtime >= last);
		last = p->scx.dsq_vtime;
		n++;
		if (n == 3) {
			nr_moved += move_to_other(&it, p);
		}
	}
	bpf_iter_scx_dsq_destroy(&it);
	CHECK(n <= queued + 1);
	nr_forward += n;
	if (!dsq_move_to_local(OTHER))
		dsq_move_to_local(QUEUE);
}

SCX_OP(s_running)
void BPF_PROG(s_running, struct task_struct *p)
{
	CHECK(p->scx.dsq_vtime == 1 || p->scx.dsq_vtime == 1000 + p->pid || !p->scx.dsq_vtime);
}

SEC(".struct_ops.link")
struct sched_ext_ops surface_ops = {
	.init = (void *)s_init,
	.init_task = (void *)s_init_task,
	.select_cpu = (void *)s_select_cpu,
	.enqueue = (void *)s_enqueue,
	.dispatch = (void *)s_dispatch,
	.running = (void *)s_running,
	.name = "surface",
};
