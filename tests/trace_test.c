// SPDX-License-Identifier: GPL-2.0-only
/* trace_test.c - the event stream's hub, its hash, and the text sink's lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <errno.h>
#include <cmocka.h>

#include "trace/out.h"
#include "trace/pb.h"
#include "trace/text.h"
#include "trace/value.h"
#include "trace/words.h"

static u64 now;
static s32 cpu, pid;
static char dir[] = "/tmp/kickstand-trace-XXXXXX";

static u64 get_now(void)
{
	return now;
}

static s32 get_cpu(void)
{
	return cpu;
}

static s32 get_pid(void)
{
	return pid;
}

static int setup(void **state)
{
	now = 4000250;
	cpu = 3;
	pid = 12;
	trace_state.now = get_now;
	trace_state.cpu = get_cpu;
	trace_state.pid = get_pid;
	return 0;
}

static void emit_some(void)
{
	u64 comm[2] = {};

	memcpy(comm, "spin", 4);
	TRACE(task_new, 12, 1, comm[0], comm[1], 7);
	TRACE(kick, 1, 5, 3, 1, 40, 17);
	TRACE(insert, 12, 1ULL << 63 | 1, 0x10, 20000000, 0, 1);
	TRACE(insert, 13, 3ULL << 62 | 6, 0, 0, 0, 1);
	TRACE(sched_switch, 12, 1, 0, 1, 0);
	cpu = -1;
	pid = -1;
	now = 1500000000;
	TRACE(tick);
}

/* ---- hub ---- */

struct count_sink {
	struct trace_sink sink;
	u32 nr;
	struct trace_record last;
};

static void count_record(struct trace_sink *s, const struct trace_record *r)
{
	struct count_sink *c = container_of(s, struct count_sink, sink);

	c->nr++;
	c->last = *r;
}

static void off_until_somebody_listens(void **state)
{
	struct count_sink c = { .sink.record = count_record };
	struct trace t;

	assert_false(trace_state.on);
	trace_start(&t, false);
	assert_false(trace_state.on);
	TRACE(tick);
	trace_add_sink(&t, &c.sink);
	assert_true(trace_state.on);
	TRACE(consume, 1, 2, 3);
	assert_int_equal(c.nr, 1);
	assert_int_equal(t.nr, 1);
	assert_int_equal(c.last.id, EV_consume);
	assert_int_equal(c.last.cpu, 3);
	assert_int_equal(c.last.pid, 12);
	assert_int_equal(c.last.arg[2], 3);
	assert_int_equal(c.last.arg[3], 0);
	trace_stop(&t);
	assert_false(trace_state.on);
	TRACE(tick);
	assert_int_equal(c.nr, 1);
}

static u64 hash_of(u64 time, s32 on_cpu, u64 arg, bool swap)
{
	struct trace t;

	now = time;
	cpu = on_cpu;
	trace_start(&t, true);
	if (swap)
		TRACE(idle_exit);
	TRACE(kick, arg);
	if (!swap)
		TRACE(idle_exit);
	trace_stop(&t);
	return t.hash;
}

static void hash_sees_every_difference(void **state)
{
	u64 h = hash_of(1, 2, 3, false);

	assert_int_equal(h, hash_of(1, 2, 3, false));
	assert_int_not_equal(h, hash_of(2, 2, 3, false));
	assert_int_not_equal(h, hash_of(1, 3, 3, false));
	assert_int_not_equal(h, hash_of(1, 2, 4, false));
	assert_int_not_equal(h, hash_of(1, 2, 3, true));
}

static void sinks_do_not_change_the_hash(void **state)
{
	struct count_sink c = { .sink.record = count_record };
	struct trace a, b;

	trace_start(&a, true);
	emit_some();
	trace_stop(&a);
	setup(state);
	trace_start(&b, true);
	trace_add_sink(&b, &c.sink);
	emit_some();
	trace_stop(&b);
	assert_int_equal(a.hash, b.hash);
	assert_int_equal(c.nr, 6);
}

static void catalogue(void **state)
{
	assert_string_equal(trace_event_name(EV_kick), "kick");
	assert_string_equal(trace_event_fields(EV_consume), "task:task dsq:dsq cpu:cpu");
	assert_string_equal(trace_event_fields(EV_consume), "task:task dsq:dsq cpu:cpu");
	assert_string_equal(trace_event_fields(EV_tick), "");
	assert_null(trace_event_name(NR_TRACE_EVENTS));
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		assert_null(trace_event_field(id, TRACE_ARGS_MAX));
}

/* ---- text ---- */

static void read_back(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}

static void write_text(const struct text_options *options, bool commit)
{
	struct trace_sink *s;
	struct trace t;

	assert_int_equal(trace_text_create("t.txt", options, &s), 0);
	trace_start(&t, false);
	trace_add_sink(&t, s);
	emit_some();
	trace_stop(&t);
	assert_int_equal(access("t.txt", F_OK), -1);
	assert_int_equal(trace_sink_close(s, commit), 0);
}

static void text_lines(void **state)
{
	char text[2048];

	write_text(NULL, true);
	read_back("t.txt", text, sizeof(text));
	assert_string_equal(
		text,
		"            spin-12      [003] .....     0.004000250: task_new: task=spin-12 parent=<...>-1 comm=spin policy=7\n"
		"            spin-12      [003] .....     0.004000250: kick: n=1 cpu=5 flags=IDLE|PREEMPT op=enqueue prog=40 insn=17\n"
		"            spin-12      [003] .....     0.004000250: insert: task=spin-12 dsq=GLOBAL enq_flags=0x10 slice=20000000 vtime=0 nr=1\n"
		"            spin-12      [003] .....     0.004000250: insert: task=<...>-13 dsq=LOCAL_ON|6 enq_flags=0x0 slice=0 vtime=0 nr=1\n"
		"            spin-12      [003] .....     0.004000250: sched_switch: prev_comm=spin prev_pid=12 prev_prio=120 prev_state=S ==> next_comm=swapper/3 next_pid=0 next_prio=120 \t prev=spin-12 prev_state=S next=<idle>-0 prev_class=ext next_class=idle\n"
		"           <...>-0       [---] .....     1.500000000: tick:\n");
	unlink("t.txt");
}

static void text_in_microseconds(void **state)
{
	const struct text_options options = { .usec = true };
	char text[2048];

	write_text(&options, true);
	read_back("t.txt", text, sizeof(text));
	assert_non_null(strstr(text, " 0.004000: kick:"));
	unlink("t.txt");
}

static void nothing_half_written(void **state)
{
	write_text(NULL, false);
	assert_int_equal(access("t.txt", F_OK), -1);
	assert_int_equal(rmdir("."), -1);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0); /* empty: no temporary file either */
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(chdir(dir), 0);
}

static void unwritable_is_an_error(void **state)
{
	struct trace_sink *s = NULL;

	assert_int_equal(trace_text_create("no/such/t.txt", NULL, &s), -ENOENT);
	assert_null(s);
	assert_int_equal(trace_sink_close(NULL, true), 0);
}

static void full_device_is_an_error(void **state)
{
	struct trace_sink *s;
	struct trace t;

	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(trace_text_create("/dev/full", NULL, &s), 0);
	trace_start(&t, false);
	trace_add_sink(&t, s);
	emit_some();
	trace_stop(&t);
	assert_int_equal(trace_sink_close(s, true), -ENOSPC);
	assert_int_equal(access("/dev/full", F_OK), 0);
}

/* ---- protobuf ---- */

static void pb_bytes(void **state)
{
	static const u8 want[] = { 0x0a, 0x03, 0x40, 0xe8, 0x07 };
	struct pb pb = { 0 };
	size_t at = pb_begin(&pb, 1);

	pb_uint(&pb, 8, 1000);
	pb_end(&pb, at);
	assert_int_equal(pb.len, sizeof(want));
	assert_memory_equal(pb.data, want, sizeof(want));
	pb_finish(&pb);
}

/* A message of 300 bytes needs two bytes for its length, and moves for it. */
static void pb_long_message(void **state)
{
	static const u8 head[] = { 0x0a, 0xac, 0x02, 0x12, 0xa9, 0x02, 'x' };
	char text[298];
	struct pb pb = { 0 };
	size_t at = pb_begin(&pb, 1);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pb_string(&pb, 2, text);
	pb_end(&pb, at);
	assert_false(pb.failed);
	assert_int_equal(pb.len, 3 + 3 + 297);
	assert_memory_equal(pb.data, head, sizeof(head));
	assert_int_equal(pb.data[pb.len - 1], 'x');
	pb_finish(&pb);
}

static int group_setup(void **state)
{
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int group_teardown(void **state)
{
	return chdir("/") || rmdir(dir);
}

static u32 nr_big;
static u64 big_bytes;

static void count_big(const char *path, u64 bytes)
{
	assert_string_equal(path, "t.txt");
	nr_big++;
	big_bytes = bytes;
}

/* Once, when it is more than so much. */
static void big_traces_are_told(void **state)
{
	struct trace t = {};
	struct trace_sink *s;

	trace_state.big = count_big;
	trace_state.big_bytes = 300;
	nr_big = 0;
	assert_int_equal(trace_text_create("t.txt", NULL, &s), 0);
	trace_start(&t, false);
	trace_add_sink(&t, s);
	emit_some();
	assert_int_equal(nr_big, 1);
	assert_true(big_bytes > 300 && big_bytes < 600);
	for (u32 i = 0; i < 10; i++)
		emit_some();
	assert_int_equal(nr_big, 1);
	trace_stop(&t);
	assert_int_equal(trace_sink_close(s, false), 0);
	trace_state.big = NULL;
	trace_state.big_bytes = 1ULL << 30;
}

/* ---- words ---- */

/* What a trace prints a scenario may name, and the reader takes back. */
static void prints(enum trace_field_type type, u64 v)
{
	char text[TRACE_VALUE_MAX];

	trace_value_text(text, NULL, type, v);
	if (!trace_value_prints(type, text))
		fail_msg("type %d: '%s' is printed and not known", type, text);
}

static void words_are_known(void **state)
{
	static const u64 dsqs[] = { 0,
				    100,
				    1ULL << 62,
				    ~0ULL >> 1,
				    DSQ_BUILTIN,
				    DSQ_GLOBAL,
				    DSQ_LOCAL,
				    DSQ_BYPASS,
				    DSQ_LOCAL_ON_CPU(0),
				    DSQ_LOCAL_ON_CPU(8191),
				    DSQ_BUILTIN | 77 };
	static const struct {
		enum trace_field_type type;
		u32 nr;
	} named[] = {
		{ FIELD_op, OP_none },
		{ FIELD_class, NR_TRACE_CLASSES },
		{ FIELD_verdict, NR_TRACE_VERDICTS },
		{ FIELD_vector, NR_TRACE_VECTORS },
	};
	u64 back;

	for (u32 i = 0; i < ARRAY_SIZE(named); i++)
		for (u64 v = 0; v < named[i].nr; v++) {
			prints(named[i].type, v);
			assert_true(trace_word_number(named[i].type, trace_word(named[i].type, v),
						      &back));
			assert_int_equal(back, v);
		}
	for (u64 flags = 0; flags < 32; flags++)
		prints(FIELD_kick, flags);
	for (u32 bit = 0; bit < 12; bit++)
		prints(FIELD_state, 1ULL << bit);
	prints(FIELD_state, 0x402);
	for (u32 i = 0; i < ARRAY_SIZE(dsqs); i++)
		prints(FIELD_dsq, dsqs[i]);
	assert_false(trace_value_prints(FIELD_verdict, "perhaps"));
	assert_false(trace_value_prints(FIELD_vector, "doorbell"));
	assert_false(trace_value_prints(FIELD_kick, "HARD"));
	assert_false(trace_value_prints(FIELD_dsq, "LOCAL_ON|x"));
}

#define TRACE_TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_known),
		TRACE_TEST(big_traces_are_told),
		TRACE_TEST(off_until_somebody_listens),
		TRACE_TEST(hash_sees_every_difference),
		TRACE_TEST(sinks_do_not_change_the_hash),
		TRACE_TEST(catalogue),
		TRACE_TEST(text_lines),
		TRACE_TEST(text_in_microseconds),
		TRACE_TEST(nothing_half_written),
		TRACE_TEST(unwritable_is_an_error),
		TRACE_TEST(full_device_is_an_error),
		TRACE_TEST(pb_bytes),
		TRACE_TEST(pb_long_message),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
