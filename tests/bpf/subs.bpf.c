/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subs.bpf.c - schedulers in one object, each below the one before it:
 *
 *	top		the root; grants what @grant says on the cids of @grant_cids
 *	mid		on a cgroup; grants what it has got, as far as @pass says
 *	low		on a cgroup below that
 *	deep, deeper	and so on; the last is one too many
 *
 * Each keeps its tasks on a DSQ 0 of its own. Who dispatches gives the CPU to its child first,
 * unless @own_first, then to its own tasks. Everything is counted by level.
 *
 *	SUBS_CPU	the cpu form, as 7.1 had it
 *	SUBS_CAPS	with the ops about capabilities
 *	SUBS_SEEN	with those about who runs, and about a child's capabilities
 */
#include "test.h"

#define __arena __attribute__((address_space(1)))
#define NR_LEVELS 5
#define MAX_CPUS 16

bool scx_bpf_sub_dispatch(u64 cgroup_id) __ksym __weak;
s32 scx_bpf_sub_grant(u64 cgroup_id, u64 caps, const struct scx_cmask *cmask__arena,
		      struct scx_cmask *denied_out__arena__nullable) __ksym __weak;
void scx_bpf_sub_revoke(u64 cgroup_id, u64 caps, const struct scx_cmask *cmask__arena) __ksym __weak;
s32 scx_bpf_sub_caps(u64 cgroup_id, u64 caps, struct scx_cmask *out__arena) __ksym __weak;
s32 scx_bpf_sub_kill_bstr(u64 cgroup_id, char *fmt, unsigned long long *data, u32 data__sz) __ksym __weak;
void scx_bpf_kick_cid(s32 cid, u64 flags) __ksym __weak;
void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags) __ksym __weak;

u64 grant = 7;			/* SCX_CAP_* that top gives to mid */
u64 grant_cids = ~0ULL;
u64 pass = 7;			/* and mid to low */
bool own_first;
bool never_sub;			/* top does not dispatch for its child */
s32 attach_err, init_err;
s32 fail_init_task_level = -1;	/* whose ops.init_task() fails, for tasks named "bad" */
s32 disallow_level = -1;	/* whose ops.init_task() disallows all but the drivers */
s32 stall_level = -1;		/* who keeps its tasks */
s32 error_level = -1;		/* who raises an error at its next enqueue */
s32 insert_cid = -1;		/* mid puts its tasks on that local DSQ */
u64 insert_flags;
s32 insert_level = 1;
u64 slice_ns = 5000000;
s32 kick_level = -1;		/* whose ops.running() kicks that cid */
s32 reenq_level = -1;		/* or reenqueues what is on the local DSQ of cid 1 */
s32 kick_cid;
u64 kick_flags;
u32 kicks;			/* bit N: level N's next ops.dispatch() kicks cid 1; 8 + N: ops.disable() */
u64 kicks_flags[NR_LEVELS];

u64 child_of[NR_LEVELS];	/* the cgroup of the child of each */
u64 nr_enqueue[NR_LEVELS], nr_dispatch[NR_LEVELS], nr_running[NR_LEVELS], nr_init_task[NR_LEVELS],
	nr_exit_task[NR_LEVELS], nr_cancelled[NR_LEVELS], nr_enable[NR_LEVELS], nr_disable[NR_LEVELS],
	nr_idle[NR_LEVELS], nr_reenq_cap[NR_LEVELS], nr_exits[NR_LEVELS];
u64 nr_dump[NR_LEVELS], nr_dump_task[NR_LEVELS];
u64 nr_attach, nr_detach, nr_sub_true, nr_sub_false;
u64 attach_cgroup, detach_cgroup;
char attach_path[64];
s32 exit_order[8];		/* levels, as their ops.exit() come */
u32 nr_exit_order;
s32 exit_kinds[NR_LEVELS];
char dump_of_mid[32];		/* how it begins */
s32 grant_ret, grant_ret_mid;
u64 denied_bits, caps_bits;
/* of sub_caps_updated and sub_ecaps_updated */
u64 nr_caps_updated[NR_LEVELS], caps_changed[NR_LEVELS], caps_cids[NR_LEVELS];
u64 nr_ecaps[NR_LEVELS];
u64 ecaps_before[MAX_CPUS], ecaps_after[MAX_CPUS];	/* of mid, by cid */
/* of sub_cid_sched_updated, as long as there is room */
#define NR_SEEN 64
u32 nr_seen;
s32 seen_level[NR_SEEN], seen_cid[NR_SEEN];
s64 seen_sched[NR_SEEN];	/* -1: itself, -2: nobody */
/* of sub_child_ecaps_updated */
u64 nr_child_ecaps[NR_LEVELS], child_ecaps_of[NR_LEVELS], child_ecaps_before[MAX_CPUS],
	child_ecaps_after[MAX_CPUS];	/* of the root's children, by cid */
bool grant_at_return;		/* top grants again when it gets a task back */
s32 regrant_ret = -1;

#ifndef SUBS_CPU
struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
} arena SEC(".maps");

struct scx_cmask __arena *mask, __arena *out;

#define TOUCH_ARENA() ({ asm volatile("" :: "r"(&arena)); })

static __always_inline void fill_mask(struct scx_cmask __arena *m, u64 bits, u32 nr)
{
	m->base = 0;
	m->nr_cids = nr;
	m->alloc_words = 2;
	m->bits[0] = bits;
}
#else
#define TOUCH_ARENA() ({ })
#endif

static __always_inline bool is_named(const struct task_struct *p, char a, char b)
{
	return p->comm[0] == a && p->comm[1] == b;
}

/* ---- what all do, by level ---- */

static __always_inline void level_enqueue(u32 level, struct task_struct *p, u64 enq_flags)
{
	nr_enqueue[level]++;
	if ((enq_flags & SCX_ENQ_REENQ) && (p->scx.flags & 0x7000) == 0x4000)
		nr_reenq_cap[level]++;
	if (error_level == (s32)level)
		fail_with("level %lu asks for it", level);
	if (stall_level == (s32)level)
		return;
	if (insert_cid >= 0 && insert_level == (s32)level && !(enq_flags & SCX_ENQ_REENQ)) {
		dsq_insert(p, SCX_DSQ_LOCAL_ON | insert_cid, slice_ns, enq_flags | insert_flags);
		return;
	}
	dsq_insert(p, 0, slice_ns, enq_flags);
#ifndef SUBS_CPU
	if (enq_flags & SCX_ENQ_REENQ)
		scx_bpf_kick_cid(0, SCX_KICK_IDLE);
#endif
}

static __always_inline void level_kick(u32 level, u32 bit)
{
	if (!(kicks & 1 << bit))
		return;
	kicks &= ~(1 << bit);
#ifdef SUBS_CPU
	scx_bpf_kick_cpu(1, kicks_flags[level]);
#else
	scx_bpf_kick_cid(1, kicks_flags[level]);
#endif
}

static __always_inline void level_dispatch(u32 level)
{
	nr_dispatch[level]++;
	level_kick(level, level);
	if (own_first && dsq_move_to_local(0))
		return;
	if (child_of[level] && !(never_sub && !level)) {
		if (scx_bpf_sub_dispatch(child_of[level])) {
			nr_sub_true++;
			return;
		}
		nr_sub_false++;
	}
	dsq_move_to_local(0);
}

static __always_inline void level_running(u32 level)
{
	nr_running[level]++;
#ifndef SUBS_CPU
	if (reenq_level == (s32)level && bpf_ksym_exists(scx_bpf_dsq_reenq))
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL_ON | 1, 0);
	if (kick_level == (s32)level)
		scx_bpf_kick_cid(kick_cid, kick_flags);
#endif
}

static __always_inline void level_exit(u32 level, struct scx_exit_info *ei)
{
	u32 n = nr_exit_order++;

	nr_exits[level]++;
	exit_kinds[level] = ei->kind;
	if (level == 1)
		bpf_probe_read_kernel_str(dump_of_mid, sizeof(dump_of_mid), ei->dump);
	if (n < 8)
		exit_order[n] = level;
}

static __always_inline s32 level_attach(u32 level, struct scx_sub_attach_args *args)
{
	nr_attach++;
	if (attach_err)
		return attach_err;
	attach_cgroup = args->ops->sub_cgroup_id;
	bpf_probe_read_kernel_str(attach_path, sizeof(attach_path), args->cgroup_path);
	child_of[level] = attach_cgroup;
#ifndef SUBS_CPU
	if (bpf_ksym_exists(scx_bpf_sub_grant) && mask) {
		s32 ret;

		fill_mask(mask, grant_cids, scx_bpf_nr_cids());
		fill_mask(out, 0, scx_bpf_nr_cids());
		ret = scx_bpf_sub_grant(attach_cgroup, level ? pass : grant, (void *)mask, (void *)out);
		denied_bits = out->bits[0];
		if (level)
			grant_ret_mid = ret;
		else
			grant_ret = ret;
	}
#endif
	return 0;
}

static __always_inline void level_detach(u32 level, struct scx_sub_detach_args *args)
{
	nr_detach++;
	detach_cgroup = args->ops->sub_cgroup_id;
	child_of[level] = 0;
}

static __always_inline s32 level_init(u32 level)
{
	if (init_err && level == 1)
		return init_err;
#ifndef SUBS_CPU
	TOUCH_ARENA();
	if (!mask) {
		mask = (struct scx_cmask __arena *)(u64)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
		if (!mask)
			return -ENOMEM;
		out = (void __arena *)((u64)mask + 2048);
	}
#endif
	return scx_bpf_create_dsq(0, -1);
}

static __always_inline s32 level_init_task(u32 level, struct task_struct *p)
{
	nr_init_task[level]++;
#ifndef SUBS_CPU
	TOUCH_ARENA();
	if (!level && grant_at_return && child_of[0] && mask && bpf_ksym_exists(scx_bpf_sub_grant)) {
		fill_mask(mask, grant_cids, scx_bpf_nr_cids());
		regrant_ret = scx_bpf_sub_grant(child_of[0], 7, (void *)mask, NULL);
	}
#endif
	if (disallow_level == (s32)level && !is_named(p, 'd', 'r'))
		p->scx.disallow = true;
	return fail_init_task_level == (s32)level && is_named(p, 'b', 'a') ? -ENOMEM : 0;
}

static __always_inline void level_exit_task(u32 level, struct scx_exit_task_args *args)
{
	nr_exit_task[level]++;
	nr_cancelled[level] += args->cancelled;
}

#define OP(x) SEC("struct_ops/" #x)
#define OP_S(x) SEC("struct_ops.s/" #x)

#define SCHED(who, level) \
OP(who##_enqueue) void BPF_PROG(who##_enqueue, struct task_struct *p, u64 enq_flags) \
{ level_enqueue(level, p, enq_flags); } \
OP(who##_dispatch) void BPF_PROG(who##_dispatch, s32 cpu, struct task_struct *prev) \
{ level_dispatch(level); } \
OP(who##_running) void BPF_PROG(who##_running, struct task_struct *p) \
{ level_running(level); } \
OP(who##_update_idle) void BPF_PROG(who##_update_idle, s32 cpu, bool idle) \
{ nr_idle[level]++; } \
OP(who##_dump) void BPF_PROG(who##_dump, struct scx_dump_ctx *dctx) \
{ nr_dump[level]++; } \
OP(who##_dump_task) void BPF_PROG(who##_dump_task, struct scx_dump_ctx *dctx, struct task_struct *p) \
{ nr_dump_task[level]++; } \
OP(who##_disable) void BPF_PROG(who##_disable, struct task_struct *p) \
{ nr_disable[level]++; level_kick(level, 8 + level); } \
OP_S(who##_init_task) s32 BPF_PROG(who##_init_task, struct task_struct *p, struct scx_init_task_args *args) \
{ return level_init_task(level, p); } \
OP(who##_exit_task) void BPF_PROG(who##_exit_task, struct task_struct *p, struct scx_exit_task_args *args) \
{ level_exit_task(level, args); } \
OP_S(who##_sub_attach) s32 BPF_PROG(who##_sub_attach, struct scx_sub_attach_args *args) \
{ return level_attach(level, args); } \
OP_S(who##_sub_detach) void BPF_PROG(who##_sub_detach, struct scx_sub_detach_args *args) \
{ level_detach(level, args); } \
OP_S(who##_init) s32 BPF_PROG(who##_init) \
{ return level_init(level); } \
OP_S(who##_exit) void BPF_PROG(who##_exit, struct scx_exit_info *ei) \
{ level_exit(level, ei); }

SCHED(top, 0)
SCHED(mid, 1)
SCHED(low, 2)
SCHED(deep, 3)
SCHED(deeper, 4)

#ifdef SUBS_CAPS
static __always_inline void level_caps(u32 level, const struct scx_cmask *cmask, u64 caps)
{
	struct scx_cmask __arena *m = (struct scx_cmask __arena *)(long)cmask;

	TOUCH_ARENA();
	nr_caps_updated[level]++;
	caps_changed[level] |= caps;
	caps_cids[level] |= m->bits[0];
}

static __always_inline void level_ecaps(u32 level, s32 cid, u64 before, u64 after)
{
	nr_ecaps[level]++;
	if (level == 1 && cid >= 0 && cid < MAX_CPUS) {
		ecaps_before[cid] = before;
		ecaps_after[cid] = after;
	}
}

u64 nr_online, nr_offline;
OP(top_online) void BPF_PROG(top_online, s32 cid)
{ nr_online++; }
OP(top_offline) void BPF_PROG(top_offline, s32 cid)
{ nr_offline++; }
#define ONLINE_OPS .cid_online = (void *)top_online, .cid_offline = (void *)top_offline,

#define CAPS(who, level) \
OP(who##_caps) void BPF_PROG(who##_caps, const struct scx_cmask *cmask, u64 caps) \
{ level_caps(level, cmask, caps); } \
OP(who##_ecaps) void BPF_PROG(who##_ecaps, s32 cid, u64 before, u64 after) \
{ level_ecaps(level, cid, before, after); }
CAPS(mid, 1)
CAPS(low, 2)
#define CAPS_OPS(who) .sub_caps_updated = (void *)who##_caps, .sub_ecaps_updated = (void *)who##_ecaps,
#else
#define CAPS_OPS(who)
#define ONLINE_OPS
#endif

#ifdef SUBS_SEEN
static __always_inline void level_seen(s32 level, s32 cid, u64 sched)
{
	u32 n = nr_seen++;

	if (n >= NR_SEEN)
		return;
	seen_level[n] = level;
	seen_cid[n] = cid;
	seen_sched[n] = (s64)sched;
}

static __always_inline void level_child_ecaps(u32 level, u64 cgroup, s32 cid, u64 before, u64 after)
{
	nr_child_ecaps[level]++;
	child_ecaps_of[level] = cgroup;
	if (level || cid < 0 || cid >= MAX_CPUS)
		return;
	child_ecaps_before[cid] = before;
	child_ecaps_after[cid] = after;
}

#define SEEN(who, level) \
OP(who##_seen) void BPF_PROG(who##_seen, s32 cid, u64 sched) \
{ level_seen(level, cid, sched); } \
OP(who##_child) void BPF_PROG(who##_child, u64 cgroup, s32 cid, u64 before, u64 after) \
{ level_child_ecaps(level, cgroup, cid, before, after); }
SEEN(top, 0)
SEEN(mid, 1)
SEEN(low, 2)
#define SEEN_OPS(who) .sub_cid_sched_updated = (void *)who##_seen, \
	.sub_child_ecaps_updated = (void *)who##_child,
#else
#define SEEN_OPS(who)
#endif

#define COMMON_OPS(who) \
	.enqueue = (void *)who##_enqueue, .dispatch = (void *)who##_dispatch, \
	.update_idle = (void *)who##_update_idle, .running = (void *)who##_running, \
	.disable = (void *)who##_disable, \
	.dump = (void *)who##_dump, .dump_task = (void *)who##_dump_task, \
	.init_task = (void *)who##_init_task, .exit_task = (void *)who##_exit_task, \
	.sub_attach = (void *)who##_sub_attach, .sub_detach = (void *)who##_sub_detach, \
	.init = (void *)who##_init, .exit = (void *)who##_exit, .name = #who, .timeout_ms = 2000,

#ifdef SUBS_CPU
SEC(".struct_ops.link") struct sched_ext_ops top = { COMMON_OPS(top) };
SEC(".struct_ops.link") struct sched_ext_ops mid = { COMMON_OPS(mid) };
SEC(".struct_ops.link") struct sched_ext_ops low = { COMMON_OPS(low) };
SEC(".struct_ops.link") struct sched_ext_ops deep = { COMMON_OPS(deep) };
SEC(".struct_ops.link") struct sched_ext_ops deeper = { COMMON_OPS(deeper) };
#else
SEC(".struct_ops.link") struct sched_ext_ops_cid top = { COMMON_OPS(top) SEEN_OPS(top) ONLINE_OPS };
SEC(".struct_ops.link") struct sched_ext_ops_cid mid = { COMMON_OPS(mid) CAPS_OPS(mid) SEEN_OPS(mid) };
SEC(".struct_ops.link") struct sched_ext_ops_cid low = { COMMON_OPS(low) CAPS_OPS(low) SEEN_OPS(low) };
SEC(".struct_ops.link") struct sched_ext_ops_cid deep = { COMMON_OPS(deep) };
/* a root that takes no children */
SEC(".struct_ops.link") struct sched_ext_ops_cid alone = {
	.enqueue = (void *)top_enqueue, .dispatch = (void *)top_dispatch, .init = (void *)top_init,
	.name = "alone",
};
SEC(".struct_ops.link") struct sched_ext_ops_cid deeper = { COMMON_OPS(deeper) };
#endif

#ifdef SUBS_CAPS
/* ---- from outside, as mid's parent: associated with top ---- */

struct caps_arg {
	u64 cgroup, caps, cids;
};

SEC("syscall") s32 do_grant(struct caps_arg *a)
{
	s32 ret;

	TOUCH_ARENA();
	if (!mask)
		return -1;
	fill_mask(mask, a->cids, scx_bpf_nr_cids());
	fill_mask(out, 0, scx_bpf_nr_cids());
	ret = scx_bpf_sub_grant(a->cgroup, a->caps, (void *)mask, (void *)out);
	denied_bits = out->bits[0];
	return ret;
}

SEC("syscall") s32 do_revoke(struct caps_arg *a)
{
	TOUCH_ARENA();
	if (!mask)
		return -1;
	fill_mask(mask, a->cids, scx_bpf_nr_cids());
	scx_bpf_sub_revoke(a->cgroup, a->caps, (void *)mask);
	return 0;
}

SEC("syscall") s32 read_caps(struct caps_arg *a)
{
	s32 ret;

	TOUCH_ARENA();
	if (!out)
		return -1;
	fill_mask(out, 0, scx_bpf_nr_cids());
	ret = scx_bpf_sub_caps(a->cgroup, a->caps, (void *)out);
	caps_bits = out->bits[0];
	return ret;
}

SEC("syscall") s32 do_kill(struct caps_arg *a)
{
	static char fmt[] = "enough of %lu";
	unsigned long long args[] = { a->caps };

	return scx_bpf_sub_kill_bstr(a->cgroup, fmt, args, sizeof(args));
}
#endif
