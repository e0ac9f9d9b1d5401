// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile.c - the profiles, each computed from the tables when it is first asked for:
 * of each row, whether its dates hold for the kernel. A release that is older than its series'
 * first row has a profile, too, by the same dates:
 *
 *	6.18.20		the row before it, 6.18.15
 *	6.18.3		6.18.15 without what came with .10; its ticks and preemption
 */
#include "abi/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/shortage.h"

#define PROFILES_MAX 32

struct abi_state abi_state;

void profile_use(const struct profile *prof)
{
	abi_state.now = prof;
}

/* ---- the tables ---- */

#define ENUM_BEGIN(name)
#define ENUM_BEGIN_ANON(tag)
#define ENUM_VALUE(name, v) { #name, (u64)(v), ALWAYS, false },
#define ENUM_WHEN(name, v, dates) { #name, (u64)(v), dates, false },
#define ENUM_DIFF(name, v, dates) { #name, (u64)(v), dates, false },
#define ENUM_THEN(name, v, dates) { #name, (u64)(v), dates, true },
#define ENUM_END(name)
#define ENUM_END_ANON(tag)

static const struct enumerator enumerators[] = {
#include "abi/enums.def"
#include "abi/guest_enums.def"
};

const struct enumerator *enumerator_at(u32 i)
{
	return i < ARRAY_SIZE(enumerators) ? &enumerators[i] : NULL;
}

u64 enumerator_value(const struct enumerator *e, const struct profile *prof)
{
	const struct enumerator *end = enumerators + ARRAY_SIZE(enumerators);
	u64 value = ENUM_ABSENT;

	do {
		if (profile_within(prof, e->dates))
			value = e->value;
		e++;
	} while (e < end && e->then);
	return value;
}

static const struct kfunc_row kfunc_rows[] = {
#define KFUNC(ret, name, args) { #name, ALWAYS, #ret " " #name #args },
#define KFUNC_WHEN(dates, ret, name, args) { #name, dates, #ret " " #name #args },
#include "abi/kfuncs.def"
};

const struct kfunc_row *kfunc_row_at(u32 i)
{
	return i < ARRAY_SIZE(kfunc_rows) ? &kfunc_rows[i] : NULL;
}

bool profile_has_kfunc(const struct profile *prof, const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(kfunc_rows); i++)
		if (!strcmp(kfunc_rows[i].name, name) && profile_within(prof, kfunc_rows[i].dates))
			return true;
	return false;
}

bool kfunc_row_exists(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(kfunc_rows); i++)
		if (!strcmp(kfunc_rows[i].name, name))
			return true;
	return false;
}

/* CONCERNS() rows have no name: what they say goes to the rows behind them, in read_concerns() */
static const struct behaviour behaviour_rows[] = {
#define BEHAVIOUR(name, dates, text) { #name, text, dates, false, 0, 0, NULL },
#define NUMBER(name, before, since, after, text) { #name, text, since, true, before, after, NULL },
#define CONCERNS(words) { NULL, NULL, NULL, false, 0, 0, words },
#include "abi/behaviour.def"
#undef BEHAVIOUR
#undef NUMBER
#undef CONCERNS
};
static void read_concerns(void)
{
	struct behaviour *b = calloc(ARRAY_SIZE(behaviour_rows), sizeof(*b));
	const char *words = "";

	shortage_on(!b, "out of memory");
	abi_state.behaviours = b;
	for (u32 i = 0; i < ARRAY_SIZE(behaviour_rows); i++) {
		if (!behaviour_rows[i].name) {
			words = behaviour_rows[i].concerns;
			continue;
		}
		*b = behaviour_rows[i];
		b++->concerns = words;
		abi_state.nr_behaviours++;
	}
}

const struct behaviour *behaviour_at(u32 i)
{
	if (!abi_state.behaviours)
		read_concerns();
	return i < abi_state.nr_behaviours ? &abi_state.behaviours[i] : NULL;
}

u64 behaviour_value(const struct behaviour *b, const struct profile *prof)
{
	bool within = profile_within(prof, b->dates);

	return b->is_number ? within ? b->after : b->before : within;
}

/* ---- computing ---- */

/* The rows of enums.def come first among the enumerators, in the order of the struct's members. */
static void fill_enums(struct profile *prof)
{
	u64 *to = (u64 *)&prof->e, *end = to + sizeof(prof->e) / sizeof(*to);
	const struct enumerator *e;

	for (u32 i = 0; to < end && (e = enumerator_at(i)); i++)
		if (!e->then)
			*to++ = enumerator_value(e, prof);
}

static void fill_behaviour(struct profile *prof)
{
	const struct behaviour *b = behaviour_at(0);

#define BEHAVIOUR(name, dates, text) prof->b.name = behaviour_value(b++, prof);
#define NUMBER(name, before, since, after, text) prof->b.name = behaviour_value(b++, prof);
#define CONCERNS(words)
#include "abi/behaviour.def"
#undef BEHAVIOUR
#undef NUMBER
#undef CONCERNS
}

static bool same_series(const struct kernel *a, const struct kernel *b)
{
	return a->major == b->major && a->minor == b->minor;
}

/* by its release */
static void compute(struct profile *prof, const struct kernel *k)
{
	prof->kernel = k;
	snprintf(prof->release, sizeof(prof->release), "%u.%u.%u", k->major, k->minor, k->point);
	memcpy(prof->name, prof->release, sizeof(prof->name));
	fill_enums(prof);
	fill_behaviour(prof);
}

static const struct profile *of_row(u32 i)
{
	const struct kernel *k = kernel_at(i), *next = kernel_at(i + 1);
	struct profile *prof;

	if (!abi_state.profiles)
		abi_state.profiles = calloc(PROFILES_MAX, sizeof(*prof));
	shortage_on(!abi_state.profiles, "out of memory");
	prof = &abi_state.profiles[i];
	if (prof->kernel)
		return prof;
	compute(prof, k);
	if (!next || !same_series(k, next))
		snprintf(prof->name, sizeof(prof->name), "%u.%u", k->major, k->minor);
	return prof;
}

/* a release that no row of its series is as old as */
struct early {
	struct profile profile;
	struct kernel kernel;
};

/* @first: the oldest row of its series */
static const struct profile *of_early(const struct kernel *first, u32 point)
{
	struct early *e;

	for (u32 i = 0; i < abi_state.nr_early; i++) {
		e = abi_state.early[i];
		if (same_series(&e->kernel, first) && e->kernel.point == point)
			return &e->profile;
	}
	e = calloc(1, sizeof(*e));
	shortage_on(!e || !array_room(&abi_state.early, abi_state.nr_early, &abi_state.room_early),
		    "out of memory");
	abi_state.early[abi_state.nr_early++] = e;
	e->kernel = *first;
	e->kernel.point = point;
	compute(&e->profile, &e->kernel);
	return &e->profile;
}

/* ---- finding ---- */

const struct profile *profile_at(unsigned int i)
{
	return kernel_at(i) ? of_row(i) : NULL;
}

const struct profile *profile_default(void)
{
	u32 newest = 0;

	for (u32 i = 0; kernel_at(i); i++)
		if (!kernel_at(i)->preview)
			newest = i;
	return of_row(newest);
}

/* The row of the series that @want is, or was before it; of none that is older, by the dates. */
const struct profile *profile_nearest(const char *name, bool *exact)
{
	const struct kernel *k;
	struct kernel want;
	s32 found = -1;

	if (!kernel_parse(name, &want))
		return NULL;
	for (u32 i = 0; (k = kernel_at(i)); i++)
		if (same_series(k, &want) && (found < 0 || k->point <= want.point))
			found = i;
	if (found < 0)
		return NULL;
	k = kernel_at(found);
	*exact = want.point == POINT_NONE || k->point == want.point;
	return want.point < k->point ? of_early(k, want.point) : of_row(found);
}

const struct profile *profile_find(const char *name)
{
	bool exact;

	return profile_nearest(name, &exact);
}

void profile_names(char *buf, size_t len)
{
	const struct profile *p;
	size_t used = 0;

	buf[0] = '\0';
	for (u32 i = 0; (p = profile_at(i)) && used < len; i++)
		used += snprintf(buf + used, len - used, "%s%s", i ? ", " : "", p->name);
}

/* ---- enumerators by name ---- */

/* length of @name without a ___ suffix */
static size_t stem_len(const char *name)
{
	const char *suffix = strstr(name + 1, "___");

	return suffix ? (size_t)(suffix - name) : strlen(name);
}

static const struct enumerator *enumerator_find(const char *name)
{
	const struct enumerator *found = NULL;

	/*
	 * Of two rows with one stem the later counts: it is the enum that loaders
	 * ask, which look a name up within the enum they were built against.
	 */
	for (u32 i = 0; i < ARRAY_SIZE(enumerators); i++) {
		const char *row = enumerators[i].name;

		if (!enumerators[i].then && stem_len(row) == strlen(name) && has_prefix(row, name))
			found = &enumerators[i];
	}
	return found;
}

bool profile_enum(const struct profile *prof, const char *enumerator, u64 *value)
{
	const struct enumerator *e = enumerator_find(enumerator);

	/* __SCX_ENQ_INTERNAL_MASK is an enumerator, __SCX_ENQ_HEAD the word for one */
	if (!e && has_prefix(enumerator, "__"))
		e = enumerator_find(enumerator + 2);

	*value = e ? enumerator_value(e, prof) : ENUM_ABSENT;
	if (*value != ENUM_ABSENT)
		return true;
	*value = 0;
	return false;
}
