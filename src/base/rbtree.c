// SPDX-License-Identifier: GPL-2.0-only
/*
 * rbtree.c - red-black trees: a red node has black children, and every path
 * from the root to a leaf passes the same number of black nodes. The two sides
 * of each case are one text, with the child chosen by @left.
 */
#include "base/rbtree.h"

enum { RB_BLACK, RB_RED };

/* ---- links ---- */

static struct rb_node **child_slot(struct rb_node *n, bool left)
{
	return left ? &n->rb_left : &n->rb_right;
}

static bool is_red(const struct rb_node *n)
{
	return n && n->rb_color == RB_RED;
}

/* what points to @n: its parent's slot, or the root */
static struct rb_node **slot_of(struct rb_node *n, struct rb_root *root)
{
	struct rb_node *parent = n->rb_parent;

	if (!parent)
		return &root->rb_node;
	return child_slot(parent, parent->rb_left == n);
}

/* @new (may be NULL) takes the place of @old under @old's parent */
static void replace_child(struct rb_node *old, struct rb_node *new, struct rb_root *root)
{
	*slot_of(old, root) = new;
	if (new)
		new->rb_parent = old->rb_parent;
}

/*
 *	left:      n                 c
 *	          / \               / \
 *	         a   c     ──▶     n   e
 *	            / \           / \
 *	           d   e         a   d
 */
static void rotate(struct rb_node *n, bool left, struct rb_root *root)
{
	struct rb_node *c = *child_slot(n, !left), *d = *child_slot(c, left);

	replace_child(n, c, root);
	*child_slot(n, !left) = d;
	if (d)
		d->rb_parent = n;
	*child_slot(c, left) = n;
	n->rb_parent = c;
}

/* ---- insertion ---- */

/* @n is red and its parent may be red too: move that up, or rotate it away. */
static void insert_fixup(struct rb_node *n, struct rb_root *root)
{
	while (is_red(n->rb_parent)) {
		struct rb_node *parent = n->rb_parent, *grand = parent->rb_parent;
		bool left = grand->rb_left == parent;
		struct rb_node *uncle = *child_slot(grand, !left);

		if (is_red(uncle)) {
			parent->rb_color = uncle->rb_color = RB_BLACK;
			grand->rb_color = RB_RED;
			n = grand;
			continue;
		}
		if (*child_slot(parent, !left) == n) {
			rotate(parent, left, root);
			parent = n;
		}
		parent->rb_color = RB_BLACK;
		grand->rb_color = RB_RED;
		rotate(grand, !left, root);
		break;
	}
	root->rb_node->rb_color = RB_BLACK;
}

void rb_add(struct rb_node *n, struct rb_root *root,
	    bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **slot = &root->rb_node, *parent = NULL;

	while (*slot) {
		parent = *slot;
		slot = child_slot(parent, less(n, parent));
	}
	*n = (struct rb_node){ .rb_parent = parent, .rb_color = RB_RED };
	*slot = n;
	insert_fixup(n, root);
}

/* ---- removal ---- */

/* The paths through @n, a child of @parent and possibly NULL, are one black node short. */
static void erase_fixup(struct rb_node *n, struct rb_node *parent, struct rb_root *root)
{
	while (n != root->rb_node && !is_red(n)) {
		bool left = parent->rb_left == n;
		struct rb_node *sibling = *child_slot(parent, !left);

		if (is_red(sibling)) {
			sibling->rb_color = RB_BLACK;
			parent->rb_color = RB_RED;
			rotate(parent, left, root);
			sibling = *child_slot(parent, !left);
		}
		if (!is_red(sibling->rb_left) && !is_red(sibling->rb_right)) {
			sibling->rb_color = RB_RED;
			n = parent;
			parent = n->rb_parent;
			continue;
		}
		if (!is_red(*child_slot(sibling, !left))) {
			(*child_slot(sibling, left))->rb_color = RB_BLACK;
			sibling->rb_color = RB_RED;
			rotate(sibling, !left, root);
			sibling = *child_slot(parent, !left);
		}
		sibling->rb_color = parent->rb_color;
		parent->rb_color = RB_BLACK;
		(*child_slot(sibling, !left))->rb_color = RB_BLACK;
		rotate(parent, left, root);
		n = root->rb_node;
	}
	if (n)
		n->rb_color = RB_BLACK;
}

/* @n has two children: its successor, which has no left one, takes its place and colour. */
static void erase_inner(struct rb_node *n, struct rb_root *root)
{
	struct rb_node *next = rb_next(n), *child = next->rb_right;
	struct rb_node *parent = next->rb_parent == n ? next : next->rb_parent;
	unsigned int color = next->rb_color;

	if (parent != next) {
		replace_child(next, child, root);
		next->rb_right = n->rb_right;
		next->rb_right->rb_parent = next;
	}
	replace_child(n, next, root);
	next->rb_left = n->rb_left;
	next->rb_left->rb_parent = next;
	next->rb_color = n->rb_color;
	if (color == RB_BLACK)
		erase_fixup(child, parent, root);
}

void rb_erase(struct rb_node *n, struct rb_root *root)
{
	struct rb_node *child = n->rb_left ? n->rb_left : n->rb_right;

	if (n->rb_left && n->rb_right) {
		erase_inner(n, root);
	} else {
		replace_child(n, child, root);
		if (n->rb_color == RB_BLACK)
			erase_fixup(child, n->rb_parent, root);
	}
	rb_init_node(n);
}

/* ---- walking ---- */

static struct rb_node *outermost(struct rb_node *n, bool left)
{
	while (n && *child_slot(n, left))
		n = *child_slot(n, left);
	return n;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, true);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, false);
}

static struct rb_node *neighbour(struct rb_node *n, bool left)
{
	struct rb_node *parent;

	if (*child_slot(n, left))
		return outermost(*child_slot(n, left), !left);
	for (parent = n->rb_parent; parent && *child_slot(parent, left) == n; parent = n->rb_parent)
		n = parent;
	return parent;
}

struct rb_node *rb_next(const struct rb_node *n)
{
	return neighbour((struct rb_node *)n, false);
}

struct rb_node *rb_prev(const struct rb_node *n)
{
	return neighbour((struct rb_node *)n, true);
}
