// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict.c - which findings a scenario expects. It fails if a task starves; what else is
 * found is asked for by name:
 *
 *	(nothing)				no task starves
 *	"verdict": "any"			whatever is found
 *	"verdict": "ok"				nothing is found but notes
 *	"verdict": {"kinds": ["no_effect"]}	that is found; and no task starves
 *	"verdict": {"ok": false, "kinds": ["starvation"], "starvation": "50ms"}
 */
#include "check/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "kern/machine.h"
#include "scenario/scenario.h"

/* ---- reading ---- */

static int verdict_ok(struct ks_scenario *s, void *to, const json_t *v)
{
	struct scn_verdict *want = &s->want.verdict;

	want->ok_said = true;
	return scn_bool(s, v, &want->ok);
}

static int read_kind(struct ks_scenario *s, const char *name)
{
	enum finding_kind kind = finding_kind_by_name(name);
	struct suggestion near = { .word = name };
	char names[256], said[80];
	size_t n = 0;

	if (kind < NR_FINDING_KINDS) {
		s->want.verdict.kinds |= 1u << kind;
		return 0;
	}
	for (u32 i = 0; i < NR_FINDING_KINDS; i++)
		suggest_try(&near, finding_kind_name(i));
	for (u32 i = 0; i < NR_FINDING_KINDS; i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i ? ", " : "",
				      finding_kind_name(i));
	return scn_fail(s, "the verdict has no kind '%s'; there are: %s%s", name, names,
			suggest_text(&near, said, sizeof(said)));
}

static int verdict_kinds(struct ks_scenario *s, void *to, const json_t *v)
{
	int err =
		json_is_array(v) && json_array_size(v) ?
			0 :
			scn_fail(
				s,
				"'kinds' must be a list of kinds of findings, as [\"starvation\"]");
	const char *name;

	for (size_t i = 0; !err && i < json_array_size(v); i++) {
		name = scn_string(s, json_array_get(v, i));
		err = name ? read_kind(s, name) : -EINVAL;
	}
	return err;
}

static int verdict_starvation(struct ks_scenario *s, void *to, const json_t *v)
{
	u64 ns = 0;
	int err = scn_time(s, v, &ns);

	if (!err && !ns)
		return scn_fail(s, "'starvation' must be more than nothing");
	if (!err)
		verdict_set_starvation(machine->judge, ns);
	return err;
}

static const struct scn_key verdict_keys[] = {
	{ "ok", verdict_ok },
	{ "kinds", verdict_kinds },
	{ "starvation", verdict_starvation },
};

int scn_read_verdict(struct ks_scenario *s, const json_t *v)
{
	struct scn_verdict *want = &s->want.verdict;
	const char *word = json_string_value(v);

	want->at = s->ps.at;
	if (json_is_object(v))
		return scn_read_object(s, v, "'verdict'", verdict_keys, ARRAY_SIZE(verdict_keys),
				       NULL);
	if (word && !strcmp(word, "any")) {
		want->any = true;
		return 0;
	}
	want->ok_said = want->ok = word && !strcmp(word, "ok");
	return want->ok ? 0 :
			  scn_fail(s,
				   "'verdict' must be \"any\", \"ok\" or an object with: ok, "
				   "kinds, starvation");
}

/* ---- checking ---- */

/* the worst findings that harm, or of @kind, as the failure shows them */
static void describe(const struct findings *f, u32 kinds, char *buf, size_t size)
{
	size_t n = 0;

	snprintf(buf, size, "nothing was found");
	for (u32 i = 0; i < f->nr && n < size; i++)
		if (kinds & 1u << f->at[i].kind) {
			snprintf(buf, size, "%s: %s", finding_kind_name(f->at[i].kind),
				 f->at[i].text);
			return;
		}
}

/* why the first that starves waits, if it still does */
static void put_why(struct ks_scenario *s, const struct findings *f)
{
	for (u32 i = 0; i < f->nr; i++)
		if (f->at[i].kind == FINDING_STARVATION) {
			scn_put_why_of(s, f->at[i].pid, "      ", s->report);
			return;
		}
}

static u32 kinds_found(const struct findings *f)
{
	u32 kinds = 0;

	for (u32 i = 0; i < f->nr; i++)
		kinds |= 1u << f->at[i].kind;
	return kinds;
}

static u32 kinds_of_harm(void)
{
	u32 kinds = 0;

	for (u32 kind = 0; kind < NR_FINDING_KINDS; kind++)
		kinds |= finding_is_note(kind) ? 0 : 1u << kind;
	return kinds;
}

static void check_kinds(struct ks_scenario *s, const struct findings *f)
{
	u32 missing = s->want.verdict.kinds & ~kinds_found(f);
	char seen[FINDING_TEXT + 32];

	describe(f, ~0u, seen, sizeof(seen));
	for (u32 kind = 0; kind < NR_FINDING_KINDS; kind++)
		if (missing & 1u << kind)
			scn_failure(s, &s->want.verdict.at, "verdict", finding_kind_name(kind),
				    seen, NULL);
}

/* Does it fail where nothing else is said? */
static bool starves_unasked(const struct scn_verdict *want, const struct findings *f)
{
	return !(want->ok_said && !want->ok) && !(want->kinds & 1u << FINDING_STARVATION) &&
	       kinds_found(f) & 1u << FINDING_STARVATION;
}

/* A stall is what the kernel calls starvation: who expects to be ejected for it expects that. */
static bool stall_expected(const struct ks_scenario *s)
{
	const char *kind = json_string_value(s->want.exit_kind);

	return kind && !strcmp(kind, "error_stall");
}

void scn_check_verdict(struct ks_scenario *s)
{
	const struct scn_verdict *want = &s->want.verdict;
	struct findings f;
	char seen[FINDING_TEXT + 32];

	if (want->any || !s->begun)
		return;
	verdict_find(machine->judge, &f);
	check_kinds(s, &f);
	if (s->explored) {
		findings_finish(&f);
		return;
	}
	if (want->ok_said && want->ok != f.ok) {
		describe(&f, kinds_of_harm(), seen, sizeof(seen));
		scn_failure(s, &want->at, "verdict", want->ok ? "ok" : "not ok", seen, NULL);
	} else if (starves_unasked(want, &f) && !stall_expected(s)) {
		describe(&f, 1u << FINDING_STARVATION, seen, sizeof(seen));
		scn_failure(s, want->at.name[0] ? &want->at : NULL, "verdict", "no task starves",
			    seen, NULL);
		put_why(s, &f);
	}
	findings_finish(&f);
}
