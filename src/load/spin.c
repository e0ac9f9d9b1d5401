// SPDX-License-Identifier: GPL-2.0-only
/* spin.c - two small built-ins: spin (CPU hogs) and pingpong (pairs that wake each other). */
#include "load/builtins.h"

#include "kern/pipe.h"
#include "load/sync.h"

#define SPIN_STEP_NS NSEC_PER_SEC

/* ---- spin ---- */

enum { SPIN_TASKS, SPIN_NICE, SPIN_CPUS };

static void spin_body(void *arg)
{
	for (;;)
		user_run(SPIN_STEP_NS);
}

static u64 spin_scale(s64 *val, u32 nr_cpus)
{
	if (val[SPIN_TASKS] == PARAM_AUTO)
		val[SPIN_TASKS] = nr_cpus;
	return val[SPIN_TASKS];
}

static int spin_start(struct workload *w, const s64 *val)
{
	for (s64 i = 0; i < val[SPIN_TASKS]; i++)
		builtin_task(w, "spin", i, val[SPIN_NICE], spin_body, NULL);
	return 0;
}

const struct builtin builtin_spin = {
	.name = "spin",
	.help = "tasks that never sleep",
	.params = {
		[SPIN_TASKS] = { "tasks", PARAM_COUNT, PARAM_AUTO, "how many; one a CPU" },
		[SPIN_NICE] = { "nice", PARAM_NICE, 0, "nice value of all" },
		[SPIN_CPUS] = { "cpus", PARAM_CPUS, 0, "where they may run, like 0-3+6" },
	},
	.scale = spin_scale,
	.start = spin_start,
};

/* ---- pingpong ---- */

enum { PP_PAIRS, PP_WORK, PP_VIA, PP_CPUS };
enum { VIA_FUTEX, VIA_PIPE };

static const char *const pingpong_via[] = { "futex", "pipe", NULL };

/* Each side waits for its own ball and gives the other one. */
struct player {
	struct usem ball;
	struct pipe pipe;
	struct player *peer;
	u64 work_ns;
};

/* The same over pipes: what wakes passes WF_SYNC. */
static void pipe_player_body(void *arg)
{
	struct player *me = arg;

	while (!sys_pipe_read(&me->pipe)) {
		user_run(me->work_ns);
		sys_pipe_write(&me->peer->pipe);
	}
}

static void player_body(void *arg)
{
	struct player *me = arg;

	for (;;) {
		usem_wait(&me->ball);
		user_run(me->work_ns);
		usem_post(&me->peer->ball);
	}
}

static u64 pingpong_scale(s64 *val, u32 nr_cpus)
{
	if (val[PP_PAIRS] == PARAM_AUTO)
		val[PP_PAIRS] = max(1u, nr_cpus / 2);
	if (!val[PP_WORK])
		val[PP_WORK] = 1; /* a turn that takes no time would stop the clock */
	return 2 * val[PP_PAIRS];
}

static void pair_start(struct workload *w, u32 index, u64 work_ns, s64 via)
{
	task_body body = via == VIA_PIPE ? pipe_player_body : player_body;
	struct player *pair = workload_alloc(w, 2 * sizeof(*pair));

	for (u32 i = 0; i < 2; i++) {
		pair[i] = (struct player){ .peer = &pair[!i], .work_ns = work_ns };
		usem_init(&pair[i].ball, !i);
		pipe_init(&pair[i].pipe);
		pair[i].pipe.bytes = !i;
	}
	builtin_task(w, "ping", index, 0, body, &pair[0]);
	builtin_task(w, "pong", index, 0, body, &pair[1]);
}

static int pingpong_start(struct workload *w, const s64 *val)
{
	for (s64 i = 0; i < val[PP_PAIRS]; i++)
		pair_start(w, i, val[PP_WORK], val[PP_VIA]);
	return 0;
}

const struct builtin builtin_pingpong = {
	.name = "pingpong",
	.help = "pairs of tasks that wake each other in turn",
	.params = {
		[PP_PAIRS] = { "pairs", PARAM_COUNT, PARAM_AUTO, "how many; one for two CPUs" },
		[PP_WORK] = { "work", PARAM_TIME, 5 * NSEC_PER_USEC, "CPU time of a turn" },
		[PP_VIA] = { "via", PARAM_WORD, VIA_FUTEX, "what wakes: futex or pipe", pingpong_via },
		[PP_CPUS] = { "cpus", PARAM_CPUS, 0, "where they may run, like 0-3+6" },
	},
	.scale = pingpong_scale,
	.start = pingpong_start,
};
