// SPDX-License-Identifier: GPL-2.0-only
/*
 * subject.c - what is run, and when it has ended badly: an object under its workload, which the
 * verdict judges; or a scenario, which says itself what must hold, and is judged by that.
 */
#include "explore/explore.h"

#include <stdlib.h>
#include <string.h>

#include "base/text_stream.h"
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"

static void put_found(struct trial_result *to, const char *kind, const char *text)
{
	struct found *f = &to->found[to->nr_found++];

	snprintf(f->kind, sizeof(f->kind), "%s", kind);
	snprintf(f->text, sizeof(f->text), "%s", text);
	finding_key(f, 0, false);
}

/*
 * CPUs that idle beside work are no bug while the one who would give it to them is held: an
 * episode counts that goes on for long after that.
 */
#define IDLE_BESIDE_NS (10 * NSEC_PER_MSEC)

static u64 held_ns(const struct schedule *s)
{
	u64 ns = 0;

	for (u32 i = 0; i < s->nr; i++)
		if (s->at[i].came)
			ns += fault_lasts(s->at[i].fault) ? s->at[i].value : s->at[i].hold_ns;
	return ns;
}

static bool counts(const struct finding *f, const struct schedule *s)
{
	if (f->kind == FINDING_IDLE_BESIDE_WORK)
		return f->duration_ns >= IDLE_BESIDE_NS + 2 * held_ns(s);
	return !finding_is_note(f->kind);
}

/* Of each kind of @kinds, a bit each, the worst one. */
static void judge(struct trial_result *to, const struct schedule *s, u32 kinds)
{
	struct findings f;

	verdict_find(machine->judge, &f);
	for (u32 i = 0; i < f.nr && to->nr_found < FOUND_MAX; i++) {
		const struct finding *at = &f.at[i];

		if (!(kinds & 1u << at->kind) || !counts(at, s) ||
		    (i && f.at[i - 1].kind == at->kind))
			continue;
		put_found(to, finding_kind_name(at->kind), at->text);
		finding_key(&to->found[to->nr_found - 1], at->dsq_id, at->has_dsq);
	}
	findings_finish(&f);
}

/* What is told of a run that did not come to its workload, or that no detector looks at */
static void judge_status(struct trial_result *to)
{
	const char *kind = to->status == KS_LOCKUP  ? "lockup" :
			   to->status == KS_EJECTED ? "ejected" :
			   to->status == KS_LOAD    ? "not_enabled" :
						      "failed";

	if (to->status && !to->nr_found)
		put_found(to, kind, ks_error());
}

/* The same one is the same finding, whatever the values. "assertion 'EXPR' does not ..." */
static void put_assertion(struct trial_result *to, const char *line)
{
	struct found *f = &to->found[to->nr_found];
	const char *quote = strchr(line, '\''), *end = strstr(line, "' does not hold");

	put_found(to, "assertion", quote ? quote : line);
	if (quote && end)
		snprintf(f->key, sizeof(f->key), "assertion %.*s", (int)(end - quote), quote);
}

static void judge_assertions(const struct explorer *x, struct trial_result *to)
{
	if (to->nr_found < FOUND_MAX && ks_machine_asserted(x->km) == KS_FAILED)
		put_assertion(to, ks_error());
}

static int begin(struct explorer *x)
{
	return x->opts.begin ? x->opts.begin(x->opts.arg, x->obj) : KS_OK;
}

/* ---- an object ---- */

static void run_object(struct explorer *x, struct trial_result *to, const struct schedule *s)
{
	int err = begin(x);

	if (!err)
		err = ks_object_attach(x->obj);
	to->status = err ? err : ks_machine_run(x->km, x->opts.duration_ns);
	judge(to, s, ~0u);
	judge_status(to);
	judge_assertions(x, to);
}

/* ---- a scenario ---- */

/* What is not asked for by name: an expectation says all else. */
static u32 kinds_unasked(const struct scn_verdict *want)
{
	const u32 waits = 1u << FINDING_STARVATION | 1u << FINDING_NEVER_RAN |
			  1u << FINDING_IDLE_BESIDE_WORK;

	return want->any || (want->ok_said && !want->ok) ? 0 : waits & ~want->kinds;
}

/* The first expectation that does not hold: the others mostly follow from it. */
static void judge_expectations(const struct ks_scenario *s, struct trial_result *to)
{
	const char *what = s->failed_what;
	char text[FINDING_TEXT];

	if (!s->nr_failures)
		return;
	if (!strcmp(what, "exit") || !strcmp(what, "exit.kind")) {
		put_found(to, "ejected", s->failed_seen);
	} else if (!strcmp(what, "lockup")) {
		put_found(to, "lockup", s->failed_seen);
	} else if (!strcmp(what, "assert")) {
		put_assertion(to, s->failed_seen);
	} else {
		snprintf(text, sizeof(text), "%.60s: expected %.60s, seen %.60s", what,
			 s->failed_wanted, s->failed_seen);
		put_found(to, "expectation", text);
		snprintf(to->found[0].key, sizeof(to->found[0].key), "expectation %.80s", what);
	}
}

static void run_scenario(struct explorer *x, struct trial_result *to, const struct schedule *s)
{
	char *report = NULL;
	size_t len;
	FILE *f = text_stream(&report, &len);

	to->status = begin(x);
	if (!to->status) {
		scn_go(x->scenario, f);
		judge_expectations(x->scenario, to);
		judge(to, s, kinds_unasked(&x->scenario->want.verdict));
	}
	judge_status(to);
	fclose(f);
	free(report);
}

void subject_run(struct explorer *x, struct trial_result *to, const struct schedule *s)
{
	if (x->scenario)
		run_scenario(x, to, s);
	else
		run_object(x, to, s);
}
