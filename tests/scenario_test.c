// SPDX-License-Identifier: GPL-2.0-only
/*
 * scenario_test.c - scenario files: what matches what, which figures there are, heads
 * of files, and runs without an object. tests/scenarios.sh has the rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "scenario/scenario.h"

static char path[] = "/tmp/kickstand-scenario-XXXXXX";

static json_t *json(const char *text)
{
	char *copy = strdup(text);
	json_t *v;

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	v = json_loads(copy, JSON_DECODE_ANY, NULL);
	free(copy);
	assert_non_null(v);
	return v;
}

/* ---- matching ---- */

static bool matches(const char *want, const char *seen)
{
	json_t *w = json(want), *s = json(seen);
	bool is = scn_match(w, s);

	json_decref(w);
	json_decref(s);
	return is;
}

static void numbers_match(void **state)
{
	static const struct {
		const char *want, *seen;
		bool is;
	} rows[] = {
		{ "3", "3", true },	 { "3", "4", false },	   { "3", "'3'", false },
		{ "'3'", "3", true },	 { "'0x10'", "16", true }, { "'>=2'", "2", true },
		{ "'>=2'", "1", false }, { "'> 2'", "3", true },   { "'<-1'", "-2", true },
		{ "'==4'", "4", true },	 { "'!=4'", "4", false },  { "'3..5'", "3", true },
		{ "'3..5'", "5", true }, { "'3..5'", "6", false }, { "'-2..-1'", "-1", true },
		{ "'*'", "7", true },	 { "'=4'", "4", false },   { "'3..'", "3", false },
		{ "true", "1", true },	 { "true", "true", true }, { "1", "true", true },
		{ "false", "1", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (matches(rows[i].want, rows[i].seen) != rows[i].is)
			fail_msg("%s and %s", rows[i].want, rows[i].seen);
}

/* what jansson's integers cannot hold is a string of digits on both sides */
static void large_numbers_match(void **state)
{
	assert_true(matches("'18446744073709551615'", "'18446744073709551615'"));
	assert_true(matches("'0xffffffffffffffff'", "'18446744073709551615'"));
	assert_false(matches("'0xfffffffffffffffe'", "'18446744073709551615'"));
}

static void texts_match(void **state)
{
	assert_true(matches("'abc'", "'abc'"));
	assert_false(matches("'ab'", "'abc'"));
	assert_true(matches("'/^a.c$/'", "'abc'"));
	assert_false(matches("'/^b/'", "'abc'"));
	assert_false(matches("'/(/'", "'('"));
	assert_true(matches("'*'", "''"));
	assert_false(matches("'abc'", "3"));
}

static void structures_match(void **state)
{
	assert_true(matches("{'a': 1}", "{'a': 1, 'b': 2}"));
	assert_false(matches("{'a': 1, 'c': 2}", "{'a': 1, 'b': 2}"));
	assert_true(matches("{'a': {'b': '>1'}}", "{'a': {'b': 2}}"));
	assert_true(matches("{'c': null}", "{'a': 1}"));
	assert_true(matches("[1, '>1']", "[1, 2]"));
	assert_false(matches("[1]", "[1, 2]"));
	assert_false(matches("[1]", "1"));
}

static void figures_are_known(void **state)
{
	static const char *const figures[] = {
		"switches",	 "duration_ns",	       "kicks.idle",	  "ops.enqueue",
		"tasks.a.b.pid", "per_cpu[0].busy_ns", "events.SCX_EV_X", "exit.kind",
	};
	static const char *const others[] = { "kicks", "switch", "state.pid", "per_cpu",
					      "taskss.a" };

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		assert_true(scn_is_figure(figures[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(scn_is_figure(others[i]));
}

/* ---- files ---- */

static int open_text(const char *text, struct ks_scenario **s)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (; *text; text++)
		fputc(*text == '\'' ? '"' : *text, f);
	fclose(f);
	return ks_scenario_open(path, NULL, s);
}

static void refused(const char *text, const char *why)
{
	struct ks_scenario *s;

	assert_int_equal(open_text(text, &s), KS_USAGE);
	if (!strstr(ks_error(), why))
		fail_msg("'%s' is not in: %s", why, ks_error());
}

static void heads_are_read(void **state)
{
	struct ks_scenario *s;

	assert_int_equal(open_text("{'name': 'x', 'kernel': ['7.3', '6.12'], /* y */ 'seed': 3,}",
				   &s),
			 KS_OK);
	assert_string_equal(ks_scenario_name(s), "x");
	assert_string_equal(ks_scenario_kernel(s, 0), "7.3");
	assert_string_equal(ks_scenario_kernel(s, 1), "6.12");
	assert_null(ks_scenario_kernel(s, 2));
	ks_scenario_close(s);
}

static void heads_are_refused(void **state)
{
	refused("{'name': 'x',\n 'nome': 1}",
		":2:2: unknown key 'nome' in a scenario; allowed: name,");
	refused("{'name': 'a\\nb'}", "'name' must be one line");
	refused("{'kernel': []}", "'kernel' must be a version or a list");
	refused("{'kernel': '6.11'}", "there is no kernel '6.11', but: ");
	refused("{'duration': '0s'}", "'duration' must be above 0");
	refused("{'duration': '1m'}", "must be a duration like");
	refused("{'partial': 1}", "'partial' must be true or false");
	refused("{'object': {'5.0': 'x'}}", "'5.0' is no kernel of this scenario");
	refused("{'kernel': ['6.12', '7.3'], 'object': {'7.3': 'x'}}", "no object for kernel 6.12");
	refused("{'name': ", ":1:");
}

/* ---- runs without an object ---- */

static int run_text(const char *text, char **report)
{
	struct ks_scenario *s;
	size_t n = 0;
	FILE *f;
	int status;

	assert_int_equal(open_text(text, &s), KS_OK);
	*report = NULL;
	f = open_memstream(report, &n);
	status = ks_scenario_run(s, 0, f);
	fclose(f);
	ks_scenario_close(s);
	return status;
}

static void runs(const char *text)
{
	char *report;
	int status = run_text(text, &report);

	if (status)
		fail_msg("status %d: %s %s", status, report, ks_error());
	free(report);
}

#define HEAD "{'cpus': 2, 'duration': '10ms', "

static void tasks_take_orders(void **state)
{
	runs(HEAD
	     "'tasks': [{'comm': 'a', 'cpus': [1], 'phases': [{'run': 'forever'}]}],"
	     "'at': [{'time': '1ms', 'task': 'a', 'do': [{'mark': true, 'sleep': '1ms'}]},"
	     "       {'time': '1500us', 'emit': ['tasks.a.state'], 'if': {'tasks.a.state': 'sleeping'}},"
	     "       {'time': '1600us', 'task': 'a', 'kill': true, 'if': {'tasks.a.state': 'running'}},"
	     "       {'time': '3ms', 'task': 'a', 'do': [{'mark': true}]}],"
	     "'expect': {'tasks.a.marks': 2, 'tasks.a.state': 'running',"
	     "           'tasks.a.runtime_ns': '8900000..9100000'}}");
}

static void orders_nest_and_runs_go_on(void **state)
{
	runs(HEAD
	     "'tasks': [{'comm': 'a', 'cpus': [1], 'loop': 1,"
	     "                'phases': [{'run': '3ms'}, {'mark': true}, {'suspend': true}]}],"
	     "'at': [{'time': '1ms', 'task': 'a', 'do': [{'run': '1ms', 'mark': true}]},"
	     "       {'time': '1500us', 'task': 'a', 'do': [{'mark': true}]},"
	     "       {'time': '3500us', 'task': 'a', 'do': [{'mark': true}], 'if': {'tasks.a.marks': 2}},"
	     "       {'time': '5ms', 'task': 'a', 'do': [{'mark': true}]},"
	     "       {'time': '6ms', 'task': 'a', 'nice': 3, 'if': {'tasks.a.marks': 4}},"
	     "       {'time': '7ms', 'task': 'a', 'do': [{'mark': true}], 'wake': true}],"
	     "'expect': {'tasks.a.marks': 6, 'tasks.a.nice': 3, 'tasks.a.state': 'sleeping'}}");
}

static void tasks_are_replaced(void **state)
{
	runs(HEAD
	     "'tasks': [{'comm': 'a', 'cpus': [1], 'phases': [{'suspend': true}]}],"
	     "'at': [{'time': '1ms', 'task': 'a', 'phases': [{'run': 'forever'}]},"
	     "       {'time': '3ms', 'task': 'a', 'phases': [{'mark': true, 'run': '1ms'}], 'loop': 2},"
	     "       {'time': '8ms', 'wake': 'a', 'result': 'ESRCH'}],"
	     "'expect': {'events': [{'event': 'task_exit', 'task': 'a'}],"
	     "           'tasks.a.runtime_ns': '3900000..4100000'}}");
}

static void assertions_need_an_object(void **state)
{
	char *report;

	assert_int_equal(run_text(HEAD "'assert': 'nr < 1'}", &report), KS_USAGE);
	assert_non_null(
		strstr(ks_error(), "'assert' is of globals, and the scenario has no object"));
	free(report);
}

static void runs_repeat(void **state)
{
	const char *text = HEAD "'workload': 'mixed', 'expect': {'switches': 0}}";
	char *one, *two;

	assert_int_equal(run_text(text, &one), KS_FAILED);
	assert_int_equal(run_text(text, &two), KS_FAILED);
	assert_string_equal(one, two);
	free(one);
	free(two);
}

static int make_path(void **state)
{
	return close(mkstemp(path));
}

static int remove_path(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_match),
		cmocka_unit_test(large_numbers_match),
		cmocka_unit_test(texts_match),
		cmocka_unit_test(structures_match),
		cmocka_unit_test(figures_are_known),
		cmocka_unit_test(heads_are_read),
		cmocka_unit_test(heads_are_refused),
		cmocka_unit_test(tasks_take_orders),
		cmocka_unit_test(orders_nest_and_runs_go_on),
		cmocka_unit_test(tasks_are_replaced),
		cmocka_unit_test(assertions_need_an_object),
		cmocka_unit_test(runs_repeat),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
