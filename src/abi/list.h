/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list.h - the link types that kernel structures embed. Operations on them are
 * in base/list.h (lists) and base/rbtree.h; here are only the shapes, since the
 * guests' BTF has them by these names.
 */
#ifndef KS_ABI_LIST_H
#define KS_ABI_LIST_H

#include "base/types.h"
#include "base/annot.h"
#include "base/list_head.h"
#include "base/rb_node.h"

/* the leftmost one is not kept: guests find it NULL */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost __undriven;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *head);
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	long counter;
} atomic_long_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

/*
 * A spinning lock. @holder is the CPU that has it plus one, so zero means free
 * and the guests' bpf_probe_read() of a lock sees nothing host-like.
 */
typedef struct raw_spinlock {
	u32 holder __host;
	u32 waiters __host; /* CPUs that spin on it, FIFO by engine's arrival order */
} raw_spinlock_t;

#endif
