// SPDX-License-Identifier: GPL-2.0-only
/* history.c - see history.h. */
#include "check/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "check/detector.h"
#include "kern/account.h"

#define EVERY_NS (9 * NSEC_PER_MSEC) /* no multiple of ticks and slices */
#define NAMES_MAX 3
#define IDLE_MOSTLY 500 /* permille */
#define RANGES_MAX 6

/* ---- taking samples ---- */

bool history_create(struct history *h, u32 nr_cpus)
{
	h->nr_cpus = nr_cpus;
	h->idle_ns = calloc((size_t)HISTORY_MAX * nr_cpus, sizeof(*h->idle_ns));
	h->pid = calloc((size_t)HISTORY_MAX * nr_cpus, sizeof(*h->pid));
	return h->idle_ns && h->pid;
}

void history_destroy(struct history *h)
{
	free(h->idle_ns);
	free(h->pid);
}

void history_begin(struct history *h)
{
	h->nr = 0;
	h->every_ns = EVERY_NS;
	h->next_ns = 0;
}

static u64 idle_so_far(const struct rq *rq)
{
	const struct rq_model *c = host_of(rq)->m;

	return c->idle_ns + (is_idle_task(c->running) ? account_rest_ns(rq) : 0);
}

static void thin_out(struct history *h)
{
	u32 n = h->nr_cpus;

	for (u32 i = 1; i < HISTORY_MAX / 2; i++) {
		h->at_ns[i] = h->at_ns[2 * i];
		memcpy(&h->idle_ns[i * n], &h->idle_ns[2 * i * n], n * sizeof(*h->idle_ns));
		memcpy(&h->pid[i * n], &h->pid[2 * i * n], n * sizeof(*h->pid));
	}
	h->nr = HISTORY_MAX / 2;
	h->every_ns *= 2;
}

void history_look(struct history *h)
{
	u64 *idle_ns;
	pid_t *pid;

	if (now_ns() < h->next_ns)
		return;
	if (h->nr == HISTORY_MAX)
		thin_out(h);
	idle_ns = &h->idle_ns[h->nr * h->nr_cpus];
	pid = &h->pid[h->nr * h->nr_cpus];
	for (u32 cpu = 0; cpu < h->nr_cpus; cpu++) {
		const struct rq *rq = cpu_rq((s32)cpu);

		idle_ns[cpu] = idle_so_far(rq);
		pid[cpu] = is_idle_task(rq->curr) ? 0 : rq->curr->pid;
	}
	h->at_ns[h->nr++] = now_ns();
	h->next_ns = now_ns() + h->every_ns;
}

/* ---- what they say ---- */

/* the first sample at @ns or later; h->nr: there is none */
static u32 sample_at(const struct history *h, u64 ns)
{
	u32 i = 0;

	while (i < h->nr && h->at_ns[i] < ns)
		i++;
	return i;
}

/* samples [from, to] about a time; @to h->nr: now */
struct span {
	u32 from, to;
};

/* Those within, or, where the time is too short for two, those around it. */
static struct span span_of(const struct history *h, u64 since_ns, u64 until_ns)
{
	struct span s = { sample_at(h, since_ns), sample_at(h, until_ns) };

	if (s.from + 1 >= s.to && s.from)
		s.from--;
	return s;
}

u32 history_idle(const struct history *h, s32 cpu, u64 since_ns, u64 until_ns)
{
	struct span s = span_of(h, since_ns, until_ns);
	bool now = s.to == h->nr;
	u64 idle, ns;

	if (s.from >= h->nr) /* the run has just begun */
		return is_idle_task(cpu_rq(cpu)->curr) ? 1000 : 0;
	idle = now ? idle_so_far(cpu_rq(cpu)) : h->idle_ns[s.to * h->nr_cpus + (u32)cpu];
	ns = (now ? now_ns() : h->at_ns[s.to]) - h->at_ns[s.from];
	idle -= h->idle_ns[s.from * h->nr_cpus + (u32)cpu];
	return ns ? (u32)min((idle * 1000 + ns / 2) / ns, 1000ULL) : 0;
}

u32 cpus_text(const struct cpumask *cpus, char *buf, u32 size)
{
	u32 n = (u32)snprintf(buf, size, cpumask_weight(cpus) == 1 ? "CPU " : "CPUs "), ranges = 0;
	s32 first, last = -1;

	while (cpumask_next_range(cpus, &first, &last)) {
		if (ranges++ == RANGES_MAX) {
			n += (u32)snprintf(buf + n, size - n, ",...");
			break;
		}
		n += (u32)snprintf(buf + n, size - n, last > first ? "%s%d-%d" : "%s%d",
				   ranges > 1 ? "," : "", first, last);
	}
	return n;
}

struct runner {
	pid_t pid;
	u32 nr;
};

static void count_runner(struct runner *r, u32 *nr, u32 most, pid_t pid)
{
	for (u32 i = 0; i < *nr; i++)
		if (r[i].pid == pid) {
			r[i].nr++;
			return;
		}
	if (*nr < most)
		r[(*nr)++] = (struct runner){ pid, 1 };
}

/* the most frequent first; of equals the lower pid */
static int by_frequency(const void *a, const void *b)
{
	const struct runner *x = a, *y = b;

	return x->nr != y->nr ? (x->nr < y->nr) - (x->nr > y->nr) :
				(x->pid > y->pid) - (x->pid < y->pid);
}

#define RUNNERS_MAX 256

/* who was seen on @cpus */
static u32 runners_of(const struct history *h, const struct cpumask *cpus, u64 since_ns,
		      u64 until_ns, struct runner *r)
{
	struct span s = span_of(h, since_ns, until_ns);
	u32 nr = 0;
	s32 cpu;

	for (u32 i = s.from; i < s.to; i++)
		for_each_cpu(cpu, cpus)
			if (h->pid[i * h->nr_cpus + (u32)cpu])
				count_runner(r, &nr, RUNNERS_MAX,
					     h->pid[i * h->nr_cpus + (u32)cpu]);
	for_each_cpu(cpu, cpus)
		if (s.from >= s.to && !is_idle_task(cpu_rq(cpu)->curr))
			count_runner(r, &nr, RUNNERS_MAX, cpu_rq(cpu)->curr->pid);
	qsort(r, nr, sizeof(*r), by_frequency);
	return nr;
}

static u32 tell_runners(const struct history *h, const struct cpumask *cpus, u64 since_ns,
			u64 until_ns, char *buf, u32 size)
{
	struct runner r[RUNNERS_MAX];
	u32 nr = runners_of(h, cpus, since_ns, until_ns, r), n = cpus_text(cpus, buf, size);
	char name[NAME_BYTES];

	if (!nr)
		return n + (u32)snprintf(buf + n, size - n,
					 cpumask_weight(cpus) == 1 ? " was busy" : " were busy");
	n += (u32)snprintf(buf + n, size - n, " ran ");
	for (u32 i = 0; i < min(nr, (u32)NAMES_MAX) && n < size; i++)
		n += (u32)snprintf(buf + n, size - n, "%s%s", i ? ", " : "",
				   pid_text(r[i].pid, name));
	if (nr > NAMES_MAX && n < size)
		n += (u32)snprintf(buf + n, size - n, " and others");
	return n;
}

u32 history_tell(const struct history *h, const struct cpumask *cpus, u64 since_ns, u64 until_ns,
		 char *buf, u32 size)
{
	struct cpumask idle = {}, busy = {};
	u32 n = 0, share, sum = 0;
	s32 cpu;

	for_each_cpu(cpu, cpus) {
		share = history_idle(h, cpu, since_ns, until_ns);
		cpumask_set_cpu(cpu, share >= IDLE_MOSTLY ? &idle : &busy);
		sum += share >= IDLE_MOSTLY ? share : 0;
	}
	buf[0] = '\0';
	if (!cpumask_empty(&idle)) {
		n = cpus_text(&idle, buf, size);
		n += (u32)snprintf(buf + n, size - n, " idled %u %% of it",
				   sum / cpumask_weight(&idle) / 10);
	}
	if (!cpumask_empty(&busy) && n + 2 < size) {
		n += (u32)snprintf(buf + n, size - n, n ? ", " : "");
		n += tell_runners(h, &busy, since_ns, until_ns, buf + n, size - n);
	}
	return min(n, size - 1);
}
