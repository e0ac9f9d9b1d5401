// SPDX-License-Identifier: GPL-2.0-only
/*
 * api_test.c - the library by its public header alone: what it does, and that a call
 * which is wrong, or comes at the wrong time, is refused with a line and changes nothing.
 */
#include <unistd.h>

#include "api_fixture.h"

struct pair {
	uint32_t a, b;
};

static uint32_t *word(const char *name)
{
	uint32_t *p = ks_object_global(obj, name, NULL);

	assert_non_null(p);
	return p;
}

static uint64_t counter(const char *name)
{
	size_t size = 0;
	uint64_t *p = ks_object_global(obj, name, &size);

	assert_non_null(p);
	assert_int_equal(size, sizeof(*p));
	return *p;
}

/* ---- handles ---- */

static int no_event(void *arg, const struct ks_event *ev)
{
	return 0;
}

static void null_handles_are_refused(void **state)
{
	struct ks_until until = { .sz = sizeof(until), .ns = 1 };
	struct ks_task_opts task = { .sz = sizeof(task), .comm = "t", .steps = spin, .nr_steps = 1 };
	struct ks_cpu cpu = { .sz = sizeof(cpu) };
	struct ks_task t = { .sz = sizeof(t) };
	struct ks_kicks kicks = { .sz = sizeof(kicks) };
	struct ks_object *o;
	uint32_t key = 0;

	refused(ks_machine_workload(NULL, "mixed"), "NULL");
	refused(ks_machine_run(NULL, 1), "NULL");
	refused(ks_machine_run_until(NULL, &until), "NULL");
	refused(ks_machine_listen(NULL, NULL, no_event, NULL), "NULL");
	refused(ks_machine_hotplug(NULL, 0, 0), "NULL");
	refused(ks_machine_summary(NULL, stdout), "NULL");
	refused(ks_machine_json(NULL, stdout), "NULL");
	refused(ks_machine_verdict(NULL, NULL, NULL), "NULL");
	refused(ks_machine_finish_trace(NULL), "NULL");
	refused(ks_machine_cpu(NULL, 0, &cpu), "NULL");
	refused(ks_machine_kicks(NULL, &kicks), "NULL");
	refused(ks_task_add(NULL, &task, NULL), "NULL");
	refused(ks_task_wake(NULL, 1), "NULL");
	refused(ks_task_set_cpus(NULL, 1, "0"), "NULL");
	refused(ks_task_set_nice(NULL, 1, 0), "NULL");
	refused(ks_task_kill(NULL, 1), "NULL");
	refused(ks_task_get(NULL, 1, &t), "NULL");
	refused(ks_task_next(NULL, 1, &t), "NULL");
	refused(ks_object_open(NULL, "x", NULL, &o), "NULL");
	refused(ks_object_load(NULL), "NULL");
	refused(ks_object_attach(NULL), "NULL");
	refused(ks_object_detach(NULL), "NULL");
	refused(ks_object_set(NULL, "a=1"), "NULL");
	refused(ks_object_resize(NULL, "a=1"), "NULL");
	refused(ks_object_setup(NULL, "x"), "NULL");
	refused(ks_object_set_map(NULL, "a=[]"), "NULL");
	refused(ks_object_run_prog(NULL, "x"), "NULL");
	refused(ks_object_call(NULL, "x", NULL, 0, NULL), "NULL");
	refused(ks_object_check_map(NULL, "x"), "NULL");
	refused(ks_object_dump_map(NULL, "x", stdout), "NULL");
	refused(ks_object_inspect(NULL, stdout), "NULL");
	refused(ks_object_inspect_json(NULL, stdout), "NULL");
	refused(ks_map_lookup(NULL, "x", &key, 4, &key, 4), "NULL");
	refused(ks_map_update(NULL, "x", &key, 4, &key, 4), "NULL");
	refused(ks_map_delete(NULL, "x", &key, 4), "NULL");
	assert_int_equal(ks_object_map_fd(NULL, "x"), -1);
	assert_null(ks_object_global(NULL, "x", NULL));
	assert_int_equal(ks_machine_nr_cpus(NULL), 0);
	assert_int_equal(ks_machine_now(NULL), 0);
	refused(ks_scenario_open(NULL, NULL, NULL), "NULL");
	refused(ks_scenario_run(NULL, 0, stdout), "NULL");
	refused(ks_kernels(NULL), "NULL");
	refused(ks_btf(NULL, NULL, stdout), "NULL");
	refused(ks_btf_file(NULL, stdout), "NULL");
	ks_machine_stop(NULL);
	ks_machine_on_progress(NULL, NULL, NULL);
	ks_machine_exit_report(NULL, stdout);
	ks_object_close(NULL);
	ks_scenario_close(NULL);
	ks_machine_destroy(NULL);
	assert_int_equal(ks_event_value(NULL, "x"), 0);
	assert_string_equal(ks_event_text(NULL, "x"), "");
}

static void null_arguments_are_refused(void **state)
{
	uint32_t key = 0;

	refused(ks_machine_workload(m, NULL), "NULL");
	refused(ks_machine_run_until(m, NULL), "NULL");
	refused(ks_machine_listen(m, NULL, NULL, NULL), "NULL");
	refused(ks_machine_summary(m, NULL), "NULL");
	refused(ks_machine_json(m, NULL), "NULL");
	refused(ks_machine_cpu(m, 0, NULL), "NULL");
	refused(ks_machine_kicks(m, NULL), "NULL");
	refused(ks_task_add(m, NULL, NULL), "NULL");
	refused(ks_task_set_cpus(m, 1, NULL), "NULL");
	refused(ks_task_get(m, 1, NULL), "NULL");
	refused(ks_task_next(m, 1, NULL), "NULL");
	refused(ks_object_open(m, NULL, NULL, &obj), "NULL");
	refused(ks_object_open(m, "x", NULL, NULL), "NULL");
	ok(ks_object_open(m, object_path(), NULL, &obj));
	refused(ks_object_set(obj, NULL), "NULL");
	refused(ks_object_resize(obj, NULL), "NULL");
	refused(ks_object_setup(obj, NULL), "NULL");
	refused(ks_object_choose(obj, NULL), "NULL");
	refused(ks_object_inspect(obj, NULL), "NULL");
	ok(ks_object_load(obj));
	refused(ks_object_set_map(obj, NULL), "NULL");
	refused(ks_object_run_prog(obj, NULL), "NULL");
	refused(ks_object_call(obj, NULL, NULL, 0, NULL), "NULL");
	refused(ks_object_check_map(obj, NULL), "NULL");
	refused(ks_object_dump_map(obj, "pairs", NULL), "NULL");
	refused(ks_map_lookup(obj, NULL, &key, 4, &key, 4), "NULL");
	refused(ks_map_lookup(obj, "pairs", NULL, 4, &key, 8), "NULL");
	refused(ks_map_lookup(obj, "pairs", &key, 4, NULL, 8), "NULL");
	assert_null(ks_object_global(obj, NULL, NULL));
}

static void stale_handles_are_refused(void **state)
{
	struct ks_machine *old = m;
	struct ks_object *closed;

	ok(ks_object_open(m, object_path(), NULL, &obj));
	closed = obj;
	ks_object_close(obj);
	refused(ks_object_load(closed), "closed");
	ks_object_close(closed);
	ks_machine_destroy(m);
	refused(ks_machine_run(old, 1), "destroyed");
	refused(ks_object_load(closed), "closed");
	ks_machine_destroy(old);
	assert_int_equal(ks_machine_now(old), 0);
}

static void a_second_machine_is_refused(void **state)
{
	enum ks_status status = KS_OK;

	assert_null(ks_machine_create(NULL, &status));
	assert_int_equal(status, KS_USAGE);
	assert_non_null(strstr(ks_error(), "one at a time"));
	/* and the first is none the worse for it */
	ok(ks_object_open(m, object_path(), NULL, &obj));
	ok(ks_object_load(obj));
	ok(ks_object_attach(obj));
	ok(ks_machine_run(m, MS));
	ks_machine_destroy(m);
	m = ks_machine_create(NULL, &status);
	assert_non_null(m);
	assert_int_equal(ks_machine_nr_cpus(m), 8);
}

/* ---- sizes of structures ---- */

struct later_opts {
	struct ks_machine_opts opts;
	uint64_t new_field;
};

static void option_sizes(void **state)
{
	struct later_opts o = { { .sz = sizeof(o), .topology = "1n1l3c1t" } };
	enum ks_status status;

	m = ks_machine_create(&o.opts, &status);
	assert_non_null(m);
	assert_int_equal(ks_machine_nr_cpus(m), 3);
	ks_machine_destroy(m);
	/* a field that this library does not know says something */
	o.new_field = 1;
	assert_null(ks_machine_create(&o.opts, &status));
	assert_int_equal(status, KS_USAGE);
	assert_non_null(strstr(ks_error(), "newer"));
	/* an old program: its structure ends before "cpus" */
	o.opts.cpus = 77;
	o.opts.sz = offsetof(struct ks_machine_opts, cpus);
	m = ks_machine_create(&o.opts, &status);
	assert_non_null(m);
	assert_int_equal(ks_machine_nr_cpus(m), 3);
	ks_machine_destroy(m);
	o.opts.sz = 0;
	m = ks_machine_create(&o.opts, &status);
	assert_null(m);
	assert_int_equal(status, KS_USAGE);
	assert_non_null(strstr(ks_error(), "sz is 0"));
}

static void result_sizes(void **state)
{
	struct ks_cpu cpu = { .sz = offsetof(struct ks_cpu, llc), .llc = 77 };

	ok(ks_machine_cpu(m, 1, &cpu));
	assert_int_equal(cpu.online, 1);
	assert_int_equal(cpu.core, 1);
	assert_int_equal(cpu.llc, 77);
	cpu.sz = 0;
	refused(ks_machine_cpu(m, 1, &cpu), "sz is 0");
}

/* ---- the order of calls ---- */

static void order_of_an_object(void **state)
{
	FILE *none;
	struct poke_args args = { 1, 0 };
	uint32_t key = 0;
	struct pair pair;

	refused(ks_object_attach(obj), "not loaded");
	refused(ks_object_detach(obj), "not loaded");
	refused(ks_object_call(obj, "poke", &args, sizeof(args), NULL), "not loaded");
	refused(ks_object_set_map(obj, "pairs=[]"), "not loaded");
	refused(ks_object_run_prog(obj, "poke"), "not loaded");
	refused(ks_object_dump_map(obj, "pairs", stdout), "not loaded");
	refused(ks_map_lookup(obj, "pairs", &key, sizeof(key), &pair, sizeof(pair)), "not loaded");
	assert_int_equal(ks_object_map_fd(obj, "pairs"), -1);
	ok(ks_object_set(obj, "slice_ns=1000000"));
	ok(ks_object_load(obj));
	refused(ks_object_load(obj), "is loaded");
	refused(ks_object_set(obj, "slice_ns=1000000"), "is loaded");
	refused(ks_object_resize(obj, "pairs=3"), "is loaded");
	refused(ks_object_setup(obj, "x.json"), "is loaded");
	refused(ks_object_choose(obj, "poke=false"), "is loaded");
	none = fopen("/dev/null", "w");
	ok(ks_object_inspect(obj, none)); /* of what it came to */
	fclose(none);
	refused(ks_object_detach(obj), "not attached");
	ok(ks_object_attach(obj));
	refused(ks_object_attach(obj), "is attached");
	ok(ks_object_detach(obj));
	ok(ks_object_attach(obj));
}

static void a_broken_object_is_named(void **state)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/bad_kfunc.bpf.o", getenv("TEST_OBJECTS"));
	ok(ks_object_open(m, path, NULL, &obj));
	assert_int_equal(ks_object_load(obj), KS_LOAD);
	refused(ks_object_attach(obj), "close it");
	assert_null(ks_object_global(obj, "x", NULL));
	ks_object_close(obj);
	ok(ks_object_open(m, object_path(), NULL, &obj));
	ok(ks_object_load(obj));
}

static void a_workload_comes_first(void **state)
{
	ok(ks_machine_workload(m, "spin:tasks=1"));
	refused(ks_machine_workload(m, "spin:tasks=1"), "already");
	ks_machine_destroy(m);
	with_machine(state);
	ok(ks_machine_run(m, MS));
	refused(ks_machine_workload(m, "spin:tasks=1"), "before the first run");
}

/* ---- tasks ---- */

static void bad_tasks_are_refused(void **state)
{
	struct ks_task_opts good = { .sz = sizeof(good), .comm = "t", .steps = spin, .nr_steps = 1 },
			    o;
	static const struct ks_step odd[] = { { (enum ks_action)99, 0 } };
	uint64_t before = ks_machine_now(m);

#define bad(words, ...)                                   \
	do {                                              \
		o = good;                                 \
		__VA_ARGS__;                              \
		refused(ks_task_add(m, &o, NULL), words); \
	} while (0)
	bad("comm", o.comm = NULL);
	bad("comm", o.comm = "");
	bad("comm", o.comm = "a-name-too-long-");
	bad("policy", o.policy = (enum ks_policy)6);
	bad("rt_priority", o.policy = KS_FIFO);
	bad("rt_priority", o.policy = KS_RR; o.rt_priority = 100);
	bad("rt_priority", o.rt_priority = 1);
	bad("nice", o.nice = 20);
	bad("nice", o.nice = -21);
	bad("nice", o.policy = KS_FIFO; o.rt_priority = 1; o.nice = 1);
	bad("CPU 4 is outside", o.cpus = "4");
	bad("CPU 4 is outside", o.cpus = "0-4");
	bad("looks like", o.cpus = "");
	bad("looks like", o.cpus = "0,");
	bad("looks like", o.cpus = "3-1");
	bad("looks like", o.cpus = "zero");
	bad("steps", o.steps = NULL);
	bad("steps", o.nr_steps = 0);
	bad("no action", o.steps = odd);
	bad("sz", o.sz = 0);
#undef bad
	assert_int_equal(ks_machine_now(m), before);
	refused(ks_task_wake(m, 1), "none of");
	refused(ks_task_kill(m, 4242), "no living task");
	refused(ks_task_kill(m, 2), "the kernel's own");
	refused(ks_task_set_nice(m, 1, 40), "-20 to 19");
	refused(ks_task_set_cpus(m, 1, "9"), "outside");
}

static void steps_are_done(void **state)
{
	static const struct ks_step steps[] = { { KS_RUN, MS },
						{ KS_SLEEP, 2 * MS },
						{ KS_YIELD, 0 } };
	struct ks_task t = { .sz = sizeof(t) };
	int pid = add("steps", "2", steps, 3, 3);
	uint64_t begin = ks_machine_now(m);

	ok(ks_machine_run(m, 7500000));
	ok(ks_task_get(m, pid, &t));
	assert_string_equal(t.comm, "steps");
	assert_string_equal(t.task_class, "ext");
	assert_int_equal(t.cpu, 2);
	assert_int_equal(t.wakeups, 2); /* the third is to come */
	assert_true(t.runtime_ns >= 3 * MS && t.runtime_ns < 3 * MS + MS / 10);
	assert_int_equal(t.state, 'S');
	ok(ks_machine_run(m, 2 * MS));
	assert_int_equal(ks_machine_now(m) - begin, 9500000);
	refused(ks_task_get(m, pid, &t), "no living task");
}

/* what a function told its task to do, and what it saw */
struct script {
	int pid, calls, refused;
	struct ks_step steps[4];
};

static struct ks_step next_of_script(void *arg, int pid)
{
	struct script *s = arg;

	s->pid = pid;
	s->refused += ks_machine_run(m, 1) == KS_USAGE;
	s->refused += ks_object_attach(obj) == KS_USAGE;
	return s->calls < 4 ? s->steps[s->calls++] : (struct ks_step){ KS_EXIT, 0 };
}

static void a_function_says_the_steps(void **state)
{
	struct script s = {
		.steps = { { KS_RUN, MS }, { KS_WAIT, 0 }, { KS_WAIT, 0 }, { KS_RUN, MS } }
	};
	struct ks_task_opts o = {
		.sz = sizeof(o), .comm = "script", .next = next_of_script, .arg = &s
	};
	struct ks_task t = { .sz = sizeof(t) };
	int pid;

	ok(ks_task_add(m, &o, &pid));
	ok(ks_machine_run(m, 2 * MS));
	assert_int_equal(s.pid, pid);
	assert_int_equal(s.calls, 2);
	assert_int_equal(s.refused, 4);
	ok(ks_task_wake(m, pid));
	ok(ks_machine_run(m, MS));
	assert_int_equal(s.calls, 3);
	ok(ks_task_wake(m, pid));
	ok(ks_machine_run(m, 3 * MS));
	refused(ks_task_get(m, pid, &t), "no living task");
}

static void an_early_wake_counts_once(void **state)
{
	static const struct ks_step steps[] = { { KS_RUN, MS }, { KS_WAIT, 0 }, { KS_WAIT, 0 } };
	struct ks_task t = { .sz = sizeof(t) };
	int pid = add("early", NULL, steps, 3, 1);

	ok(ks_task_wake(m, pid));
	ok(ks_task_wake(m, pid));
	ok(ks_machine_run(m, 5 * MS));
	ok(ks_task_get(m, pid, &t));
	assert_int_equal(t.state, 'S');
	ok(ks_task_wake(m, pid));
	ok(ks_machine_run(m, MS));
	refused(ks_task_get(m, pid, &t), "no living task");
}

/* A task that wakes another, adds one, and runs a program: on its own CPU. */
struct worker {
	int other, child, calls;
	struct poke_args args;
	uint32_t retval;
};

static struct ks_step next_of_worker(void *arg, int pid)
{
	struct ks_task_opts o = { .sz = sizeof(o), .comm = "child", .steps = spin, .nr_steps = 1 };
	struct worker *w = arg;

	if (w->calls++)
		return (struct ks_step){ KS_EXIT, 0 };
	ok(ks_task_wake(m, w->other));
	ok(ks_task_add(m, &o, &w->child));
	ok(ks_object_call(obj, "poke", &w->args, sizeof(w->args), &w->retval));
	return (struct ks_step){ KS_RUN, MS };
}

static void tasks_act(void **state)
{
	static const struct ks_step waits[] = { { KS_WAIT, 0 } };
	struct worker w = { .args = { 41, 0 } };
	struct ks_task_opts o = {
		.sz = sizeof(o),
		.comm = "worker",
		.cpus = "3",
		.next = next_of_worker,
		.arg = &w,
	};
	struct ks_task t = { .sz = sizeof(t) };
	uint64_t by_cpu[NR_CPUS];
	uint32_t key = 0;

	w.other = add("other", NULL, waits, 1, 1);
	ok(ks_machine_run(m, MS));
	ok(ks_task_add(m, &o, NULL));
	ok(ks_machine_run(m, 5 * MS));
	refused(ks_task_get(m, w.other, &t), "no living task");
	ok(ks_task_get(m, w.child, &t));
	assert_true(t.runtime_ns > 3 * MS);
	assert_int_equal(w.args.out, 42);
	assert_int_equal(w.retval, 41);
	ok(ks_map_lookup(obj, "by_cpu", &key, sizeof(key), by_cpu, sizeof(by_cpu)));
	assert_int_equal(by_cpu[3], 1);
	assert_int_equal(by_cpu[0] + by_cpu[1] + by_cpu[2], 0);
}

static void tasks_are_changed(void **state)
{
	struct ks_task t = { .sz = sizeof(t) };
	int pid = add("moved", "0", spin, 1, 0);

	ok(ks_machine_run(m, MS));
	ok(ks_task_set_cpus(m, pid, "1-2"));
	ok(ks_task_set_nice(m, pid, -5));
	ok(ks_machine_run(m, MS));
	ok(ks_task_get(m, pid, &t));
	assert_in_range(t.cpu, 1, 2);
	assert_int_equal(t.nice, -5);
	assert_int_equal(t.state, 'R');
	ok(ks_task_kill(m, pid));
	ok(ks_machine_run(m, MS));
	refused(ks_task_get(m, pid, &t), "no living task");
	refused(ks_task_set_cpus(m, pid, "1"), "no living task");
}

/* ---- running ---- */

static int count_to(void *arg, struct ks_machine *machine)
{
	struct ks_task_opts o = { .sz = sizeof(o), .comm = "t", .steps = spin, .nr_steps = 1 };

	/* in between nothing may run the machine */
	refused(ks_machine_run(machine, 1), "while a run goes on");
	refused(ks_task_add(machine, &o, NULL), "while a run goes on");
	return counter("nr_enqueues") >= *(uint64_t *)arg;
}

static void run_until(void **state)
{
	struct ks_until u = { .sz = sizeof(u), .ns = 3 * MS, .events = "kick" };
	uint64_t begin, wanted;

	add("spin", "0", spin, 1, 0);
	add("spun", "0", spin, 1, 0);
	begin = ks_machine_now(m);
	assert_int_equal(ks_machine_run_until(m, &u), KS_FAILED);
	assert_non_null(strstr(ks_error(), "'kick'"));
	assert_int_equal(ks_machine_now(m) - begin, 3 * MS);
	u.ns = KS_FOREVER;
	u.events = "sched_switch";
	begin = ks_machine_now(m);
	ok(ks_machine_run_until(m, &u));
	assert_in_range(ks_machine_now(m) - begin, 1, 10 * MS);
	u.ns = 1000 * MS;
	u.events = NULL;
	u.condition = count_to;
	u.arg = &wanted;
	wanted = counter("nr_enqueues") + 3;
	ok(ks_machine_run_until(m, &u));
	assert_int_equal(counter("nr_enqueues"), wanted);
	/* it holds already: nothing runs */
	begin = ks_machine_now(m);
	ok(ks_machine_run_until(m, &u));
	assert_int_equal(ks_machine_now(m), begin);
	wanted = UINT64_MAX;
	u.ns = MS;
	assert_int_equal(ks_machine_run_until(m, &u), KS_FAILED);
	assert_non_null(strstr(ks_error(), "condition"));
}

static void bad_waits_are_refused(void **state)
{
	struct ks_until u = { .sz = sizeof(u), .ns = MS, .events = "kik" };

	refused(ks_machine_run_until(m, &u), "no event 'kik'");
	u.events = " ";
	refused(ks_machine_run_until(m, &u), "no name");
	u.events = "kick no_such";
	refused(ks_machine_run_until(m, &u), "no event 'no_such'");
	u.events = "kick";
	u.ns = 0;
	refused(ks_machine_run_until(m, &u), "ns is 0");
	u.sz = 0;
	refused(ks_machine_run_until(m, &u), "sz is 0");
	refused(ks_machine_listen(m, "sched_switch kik", no_event, NULL), "no event 'kik'");
	assert_int_equal(ks_machine_now(m), 0);
}

static void stop_is_used_up(void **state)
{
	ks_machine_stop(m);
	assert_int_equal(ks_machine_run(m, MS), KS_INTERRUPTED);
	ok(ks_machine_run(m, MS));
}

/* Looking, in the middle of anything. */
static void ask(void)
{
	FILE *nowhere = fopen("/dev/null", "w");

	assert_non_null(nowhere);
	ok(ks_machine_json(m, nowhere));
	ok(ks_machine_summary(m, nowhere));
	fclose(nowhere);
}

static char *summary_of_run(const char *kernel, bool stepwise)
{
	struct ks_machine_opts opts = {
		.sz = sizeof(opts),
		.kernel = kernel,
		.cpus = NR_CPUS,
		.seed = 7,
		.hash = 1,
	};
	struct ks_until u = { .sz = sizeof(u) };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	unsigned int nr_stops = 0;
	uint64_t end;

	m = ks_machine_create(&opts, NULL);
	assert_non_null(m);
	ok(ks_object_open(m, object_path(), NULL, &obj));
	ok(ks_object_load(obj));
	ok(ks_object_attach(obj));
	ok(ks_machine_workload(m, "mixed"));
	end = ks_machine_now(m) + 20 * MS;
	for (u.ns = 1; stepwise && u.ns;
	     u.ns = end > ks_machine_now(m) ? end - ks_machine_now(m) : 0) {
		if (ks_machine_run_until(m, &u) == KS_FAILED)
			break;
		if (!(++nr_stops % 256))
			ask();
	}
	ok(ks_machine_run(m, end + MS - ks_machine_now(m)));
	ok(ks_machine_json(m, out));
	fclose(out);
	ks_machine_destroy(m);
	m = NULL;
	return text;
}

/* The same hash of all events and the same figures, whether or not each event stopped the run, and
 * figures were asked for there. */
static void stopping_changes_nothing(void **state)
{
	static const char *const kernels[] = { "6.12", "7.3" };
	char *whole, *steps;
	size_t i;

	for (i = 0; i < 2; i++) {
		whole = summary_of_run(kernels[i], false);
		steps = summary_of_run(kernels[i], true);
		assert_non_null(strstr(whole, "trace_hash"));
		assert_string_equal(whole, steps);
		free(whole);
		free(steps);
	}
}

/* ---- the verdict ---- */

struct found {
	unsigned int nr;
	char kind[32], comm[16], text[512];
	uint64_t duration_ns;
};

static int take_finding(void *arg, const struct ks_finding *f)
{
	struct found *found = arg;

	found->nr++;
	snprintf(found->kind, sizeof(found->kind), "%s", f->kind);
	snprintf(found->comm, sizeof(found->comm), "%s", f->comm);
	snprintf(found->text, sizeof(found->text), "%s", f->text);
	found->duration_ns = f->duration_ns;
	return 1;
}

static void a_verdict(void **state)
{
	static const struct ks_step spin = { KS_RUN, KS_FOREVER };
	struct ks_machine_opts opts = { .sz = sizeof(opts),
					.cpus = NR_CPUS,
					.starvation_ns = 200 * MS };
	struct ks_task_opts hog = { .sz = sizeof(hog),
				    .comm = "hog",
				    .policy = KS_FIFO,
				    .rt_priority = 5,
				    .cpus = "1",
				    .steps = &spin,
				    .nr_steps = 1 };
	struct found found = {};

	m = ks_machine_create(&opts, NULL);
	assert_non_null(m);
	refused(ks_machine_verdict(m, NULL, NULL), "nothing has run");
	ok(ks_task_add(m, &hog, NULL));
	ok(ks_machine_run(m, 100 * MS));
	ok(ks_machine_verdict(m, take_finding, &found));
	assert_int_equal(found.nr, 0);
	hog.comm = "waits";
	ok(ks_task_add(m, &hog, NULL));
	ok(ks_machine_run(m, 300 * MS));
	assert_int_equal(ks_machine_verdict(m, NULL, NULL), KS_FAILED);
	assert_non_null(strstr(ks_error(), "starvation"));
	assert_int_equal(ks_machine_verdict(m, take_finding, &found), KS_FAILED);
	assert_int_equal(found.nr, 1);
	assert_string_equal(found.comm, "waits");
	assert_true(found.duration_ns >= 299 * MS && found.duration_ns <= 301 * MS);
	assert_non_null(strstr(found.text, "CPU 1 ran hog["));
}

/* ---- events ---- */

struct heard {
	unsigned int nr, nr_kicks, refused, end_at;
	uint64_t last_ns;
	char line[256];
};

static int hear(void *arg, const struct ks_event *ev)
{
	struct ks_cpu cpu = { .sz = sizeof(cpu) };
	struct heard *h = arg;
	uint32_t key = 0;

	assert_true(ev->time_ns >= h->last_ns);
	assert_int_equal(ks_machine_now(m), ev->time_ns);
	h->last_ns = ev->time_ns;
	h->nr++;
	h->refused += ks_machine_run(m, 1) == KS_USAGE;
	h->refused += ks_map_delete(obj, "pairs", &key, sizeof(key)) == KS_USAGE;
	h->refused += ks_task_kill(m, 1) == KS_USAGE;
	ok(ks_machine_cpu(m, 0, &cpu));
	if (!strcmp(ev->name, "kick")) {
		h->nr_kicks++;
		snprintf(h->line, sizeof(h->line), "%s cpu=%s/%llu flags=%s/%llu op=%s %s=%llu",
			 ev->name, ks_event_text(ev, "cpu"),
			 (unsigned long long)ks_event_value(ev, "cpu"), ks_event_text(ev, "flags"),
			 (unsigned long long)ks_event_value(ev, "flags"), ks_event_text(ev, "op"),
			 ev->fields[0], (unsigned long long)ev->values[0]);
		assert_string_equal(ks_event_text(ev, "no_such"), "");
		assert_int_equal(ks_event_value(ev, "no_such"), 0);
	}
	return h->end_at && h->nr == h->end_at;
}

static void events_are_heard(void **state)
{
	struct poke_args args = { 2, 2 };
	struct heard h = { 0 }, switches = { .end_at = 3 };
	uint64_t begin;

	ok(ks_machine_listen(m, "kick kick_deliver", hear, &h));
	ok(ks_object_call(obj, "kick", &args, sizeof(args), NULL));
	ok(ks_machine_run(m, MS));
	assert_int_equal(h.nr, 2);
	assert_int_equal(h.nr_kicks, 1);
	assert_int_equal(h.refused, 3 * h.nr);
	assert_string_equal(h.line, "kick cpu=2/2 flags=PREEMPT/2 op=none n=1");
	/* patterns; and a listener that has enough */
	ok(ks_machine_listen(m, "sched_sw*", hear, &switches));
	add("spin", "0", spin, 1, 0);
	add("spun", "0", spin, 1, 0);
	switches.nr = 0;
	begin = ks_machine_now(m);
	ok(ks_machine_run(m, 1000 * MS));
	assert_int_equal(switches.nr, 3);
	assert_true(ks_machine_now(m) - begin < 1000 * MS);
	assert_int_equal(h.nr, 2);
}

/* Tasks have their names, those too that were there before anybody listened. */
static int hear_switch(void *arg, const struct ks_event *ev)
{
	char *line = arg;

	if (*line || strncmp(ks_event_text(ev, "next"), "early-", 6))
		return 0;
	snprintf(line, 128, "%d %s -> %s", ev->cpu, ks_event_text(ev, "prev"),
		 ks_event_text(ev, "next"));
	return 1;
}

static void names_are_known(void **state)
{
	static const struct ks_step steps[] = { { KS_RUN, MS }, { KS_SLEEP, MS } };
	char line[128] = "", want[128];
	int pid = add("early", "1", steps, 2, 0);

	ok(ks_machine_listen(m, "sched_switch", hear_switch, line));
	ok(ks_machine_run(m, 100 * MS));
	snprintf(want, sizeof(want), "1 <idle>-0 -> early-%d", pid);
	assert_string_equal(line, want);
}

/* ---- maps, globals, programs ---- */

static void maps_by_bytes(void **state)
{
	struct pair in = { 7, 8 }, out = { 0 };
	uint32_t key = 5, more = 6, yet = 7;
	uint64_t by_cpu[NR_CPUS] = { 1, 2, 3, 4 }, back[NR_CPUS] = { 0 };

	assert_int_equal(ks_map_lookup(obj, "pairs", &key, 4, &out, sizeof(out)), KS_FAILED);
	assert_int_equal(ks_map_delete(obj, "pairs", &key, 4), KS_FAILED);
	ok(ks_map_update(obj, "pairs", &key, 4, &in, sizeof(in)));
	ok(ks_map_lookup(obj, "pairs", &key, 4, &out, sizeof(out)));
	assert_memory_equal(&in, &out, sizeof(in));
	ok(ks_map_update(obj, "pairs", &more, 4, &in, sizeof(in)));
	refused(ks_map_update(obj, "pairs", &yet, 4, &in, sizeof(in)), "pairs"); /* full */
	ok(ks_map_delete(obj, "pairs", &key, 4));
	assert_int_equal(ks_map_lookup(obj, "pairs", &key, 4, &out, sizeof(out)), KS_FAILED);
	key = 0;
	ok(ks_map_update(obj, "by_cpu", &key, 4, by_cpu, sizeof(by_cpu)));
	ok(ks_map_lookup(obj, "by_cpu", &key, 4, back, sizeof(back)));
	assert_memory_equal(by_cpu, back, sizeof(back));
	refused(ks_map_lookup(obj, "pairs", &key, 8, &out, sizeof(out)), "the key has 4 bytes");
	refused(ks_map_lookup(obj, "pairs", &key, 4, &out, 4), "the value has 8 bytes");
	refused(ks_map_lookup(obj, "by_cpu", &key, 4, back, 4), "the value has 32 bytes");
	refused(ks_map_lookup(obj, "nope", &key, 4, &out, 4), "no map 'nope'");
	assert_true(ks_object_map_fd(obj, "pairs") >= 0);
	assert_int_equal(ks_object_map_fd(obj, "nope"), -1);
}

static void globals_by_name(void **state)
{
	size_t size = 0;
	uint64_t *table;

	/* before load it is the initial value */
	*(uint64_t *)ks_object_global(obj, "nr_switches", NULL) = 1000;
	ok(ks_object_load(obj));
	ok(ks_object_attach(obj));
	table = ks_object_global(obj, "table", &size);
	assert_non_null(table);
	assert_int_equal(size, 32);
	assert_int_equal(table[2], 3);
	ok(ks_machine_run(m, MS));
	assert_true(counter("nr_switches") > 1000);
	assert_null(ks_object_global(obj, "nope", NULL));
	assert_non_null(strstr(ks_error(), "no global variable 'nope'"));
}

static void programs_are_called(void **state)
{
	struct poke_args args = { 7, 0 };
	uint32_t retval = 0;

	ok(ks_object_call(obj, "poke", &args, sizeof(args), &retval));
	assert_int_equal(args.out, 8);
	assert_int_equal(retval, 7);
	refused(ks_object_call(obj, "nope", NULL, 0, NULL), "no program 'nope'");
	refused(ks_object_call(obj, "poke", NULL, 8, NULL), "context");
	refused(ks_object_call(obj, "poke", &args, 0, NULL), "context");
	refused(ks_object_call(obj, "poke", &args, 70000, NULL), "context");
	refused(ks_object_call(obj, "api_enqueue", NULL, 0, NULL), "only syscall");
	ok(ks_machine_run(m, MS));
}

/* ---- ejection, several objects ---- */

static void after_an_ejection(void **state)
{
	struct ks_task t = { .sz = sizeof(t) };
	int pid = add("t", "0", spin, 1, 0);

	add("u", "0", spin, 1, 0);
	*word("fail_now") = 5;
	assert_int_equal(ks_machine_run(m, 20 * MS), KS_EJECTED);
	assert_non_null(strstr(ks_error(), "told to fail: 5"));
	/* the machine goes on without it, and says so until there is another */
	assert_int_equal(ks_machine_run(m, 5 * MS), KS_EJECTED);
	ok(ks_task_get(m, pid, &t));
	assert_string_equal(t.task_class, "fair");
	refused(ks_object_attach(obj), "is attached");
	ok(ks_object_detach(obj));
	*word("fail_now") = 0;
	ok(ks_object_attach(obj));
	ok(ks_machine_run(m, 5 * MS));
	ok(ks_task_get(m, pid, &t));
	assert_string_equal(t.task_class, "ext");
}

/* A guest that did what no verifier lets in ends the machine: calls say so, none crashes. */
static void after_the_end(void **state)
{
	struct ks_task_opts o = { .sz = sizeof(o), .comm = "t", .steps = spin, .nr_steps = 1 };
	struct ks_until u = { .sz = sizeof(u), .ns = MS };
	struct ks_task t = { .sz = sizeof(t) };
	uint64_t end;
	char path[512];

	snprintf(path, sizeof(path), "%s/faults.bpf.o", getenv("TEST_OBJECTS"));
	ok(ks_object_open(m, path, NULL, &obj));
	ok(ks_object_set(obj, "fault=FAULT_STORE"));
	ok(ks_object_load(obj));
	ok(ks_object_attach(obj));
	ok(ks_machine_workload(m, "mixed"));
	assert_int_equal(ks_machine_run(m, 1000 * MS), KS_EJECTED);
	assert_non_null(strstr(ks_error(), "faults.bpf.c"));
	end = ks_machine_now(m);
	assert_true(end < 1000 * MS);
	assert_int_equal(ks_machine_run(m, MS), KS_EJECTED);
	assert_int_equal(ks_machine_run_until(m, &u), KS_EJECTED);
	assert_int_equal(ks_task_add(m, &o, NULL), KS_EJECTED);
	assert_int_equal(ks_machine_hotplug(m, 1, 0), KS_EJECTED);
	assert_int_equal(ks_machine_now(m), end);
	ok(ks_task_next(m, -1, &t));
	assert_true(counter("nr_calls") > 20);
	assert_int_equal(ks_object_detach(obj), KS_EJECTED);
	assert_int_equal(ks_object_attach(obj), KS_EJECTED);
	ks_object_close(obj);
}

static struct ks_step kill_itself(void *arg, int pid)
{
	++*(int *)arg;
	ks_task_kill(m, pid);
	++*(int *)arg;
	return (struct ks_step){ KS_RUN, MS };
}

static void a_task_that_kills_itself(void **state)
{
	int calls = 0, pid;
	struct ks_task_opts o = { .sz = sizeof(o), .comm = "t", .next = kill_itself, .arg = &calls };
	struct ks_task t = { .sz = sizeof(t) };

	ok(ks_task_add(m, &o, &pid));
	ok(ks_machine_run(m, MS));
	assert_int_equal(calls, 1);
	refused(ks_task_get(m, pid, &t), "no living task");
}

static struct ks_step lingering(void *arg, int pid)
{
	struct ks_object **o = arg;
	struct {
		uint32_t in, out;
	} args = { 0, 0 };

	return (struct ks_step){ *o && !ks_object_call(*o, "linger", &args, sizeof(args), NULL) ?
					 KS_WAIT :
					 KS_EXIT,
				 0 };
}

static void an_object_is_closed_under_a_task(void **state)
{
	struct ks_object *second = NULL, *closed;
	struct ks_object_opts opts = { .sz = sizeof(opts), .ops = "" };
	struct ks_task_opts o = { .sz = sizeof(o), .comm = "t", .next = lingering, .arg = &second };
	struct ks_task t = { .sz = sizeof(t) };
	int pid;

	ok(ks_object_open(m, object_path(), &opts, &second));
	ok(ks_object_load(second));
	closed = second;
	ok(ks_task_add(m, &o, &pid));
	ok(ks_machine_run(m, MS));
	ks_object_close(second); /* the task is inside of it */
	refused(ks_object_attach(closed), "closed");
	ok(ks_machine_run(m, 100 * MS));
	ok(ks_task_get(m, pid, &t));
	/* and once more, at the machine's end */
	second = obj;
	ok(ks_task_wake(m, pid));
	ok(ks_machine_run(m, MS));
}

static int stop_at_once(void *arg, const struct ks_event *ev)
{
	ks_machine_stop(m);
	return 0;
}

/* What the call works on, the caller's stack among it, is gone: nothing may come back to it. */
static void a_call_is_given_up(void **state)
{
	struct {
		uint32_t in, out;
	} args = { 0, 0 };
	int err;

	ok(ks_machine_listen(m, "kick", stop_at_once, NULL));
	err = ks_object_call(obj, "linger", &args, sizeof(args), NULL);
	assert_int_equal(err, KS_INTERRUPTED);
	assert_non_null(strstr(ks_error(), "make a new one"));
	assert_int_equal(ks_machine_run(m, 100 * MS), KS_INTERRUPTED);
	assert_int_equal(ks_object_call(obj, "poke", &args, sizeof(args), NULL), KS_INTERRUPTED);
}

/* Programs of a scheduler that is not there do nothing to the one that is. */
static void programs_of_whom(void **state)
{
	struct ks_object_opts none = { .sz = sizeof(none), .ops = "" };
	struct ks_object *second, *loose;

	ok(ks_object_open(m, object_path(), NULL, &second));
	ok(ks_object_load(second));
	ok(ks_object_call(second, "give_up", NULL, 0, NULL));
	ok(ks_machine_run(m, 100 * MS));
	ok(ks_object_open(m, object_path(), &none, &loose));
	ok(ks_object_load(loose));
	ks_object_call(loose, "give_up", NULL, 0, NULL);
	assert_int_equal(ks_machine_run(m, 100 * MS), KS_EJECTED);
	assert_non_null(strstr(ks_error(), "given up: 7"));
}

static void a_failed_init(void **state)
{
	ok(ks_object_set(obj, "fail_init=1"));
	ok(ks_object_load(obj));
	assert_int_equal(ks_object_attach(obj), KS_LOAD);
	assert_non_null(strstr(ks_error(), "could not be enabled"));
	refused(ks_object_detach(obj), "not attached");
	ks_object_close(obj);
	ok(ks_object_open(m, object_path(), NULL, &obj));
	ok(ks_object_load(obj));
	ok(ks_object_attach(obj));
	ok(ks_machine_run(m, MS));
}

static void two_objects(void **state)
{
	struct ks_object_opts opts = { .sz = sizeof(opts), .ops = "" };
	struct ks_object *tracer, *second;
	uint64_t *seen, then;

	ok(ks_object_open(m, object_path(), &opts, &tracer));
	ok(ks_object_load(tracer));
	ok(ks_object_attach(tracer));
	seen = ks_object_global(tracer, "nr_switches", NULL);
	assert_non_null(seen);
	add("t", "0", spin, 1, 0);
	add("u", "0", spin, 1, 0);
	ok(ks_machine_run(m, 50 * MS));
	assert_true(*seen > 5);
	ok(ks_object_detach(tracer));
	then = *seen;
	ok(ks_machine_run(m, 50 * MS));
	assert_int_equal(*seen, then);
	/* a second scheduler is one too many */
	ok(ks_object_open(m, object_path(), NULL, &second));
	ok(ks_object_load(second));
	assert_int_equal(ks_object_attach(second), KS_LOAD);
	ks_object_close(second);
	ks_object_close(tracer);
	ok(ks_machine_run(m, MS));
	ok(ks_object_detach(obj));
	ok(ks_object_attach(obj));
}

/* ---- looking ---- */

static void cpus_and_tasks(void **state)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .topology = "2n1l2c2t" };
	struct ks_cpu cpu = { .sz = sizeof(cpu) };
	struct ks_task t = { .sz = sizeof(t), .pid = -1 };
	int pid, last = -1, nr = 0;

	m = ks_machine_create(&opts, NULL);
	assert_non_null(m);
	assert_int_equal(ks_machine_nr_cpus(m), 8);
	ok(ks_machine_cpu(m, 7, &cpu));
	assert_int_equal(cpu.node, 1);
	assert_int_equal(cpu.llc, 1);
	assert_int_equal(cpu.core, 3);
	assert_string_equal(cpu.task_class, "idle");
	refused(ks_machine_cpu(m, 8, &cpu), "CPUs 0 to 7");
	pid = add("hog", "5", spin, 1, 0);
	ok(ks_machine_run(m, 10 * MS));
	ok(ks_machine_cpu(m, 5, &cpu));
	assert_int_equal(cpu.pid, pid);
	assert_string_equal(cpu.comm, "hog");
	assert_string_equal(cpu.task_class, "fair");
	assert_int_equal(cpu.nr_running, 1);
	assert_true(cpu.busy_ns > 9 * MS && cpu.busy_ns + cpu.idle_ns <= ks_machine_now(m));
	while (!ks_task_next(m, last, &t)) {
		assert_true(t.pid > last);
		last = t.pid;
		nr++;
	}
	assert_int_equal(last, pid);
	assert_true(nr > 8);
}

static void hotplug(void **state)
{
	struct ks_cpu cpu = { .sz = sizeof(cpu) };
	struct ks_task t = { .sz = sizeof(t) };
	int pid = add("t", "3", spin, 1, 0), i;

	refused(ks_machine_hotplug(m, 4, 0), "CPUs 0 to 3");
	ok(ks_machine_hotplug(m, 3, 0));
	ok(ks_machine_run(m, MS)); /* the scheduler has no ops for it, and left: no error */
	ok(ks_machine_cpu(m, 3, &cpu));
	assert_int_equal(cpu.online, 0);
	ok(ks_task_get(m, pid, &t));
	assert_int_not_equal(t.cpu, 3);
	ok(ks_machine_hotplug(m, 3, 0)); /* is off */
	for (i = 0; i < 2; i++)
		ok(ks_machine_hotplug(m, i, 0));
	refused(ks_machine_hotplug(m, 2, 0), "the last one");
	ok(ks_machine_hotplug(m, 3, 1));
	ok(ks_machine_cpu(m, 3, &cpu));
	assert_int_equal(cpu.online, 1);
	ok(ks_machine_run(m, MS));
}

static void kicks_are_counted(void **state)
{
	struct poke_args preempt = { 1, 2 }, idle = { 1, 1 };
	struct ks_kicks k = { .sz = sizeof(k) };

	add("t", "1", spin, 1, 0);
	ok(ks_machine_run(m, MS));
	ok(ks_object_call(obj, "kick", &preempt, sizeof(preempt), NULL));
	ok(ks_object_call(obj, "kick", &idle, sizeof(idle), NULL));
	ok(ks_machine_run(m, MS));
	ok(ks_machine_kicks(m, &k));
	assert_int_equal(k.preempt, 1);
	assert_int_equal(k.idle, 1);
	assert_int_equal(k.plain + k.wait, 0);
	assert_int_equal(k.sent, 1);
	assert_int_equal(k.skipped_idle, 1);
	assert_true(k.latency_max_ns > 0 && k.latency_max_ns < MS);
}

/* Stopped after any event: what ran, waited, was busy or idled never goes back, though CPUs pay ahead. */
static void figures_at_any_moment(void **state)
{
	static const struct ks_step nap[] = { { KS_RUN, 3000 }, { KS_SLEEP, 2000 } };
	struct ks_until next = { .sz = sizeof(next), .ns = KS_FOREVER };
	struct ks_cpu cpu = { .sz = sizeof(cpu) };
	struct ks_task t = { .sz = sizeof(t) };
	uint64_t busy_ns[4] = { 0 }, idle_ns[4] = { 0 }, ran_ns[8] = { 0 }, waited_ns[8] = { 0 };
	int pids[8], i;

	for (i = 0; i < 8; i++)
		pids[i] = add("nap", i % 2 ? "1" : "2", nap, 2, 0);
	for (i = 0; i < 20000; i++) {
		ok(ks_machine_run_until(m, &next));
		ok(ks_task_get(m, pids[i % 8], &t));
		ok(ks_machine_cpu(m, i % 4, &cpu));
		assert_true(t.runtime_ns >= ran_ns[i % 8] && t.runtime_ns <= ks_machine_now(m));
		assert_true(cpu.busy_ns >= busy_ns[i % 4] && cpu.idle_ns >= idle_ns[i % 4]);
		assert_true(t.wait_ns >= waited_ns[i % 8] && t.wait_ns <= ks_machine_now(m));
		assert_true(t.waiting_ns <= t.queue_wait_max_ns &&
			    t.queue_wait_max_ns <= t.wait_ns);
		assert_true(!t.waiting_ns || t.state == 'Q' || t.state == 'R');
		waited_ns[i % 8] = t.wait_ns;
		ran_ns[i % 8] = t.runtime_ns;
		busy_ns[i % 4] = cpu.busy_ns;
		idle_ns[i % 4] = cpu.idle_ns;
	}
}

/* ---- traces and dumps ---- */

/* what a call printed */
static char *printed;
static size_t printed_len;

static FILE *print_to(void)
{
	FILE *f;

	free(printed);
	printed = NULL;
	f = open_memstream(&printed, &printed_len);
	assert_non_null(f);
	return f;
}

/* @call, which prints to @out, is fine, and what it prints has @words */
#define prints(call, words)                                                     \
	do {                                                                    \
		FILE *out = print_to();                                         \
		ok(call);                                                       \
		fclose(out);                                                    \
		if (!strstr(printed, words))                                    \
			fail_msg("%s: '%s' lacks '%s'", #call, printed, words); \
	} while (0)
/* @call is refused and prints nothing */
#define prints_nothing(call, words)               \
	do {                                      \
		FILE *out = print_to();           \
		refused(call, words);             \
		fclose(out);                      \
		assert_int_equal(printed_len, 0); \
	} while (0)

static char folder[64], trace_path[80], page_path[80];

static int forget_trace(void **state)
{
	ks_machine_destroy(m);
	m = NULL;
	unlink(trace_path);
	unlink(page_path);
	free(printed);
	printed = NULL;
	return rmdir(folder);
}

/* a trace of a run with kicks */
static int with_trace(void **state)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 2, .trace = trace_path };
	char kicks[512];

	snprintf(folder, sizeof(folder), "/tmp/kickstand-api-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(trace_path, sizeof(trace_path), "%s/t.txt", folder);
	snprintf(page_path, sizeof(page_path), "%s/page", folder);
	snprintf(kicks, sizeof(kicks), "%s/central.bpf.o", getenv("EXAMPLES"));
	m = ks_machine_create(&opts, NULL);
	if (!m || ks_object_open(m, kicks, NULL, &obj) || ks_object_load(obj) ||
	    ks_object_attach(obj) || ks_machine_workload(m, "mixed") ||
	    ks_machine_run(m, 20 * MS) || ks_machine_finish_trace(m))
		return -1;
	obj = NULL;
	return 0;
}

/* The machine that made it may still be there. */
static void a_trace_is_explained(void **state)
{
	struct ks_explain_opts o = { .sz = sizeof(o) };

	prints(ks_explain(trace_path, NULL, out), "kick");
	o.kick = 1;
	prints(ks_explain(trace_path, &o, out), "1");
	o.json = 1;
	prints(ks_explain(trace_path, &o, out), "\"kicks\"");
	o.kick = 1000000;
	prints_nothing(ks_explain(trace_path, &o, out), "the trace has");
	prints_nothing(ks_explain("/nowhere/t.txt", NULL, out), "/nowhere/t.txt: cannot be read");
	prints_nothing(ks_explain(object_path(), NULL, out), "api.bpf.o");
	refused(ks_explain(NULL, NULL, stdout), "trace is NULL");
	refused(ks_explain(trace_path, NULL, NULL), "out is NULL");
	o.sz = 1;
	prints_nothing(ks_explain(trace_path, &o, out), "set it to the structure's size");
}

static void a_wait_is_explained(void **state)
{
	const uint64_t never = 3600000 * MS;
	struct ks_why_opts o = { .sz = sizeof(o) };
	char dump[512];

	snprintf(dump, sizeof(dump), "%s/tests/dumps/7.3.txt", getenv("KICKSTAND_SRC"));
	prints(ks_why(trace_path, NULL, out), "waited");
	o.json = 1;
	prints(ks_why(trace_path, &o, out), "{");
	o.task = "nobody";
	prints_nothing(ks_why(trace_path, &o, out), "--task nobody");
	prints_nothing(ks_why(dump, &o, out), "the dump has no such task");
	o.task = NULL;
	o.at_ns = &never;
	prints_nothing(ks_why(trace_path, &o, out), "--at");
	prints_nothing(ks_why(dump, &o, out), "a debug dump, of one moment");
	prints(ks_why(dump, NULL, out), "CPU");
}

static void a_trace_is_reported(void **state)
{
	struct ks_report_opts o = { .sz = sizeof(o) };
	size_t all;

	prints(ks_report(trace_path, NULL, out), "wait time");
	all = printed_len;
	o.summary = 1;
	prints(ks_report(trace_path, &o, out), "sum delay");
	assert_true(printed_len < all);
	o.html = page_path;
	refused(ks_report(trace_path, &o, NULL), "--summary");
	o.summary = 0;
	ok(ks_report(trace_path, &o, NULL));
	assert_int_equal(access(page_path, R_OK), 0);
	o.svg = page_path;
	refused(ks_report(trace_path, &o, NULL), "one at a time");
	o.html = NULL;
	refused(ks_report(trace_path, &o, NULL), "--window");
	o.svg_from_ns = 5 * MS;
	o.svg_to_ns = 4 * MS;
	refused(ks_report(trace_path, &o, NULL), "ends before it begins");
	o.svg_to_ns = 6 * MS;
	ok(ks_report(trace_path, &o, NULL));
	o.svg = trace_path;
	refused(ks_report(trace_path, &o, NULL), "is the trace");
	o.svg = NULL;
	o.svg_to_ns = 0;
	refused(ks_report(trace_path, &o, NULL), "out is NULL");
}

/* What is made of a dump is a scenario; what is said of it, the notes. */
static void a_dump_is_imported(void **state)
{
	struct ks_scenario *s;
	char dump[512], *notes = NULL;
	FILE *file, *said;
	size_t len;

	snprintf(dump, sizeof(dump), "%s/tests/dumps/7.3.txt", getenv("KICKSTAND_SRC"));
	said = open_memstream(&notes, &len);
	file = fopen(page_path, "w");
	assert_non_null(said);
	assert_non_null(file);
	ok(ks_import(dump, said, file));
	fclose(file);
	fclose(said);
	assert_true(len > 0);
	free(notes);
	ok(ks_scenario_open(page_path, NULL, &s));
	assert_non_null(ks_scenario_kernel(s, 0));
	ks_scenario_close(s);
	prints(ks_import(dump, NULL, out), "\"tasks\"");
	prints_nothing(ks_import(trace_path, NULL, out), "t.txt");
	prints_nothing(ks_import("/nowhere/d", NULL, out), "/nowhere/d: cannot be read");
}

/* A source is built for as long as somebody wants it; an object needs no building. */
static void a_source_is_built_for_a_while(void **state)
{
	struct ks_built *built = (void *)1;
	char path[512], object[512], headers[512];
	const char *const includes[] = { headers };
	struct ks_build_opts opts = { .sz = sizeof(opts), .includes = includes, .nr_includes = 1 };

	ok(ks_build_temporary("some.bpf.o", NULL, &built));
	assert_null(built);
	assert_null(ks_built_object(NULL));
	ks_built_drop(NULL);
	refused(ks_build_temporary("/nowhere/x.bpf.c", NULL, &built), "/nowhere/x.bpf.c");
	assert_null(built);
	snprintf(path, sizeof(path), "%s/examples/central.bpf.c", getenv("KICKSTAND_SRC"));
	snprintf(headers, sizeof(headers), "%s/examples/include", getenv("KICKSTAND_SRC"));
	ok(ks_build_temporary(path, &opts, &built));
	snprintf(object, sizeof(object), "%s", ks_built_object(built));
	assert_int_equal(access(object, R_OK), 0);
	ks_built_drop(built);
	assert_int_equal(access(object, F_OK), -1);
}

static void what_is_installed_is_found(void **state)
{
	char path[4096], bare[4096];

	ok(ks_data_dir("templates", path, sizeof(path)));
	assert_int_equal(access(path, R_OK), 0);
	refused(ks_data_dir("templates", path, 4), "longer than 4 bytes");
	refused(ks_data_dir("nothing", path, sizeof(path)), "nothing: not installed");
	ok(ks_loader_check("true", bare, sizeof(bare)));
	assert_string_equal(bare, "");
	refused(ks_loader_check("/nowhere/loader", bare, sizeof(bare)),
		"/nowhere/loader: cannot be run");
	refused(ks_loader_check("/etc/passwd", bare, sizeof(bare)), "/etc/passwd");
}

static int explains_within(void *arg, const struct ks_event *ev)
{
	*(int *)arg = ks_explain(trace_path, NULL, stdout);
	return 1;
}

static void nothing_is_read_within_a_run(void **state)
{
	int status = KS_OK;

	ok(ks_machine_listen(m, NULL, explains_within, &status));
	ok(ks_machine_run(m, MS));
	assert_int_equal(status, KS_USAGE);
}

#define of_trace(test) cmocka_unit_test_setup_teardown(test, with_trace, forget_trace)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_handles_are_refused),
		with(with_machine, null_arguments_are_refused),
		with(with_machine, stale_handles_are_refused),
		with(with_machine, a_second_machine_is_refused),
		with(NULL, option_sizes),
		with(with_machine, result_sizes),
		with(with_object, order_of_an_object),
		with(with_machine, a_broken_object_is_named),
		with(with_machine, a_workload_comes_first),
		with(with_scheduler, bad_tasks_are_refused),
		with(with_scheduler, steps_are_done),
		with(with_scheduler, a_function_says_the_steps),
		with(with_scheduler, an_early_wake_counts_once),
		with(with_scheduler, tasks_act),
		with(with_scheduler, tasks_are_changed),
		with(with_scheduler, run_until),
		with(with_machine, bad_waits_are_refused),
		with(with_machine, stop_is_used_up),
		with(NULL, stopping_changes_nothing),
		with(NULL, a_verdict),
		with(with_scheduler, events_are_heard),
		with(with_scheduler, names_are_known),
		with(with_loaded, maps_by_bytes),
		with(with_object, globals_by_name),
		with(with_loaded, programs_are_called),
		with(with_scheduler, after_an_ejection),
		with(with_machine, after_the_end),
		with(with_scheduler, a_task_that_kills_itself),
		with(with_scheduler, an_object_is_closed_under_a_task),
		with(with_scheduler, a_call_is_given_up),
		with(with_scheduler, programs_of_whom),
		with(with_object, a_failed_init),
		with(with_scheduler, two_objects),
		with(NULL, cpus_and_tasks),
		with(with_scheduler, hotplug),
		with(with_scheduler, kicks_are_counted),
		with(with_scheduler, figures_at_any_moment),
		of_trace(a_trace_is_explained),
		of_trace(a_wait_is_explained),
		of_trace(a_trace_is_reported),
		of_trace(a_dump_is_imported),
		cmocka_unit_test(a_source_is_built_for_a_while),
		cmocka_unit_test(what_is_installed_is_found),
		of_trace(nothing_is_read_within_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
