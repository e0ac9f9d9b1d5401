/* SPDX-License-Identifier: GPL-2.0-only */
/* watch.h - a watch's inside: a view (trace/view.h) that is a sink, and what was last looked at. */
#ifndef KS_API_WATCH_H
#define KS_API_WATCH_H

#include "api/api.h"
#include "trace/view.h"

/* what a look found, in order */
struct watch_look {
	struct view_op_at op[VIEW_OP_ROWS_MAX];
	u32 nr_ops;
	const struct replay_dsq **dsq;
	u32 nr_dsqs;
	const struct replay_task **task;
	u32 nr_tasks;
};

struct ks_watch {
	struct trace_sink sink;
	struct ks_watch *next; /* of ks_machine.watches */
	struct ks_machine *km;
	struct view view;
	struct watch_look look;
};

/* All that there are go: the machine does. */
void watches_close(struct ks_machine *km);

#endif
