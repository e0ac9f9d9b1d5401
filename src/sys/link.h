/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link.h - links: a program or a table of operations attached to something, as long
 * as somebody holds a descriptor of the link.
 */
#ifndef KS_SYS_LINK_H
#define KS_SYS_LINK_H

#include <linux/bpf.h>
#include "bpf/object.h"
#include "kern/iter.h"

struct attachment;
struct link;
struct map;
struct perf_event;
struct prog;

struct link_ops {
	/* take it off; called once, by LINK_DETACH or when the link goes */
	void (*detach)(struct link *link);
	bool by_command; /* LINK_DETACH is allowed */
	void (*fill_info)(const struct link *link, struct bpf_link_info *info);
};

struct link {
	struct object obj;
	const struct link_ops *ops;
	enum bpf_link_type type;
	u32 attach_type;
	struct prog *prog;	 /* referenced; NULL for struct_ops */
	struct map *map;	 /* referenced; struct_ops only */
	struct perf_event *perf; /* referenced; NULL without */
	struct attachment *at;	 /* where the program runs, until it is detached */
	struct iter_tasks tasks; /* iterators: which */
	char target[64];	 /* tracepoint or iterator */
	u64 kobj;		 /* what a guest sees as struct bpf_link; 0: none */
	bool detached;
};

/* fields that user space passed in @user are pointers to be filled (names) */
void link_info(const struct link *link, struct bpf_link_info *info, const void *user, u32 len);

#endif
