// SPDX-License-Identifier: GPL-2.0-only
/* numbers.c - see numbers.h. */
#include <stdio.h>
#include "numbers.h"

struct unit {
	u64 one;
	const char *name;
};

/* @digits significant ones, cut and not rounded: what has not happened yet is not said */
static void scaled(char *buf, u64 v, const struct unit *u, u32 digits)
{
	u64 whole = v / u->one, rest = v % u->one;
	u32 before = whole >= 1000 ? digits :
		     whole >= 100  ? 3 :
		     whole >= 10   ? 2 :
				     1,
	    after = digits - before;
	u64 scale = after == 3 ? 1000 : after == 2 ? 100 : 10;

	if (digits <= before)
		snprintf(buf, SHORT_MAX, "%llu%s", whole, u->name);
	else
		snprintf(buf, SHORT_MAX, "%llu.%0*llu%s", whole, after,
			 (u64)((unsigned __int128)rest * scale / u->one), u->name);
}

const char *short_time(u64 ns, char buf[SHORT_MAX])
{
	static const struct unit units[] = {
		{ NSEC_PER_SEC, "s" },
		{ NSEC_PER_MSEC, "ms" },
		{ NSEC_PER_USEC, "us" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (ns >= units[i].one) {
			scaled(buf, ns, &units[i], 4);
			return buf;
		}
	snprintf(buf, SHORT_MAX, "%lluns", ns);
	return buf;
}

const char *short_count(u64 n, char buf[SHORT_MAX])
{
	static const struct unit units[] = {
		{ 1000000000000ULL, "T" },
		{ 1000000000, "G" },
		{ 1000000, "M" },
		{ 1000, "k" },
	};
	size_t i;

	for (i = 0; n >= 10000 && i < ARRAY_SIZE(units); i++)
		if (n >= units[i].one) {
			scaled(buf, n, &units[i], 3);
			return buf;
		}
	snprintf(buf, SHORT_MAX, "%llu", n);
	return buf;
}
