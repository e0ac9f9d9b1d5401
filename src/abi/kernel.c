// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.c - kernels by age, and the reading of dates.
 *
 *	"+7.1 6.18.19;"	7.0.13: no. 7.2.12: yes, by 7.1. 6.18.22: yes, by 6.18.19
 */
#include "abi/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"

static const struct kernel kernels[] = {
#define RELEASED false
#define PREVIEW true
#define KERNEL(major, minor, point, hz, preempt, state) \
	{ major, minor, point, hz, PREEMPT_##preempt, state },
#include "abi/kernels.def"
#undef KERNEL
};

const char *preempt_model_name(enum preempt_model model)
{
	static const char *const names[NR_PREEMPT_MODELS] = {
		[PREEMPT_UNSAID] = "unsaid",	   [PREEMPT_NONE] = "none",
		[PREEMPT_VOLUNTARY] = "voluntary", [PREEMPT_FULL] = "full",
		[PREEMPT_LAZY] = "lazy",
	};

	return names[model];
}

const struct kernel *kernel_at(u32 i)
{
	return i < ARRAY_SIZE(kernels) ? &kernels[i] : NULL;
}

/* A release at @s: its end, or NULL if there is none. */
static const char *parse_release(const char *s, struct kernel *r)
{
	u32 n[3] = { 0, 0, POINT_NONE }, i;

	for (i = 0; i < 3; i++) {
		char *end;

		if (*s < '0' || *s > '9')
			return NULL;
		n[i] = strtoul(s, &end, 10);
		s = end;
		if (*s != '.')
			break;
		s++;
	}
	if (i == 0 || i == 3 || n[0] > 255 || n[1] > 255 || n[2] > POINT_NONE)
		return NULL;
	*r = (struct kernel){ .major = n[0], .minor = n[1], .point = n[2] };
	return s;
}

bool kernel_parse(const char *name, struct kernel *k)
{
	const char *end = parse_release(name + (name[0] == 'v'), k);

	return end && !*end;
}

static int series_of(const struct kernel *k)
{
	return k->major << 8 | k->minor;
}

/* Has @k reached @r? */
static bool reached(const struct kernel *k, const struct kernel *r)
{
	if (r->point == POINT_NONE)
		return series_of(k) >= series_of(r);
	return series_of(k) == series_of(r) && k->point >= r->point;
}

/* Has the date come? *@s is put behind its ';'. */
static bool date_come(const struct kernel *k, const char **s)
{
	const char *at = *s;
	bool come = false;
	struct kernel r;

	while (*at != ';') {
		at = parse_release(at, &r);
		bug_on(!at || (*at != ' ' && *at != ';'), "malformed date '%s'", *s);
		come |= reached(k, &r);
		at += *at == ' ';
	}
	*s = at + 1;
	return come;
}

bool kernel_within(const struct kernel *k, const char *dates)
{
	bool within = *dates != '+';

	while (*dates) {
		bool since = *dates == '+';

		bug_on(!since && *dates != '-', "malformed dates '%s'", dates);
		dates++;
		if (date_come(k, &dates))
			within = since;
	}
	return within;
}

/* "7.1; in 6.18 since .19" of "7.1 6.18.19", whose end is at @end */
static int put_releases(char *buf, size_t len, const char *s, const char *end, const char *word)
{
	struct kernel r;
	int used = 0;
	bool mainline = false;

	for (; s < end; s += *s == ' ') {
		size_t left = (size_t)used < len ? len - used : 0;

		s = parse_release(s, &r);
		if (r.point == POINT_NONE)
			used += snprintf(buf + used, left, "%s %u.%u", word, r.major, r.minor);
		else
			used += snprintf(buf + used, left, "%sin %u.%u %s .%u",
					 mainline ? "; " : "", r.major, r.minor, word, r.point);
		mainline = true;
	}
	return used;
}

void kernel_dates_text(const char *dates, char *buf, size_t len)
{
	size_t used = 0;

	buf[0] = '\0';
	while (*dates && used < len) {
		const char *end = strchr(dates, ';');

		if (used)
			used += snprintf(buf + used, len - used, "; ");
		if (used < len)
			used += put_releases(buf + used, len - used, dates + 1, end,
					     *dates == '+' ? "since" : "until");
		dates = end + 1;
	}
}
