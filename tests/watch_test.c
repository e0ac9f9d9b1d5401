// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch_test.c - a live run as a program sees it that embeds us: by the public header alone.
 * What is made of which event is top_test.c's.
 */
#include "api_fixture.h"

static struct ks_watch_task watched(struct ks_watch *w, unsigned int nr, int pid)
{
	struct ks_watch_task t = { .sz = sizeof(t) };
	unsigned int i = 0;

	do
		ok(ks_watch_task(w, i++, &t));
	while (t.pid != pid && i < nr);
	assert_int_equal(t.pid, pid);
	return t;
}

/* A watch says of tasks and CPUs what the machine says of itself, and changes nothing. */
static void a_run_is_watched(void **state)
{
	static const struct ks_step nap[] = { { KS_RUN, 30000 }, { KS_SLEEP, 20000 } };
	struct poke_args args = { 2, 2 };
	struct ks_watch *w = ks_machine_watch(m);
	struct ks_watch_state now = { .sz = sizeof(now) };
	struct ks_watch_cpu cpu = { .sz = sizeof(cpu) };
	struct ks_watch_event ev = { .sz = sizeof(ev) };
	struct ks_watch_op op = { .sz = sizeof(op) };
	struct ks_watch_task last = { .run_ns = UINT64_MAX }, t = { .sz = sizeof(t) };
	struct ks_task of = { .sz = sizeof(of) };
	struct ks_cpu on = { .sz = sizeof(on) };
	int pid = add("nap", "1", nap, 2, 0);

	assert_non_null(w);
	add("spin", "1", spin, 1, 0);
	ok(ks_machine_run(m, 50 * MS));
	ok(ks_object_call(obj, "kick", &args, sizeof(args), NULL));
	ok(ks_watch_look(w, KS_BY_RUN, &now));
	assert_int_equal(now.now_ns, ks_machine_now(m));
	assert_true(now.switches_per_s > 0 && now.nr_tasks >= 2 && !now.exited);
	for (unsigned int i = 0; i < now.nr_tasks; i++, last = t) {
		ok(ks_watch_task(w, i, &t));
		assert_true(t.run_ns <= last.run_ns);
	}
	t = watched(w, now.nr_tasks, pid);
	ok(ks_task_get(m, pid, &of));
	assert_string_equal(t.comm, "nap");
	assert_int_equal(t.state, of.state);
	assert_string_equal(t.task_class, "ext");
	assert_int_equal(t.wait_ns, of.wait_ns);
	ok(ks_watch_cpu(w, 1, &cpu));
	ok(ks_machine_cpu(m, 1, &on));
	assert_int_equal(cpu.pid, on.pid);
	assert_string_equal(cpu.comm, on.comm);
	assert_true(cpu.busy_milli > 900 && cpu.busy_milli <= 1000);
	assert_int_equal(cpu.waits_for, -1);
	ok(ks_watch_op(w, 0, &op));
	assert_string_equal(op.sched, "");
	assert_true(op.calls > 0 && op.timed > 0 && op.cost_ns > 0);
	do
		ok(ks_watch_event(w, --now.nr_events, &ev));
	while (strcmp(ev.name, "kick"));
	assert_non_null(strstr(ev.text, "n=1 cpu=2 flags=PREEMPT"));
}

static void bad_looks_are_refused(void **state)
{
	struct ks_watch *w = ks_machine_watch(m);
	struct ks_watch_state now = { .sz = sizeof(now) };
	struct ks_watch_cpu cpu = { .sz = sizeof(cpu) };
	struct ks_watch_task t = { .sz = sizeof(t) };
	struct ks_watch_event ev = { .sz = sizeof(ev) };
	struct ks_watch_dsq dsq = { .sz = sizeof(dsq) };
	struct ks_watch_op op = { .sz = sizeof(op) };

	assert_non_null(w);
	assert_int_equal(ks_watch_task(w, 0, &t), KS_FAILED); /* nobody looked yet */
	refused(ks_watch_look(w, 4, &now), "order");
	refused(ks_watch_look(w, KS_BY_PID, NULL), "NULL");
	ok(ks_watch_look(w, KS_BY_PID, &now));
	assert_int_equal(ks_watch_task(w, now.nr_tasks, &t), KS_FAILED);
	assert_int_equal(ks_watch_op(w, now.nr_ops, &op), KS_FAILED);
	assert_int_equal(ks_watch_dsq(w, now.nr_dsqs, &dsq), KS_FAILED);
	assert_int_equal(ks_watch_event(w, now.nr_events, &ev), KS_FAILED);
	refused(ks_watch_cpu(w, NR_CPUS, &cpu), "CPUs 0 to");
	ks_machine_destroy(m);
	refused(ks_watch_look(w, KS_BY_PID, &now), "destroyed");
	assert_null(ks_machine_watch(m));
	assert_null(ks_machine_watch(NULL));
	refused(ks_watch_restart(NULL), "NULL");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with(with_scheduler, a_run_is_watched),
		with(with_machine, bad_looks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
