/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waits.h - the waits of a task: each stay in a queue, from when it could run until it
 * ran, by how it began; and what many of them come to. The kernel model keeps them while it
 * runs, `report` and `top` make the same ones of the event stream, so all tell the same.
 *
 *	woken at 10, on a CPU at 13		a stay of 3, begun by a wakeup
 *	preempted at 20, on a CPU at 27		a stay of 7, begun by a preemption
 *	woken at 40, asked at 140		one that is open, and 100 long so far
 *
 * All stays are the queue waits; those that a wakeup began are the wakeup latencies. One
 * that is open counts in every figure as long as it has become: looking changes nothing.
 *
 * Times that come a little late (CPUs are a few ns apart) make stays of 0, never less.
 */
#ifndef KS_BASE_WAITS_H
#define KS_BASE_WAITS_H

#include "base/hist.h"

enum wait_kind { WAIT_WOKEN, WAIT_PREEMPTED, NR_WAIT_KINDS };

struct waits {
	bool open;
	enum wait_kind kind;		 /* of the one that is open */
	u64 since_ns;			 /* and since when, or since it was cut */
	u64 began_ns;			 /* since when in any case */
	struct hist stay[NR_WAIT_KINDS]; /* those that have ended; zero is none */
};

/* Into a queue; one that is there stays there: moving between queues is one stay. */
static inline void waits_begin(struct waits *w, enum wait_kind kind, u64 now_ns)
{
	if (w->open)
		return;
	w->open = true;
	w->kind = kind;
	w->since_ns = w->began_ns = now_ns;
}

/* how long the open one is; 0: none is */
static inline u64 waits_open_ns(const struct waits *w, u64 now_ns)
{
	return w->open && now_ns > w->since_ns ? now_ns - w->since_ns : 0;
}

/* It runs. */
static inline void waits_end(struct waits *w, u64 now_ns)
{
	if (!w->open)
		return;
	hist_add(&w->stay[w->kind], waits_open_ns(w, now_ns));
	w->open = false;
}

/*
 * What is to be told apart ends here: an open stay counts up to now, and goes on as a new one.
 * Returns how long it was; one that began this very moment is left to what follows.
 */
static inline u64 waits_cut(struct waits *w, u64 now_ns)
{
	u64 open_ns = waits_open_ns(w, now_ns);

	if (!open_ns)
		return 0;
	hist_add(&w->stay[w->kind], open_ns);
	w->since_ns = now_ns;
	return open_ns;
}

void waits_finish(struct waits *w);

/* ---- figures ---- */

/* observations of many tasks, or of one */
struct wait_sum {
	struct hist wakeup, queue; /* wakeup latencies; all stays, these too */
	u64 waiting_ns;		   /* the longest that is open; 0: none */
};

/* Ended stays, of one task or of several. */
void wait_sum_add_stays(struct wait_sum *s, const struct hist stay[NR_WAIT_KINDS]);
/* All of @w, with the open one as it is at @now_ns. */
void wait_sum_add(struct wait_sum *s, const struct waits *w, u64 now_ns);
void wait_sum_finish(struct wait_sum *s);

struct wait_spread {
	u64 p50_ns, p99_ns, max_ns, nr;
};

struct wait_figures {
	u64 wait_ns;	/* in all */
	u64 waiting_ns; /* of that, the longest stay that is open */
	struct wait_spread wakeup, queue;
};

struct wait_spread hist_spread(const struct hist *h);
void wait_sum_figures(const struct wait_sum *s, struct wait_figures *f);

/* ---- names ---- */

#define WAIT_GROUP_BYTES 17

/*
 * wait_group_name - the group of tasks that differ in their last digits only
 * "sleeper-0" and "sleeper-12": "sleeper-*"; "child": "child". @comm: 16 bytes at most
 */
void wait_group_name(const char *comm, char name[WAIT_GROUP_BYTES]);

#endif
