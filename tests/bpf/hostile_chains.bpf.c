// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects of strangers that are long: chains of objects, each of which holds the next, lists, trees,
 * queues of tasks, timers that begin again at once, kicks of all CPUs, dumps without end. What
 * each gets is a run that ends, in bounded time and memory (@what).
 */
#include "scx.h"
#include "hostile.h"

enum { NOTHING, CHAIN, LIST, TREE, QUEUES, TIMER, KICKS, DUMP, NR_WHAT };

#define MANY (1u << 20)

const volatile u32 what;
static u64 nr;

struct link {
	struct link __kptr *next;
};

struct item {
	struct bpf_list_node list;
	struct bpf_rb_node tree;
	struct bpf_refcount refs;
	u64 key;
};

#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
private(A) struct bpf_spin_lock lock;
private(A) struct bpf_list_head list __contains(item, list);
private(A) struct bpf_rb_root tree __contains(item, tree);

struct held {
	struct link __kptr *first;
};

struct timed {
	struct bpf_timer t;
};

#define MAP(name, kind, n, v) \
struct { \
	__uint(type, BPF_MAP_TYPE_##kind); \
	__uint(max_entries, n); \
	__type(key, u32); \
	__type(value, v); \
} name SEC(".maps")

MAP(held, ARRAY, 1, struct held);
MAP(timers, ARRAY, 64, struct timed);

/* the newest holds all others */
static long grow(u32 i, void *ctx)
{
	struct link *n, *old;
	struct held *h;
	u32 key = 0;

	h = bpf_map_lookup_elem(&held, &key);
	n = h ? bpf_obj_new(struct link) : NULL;
	if (!n)
		return 1;
	old = bpf_kptr_xchg(&h->first, NULL);
	old = bpf_kptr_xchg(&n->next, old);
	if (old)
		bpf_obj_drop(old);
	old = bpf_kptr_xchg(&h->first, n);
	if (old)
		bpf_obj_drop(old);
	return 0;
}

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct item, tree)->key < container_of(b, struct item, tree)->key;
}

static long put(u32 i, void *ctx)
{
	struct item *n = bpf_obj_new(struct item);

	if (!n)
		return 1;
	n->key = i;
	bpf_spin_lock(&lock);
	if (what == LIST)
		bpf_list_push_back(&list, &n->list);
	else
		bpf_rbtree_add(&tree, &n->tree, less);
	bpf_spin_unlock(&lock);
	return 0;
}

static long make_queue(u32 i, void *ctx)
{
	return scx_bpf_create_dsq(1000 + i, -1) != 0;
}

static int again(void *map, u32 *key, struct timed *value)
{
	nr++;
	bpf_timer_start(&value->t, 0, 0);
	return 0;
}

static long start(u32 i, void *ctx)
{
	struct timed *t = bpf_map_lookup_elem(&timers, &i);

	if (!t)
		return 1;
	bpf_timer_init(&t->t, &timers, 1);
	bpf_timer_set_callback(&t->t, again);
	bpf_timer_start(&t->t, 0, 0);
	return 0;
}

static long kick(u32 i, void *ctx)
{
	scx_bpf_kick_cpu(i % scx_bpf_nr_cpu_ids(), i & 4 ? SCX_KICK_PREEMPT : SCX_KICK_IDLE);
	return 0;
}

static long dump(u32 i, void *ctx)
{
	scx_bpf_dump("%d aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", i);
	return 0;
}

SEC("struct_ops.s/chains_init") s32 BPF_PROG(chains_init)
{
	switch (what) {
	case CHAIN:
		return bpf_loop(MANY, grow, NULL, 0) < 0;
	case LIST:
	case TREE:
		return bpf_loop(MANY / 16, put, NULL, 0) < 0;
	case QUEUES:
		return bpf_loop(MANY, make_queue, NULL, 0) < 0;
	case TIMER:
		return bpf_loop(64, start, NULL, 0) < 0;
	}
	return 0;
}

SCX_OP(chains_enqueue) void BPF_PROG(chains_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
	if (what == KICKS)
		bpf_loop(MANY, kick, NULL, 0);
	if (what == DUMP && nr++ == 3)
		scx_bpf_error("enough");
}

SCX_OP(chains_dump) void BPF_PROG(chains_dump, struct scx_dump_ctx *ctx_)
{
	if (what == DUMP)
		bpf_loop(MANY, dump, NULL, 0);
}

HOSTILE_OPS(chains, .init = (void *)chains_init, .enqueue = (void *)chains_enqueue,
	    .dump = (void *)chains_dump);
