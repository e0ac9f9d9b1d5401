/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.h - a kernel version as data: which enumerators, fields, kfuncs and
 * behaviours it has. A profile is computed, when it is first asked for, from a row of
 * kernels.def and the dates in enums.def (enumerators and their values) and
 * behaviour.def (what the model does differently); dates of types, members and
 * functions stand beside their declarations (base/annot.h). `kickstand kernels`
 * prints all of it.
 *
 * Code says what it depends on, never which version:
 *
 *	if (K->b.kick_higher_class || !class_above(...))
 *	flags |= KV(SCX_ENQ_LAST);
 */
#ifndef KS_ABI_PROFILE_H
#define KS_ABI_PROFILE_H

#include "abi/kernel.h"
#include "base/types.h"

struct profile_enums {
#define ENUM_BEGIN(name)
#define ENUM_VALUE(name, v) u64 name##_v;
#define ENUM_WHEN(name, v, dates) u64 name##_v;
#define ENUM_DIFF(name, v, dates) u64 name##_v;
#define ENUM_THEN(name, v, dates)
#define ENUM_END(name)
#include "abi/enums.def"
#undef ENUM_BEGIN
#undef ENUM_VALUE
#undef ENUM_WHEN
#undef ENUM_DIFF
#undef ENUM_THEN
#undef ENUM_END
};

struct profile_behaviour {
#define BEHAVIOUR(name, dates, text) bool name;
#define NUMBER(name, before, since, after, text) u64 name;
#define CONCERNS(words)
#include "abi/behaviour.def"
#undef BEHAVIOUR
#undef NUMBER
#undef CONCERNS
};

struct profile {
	char name[16];	  /* "7.3"; "6.12.107" where the series goes on, or none is as old */
	char release[16]; /* uname -r: "6.12.107", "7.3.4" */
	const struct kernel *kernel;
	struct profile_enums e;
	struct profile_behaviour b;
};

/*
 * profile_find - by name: a series, which is its newest release, or a release
 * @name: "6.12", "6.12.107", "v7.3"; "6.18.20", which has no row, is the release before it;
 *	"6.18.3", before which there is none, is itself, with what the dates give it
 * NULL if the series is not known.
 */
const struct profile *profile_find(const char *name);
/* the same, and whether @name is a release of its own */
const struct profile *profile_nearest(const char *name, bool *exact);
/* the newest that is released */
const struct profile *profile_default(void);
/* oldest first; NULL ends */
const struct profile *profile_at(unsigned int i);
/* "6.12.107, 6.12, ..., 7.4" */
void profile_names(char *buf, size_t len);
#define PROFILE_NAMES_MAX 256

/* Does a fact hold for it? */
static inline bool profile_within(const struct profile *prof, const char *dates)
{
	return kernel_within(prof->kernel, dates);
}

/* All that src/abi keeps: the machine's profile, NULL without one, and what was computed once. */
struct abi_state {
	const struct profile *now;
	struct profile *profiles; /* profile.c, of the process: each when it is first asked for */
	struct early **early;	  /* ..., in that order: releases before the first row of theirs */
	u32 nr_early, room_early;
	struct behaviour *behaviours;
	u32 nr_behaviours;
};
extern struct abi_state abi_state;
#define K (abi_state.now)
#define KV(name) (abi_state.now->e.name##_v)
/* The machine is of @prof from here on; NULL: it is gone. */
void profile_use(const struct profile *prof);

/* enumerator that the profile lacks: absent from its BTF, 0 as a value */
#define ENUM_ABSENT (~0ULL - 0xab5e)

/*
 * profile_enum - what a loader's lookup in the kernel's BTF gives
 * @enumerator: "SCX_DSQ_LOCAL", or the read-only word it is for, "__SCX_DSQ_LOCAL"
 * False, and *value 0 as loaders leave it, if the profile lacks it.
 */
bool profile_enum(const struct profile *prof, const char *enumerator, u64 *value);

/*
 * a row of enums.def or guest_enums.def. The first of a name, with the rows right
 * behind it that are @then, is an enumerator.
 */
struct enumerator {
	const char *name; /* as declared; a guest does not see what follows a ___ */
	u64 value;
	const char *dates;
	bool then; /* a later value of the name before */
};

/* in the tables' order, rows that are @then among them; NULL ends */
const struct enumerator *enumerator_at(u32 i);
/* @e: a first row. ENUM_ABSENT if the profile has none */
u64 enumerator_value(const struct enumerator *e, const struct profile *prof);

/* a row of kfuncs.def: a name may have several, of different dates */
struct kfunc_row {
	const char *name;
	const char *dates;
	const char *proto; /* "u64 scx_bpf_now(void)" */
};

/* in order; NULL ends */
const struct kfunc_row *kfunc_row_at(u32 i);
/* Does the profile have a kfunc of that name? */
bool profile_has_kfunc(const struct profile *prof, const char *name);
/* is there one of that name in any? */
bool kfunc_row_exists(const char *name);

/* a row of behaviour.def */
struct behaviour {
	const char *name, *text;
	const char *dates; /* bool: when it holds. Number: since when it is @after */
	bool is_number;
	u64 before, after;
	const char *concerns; /* "scx_bpf_kick_ ops.x": whom it is about; "": all */
};

/* in order; NULL ends */
const struct behaviour *behaviour_at(u32 i);
/* 0 or 1, or the number */
u64 behaviour_value(const struct behaviour *b, const struct profile *prof);

#endif
