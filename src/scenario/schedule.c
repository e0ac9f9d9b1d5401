// SPDX-License-Identifier: GPL-2.0-only
/*
 * schedule.c - an interleaving in a scenario: the decisions that kickstand explore found, kept as
 * a test (engine/schedule.h, docs/explore.md).
 *
 *	"schedule": { "decisions": [ { "at": "store", "cpu": 2, "prog": "q_enqueue", "insn": 17,
 *				       "nth": 3, "hold_ns": 40000 } ] }
 *
 * A program that was changed has other instructions: a decision may not come due any more, and
 * the test looks at nothing. That is a failure, unless "if_parted" is "pass".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"
#include "kern/faults.h"
#include "scenario/scenario.h"

static int schedule_decisions(struct ks_scenario *s, void *to, const json_t *v)
{
	json_t *plain = scn_plain(v);
	int err = decisions_read(plain, s->path, s->decided);

	json_decref(plain);
	return err ? scn_fail(s, "%s", ks_error()) : 0;
}

static int schedule_if_parted(struct ks_scenario *s, void *to, const json_t *v)
{
	const char *word = json_string_value(v);

	s->parted_passes = word && !strcmp(word, "pass");
	return s->parted_passes || (word && !strcmp(word, "fail")) ?
		       0 :
		       scn_fail(s, "'if_parted' must be \"fail\" or \"pass\"");
}

static const struct scn_key schedule_keys[] = {
	{ "decisions", schedule_decisions },
	{ "if_parted", schedule_if_parted },
};

int scn_read_schedule(struct ks_scenario *s, const json_t *v)
{
	s->parted_passes = false;
	s->decided = calloc(1, sizeof(*s->decided));
	shortage_on(!s->decided, "out of memory for a scenario");
	return scn_read_object(s, v, "'schedule'", schedule_keys, ARRAY_SIZE(schedule_keys), NULL);
}

void scn_schedule_begin(struct ks_scenario *s)
{
	if (s->decided)
		faults_schedule(&s->decided->schedule);
}

void scn_check_schedule(struct ks_scenario *s)
{
	const struct schedule *sch = s->decided ? &s->decided->schedule : NULL;
	char what[64], seen[128];

	for (u32 i = 0; sch && !s->parted_passes && i < sch->nr; i++) {
		const struct decision *d = &sch->at[i];

		if (d->came)
			continue;
		snprintf(what, sizeof(what), "schedule, decision %u", i + 1);
		snprintf(seen, sizeof(seen), "CPU %d came to that %s %u of %u times", d->site.cpu,
			 point_name(d->site.kind), d->seen, d->nth);
		scn_failure(s, &s->schedule_at, what, "it comes due", seen, NULL);
		return;
	}
}
