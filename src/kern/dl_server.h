/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dl_server.h - deadline servers: what keeps a lower class alive beside a hog of a higher one.
 *
 * Each CPU has one for the fair class and, since 7.0, one for EXT: 50 ms in every second. A
 * server is deferred: it only starts to serve when the class could not run for those 50 ms by
 * itself, at the last moment at which they still fit before the deadline (zero laxity).
 *
 *	start                     zero laxity        deadline
 *	|── 950 ms, class starves ──▶|── served, 50 ms ──▶|── 950 ms ── served ...
 *	     (what it runs by itself is taken off, and pushes all of it back)
 *
 * The machine has no SCHED_DEADLINE tasks, so a server is all that is above real-time tasks.
 * A task that is served keeps its class: traces show it as what it is.
 */
#ifndef KS_KERN_DL_SERVER_H
#define KS_KERN_DL_SERVER_H

#include "kern/irq.h"

#define DL_PERIOD_NS (1000 * NSEC_PER_MSEC) /* and relative deadline */

enum dl_server_kind { DL_SERVER_FAIR, DL_SERVER_EXT, NR_DL_SERVERS };

/* sched_dl_entity, as far as servers use it; all under the run queue's lock */
struct dl_server {
	struct rq *rq;
	struct hrtimer timer; /* zero laxity while @defer_armed, else the replenishment */
	s64 runtime;	      /* ns that are left of the budget */
	u64 deadline;	      /* absolute */
	bool attached;	      /* it has a share of the CPU's bandwidth */
	bool active;	      /* started, and not yet stopped */
	bool queued;	      /* it wants to serve now: the pick asks it */
	bool throttled;	      /* waits for the timer */
	bool defer_armed, defer_running, defer_idle;
};

struct rq;
struct task_struct;

void dl_servers_init(struct rq *rq);
/* Once the kind has its first task on @rq: start it, if it has not been. @rq locked. */
void dl_server_start(struct rq *rq, enum dl_server_kind kind);
/* @delta_ns of idle time that has passed. @rq locked. */
void dl_server_update_idle(struct rq *rq, u64 delta_ns);
/* Off the budget of an active one; see dl_server_update() in this_cpu.h. @rq locked. */
void dl_server_take_off(struct dl_server *s, u64 delta_ns);
/* Whom a server lets run in front of real-time tasks, RETRY_TASK, or NULL. @rq locked. */
struct task_struct *pick_task_dl_server(struct rq *rq, struct task_struct *prev);
/* A share of the bandwidth is given or taken; taking it stops the server. Locks the run queues. */
void dl_servers_attach(enum dl_server_kind kind, bool on);
/* The CPU goes: nothing is served there any more. @rq locked. */
void dl_servers_stop(struct rq *rq);

#endif
