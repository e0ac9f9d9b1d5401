/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * builtins.h - the generators: workloads as code, each with a table of parameters.
 *
 *	mixed:hogs=4,sleepers=0
 *	spin:tasks=2,cpus=0-1+6
 */
#ifndef KS_LOAD_BUILTINS_H
#define KS_LOAD_BUILTINS_H

#include "kern/sched.h"
#include "load/workload.h"

struct suggestion;

enum param_kind { PARAM_COUNT, PARAM_NICE, PARAM_TIME, PARAM_CPUS, PARAM_WORD };

#define PARAM_AUTO (-1) /* default of a count: by the number of CPUs */
#define PARAM_MAX 8
#define COUNT_MAX 100000
#define BUILTIN_TASKS_MAX 1000000 /* in all; Linux has 4 million pids */

struct builtin_param {
	const char *key;
	enum param_kind kind;
	s64 def; /* counts, nice values, ns, or which of @words */
	const char *help;
	const char *const *words; /* PARAM_WORD: what it may be, NULL behind the last */
};

struct builtin {
	const char *name, *help;
	struct builtin_param params[PARAM_MAX];
	/* tasks that it would start with @val, PARAM_AUTO settled in place. 0 is refused. */
	u64 (*scale)(s64 *val, u32 nr_cpus);
	/* 0, or -errno if something else than a task could not be made */
	int (*start)(struct workload *w, const s64 *val);
};

extern const struct builtin builtin_mixed, builtin_spin, builtin_pingpong, builtin_bursty,
	builtin_forks, builtin_storm;

/* the built-in that @spec names before its colon, or NULL */
const struct builtin *builtin_find(const char *spec);
/* try their names */
void builtin_suggest(struct suggestion *s);
int builtin_open(struct workload *w, const struct builtin *b, const char *spec, char *err,
		 size_t len);
int builtin_start(struct workload *w);

/* ---- for the generators ---- */

/* A task "STEM-INDEX" of the workload's CPUs, counted whether it could be made or not. */
void builtin_task(struct workload *w, const char *stem, u32 index, s32 nice, task_body body,
		  void *arg);
/* A task's own stream; @index differs between all tasks of a workload. */
void builtin_prng(struct prng *p, u32 index);
/* uniform in [mean / 2, mean * 3 / 2] */
u64 random_around(struct prng *p, u64 mean);
/* a spread of nice values by index, most of them 0 */
s32 nice_variety(u32 index);

/* forks.c, for mixed: a task that forks @rate children a second that run for about @life_ns */
struct forker_args {
	u32 stream; /* of builtin_prng() */
	s32 nice;
	u64 rate, life_ns;
};
void forker_start(struct workload *w, u32 index, const struct forker_args *args);

#endif
