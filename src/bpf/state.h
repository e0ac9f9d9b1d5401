/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - all that src/bpf keeps: of the one machine (base/state.h), but for what
 * programs may call, which is registered once a process. (The prefix bpf_ is libbpf's.)
 */
#ifndef KS_BPF_STATE_H
#define KS_BPF_STATE_H

#include <sys/types.h>

#include "abi/cpumask.h"
#include "bpf/addrmap.h"
#include "bpf/lock.h"
#include "bpf/object.h"

struct arena_map;
struct bpf_env;
struct callables;
struct gobj;
struct groot;
struct kptr_dtor;
struct prog;
struct ringbuf_map;
struct storage_map;
struct type_record;
struct vm;
struct vm_stack;
struct vm_timer;

#define OBJECT_HASH_BITS 10
#define NODE_OFFS_MAX 32
#define DTOR_TABLES_MAX 8

struct vm_state {
	/* ---- the process's ---- */
	struct callables *callables; /* callable.c; NULL until something is registered */
	struct {		     /* record.c: destructors of the kernel's types */
		const struct kptr_dtor *table[DTOR_TABLES_MAX];
		u32 nr[DTOR_TABLES_MAX];
	} dtors;

	struct {	     /* jit_code.c */
		u8 *top;     /* of the window, once it is reserved: what is below is code */
		u32 live;    /* programs that have code in it */
		int refused; /* errno, when the host let us have none */
	} jit;

	/* ---- the machine's ---- */
	const struct bpf_env *env; /* env.h; NULL: there is no machine */
	struct {
		struct vm *chain; /* innermost invocation of the executing fiber */
		struct vm_stack *free_stacks, *all_stacks;
		u64 passed;    /* vm_passed(): not yet paid for */
		u32 nr_inside; /* invocations that have not ended, of all fibers */
		void (*quiet)(void *arg, const struct prog *last); /* prog_on_quiet() */
		void *quiet_arg;
	} vm;
	struct {
		struct object *hash[1 << OBJECT_HASH_BITS]; /* by inode */
		struct object *first, *last;
		u32 last_id[NR_OBJ_KINDS];
		dev_t memfd_dev;
		struct object **holders; /* by descriptor: what it is one of */
		u32 nr_holders, nr_lost; /* lost: has_fds, but nr_fds is 0 */
		bool machine_over;
		struct object_reader readers; /* the ring of them: oldest, ..., newest */
		u64 reader_seq;
		struct object *dead; /* by death, by ->next: released once nobody looks */
		struct object *dead_tail;
	} object;
	/* map.c: by the address of its struct bpf_map: nothing in guest memory says what is a map */
	struct addrmap maps;
	struct storage_map *storage_maps; /* map_storage.c */
	struct ringbuf_map *ringbufs; /* ringbuf.c; few: ringbuf_commit() looks for a sample's */
	struct {
		struct arena_map *all;
		u32 nr_picked; /* user windows */
		u64 pages_handled;
	} arena;
	struct type_record *type_records; /* record.c */
	struct {
		struct addrmap objs; /* by guest address */
		struct gobj *list;
		struct gobj *dying, *dying_tail; /* a queue, see obj_free() */
		bool freeing;
		/* offsets at which types seen so far have nodes: few, so that they can be tried */
		u32 node_offs[NODE_OFFS_MAX];
		u32 nr_node_offs;
	} objalloc;
	struct {
		struct addrmap nodes, roots;
		struct groot *all_roots;
	} graph;
	struct {
		struct addrmap by_field;
		struct vm_timer *all;
		struct vm_timer *running[NR_CPUS]; /* hrtimer_running: whose callback a CPU is in */
	} timer;
	struct vm_locks locks;
	struct {
		u32 cursor[NR_CPUS]; /* bpf_cpumask_any_distribute() */
		struct addrmap refs; /* address to number of references */
	} cpumask;
};

extern struct vm_state vm_state;

/* The machine is over: objects go without running anything, then all that programs left. */
void vm_reset(void);

/*
 * @n links of a chain were passed, one after the other. Whoever makes a chain long, by keys that
 * meet or by many types, has programs pay for what is beyond a few.
 */
#define VM_CHAIN_FREE 32

static inline void vm_passed(u32 n)
{
	if (n > VM_CHAIN_FREE)
		vm_state.vm.passed += n;
}

#endif
