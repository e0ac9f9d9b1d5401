/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * graph.h - bpf_list_head and bpf_rb_root: collections of objects.
 *
 * Links are host memory, found by the address of the guest's node or root; the
 * 16, 24 or 32 opaque bytes in guest memory stay zero. Trees are balanced exactly
 * as the kernel's, for bpf_rbtree_root/left/right() let a program see the shape.
 */
#ifndef KS_BPF_GRAPH_H
#define KS_BPF_GRAPH_H

#include "base/types.h"

struct vm;

/* 0, or -EINVAL: the node is in some list or tree already (its reference is dropped then) */
s64 graph_list_push(u64 head, u64 node, bool back);
/* the node, out of the list; 0: empty */
u64 graph_list_pop(u64 head, bool back);
u64 graph_list_peek(u64 head, bool back);
/* behind @prev; as graph_list_push(), and -EINVAL if @prev is not in this list */
s64 graph_list_add(u64 head, u64 node, u64 prev);
/* @node, out of the list; 0: it is not in this one */
u64 graph_list_del(u64 head, u64 node);

/* Does node @a come before @b? */
typedef bool (*graph_less)(void *arg, u64 a, u64 b);
s64 graph_rb_insert(u64 root, u64 node, graph_less less, void *arg);
/* the same by a guest's callback */
s64 graph_rb_add(struct vm *vm, u64 root, u64 node, u64 less);
/* @node, out of the tree; 0: it is not in this one */
u64 graph_rb_remove(u64 root, u64 node);
u64 graph_rb_first(u64 root);
u64 graph_rb_root(u64 root);
u64 graph_rb_left(u64 root, u64 node);
u64 graph_rb_right(u64 root, u64 node);

/* The list or tree at @root goes away: drop all objects in it, in order. */
void graph_drain(u64 root);
/* after the machine */
void graph_reset(void);

#endif
