/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prog_priv.h - struct prog, for the files that make and run it: prog.c (the
 * object), prog_load.c (attributes), prog_attach.c (targets), fixup.c, check.c,
 * reach.c (the verifier's part), interp.c, vm.c.
 */
#ifndef KS_BPF_PROG_PRIV_H
#define KS_BPF_PROG_PRIV_H

#include "bpf/env.h"
#include "bpf/insn.h"
#include "bpf/object.h"
#include "bpf/prog.h"

struct btf_object;
struct map;
struct verlog;

#define PROG_SUBPROGS_MAX 256
#define PROG_MAPS_MAX 64 /* MAX_USED_MAPS */

/* A function of the program; number 0 is the program itself. */
struct subprog {
	u32 start, end;	  /* instructions [start, end) */
	const char *name; /* in the program's BTF, NULL without */
	bool global;	  /* checked on its own: starts a new count of frames */
	bool callback;	  /* its address is taken */
	bool locks;	  /* takes or releases a bpf_spin_lock */
	u32 stack;	  /* bytes of frame that reachable code uses */
};

/* jit.h */
struct prog_native {
	u8 *code;
	size_t bytes;
	u32 *at;	/* by instruction that may be entered: where in @code; else 0 */
	u32 tail_entry; /* where a tail call goes on */
	u64 (*enter)(struct vm *vm, const u64 *args, const void *entry, u64 fp, s64 left);
};

/* prog_stream.c */
struct prog_stream {
	char *text;
	u32 at, len;
};

struct prog {
	struct object obj;
	enum bpf_prog_type type;
	u32 expected_attach_type;
	u32 attach_btf_id;
	u32 flags; /* BPF_F_* of loading */
	char name[BPF_OBJ_NAME_LEN];
	u32 key;		 /* program_key() of prog_name() */
	const char *attach_name; /* lives in the machine's BTF */
	const char *struct_ops_type;
	struct prog *target; /* attach_prog_fd, referenced */
	bool gpl, sleepable, private_stack;
	u32 nullable_args; /* struct_ops: bit n, argument n may be NULL */

	struct bpf_insn *raw; /* as loaded */
	struct insn *code;    /* what runs; same indices */
	u32 nr_insns;
	struct subprog *subs;
	u32 nr_subs;
	u32 exception_insn; /* where __exception_cb's function begins; 0: there is none */

	struct map **maps; /* referenced */
	u32 nr_maps;
	struct map *assoc;	    /* referenced; BPF_PROG_ASSOC_STRUCT_OPS */
	u32 assoc_id;		    /* its id; of a struct_ops program, its own table's */
	struct prog *assoc_prog;    /* referenced: a program of that table, once found */
	u64 arena_kern, arena_user; /* bases of the arena's two windows */

	struct btf_object *btf; /* referenced; NULL without */
	struct bpf_func_info *funcs;
	struct bpf_line_info *lines;
	u32 nr_funcs, nr_lines;

	struct prog_native *native; /* NULL: the program is interpreted */
	u64 aux;		    /* guest address, 0 until asked for */
	void *owner;
	u64 load_time_ns;
	u64 insns_run, runs;
	struct prog_stream streams[BPF_STREAM_STDERR]; /* by id, from 1 */
	bool arena_uncast;			       /* said that a cast is missing */
};

void prog_streams_finish(struct prog *prog); /* prog_stream.c */

/* --- prog.c --- */

/* Add a reference of @map to what @prog uses, once; -E2BIG, -ENOMEM. */
int prog_use_map(struct prog *prog, struct map *map);
/* Of a program that was not registered as an object, or whose last reference went. */
void prog_free(struct prog *prog);
/* The value that stands for the address of a function: no memory is there. */
#define PROG_FUNC_BASE 0x1f0000000000ULL
u64 prog_func_token(const struct prog *prog, u32 sub);
/* subprogram that holds @insn, or the one that starts there; -1 */
int prog_sub_of(const struct prog *prog, u32 insn);
int prog_sub_at(const struct prog *prog, u32 insn);
const char *prog_sub_name(const struct prog *prog, u32 sub);

/* --- prog_attach.c --- */

/* type, expected_attach_type and attach_btf_id fit each other and the machine's BTF */
int prog_check_target(struct prog *prog, struct verlog *log);

/* --- check.c --- */

/* opcodes, fields, registers, subprograms, jumps; fills in subs; code is decoded */
int check_structure(struct prog *prog, struct verlog *log);
/* frames and bytes along call chains; after reachability */
int check_stack(struct prog *prog, struct verlog *log);

/* --- fixup.c --- */

/*
 * 64-bit immediates, calls: what they stand for. @fds: attr->fd_array, NULL without.
 * What is missing becomes OP_CALL_MISSING, no error yet.
 */
int fixup_resolve(struct prog *prog, const int *fds, struct verlog *log);
/* Once the program has its id: addresses of functions, accesses to the own frame. */
void fixup_finish(struct prog *prog);
/* Why the call at @insn may not be reached: logged, -errno; 0 if it may. */
int fixup_refuse(const struct prog *prog, u32 insn, struct verlog *log);
/* May the helper or kfunc at @insn be called while a bpf_spin_lock is held? */
bool fixup_locked_ok(const struct prog *prog, u32 insn);
/* What instruction @insn calls, in words: "kfunc scx_bpf_now", "helper bpf_loop#181". */
void prog_call_name(const struct prog *prog, u32 insn, char *buf, size_t len);

/* --- reach.c --- */

/* Constant propagation: refuse what the kernel would see reached; fills in subs[].stack */
int reach_check(struct prog *prog, struct verlog *log, u32 *nr_reached);

#endif
