// SPDX-License-Identifier: GPL-2.0-only
/*
 * graph.c - see graph.h. Facts: kernel/bpf/helpers.c (__bpf_list_add,
 * __bpf_rbtree_add, owner rules), lib/rbtree.c (which rotations happen when).
 *
 * A red-black tree in this file is the textbook's, which the kernel's is too:
 * insertion below the deepest fitting node, equal keys to the right, recolouring
 * upwards, at most two rotations; removal of a node with two children puts its
 * in-order successor in its place.
 */
#include <errno.h>
#include <stdlib.h>
#include "base/shortage.h"
#include "bpf/addrmap.h"
#include "bpf/graph.h"
#include "bpf/objalloc.h"
#include "bpf/state.h"
#include "bpf/vm.h"

enum { LEFT, RIGHT };

struct gnode {
	u64 guest; /* address of the bpf_list_node or bpf_rb_node */
	struct groot *root;
	struct gnode *parent;
	struct gnode *kid[2]; /* tree: left, right; list: previous, next */
	bool red;
};

struct groot {
	u64 guest;
	struct gnode *top;    /* tree's root */
	struct gnode *end[2]; /* list: first, last */
	u32 nr;
	bool tree; /* or a list: as what it was first used */
	/*
	 * A node whose place is looked for. The program's less() runs meanwhile, and
	 * other CPUs: till it is linked the root is nobody else's.
	 */
	struct gnode *inserting;
	struct groot *prev, *next;
};

/* --- who is where --- */

static struct groot *root_get(u64 guest, bool tree)
{
	struct groot *r = addrmap_get(&vm_state.graph.roots, guest);

	return r && r->tree == tree && !r->inserting ? r : NULL;
}

static struct groot *root_make(u64 guest, bool tree)
{
	struct groot *r;

	if (!guest || addrmap_get(&vm_state.graph.roots, guest))
		return root_get(guest, tree);
	r = shortage_calloc(1, sizeof(*r));
	addrmap_set(&vm_state.graph.roots, guest, r);
	r->guest = guest;
	r->tree = tree;
	r->next = vm_state.graph.all_roots;
	if (r->next)
		r->next->prev = r;
	vm_state.graph.all_roots = r;
	return r;
}

static void root_free(struct groot *r)
{
	addrmap_del(&vm_state.graph.roots, r->guest);
	*(r->prev ? &r->prev->next : &vm_state.graph.all_roots) = r->next;
	if (r->next)
		r->next->prev = r->prev;
	free(r);
}

/* A fresh node for @root; NULL if @guest is a node of something already. */
static struct gnode *node_make(u64 root, u64 guest, bool tree)
{
	struct groot *r = root_make(root, tree);
	struct gnode *n;

	if (!r || !guest || addrmap_get(&vm_state.graph.nodes, guest))
		return NULL;
	n = shortage_calloc(1, sizeof(*n));
	addrmap_set(&vm_state.graph.nodes, guest, n);
	n->guest = guest;
	n->root = r;
	r->nr++;
	return n;
}

static u64 node_free(struct gnode *n)
{
	u64 guest = n->guest;

	n->root->nr--;
	addrmap_del(&vm_state.graph.nodes, guest);
	free(n);
	return guest;
}

/* The kernel drops the reference that the program gave away with a failed insertion. */
static s64 refuse(u64 node)
{
	obj_drop(obj_of_node(node));
	return -EINVAL;
}

static u64 guest_of(const struct gnode *n)
{
	return n ? n->guest : 0;
}

/* --- lists --- */

/* @prev NULL: at the front */
static void list_link(struct groot *r, struct gnode *n, struct gnode *prev)
{
	struct gnode *next = prev ? prev->kid[RIGHT] : r->end[LEFT];

	n->kid[LEFT] = prev;
	n->kid[RIGHT] = next;
	*(prev ? &prev->kid[RIGHT] : &r->end[LEFT]) = n;
	*(next ? &next->kid[LEFT] : &r->end[RIGHT]) = n;
}

static u64 list_unlink(struct gnode *n)
{
	struct gnode *prev = n->kid[LEFT], *next = n->kid[RIGHT];

	*(prev ? &prev->kid[RIGHT] : &n->root->end[LEFT]) = next;
	*(next ? &next->kid[LEFT] : &n->root->end[RIGHT]) = prev;
	return node_free(n);
}

/* The node at @guest, if it is in the list or tree at @root. */
static struct gnode *node_in(u64 root, u64 guest, bool tree)
{
	struct gnode *n = addrmap_get(&vm_state.graph.nodes, guest);

	return n && n->root == root_get(root, tree) ? n : NULL;
}

s64 graph_list_push(u64 head, u64 node, bool back)
{
	struct gnode *n = node_make(head, node, false);

	if (!n)
		return refuse(node);
	list_link(n->root, n, back ? n->root->end[RIGHT] : NULL);
	return 0;
}

s64 graph_list_add(u64 head, u64 node, u64 prev)
{
	struct gnode *after = node_in(head, prev, false);
	struct gnode *n = after ? node_make(head, node, false) : NULL;

	if (!n)
		return refuse(node);
	list_link(n->root, n, after);
	return 0;
}

u64 graph_list_peek(u64 head, bool back)
{
	struct groot *r = root_get(head, false);

	return r ? guest_of(r->end[back]) : 0;
}

u64 graph_list_pop(u64 head, bool back)
{
	struct groot *r = root_get(head, false);

	return r && r->end[back] ? list_unlink(r->end[back]) : 0;
}

u64 graph_list_del(u64 head, u64 node)
{
	struct gnode *n = node_in(head, node, false);

	return n ? list_unlink(n) : 0;
}

/* --- trees --- */

static bool is_red(const struct gnode *n)
{
	return n && n->red;
}

static u32 side_of(const struct gnode *n)
{
	return n->parent->kid[RIGHT] == n;
}

/* Put @new (or nothing) where @old hangs. */
static void replace_child(struct groot *r, struct gnode *old, struct gnode *new)
{
	if (!old->parent)
		r->top = new;
	else
		old->parent->kid[side_of(old)] = new;
	if (new)
		new->parent = old->parent;
}

/* @n goes down to its @side, its other child takes its place. */
static void rotate(struct groot *r, struct gnode *n, u32 side)
{
	struct gnode *up = n->kid[!side];

	replace_child(r, n, up);
	n->kid[!side] = up->kid[side];
	if (up->kid[side])
		up->kid[side]->parent = n;
	up->kid[side] = n;
	n->parent = up;
}

static void rb_insert_fixup(struct groot *r, struct gnode *n)
{
	while (is_red(n->parent)) {
		struct gnode *parent = n->parent, *grand = parent->parent;
		u32 side = side_of(parent);
		struct gnode *uncle = grand->kid[!side];

		if (is_red(uncle)) {
			parent->red = uncle->red = false;
			grand->red = true;
			n = grand;
			continue;
		}
		if (side_of(n) != side) {
			rotate(r, parent, side);
			parent = n;
		}
		parent->red = false;
		grand->red = true;
		rotate(r, grand, !side);
		break;
	}
	r->top->red = false;
}

/* One step up from the missing black below @parent on @side; true: balanced. */
static bool rb_erase_step(struct groot *r, struct gnode *parent, u32 side)
{
	struct gnode *sib = parent->kid[!side];

	if (is_red(sib)) {
		sib->red = false;
		parent->red = true;
		rotate(r, parent, side);
		sib = parent->kid[!side];
	}
	if (!is_red(sib->kid[LEFT]) && !is_red(sib->kid[RIGHT])) {
		sib->red = true;
		return false;
	}
	if (!is_red(sib->kid[!side])) {
		sib->kid[side]->red = false;
		sib->red = true;
		rotate(r, sib, !side);
		sib = parent->kid[!side];
	}
	sib->red = parent->red;
	parent->red = false;
	sib->kid[!side]->red = false;
	rotate(r, parent, side);
	return true;
}

/* @n stands where a black node is missing; below @parent on @side if NULL. */
static void rb_erase_fixup(struct groot *r, struct gnode *n, struct gnode *parent, u32 side)
{
	while (parent && !is_red(n)) {
		if (rb_erase_step(r, parent, side))
			return;
		n = parent;
		parent = n->parent;
		if (parent)
			side = side_of(n);
	}
	if (n)
		n->red = false;
}

/* Take @n, which has at most one child, out of its place. */
static void rb_splice(struct groot *r, struct gnode *n)
{
	struct gnode *kid = n->kid[LEFT] ? n->kid[LEFT] : n->kid[RIGHT];
	struct gnode *parent = n->parent;
	u32 side = parent ? side_of(n) : LEFT;

	replace_child(r, n, kid);
	if (!n->red)
		rb_erase_fixup(r, kid, parent, side);
}

/* @heir takes over place, colour and children of @n. */
static void rb_inherit(struct groot *r, struct gnode *n, struct gnode *heir)
{
	u32 side;

	replace_child(r, n, heir);
	heir->red = n->red;
	for (side = LEFT; side <= RIGHT; side++) {
		heir->kid[side] = n->kid[side];
		if (heir->kid[side])
			heir->kid[side]->parent = heir;
	}
}

static void rb_erase(struct groot *r, struct gnode *n)
{
	struct gnode *heir = n->kid[RIGHT];

	if (!n->kid[LEFT] || !heir) {
		rb_splice(r, n);
		return;
	}
	while (heir->kid[LEFT])
		heir = heir->kid[LEFT];
	rb_splice(r, heir);
	rb_inherit(r, n, heir);
}

s64 graph_rb_insert(u64 root, u64 node, graph_less less, void *arg)
{
	struct gnode *n = node_make(root, node, true), *parent = NULL;
	struct gnode **link;

	if (!n)
		return refuse(node);
	n->root->inserting = n;
	link = &n->root->top;
	while (*link) {
		parent = *link;
		link = &parent->kid[!less(arg, node, parent->guest)];
	}
	n->root->inserting = NULL;
	n->parent = parent;
	n->red = true;
	*link = n;
	rb_insert_fixup(n->root, n);
	return 0;
}

struct guest_less {
	struct vm *vm;
	u64 callback;
};

static bool guest_less(void *arg, u64 a, u64 b)
{
	const struct guest_less *l = arg;
	const u64 args[] = { a, b };

	return vm_call(l->vm, l->callback, args, 2);
}

s64 graph_rb_add(struct vm *vm, u64 root, u64 node, u64 less)
{
	struct guest_less l = { vm, less };

	return graph_rb_insert(root, node, guest_less, &l);
}

u64 graph_rb_remove(u64 root, u64 node)
{
	struct gnode *n = node_in(root, node, true);

	if (!n)
		return 0;
	rb_erase(n->root, n);
	return node_free(n);
}

u64 graph_rb_first(u64 root)
{
	struct groot *r = root_get(root, true);
	struct gnode *n = r ? r->top : NULL;

	while (n && n->kid[LEFT])
		n = n->kid[LEFT];
	return guest_of(n);
}

u64 graph_rb_root(u64 root)
{
	struct groot *r = root_get(root, true);

	return r ? guest_of(r->top) : 0;
}

u64 graph_rb_left(u64 root, u64 node)
{
	struct gnode *n = node_in(root, node, true);

	return n ? guest_of(n->kid[LEFT]) : 0;
}

u64 graph_rb_right(u64 root, u64 node)
{
	struct gnode *n = node_in(root, node, true);

	return n ? guest_of(n->kid[RIGHT]) : 0;
}

/* --- the end --- */

static u64 take_first(struct groot *r)
{
	return r->tree ? graph_rb_remove(r->guest, graph_rb_first(r->guest)) :
			 graph_list_pop(r->guest, false);
}

void graph_drain(u64 root)
{
	struct groot *r = addrmap_get(&vm_state.graph.roots, root);

	if (!r || r->inserting)
		return;
	while (r->nr)
		obj_drop(obj_of_node(take_first(r)));
	root_free(r);
}

void graph_reset(void)
{
	while (vm_state.graph.all_roots) {
		if (vm_state.graph.all_roots->inserting) /* the machine ended meanwhile */
			node_free(vm_state.graph.all_roots->inserting);
		vm_state.graph.all_roots->inserting = NULL;
		while (vm_state.graph.all_roots->nr)
			take_first(vm_state.graph.all_roots);
		root_free(vm_state.graph.all_roots);
	}
	addrmap_finish(&vm_state.graph.nodes);
	addrmap_finish(&vm_state.graph.roots);
}
