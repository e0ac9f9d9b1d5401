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
 * Servers stand in the queue of the deadline class, and are above real-time tasks as it is. A
 * task that is served keeps its class: traces show it as what it is.
 */
#ifndef KS_KERN_DL_SERVER_H
#define KS_KERN_DL_SERVER_H

#include "kern/cbs.h"

#define DL_PERIOD_NS (1000 * NSEC_PER_MSEC) /* and relative deadline */

enum dl_server_kind { DL_SERVER_FAIR, DL_SERVER_EXT, NR_DL_SERVERS };

struct rq;
struct task_struct;

void dl_servers_init(struct rq *rq);
/* Once the kind has its first task on @rq: start it, if it has not been. @rq locked. */
void dl_server_start(struct rq *rq, enum dl_server_kind kind);
/* @delta_ns of idle time that has passed. @rq locked. */
void dl_server_update_idle(struct rq *rq, u64 delta_ns);
/*
 * Whom @s, the first of its queue, lets run; RETRY_TASK; NULL: nobody, and it is stopped. @rq
 * locked.
 */
struct task_struct *dl_server_pick_task(struct rq *rq, struct dl_entity *s,
					struct task_struct *prev);
/*
 * A share of the bandwidth is given or taken; taking it stops the server. Locks the run queues.
 * 0, or -EBUSY: deadline tasks have been promised it.
 */
int dl_servers_attach(enum dl_server_kind kind, bool on);
/* The CPU goes: nothing is served there any more. @rq locked. */
void dl_servers_stop(struct rq *rq);

#endif
