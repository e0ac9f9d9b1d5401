/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prog.h - a loaded BPF program: made by PROG_LOAD, run by the kernel model.
 */
#ifndef KS_BPF_PROG_H
#define KS_BPF_PROG_H

#include <linux/bpf.h>
#include "base/types.h"

struct prog;
struct map;

#define PROG_MAX_FRAMES 8
/* a frame; a chain may use 512 in all, as the kernel's (private stacks: 512 each) */
#define PROG_STACK_BYTES 512
#define PROG_CHARGE_INSNS 1024
#define PROG_MAX_INSNS 1000000
#define PROG_ARGS_MAX 12

#define PROG_INSNS_RUN_MAX 100000000ULL

/* After the machine, before region_destroy(): program stacks are forgotten. */
void prog_reset(void);

/*
 * prog_load - BPF_PROG_LOAD
 * @attr: as the system call got it, kernel-sized; pointers in it are host pointers.
 *	Written to: log_true_size (if @attr_size reaches it), func_info_rec_size and
 *	line_info_rec_size when the kernel corrects them
 * @attr_size: bytes that user space gave
 * log: the verifier-style log goes to attr->log_buf, the kernel's semantics
 * @out: one reference, released with prog_put()
 * Structural check, resolution of maps, kfuncs, helpers, ksyms; -errno as the
 * kernel's verifier gives it (-EACCES for a forbidden kfunc, -EINVAL else, ...).
 */
int prog_load(union bpf_attr *attr, u32 attr_size, struct prog **out);
void prog_get(struct prog *prog);
void prog_put(struct prog *prog);
/* with a reference; NULL: none of ours */
struct prog *prog_from_fd(int fd);
struct prog *prog_by_id(u32 id);
struct object;
struct object *prog_object(struct prog *prog);
/* BPF_OBJ_GET_INFO_BY_FD: up to *@len bytes of @info, *@len out; 0 or -errno */
int prog_info(const struct prog *prog, struct bpf_prog_info *info, u32 *len);
/* BPF_PROG_BIND_MAP, BPF_PROG_ASSOC_STRUCT_OPS: the program keeps a reference; 0 or -errno */
int prog_bind_map(struct prog *prog, struct map *map);
int prog_set_assoc(struct prog *prog, struct map *struct_ops);

u32 prog_id(const struct prog *prog);
enum bpf_prog_type prog_type(const struct prog *prog);
u32 prog_expected_attach_type(const struct prog *prog);
u32 prog_attach_btf_id(const struct prog *prog); /* in the machine's BTF, 0 if none */
/* FUNC, typedef btf_trace_x, or struct_ops member */
const char *prog_attach_name(const struct prog *prog);
bool prog_sleepable(const struct prog *prog);
/* full name from func_info where there is one */
const char *prog_name(const struct prog *prog);
/*
 * A struct_ops program of the table that BPF_PROG_ASSOC_STRUCT_OPS associated @prog
 * with (any of them: they share the owner); NULL without, and for struct_ops programs.
 */
const struct prog *prog_assoc(const struct prog *prog);
/* is it associated with a table, filled or not? */
bool prog_is_associated(const struct prog *prog);
/* struct_ops: "sched_ext_ops" / "sched_ext_ops_cid"; NULL for other types */
const char *prog_struct_ops_type(const struct prog *prog);
/* what stands for its name in schedules (engine/schedule.h) */
u32 prog_key(const struct prog *prog);
/* opaque owner set by the kernel model: the struct_ops map's scheduler (hidden aux argument) */
void prog_set_owner(struct prog *prog, void *owner);
void *prog_owner(const struct prog *prog);
/* guest address of its struct bpf_prog_aux stand-in (KOBJ): for printing, hidden arguments */
u64 prog_aux_addr(const struct prog *prog);

/*
 * prog_run_args - run with r1 -> an array of u64 (struct_ops, tp_btf, fentry,
 * fexit, fmod_ret, LSM: BPF_PROG()'s ctx). @args are copied into guest memory.
 * @nr: 0..PROG_ARGS_MAX. Returns r0.
 */
u64 prog_run_args(struct prog *prog, const u64 *args, u32 nr);

/*
 * prog_run_ctx - run with r1 -> a copy of @ctx (SYSCALL, TRACEPOINT, PERF_EVENT,
 * raw tracepoint). @size bytes, copied in before and, if @writable, out after.
 */
u64 prog_run_ctx(struct prog *prog, void *ctx, u32 size, bool writable);

/*
 * prog_stream_print - @len bytes to the program's stream @id: BPF_STREAM_STDOUT, _STDERR
 * 0; -ENOENT: no such stream; -ENOSPC: 100,000 bytes wait there unread; -ENOMEM.
 */
int prog_stream_print(struct prog *prog, u32 id, const char *text, u32 len);
/* What is unread of it, up to @len bytes, once: how many there were; -ENOENT. */
int prog_stream_read(struct prog *prog, u32 id, char *buf, u32 len);

/* Instructions executed since prog_load(). */
u64 prog_insns_run(const struct prog *prog);

/* "file.bpf.c:123: text", of instruction @insn; false without line info. */
bool prog_source_line(const struct prog *prog, u32 insn, char *buf, size_t len);
/*
 * The same of a call. Where an inlined function of another file makes it, as the wrappers of
 * kfuncs in headers do, the nearest line before it that is not inlined: line info has no more.
 * "file.bpf.c:123: text (then wrapper.h:20)"
 */
bool prog_calling_line(const struct prog *prog, u32 insn, char *buf, size_t len);

/* Of the innermost program running on the executing CPU's fiber; NULL if none. */
const struct prog *prog_current(void);
u32 prog_current_insn(void);
/* instructions that it has run and not paid for */
u32 prog_current_unpaid(void);

/*
 * @fn each time that a program has ended and none runs on any CPU, asleep or awake; @last is the
 * one that ended. It looks and changes nothing. Until the machine is over.
 */
void prog_on_quiet(void (*fn)(void *arg, const struct prog *last), void *arg);

/*
 * Each fiber that can be switched out inside a program has its own chain of
 * frames. The kernel model saves and restores it around a fiber switch.
 */
void *prog_chain_swap(void *chain);

#endif
