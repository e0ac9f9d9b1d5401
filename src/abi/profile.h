/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.h - a kernel version as data: which enumerators, fields, kfuncs and
 * behaviours it has. The tables are enums.def (enumerators and their values) and
 * behaviour.def (what the model does differently); since/until of types, members
 * and functions stand beside their declarations (annot.h). `kickstand kernels`
 * prints all of it.
 *
 * Code says what it depends on, never which version:
 *
 *	if (K->b.kick_skips_higher_class && class_above(...))
 *	flags |= KV(SCX_ENQ_LAST);
 */
#ifndef KS_ABI_PROFILE_H
#define KS_ABI_PROFILE_H

#include "base/types.h"

#define KVER(major, minor) ((u16)((major) << 8 | (minor)))

struct profile_enums {
#define ENUM_BEGIN(name)
#define ENUM_VALUE(name, v) u64 name##_v;
#define ENUM_SINCE(name, v) u64 name##_v;
#define ENUM_UNTIL(name, v) u64 name##_v;
#define ENUM_DIFF(name, v612, v73) u64 name##_v;
#define ENUM_END(name)
#include "abi/enums.def"
#undef ENUM_BEGIN
#undef ENUM_VALUE
#undef ENUM_SINCE
#undef ENUM_UNTIL
#undef ENUM_DIFF
#undef ENUM_END
};

struct profile_behaviour {
#define BEHAVIOUR(type, name, v612, v73, text) type name;
#include "abi/behaviour.def"
#undef BEHAVIOUR
};

struct profile {
	const char *name;	/* "6.12", "7.3" */
	u16 version;		/* KVER() */
	const char *release;	/* uname -r: "6.12.107", "7.3.4" */
	struct profile_enums e;
	struct profile_behaviour b;
};

/* NULL if there is none of that name; "6.12.107" and "v7.3" find theirs. */
const struct profile *profile_find(const char *name);
/* newest first; NULL ends */
const struct profile *profile_at(unsigned int i);

/* The profile of the machine in force. */
extern const struct profile *profile_now;
#define K (profile_now)
#define KV(name) (profile_now->e.name##_v)

/* enumerator that the profile lacks: absent from its BTF, 0 as a value */
#define ENUM_ABSENT (~0ULL - 0xab5e)

/*
 * profile_enum - what a loader's lookup in the kernel's BTF gives
 * @enumerator: "SCX_DSQ_LOCAL", or the read-only word it is for, "__SCX_DSQ_LOCAL"
 * False, and *value 0 as loaders leave it, if the profile lacks it.
 */
bool profile_enum(const struct profile *prof, const char *enumerator, u64 *value);

/* a row of enums.def or guest_enums.def */
struct enumerator {
	const char *name;	/* as declared; a guest does not see what follows a ___ */
	u64 v612, v73;		/* or ENUM_ABSENT */
};

/* in the tables' order; NULL ends */
const struct enumerator *enumerator_at(u32 i);
u64 enumerator_value(const struct enumerator *e, const struct profile *prof);

/* kfuncs of the tables by name, in order; NULL ends. Bits of *profiles: 1 6.12, 2 7.3 */
const char *profile_kfunc_at(u32 i, u32 *profiles);

struct _IO_FILE;
/* `kickstand kernels`: the profiles and all that differs between them. 0 or -errno */
int profile_describe(struct _IO_FILE *out);

#endif
