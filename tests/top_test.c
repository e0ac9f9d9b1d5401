// SPDX-License-Identifier: GPL-2.0-only
/* What `kickstand top` makes of the event stream, and of keys; no terminal is needed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <curses.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../cli/numbers.h"
#include "../cli/top_keys.h"
#include "api/watch.h"

#define US 1000ULL
#define LOCAL_ON(cpu) (3ULL << 62 | (cpu))
#define EXT 1
#define OP 3

static struct view view;

static int setup(void **state)
{
	return view_init(&view, 4);
}

static int teardown(void **state)
{
	view_finish(&view);
	return 0;
}

static void happens(u64 us, u16 id, s16 cpu, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	view_record(&view, &(struct trace_record){ .time_ns = us * US,
						   .id = id,
						   .cpu = cpu,
						   .arg = { a0, a1, a2, a3, a4, a5 } });
}

static void task_new(u64 us, u64 pid, const char *comm)
{
	u64 words[2] = { 0 };

	strncpy((char *)words, comm, sizeof(words) - 1);
	happens(us, EV_task_new, 0, pid, 1, words[0], words[1], 7, 0);
}

static void switches(u64 us, s16 cpu, u64 prev, u64 prev_state, u64 next)
{
	happens(us, EV_sched_switch, cpu, prev, prev_state, next, prev ? EXT : 0, next ? EXT : 0,
		0);
}

/* ---- tasks ---- */

static void task_times(void **state)
{
	const struct replay_task *t;

	task_new(0, 10, "spin");
	happens(100, EV_sched_wakeup, 1, 10, 2, 0, 0, 0, 0);
	switches(130, 2, 0, 0, 10);
	switches(230, 2, 10, 0, 0); /* preempted: it waits */
	switches(280, 2, 0, 0, 10);
	switches(300, 2, 10, 1, 0); /* it sleeps */
	view_tick(&view, 1000 * US);
	t = view_task(&view, 10);
	assert_string_equal(view_comm(&view, 10), "spin");
	assert_int_equal(view_task_run_ns(&view, t), 120 * US);
	assert_int_equal(view_task_wait_ns(&view, t), 80 * US);
	assert_int_equal(view_task_wakeups(&view, t), 1);
	assert_int_equal(view_task_latency_ns(&view, t), 30 * US);
	assert_int_equal(view_task_latency_max_ns(&view, t), 30 * US);
	assert_int_equal(t->state, TASK_SLEEPS);
	assert_int_equal(t->cpu, 2);
}

/* What goes on counts up to now. */
static void task_now(void **state)
{
	task_new(0, 10, "spin");
	task_new(0, 11, "late");
	happens(0, EV_sched_wakeup, 1, 10, 2, 1, 0, 0, 0);
	happens(50, EV_sched_wakeup, 1, 11, 2, 1, 0, 0, 0);
	switches(100, 2, 0, 0, 10);
	view_tick(&view, 400 * US);
	assert_int_equal(view_task_run_ns(&view, view_task(&view, 10)), 300 * US);
	assert_int_equal(view_task_wait_ns(&view, view_task(&view, 11)), 350 * US);
	assert_int_equal(view_task_latency_max_ns(&view, view_task(&view, 11)), 350 * US);
}

static void task_dies(void **state)
{
	task_new(0, 10, "spin");
	switches(10, 0, 0, 0, 10);
	happens(20, EV_task_exit, 0, 10, 0, 0, 0, 0, 0);
	assert_non_null(view_task(&view, 10));
	switches(30, 0, 10, 0x80, 0);
	assert_null(view_task(&view, 10));
}

static void tasks_sorted(void **state)
{
	const struct replay_task *list[1024];

	task_new(0, 10, "runs");
	task_new(0, 11, "waits");
	task_new(0, 12, "sleeps");
	happens(10, EV_sched_wakeup, 1, 11, 0, 1, 0, 0, 0);
	switches(10, 1, 0, 0, 10);
	view_tick(&view, 100 * US);
	assert_true(view_tasks_room(&view) <= ARRAY_SIZE(list));
	assert_int_equal(view_sorted_tasks(&view, VIEW_BY_RUN, list), 3);
	assert_int_equal(list[0]->pid, 10);
	assert_int_equal(view_sorted_tasks(&view, VIEW_BY_WAIT, list), 3);
	assert_int_equal(list[0]->pid, 11);
	assert_int_equal(view_sorted_tasks(&view, VIEW_BY_LATENCY, list), 3);
	assert_int_equal(list[0]->pid, 11);
	assert_int_equal(view_sorted_tasks(&view, VIEW_BY_PID, list), 3);
	assert_int_equal(list[0]->pid, 10);
	assert_int_equal(list[2]->pid, 12);
}

/* ---- a run: what the summary says ---- */

static json_t *summary_of(struct ks_machine *m)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *json;

	assert_int_equal(ks_machine_json(m, f), KS_OK);
	fclose(f);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static u64 number(json_t *o, const char *key)
{
	return (u64)json_integer_value(json_object_get(o, key));
}

static void same_spread(json_t *json, const struct wait_spread *s)
{
	assert_int_equal(number(json, "p50"), s->p50_ns);
	assert_int_equal(number(json, "p99"), s->p99_ns);
	assert_int_equal(number(json, "max"), s->max_ns);
	assert_int_equal(number(json, "count"), s->nr);
}

static void same_task(json_t *json, const struct view *v, const struct replay_task *t)
{
	struct wait_figures w;

	view_task_waits(v, t, &w);
	assert_int_equal(number(json, "runtime_ns"), view_task_run_ns(v, t));
	assert_int_equal(number(json, "wait_ns"), w.wait_ns);
	assert_int_equal(number(json, "wait_ns"), view_task_wait_ns(v, t));
	assert_int_equal(number(json, "waiting_ns"), w.waiting_ns);
	assert_int_equal(number(json, "wakeups"), view_task_wakeups(v, t));
	same_spread(json_object_get(json, "wakeup_latency_ns"), &w.wakeup);
	same_spread(json_object_get(json, "queue_wait_ns"), &w.queue);
	assert_int_equal(w.wakeup.max_ns, view_task_latency_max_ns(v, t));
}

/* Tasks of @part that live; how many waited as it ended. */
static u32 same_tasks(json_t *part, const struct view *v)
{
	u32 waiting = 0, living = 0;
	json_t *json;
	size_t i;

	json_array_foreach(json_object_get(part, "tasks"), i, json) {
		u64 pid = number(json, "pid");

		if (!view_task(v, pid))
			continue;
		same_task(json, v, view_task(v, pid));
		waiting += !!number(json, "waiting_ns");
		living++;
	}
	assert_true(living >= 10);
	return waiting;
}

/* A run of tests/bpf/lost.bpf.c, watched from its beginning on. */
static struct ks_watch *lost_run(struct ks_machine *m, u64 ns, const char *set)
{
	struct ks_watch *w = m ? ks_machine_watch(m) : NULL;
	struct ks_watch_state now = { .sz = sizeof(now) };
	struct ks_object *obj;
	char path[4096];

	snprintf(path, sizeof(path), "%s/lost.bpf.o", getenv("TEST_OBJECTS"));
	assert_non_null(w);
	assert_int_equal(ks_machine_workload(m, "mixed"), KS_OK);
	assert_int_equal(ks_object_open(m, path, NULL, &obj), KS_OK);
	assert_int_equal(ks_object_set(obj, set), KS_OK);
	assert_int_equal(ks_object_load(obj), KS_OK);
	assert_int_equal(ks_object_attach(obj), KS_OK);
	assert_int_equal(ks_machine_run(m, 0), KS_OK);
	assert_int_equal(ks_watch_restart(w), KS_OK);
	ks_machine_run(m, ns);
	assert_int_equal(ks_watch_look(w, KS_BY_RUN, &now), KS_OK);
	assert_int_equal(now.now_ns, ks_machine_now(m));
	return w;
}

static struct ks_machine *machine_of(const char *kernel)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 4, .seed = 1, .kernel = kernel };

	return ks_machine_create(&opts, NULL);
}

static void figures_of_a_run(void **state)
{
	static const char *const kernels[] = { "6.12", "7.3" };

	for (u32 i = 0; i < 2; i++) {
		struct ks_machine *m = machine_of(kernels[i]);
		struct ks_watch *w = lost_run(m, 300 * 1000 * US, "every=50");
		json_t *json = summary_of(m);

		assert_true(same_tasks(json, &w->view));
		json_decref(json);
		ks_machine_destroy(m);
	}
}

/* What top shows after an ejection is the time after it. */
static void figures_after_an_ejection(void **state)
{
	struct ks_machine *m = machine_of("7.3");
	struct ks_watch *w = lost_run(m, 46000 * 1000 * US, "every=1");
	json_t *json = summary_of(m);

	assert_non_null(json_object_get(json, "after"));
	same_tasks(json_object_get(json, "after"), &w->view);
	json_decref(json);
	ks_machine_destroy(m);
}

/* ---- CPUs ---- */

static void cpu_states(void **state)
{
	switches(10, 3, 0, 0, 10);
	assert_int_equal(view_curr(&view, 3), 10);
	assert_int_equal(view.rp->cpu[3].class, EXT);
	happens(20, EV_resched, 1, 3, 1, 0, 0, 0, 0);
	assert_true(view.rp->cpu[3].resched);
	happens(25, EV_sched_keep, 3, 10, EXT, 0, 0, 0, 0);
	assert_false(view.rp->cpu[3].resched);
	happens(30, EV_kick_wait_begin, 1, 3, 7, 0, 0, 0, 0);
	assert_int_equal(view.rp->cpu[1].waits_for, 3);
	happens(35, EV_kick_wait_end, 1, 3, 0, 0, 0, 0, 0);
	assert_int_equal(view.rp->cpu[1].waits_for, -1);
	happens(40, EV_hotplug, 0, 2, false, 0, 0, 0, 0);
	assert_false(view.rp->cpu[2].online);
	happens(50, EV_kick_answer, 3, 10, 500, 0, 0, 0, 0);
	assert_int_equal(view.cpu[3].kicked, 1);
}

/* An event that names no CPU of the machine is no event of one. */
static void cpu_out_of_range(void **state)
{
	happens(10, EV_resched, 1, 4, 1, 0, 0, 0, 0);
	happens(10, EV_resched, -1, ~0ULL, 1, 0, 0, 0, 0);
	switches(10, -1, 0, 0, 10);
	switches(10, 4, 0, 0, 10);
	assert_int_equal(view.switches, 2);
}

static void windows(void **state)
{
	view_restart(&view, 0);
	switches(0, 0, 0, 0, 10);
	switches(5000, 0, 10, 1, 0);
	view_tick(&view, 10000 * US); /* 5 of 10 ms */
	assert_int_equal(view_busy_permille(&view, 0), 500);
	assert_int_equal(view_rate(&view, view.switches, view.old.switches), 200);
	switches(12000, 0, 0, 0, 10);
	view_tick(&view, 20000 * US); /* of 10..20 ms: 8 */
	assert_int_equal(view_busy_permille(&view, 0), 800);
	view_tick(&view, 25000 * US); /* of 10..25 ms: 13 */
	assert_int_equal(view_busy_permille(&view, 0), 866);
	assert_int_equal(view_busy_permille(&view, 1), 0);
}

/* ---- DSQs and ops ---- */

static void dsq_depth(void **state)
{
	const struct replay_dsq *d, *list[2];

	task_new(0, 10, "first");
	task_new(0, 11, "second");
	happens(10, EV_insert, 0, 10, 0x42, 0, 0, 0, 1);
	happens(20, EV_insert, 0, 11, 0x42, 0, 0, 0, 2);
	happens(20, EV_insert, 0, 12, LOCAL_ON(3), 0, 0, 0, 1);
	d = replay_dsq(view.rp, 0x42, 0);
	assert_int_equal(view_sorted_dsqs(&view, list), 1); /* local ones are not listed */
	assert_ptr_equal(list[0], d);
	assert_int_equal(d->nr, 2);
	assert_int_equal(view_oldest(d).pid, 10);
	assert_int_equal(view_oldest(d).since_ns, 10 * US);
	assert_int_equal(view_queued(&view, 3), 1);
	happens(30, EV_dsq_leave, 0, 10, 0x42, 1, 0, 0, 0);
	assert_int_equal(d->nr, 1);
	assert_int_equal(view_oldest(d).pid, 11);
	happens(40, EV_dsq_leave, 0, 11, 0x42, 0, 0, 0, 0);
	assert_int_equal(view_oldest(d).pid, -1);
	assert_int_equal(view_sorted_dsqs(&view, NULL), 1);
}

static void op_costs(void **state)
{
	happens(10, EV_op_enter, 0, OP, 10, 0, 0, 0, 0);
	happens(11, EV_op_enter, 0, OP + 1, 10, 0, 0, 0, 0); /* inside of it */
	happens(12, EV_op_enter, 1, OP, 11, 0, 0, 0, 0);
	happens(14, EV_op_exit, 0, OP + 1, 10, 0, 5, 0, 0);
	happens(15, EV_op_exit, 0, OP, 10, 0, 5, 0, 0);
	happens(18, EV_op_exit, 2, OP, 11, 0, 5, 0, 0); /* it slept, and is elsewhere */
	assert_int_equal(view.op[0][OP].calls, 2);
	assert_int_equal(view.op[0][OP].timed, 1);
	assert_int_equal(view.op[0][OP].sum_ns, 5 * US);
	assert_int_equal(view.op[0][OP + 1].sum_ns, 3 * US);
}

/* Two schedulers: ops and DSQs are each one's own, and a child's end is not the root's. */
static void two_schedulers(void **state)
{
	char buf[VIEW_SCHED_NAME_MAX];

	assert_string_equal(view_sched_name(&view, 0, buf), "");
	happens(10, EV_op_enter, 0, OP, 10, 0, 0, 0, 0);
	happens(11, EV_op_exit, 0, OP, 10, 0, 5, 0, 0);
	happens(12, EV_op_enter, 0, OP, 10, 0, 0, 0, 0);
	happens(12, EV_op_sched, 0, 7, 0, 0, 0, 0, 0);
	happens(15, EV_op_exit, 0, OP, 10, 0, 5, 0, 0);
	assert_int_equal(view.nr_scheds, 2);
	assert_int_equal(view.op[0][OP].calls, 1);
	assert_int_equal(view.op[0][OP].sum_ns, 1 * US);
	assert_int_equal(view.op[1][OP].calls, 1);
	assert_int_equal(view.op[1][OP].sum_ns, 3 * US);
	assert_string_equal(view_sched_name(&view, view.sched[1], buf), "sub-7");
	assert_string_equal(view_sched_name(&view, 0, buf), "root");

	happens(20, EV_insert, 0, 10, 0x42, 0, 0, 0, 1);
	happens(20, EV_of_sched, 0, 7, 0, 0, 0, 0, 0);
	happens(20, EV_insert, 0, 11, 0x42, 0, 0, 0, 1);
	assert_int_equal(view_oldest(replay_dsq(view.rp, 0x42, 0)).pid, 10);
	assert_int_equal(view_oldest(replay_dsq(view.rp, 0x42, 7)).pid, 11);

	happens(30, EV_of_sched, 0, 7, 0, 0, 0, 0, 0);
	happens(30, EV_scx_exit, 0, 1024, 0, 0, 0, 0, 0);
	assert_false(view.exited);
	assert_false(view.tally.after);
	happens(40, EV_scx_exit, 0, 1024, 0, 0, 0, 0, 0);
	assert_true(view.exited);
	assert_true(view.tally.after);
}

static void restart_counts(void **state)
{
	task_new(0, 10, "spin");
	switches(10, 0, 0, 0, 10);
	happens(20, EV_op_enter, 0, OP, 10, 0, 0, 0, 0);
	happens(20, EV_kick, 0, 1, 2, 0, 0, 0, 0);
	view_restart(&view, 50 * US);
	view_tick(&view, 60 * US);
	assert_int_equal(view_task_run_ns(&view, view_task(&view, 10)), 10 * US);
	assert_int_equal(view.op[0][OP].calls, 0);
	assert_int_equal(view.kicks, 0);
	assert_int_equal(view.switches, 0);
	assert_int_equal(view_curr(&view, 0), 10);
}

/* ---- events ---- */

static void events_kept(void **state)
{
	char text[VIEW_TEXT_MAX];
	u64 i;

	task_new(0, 10, "spin");
	for (i = 1; i <= 2 * VIEW_EVENTS; i++)
		happens(i, EV_kick, 1, i, 2, 1, OP, 0, 0);
	view_event_text(&view, view.events - 1, text);
	assert_non_null(strstr(text, "n=2048 cpu=2 flags=IDLE"));
	view_event_text(&view, view.events - VIEW_EVENTS, text);
	assert_true(strstr(text, "n=1025 ") == text);
}

/* ---- numbers ---- */

static void numbers(void **state)
{
	assert_string_equal(TIME(0), "0ns");
	assert_string_equal(TIME(999), "999ns");
	assert_string_equal(TIME(1000), "1.000us");
	assert_string_equal(TIME(12345), "12.34us");
	assert_string_equal(TIME(835349999), "835.3ms");
	assert_string_equal(TIME(1001 * NSEC_PER_SEC), "1001s");
	assert_string_equal(COUNT(9999), "9999");
	assert_string_equal(COUNT(10000), "10.0k");
	assert_string_equal(COUNT(730123), "730k");
	assert_string_equal(COUNT(1234567), "1.23M");
	assert_string_equal(COUNT(~0ULL), "18446744T");
}

/* ---- keys ---- */

static void keys_run(void **state)
{
	struct top_wants w = { 0 };

	wants_key(&w, ' ', 10);
	assert_true(w.paused);
	wants_key(&w, ' ', 10);
	assert_false(w.paused);
	wants_key(&w, 'k', 10);
	assert_true(w.paused);
	assert_int_equal(w.step, STEP_KICK);
	assert_true(speed_find("0.01x", &w.speed));
	wants_key(&w, '+', 10);
	assert_string_equal(speed_name(w.speed), "0.02x");
	for (int i = 0; i < 50; i++)
		wants_key(&w, '+', 10);
	assert_string_equal(speed_name(w.speed), "max");
	for (int i = 0; i < 50; i++)
		wants_key(&w, '-', 10);
	assert_string_equal(speed_name(w.speed), "0.001x");
	assert_false(speed_find("0.3x", &w.speed));
	wants_key(&w, 'q', 10);
	assert_true(w.quit);
}

static void keys_scroll(void **state)
{
	struct top_wants w = { .focus = PANEL_TASKS };

	wants_key(&w, KEY_DOWN, 10);
	wants_key(&w, KEY_NPAGE, 10);
	assert_int_equal(w.scroll[PANEL_TASKS], 11);
	wants_key(&w, KEY_UP, 10);
	assert_int_equal(w.scroll[PANEL_TASKS], 10);
	wants_key(&w, KEY_HOME, 10);
	assert_int_equal(w.scroll[PANEL_TASKS], 0);
	wants_key(&w, '\t', 10);
	assert_int_equal(w.focus, PANEL_EVENTS);
	wants_key(&w, KEY_UP, 10); /* back in time */
	assert_int_equal(w.scroll[PANEL_EVENTS], 1);
	wants_key(&w, KEY_END, 10);
	assert_int_equal(w.scroll[PANEL_EVENTS], 0);
	wants_key(&w, '?', 10);
	assert_int_equal(w.page, PAGE_HELP);
	wants_key(&w, KEY_DOWN, 10);
	assert_int_equal(w.page_scroll, 1);
	wants_key(&w, '\033', 10);
	assert_int_equal(w.page, PAGE_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(task_times, setup, teardown),
		cmocka_unit_test_setup_teardown(task_now, setup, teardown),
		cmocka_unit_test_setup_teardown(task_dies, setup, teardown),
		cmocka_unit_test_setup_teardown(tasks_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(figures_of_a_run, setup, teardown),
		cmocka_unit_test_setup_teardown(figures_after_an_ejection, setup, teardown),
		cmocka_unit_test_setup_teardown(cpu_states, setup, teardown),
		cmocka_unit_test_setup_teardown(cpu_out_of_range, setup, teardown),
		cmocka_unit_test_setup_teardown(windows, setup, teardown),
		cmocka_unit_test_setup_teardown(dsq_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(op_costs, setup, teardown),
		cmocka_unit_test_setup_teardown(two_schedulers, setup, teardown),
		cmocka_unit_test_setup_teardown(restart_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(events_kept, setup, teardown),
		cmocka_unit_test(numbers),
		cmocka_unit_test(keys_run),
		cmocka_unit_test(keys_scroll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
