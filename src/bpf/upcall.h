/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * upcall.h - what maps and helpers ask of the layers above, beyond the CPU's
 * environment (env.h): schedulers, tasks, cgroups, perf events, iterators. A NULL
 * entry means that nobody is there to answer; the guest gets the kernel's error.
 */
#ifndef KS_BPF_UPCALL_H
#define KS_BPF_UPCALL_H

#include <linux/bpf.h>
#include "base/types.h"

struct map;
struct object;
struct vm;

struct upcalls {
	/* struct_ops maps: the type of value @type_id (in the machine's BTF) and its size; 0 or -ENOTSUPP */
	int (*struct_ops_type)(u32 type_id, u32 *value_size);
	/*
	 * The map's copy of what user space gave (value_size bytes, program descriptors
	 * in function members: to be replaced by program ids), key and state already
	 * checked. 0: ready, and registered if the map has no BPF_F_LINK; or -errno
	 */
	int (*struct_ops_update)(struct map *map, void *value);
	/* without BPF_F_LINK: the element was deleted, unregister */
	void (*struct_ops_delete)(struct map *map);
	/* the map goes away; only after a successful update */
	void (*struct_ops_free)(struct map *map);

	/* local storage: owner's guest address for a pidfd or cgroup fd; 0, -EBADF, -ENOENT */
	int (*storage_owner)(enum bpf_map_type type, int fd, u64 *owner);
	/* may storage still be created for it? (its reference count is not zero) */
	bool (*storage_owner_alive)(enum bpf_map_type type, u64 owner);

	/* timer operations wait for an irq work here (hard irq, interrupts off); cancel refuses */
	bool (*timer_ops_deferred)(void);

	/* a ring buffer has news for whoever waits on its descriptor */
	void (*ringbuf_wake)(struct map *map);

	/* perf events in PERF_EVENT_ARRAY maps (objects of kind OBJ_PERF) */
	s64 (*perf_read)(struct object *event, struct bpf_perf_event_value *value);
	s64 (*perf_output)(struct object *event, const void *data, u64 size);

	/* address of CPU @cpu's instance of the per-CPU kernel variable at @base; 0: none */
	u64 (*percpu_addr)(u64 base, u32 cpu);
	/* a kernel address as kallsyms would print it; false: unknown */
	bool (*symbol)(u64 addr, char *buf, size_t len);
	/* output of a bpf iterator: @seq is what its context holds; 0, -EOVERFLOW */
	s64 (*seq_write)(u64 seq, const void *data, u32 len);
	/*
	 * A SYSCALL program reads what the user of bpf(2) has at @src: true if it was all
	 * there. NULL: there is no such user, but the host's process, which is nobody's.
	 */
	bool (*read_user)(void *dst, u64 src, u32 size);
	u64 (*cgroup_ancestor_id)(s32 level);
	/* address of the function that program of @vm is attached to */
	u64 (*func_ip)(struct vm *vm, u64 ctx);
	u64 (*attach_cookie)(struct vm *vm, u64 ctx);
};

extern struct upcalls upcalls;

#endif
