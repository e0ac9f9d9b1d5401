// SPDX-License-Identifier: GPL-2.0-only
/* waits.c - see waits.h. */
#include "base/waits.h"

#include <string.h>

#define COMM_BYTES (WAIT_GROUP_BYTES - 1)

void waits_finish(struct waits *w)
{
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_finish(&w->stay[kind]);
	*w = (struct waits){};
}

void wait_sum_add_stays(struct wait_sum *s, const struct hist stay[NR_WAIT_KINDS])
{
	hist_merge(&s->wakeup, &stay[WAIT_WOKEN]);
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_merge(&s->queue, &stay[kind]);
}

void wait_sum_add(struct wait_sum *s, const struct waits *w, u64 now_ns)
{
	u64 open_ns = waits_open_ns(w, now_ns);

	wait_sum_add_stays(s, w->stay);
	if (!open_ns)
		return;
	s->waiting_ns = max(s->waiting_ns, open_ns);
	hist_add(&s->queue, open_ns);
	if (w->kind == WAIT_WOKEN)
		hist_add(&s->wakeup, open_ns);
}

void wait_sum_finish(struct wait_sum *s)
{
	hist_finish(&s->wakeup);
	hist_finish(&s->queue);
}

struct wait_spread hist_spread(const struct hist *h)
{
	return (struct wait_spread){ .p50_ns = hist_percentile(h, 50),
				     .p99_ns = hist_percentile(h, 99),
				     .max_ns = h->max,
				     .nr = h->nr };
}

void wait_sum_figures(const struct wait_sum *s, struct wait_figures *f)
{
	*f = (struct wait_figures){ .wait_ns = s->queue.sum,
				    .waiting_ns = s->waiting_ns,
				    .wakeup = hist_spread(&s->wakeup),
				    .queue = hist_spread(&s->queue) };
}

void wait_group_name(const char *comm, char name[WAIT_GROUP_BYTES])
{
	size_t len = strnlen(comm, COMM_BYTES), n = len;

	while (n && comm[n - 1] >= '0' && comm[n - 1] <= '9')
		n--;
	memcpy(name, comm, n);
	if (n < len)
		name[n++] = '*';
	name[n] = '\0';
}
