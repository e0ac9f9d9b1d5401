// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile.c - the profiles, filled in from the tables. A row of a table is read
 * once for each column: ENUM_SINCE(X, 1) is absent in 6.12 and 1 in 7.3.
 */
#include "abi/profile.h"

#include <string.h>

#define ENUM_BEGIN(name)
#define ENUM_END(name)

/* 7.3, the newest, first: what callers get who do not choose */
static const struct profile profiles[] = {
	{
		.name = "7.3",
		.version = KVER(7, 3),
		.release = "7.3.4",
		.e = {
#define ENUM_VALUE(name, v) .name##_v = (u64)(v),
#define ENUM_SINCE(name, v) .name##_v = (u64)(v),
#define ENUM_UNTIL(name, v) .name##_v = ENUM_ABSENT,
#define ENUM_DIFF(name, v612, v73) .name##_v = (u64)(v73),
#include "abi/enums.def"
#undef ENUM_VALUE
#undef ENUM_SINCE
#undef ENUM_UNTIL
#undef ENUM_DIFF
		},
		.b = {
#define BEHAVIOUR(type, name, v612, v73, text) .name = v73,
#include "abi/behaviour.def"
#undef BEHAVIOUR
		},
	}, {
		.name = "6.12",
		.version = KVER(6, 12),
		.release = "6.12.107",
		.e = {
#define ENUM_VALUE(name, v) .name##_v = (u64)(v),
#define ENUM_SINCE(name, v) .name##_v = ENUM_ABSENT,
#define ENUM_UNTIL(name, v) .name##_v = (u64)(v),
#define ENUM_DIFF(name, v612, v73) .name##_v = (u64)(v612),
#include "abi/enums.def"
#undef ENUM_VALUE
#undef ENUM_SINCE
#undef ENUM_UNTIL
#undef ENUM_DIFF
		},
		.b = {
#define BEHAVIOUR(type, name, v612, v73, text) .name = v612,
#include "abi/behaviour.def"
#undef BEHAVIOUR
		},
	},
};

#undef ENUM_BEGIN
#undef ENUM_END

const struct profile *profile_now = &profiles[0];

/* Is @name the profile's name, also with a leading v or the release's last number? */
static bool profile_answers(const struct profile *prof, const char *name)
{
	if (name[0] == 'v')
		name++;
	return !strcmp(prof->name, name) || !strcmp(prof->release, name);
}

const struct profile *profile_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(profiles); i++)
		if (profile_answers(&profiles[i], name))
			return &profiles[i];
	return NULL;
}

const struct profile *profile_at(unsigned int i)
{
	return i < ARRAY_SIZE(profiles) ? &profiles[i] : NULL;
}

#define ENUM_BEGIN(name)
#define ENUM_BEGIN_ANON(tag)
#define ENUM_VALUE(name, v) { #name, (u64)(v), (u64)(v) },
#define ENUM_SINCE(name, v) { #name, ENUM_ABSENT, (u64)(v) },
#define ENUM_UNTIL(name, v) { #name, (u64)(v), ENUM_ABSENT },
#define ENUM_DIFF(name, v612, v73) { #name, (u64)(v612), (u64)(v73) },
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
	return prof->version >= KVER(7, 3) ? e->v73 : e->v612;
}

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

		if (stem_len(row) == strlen(name) && !strncmp(row, name, strlen(name)))
			found = &enumerators[i];
	}
	return found;
}

bool profile_enum(const struct profile *prof, const char *enumerator, u64 *value)
{
	const struct enumerator *e = enumerator_find(enumerator);

	/* __SCX_ENQ_INTERNAL_MASK is an enumerator, __SCX_ENQ_HEAD the word for one */
	if (!e && !strncmp(enumerator, "__", 2))
		e = enumerator_find(enumerator + 2);

	*value = e ? enumerator_value(e, prof) : ENUM_ABSENT;
	if (*value != ENUM_ABSENT)
		return true;
	*value = 0;
	return false;
}

#define IN_612 1
#define IN_73 2

static const struct {
	const char *name;
	u32 profiles;
} kfuncs[] = {
#define KFUNC(ret, name, args) { #name, IN_612 | IN_73 },
#define KFUNC_SINCE(ret, name, args) { #name, IN_73 },
#define KFUNC_UNTIL(ret, name, args) { #name, IN_612 },
#define KFUNC_DIFF(ret, name, args612, args73) { #name, IN_612 | IN_73 },
#include "abi/kfuncs.def"
};

const char *profile_kfunc_at(u32 i, u32 *in)
{
	if (i >= ARRAY_SIZE(kfuncs))
		return NULL;
	*in = kfuncs[i].profiles;
	return kfuncs[i].name;
}
