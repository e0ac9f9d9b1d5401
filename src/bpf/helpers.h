/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * helpers.h - the tables of helpers and generic kfuncs, and what their functions
 * share. A helper exists if it has a row; a program that calls one without a row is
 * refused by name when it is loaded.
 */
#ifndef KS_BPF_HELPERS_H
#define KS_BPF_HELPERS_H

#include <linux/bpf.h>
#include "bpf/callable.h"
#include "bpf/map.h"
#include "bpf/vm.h"

/* Register all tables of this folder; again is fine. */
void helpers_init(void);

/* After objects_destroy(), before region_destroy(): locks, cursors, objects are forgotten. */
void helpers_reset(void);

/* one file each: helpers_*.c, kfuncs_*.c */
void helpers_map_init(void);
void helpers_mem_init(void);
void helpers_task_init(void);
void helpers_print_init(void);
void helpers_sync_init(void);
void helpers_ringbuf_init(void);
void helpers_dynptr_init(void);
void helpers_string_init(void);
void helpers_perf_init(void);
void helpers_stack_init(void); /* stackmap.c */
void kfuncs_cpumask_init(void);
void kfuncs_iter_init(void);
void kfuncs_obj_init(void);
void kfuncs_sync_init(void);
void kfuncs_mem_init(void);
void kfuncs_dynptr_init(void);
void kfuncs_string_init(void);

#define HELPER(name, function) { BPF_FUNC_##name, "bpf_" #name, function, NULL }
#define KFUNC(name, function, flags) { #name, function, flags, 0, NULL }

/* errno as a helper returns it */
static inline u64 ret_errno(s64 err)
{
	return (u64)err;
}

/* A map pointer in @addr. NULL: the program made it up, the run is over. */
struct map *arg_map(struct vm *vm, u64 addr);
/* The same of one type (0: any of two). */
struct map *arg_map_of(struct vm *vm, u64 addr, enum bpf_map_type type);
/* @size readable bytes; NULL: the run is over. A @size of 0 is fine. */
const void *arg_read(struct vm *vm, u64 addr, u64 size);
/* @size bytes that the program may write; NULL: the run is over. */
void *arg_write(struct vm *vm, u64 addr, u64 size);

#endif
