// SPDX-License-Identifier: GPL-2.0-only
/*
 * unfairness.c - of two tasks that wanted a CPU all the time, may use the same CPUs and of
 * which the one weighs no less than the other, it got less than a quarter of the other's
 * time. A scheduler need not look at weights (FIFOs do not), so that a light task has as
 * much as a heavy one is nothing; that a heavy one has far less than a light one is.
 */
#include "check/detector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/account.h"

#define FACTOR 4
#define RIVALS_MAX 4096		       /* the oldest: each is compared with each */
#define ALWAYS_PERMILLE 950	       /* of the run: running or waiting */
#define LEAST_NS (250 * NSEC_PER_MSEC) /* of waiting, before anything is said */

struct rival {
	const struct task_struct *p;
	u64 runtime_ns, wait_ns;
	u32 weight;
};

static u64 run_ns(const struct task_struct *p)
{
	const struct rq_model *c = host_of(task_rq(p))->m;

	return host_of(p)->m->runtime_ns + (c->running == p ? account_rest_ns(c->rq) : 0);
}

static bool always_wanted_to_run(const struct judge *v, struct rival *r)
{
	u64 since_ns = waits_since(r->p);

	if (host_of(r->p)->m->nr_wakeups > 1) /* who sleeps gives its turn away */
		return false;
	r->runtime_ns = run_ns(r->p);
	r->wait_ns = r->p->sched_info.run_delay + (since_ns ? ns_since(since_ns) : 0);
	return (r->runtime_ns + r->wait_ns) * 1000 >= verdict_duration_ns(v) * ALWAYS_PERMILLE;
}

static u32 find_rivals(const struct judge *v, struct rival *list)
{
	const struct task_struct *p;
	u32 nr = 0;

	for_each_task(p) {
		if (nr == RIVALS_MAX)
			break;
		if (!of_workload(p) || (class_id(p) != CLASS_EXT && class_id(p) != CLASS_FAIR))
			continue;
		list[nr] = (struct rival){ .p = p,
					   .weight = p->policy == SCHED_IDLE ?
							     1 :
							     (u32)sched_weight_from_nice(
								     task_nice(p)) };
		nr += always_wanted_to_run(v, &list[nr]);
	}
	return nr;
}

static bool same_cpus(const struct rival *a, const struct rival *b)
{
	return !memcmp(a->p->cpus_ptr, b->p->cpus_ptr, sizeof(*a->p->cpus_ptr));
}

/* who has the most beyond what @r's weight explains; NULL: nobody */
static const struct rival *favoured(const struct rival *list, u32 nr, const struct rival *r)
{
	const struct rival *best = NULL;

	for (u32 i = 0; i < nr; i++)
		if (list[i].weight <= r->weight && list[i].runtime_ns > FACTOR * r->runtime_ns &&
		    class_id(list[i].p) == class_id(r->p) && same_cpus(&list[i], r) &&
		    (!best || list[i].runtime_ns > best->runtime_ns))
			best = &list[i];
	return best;
}

static void tell(struct judge *v, struct findings *f, const struct rival *r,
		 const struct rival *other)
{
	struct finding *at = finding_add(v, f, FINDING_UNFAIRNESS);
	char name[NAME_BYTES], name2[NAME_BYTES];

	if (!at)
		return;
	at->pid = r->p->pid;
	memcpy(at->comm, r->p->comm, sizeof(at->comm));
	at->cpu = task_cpu(r->p);
	at->since_ns = v->begin_ns;
	at->duration_ns = r->wait_ns;
	snprintf(at->text, sizeof(at->text),
		 "%s (nice %d) ran for %s and waited for %s, %s (nice %d) "
		 "ran for %s; both wanted to all the time, on the same CPUs",
		 verdict_task_text(r->p, name), task_nice(r->p), TEXT(r->runtime_ns),
		 TEXT(r->wait_ns), verdict_task_text(other->p, name2), task_nice(other->p),
		 TEXT(other->runtime_ns));
}

void unfairness_find(struct judge *v, struct findings *f)
{
	struct rival *list = calloc(RIVALS_MAX, sizeof(*list));
	u32 nr = list ? find_rivals(v, list) : 0;
	const struct rival *other;

	for (u32 i = 0; i < nr; i++) {
		if (list[i].wait_ns < LEAST_NS || starves(v, list[i].p))
			continue; /* then that is what explains it */
		other = favoured(list, nr, &list[i]);
		if (other)
			tell(v, f, &list[i], other);
	}
	free(list);
}
