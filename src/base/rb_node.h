/* SPDX-License-Identifier: GPL-2.0-only */
/* rb_node.h - the links of a red-black tree, shared with the guests' BTF. */
#ifndef KS_BASE_RB_NODE_H
#define KS_BASE_RB_NODE_H

#include "base/annot.h"

struct rb_node {
	struct rb_node *rb_parent __host;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
	unsigned int rb_color __host;
};

struct rb_root {
	struct rb_node *rb_node;
};

#endif
