/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * embed.c - a sched_ext machine inside of a program: what happens when a CPU that is
 * busy is told to choose again?
 *
 *	cc embed.c $(pkg-config --cflags --libs kickstand) -o embed
 *	./embed embed.bpf.o
 */
#include <kickstand.h>
#include <stdlib.h>

#define CPUS 4
#define MS 1000000
#define SCX_KICK_PREEMPT 2

/* as in embed.bpf.c */
struct kick_args {
	int32_t cpu;
	uint32_t flags;
};

/* All calls answer with a status, and have a line for who asks why. */
static void must(int status)
{
	if (status == KS_OK)
		return;
	fprintf(stderr, "embed: %s\n", ks_error());
	exit(status);
}

/* The road of a kick, as the machine goes it. */
static int print_event(void *arg, const struct ks_event *ev)
{
	printf("%9llu ns  cpu %d  %-12s", (unsigned long long)ev->time_ns, ev->cpu, ev->name);
	for (unsigned int i = 0; i < ev->nr_fields; i++)
		printf(" %s=%s", ev->fields[i], ks_event_text(ev, ev->fields[i]));
	putchar('\n');
	return 0;
}

/* A task that a program of ours drives: 1 ms of work, four times, then it ends. */
static struct ks_step next_step(void *arg, int pid)
{
	int *left = arg;

	if (!(*left)--)
		return (struct ks_step){ KS_EXIT, 0 };
	return (struct ks_step){ KS_RUN, MS };
}

static uint64_t dispatches_of(struct ks_object *obj, uint32_t cpu)
{
	uint64_t nr;

	must(ks_map_lookup(obj, "dispatches", &cpu, sizeof(cpu), &nr, sizeof(nr)));
	return nr;
}

/* a run until CPU 1 has chosen again */
struct goal {
	struct ks_object *obj;
	uint64_t dispatches;
};

static int is_reached(void *arg, struct ks_machine *m)
{
	const struct goal *goal = arg;

	return dispatches_of(goal->obj, 1) >= goal->dispatches;
}

static struct ks_object *load_scheduler(struct ks_machine *m, const char *path)
{
	struct ks_object *obj;

	must(ks_object_open(m, path, NULL, &obj));
	must(ks_object_resize(obj, "dispatches=4"));
	must(ks_object_load(obj));
	must(ks_object_attach(obj));
	return obj;
}

/* Two tasks that share CPU 1: one computes for ever, one waits for its turn. */
static void add_tasks(struct ks_machine *m, int *left)
{
	static const struct ks_step forever[] = { { KS_RUN, KS_FOREVER } };
	struct ks_task_opts hog = {
		.sz = sizeof(hog), .comm = "hog", .cpus = "1", .steps = forever, .nr_steps = 1,
	};
	struct ks_task_opts worker = {
		.sz = sizeof(worker), .comm = "worker", .cpus = "1", .next = next_step, .arg = left,
	};

	must(ks_task_add(m, &hog, NULL));
	must(ks_task_add(m, &worker, NULL));
}

int main(int argc, char **argv)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = CPUS, .seed = 1 };
	struct kick_args kick = { .cpu = 1, .flags = SCX_KICK_PREEMPT };
	struct goal goal;
	struct ks_until until = {
		.sz = sizeof(until), .ns = 100 * MS, .condition = is_reached, .arg = &goal,
	};
	struct ks_kicks kicks = { .sz = sizeof(kicks) };
	struct ks_machine *m;
	enum ks_status status;
	int left = 4;

	m = ks_machine_create(&opts, &status);
	if (!m)
		must(status);
	goal.obj = load_scheduler(m, argc > 1 ? argv[1] : "embed.bpf.o");
	add_tasks(m, &left);
	must(ks_machine_run(m, 5 * MS));

	must(ks_machine_listen(m, "kick*", print_event, NULL));
	goal.dispatches = dispatches_of(goal.obj, 1) + 1;
	must(ks_object_call(goal.obj, "kick", &kick, sizeof(kick), NULL));
	must(ks_machine_run_until(m, &until));
	must(ks_machine_run(m, 10 * MS));

	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		printf("cpu %u: %llu dispatches\n", cpu,
		       (unsigned long long)dispatches_of(goal.obj, cpu));
	must(ks_machine_kicks(m, &kicks));
	printf("%llu kick, answered after %llu ns\n", (unsigned long long)kicks.preempt,
	       (unsigned long long)kicks.latency_max_ns);
	ks_machine_destroy(m);
	return 0;
}
