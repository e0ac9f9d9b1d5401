// SPDX-License-Identifier: GPL-2.0-only
/*
 * forks.c - the built-in `forks`: tasks that fork short-lived children.
 *
 * A forker keeps a table of slots, one for each child that may live at a time, so
 * that a scheduler which starves the children meets a program that waits for them
 * (as a shell or a build does), not one that grows without end.
 */
#include "load/builtins.h"
#include "load/sync.h"

#define CHILDREN_MAX 64 /* of one forker, at a time */

struct child {
	struct forker *forker;
	struct child *next_free;
	u64 run_ns;
};

struct forker {
	struct workload *w;
	struct prng prng;
	u64 interval_ns, life_ns;
	struct usem slots;
	struct child children[CHILDREN_MAX], *free;
	s32 nice;
	const struct cpumask *cpus;
};

static void child_body(void *arg)
{
	struct child *c = arg;

	user_run(c->run_ns);
	c->next_free = c->forker->free;
	c->forker->free = c;
	usem_post(&c->forker->slots);
}

static void forker_fork(struct forker *f)
{
	struct child *c = f->free;
	struct task_attr attr = {
		.comm = "child",
		.nice = f->nice,
		.cpus = f->cpus,
		.new_process = true,
		.load = c,
	};
	int err = 0;

	f->free = c->next_free;
	c->run_ns = random_around(&f->prng, f->life_ns);
	if (task_create(&attr, child_body, c, &err))
		return;
	workload_refused(f->w, err > 0 ? -err : err);
	c->next_free = f->free;
	f->free = c;
	usem_post(&f->slots);
}

static void forker_body(void *arg)
{
	struct forker *f = arg;

	for (;;) {
		sys_nanosleep(random_around(&f->prng, f->interval_ns));
		usem_wait(&f->slots);
		forker_fork(f);
	}
}

void forker_start(struct workload *w, u32 index, const struct forker_args *args)
{
	struct forker *f = workload_alloc(w, sizeof(*f));

	f->w = w;
	builtin_prng(&f->prng, args->stream);
	f->interval_ns = NSEC_PER_SEC / args->rate;
	f->life_ns = max(args->life_ns, 1ULL);
	f->nice = args->nice;
	f->cpus = w->cpus;
	usem_init(&f->slots, CHILDREN_MAX);
	for (u32 i = 0; i < CHILDREN_MAX; i++) {
		f->children[i] = (struct child){ .forker = f, .next_free = f->free };
		f->free = &f->children[i];
	}
	builtin_task(w, "forker", index, args->nice, forker_body, f);
}

/* ---- the built-in ---- */

enum { FORKS_FORKERS, FORKS_RATE, FORKS_LIFE, FORKS_NICE, FORKS_CPUS };

static u64 forks_scale(s64 *val, u32 nr_cpus)
{
	if (val[FORKS_FORKERS] == PARAM_AUTO)
		val[FORKS_FORKERS] = max(1u, nr_cpus / 4);
	return val[FORKS_RATE] ? val[FORKS_FORKERS] : 0;
}

static int forks_start(struct workload *w, const s64 *val)
{
	struct forker_args args = {
		.nice = val[FORKS_NICE],
		.rate = val[FORKS_RATE],
		.life_ns = val[FORKS_LIFE],
	};

	for (s64 i = 0; i < val[FORKS_FORKERS]; i++, args.stream++)
		forker_start(w, i, &args);
	return 0;
}

const struct builtin builtin_forks = {
	.name = "forks",
	.help = "tasks that fork short-lived children, at most 64 each at a time",
	.params =
		{
			[FORKS_FORKERS] = {"forkers", PARAM_COUNT, PARAM_AUTO,
					   "how many fork; one for four CPUs"},
			[FORKS_RATE] = {"rate", PARAM_COUNT, 1000, "forks a second, of each"},
			[FORKS_LIFE] = {"life", PARAM_TIME, 500 * NSEC_PER_USEC,
					"mean CPU time of a child"},
			[FORKS_NICE] = {"nice", PARAM_NICE, 0, "nice value of all"},
			[FORKS_CPUS] = {"cpus", PARAM_CPUS, 0, "where they may run, like 0-3+6"},
		},
	.scale = forks_scale,
	.start = forks_start,
};
