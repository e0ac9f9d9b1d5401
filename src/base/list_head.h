/* SPDX-License-Identifier: GPL-2.0-only */
/* list_head.h - the link itself, shared with the guests' BTF. */
#ifndef KS_BASE_LIST_HEAD_H
#define KS_BASE_LIST_HEAD_H

struct list_head {
	struct list_head *next, *prev;
};

#endif
