// SPDX-License-Identifier: GPL-2.0-only
/*
 * bursty.c - the built-in `bursty`: request and response, as schbench does it.
 *
 * A worker asks its message thread for work by queueing itself and waking it, and
 * sleeps. The message thread thinks for a while, then wakes every worker in its
 * queue at once: the burst. A request is half the work, a read that waits for
 * a device, and the other half.
 *
 *	message  ──think──▶ wake all ──think──▶ wake all
 *	workers      └─ work, io, work, queue ─┘
 */
#include "load/builtins.h"
#include "load/sync.h"

enum { B_MESSAGES, B_WORKERS, B_WORK, B_THINK, B_IO, B_CPUS };

struct messenger {
	struct prng prng;
	u64 think_ns;
	struct list_head queue; /* workers that want work, FIFO */
	struct usem asked;	/* used when it does not think */
};

struct worker_task {
	struct prng prng;
	struct messenger *m;
	struct list_head node;
	struct usem go;
	u64 work_ns, io_ns;
};

static void messenger_body(void *arg)
{
	struct messenger *m = arg;

	for (;;) {
		if (m->think_ns)
			sys_nanosleep(random_around(&m->prng, m->think_ns));
		else
			usem_wait(&m->asked);
		while (!list_empty(&m->queue)) {
			struct worker_task *t =
				list_first_entry(&m->queue, struct worker_task, node);

			list_del(&t->node);
			usem_post(&t->go);
		}
	}
}

static void worker_ask(struct worker_task *t)
{
	list_add_tail(&t->node, &t->m->queue);
	if (!t->m->think_ns)
		usem_post(&t->m->asked);
	usem_wait(&t->go);
}

static void worker_body(void *arg)
{
	struct worker_task *t = arg;
	u64 work_ns;

	for (;;) {
		worker_ask(t);
		work_ns = random_around(&t->prng, t->work_ns);
		user_run(work_ns / 2 + 1);
		if (t->io_ns)
			sys_read_slowly(t->io_ns);
		user_run(work_ns / 2 + 1);
	}
}

static u64 bursty_scale(s64 *val, u32 nr_cpus)
{
	if (val[B_MESSAGES] == PARAM_AUTO)
		val[B_MESSAGES] = max(1u, nr_cpus / 16);
	if (val[B_WORKERS] == PARAM_AUTO)
		val[B_WORKERS] = max(1, (s64)nr_cpus * 2 / max(1, val[B_MESSAGES]));
	return val[B_WORKERS] ? val[B_MESSAGES] * (val[B_WORKERS] + 1) : 0;
}

static void worker_start(struct workload *w, struct messenger *m, u32 index, const s64 *val)
{
	struct worker_task *t = workload_alloc(w, sizeof(*t));

	builtin_prng(&t->prng, index + COUNT_MAX);
	t->m = m;
	t->work_ns = val[B_WORK];
	t->io_ns = val[B_IO];
	usem_init(&t->go, 0);
	builtin_task(w, "worker", index, 0, worker_body, t);
}

static void messenger_start(struct workload *w, u32 index, const s64 *val)
{
	struct messenger *m = workload_alloc(w, sizeof(*m));

	builtin_prng(&m->prng, index);
	m->think_ns = val[B_THINK];
	INIT_LIST_HEAD(&m->queue);
	usem_init(&m->asked, 0);
	builtin_task(w, "message", index, 0, messenger_body, m);
	for (s64 i = 0; i < val[B_WORKERS]; i++)
		worker_start(w, m, index * val[B_WORKERS] + i, val);
}

static int bursty_start(struct workload *w, const s64 *val)
{
	for (s64 i = 0; i < val[B_MESSAGES]; i++)
		messenger_start(w, i, val);
	return 0;
}

const struct builtin builtin_bursty = {
	.name = "bursty",
	.help = "message threads that wake all their waiting workers at once",
	.params =
		{
			[B_MESSAGES] = {"messages", PARAM_COUNT, PARAM_AUTO,
					"message threads; one for 16 CPUs"},
			[B_WORKERS] = {"workers", PARAM_COUNT, PARAM_AUTO,
				       "workers of each; two a CPU in all"},
			[B_WORK] = {"work", PARAM_TIME, NSEC_PER_MSEC,
				    "mean CPU time of a request"},
			[B_THINK] = {"think", PARAM_TIME, 4 * NSEC_PER_MSEC,
				     "mean time between bursts; 0s: answer at once"},
			[B_IO] = {"io", PARAM_TIME, 100 * NSEC_PER_USEC,
				  "wait for a device in the middle of a request"},
			[B_CPUS] = {"cpus", PARAM_CPUS, 0, "where they may run, like 0-3+6"},
		},
	.scale = bursty_scale,
	.start = bursty_start,
};
