// SPDX-License-Identifier: GPL-2.0-only
/*
 * expect.c - what must hold when the run is over, and what is printed when
 * it does not: YAML, as TAP's diagnostic blocks have it.
 *
 * Nobody need say that the scheduler is not to be ejected and the machine not to
 * lock up: that holds unless "exit" or "lockup" say otherwise. Nor that no task starves,
 * unless "verdict" does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "api/figures.h"
#include "scenario/scenario.h"
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"

/* ---- reading ---- */

#define EXIT_KINDS_END 2048 /* enum scx_exit_kind has none beyond */

static bool is_exit_kind(const char *name)
{
	if (strpbrk(name, "*/<>=!0123456789") || !strcmp(name, "lockup") ||
	    !strcmp(name, "guest_fault"))
		return true;
	for (int kind = 0; kind < EXIT_KINDS_END; kind++)
		if (!strcmp(figures_exit_kind(kind), name))
			return true;
	return false;
}

static int exit_kind(struct ks_scenario *s, void *to, const json_t *v)
{
	s->want.exit_kind = v;
	if (json_is_string(v) ? is_exit_kind(json_string_value(v)) : json_is_integer(v))
		return scn_check_regex(s, v);
	return scn_fail(s,
			"'kind' must be a name (none, done, unreg, unreg_bpf, unreg_kern, sysrq, "
			"error, error_bpf, error_stall, lockup, guest_fault...) or a number");
}

static int exit_member(struct ks_scenario *s, void *to, const json_t *v)
{
	struct scn_row *r = scn_alloc(s, sizeof(*r));

	r->at = s->ps.at;
	snprintf(r->path, sizeof(r->path), "exit.%.32s", s->ps.at.name);
	r->want = v;
	r->next = s->want.exit_rows;
	s->want.exit_rows = r;
	return json_is_string(v) || json_is_integer(v) ?
		       scn_check_regex(s, v) :
		       scn_fail(s, "'%s' must be a string or a number", s->ps.at.name);
}

static const struct scn_key exit_keys[] = {
	{ "kind", exit_kind },	{ "code", exit_member },  { "reason", exit_member },
	{ "msg", exit_member }, { "at_ns", exit_member },
};

static int expect_exit(struct ks_scenario *s, const json_t *v)
{
	s->want.exit_said = true;
	s->want.exit_at = s->ps.at;
	if (json_is_string(v))
		return exit_kind(s, NULL, v);
	return scn_read_object(s, v, "'exit'", exit_keys, ARRAY_SIZE(exit_keys), NULL);
}

/* Only a name's first part can be checked now: elements of maps come and go. */
static int expect_values(struct ks_scenario *s, const json_t *v)
{
	struct scn_row **rows = &s->want.values, *r;
	struct typed_spot spot;
	struct variable var;
	const char *rest;
	char name[256];
	json_t *probe;
	int err;

	while (*rows)
		rows = &(*rows)->next;
	err = scn_read_rows(s, v, "'map'", rows);
	for (r = *rows; r && !err; r = r->next) {
		s->ps.at = r->at;
		if (scn_check_regex(s, r->want))
			return -EINVAL;
		if (!s->obj)
			return scn_fail(s, "'%s': the scenario has no object", r->path);
		if (scn_global(s, r->path, &var, &spot, &rest)) {
			probe = scn_object_value(s, r->path);
			err = probe ? 0 : -EINVAL;
			json_decref(probe);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(r->path, "["), r->path);
		if (!scn_find_map(s, name))
			return scn_fail(s, "%s has no global variable and no map '%s'",
					s->obj->name, name);
	}
	return err;
}

static int expect_lockup(struct ks_scenario *s, const json_t *v)
{
	s->want.lockup_at = s->ps.at;
	return scn_bool(s, v, &s->want.lockup);
}

static int expect_load(struct ks_scenario *s, const json_t *v)
{
	s->want.load = v;
	s->want.load_at = s->ps.at;
	return json_is_string(v) ? scn_check_regex(s, v) :
				   scn_fail(s,
					    "'load' must be what the message of the failed "
					    "load is, or a /pattern/");
}

static int expect_figure(struct ks_scenario *s, const json_t *v)
{
	struct scn_row *r = scn_alloc(s, sizeof(*r)), **end = &s->want.figures;

	r->at = s->ps.at;
	r->want = v;
	snprintf(r->path, sizeof(r->path), "%s", r->at.name);
	while (*end)
		end = &(*end)->next;
	*end = r;
	if (!scn_is_figure(r->path))
		return scn_fail(
			s,
			"unknown key '%s' in 'expect'; allowed: exit, lockup, load, map, "
			"events, verdict, comment, and figures: switches, duration_ns, kicks.*, "
			"ops.*, tasks.COMM.*, groups.NAME.*, per_cpu[N].*, events.*, max(tasks.*.FIGURE)",
			r->path);
	if (scn_check_figure(s, r->path))
		return -EINVAL;
	if (scn_figure_is_word(r->path))
		return scn_check_regex(s, v);
	return scn_check_number(s, v) ? -EINVAL : scn_check_unit(s, v);
}

static int expect_member(struct ks_scenario *s, const json_t *v)
{
	const char *name = s->ps.at.name;

	if (!strcmp(name, "exit"))
		return expect_exit(s, v);
	if (!strcmp(name, "map") || !strcmp(name, "vars"))
		return expect_values(s, v);
	if (!strcmp(name, "events"))
		return scn_read_events(s, v);
	if (!strcmp(name, "lockup"))
		return expect_lockup(s, v);
	if (!strcmp(name, "verdict"))
		return scn_read_verdict(s, v);
	if (!strcmp(name, "load"))
		return expect_load(s, v);
	return strcmp(name, "comment") ? expect_figure(s, v) : 0;
}

int scn_read_expect(struct ks_scenario *s, const json_t *v)
{
	const char *key;
	json_t *want;
	int err;

	if (!v)
		return 0;
	if (!json_is_object(v))
		return scn_fail(s, "'expect' must be an object");
	json_object_foreach((json_t *)v, key, want) {
		jtext_key(key, &s->ps.at);
		err = expect_member(s, want);
		if (err)
			return err;
	}
	return 0;
}

/* ---- failures ---- */

/* A YAML scalar in single quotes, on one line. */
static void yaml_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "    %s: '", key);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
	fputs("'\n", out);
}

void scn_failure_begin(struct ks_scenario *s, const struct jkey *at, const char *what,
		       const char *expected, const char *seen)
{
	if (!s->nr_failures++) {
		snprintf(s->failed_what, sizeof(s->failed_what), "%s", what);
		snprintf(s->failed_wanted, sizeof(s->failed_wanted), "%s", expected);
		snprintf(s->failed_seen, sizeof(s->failed_seen), "%s", seen);
	}
	if (at && at->line)
		fprintf(s->report, "  - at: %s:%u:%u\n", s->path, at->line, at->col);
	else
		fprintf(s->report, "  - at: %s\n", s->path);
	yaml_text(s->report, "what", what);
	yaml_text(s->report, "expected", expected);
	yaml_text(s->report, "seen", seen);
}

void scn_failure(struct ks_scenario *s, const struct jkey *at, const char *what,
		 const char *expected, const char *seen, const char *about)
{
	scn_failure_begin(s, at, what, expected, seen);
	if (!about || !s->rec.nr)
		return;
	fputs("    events: |\n", s->report);
	scn_record_about(s, about, "      ", s->report);
	scn_put_why(s, about, "      ", s->report);
}

/* ---- checking ---- */

static char *text_of(const json_t *v)
{
	json_t *plain = v ? scn_plain(v) : NULL;
	char *text = plain ? json_dumps(plain, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");

	json_decref(plain);
	return text;
}

static void check_value(struct ks_scenario *s, const struct scn_row *r, const json_t *seen,
			const char *why)
{
	struct scn_misfit bad;
	char *want, *have, *told = NULL;

	if (scn_holds(r, seen, &bad))
		return;
	want = text_of(r->want);
	have = bad.seen ? text_of(bad.seen) : strdup(why);
	if (bad.path && asprintf(&told, "%s (%s; %u of %u that fit do not hold)", have, bad.path,
				 bad.nr_bad, bad.nr) < 0)
		told = NULL;
	scn_failure(s, &r->at, r->path, want ? want : "?",
		    told ? told :
		    have ? have :
			   "?",
		    bad.path ? bad.path : r->path);
	free(want);
	free(have);
	free(told);
}

static void check_rows(struct ks_scenario *s, const struct scn_row *r, json_t *summary,
		       bool figures)
{
	json_t *seen;

	for (; r; r = r->next) {
		s->ps.at = (struct jkey){ 0 };
		s->err[0] = '\0';
		seen = figures ? scn_lookup(s, summary, r->path) : scn_object_value(s, r->path);
		check_value(s, r, seen, s->err);
		json_decref(seen);
	}
}

static int exit_number(void)
{
	return scx.last_exit.valid ? scx.last_exit.kind : 0;
}

/* by name as the summary has it, or by number as the kernel has it */
static void check_exit_kind(struct ks_scenario *s, json_t *summary)
{
	const json_t *want = s->want.exit_kind;
	json_t *seen = scn_lookup(s, summary, "exit.kind");
	json_t *msg = scn_lookup(s, summary, "exit.msg");
	char text[1400], *expected;

	if (!want || !seen ||
	    (json_is_integer(want) ? json_integer_value(want) == exit_number() :
				     scn_match(want, seen)))
		goto out;
	expected = text_of(want);
	snprintf(text, sizeof(text), "%s (%d): %s", json_string_value(seen), exit_number(),
		 msg ? json_string_value(msg) : "");
	scn_failure(s, &s->want.exit_at, "exit.kind", expected, text, "exit.kind");
	free(expected);
out:
	json_decref(seen);
	json_decref(msg);
}

static void check_exit(struct ks_scenario *s, json_t *summary)
{
	if (s->want.exit_said) {
		check_exit_kind(s, summary);
		check_rows(s, s->want.exit_rows, summary, true);
		return;
	}
	if (machine->guest_fault[0])
		scn_failure(s, NULL, "exit", "the run reaches its end", machine->guest_fault,
			    "exit.kind");
	else if (exit_number() >= SCX_EXIT_ERROR && !s->want.lockup)
		scn_failure(s, NULL, "exit", "the scheduler is not ejected", scx.last_exit.msg,
			    "exit.kind");
}

/* does an expectation speak of that one's end? */
static bool sub_exit_is_said(const struct ks_scenario *s, u32 i)
{
	char exit[32], state[32];

	snprintf(exit, sizeof(exit), "subs[%u].exit", i);
	snprintf(state, sizeof(state), "subs[%u].state", i);
	for (const struct scn_row *r = s->want.figures; r; r = r->next)
		if (has_prefix(r->path, exit) || !strcmp(r->path, state))
			return true;
	return false;
}

static void check_subs(struct ks_scenario *s)
{
	char what[64];

	for (u32 i = 0; i < scx.nr_sub_records; i++) {
		const struct scx_sub_record *r = &scx.subs[i];

		if (r->sch || r->kind < SCX_EXIT_ERROR || sub_exit_is_said(s, i))
			continue;
		snprintf(what, sizeof(what), "subs[%u].exit", i);
		scn_failure(s, NULL, what, "the sub-scheduler is not ejected", r->msg, NULL);
	}
}

static void check_assertions(struct ks_scenario *s)
{
	if (ks_machine_asserted(s->km))
		scn_failure(s, &s->assertions_at, "assert", "it holds whenever no program runs",
			    ks_error(), NULL);
}

static void check_lockup(struct ks_scenario *s)
{
	bool locked = machine->lockup;

	if (locked != s->want.lockup && !(locked && s->want.exit_said && s->want.exit_kind))
		scn_failure(s, &s->want.lockup_at, "lockup", s->want.lockup ? "true" : "false",
			    locked ? machine->lockup->text : "false", "lockup");
}

static void check_actions(struct ks_scenario *s)
{
	const struct scn_action *a;
	char want[64], seen[128], what[64];

	for (u32 i = 0; i < s->nr_actions; i++) {
		a = s->actions[i];
		if (a->skipped || a->any_result)
			continue;
		snprintf(what, sizeof(what), "action %u, %s", i, a->verb->name);
		if (!a->done) {
			snprintf(seen, sizeof(seen),
				 a->begun ? "it did not come to its end" :
					    "drv/%d did not come to it",
				 a->cpu);
			if (!machine->lockup && !machine->guest_fault[0])
				scn_failure(s, &a->at, what, "it is done", seen, "time");
		} else if (a->result != a->want_result) {
			snprintf(want, sizeof(want), "%lld", a->want_result);
			snprintf(seen, sizeof(seen), "%lld (%s)", a->result,
				 strerror(a->result < 0 ? -a->result : 0));
			scn_failure(s, &a->at, what, want, seen, NULL);
		} else if (a->want_retval && a->retval != (u32)a->number) {
			snprintf(want, sizeof(want), "retval %lld", a->number);
			snprintf(seen, sizeof(seen), "retval %u", a->retval);
			scn_failure(s, &a->at, what, want, seen, NULL);
		}
	}
}

void scn_check_expect(struct ks_scenario *s)
{
	json_t *summary = scn_summary(s);

	if (!summary) {
		scn_failure(s, NULL, "summary", "it can be made", ks_error(), NULL);
		return;
	}
	check_exit(s, summary);
	check_subs(s);
	check_lockup(s);
	check_assertions(s);
	check_actions(s);
	if (s->task_error[0])
		scn_failure(s, NULL, "run_prog of a task", "it is run", s->task_error, NULL);
	check_rows(s, s->want.figures, summary, true);
	check_rows(s, s->want.values, summary, false);
	scn_check_verdict(s);
	scn_check_events(s);
	json_decref(summary);
}
