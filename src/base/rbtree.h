/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rbtree.h - intrusive red-black trees in the kernel's shape (abi/list.h has the
 * node). Keys that compare equal stay in order of insertion, so a walk from
 * rb_first() by rb_next() is a stable sort.
 *
 *	rb_add(&p->scx.dsq_priq, &dsq->priq, dsq_priq_less);
 *	for (n = rb_first(&dsq->priq); n; n = rb_next(n)) ...
 *
 * Nobody but the tree writes a linked node. rb_init_node() marks one as not
 * linked; rb_erase() leaves it so.
 */
#ifndef KS_BASE_RBTREE_H
#define KS_BASE_RBTREE_H

#include "base/rb_node.h"
#include "base/types.h"

#define RB_ROOT ((struct rb_root){ NULL })
#define RB_EMPTY_ROOT(root) (!(root)->rb_node)
#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline void rb_init_node(struct rb_node *n)
{
	n->rb_parent = n;
}

static inline bool rb_node_empty(const struct rb_node *n)
{
	return n->rb_parent == n;
}

/* @n goes behind all nodes that are not greater: @less(@n, other) is false for them */
void rb_add(struct rb_node *n, struct rb_root *root,
	    bool (*less)(const struct rb_node *a, const struct rb_node *b));
/* @n is in @root */
void rb_erase(struct rb_node *n, struct rb_root *root);

/* in order; NULL at the end */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *n);
struct rb_node *rb_prev(const struct rb_node *n);

#endif
