// SPDX-License-Identifier: GPL-2.0-only
/* why.c - a failure about a task that waits says why it waits: trace/why_now.h. */
#include <string.h>

#include "kern/ext/ext.h"
#include "kern/sched.h"
#include "scenario/scenario.h"
#include "trace/why_now.h"

static void seed(struct replay *rp, u16 id, const struct task_struct *p, u64 arg1, const u64 *more,
		 u32 nr)
{
	struct trace_record r = {
		.time_ns = now_ns(), .id = id, .cpu = -1, .pid = -1, .arg = { (u64)p->pid, arg1 }
	};

	for (u32 i = 0; i < nr; i++)
		r.arg[2 + i] = more[i];
	replay_take(rp, &r);
}

/* What the stream told of the tasks that there are already, before anybody listened. */
static void seed_task(struct replay *rp, const struct task_struct *p)
{
	u64 comm[2] = { 0 }, word[4];

	memcpy(comm, p->comm, sizeof(comm));
	seed(rp, EV_task_new, p, 0, comm, 2);
	seed(rp, EV_task_class, p, class_id(p), NULL, 0);
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu += 256) {
		for (u32 i = 0; i < 4; i++)
			word[i] = p->cpus_ptr->bits[cpu / 64 + i];
		seed(rp, EV_task_cpus, p, cpu, word, 4);
	}
}

struct replay *scn_replay_create(void)
{
	struct replay *rp = replay_create(machine->nr_cpu_ids, machine->prof->name);
	struct task_struct *p;

	if (!rp)
		return NULL;
	for_each_task(p)
		seed_task(rp, p);
	return rp;
}

/* a figure about how long somebody waited, or how little he ran */
static bool is_about_waiting(const char *path)
{
	return strstr(path, "wait") || strstr(path, "latency") || strstr(path, "runtime");
}

void scn_put_why_of(const struct ks_scenario *s, s32 pid, const char *indent, FILE *out)
{
	if (!s->rec.replay)
		return;
	s->rec.replay->now_ns = now_ns(); /* nothing may have happened for long */
	fputs("    why: |\n", out);
	why_now_put(s->rec.replay, pid, indent, out);
}

void scn_put_why(const struct ks_scenario *s, const char *path, const char *indent, FILE *out)
{
	const char *comm = path + strlen("tasks.");
	char name[TASK_COMM_LEN];
	s32 pid;

	if (!s->rec.replay || !has_prefix(path, "tasks.") || !is_about_waiting(path))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(comm, "."), comm);
	pid = why_now_longest(s->rec.replay, name);
	if (pid && replay_task(s->rec.replay, pid)->state == TASK_WAITS)
		scn_put_why_of(s, pid, indent, out);
}
