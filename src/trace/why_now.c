// SPDX-License-Identifier: GPL-2.0-only
/* why_now.c - see why_now.h. */
#include "trace/why_now.h"

#include <string.h>

#include "trace/why_words.h"

#define RUNNERS_TOLD 4 /* CPUs whose task is named */

/* ---- whom ---- */

s32 why_now_longest(const struct replay *rp, const char *comm)
{
	const struct replay_task *t, *best = NULL;

	for (u32 pid = 1; pid < rp->tasks.nr; pid++) {
		t = replay_task(rp, pid);
		if (!t || (comm && strcmp(replay_comm(rp, pid), comm)))
			continue;
		if (!best || (t->state == TASK_WAITS &&
			      (best->state != TASK_WAITS || t->state_ns < best->state_ns)))
			best = t;
	}
	return best ? best->pid : 0;
}

/* ---- the CPUs ---- */

/* CPUs that could take it from where it is */
static void within_reach(const struct replay *rp, const struct replay_task *t, struct why_set *out)
{
	bool own = t->place == PLACE_RUNQUEUE || (t->dsq && dsq_is_local_on(t->dsq->id));

	memset(out, 0, sizeof(*out));
	for (u32 i = 0; i < rp->nr_cpus; i++)
		if (own ? (s32)i == t->cpu : replay_allowed(rp, t, i) && rp->cpu[i].online)
			set_add(out, i);
}

static void runners_put(const struct replay *rp, const struct why_set *reach, FILE *out)
{
	u32 nr = 0;

	for (u32 i = 0; i < rp->nr_cpus; i++) {
		if (!set_has(reach, i) || rp->cpu[i].curr <= 0)
			continue;
		if (nr++ < RUNNERS_TOLD)
			fprintf(out, "; CPU %u runs %s (%s)", i, task_text(rp, rp->cpu[i].curr).at,
				word_text(FIELD_class, rp->cpu[i].class));
	}
	if (nr > RUNNERS_TOLD)
		fprintf(out, "; %u more run others", nr - RUNNERS_TOLD);
}

static void cpus_put(const struct replay *rp, const struct why_set *reach, FILE *out)
{
	struct why_set idle = { 0 };
	u64 since = REPLAY_NEVER;

	for (u32 i = 0; i < rp->nr_cpus; i++)
		if (set_has(reach, i) && replay_idle(rp, i)) {
			set_add(&idle, i);
			since = min(since, rp->cpu[i].since_ns);
		}
	if (idle.nr)
		fprintf(out, "%s idle%s, %s %s", set_text(&idle).at, idle.nr == 1 ? "s" : "",
			idle.nr == 1 ? "for" : "longest for", duration_text(rp->now_ns - since).at);
	else
		fputs("none of them idles", out);
	runners_put(rp, reach, out);
	fputc('\n', out);
}

/* ---- the queue ---- */

static void look_put(const struct replay *rp, const struct replay_task *t, FILE *out)
{
	const struct replay_look *last = NULL;
	u32 cpu = 0;

	for (u32 i = 0; t->dsq->look && i < rp->nr_cpus; i++)
		if (t->dsq->look[i].ns != REPLAY_NEVER &&
		    (!last || t->dsq->look[i].ns > last->ns)) {
			last = &t->dsq->look[i];
			cpu = i;
		}
	if (!last)
		fprintf(out, "; no CPU ever looked at %s",
			queue_text(t->dsq->id, t->dsq->sched).at);
	else if (last->ns < t->place_ns)
		fprintf(out, "; no CPU looked at %s since then, CPU %u did last %s before",
			queue_text(t->dsq->id, t->dsq->sched).at, cpu,
			duration_text(t->place_ns - last->ns).at);
	else if (last->found < 0)
		fprintf(out, "; CPU %u looked at %s last, %s ago, and found none for itself", cpu,
			queue_text(t->dsq->id, t->dsq->sched).at,
			duration_text(rp->now_ns - last->ns).at);
	else
		fprintf(out, "; CPU %u looked at %s last, %s ago, and took %s", cpu,
			queue_text(t->dsq->id, t->dsq->sched).at,
			duration_text(rp->now_ns - last->ns).at, task_text(rp, last->found).at);
}

static void place_put(const struct replay *rp, const struct replay_task *t, const char *indent,
		      FILE *out)
{
	const struct why_story s = { .rp = rp };
	const struct why_place p = { .place = t->place,
				     .cpu = t->cpu,
				     .class = t->class,
				     .dsq = t->dsq ? t->dsq->id : 0,
				     .dsq_sched = t->dsq ? t->dsq->sched : 0,
				     .put = t->put };
	char line[256];
	const char *source = t->place == PLACE_DSQ ? put_line(&s, &t->put, line, sizeof(line)) :
						     NULL;

	fprintf(out, "%s%s\n", indent, put_text(&s, &p).at);
	if (source)
		fprintf(out, "%s  %s\n", indent, source);
}

void why_now_put(const struct replay *rp, s32 pid, const char *indent, FILE *out)
{
	const struct replay_task *t = replay_task(rp, pid);
	struct why_set reach;

	if (!t) {
		fprintf(out, "%sthere was no task %d\n", indent, pid);
		return;
	}
	if (t->state != TASK_WAITS) {
		fprintf(out, "%s%s does not wait now: for %s it %s\n", indent,
			task_text(rp, pid).at, duration_text(rp->now_ns - t->state_ns).at,
			t->state == TASK_RUNS ? "has run" :
			t->state == TASK_GONE ? "has been gone" :
						"has slept");
		return;
	}
	fprintf(out, "%s%s (%s) has waited for %s\n", indent, task_text(rp, pid).at,
		word_text(FIELD_class, t->class), duration_text(rp->now_ns - t->state_ns).at);
	place_put(rp, t, indent, out);
	within_reach(rp, t, &reach);
	fprintf(out, "%s%s could take it from there", indent,
		reach.nr ? set_text(&reach).at : "no CPU");
	if (t->place == PLACE_DSQ && !dsq_is_local_on(t->dsq->id))
		look_put(rp, t, out);
	fprintf(out, "\n%s", indent);
	cpus_put(rp, &reach, out);
}
