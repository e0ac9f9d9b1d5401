// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's types: that both compilers lay them out alike, and that profiles have
 * what theirs is. That it is what the real kernels have, tests/types.sh says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "abi/bpf.h"
#include "abi/btf.h"
#include "abi/cgroup.h"
#include "abi/cpufreq.h"
#include "abi/ext.h"
#include "abi/process.h"
#include "abi/profile.h"
#include "abi/sched.h"
#include "abi/trace.h"

static struct btf_types *types_of(const char *profile)
{
	struct btf_types *bt = NULL;

	assert_int_equal(vmbtf_create(profile_find(profile), &bt), 0);
	return bt;
}

static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *t,
					    const char *name)
{
	for (u32 i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), name))
			return &btf_members(t)[i];
	return NULL;
}

static const struct btf_type *find_struct(const struct btf *btf, const char *name)
{
	s32 id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

/* ---- layout ---- */

struct layout {
	const char *type, *member;
	size_t offset, size; /* @size of the type */
};

#define AT(t, m) { #t, #m, offsetof(struct t, m), sizeof(struct t) }

/* of 7.3's members */
static const struct layout layouts[] = {
	AT(task_struct, thread_info),
	AT(task_struct, __state),
	AT(task_struct, flags),
	AT(task_struct, recent_used_cpu),
	AT(task_struct, wake_cpu),
	AT(task_struct, prio),
	AT(task_struct, policy),
	AT(task_struct, nr_cpus_allowed),
	AT(task_struct, cpus_ptr),
	AT(task_struct, cpus_mask),
	AT(task_struct, migration_disabled),
	AT(task_struct, sched_class),
	AT(task_struct, se),
	AT(task_struct, rt),
	AT(task_struct, scx),
	AT(task_struct, sched_task_group),
	AT(task_struct, stats),
	AT(task_struct, mm),
	AT(task_struct, exit_state),
	AT(task_struct, pid),
	AT(task_struct, tgid),
	AT(task_struct, real_parent),
	AT(task_struct, group_leader),
	AT(task_struct, thread_pid),
	AT(task_struct, utime),
	AT(task_struct, nvcsw),
	AT(task_struct, comm),
	AT(task_struct, signal),
	AT(task_struct, cgroups),
	AT(task_struct, mempolicy),
	AT(task_struct, worker_private),
	AT(task_struct, usage),
	AT(task_struct, tasks),
	AT(task_struct, numa_preferred_nid),

	AT(rq, __lock),
	AT(rq, cpu),
	AT(rq, nr_running),
	AT(rq, clock),
	AT(rq, curr),
	AT(rq, idle),
	AT(rq, cfs),
	AT(rq, rt),
	AT(rq, scx),
	AT(rq, donor),
	AT(rq, next_class),

	AT(scx_rq, local_dsq),
	AT(scx_rq, runnable_list),
	AT(scx_rq, nr_running),
	AT(scx_rq, flags),
	AT(scx_rq, cpuperf_target),
	AT(scx_rq, cpu_released),
	AT(scx_rq, deferred_bal_cb),
	AT(scx_rq, kick_cpus_irq_work),
	AT(scx_rq, clock),
	AT(scx_rq, cpus_to_sync),
	AT(scx_rq, kick_sync),

	AT(sched_ext_entity, dsq),
	AT(sched_ext_entity, dsq_list),
	AT(sched_ext_entity, dsq_priq),
	AT(sched_ext_entity, flags),
	AT(sched_ext_entity, weight),
	AT(sched_ext_entity, sticky_cpu),
	AT(sched_ext_entity, holding_cpu),
	AT(sched_ext_entity, kf_tasks),
	AT(sched_ext_entity, ops_state),
	AT(sched_ext_entity, runnable_at),
	AT(sched_ext_entity, ddsp_dsq_id),
	AT(sched_ext_entity, ddsp_enq_flags),
	AT(sched_ext_entity, slice),
	AT(sched_ext_entity, dsq_vtime),
	AT(sched_ext_entity, disallow),
	AT(sched_ext_entity, cgrp_moving_from),
	AT(sched_ext_entity, tasks_node),
	AT(sched_ext_entity, tid),

	AT(sched_ext_ops, select_cpu),
	AT(sched_ext_ops, enqueue),
	AT(sched_ext_ops, dispatch),
	AT(sched_ext_ops, update_idle),
	AT(sched_ext_ops, init_task),
	AT(sched_ext_ops, dump),
	AT(sched_ext_ops, cgroup_init),
	AT(sched_ext_ops, cpu_online),
	AT(sched_ext_ops, init),
	AT(sched_ext_ops, exit),
	AT(sched_ext_ops, flags),
	AT(sched_ext_ops, timeout_ms),
	AT(sched_ext_ops, hotplug_seq),
	AT(sched_ext_ops, name),
	AT(sched_ext_ops, cpu_acquire),
	AT(sched_ext_ops, cpu_release),
	AT(sched_ext_ops, sub_cgroup_id),

	AT(sched_ext_ops_cid, select_cid),
	AT(sched_ext_ops_cid, cid_online),
	AT(sched_ext_ops_cid, flags),
	AT(sched_ext_ops_cid, name),
	AT(bpf_struct_ops_sched_ext_ops, data),
	AT(bpf_struct_ops_sched_ext_ops_cid, data),

	AT(scx_dispatch_q, list),
	AT(scx_dispatch_q, nr),
	AT(scx_dispatch_q, id),
	AT(scx_exit_info, kind),
	AT(scx_exit_info, exit_code),
	AT(scx_exit_info, reason),
	AT(scx_exit_info, msg),
	AT(scx_exit_info, dump),
	AT(scx_exit_info, exit_cpu),
	AT(scx_init_task_args, cgroup),
	AT(scx_cgroup_init_args, bw_period_us),
	AT(scx_cmask, bits),
	AT(scx_event_stats, SCX_EV_SUB_RESCUE),
	AT(cgroup, self),
	AT(cgroup, level),
	AT(cgroup, kn),
	AT(cgroup, subsys),
	AT(cgroup, ancestors),
	AT(cgroup_subsys_state, parent),
	AT(css_set, dfl_cgrp),
	AT(kernfs_node, name),
	AT(kernfs_node, id),
	AT(task_group, css),
	AT(task_group, scx),
	AT(signal_struct, thread_head),
	AT(signal_struct, pids),
	AT(pid, numbers),
	AT(mempolicy, home_node),
	AT(cred, euid),
	AT(cpufreq_policy, cpuinfo),
	AT(pt_regs, di),
	AT(pt_regs, orig_ax),
	AT(pt_regs, sp),
	AT(trace_event_raw_sched_switch, next_pid),
	AT(trace_event_raw_sys_enter, args),
	AT(bpf_iter__task, task),
	AT(bpf_iter_meta, session_id),
	AT(bpf_cpumask, usage),
	AT(bpf_iter_scx_dsq_kern, vtime),
};

static void host_and_btf_agree(void **state)
{
	struct btf_types *bt = types_of("7.3");

	for (u32 i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *l = &layouts[i];
		const struct btf_type *t = find_struct(bt->btf, l->type);
		const struct btf_member *m = t ? find_member(bt->btf, t, l->member) : NULL;

		if (!m)
			fail_msg("%s.%s is not in the BTF", l->type, l->member);
		if (m->offset != l->offset * 8 || t->size != l->size)
			fail_msg("%s.%s: at %zu of %zu for the host, in the BTF %u of %u", l->type,
				 l->member, l->offset, l->size, m->offset / 8, t->size);
	}
	vmbtf_destroy(bt);
}

/* Records that the kernel laid out anew: a struct for each profile (annot.h: __named). */
static const struct {
	const char *name;
	size_t fixed, dynamic;
} two_shapes[] = {
#define SHAPES(name) { #name, sizeof(struct name##___fixed), sizeof(struct name) }
	SHAPES(trace_event_raw_sched_process_template),
	SHAPES(trace_event_raw_sched_process_fork),
	SHAPES(trace_event_raw_sched_migrate_task),
};

static bool check_shapes(const char *name, const struct btf_type *old, const struct btf_type *new)
{
	for (u32 i = 0; i < ARRAY_SIZE(two_shapes); i++) {
		if (strcmp(two_shapes[i].name, name))
			continue;
		assert_int_equal(old->size, two_shapes[i].fixed);
		assert_int_equal(new->size, two_shapes[i].dynamic);
		return true;
	}
	return false;
}

/* Ops that moved to the end, where they are looked for by name. */
static bool two_places(const char *member)
{
	return !strcmp(member, "cpu_acquire") || !strcmp(member, "cpu_release");
}

/* Both profiles' offsets are the host's, since the model is compiled once. */
static void profiles_share_layout(void **state)
{
	struct btf_types *old = types_of("6.12"), *new = types_of("7.3");
	u32 nr = btf__type_cnt(old->btf);

	for (u32 id = 1; id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(old->btf, id), *other;
		const char *name = btf__name_by_offset(old->btf, t->name_off);

		other = btf_is_struct(t) && *name ? find_struct(new->btf, name) : NULL;
		if (!other || check_shapes(name, t, other))
			continue;
		assert_int_equal(t->size, other->size);
		for (u32 i = 0; i < btf_vlen(t); i++) {
			const struct btf_member *m = &btf_members(t)[i];
			const char *member = btf__name_by_offset(old->btf, m->name_off);
			const struct btf_member *n =
				*member ? find_member(new->btf, other, member) : NULL;

			if (n && n->offset != m->offset && !two_places(member))
				fail_msg("%s.%s has two places", name, member);
		}
	}
	vmbtf_destroy(old);
	vmbtf_destroy(new);
}

/* uapi.bpf.h against the header that the host includes */
static void uapi_agrees(void **state)
{
#define SIZE(t) { #t, sizeof(struct t) }
	static const struct {
		const char *name;
		size_t size;
	} structs[] = {
		SIZE(bpf_spin_lock),
		SIZE(bpf_timer),
		SIZE(bpf_wq),
		SIZE(bpf_task_work),
		SIZE(bpf_dynptr),
		SIZE(bpf_list_head),
		SIZE(bpf_list_node),
		SIZE(bpf_rb_root),
		SIZE(bpf_rb_node),
		SIZE(bpf_refcount),
		SIZE(bpf_iter_num),
		SIZE(bpf_perf_event_value),
		SIZE(bpf_pidns_info),
		SIZE(bpf_cgroup_storage_key),
		SIZE(bpf_stack_build_id),
	};
	struct btf_types *bt = types_of("7.3");
	u64 v;

	for (u32 i = 0; i < ARRAY_SIZE(structs); i++) {
		const struct btf_type *t = find_struct(bt->btf, structs[i].name);

		if (!t || t->size != structs[i].size)
			fail_msg("struct %s", structs[i].name);
	}
#define SAME(name)                                                          \
	do {                                                                \
		assert_true(profile_enum(profile_find("6.12"), #name, &v)); \
		assert_int_equal(v, name);                                  \
	} while (0)
	SAME(BPF_MAP_TYPE_ARENA);
	SAME(BPF_PROG_TYPE_STRUCT_OPS);
	SAME(BPF_TRACE_FENTRY);
	SAME(BPF_FUNC_cgrp_storage_get);
	SAME(BPF_F_TIMER_CPU_PIN);
	SAME(BPF_F_CTXLEN_MASK);
	SAME(BPF_RINGBUF_BUSY_BIT);
	SAME(BPF_CGROUP_ITER_DESCENDANTS_PRE);
	vmbtf_destroy(bt);
}

/* ---- presence ---- */

struct presence {
	const char *name, *member;
	u32 kind;
	bool in_612, in_73;
};

static const struct presence presences[] = {
	{ "scx_bpf_dispatch", NULL, BTF_KIND_FUNC, true, false },
	{ "scx_bpf_consume", NULL, BTF_KIND_FUNC, true, false },
	{ "scx_bpf_cpu_rq", NULL, BTF_KIND_FUNC, true, false },
	{ "scx_bpf_dsq_insert", NULL, BTF_KIND_FUNC, false, true },
	{ "scx_bpf_dsq_insert___v2", NULL, BTF_KIND_FUNC, false, true },
	{ "scx_bpf_now", NULL, BTF_KIND_FUNC, false, true },
	{ "scx_bpf_kick_cpu", NULL, BTF_KIND_FUNC, true, true },
	{ "bpf_iter_num_new", NULL, BTF_KIND_FUNC, true, true },
	{ "bpf_res_spin_lock", NULL, BTF_KIND_FUNC, false, true },
	{ "bpf_scx_reg", NULL, BTF_KIND_FUNC, true, true },
	{ "balance_scx", NULL, BTF_KIND_FUNC, true, false },
	{ "pick_next_task_fair", NULL, BTF_KIND_FUNC, true, false },
	{ "kick_sync_wait_bal_cb", NULL, BTF_KIND_FUNC, false, true },
	{ "pick_task_scx", NULL, BTF_KIND_FUNC, true, true },
	{ "bpf_lsm_task_alloc", NULL, BTF_KIND_FUNC, true, true },
	{ "bpf_iter_task", NULL, BTF_KIND_FUNC, true, true },
	{ "btf_trace_sched_switch", NULL, BTF_KIND_TYPEDEF, true, true },
	{ "btf_trace_sched_process_exit", NULL, BTF_KIND_TYPEDEF, true, true },
	{ "btf_trace_sched_ext_event", NULL, BTF_KIND_TYPEDEF, false, true },
	{ "runqueues", NULL, BTF_KIND_VAR, true, true },
	{ "pcpu_hot", NULL, BTF_KIND_VAR, true, false },
	{ "__preempt_count", NULL, BTF_KIND_VAR, false, true },
	{ "sched_ext_ops_cid", NULL, BTF_KIND_STRUCT, false, true },
	{ "bpf_struct_ops_sched_ext_ops", NULL, BTF_KIND_STRUCT, true, true },
	{ "bpf_struct_ops_sched_ext_ops_cid", NULL, BTF_KIND_STRUCT, false, true },
	{ "scx_bpf_dsq_insert_vtime_args", NULL, BTF_KIND_STRUCT, false, true },
	{ "sched_ext_entity", "kf_mask", BTF_KIND_STRUCT, true, false },
	{ "sched_ext_entity", "tid", BTF_KIND_STRUCT, false, true },
	{ "sched_ext_ops", "dump", BTF_KIND_STRUCT, true, true },
	{ "sched_ext_ops", "sub_attach", BTF_KIND_STRUCT, false, true },
	{ "scx_exit_info", "exit_cpu", BTF_KIND_STRUCT, false, true },
	{ "scx_rq", "pnt_seq", BTF_KIND_STRUCT, true, false },
	{ "task_struct", "m", BTF_KIND_STRUCT, false, false },
	{ "task_model", NULL, BTF_KIND_FWD, false, false },
	{ "scx_sched", NULL, BTF_KIND_FWD, false, true },
};

static bool present(const struct btf_types *bt, const struct presence *p)
{
	u32 id = vmbtf_find(bt, p->name, p->kind);

	return id && (!p->member || find_member(bt->btf, btf__type_by_id(bt->btf, id), p->member));
}

static void profiles_have_their_own(void **state)
{
	struct btf_types *old = types_of("6.12"), *new = types_of("7.3");

	for (u32 i = 0; i < ARRAY_SIZE(presences); i++) {
		const struct presence *p = &presences[i];

		if (present(old, p) != p->in_612 || present(new, p) != p->in_73)
			fail_msg("%s.%s", p->name, p->member ? p->member : "");
	}
	vmbtf_destroy(old);
	vmbtf_destroy(new);
}

static void enumerators_by_profile(void **state)
{
	const struct profile *old = profile_find("6.12"), *new = profile_find("v7.3");
	u64 v;

	assert_true(profile_enum(old, "SCX_ENQ_HEAD", &v));
	assert_int_equal(v, 0x10);
	assert_true(profile_enum(new, "__SCX_ENQ_HEAD", &v));
	assert_int_equal(v, 0x10000);
	assert_true(profile_enum(new, "__SCX_DSQ_LOCAL_ON", &v));
	assert_true(v == 3ULL << 62);
	assert_true(profile_enum(old, "__SCX_ENQ_INTERNAL_MASK", &v));
	assert_true(v == 0xffULL << 56);
	/* loaders look for it in enum scx_task_state, which 7.3 has no more */
	assert_true(profile_enum(old, "__SCX_TASK_READY", &v));
	assert_int_equal(v, 2);
	assert_false(profile_enum(new, "__SCX_TASK_READY", &v));
	assert_false(profile_enum(old, "__SCX_ENQ_IMMED", &v));
	assert_int_equal(v, 0);
	assert_false(profile_enum(new, "SCX_NO_SUCH_THING", &v));

	assert_int_equal(old->e.SCX_ENQ_HEAD_v, 0x10);
	assert_true(old->e.SCX_ENQ_IMMED_v == ENUM_ABSENT);
	assert_int_equal(new->kernel->hz, 250);
	assert_null(profile_find("5.4"));
}

static const char *nearest(const char *name, bool want_exact)
{
	bool exact;
	const struct profile *prof = profile_nearest(name, &exact);

	if (!prof)
		return "none";
	assert_int_equal(exact, want_exact);
	return prof->release;
}

static void kernels_by_name(void **state)
{
	assert_string_equal(nearest("6.12", true), "6.12.117");
	assert_string_equal(nearest("6.12.107", true), "6.12.107");
	assert_string_equal(nearest("v6.12.110", false), "6.12.107");
	assert_string_equal(nearest("6.12.200", false), "6.12.117");
	assert_string_equal(nearest("6.12.1", false), "6.12.1");
	assert_ptr_equal(profile_find("6.12.1"), profile_find("v6.12.1"));
	assert_string_equal(nearest("6.13", true), "none");
	assert_string_equal(nearest("6", true), "none");
	assert_string_equal(nearest("6.12.", true), "none");
	assert_string_equal(nearest("7.3-rc1", true), "none");
	assert_string_equal(profile_default()->name, "7.3");
	assert_true(profile_find("7.4")->kernel->preview);
}

/* Before the first row of a series the dates of its point releases count all the same. */
static void early_releases_by_dates(void **state)
{
	const struct profile *p2 = profile_find("6.18.2"), *p3 = profile_find("6.18.3"),
			     *first = profile_find("6.18.15");

	assert_true(p2->b.stop_tasks_become_rt);
	assert_false(p3->b.stop_tasks_become_rt);
	assert_true(p3->b.kick_higher_class);
	assert_false(first->b.kick_higher_class);
	assert_true(profile_has_kfunc(p2, "scx_bpf_cpu_curr"));
	assert_string_equal(p2->name, "6.18.2");
	assert_int_equal(p2->kernel->hz, first->kernel->hz);
	assert_string_equal(first->name, "6.18.15");
	assert_string_equal(profile_find("6.18.9")->release, "6.18.9");
}

static void dates_are_read(void **state)
{
	static const struct {
		const char *dates, *kernels;
	} cases[] = {
		{ ALWAYS, "6.12.107 6.12 6.16 6.17 6.18.15 6.18 6.19 7.0 7.1 7.2 7.3 7.4 " },
		{ SINCE("7.1"), "7.1 7.2 7.3 7.4 " },
		{ UNTIL("6.17"), "6.12.107 6.12 6.16 " },
		{ SINCE("7.2 6.18.19 6.12.108"), "6.12 6.18 7.2 7.3 7.4 " },
		{ SINCE("6.17") UNTIL("6.19 6.18.16"), "6.17 6.18.15 " },
		{ UNTIL("6.16") SINCE("7.3"), "6.12.107 6.12 7.3 7.4 " },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct profile *prof;
		char got[256] = "";

		for (u32 k = 0; (prof = profile_at(k)); k++)
			if (profile_within(prof, cases[i].dates)) {
				strcat(got, prof->name);
				strcat(got, " ");
			}
		assert_string_equal(got, cases[i].kernels);
	}
}

static void dates_in_words(void **state)
{
	char text[128];

	kernel_dates_text(SINCE("7.0 6.19.12") UNTIL("7.3"), text, sizeof(text));
	assert_string_equal(text, "since 7.0; in 6.19 since .12; until 7.3");
	kernel_dates_text(ALWAYS, text, sizeof(text));
	assert_string_equal(text, "");
}

/* ---- hooks ---- */

/* FUNC or typedef @name in any profile? */
static bool in_any_profile(struct btf_types *const bt[2], const char *prefix, const char *name,
			   u32 kind)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return vmbtf_find(bt[0], full, kind) || vmbtf_find(bt[1], full, kind);
}

/* Whatever the model offers to attach to has a prototype to attach by. */
static void hooks_have_prototypes(void **state)
{
	static const struct {
		const char *prefix, *name;
		u32 kind;
	} hooks[] = {
#define HOOK_FN(name, nr_args) { "", #name, BTF_KIND_FUNC },
#define HOOK_FN_AS(name, btf, nr_args) { "", #btf, BTF_KIND_FUNC },
#define HOOK_TP(name, nr_args) { "btf_trace_", #name, BTF_KIND_TYPEDEF },
#define HOOK_LSM(name, nr_args) { "bpf_lsm_", #name, BTF_KIND_FUNC },
#define HOOK_LSM_VOID(name, nr_args) { "bpf_lsm_", #name, BTF_KIND_FUNC },
#include "kern/hooks.def"
	};
	struct btf_types *bt[2] = { types_of("6.12"), types_of("7.3") };

	for (u32 i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!in_any_profile(bt, hooks[i].prefix, hooks[i].name, hooks[i].kind))
			fail_msg("no prototype of %s in abi/functions.def", hooks[i].name);
	vmbtf_destroy(bt[0]);
	vmbtf_destroy(bt[1]);
}

/* ---- the base's notes ---- */

static void notes_are_read(void **state)
{
	struct vmbtf_base *base;
	const struct vmbtf_note *n;
	bool pnt_seq = false;

	assert_int_equal(vmbtf_base_create(&base), 0);
	assert_true(vmbtf_undriven(base, "rq", "lost_idle_time"));
	assert_false(vmbtf_undriven(base, "rq", "curr"));
	for (u32 i = 0; (n = vmbtf_note_at(base, i)); i++)
		if (n->member && !strcmp(n->member, "pnt_seq"))
			pnt_seq = vmbtf_note_within(n, profile_find("6.18")) &&
				  !vmbtf_note_within(n, profile_find("6.19"));
	assert_true(pnt_seq);
	vmbtf_base_destroy(base);
}

/* ---- output ---- */

static char *dump_text(const char *profile, size_t *len)
{
	struct btf_types *bt = types_of(profile);
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	assert_int_equal(vmbtf_dump_c(bt, f), 0);
	fclose(f);
	vmbtf_destroy(bt);
	return text;
}

static void output_is_stable(void **state)
{
	struct btf_types *a = types_of("7.3"), *b = types_of("7.3");
	struct btf *parsed;
	size_t len;
	char *text;

	assert_int_equal(a->raw_size, b->raw_size);
	assert_memory_equal(a->raw, b->raw, a->raw_size);
	parsed = btf__new(a->raw, a->raw_size);
	assert_non_null(parsed);
	btf__free(parsed);
	vmbtf_destroy(a);
	vmbtf_destroy(b);

	text = dump_text("6.12", &len);
	assert_non_null(strstr(text, "extern void scx_bpf_kick_cpu(s32 cpu, u64 flags)"));
	assert_non_null(strstr(text, "SCX_TASK_NR_STATES = 4,"));
	assert_null(strstr(text, "___fixed"));
	assert_null(strstr(text, "emit_"));
	free(text);
}

/* clang, if there is one, takes the header. */
static void output_compiles(void **state)
{
	static const char *const profiles[] = { "6.12", "7.3" };

	if (system("clang-19 --version >/dev/null 2>&1"))
		skip();
	for (u32 i = 0; i < ARRAY_SIZE(profiles); i++) {
		size_t len;
		char *text = dump_text(profiles[i], &len);
		FILE *f =
			popen("clang-19 -target bpf -g -Wall -Werror -Wno-missing-declarations "
			      "-xc -c -o /dev/null -",
			      "w");

		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, len, f), len);
		assert_int_equal(pclose(f), 0);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_and_btf_agree),
		cmocka_unit_test(profiles_share_layout),
		cmocka_unit_test(uapi_agrees),
		cmocka_unit_test(profiles_have_their_own),
		cmocka_unit_test(enumerators_by_profile),
		cmocka_unit_test(kernels_by_name),
		cmocka_unit_test(early_releases_by_dates),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(dates_in_words),
		cmocka_unit_test(hooks_have_prototypes),
		cmocka_unit_test(notes_are_read),
		cmocka_unit_test(output_is_stable),
		cmocka_unit_test(output_compiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
