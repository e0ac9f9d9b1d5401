// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload_test.c - reading workloads, and what their threads do.
 *
 * No kernel here: below are the system calls on a machine with a CPU for every
 * task, so that a program's own timing shows. sys_exec() writes "NAME@us" into a
 * log, which is how a scenario's phases mark where they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <cmocka.h>

#include "kern/cgroup.h"
#include "kern/pipe.h"
#include "kern/preempt.h"
#include "kern/sched.h"
#include "load/jtext.h"
#include "load/sync.h"
#include "load/workload.h"

#define NR_CPUS_TEST 8
#define US NSEC_PER_USEC

/* ---- the machine ---- */

struct fake_task {
	struct task_struct p;
	struct engine_cpu cpu;
	struct fiber fiber;
	task_body body;
	void *arg;
	bool killed;
	struct list_head wait; /* on a futex */
	struct fake_task *next;
};

static struct machine fake_machine;
struct machine *machine = &fake_machine;
static struct fake_task *tasks;
static u32 forks_left = ~0u; /* then they fail with EAGAIN */
static u32 nr_held;
static u32 nr_tasks, nr_forks, nr_sleeps, nr_waits, nr_wakes, nr_affinity;
static char trail[4096];
static u64 ran_ns;

static struct fake_task *self(void)
{
	return container_of(machine->engine->running, struct fake_task, cpu);
}

struct task_struct *current_task(void)
{
	return &self()->p;
}

static void leave(void)
{
	for (;;)
		engine_block(machine->engine, ~0ULL);
}

void sys_exit(int code)
{
	leave();
	abort();
}

static int check_killed(void)
{
	if (self()->killed)
		leave();
	return 0;
}

static void task_main(void *arg)
{
	struct fake_task *t = arg;

	t->body(t->arg);
	leave();
}

struct task_struct *task_create(const struct task_attr *attr, task_body body, void *arg, int *err)
{
	struct fake_task *t;

	if (!forks_left) {
		*err = -EAGAIN;
		return NULL;
	}
	forks_left--;
	nr_held += attr->held;
	t = calloc(1, sizeof(*t));
	nr_forks += machine->engine->running != NULL;
	snprintf(t->p.comm, sizeof(t->p.comm), "%s", attr->comm);
	t->p.policy = attr->policy;
	t->p.rt_priority = attr->rt_priority;
	t->p.static_prio = NICE_TO_PRIO(attr->nice);
	t->p.pid = ++nr_tasks;
	t->body = body;
	t->arg = arg;
	assert_int_equal(fiber_create(&t->fiber, task_main, t), 0);
	engine_cpu_init(machine->engine, &t->cpu, t->p.pid, &t->fiber);
	t->next = tasks;
	tasks = t;
	return &t->p;
}

void user_run(u64 ns)
{
	ran_ns += ns;
	engine_charge(machine->engine, ns);
	check_killed();
}

int sys_clock_nanosleep_until(u64 abs_ns)
{
	nr_sleeps++;
	engine_block(machine->engine, abs_ns);
	return check_killed();
}

int sys_read_slowly(u64 ns)
{
	return sys_clock_nanosleep_until(now_ns() + ns);
}

int sys_nanosleep(u64 ns)
{
	return sys_clock_nanosleep_until(now_ns() + ns);
}

void sys_compute(u64 ns, u64 offer_ns, void (*offer)(void))
{
	offer();
}

void cond_resched(void)
{
}

void might_resched(void)
{
}

int sys_sched_yield(void)
{
	engine_yield(machine->engine);
	return 0;
}

int sys_getpgid(pid_t pid)
{
	return pid;
}

static void log_mark(const char *name)
{
	size_t n = strlen(trail);

	snprintf(trail + n, sizeof(trail) - n, "%s%s@%llu", n ? " " : "", name, now_ns() / US);
}

/* what storm does to others: counted, no more */
static u64 nr_stormed;

struct task_struct *find_task_by_pid(pid_t pid)
{
	return NULL;
}

int cpu_up(s32 cpu)
{
	nr_stormed++;
	return 0;
}

int cpu_down(s32 cpu)
{
	nr_stormed++;
	return 0;
}

int sys_exec(const char *comm)
{
	log_mark(comm);
	return 0;
}

int sys_sched_setaffinity(pid_t pid, const struct cpumask *mask)
{
	nr_affinity++;
	self()->p.cpus_mask = *mask;
	return 0;
}

int sys_sched_setscheduler(pid_t pid, unsigned int policy, unsigned int rt_priority)
{
	self()->p.policy = policy;
	self()->p.rt_priority = rt_priority;
	return 0;
}

int sys_sched_setattr(pid_t pid, const struct sched_params *params)
{
	self()->p.policy = params->policy;
	return params->dl_runtime_ns > params->dl_period_ns ? -EINVAL : 0;
}

void sys_setsid(void)
{
}

int sched_core_possible(const char **why)
{
	return 0;
}

unsigned long sched_core_alloc_cookie(void)
{
	return 1;
}

void sched_core_update_cookie(struct task_struct *p, unsigned long cookie)
{
}

int sys_setpriority(pid_t pid, int nice)
{
	self()->p.static_prio = NICE_TO_PRIO(nice);
	return 0;
}

int sys_kill(pid_t pid, int sig)
{
	for (struct fake_task *t = tasks; t; t = t->next)
		if (t->p.pid == pid) {
			t->killed = true;
			engine_wake(&t->cpu);
		}
	return 0;
}

/* groups by path; entering one is marked */
static char group_path[16][64] = { "/" };
static u32 nr_groups;

struct cgroup *cgroup_root(void)
{
	return (struct cgroup *)group_path[0];
}

struct cgroup *cgroup_find(const char *path)
{
	nr_stormed++;
	for (u32 i = 0; i < nr_groups; i++)
		if (!strcmp(group_path[i], path))
			return (struct cgroup *)group_path[i];
	return NULL;
}

int cgroup_mkdir(struct cgroup *parent, const char *name, struct cgroup **out)
{
	const char *above = (const char *)parent;

	assert_true(nr_groups < ARRAY_SIZE(group_path));
	snprintf(group_path[nr_groups], sizeof(group_path[0]), "%.30s/%.30s", above[1] ? above : "",
		 name);
	*out = (struct cgroup *)group_path[nr_groups++];
	return 0;
}

struct cgroup *cgroup_make(const char *path)
{
	struct cgroup *cgrp = cgroup_find(path);

	if (!cgrp)
		cgroup_mkdir(cgroup_root(), path + 1, &cgrp);
	return cgrp;
}

int cgroup_attach_task(struct cgroup *dst, struct task_struct *p, bool threadgroup)
{
	log_mark((const char *)dst);
	return threadgroup;
}

void futex_init(struct futex *f, u32 val)
{
	memset(f, 0, sizeof(*f));
	f->val = val;
	INIT_LIST_HEAD(&f->waiters);
}

int sys_futex_wait(struct futex *f, u32 val, u64 timeout_ns)
{
	struct fake_task *t = self();

	if (f->val != val)
		return -EAGAIN;
	nr_waits++;
	list_add_tail(&t->wait, &f->waiters);
	engine_block(machine->engine, ~0ULL);
	return check_killed();
}

int sys_futex_wake(struct futex *f, int nr)
{
	int n;

	for (n = 0; n < nr && !list_empty(&f->waiters); n++) {
		struct fake_task *t = list_first_entry(&f->waiters, struct fake_task, wait);

		list_del(&t->wait);
		engine_wake(&t->cpu);
		nr_wakes++;
	}
	return n;
}

void pipe_init(struct pipe *pi)
{
	*pi = (struct pipe){};
	INIT_LIST_HEAD(&pi->readers);
}

int sys_pipe_read(struct pipe *pi)
{
	struct fake_task *t = self();

	while (!pi->bytes) {
		nr_waits++;
		list_add_tail(&t->wait, &pi->readers);
		engine_block(machine->engine, ~0ULL);
		if (check_killed())
			return -EINTR;
	}
	pi->bytes--;
	return 0;
}

int sys_pipe_write(struct pipe *pi)
{
	if (!pi->bytes++ && !list_empty(&pi->readers)) {
		struct fake_task *t = list_first_entry(&pi->readers, struct fake_task, wait);

		list_del(&t->wait);
		engine_wake(&t->cpu);
		nr_wakes++;
	}
	return 0;
}

/* ---- helpers ---- */

static char dir[] = "/tmp/kickstand-workload-XXXXXX";
static char err[1024];

static int setup(void **state)
{
	memset(&fake_machine, 0, sizeof(fake_machine));
	fake_machine.nr_cpu_ids = NR_CPUS_TEST;
	fake_machine.config.seed = 1;
	tasks = NULL;
	nr_tasks = nr_forks = nr_sleeps = nr_waits = nr_wakes = nr_affinity = 0;
	ran_ns = 0;
	forks_left = ~0u;
	nr_held = 0;
	nr_groups = 1;
	trail[0] = err[0] = '\0';
	return engine_create(&fake_machine.engine);
}

static int teardown(void **state)
{
	while (tasks) {
		struct fake_task *t = tasks;

		tasks = t->next;
		fiber_destroy(&t->fiber);
		free(t);
	}
	engine_destroy(fake_machine.engine);
	fiber_pool_drain();
	return 0;
}

static const struct fake_task *find(const char *comm)
{
	for (struct fake_task *t = tasks; t; t = t->next)
		if (!strcmp(t->p.comm, comm))
			return t;
	fail_msg("no task %s", comm);
	return NULL;
}

static void put_file(const char *text)
{
	FILE *f = fopen("w.json", "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct workload *must_open(const char *spec)
{
	struct workload *w = NULL;

	if (workload_open(spec, &w, err, sizeof(err)))
		fail_msg("%s: %s", spec, err);
	assert_string_equal(err, "");
	return w;
}

static struct workload *open_text(const char *text)
{
	put_file(text);
	return must_open("w.json");
}

static void must_fail(const char *spec, const char *want)
{
	struct workload *w = NULL;
	int ret;

	err[0] = '\0';
	ret = workload_open(spec, &w, err, sizeof(err));
	assert_true(ret < 0);
	assert_null(w);
	assert_null(strchr(err, '\n'));
	if (!strstr(err, want))
		fail_msg("message is \"%s\", wanted \"%s\"", err, want);
}

static void run_until(struct workload *w, u64 us)
{
	assert_int_equal(workload_start(w), 0);
	engine_run(machine->engine, us * US);
}

/* tasks of a scenario, a JSON array with ' for " */
static struct workload *scenario(const char *text)
{
	struct workload *w = workload_create("scenario");
	char *json = strdup(text);
	json_t *list, *task;
	size_t i;

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	list = json_loads(json, 0, NULL);
	assert_non_null(list);
	json_array_foreach(list, i, task)
		if (workload_task_from_json(w, task, err, sizeof(err)))
			break;
	json_decref(list);
	free(json);
	return w;
}

static void scenario_runs(const char *text, u64 us, const char *want)
{
	struct workload *w = scenario(text);

	if (workload_seal(w, err, sizeof(err)) || *err)
		fail_msg("%s", err);
	run_until(w, us);
	assert_string_equal(trail, want);
	workload_close(w);
}

/* ---- reading rt-app files ---- */

static void rtapp_reads_all(void **state)
{
	struct workload *w = open_text(
		"{ /* comment */ \"global\": { \"duration\": 2, \"pi_enabled\": false, \"logdir\": \"./\",\n"
		" \"calibration\": 100, \"ftrace\": \"none\", \"default_policy\": \"SCHED_RR\", },\n"
		"\"tasks\": { // more\n"
		" \"a\": { \"run\": 10, \"run\": 20, \"sleep0\": 5, \"run_x\": 7, \"runtime\": 3,\n"
		"   \"timer\": {\"ref\": \"unique\", \"period\": 100, \"mode\": \"absolute\"} },\n"
		" \"b\": { \"instance\": 3, \"delay\": 50, \"loop\": 2, \"policy\": \"SCHED_OTHER\",\n"
		"   \"priority\": -6, \"cpus\": [1, 3],\n"
		"   \"phases\": { \"p\": { \"loop\": 4, \"lock\": \"m\", \"unlock\": \"m\" },\n"
		"     \"p\": { \"policy\": \"SCHED_FIFO\", \"priority\": 50, \"yield\": \"\" } } },\n"
		"}, \"resources\": { \"m\": {} } }");
	const struct thread_spec *a = w->specs[0], *b = w->specs[1];

	assert_int_equal(w->nr_specs, 2);
	assert_int_equal(w->duration_ns, 2 * NSEC_PER_SEC);
	assert_string_equal(a->name, "a");
	assert_int_equal(a->props.policy, SCHED_RR);
	assert_int_equal(a->props.rt_priority, 10);
	assert_int_equal(a->loop, -1);
	assert_int_equal(a->nr_phases, 1);
	assert_int_equal(a->phases[0].nr_events, 6);
	assert_int_equal(a->phases[0].events[0].ns, 10 * US);
	assert_int_equal(a->phases[0].events[1].ns, 20 * US);
	assert_int_equal(a->phases[0].events[2].op, OP_SLEEP);
	assert_int_equal(a->phases[0].events[3].op, OP_RUN);
	assert_int_equal(a->phases[0].events[4].op, OP_RUNTIME);
	assert_true(a->phases[0].events[5].absolute);
	assert_int_equal(a->phases[0].events[5].timer_slot, 0);
	assert_int_equal(b->instances, 3);
	assert_int_equal(b->loop, 2);
	assert_int_equal(b->delay_ns, 50 * US);
	assert_int_equal(b->props.nice, -6);
	assert_int_equal(b->props.cpus->bits[0], 0xa);
	assert_int_equal(b->nr_phases, 2);
	assert_int_equal(b->phases[0].loop, 4);
	assert_false(b->phases[0].props.sched_set);
	assert_int_equal(b->phases[1].loop, 1);
	assert_true(b->phases[1].props.sched_set);
	assert_int_equal(b->phases[1].props.rt_priority, 50);
	workload_close(w);
}

static void examples_are_read(void **state)
{
	static const char *const names[] = { "periodic", "pipeline", "gang" };
	const char *src = getenv("KICKSTAND_SRC");
	char path[512];

	if (!src)
		skip();
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		struct workload *w;

		snprintf(path, sizeof(path), "%s/examples/workloads/%s.json", src, names[i]);
		teardown(state);
		setup(state);
		w = must_open(path);
		run_until(w, 100000);
		assert_true(ran_ns > 20000 * US);
		assert_true(nr_sleeps > 5);
		workload_close(w);
	}
}

#define TASK(members) "{\"tasks\": {\"t\": {" members "}}}"

static const struct bad_text {
	const char *text, *want;
} bad_texts[] = {
	/* not JSON */
	{ "{\n\"tasks\": {\n \"t\" {}\n}}", "w.json:3:6: ':' expected near '{'" },
	{ "{\"tasks\": {} ", "w.json:1:13: '}' expected near end of file" },
	{ "", "w.json:1:0: '[' or '{' expected near end of file" },
	{ "{} /* no end", "w.json:1:4: end of file expected near '/'" },
	{ "{\"tasks\": {\"t\": {\"run\": 010}}}", "w.json:1:" },
	/* not rt-app */
	{ "[]", "an rt-app file is an object" },
	{ "{\"tasks\": 3}", "'tasks' must be an object" },
	{ "{\"global\": {}}", "has no \"tasks\"" },
	{ "{\"task\": {}}", "w.json:1:2: unknown key 'task' in the file; allowed: tasks, global" },
	{ "{\"tasks\": {}}", "zero tasks" },
	{ TASK("\"instance\": 0, \"run\": 1"), "zero tasks" },
	{ TASK(""), "task 't': has no events" },
	{ TASK("\"phases\": {}"), "'phases' must be an object of phases, not empty" },
	{ TASK("\"phases\": {\"p\": 1}"), "a phase must be an object" },
	{ TASK("\"run\": 1, \"phases\": {\"p\": {\"run\": 1}}"), "events beside 'phases'" },
	{ "{\"tasks\": {\"t\": {\"run\": 1},\n\"t\": {\"run\": 2}}}",
	  "w.json:2:1: task 't' is described twice" },
	{ TASK("\"phases\": {\"p\": {\"run\": 1}},\n\"phases\": {}"),
	  "w.json:2:1: task 't': a second 'phases'" },
	/* keys */
	{ TASK("\n  \"rum\": 1"),
	  "w.json:2:3: task 't': unknown key 'rum' in a task; allowed: instance" },
	{ TASK("\"phases\": {\"p\": {\"delay\": 1}}"),
	  "unknown key 'delay' in a phase; allowed: loop" },
	{ TASK("\"exec\": \"x\""), "unknown key 'exec'" },
	{ TASK("\"runner\": 1"), "unknown key 'runner'" },
	{ TASK("\"mem\": 100"), "event 'mem' is not supported" },
	{ TASK("\"iorun\": 100"), "event 'iorun' is not supported" },
	{ TASK("\"util_min\": 100"), "'util_min' is not supported" },
	{ TASK("\"run\": 1, \"dl-runtime\": 100"), "are for SCHED_DEADLINE" },
	{ TASK("\"run\": 1, \"period\": 100"), "'period' is not supported" },
	{ TASK("\"run\": 1, \"reset_on_fork\": true"), "unknown key 'reset_on_fork'" },
	{ TASK("\"taskgroup\": \"a\""), "'taskgroup' must be a path" },
	{ "{\"global\": {\"pi_enabled\": true}, \"tasks\": {}}", "'pi_enabled' is not supported" },
	{ "{\"global\": {\"colour\": true}, \"tasks\": {}}",
	  "unknown key 'colour' in 'global'; allowed: duration" },
	{ "{\"global\": {\"duration\": 0}, \"tasks\": {}}", "'duration' is 0" },
	/* values */
	{ TASK("\"run\": \"5ms\""), "'run' must be an integer" },
	{ TASK("\"run\": 1.5"), "'run' must be an integer" },
	{ TASK("\"run\": -1"), "'run' is -1; allowed: 0 to" },
	{ TASK("\"run\": 1, \"loop\": -2"), "'loop' is -2; allowed: -1 to" },
	{ TASK("\"run\": 1, \"policy\": \"SCHED_DEADLINE\""), "SCHED_DEADLINE needs 'dl-runtime'" },
	{ TASK("\"run\": 1, \"policy\": \"SCHED_DEADLINE\", \"dl-runtime\": 1, \"nice\": 1"),
	  "SCHED_DEADLINE takes no 'nice'" },
	{ TASK("\"run\": 1, \"policy\": \"fast\""), "unknown policy 'fast'; allowed: SCHED_OTHER" },
	{ TASK("\"run\": 1, \"priority\": 20"), "'priority' is 20; it is the nice value" },
	{ TASK("\"run\": 1, \"priority\": 0, \"policy\": \"SCHED_RR\""),
	  "real-time policies allow 1 to 99" },
	{ TASK("\"run\": 1, \"nice\": 0, \"policy\": \"SCHED_RR\""), "take no 'nice'" },
	{ TASK("\"run\": 1, \"nice\": 0, \"priority\": 1"), "exclude each other" },
	{ TASK("\"run\": 1,\n\"cpus\": [0, 8]"),
	  "w.json:2:1: task 't': CPU 8 is outside the machine, which has CPUs 0 to 7" },
	{ TASK("\"run\": 1, \"cpus\": [-1]"), "CPU -1 is outside the machine" },
	{ TASK("\"run\": 1, \"cpus\": []"), "list of CPU numbers, not empty" },
	{ TASK("\"run\": 1, \"cpus\": 3"), "list of CPU numbers" },
	{ TASK("\"lock\": \"\""), "'lock' needs a name" },
	{ TASK("\"lock\": 1"), "'lock' must be a string" },
	{ TASK("\"wait\": \"c\""), "'wait' must be {\"ref\"" },
	{ TASK("\"wait\": {\"ref\": \"c\"}"), "'wait' needs \"ref\" and \"mutex\"" },
	{ TASK("\"wait\": {\"ref\": \"c\", \"lock\": \"m\"}"),
	  "unknown key 'lock' in wait; allowed: ref, mutex" },
	{ TASK("\"timer\": {\"ref\": \"c\"}"), "'timer' needs \"ref\" and a \"period\"" },
	{ TASK("\"timer\": {\"ref\": \"c\", \"period\": 1, \"mode\": \"x\"}"),
	  "\"relative\" or \"absolute\"" },
	{ TASK("\"timer\": 3"), "'timer' must be {\"ref\"" },
	{ TASK("\"fork\": \"u\""), "'fork' names 'u', and there is no such task" },
	{ "{\"tasks\": {\"t\": {\"fork\": \"u\"}, \"u\": {\"instance\": 0, \"barrier\": \"b\"}}}",
	  "cannot use barrier 'b'" },
};

static void bad_files_are_refused(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		put_file(bad_texts[i].text);
		must_fail("w.json", bad_texts[i].want);
		assert_int_equal(strncmp(err, "w.json:", 7), 0);
	}
}

static void bad_names_are_refused(void **state)
{
	must_fail("nosuch",
		  "workload 'nosuch': no such file, and no such built-in; allowed: mixed, spin");
	must_fail("nosuch:a=1", "no such built-in");
	must_fail("nosuch.json", "no such file");
	must_fail(".", "is a directory");
	must_fail("", "allowed: mixed");
}

static void keys_keep_their_place(void **state)
{
	struct jkey key;
	json_t *root;

	put_file("{\"\u00e9\": 1, \"x\": 2,\n\t\"x\": \"a\\\"b:\", \"y\" : [ ], /* \"z\": 1 */ }");
	root = jtext_load("w.json", err, sizeof(err));
	assert_non_null(root);
	assert_int_equal(json_object_size(root), 4);
	jtext_key(json_object_iter_key(json_object_iter_at(root,
							   "x\x1f"
							   "2:2")),
		  &key);
	assert_string_equal(key.name, "x");
	assert_int_equal(key.line, 2);
	assert_int_equal(key.col, 2);
	assert_non_null(json_object_get(root,
					"x\x1f"
					"1:10"));
	json_decref(root);
	jtext_key("plain", &key);
	assert_string_equal(key.name, "plain");
	assert_int_equal(key.line, 0);
}

static void durations(void **state)
{
	u64 ns;

	assert_int_equal(duration_parse("80ns", &ns), 0);
	assert_int_equal(ns, 80);
	assert_int_equal(duration_parse("2s", &ns), 0);
	assert_int_equal(ns, 2 * NSEC_PER_SEC);
	assert_int_equal(duration_parse("5", &ns), -EINVAL);
	assert_int_equal(duration_parse("-5ms", &ns), -EINVAL);
	assert_int_equal(duration_parse("", &ns), -EINVAL);
	assert_int_equal(duration_parse("5 ms", &ns), -EINVAL);
	assert_int_equal(duration_parse("99999999999999999999s", &ns), -ERANGE);
	assert_int_equal(duration_parse("1000000001s", &ns), -ERANGE);
}

/* ---- scenarios: reading ---- */

static void scenario_fails(const char *text, const char *want)
{
	struct workload *w = scenario(text);

	if (!*err)
		workload_seal(w, err, sizeof(err));
	if (!strstr(err, want))
		fail_msg("message is \"%s\", wanted \"%s\"", err, want);
	workload_close(w);
	err[0] = '\0';
}

static void bad_scenarios_are_refused(void **state)
{
	scenario_fails("[]", "scenario: zero tasks");
	scenario_fails("[3]", "a task must be an object");
	scenario_fails("[{'phases': [{'run': '1ms'}]}]", "a task needs a \"comm\"");
	scenario_fails("[{'comm': 'a', 'phases': [{'run': 5}]}]",
		       "task 'a': 'run' must be a duration like \"500us\"");
	scenario_fails("[{'comm': 'a', 'phases': {}}]", "'phases' must be a list of phases");
	scenario_fails("[{'comm': 'a', 'phases': [{'ran': '5ms'}]}]",
		       "unknown key 'ran' in a phase");
	scenario_fails("[{'comm': 'a', 'instance': 2}]",
		       "unknown key 'instance' in a task; allowed: comm");
	scenario_fails("[{'comm': 'a', 'cpus': [9], 'phases': [{'run': '5ms'}]}]",
		       "task 'a': CPU 9 is outside the machine");
}

static void scenario_props(void **state)
{
	struct workload *w = scenario(
		"[{'comm': 'spin', 'cpus': [0], 'policy': 'ext', 'nice': 3,"
		" 'phases': [{'run': '5ms'}, {'sleep': '1ms'}], 'loop': -1}]");

	assert_string_equal(err, "");
	assert_int_equal(w->specs[0]->props.policy, SCHED_EXT);
	assert_int_equal(w->specs[0]->props.nice, 3);
	assert_int_equal(w->specs[0]->nr_phases, 2);
	assert_int_equal(workload_seal(w, err, sizeof(err)), 0);
	run_until(w, 100);
	assert_string_equal(tasks->p.comm, "spin");
	assert_int_equal(tasks->p.static_prio, NICE_TO_PRIO(3));
	workload_close(w);
}

/* ---- what threads do ---- */

static void loops_and_times(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 2, 'delay': '100us', 'phases': ["
		"{'loop': 2, 'exec': 'r', 'run': '10us'}, {'sleep': '50us', 'exec': 's'}]}]",
		1000, "r@100 r@110 s@170 r@170 r@180 s@240");
}

static void relative_timer_forgets_a_miss(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 1, 'phases': ["
		"{'run': '10us', 'timer': {'ref': 'unique', 'period': '20us'}, 'exec': 'x'},"
		"{'run': '35us', 'timer': {'ref': 'unique', 'period': '20us'}, 'exec': 'x'},"
		"{'loop': 2, 'run': '10us', 'timer': {'ref': 'unique', 'period': '20us'}, 'exec': 'x'}]}]",
		1000, "x@20 x@55 x@75 x@95");
}

static void absolute_timer_catches_up(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 1, 'phases': [{'run': '10us', 'timer':"
		" {'ref': 'unique', 'period': '20us', 'mode': 'absolute'}, 'exec': 'x'},"
		"{'run': '35us', 'timer': {'ref': 'unique', 'period': '20us', 'mode': 'absolute'},"
		" 'exec': 'x'}, {'loop': 3, 'run': '10us', 'timer':"
		" {'ref': 'unique', 'period': '20us', 'mode': 'absolute'}, 'exec': 'x'}]}]",
		1000, "x@20 x@55 x@65 x@80 x@100");
}

static void mutexes_exclude(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'instances': 3, 'loop': 1, 'phases': [{'lock': 'm', 'exec': 'in',"
		" 'run': '10us', 'exec_': 'out', 'unlock': 'm'}]}]",
		1000, "in@0 out@10 in@10 out@20 in@20 out@30");
	assert_int_equal(nr_waits, 2);
	assert_int_equal(nr_wakes, 2);
}

static void condition_wakes_one_in_order(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 1, 'phases': [{'lock': 'm', 'wait': {'ref': 'c', 'mutex': 'm'},"
		" 'exec': 'a', 'unlock': 'm'}]},"
		"{'comm': 'b', 'loop': 1, 'delay': '1us', 'phases': [{'lock': 'm',"
		" 'wait': {'ref': 'c', 'mutex': 'm'}, 'exec': 'b', 'unlock': 'm'}]},"
		"{'comm': 's', 'loop': 2, 'phases': [{'run': '50us', 'signal': 'c'}]}]",
		1000, "a@50 b@100");
}

static void broadcast_wakes_all(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'instances': 3, 'loop': 1, 'phases': [{'lock': 'm',"
		" 'wait': {'ref': 'c', 'mutex': 'm'}, 'exec': 'w', 'run': '1us', 'unlock': 'm'}]},"
		"{'comm': 's', 'loop': 1, 'phases': [{'run': '50us', 'broad': 'c'}]}]",
		1000, "w@50 w@51 w@52");
}

static void sync_signals_and_waits(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 1, 'phases': [{'lock': 'm', 'wait': {'ref': 'c', 'mutex': 'm'},"
		" 'exec': 'a', 'run': '5us', 'signal': 'c', 'unlock': 'm'}]},"
		"{'comm': 'b', 'loop': 1, 'phases': [{'run': '10us', 'lock': 'm',"
		" 'sync': {'ref': 'c', 'mutex': 'm'}, 'exec': 'b', 'unlock': 'm'}]}]",
		1000, "a@10 b@15");
}

static void barrier_waits_for_all(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'instances': 2, 'loop': 2, 'phases': [{'run': '10us', 'barrier': 'b',"
		" 'exec': 'a'}]}, {'comm': 'b', 'loop': 2, 'phases': [{'run': '25us',"
		" 'barrier': 'b', 'exec': 'b'}]}]",
		1000, "b@25 a@25 a@25 b@50 a@50 a@50");
}

static void resume_ends_suspend(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 2, 'phases': [{'suspend': '', 'exec': 'a'}]},"
		"{'comm': 'b', 'loop': 2, 'phases': [{'run': '10us', 'resume': 'a', 'exec': 'b'}]}]",
		1000, "b@10 a@10 b@20 a@20");
}

static void runtime_is_wall_time(void **state)
{
	scenario_runs("[{'comm': 'a', 'loop': 1, 'phases': [{'runtime': '100us', 'exec': 'a'}]}]",
		      1000, "a@100");
}

static void fork_starts_the_named_one(void **state)
{
	scenario_runs(
		"[{'comm': 'p', 'loop': 3, 'phases': [{'run': '10us', 'fork': 'kid'}]},"
		"{'comm': 'kid', 'instances': 0, 'loop': 1, 'phases': [{'run': '5us', 'exec': 'k'}]}]",
		1000, "k@15 k@25 k@35");
	assert_int_equal(nr_forks, 3);
}

static void empty_rounds_do_not_stop_the_clock(void **state)
{
	struct workload *w = scenario("[{'comm': 'a', 'phases': [{'signal': 'c'}]}]");

	assert_int_equal(workload_seal(w, err, sizeof(err)), 0);
	run_until(w, 100);
	assert_int_equal(ran_ns, 100 * US);
	workload_close(w);
}

static void phases_change_attributes(void **state)
{
	struct workload *w = open_text(
		"{\"tasks\": {\"t\": {\"cpus\": [4, 5], \"loop\": 1, \"phases\": {"
		"\"a\": {\"cpus\": [2], \"run\": 10}, \"b\": {\"run\": 10, \"priority\": 7},"
		"\"c\": {\"policy\": \"SCHED_FIFO\", \"priority\": 3, \"run\": 10, \"run\": 10}}}}}");

	run_until(w, 5);
	assert_int_equal(tasks->p.cpus_mask.bits[0], 1 << 2);
	engine_run(machine->engine, 15 * US);
	assert_int_equal(tasks->p.cpus_mask.bits[0], 3 << 4);
	assert_int_equal(tasks->p.static_prio, NICE_TO_PRIO(7));
	engine_run(machine->engine, 35 * US);
	assert_int_equal(tasks->p.policy, SCHED_FIFO);
	assert_int_equal(tasks->p.rt_priority, 3);
	assert_int_equal(nr_affinity, 2);
	assert_string_equal(tasks->p.comm, "t-0");
	workload_close(w);
}

static void long_names_keep_their_number(void **state)
{
	struct workload *w = open_text(
		"{\"tasks\": {\"a-very-long-task-name\": {\"instance\": 11, \"run\": 1}}}");

	run_until(w, 1);
	find("a-very-long-t-0");
	find("a-very-long--10");
	workload_close(w);
}

static void duration_ends_the_threads(void **state)
{
	struct workload *w = open_text(
		"{\"global\": {\"duration\": 1}, \"tasks\": {\"r\": {\"run\": 1000},"
		"\"s\": {\"suspend\": \"s\"}, \"d\": {\"delay\": 2000000, \"run\": 1}}}");

	run_until(w, 3000000);
	assert_true(ran_ns <= 1001000 * US);
	assert_true(ran_ns >= 999000 * US);
	assert_int_equal(machine->engine->nr, 0);
	workload_close(w);
}

/* ---- semaphores ---- */

static struct usem sem;

static void sem_taker(void *arg)
{
	usem_wait(&sem);
	log_mark("got");
	user_run(10 * US);
	usem_post(&sem);
}

static void semaphores_count(void **state)
{
	struct task_attr attr = { .comm = "s" };
	int e;

	usem_init(&sem, 2);
	for (int i = 0; i < 4; i++)
		task_create(&attr, sem_taker, NULL, &e);
	engine_run(machine->engine, 1000 * US);
	assert_string_equal(trail, "got@0 got@0 got@10 got@10");
	assert_int_equal(sem.f.val, 2);
	assert_int_equal(sem.sleepers, 0);
}

/* ---- built-ins ---- */

static const struct bad_spec {
	const char *spec, *want;
} bad_specs[] = {
	{ "spin:task=3", "workload 'spin': unknown key 'task'; allowed: tasks, nice, cpus" },
	{ "spin:tasks", "workload 'spin': tasks: needs a value" },
	{ "spin:tasks=", "tasks=: allowed: an integer from 0 to" },
	{ "spin:tasks=3x", "tasks=3x: allowed: an integer" },
	{ "spin:tasks=-1", "allowed: an integer from 0" },
	{ "spin:tasks=0", "workload 'spin:tasks=0': zero tasks" },
	{ "spin:nice=20", "nice=20: allowed: an integer from -20 to 19" },
	{ "spin:cpus=8", "cpus=8: CPU 8 is outside the machine, which has CPUs 0 to 7" },
	{ "spin:cpus=0-9", "CPU 9 is outside the machine" },
	{ "spin:cpus=3-1", "a list of CPUs looks like" },
	{ "spin:cpus=", "a list of CPUs looks like" },
	{ "spin:cpus=1+", "a list of CPUs looks like" },
	{ "spin:,", "unknown key ''" },
	{ "mixed:hogs=0,sleepers=0,periodic=0,forkers=0", "zero tasks" },
	{ "pingpong:pairs=0", "zero tasks" },
	{ "pingpong:work=5", "work=5: allowed: a duration like" },
	{ "bursty:workers=0", "zero tasks" },
	{ "bursty:messages=100000,workers=100000", "more than 1000000 tasks" },
	{ "bursty:wrokers=1", "allowed: messages, workers, work, think, io, cpus" },
	{ "forks:rate=0", "zero tasks" },
	{ "storm:workers=0", "zero tasks" },
	{ "storm:interval=0", "interval=0: allowed: a duration like" },
};

static void bad_params_are_refused(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(bad_specs); i++)
		must_fail(bad_specs[i].spec, bad_specs[i].want);
}

static void builtins_have_help(void **state)
{
	assert_string_equal(workload_builtin_names(),
			    "mixed, spin, pingpong, bursty, forks, storm");
	assert_string_equal(workload_builtin_names(),
			    "mixed, spin, pingpong, bursty, forks, storm");
	assert_non_null(strstr(workload_builtin_help(), "think"));
}

struct sums {
	u64 ran_ns, nr_tasks, nr_sleeps, nr_waits, nr_forks;
};

static struct sums run_builtin(void **state, const char *spec, u64 seed)
{
	struct workload *w;
	struct sums s;

	teardown(state);
	setup(state);
	machine->config.seed = seed;
	w = must_open(spec);
	run_until(w, 50000);
	s = (struct sums){ ran_ns, nr_tasks, nr_sleeps, nr_waits, nr_forks };
	workload_close(w);
	return s;
}

static void spin_spins(void **state)
{
	struct sums s = run_builtin(state, "spin:tasks=3,nice=5,cpus=1-2+7", 1);

	assert_int_equal(s.nr_tasks, 3);
	assert_int_equal(s.nr_sleeps + s.nr_waits + s.nr_forks, 0);
	assert_int_equal(find("spin-2")->p.static_prio, NICE_TO_PRIO(5));
}

static void pingpong_plays(void **state)
{
	struct sums s = run_builtin(state, "pingpong:pairs=2,work=10us", 1);

	assert_int_equal(s.nr_tasks, 4);
	assert_in_range(s.ran_ns, 99980 * US, 100020 * US);
	assert_in_range(s.nr_waits, 9990, 10010);
}

static void bursty_answers(void **state)
{
	struct sums s = run_builtin(state, "bursty:messages=2,workers=3", 1);

	assert_int_equal(s.nr_tasks, 8);
	assert_true(s.nr_waits > 30);
	assert_true(s.ran_ns > 30 * NSEC_PER_MSEC);
	s = run_builtin(state, "bursty:messages=1,workers=4,think=0s,io=0s", 1);
	assert_in_range(s.ran_ns, 190 * NSEC_PER_MSEC, 210 * NSEC_PER_MSEC);
}

static void forks_fork(void **state)
{
	struct sums s = run_builtin(state, "forks:forkers=2,rate=1000,life=100us", 1);

	assert_in_range(s.nr_forks, 80, 120);
	assert_int_equal(s.nr_tasks, 2 + s.nr_forks);
	/* children that live long: their number is bounded */
	s = run_builtin(state, "forks:forkers=1,rate=100000,life=1s", 1);
	assert_int_equal(s.nr_forks, 64);
}

static void mixed_is_scaled(void **state)
{
	struct sums s = run_builtin(state, "mixed", 1);

	assert_int_equal(s.nr_tasks - s.nr_forks, 6 + 16 + 8 + 1);
	assert_true(s.nr_sleeps > 200);
	assert_int_equal(find("sleeper-9")->p.static_prio, NICE_TO_PRIO(19));
}

static void seeds_matter_and_nothing_else(void **state)
{
	static const char *const specs[] = { "mixed", "bursty", "forks", "storm" };

	for (u32 i = 0; i < ARRAY_SIZE(specs); i++) {
		struct sums a = run_builtin(state, specs[i], 1);
		struct sums b = run_builtin(state, specs[i], 1);
		struct sums c = run_builtin(state, specs[i], 2);

		assert_memory_equal(&a, &b, sizeof(a));
		assert_memory_not_equal(&a, &c, sizeof(a));
	}
}

static void storm_does_everything(void **state)
{
	struct sums s = run_builtin(state, "storm:workers=8,movers=2,interval=100us,hotplug=1", 1);

	assert_true(s.nr_forks > 10);
	assert_true(nr_affinity > 100);
	assert_true(nr_stormed > 20);
}

static int group_setup(void **state)
{
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int group_teardown(void **state)
{
	unlink("w.json");
	return chdir("/") || rmdir(dir);
}

/* ---- what rt-app has had since ---- */

static void rtapp_semaphores(void **state)
{
	scenario_runs(
		"[{'comm': 'a', 'loop': 1, 'phases': [{'sem_wait': 's', 'exec': 'a', 'sem_wait1': 's', 'exec1': 'b'}]},"
		"{'comm': 'p', 'loop': 1, 'phases': [{'run': '5us', 'sem_post': 's', 'sleep': '5us', 'sem_post1': 's'}]}]",
		100, "a@5 b@10");
}

static void scenario_pipes(void **state)
{
	scenario_runs(
		"[{'comm': 'r', 'loop': 1, 'phases': [{'pipe_read': 'p', 'exec': 'a', 'pipe_read1': 'p', 'exec1': 'b'}]},"
		"{'comm': 'w', 'loop': 1, 'phases': [{'run': '5us', 'pipe_write': 'p', 'sleep': '5us', 'pipe_write1': 'p'}]}]",
		100, "a@5 b@10");
}

static void rtapp_comments_and_groups(void **state)
{
	struct workload *w = open_text(
		"{\"_comment\": 1, \"global\": {\"_comment\": \"x\"}, \"tasks\": {\"_comment\": \"y\",\n"
		"\"a\": {\"_comment0\": [], \"loop\": 1, \"taskgroup\": \"/g\", \"phases\": {\"_comment\": 2,\n"
		"\"p1\": {\"_comment\": 3, \"taskgroup\": \"/g/h\", \"run\": 5}, \"p2\": {\"run\": 5},\n"
		"\"p3\": {\"taskgroup\": \"/g\", \"run\": 5}}}}}");

	assert_non_null(cgroup_find("/g/h"));
	run_until(w, 100);
	assert_string_equal(trail, "/g@0 /g/h@0 /g@10");
	workload_close(w);
	put_file("{\"tasks\": {\"a\": {\"taskgroup\": \"g\", \"run\": 5}}}");
	must_fail("w.json", "must be a path");
	put_file("{\"tasks\": {\"a\": {\"memrun\": 5}}}");
	must_fail("w.json", "'memrun' is not supported");
}

/* What a suspend says is not looked at: a thread suspends itself. */
static void rtapp_suspend_is_ones_own(void **state)
{
	struct workload *w = open_text(
		"{\"tasks\": {\"a\": {\"loop\": 1, \"suspend\": \"other\", \"run\": 7},\n"
		"\"b\": {\"loop\": 1, \"run\": 5, \"resume\": \"a\", \"run1\": 5}}}");

	run_until(w, 100);
	assert_int_equal(ran_ns, 17 * US);
	workload_close(w);
}

/* ---- what was asked for, and what came of it ---- */

static void realtime_threads_are_held_and_set_it_themselves(void **state)
{
	struct workload *w = open_text(
		"{\"tasks\": {\"rt\": {\"policy\": \"SCHED_FIFO\", \"priority\": 40, \"delay\": 5, \"run\": 9},\n"
		"\"w\": {\"run\": 9}}}");

	assert_int_equal(workload_start(w), 0);
	assert_int_equal(nr_held, 1);
	assert_int_equal(find("rt-0")->p.policy, SCHED_NORMAL);
	engine_run(machine->engine, 3 * US);
	assert_int_equal(find("rt-0")->p.policy, SCHED_NORMAL);
	engine_run(machine->engine, 6 * US);
	assert_int_equal(find("rt-0")->p.policy, SCHED_FIFO);
	assert_int_equal(find("rt-0")->p.rt_priority, 40);
	workload_close(w);
}

static void missing_tasks_are_named(void **state)
{
	struct workload *w = open_text(
		"{\"tasks\": {\"a\": {\"run\": 9}, \"b\": {\"instance\": 2, \"run\": 9}}}");
	struct workload_missing gone;

	assert_int_equal(workload_nr_wanted(w), 3);
	assert_int_equal(workload_nr_created(w), 0);
	assert_true(workload_missing(w, 0, &gone));
	assert_string_equal(gone.comm, "a");
	assert_int_equal(gone.err, 0);
	assert_true(workload_missing(w, 2, &gone));
	assert_string_equal(gone.comm, "b");
	assert_false(workload_missing(w, 3, &gone));

	forks_left = 1;
	assert_int_equal(workload_start(w), -EAGAIN);
	assert_int_equal(workload_nr_created(w), 1);
	assert_true(workload_missing(w, 0, &gone));
	assert_string_equal(gone.comm, "b-1");
	assert_int_equal(gone.err, -EAGAIN);
	assert_true(workload_missing(w, 1, &gone));
	assert_string_equal(gone.comm, "b-2");
	assert_false(workload_missing(w, 2, &gone));
	workload_close(w);
}

static void builtins_want_what_they_start(void **state)
{
	static const char *const specs[] = {
		"mixed", "spin", "pingpong", "bursty", "forks", "storm"
	};

	for (u32 i = 0; i < ARRAY_SIZE(specs); i++) {
		struct workload *w = must_open(specs[i]);
		struct workload_missing gone;

		assert_int_equal(workload_start(w), 0);
		assert_int_equal(workload_nr_created(w), workload_nr_wanted(w));
		assert_false(workload_missing(w, 0, &gone));
		workload_close(w);
	}
}

#define WORKLOAD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORKLOAD_TEST(rtapp_semaphores),
		WORKLOAD_TEST(scenario_pipes),
		WORKLOAD_TEST(rtapp_comments_and_groups),
		WORKLOAD_TEST(rtapp_suspend_is_ones_own),
		WORKLOAD_TEST(realtime_threads_are_held_and_set_it_themselves),
		WORKLOAD_TEST(missing_tasks_are_named),
		WORKLOAD_TEST(builtins_want_what_they_start),
		WORKLOAD_TEST(rtapp_reads_all),
		WORKLOAD_TEST(examples_are_read),
		WORKLOAD_TEST(bad_files_are_refused),
		WORKLOAD_TEST(bad_names_are_refused),
		WORKLOAD_TEST(keys_keep_their_place),
		WORKLOAD_TEST(durations),
		WORKLOAD_TEST(bad_scenarios_are_refused),
		WORKLOAD_TEST(scenario_props),
		WORKLOAD_TEST(loops_and_times),
		WORKLOAD_TEST(relative_timer_forgets_a_miss),
		WORKLOAD_TEST(absolute_timer_catches_up),
		WORKLOAD_TEST(mutexes_exclude),
		WORKLOAD_TEST(condition_wakes_one_in_order),
		WORKLOAD_TEST(broadcast_wakes_all),
		WORKLOAD_TEST(sync_signals_and_waits),
		WORKLOAD_TEST(barrier_waits_for_all),
		WORKLOAD_TEST(resume_ends_suspend),
		WORKLOAD_TEST(runtime_is_wall_time),
		WORKLOAD_TEST(fork_starts_the_named_one),
		WORKLOAD_TEST(empty_rounds_do_not_stop_the_clock),
		WORKLOAD_TEST(phases_change_attributes),
		WORKLOAD_TEST(long_names_keep_their_number),
		WORKLOAD_TEST(duration_ends_the_threads),
		WORKLOAD_TEST(semaphores_count),
		WORKLOAD_TEST(bad_params_are_refused),
		WORKLOAD_TEST(builtins_have_help),
		WORKLOAD_TEST(spin_spins),
		WORKLOAD_TEST(pingpong_plays),
		WORKLOAD_TEST(bursty_answers),
		WORKLOAD_TEST(forks_fork),
		WORKLOAD_TEST(mixed_is_scaled),
		WORKLOAD_TEST(seeds_matter_and_nothing_else),
		WORKLOAD_TEST(storm_does_everything),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
