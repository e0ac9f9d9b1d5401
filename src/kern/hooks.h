/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hooks.h - where BPF programs of the tracing kinds meet the model: functions
 * (fentry, fexit, fmod_ret), tracepoints (tp_btf, raw_tp, tracepoint/), LSM hooks.
 *
 * A hook costs one load and branch while nothing is attached. Hooks are named in
 * hooks.def; the arguments are u64, pointers being guest addresses of real
 * objects of the model, in the order of the kernel's prototype.
 *
 * The side of the model:
 *
 *	FN_ENTER(name, args...)		first thing in a function, before its locks
 *	FN_MODIFY(name, args...)	after it, in system calls: not 0 replaces the body
 *	FN_EXIT(name, ret, args...)	last thing, result as u64, 0 for void
 *	TP(name, args...)		a tracepoint
 *	LSM(name, args...)		security_NAME(): 0 or the -errno to be returned
 *
 * The side of the front door: hook_attach() and its kin. A program that is being
 * run may be detached; what runs goes on, and the hooks hold the program until
 * it has ended.
 */
#ifndef KS_KERN_HOOKS_H
#define KS_KERN_HOOKS_H

#include "base/types.h"

enum hook_id {
#define HOOK_FN(name, nr_args) HOOK_FN_##name,
#define HOOK_FN_AS(name, btf, nr_args) HOOK_FN_##name,
#define HOOK_TP(name, nr_args) HOOK_TP_##name,
#define HOOK_LSM(name, nr_args) HOOK_LSM_##name,
#define HOOK_LSM_VOID(name, nr_args) HOOK_LSM_##name,
#include "kern/hooks.def"
#undef HOOK_FN
#undef HOOK_FN_AS
#undef HOOK_TP
#undef HOOK_LSM
#undef HOOK_LSM_VOID
	NR_HOOKS
};

void hook_run_entry(enum hook_id id, u32 nr, const u64 *args);
void hook_run_exit(enum hook_id id, u32 nr, const u64 *args, u64 ret);
s64 hook_run_modify(enum hook_id id, u32 nr, const u64 *args);
void hook_run_tp(enum hook_id id, u32 nr, const u64 *args);
s64 hook_run_lsm(enum hook_id id, u32 nr, const u64 *args); /* the first that is not 0 */

#define HOOK_ARGS(...) \
	(sizeof((u64[]){ 0, ##__VA_ARGS__ }) / sizeof(u64) - 1), ((u64[]){ __VA_ARGS__ })
#define P64(ptr) ((u64)(uintptr_t)(ptr))

/* first and last thing in a function of the model that the kernel has under that name */
#define FN_ENTER(name, ...)                                                     \
	do {                                                                    \
		if (unlikely(machine->hook_attached[HOOK_FN_##name]))           \
			hook_run_entry(HOOK_FN_##name, HOOK_ARGS(__VA_ARGS__)); \
	} while (0)
#define FN_EXIT(name, ret, ...)                                                     \
	do {                                                                        \
		if (unlikely(machine->hook_attached[HOOK_FN_##name]))               \
			hook_run_exit(HOOK_FN_##name, HOOK_ARGS(__VA_ARGS__), ret); \
	} while (0)
/* between the two, where fmod_ret programs may attach: not 0 is the result, without the body */
#define FN_MODIFY(name, ...)                                               \
	(unlikely(machine->hook_attached[HOOK_FN_##name]) ?                \
		 hook_run_modify(HOOK_FN_##name, HOOK_ARGS(__VA_ARGS__)) : \
		 0)
#define TP(name, ...)                                                        \
	do {                                                                 \
		if (unlikely(machine->hook_attached[HOOK_TP_##name]))        \
			hook_run_tp(HOOK_TP_##name, HOOK_ARGS(__VA_ARGS__)); \
	} while (0)
#define LSM(name, ...)                                                   \
	(unlikely(machine->hook_attached[HOOK_LSM_##name]) ?             \
		 hook_run_lsm(HOOK_LSM_##name, HOOK_ARGS(__VA_ARGS__)) : \
		 0)

/* ---- attaching: for the link layer ---- */

struct prog;
struct attachment;

/*
 * hook_attach - where the program's attach_btf_id says
 * TRACING (fentry, fexit, fmod_ret, tp_btf) and LSM_MAC programs. @out: the
 * attachment, for hook_detach_one(); may be NULL.
 * -ENOENT: the model has no such hook; -EBUSY: already there (a tp_btf program may
 * be there twice); -E2BIG: 38 programs at one function (BPF_MAX_TRAMP_LINKS);
 * -EINVAL: not that kind of program (iterators, struct_ops, LSM_CGROUP, ...);
 * -EOPNOTSUPP: its target is another program.
 */
int hook_attach_to(struct prog *prog, u64 cookie, struct attachment **out);
int hook_attach(struct prog *prog, u64 cookie);
/*
 * hook_attach_raw_tp - RAW_TRACEPOINT and RAW_TRACEPOINT_WRITABLE programs, by the
 * tracepoint's name. -ENOENT: no such tracepoint in this profile; -EINVAL.
 */
int hook_attach_raw_tp(struct prog *prog, const char *name, u64 cookie, struct attachment **out);
void hook_detach_one(struct attachment *at);
/* the oldest attachment of @prog, of whatever kind; none is fine */
void hook_detach(struct prog *prog);
/* times that @prog was not run because it ran already on that CPU */
u64 hook_recursion_misses(const struct prog *prog);

/* does the model have it (fentry target, tp, lsm; with BTF's prefixes or not)? */
bool hook_exists(const char *name);

/*
 * ---- classic tracepoints (tracepoint.c) ----
 *
 * A TRACEPOINT program is attached to a perf event of PERF_TYPE_TRACEPOINT, whose
 * config is the id that tracefs shows. Such an event runs its program on every CPU,
 * whatever CPU or task the event was opened for, and from the moment it is attached,
 * enabled or not (kernel/trace/trace_event_perf.c).
 */
struct tracepoint_event {
	u32 id; /* > 0, the same in every run */
	const char *category, *name;
};

/* 0; -ENOENT: no such id; -EINVAL: no TRACEPOINT program; -EEXIST: is there; -E2BIG: 64 are */
int hook_attach_tracepoint(struct prog *prog, u32 tp_id, u64 cookie);
int hook_attach_tracepoint_to(struct prog *prog, u32 tp_id, u64 cookie, struct attachment **out);
u32 hook_tracepoint_id(const char *category, const char *name); /* 0: none */
/* Those of the profile, in order of id, grouped by category; false: there is no @i-th. */
bool hook_tracepoint_at(u32 i, struct tracepoint_event *ev);
/* tracefs' .../CATEGORY/NAME/format; 0 or -ENOENT */
struct _IO_FILE;
int hook_tracepoint_format(u32 tp_id, struct _IO_FILE *f);

/* ---- hook_targets.c, for the loading of programs (bpf/env.h) ---- */

/* may a sleepable program attach to this function? may fmod_ret? */
bool hook_target_sleepable(const char *func);
bool hook_target_modifiable(const char *func);

/* ---- for helpers (bpf/env.h), of the program that runs on the executing task ---- */

struct vm;
u64 hook_attach_cookie(struct vm *vm, u64 ctx);
u64 hook_func_ip(struct vm *vm, u64 ctx);	   /* of the function; 0 at tracepoints */
bool hook_symbol(u64 addr, char *buf, size_t len); /* name of what hook_func_ip() gave */

/* ---- for other parts of the model ---- */

/*
 * A function of the model called before the programs at tracepoint @id, with its
 * arguments; one a hook, NULL takes it away. Costs nothing while nobody listens.
 */
void hook_listen(enum hook_id id, void (*fn)(const u64 *args));

/*
 * Classic tracepoint and perf event programs exclude each other on a CPU (the
 * kernel's bpf_prog_active). False: one runs already, leave out; no hook_classic_leave().
 */
bool hook_classic_enter(s32 *cpu);
void hook_classic_leave(s32 cpu);
/* A perf event's program, between these two: what it asks for is @cookie, not its victim's. */
u64 hook_run_perf(struct prog *prog, void *ctx, u32 size, u64 cookie);

#endif
