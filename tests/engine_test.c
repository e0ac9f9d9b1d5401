// SPDX-License-Identifier: GPL-2.0-only
/*
 * engine_test.c - the order of events and turns, blocking and waking, fibers.
 *
 * Actors and events write "who@time" into one log; a test compares it with what
 * the total order (time, class, cpu, sequence) demands.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/engine.h"

#define NR_CPUS_TEST 4

static struct engine *engine;
static char trail[1024];

static void note(const char *who)
{
	size_t n = strlen(trail);

	snprintf(trail + n, sizeof(trail) - n, "%s%s@%llu", n ? " " : "", who, engine->now_ns);
}

struct named_event {
	struct event ev;
	const char *name;
};

static void named_fire(struct event *ev)
{
	note(container_of(ev, struct named_event, ev)->name);
}

static void named_post(struct named_event *e, enum event_class cls, s32 cpu, const char *name,
		       u64 at)
{
	event_init(&e->ev, cls, cpu, named_fire);
	e->name = name;
	engine_post(engine, &e->ev, at);
}

struct actor {
	struct engine_cpu cpu;
	struct fiber fiber;
	const char *name;
	void (*script)(struct actor *a);
};

static struct actor actors[NR_CPUS_TEST];

static void actor_main(void *arg)
{
	struct actor *a = arg;

	a->script(a);
	for (;;)
		engine_block(engine, ~0ULL);
}

static void actor_start(s32 id, const char *name, void (*script)(struct actor *a))
{
	struct actor *a = &actors[id];

	a->name = name;
	a->script = script;
	assert_int_equal(fiber_create(&a->fiber, actor_main, a), 0);
	engine_cpu_init(engine, &a->cpu, id, &a->fiber);
}

static int setup(void **state)
{
	trail[0] = '\0';
	memset(actors, 0, sizeof(actors));
	return engine_create(&engine);
}

static int teardown(void **state)
{
	for (u32 i = 0; i < NR_CPUS_TEST; i++)
		fiber_destroy(&actors[i].fiber);
	engine_destroy(engine);
	fiber_pool_drain();
	return 0;
}

/* ---- events ---- */

static void events_are_ordered(void **state)
{
	struct named_event e[6];

	named_post(&e[0], EVENT_HW, 1, "late", 20);
	named_post(&e[1], EVENT_HW, 1, "hw1", 10);
	named_post(&e[2], EVENT_HW, 0, "hw0a", 10);
	named_post(&e[3], EVENT_HW, 0, "hw0b", 10);
	named_post(&e[4], EVENT_CONTROL, 3, "control", 10);
	named_post(&e[5], EVENT_HW, 2, "early", 5);
	engine_run(engine, 100);
	assert_string_equal(trail, "early@5 control@10 hw0a@10 hw0b@10 hw1@10 late@20");
	assert_int_equal(engine->now_ns, 100);
}

static void many_events_come_sorted(void **state)
{
	static struct event ev[1000];
	u64 x = 12345, last = 0;

	for (u32 i = 0; i < ARRAY_SIZE(ev); i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		event_init(&ev[i], EVENT_HW, 0, named_fire);
		engine_post(engine, &ev[i], x >> 54);
	}
	for (u32 i = 0; i < ARRAY_SIZE(ev); i += 3)
		assert_true(engine_cancel(engine, &ev[i]));
	while (engine->nr) {
		struct event *first = engine->heap[0].ev;

		assert_true(first->time_ns >= last);
		last = first->time_ns;
		assert_true(engine_cancel(engine, first));
	}
}

static void cancel_and_move(void **state)
{
	struct named_event a, b, c;

	named_post(&a, EVENT_HW, 0, "a", 10);
	named_post(&b, EVENT_HW, 0, "b", 20);
	named_post(&c, EVENT_HW, 0, "c", 30);
	assert_true(engine_cancel(engine, &b.ev));
	assert_false(engine_cancel(engine, &b.ev));
	assert_false(event_pending(&b.ev));
	engine_post(engine, &a.ev, 40);
	assert_true(event_pending(&a.ev));
	engine_run(engine, 100);
	assert_string_equal(trail, "c@30 a@40");
	assert_false(event_pending(&a.ev));
}

static void run_in_legs(void **state)
{
	struct named_event a, b;

	named_post(&a, EVENT_HW, 0, "a", 10);
	named_post(&b, EVENT_HW, 0, "b", 20);
	engine_run(engine, 15);
	assert_string_equal(trail, "a@10");
	engine_run(engine, 30);
	assert_string_equal(trail, "a@10 b@20");
}

/* The end is before everything else of its nanosecond. */
static void end_excludes_its_time(void **state)
{
	struct named_event a;

	named_post(&a, EVENT_HW, 0, "a", 10);
	engine_run(engine, 10);
	assert_string_equal(trail, "");
	engine_run(engine, 11);
	assert_string_equal(trail, "a@10");
}

static void post_in_the_past_is_a_bug(void **state)
{
	struct named_event a;
	int status;
	pid_t pid;

	engine_run(engine, 50);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		freopen("/dev/null", "w", stderr);
		named_post(&a, EVENT_HW, 0, "a", 49);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* ---- CPUs ---- */

static void charge_10(struct actor *a)
{
	for (int i = 0; i < 3; i++) {
		note(a->name);
		engine_charge(engine, 10);
	}
}

static void charge_15(struct actor *a)
{
	for (int i = 0; i < 3; i++) {
		note(a->name);
		engine_charge(engine, 15);
	}
}

static void cpus_interleave_by_time(void **state)
{
	actor_start(0, "a", charge_10);
	actor_start(1, "b", charge_15);
	engine_run(engine, 1000);
	/* at 30 both are due: the lower CPU goes first; a's third charge ends at 30, too */
	assert_string_equal(trail, "a@0 b@0 a@10 b@15 a@20 b@30");
}

static void hardware_is_before_cpus(void **state)
{
	struct named_event irq;

	actor_start(0, "a", charge_10);
	named_post(&irq, EVENT_HW, 3, "irq", 10);
	engine_run(engine, 1000);
	assert_string_equal(trail, "a@0 irq@10 a@10 a@20");
}

static void sleep_then_note(struct actor *a)
{
	engine_block(engine, 70);
	note(a->name);
	engine_block(engine, ~0ULL);
	note(a->name);
	engine_block(engine, 500);
	note(a->name);
}

static void wake_cpu_0(struct actor *a)
{
	engine_charge(engine, 100);
	note(a->name);
	engine_wake(&actors[0].cpu);
	engine_wake(&actors[0].cpu);
	engine_charge(engine, 100);
	engine_wake(&actors[0].cpu);
	note(a->name);
}

static void block_ends_by_time_or_wake(void **state)
{
	actor_start(0, "sleeper", sleep_then_note);
	actor_start(1, "waker", wake_cpu_0);
	engine_run(engine, 1000);
	assert_string_equal(trail, "sleeper@70 waker@100 sleeper@100 waker@200 sleeper@200");
	assert_true(actors[0].cpu.blocked);
}

static void wake_of_running_cpu_is_nothing(struct actor *a)
{
	engine_wake(&a->cpu);
	engine_charge(engine, 5);
	note(a->name);
}

static void wake_needs_a_blocked_cpu(void **state)
{
	actor_start(0, "a", wake_of_running_cpu_is_nothing);
	engine_run(engine, 100);
	assert_string_equal(trail, "a@5");
	assert_int_equal(engine->nr, 0);
}

static void event_wakes_cpu(struct event *ev)
{
	note("line");
	engine_wake(&actors[0].cpu);
}

static void events_wake_cpus(void **state)
{
	struct event line;

	actor_start(0, "idle", sleep_then_note);
	event_init(&line, EVENT_HW, 0, event_wakes_cpu);
	engine_post(engine, &line, 30);
	engine_run(engine, 60);
	assert_string_equal(trail, "line@30 idle@30");
}

static void stop_at_25(struct actor *a)
{
	for (;;) {
		engine_charge(engine, 5);
		note(a->name);
		if (engine->now_ns >= 25)
			engine_stop(engine);
		engine_yield(engine);
	}
}

static void stop_ends_the_run(void **state)
{
	actor_start(0, "a", stop_at_25);
	engine_run(engine, 1000);
	assert_string_equal(trail, "a@5 a@10 a@15 a@20 a@25");
}

/* ---- fibers ---- */

static struct fiber other;

static void other_main(void *arg)
{
	struct actor *a = arg;

	for (;;) {
		note("other");
		engine_charge(engine, 7);
		engine_switch_fiber(engine, &other, &a->fiber);
	}
}

static void switch_to_other(struct actor *a)
{
	for (int i = 0; i < 3; i++) {
		note("first");
		engine_charge(engine, 1);
		engine_switch_fiber(engine, &a->fiber, &other);
	}
}

static void cpu_changes_its_fiber(void **state)
{
	actor_start(0, "a", switch_to_other);
	assert_int_equal(fiber_create(&other, other_main, &actors[0]), 0);
	engine_run(engine, 1000);
	assert_string_equal(trail, "first@0 other@1 first@8 other@9 first@16 other@17");
	fiber_destroy(&other);
}

/* Registers and a good part of the stack survive switches. */
static void deep_script(struct actor *a)
{
	volatile char big[64 * 1024];
	u64 sum = 0, want = 0;

	for (u32 i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + a->cpu.id);
	for (int i = 0; i < 20; i++)
		engine_charge(engine, 3 + a->cpu.id);
	for (u32 i = 0; i < sizeof(big); i++) {
		sum += (u8)big[i];
		want += (u8)(i * 7 + a->cpu.id);
	}
	note(sum == want ? "ok" : "broken");
}

static void stacks_are_separate(void **state)
{
	actor_start(0, "a", deep_script);
	actor_start(1, "b", deep_script);
	actor_start(2, "c", deep_script);
	engine_run(engine, 1000);
	assert_string_equal(trail, "ok@60 ok@80 ok@100");
}

static void stacks_are_reused(void **state)
{
	struct fiber a, b;
	void *stack;

	assert_int_equal(fiber_create(&a, actor_main, NULL), 0);
	stack = a.stack;
	fiber_destroy(&a);
	fiber_destroy(&a);
	assert_int_equal(fiber_create(&b, actor_main, NULL), 0);
	assert_ptr_equal(b.stack, stack);
	fiber_destroy(&b);
}

static void look(struct engine *e)
{
	note("look");
	e->look_ns += 10;
}

/* At its own time, before the entries of that time, and at each that passes between two. */
static void looks_come_by_time(void **state)
{
	struct named_event a, b, c;

	named_post(&a, EVENT_HW, 0, "a", 5);
	named_post(&b, EVENT_HW, 0, "b", 25);
	named_post(&c, EVENT_CONTROL, -1, "c", 30);
	engine->look = look;
	engine->look_ns = 10;
	engine_run(engine, 12); /* where a run stops changes nothing */
	engine_run(engine, 31);
	assert_string_equal(trail, "a@5 look@10 look@20 b@25 look@30 c@30");
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(events_are_ordered),
		ENGINE_TEST(many_events_come_sorted),
		ENGINE_TEST(cancel_and_move),
		ENGINE_TEST(run_in_legs),
		ENGINE_TEST(end_excludes_its_time),
		ENGINE_TEST(post_in_the_past_is_a_bug),
		ENGINE_TEST(cpus_interleave_by_time),
		ENGINE_TEST(hardware_is_before_cpus),
		ENGINE_TEST(block_ends_by_time_or_wake),
		ENGINE_TEST(wake_needs_a_blocked_cpu),
		ENGINE_TEST(events_wake_cpus),
		ENGINE_TEST(looks_come_by_time),
		ENGINE_TEST(stop_ends_the_run),
		ENGINE_TEST(cpu_changes_its_fiber),
		ENGINE_TEST(stacks_are_separate),
		ENGINE_TEST(stacks_are_reused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
