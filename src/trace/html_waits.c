// SPDX-License-Identifier: GPL-2.0-only
/* html_waits.c - see html_waits.h. */
#include "trace/html_waits.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the longest of each task ---- */

static u64 length_ns(const struct why_wait *wait, u64 end_ns)
{
	return min(wait->until_ns, end_ns) - wait->since_ns;
}

static void note(struct html_waits *w, const struct why_wait *wait, u64 end_ns)
{
	struct why_wait *worst;

	if (length_ns(wait, end_ns) < HTML_WAIT_LONG_NS)
		return;
	w->worst.size = sizeof(*worst);
	worst = pids_get(&w->worst, wait->pid);
	if (worst && (!worst->pid || length_ns(wait, end_ns) > length_ns(worst, end_ns)))
		*worst = *wait;
}

void html_waits_event(struct html_waits *w, const struct replay *rp, const struct trace_record *r)
{
	struct why_wait wait;

	if (wait_ended(rp, r, &wait))
		note(w, &wait, rp->now_ns);
}

/* ---- the longest of all ---- */

static void keep(struct why_wait *kept, u32 *nr, const struct why_wait *wait, u64 end_ns)
{
	u32 i = *nr < HTML_WAITS_MAX ? *nr : HTML_WAITS_MAX - 1;

	if (*nr == HTML_WAITS_MAX && length_ns(wait, end_ns) <= length_ns(&kept[i], end_ns))
		return;
	for (; i && length_ns(&kept[i - 1], end_ns) < length_ns(wait, end_ns); i--)
		kept[i] = kept[i - 1];
	kept[i] = *wait;
	*nr += *nr < HTML_WAITS_MAX;
}

static u32 choose(struct html_waits *w, struct why_wait *kept, u64 end_ns)
{
	u32 nr = 0;

	for (u32 pid = 0; pid < w->worst.nr; pid++) {
		const struct why_wait *wait = pids_find(&w->worst, pid);

		if (wait->pid)
			keep(kept, &nr, wait, end_ns);
	}
	return nr;
}

/* waits that are open when the first reading ends */
static void note_open(struct html_waits *w, const struct replay *rp, u64 end_ns)
{
	for (u32 pid = 0; pid < rp->tasks.nr; pid++) {
		const struct replay_task *t = replay_task(rp, pid);

		if (t && t->state == TASK_WAITS)
			note(w, &(struct why_wait){ t->pid, t->state_ns, REPLAY_NEVER }, end_ns);
	}
}

static int cases_begin(struct html_waits *w, struct trace_reader *r)
{
	struct why_wait kept[HTML_WAITS_MAX];
	u32 nr = choose(w, kept, trace_reader_end_ns(r));

	w->c = calloc(HTML_WAITS_MAX, sizeof(*w->c));
	w->rp = replay_of_reader(r);
	if (!w->c || !w->rp)
		return -ENOMEM;
	for (; w->nr < nr; w->nr++)
		if (case_begin(&w->c[w->nr], &kept[w->nr], trace_reader_about(r)->cpus)) {
			case_finish(&w->c[w->nr]);
			return -ENOMEM;
		}
	return 0;
}

static int watch(struct html_waits *w, struct trace_reader *r)
{
	struct trace_record rec;
	int ret;

	while ((ret = replay_read(w->rp, r, &rec)) > 0) {
		ret = replay_take(w->rp, &rec);
		if (ret)
			return ret;
		for (u32 i = 0; i < w->nr; i++)
			case_event(&w->c[i], w->rp, &rec);
	}
	w->rp->now_ns = trace_reader_end_ns(r);
	for (u32 i = 0; i < w->nr; i++)
		case_end(&w->c[i], w->rp);
	return ret;
}

int html_waits_read(struct html_waits *w, const struct replay *rp, struct trace_reader *r)
{
	int ret;

	note_open(w, rp, trace_reader_end_ns(r));
	ret = cases_begin(w, r);
	if (ret || !w->nr)
		return ret;
	ret = trace_reader_again(r);
	return ret ? ret : watch(w, r);
}

void html_waits_finish(struct html_waits *w)
{
	for (u32 i = 0; i < w->nr; i++)
		case_finish(&w->c[i]);
	free(w->c);
	pids_finish(&w->worst);
	replay_destroy(w->rp);
	*w = (struct html_waits){ 0 };
}
