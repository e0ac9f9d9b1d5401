// SPDX-License-Identifier: GPL-2.0-only
/*
 * hooks.c - what is attached where, and running it.
 *
 * A hook has a list of programs for each way of being attached (enum hook_kind).
 * As in the kernel, the program that was attached last to a function runs first
 * (trampoline.c adds at the head), those at a tracepoint run in order of
 * attaching. What goes on around a program depends on the way:
 *
 *	trampoline	migration off, RCU; not on a CPU where it runs already
 *			(__bpf_prog_enter_recur); LSM programs nest
 *	tp_btf, raw_tp	RCU; preemption off, or (not tp_preempt_off) migration off; the same
 *			rule against recursion (__bpf_trace_run)
 *	tracepoint/	preemption off, RCU; one program of this kind or of a perf
 *			event at a time on a CPU (trace_call_bpf)
 *
 * Example, fmod_ret and LSM programs at security_task_getpgid(p):
 *
 *	fentry ─ fmod_ret ─0─▶ [bpf_lsm_task_getpgid: fentry ─ LSM ─ fexit] ─▶ fexit
 *	              └─ not 0: the result, and no LSM program runs ──────────┘
 *
 * A program may be detached while it runs, on a CPU that is switched out inside of
 * it. So attachments of a busy hook are marked dead, and swept when it is idle.
 */
#include "kern/hooks.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/btf.h"
#include "abi/trace.h"
#include "base/shortage.h"
#include "bpf/prog.h"
#include "bpf/vm.h"
#include "kern/boot.h"
#include "kern/hooks_priv.h"
#include "kern/sched.h"

#define LINKS_MAX 38			/* BPF_MAX_TRAMP_LINKS */
#define FUNC_ARGS_MAX 10		/* the result comes behind them; < PROG_ARGS_MAX */
#define TEXT_BASE 0xffffffff81000000ULL /* where functions seem to be */
#define TEXT_STEP 64

_Static_assert(FUNC_ARGS_MAX < PROG_ARGS_MAX, "arguments and result");

enum hook_type { TYPE_FN, TYPE_TP, TYPE_LSM, TYPE_LSM_VOID };

static const struct hook_row {
	const char *name; /* in BTF, without prefix */
	enum hook_type type;
	u32 nr_args; /* that the model passes */
} rows[NR_HOOKS] = {
#define HOOK_FN(name, nr_args) { #name, TYPE_FN, nr_args },
#define HOOK_FN_AS(name, btf, nr_args) { #btf, TYPE_FN, nr_args },
#define HOOK_TP(name, nr_args) { #name, TYPE_TP, nr_args },
#define HOOK_LSM(name, nr_args) { #name, TYPE_LSM, nr_args },
#define HOOK_LSM_VOID(name, nr_args) { #name, TYPE_LSM_VOID, nr_args },
#include "kern/hooks.def"
};

/* of a program, however often it is attached */
struct hook_prog {
	struct list_head node;
	struct prog *prog;
	u32 refs;
	u64 misses;
	u8 active[NR_CPUS]; /* runs on that CPU */
};

struct hook {
	struct list_head lists[NR_HOOK_KINDS];
	void (*listener)(const u64 *args);
	u32 nr_args; /* of the function in this profile: the result comes behind them */
	u32 busy;    /* walks of the lists */
	bool dirty;  /* has dead attachments */
};

struct hooks {
	struct hook hook[NR_HOOKS];
	struct list_head progs; /* hook_prog.node */
	struct list_head runs;	/* hook_run.node */
	u64 nr_attachments;
	u8 classic_active[NR_CPUS];
};

/*
 * Programs that run now, the innermost of a task before the one it interrupted:
 * attach cookies and function addresses are asked for by what runs.
 */
struct hook_run {
	struct list_head node;
	const struct attachment *at;
	const struct task_struct *task;
	s32 cpu; /* -1: on the host's main fiber */
	bool pinned, rcu, counted;
};

static struct hook *hook_of(enum hook_id id)
{
	return &machine->hooks->hook[id];
}

/* ---- names ---- */

static const char *skip_prefix(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) ? NULL : s + len;
}

static bool is_lsm(enum hook_id id)
{
	return rows[id].type == TYPE_LSM || rows[id].type == TYPE_LSM_VOID;
}

static int find_row(const char *name, bool (*is)(enum hook_id id))
{
	for (int id = 0; name && id < NR_HOOKS; id++)
		if (is(id) && !strcmp(rows[id].name, name))
			return id;
	return -ENOENT;
}

static bool is_fn(enum hook_id id)
{
	return rows[id].type == TYPE_FN;
}

static bool is_tp(enum hook_id id)
{
	return rows[id].type == TYPE_TP;
}

/* security_bprm_check() is the one whose hook has another name */
static const char *security_hook(const char *name)
{
	return name && !strcmp(name, "bprm_check") ? "bprm_check_security" : name;
}

struct hook_place {
	int id; /* or -ENOENT */
	bool security;
};

static struct hook_place find_function(const char *name)
{
	const char *lsm = skip_prefix(name, "bpf_lsm_");
	const char *security = skip_prefix(name, "security_");

	if (lsm)
		return (struct hook_place){ find_row(lsm, is_lsm), false };
	if (security)
		return (struct hook_place){ find_row(security_hook(security), is_lsm), true };
	return (struct hook_place){ find_row(name, is_fn), false };
}

static u32 find_btf(const char *prefix, const char *name, u32 kind)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return vmbtf_find(machine->types, full, kind);
}

bool hook_in_profile(enum hook_id id)
{
	switch (rows[id].type) {
	case TYPE_TP:
		return find_btf("btf_trace_", rows[id].name, BTF_KIND_TYPEDEF);
	case TYPE_FN:
		return find_btf("", rows[id].name, BTF_KIND_FUNC);
	default:
		return find_btf("bpf_lsm_", rows[id].name, BTF_KIND_FUNC);
	}
}

bool hook_exists(const char *name)
{
	const char *tp = skip_prefix(name, "btf_trace_");
	int id = find_row(tp ? tp : name, is_tp);

	if (id < 0)
		id = find_function(name).id;
	if (id < 0)
		id = find_row(name, is_lsm);
	return id >= 0 && hook_in_profile(id);
}

/* ---- programs and attachments ---- */

static struct hook_prog *state_find(const struct prog *prog)
{
	struct hook_prog *hp;

	list_for_each_entry(hp, &machine->hooks->progs, node)
		if (hp->prog == prog)
			return hp;
	return NULL;
}

static struct hook_prog *state_get(struct prog *prog)
{
	struct hook_prog *hp = state_find(prog);

	if (!hp) {
		hp = calloc(1, sizeof(*hp));
		if (!hp)
			return NULL;
		hp->prog = prog;
		list_add_tail(&hp->node, &machine->hooks->progs);
	}
	hp->refs++;
	return hp;
}

static void state_put(struct hook_prog *hp)
{
	if (--hp->refs)
		return;
	list_del(&hp->node);
	free(hp);
}

static void attachment_free(struct attachment *at)
{
	struct prog *prog = at->prog;

	list_del(&at->node);
	state_put(at->state);
	free(at);
	prog_put(prog);
}

static void hook_prepare(struct hook *h)
{
	if (h->lists[0].next)
		return;
	for (u32 kind = 0; kind < NR_HOOK_KINDS; kind++)
		INIT_LIST_HEAD(&h->lists[kind]);
}

u32 hook_count(enum hook_id id, enum hook_kind kind, const struct tracepoint_row *row,
	       const struct prog *prog, bool *has)
{
	struct attachment *at;
	u32 n = 0;

	*has = false;
	hook_prepare(hook_of(id));
	list_for_each_entry(at, &hook_of(id)->lists[kind], node) {
		if (at->dead || (row && at->row != row))
			continue;
		n++;
		*has |= at->prog == prog;
	}
	return n;
}

int hook_link(struct prog *prog, enum hook_id id, enum hook_kind kind,
	      const struct tracepoint_row *row, u64 cookie, struct attachment **out)
{
	struct attachment *at = calloc(1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	*at = (struct attachment){ .prog = prog,
				   .id = id,
				   .kind = kind,
				   .row = row,
				   .cookie = cookie,
				   .order = machine->hooks->nr_attachments++ };
	at->state = state_get(prog);
	if (!at->state) {
		free(at);
		return -ENOMEM;
	}
	prog_get(prog);
	hook_prepare(hook_of(id));
	if (kind >= HOOK_RAW)
		list_add_tail(&at->node, &hook_of(id)->lists[kind]);
	else
		list_add(&at->node, &hook_of(id)->lists[kind]);
	machine->hook_attached[id]++;
	if (out)
		*out = at;
	return 0;
}

static bool is_in(const struct list_head *list, const struct attachment *at)
{
	const struct list_head *pos;

	list_for_each(pos, list)
		if (pos == &at->node)
			return true;
	return false;
}

/* hooks_finish() may have been faster: then the address is all that is left of @at. */
static bool attachment_is_live(const struct attachment *at)
{
	for (u32 id = 0; id < NR_HOOKS; id++)
		for (u32 kind = 0; hook_of(id)->lists[0].next && kind < NR_HOOK_KINDS; kind++)
			if (is_in(&hook_of(id)->lists[kind], at))
				return !at->dead;
	return false;
}

void hook_detach_one(struct attachment *at)
{
	if (!at || !attachment_is_live(at))
		return;
	machine->hook_attached[at->id]--;
	at->dead = true;
	if (hook_of(at->id)->busy)
		hook_of(at->id)->dirty = true;
	else
		attachment_free(at);
}

static struct attachment *oldest_in(struct list_head *list, const struct prog *prog,
				    struct attachment *best)
{
	struct attachment *at;

	list_for_each_entry(at, list, node)
		if (at->prog == prog && !at->dead && (!best || at->order < best->order))
			best = at;
	return best;
}

void hook_detach(struct prog *prog)
{
	struct attachment *best = NULL;

	for (u32 id = 0; id < NR_HOOKS; id++)
		for (u32 kind = 0; hook_of(id)->lists[0].next && kind < NR_HOOK_KINDS; kind++)
			best = oldest_in(&hook_of(id)->lists[kind], prog, best);
	hook_detach_one(best);
}

u64 hook_recursion_misses(const struct prog *prog)
{
	const struct hook_prog *hp = state_find(prog);

	return hp ? hp->misses : 0;
}

static void sweep_list(struct list_head *list, bool all)
{
	struct attachment *at, *tmp;

	list_for_each_entry_safe(at, tmp, list, node)
		if (all || at->dead)
			attachment_free(at);
}

static void sweep(struct hook *h, bool all)
{
	if (!h->lists[0].next)
		return;
	for (u32 kind = 0; kind < NR_HOOK_KINDS; kind++)
		sweep_list(&h->lists[kind], all);
	h->dirty = false;
}

void hooks_init(void)
{
	struct hooks *h = calloc(1, sizeof(*h));

	shortage_on(!h, "out of memory");
	INIT_LIST_HEAD(&h->progs);
	INIT_LIST_HEAD(&h->runs);
	machine->hooks = h;
}

/* The programs go; that nobody is attached is seen to the machine's end. */
void hooks_finish(void)
{
	if (!machine->hooks)
		return;
	INIT_LIST_HEAD(&machine->hooks->runs);
	for (u32 id = 0; id < NR_HOOKS; id++) {
		sweep(hook_of(id), true);
		*hook_of(id) = (struct hook){};
		machine->hook_attached[id] = 0;
	}
}

/* ---- where a program goes ---- */

static u32 func_args(const char *name)
{
	const struct btf *btf = machine->types->btf;
	const struct btf_type *t =
		btf__type_by_id(btf, vmbtf_find(machine->types, name, BTF_KIND_FUNC));

	return t ? btf_vlen(btf__type_by_id(btf, t->type)) : 0;
}

static u32 trampoline_links(enum hook_id id, bool security)
{
	static const enum hook_kind own[] = { HOOK_ENTRY, HOOK_MODIFY, HOOK_EXIT };
	static const enum hook_kind sec[] = { HOOK_SEC_ENTRY, HOOK_SEC_MODIFY, HOOK_SEC_EXIT };
	u32 n = 0;
	bool has;

	for (u32 i = 0; i < ARRAY_SIZE(own); i++)
		n += hook_count(id, security ? sec[i] : own[i], NULL, NULL, &has);
	return n;
}

/* trampoline.c:__bpf_trampoline_link_prog() */
static int attach_function(struct prog *prog, enum hook_kind kind, u64 cookie,
			   struct attachment **out)
{
	const char *name = prog_attach_name(prog);
	struct hook_place to = name ? find_function(name) : (struct hook_place){ -ENOENT, false };
	bool has;

	if (to.id < 0)
		return to.id;
	if (to.security)
		kind = kind == HOOK_ENTRY  ? HOOK_SEC_ENTRY :
		       kind == HOOK_MODIFY ? HOOK_SEC_MODIFY :
					     HOOK_SEC_EXIT;
	if (trampoline_links(to.id, to.security) >= LINKS_MAX)
		return -E2BIG;
	hook_count(to.id, kind, NULL, prog, &has);
	if (has)
		return -EBUSY;
	hook_of(to.id)->nr_args = min(func_args(name), (u32)FUNC_ARGS_MAX);
	return hook_link(prog, to.id, kind, NULL, cookie, out);
}

static int attach_tp(struct prog *prog, const char *name, u64 cookie, struct attachment **out)
{
	int id = find_row(name, is_tp);

	if (id < 0 || !hook_in_profile(id))
		return -ENOENT;
	return hook_link(prog, id, HOOK_RAW, NULL, cookie, out);
}

static int attach_tracing(struct prog *prog, u64 cookie, struct attachment **out)
{
	const char *name = prog_attach_name(prog);

	switch (prog_expected_attach_type(prog)) {
	case BPF_TRACE_FENTRY:
		return attach_function(prog, HOOK_ENTRY, cookie, out);
	case BPF_TRACE_FEXIT:
		return attach_function(prog, HOOK_EXIT, cookie, out);
	case BPF_MODIFY_RETURN:
		return attach_function(prog, HOOK_MODIFY, cookie, out);
	case BPF_TRACE_RAW_TP:
		return attach_tp(prog, name ? skip_prefix(name, "btf_trace_") : NULL, cookie, out);
	default:
		return -EINVAL;
	}
}

/* bpf_attach_type_to_tramp(): a hook without a result is as good as traced */
static int attach_lsm(struct prog *prog, u64 cookie, struct attachment **out)
{
	const char *name = prog_attach_name(prog);
	int id = name ? find_function(name).id : -ENOENT;

	if (prog_expected_attach_type(prog) != BPF_LSM_MAC)
		return -EINVAL;
	if (id < 0)
		return id;
	return attach_function(prog, rows[id].type == TYPE_LSM_VOID ? HOOK_EXIT : HOOK_MODIFY,
			       cookie, out);
}

int hook_attach_to(struct prog *prog, u64 cookie, struct attachment **out)
{
	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_TRACING:
		return attach_tracing(prog, cookie, out);
	case BPF_PROG_TYPE_LSM:
		return attach_lsm(prog, cookie, out);
	default:
		return -EINVAL;
	}
}

int hook_attach(struct prog *prog, u64 cookie)
{
	return hook_attach_to(prog, cookie, NULL);
}

int hook_attach_raw_tp(struct prog *prog, const char *name, u64 cookie, struct attachment **out)
{
	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return attach_tp(prog, name, cookie, out);
	default:
		return -EINVAL;
	}
}

/* ---- around a program ---- */

static bool counts_recursion(const struct attachment *at)
{
	return prog_type(at->prog) != BPF_PROG_TYPE_LSM && at->kind != HOOK_CLASSIC;
}

static bool pins(const struct attachment *at)
{
	switch (at->kind) {
	case HOOK_RAW:
		return !K->b.tp_preempt_off;
	case HOOK_CLASSIC:
		return false;
	default:
		return true;
	}
}

static void run_enter(struct hook_run *run, const struct attachment *at)
{
	*run = (struct hook_run){ .at = at, .cpu = smp_processor_id() };
	list_add(&run->node, &machine->hooks->runs);
	if (run->cpu < 0)
		return;
	run->pinned = pins(at);
	run->rcu = !prog_sleepable(at->prog);
	run->counted = counts_recursion(at);
	if (run->pinned)
		migrate_disable();
	run->task = current;
	if (run->rcu)
		current->rcu_read_lock_nesting++;
	if (run->counted)
		at->state->active[run->cpu]++;
	cpu_charge(machine->cost.prog_enter_ns);
}

static void run_leave(struct hook_run *run)
{
	list_del(&run->node);
	if (run->cpu < 0)
		return;
	if (run->counted)
		run->at->state->active[run->cpu]--;
	if (run->rcu)
		current->rcu_read_lock_nesting--;
	if (run->pinned)
		migrate_enable();
}

static bool run_allowed(const struct hook_run *run)
{
	if (!run->counted || run->at->state->active[run->cpu] == 1)
		return true;
	run->at->state->misses++;
	return false;
}

static u64 run_classic(const struct attachment *at, const u64 *args)
{
	u8 record[TRACEPOINT_RECORD_MAX] __attribute__((aligned(8))) = { 0 };
	u32 size = tracepoint_record(at->row, record, args);

	return size ? prog_run_ctx(at->prog, record, size, false) : 0;
}

static u64 run_one(const struct attachment *at, const u64 *args, u32 nr)
{
	struct hook_run run;
	u64 ret = 0;

	run_enter(&run, at);
	if (run_allowed(&run))
		ret = at->kind == HOOK_CLASSIC ? run_classic(at, args) :
						 prog_run_args(at->prog, args, nr);
	run_leave(&run);
	return ret;
}

u64 hook_run_perf(struct prog *prog, void *ctx, u32 size, u64 cookie)
{
	const struct attachment at = { .prog = prog, .kind = HOOK_CLASSIC, .cookie = cookie };
	struct hook_run run = { .at = &at, .task = current, .cpu = smp_processor_id() };
	u64 ret;

	list_add(&run.node, &machine->hooks->runs);
	ret = prog_run_ctx(prog, ctx, size, false);
	list_del(&run.node);
	return ret;
}

/* All programs of @kind; with @modify up to the first result that is not 0. */
static s64 run_kind(struct hook *h, enum hook_kind kind, const u64 *args, u32 nr, bool modify)
{
	struct attachment *at;
	s64 ret = 0;

	list_for_each_entry(at, &h->lists[kind], node) {
		if (at->dead)
			continue;
		ret = (s32)run_one(at, args, nr);
		if (ret && modify)
			return ret;
	}
	return 0;
}

static void walk_end(struct hook *h)
{
	if (!--h->busy && h->dirty)
		sweep(h, false);
}

/*
 * Until walk_end() nobody goes from the lists. Arguments as the profile's function has them, whatever
 * the model passes; then the result.
 */
static u32 walk_begin(struct hook *h, u64 *frame, u32 nr, const u64 *args)
{
	h->busy++;
	memset(frame, 0, (FUNC_ARGS_MAX + 1) * sizeof(*frame));
	memcpy(frame, args, min(nr, h->nr_args) * sizeof(*frame));
	return h->nr_args;
}

static void run_function(enum hook_id id, enum hook_kind kind, u32 nr, const u64 *args, u64 ret)
{
	u64 frame[FUNC_ARGS_MAX + 1];
	struct hook *h = hook_of(id);

	if (list_empty(&h->lists[kind]))
		return;
	nr = walk_begin(h, frame, nr, args);
	frame[nr] = ret;
	run_kind(h, kind, frame, nr + 1, false);
	walk_end(h);
}

s64 hook_run_modify(enum hook_id id, u32 nr, const u64 *args)
{
	u64 frame[FUNC_ARGS_MAX + 1];
	struct hook *h = hook_of(id);
	s64 ret;

	hook_prepare(h);
	nr = walk_begin(h, frame, nr, args);
	ret = run_kind(h, HOOK_MODIFY, frame, nr + 1, true);
	walk_end(h);
	return ret;
}

void hook_run_entry(enum hook_id id, u32 nr, const u64 *args)
{
	run_function(id, HOOK_ENTRY, nr, args, 0);
}

void hook_run_exit(enum hook_id id, u32 nr, const u64 *args, u64 ret)
{
	run_function(id, HOOK_EXIT, nr, args, ret);
}

/*
 * security_NAME() calls bpf_lsm_NAME() on a kernel that was booted with lsm=bpf;
 * each has its own trampoline.
 */
s64 hook_run_lsm(enum hook_id id, u32 nr, const u64 *args)
{
	u64 frame[FUNC_ARGS_MAX + 1];
	struct hook *h = hook_of(id);
	s64 ret;

	hook_prepare(h);
	nr = walk_begin(h, frame, nr, args);
	run_kind(h, HOOK_SEC_ENTRY, frame, nr, false);
	ret = run_kind(h, HOOK_SEC_MODIFY, frame, nr + 1, true);
	if (!ret && machine->config.lsm_bpf) {
		run_kind(h, HOOK_ENTRY, frame, nr, false);
		ret = run_kind(h, HOOK_MODIFY, frame, nr + 1, true);
		frame[nr] = ret;
		run_kind(h, HOOK_EXIT, frame, nr + 1, false);
	}
	frame[nr] = ret;
	run_kind(h, HOOK_SEC_EXIT, frame, nr + 1, false);
	walk_end(h);
	return ret;
}

/* ---- tracepoints ---- */

bool hook_classic_enter(s32 *cpu)
{
	*cpu = max(smp_processor_id(), 0);
	if (machine->hooks->classic_active[*cpu])
		return false;
	machine->hooks->classic_active[*cpu]++;
	return true;
}

void hook_classic_leave(s32 cpu)
{
	machine->hooks->classic_active[cpu]--;
}

static void run_classics(struct hook *h, const u64 *args, u32 nr)
{
	bool on_cpu = smp_processor_id() >= 0;
	s32 cpu;

	if (list_empty(&h->lists[HOOK_CLASSIC]))
		return;
	if (on_cpu)
		preempt_disable();
	if (hook_classic_enter(&cpu)) {
		run_kind(h, HOOK_CLASSIC, args, nr, false);
		hook_classic_leave(cpu);
	}
	if (on_cpu)
		preempt_enable();
}

static void run_raws(struct hook *h, const u64 *args, u32 nr)
{
	bool preempt_off = K->b.tp_preempt_off && smp_processor_id() >= 0;

	if (list_empty(&h->lists[HOOK_RAW]))
		return;
	if (preempt_off)
		preempt_disable();
	run_kind(h, HOOK_RAW, args, nr, false);
	if (preempt_off)
		preempt_enable();
}

void hook_run_tp(enum hook_id id, u32 nr, const u64 *args)
{
	struct hook *h = hook_of(id);

	hook_prepare(h);
	h->busy++;
	if (h->listener)
		h->listener(args);
	run_raws(h, args, nr);
	run_classics(h, args, nr);
	walk_end(h);
}

void hook_listen(enum hook_id id, void (*fn)(const u64 *args))
{
	struct hook *h = hook_of(id);

	bug_on(fn && h->listener, "tracepoint %s has a listener", rows[id].name);
	if (!fn && !h->listener)
		return;
	h->listener = fn;
	if (fn)
		machine->hook_attached[id]++;
	else
		machine->hook_attached[id]--;
}

/* ---- what a running program asks ---- */

static const struct attachment *running(void)
{
	const struct task_struct *p = smp_processor_id() >= 0 ? current : NULL;
	struct hook_run *run;

	list_for_each_entry(run, &machine->hooks->runs, node)
		if (run->task == p)
			return run->at;
	return NULL;
}

u64 hook_attach_cookie(struct vm *vm, u64 ctx)
{
	const struct attachment *at = running();

	return at ? at->cookie : 0;
}

u64 hook_func_ip(struct vm *vm, u64 ctx)
{
	const struct attachment *at = running();

	return at && at->kind < HOOK_RAW ? TEXT_BASE + at->id * TEXT_STEP : 0;
}

bool hook_symbol(u64 addr, char *buf, size_t len)
{
	u64 id = (addr - TEXT_BASE) / TEXT_STEP, off = (addr - TEXT_BASE) % TEXT_STEP;

	if (addr < TEXT_BASE || id >= NR_HOOKS || rows[id].type == TYPE_TP)
		return false;
	snprintf(buf, len, "%s%s+0x%llx/0x%x", is_lsm(id) ? "bpf_lsm_" : "", rows[id].name, off,
		 TEXT_STEP);
	return true;
}
