// SPDX-License-Identifier: GPL-2.0-only
/*
 * match.c - was it wanted? A value matches its like; strings may say more:
 *
 *	">=2" "<10" "!=0" "==4"		numbers
 *	"3..5"				from 3 to 5, both included
 *	"<5ms" "1ms..2ms" ">=500us"	times, in ns without a unit
 *	"/^CPU [0-9]+$/"		extended regular expressions
 *	"*"				anything that is there
 *
 * Of an object only the members that are named must match.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include "api/number.h"
#include "base/figure.h"
#include "scenario/scenario.h"

static bool whole_number(const char *text, const char **rest, s64 *out)
{
	bool negative;
	u64 v;

	if (!number_begins(text, &v, &negative, rest))
		return false;
	*out = v;
	return true;
}

static bool compare(const char *op, size_t n, s64 seen, s64 limit)
{
	if (n == 1)
		return *op == '<' ? seen < limit : seen > limit;
	switch (*op) {
	case '<':
		return seen <= limit;
	case '>':
		return seen >= limit;
	case '=':
		return seen == limit;
	default:
		return seen != limit;
	}
}

/* A number, or a time with its unit, which @unit tells. */
static bool limit_number(const char *text, const char **rest, s64 *out, bool *unit)
{
	static const struct {
		const char *name;
		s64 ns;
	} units[] = {
		{ "ns", 1 }, { "us", NSEC_PER_USEC }, { "ms", NSEC_PER_MSEC }, { "s", NSEC_PER_SEC }
	};

	*unit = false;
	if (!whole_number(text, rest, out))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(units); i++)
		if (has_prefix(*rest, units[i].name)) {
			*unit = true;
			*rest += strlen(units[i].name);
			return !__builtin_mul_overflow(*out, units[i].ns, out);
		}
	return true;
}

/* "..": from @low on. Both have a unit, or none; 0 is 0 in any. */
static bool match_range(const char *rest, s64 low, bool low_unit, s64 seen, bool *matched)
{
	bool unit;
	s64 high;

	if (!has_prefix(rest, "..") || !limit_number(rest + 2, &rest, &high, &unit) || *rest ||
	    high < low || (unit != low_unit && low))
		return false;
	*matched = seen >= low && seen <= high;
	return true;
}

bool scn_match_number(const char *want, bool *matched, s64 seen)
{
	size_t n = strspn(want, "<>=!");
	const char *rest;
	bool unit;
	s64 limit;

	if (!strcmp(want, "*")) {
		*matched = true;
		return true;
	}
	if (n > 2 || (n == 1 && *want != '<' && *want != '>') || (n == 2 && want[1] != '='))
		return false;
	if (!limit_number(want + n + strspn(want + n, " "), &rest, &limit, &unit))
		return false;
	if (n && !*rest)
		*matched = compare(want, n, seen, limit);
	else if (!n && !*rest)
		*matched = seen == limit;
	else
		return !n && match_range(rest, limit, unit, seen, matched);
	return true;
}

static bool is_regex(const char *want)
{
	size_t n = strlen(want);

	return n > 1 && want[0] == '/' && want[n - 1] == '/';
}

/* What would never match would make "absent" hold for ever: it is refused when it is read. */
static int check_pattern(struct ks_scenario *s, const char *text)
{
	char *pattern = strndup(text + 1, strlen(text) - 2), why[128];
	const char *refused = pattern ? scn_pattern_refused(pattern) : NULL;
	regex_t re;
	int err = pattern ? 0 : REG_ESPACE;

	if (!err && !refused)
		err = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	free(pattern);
	if (refused)
		return scn_fail(s, "'%s': the regular expression is refused: %s", s->ps.at.name,
				refused);
	if (!err) {
		regfree(&re);
		return 0;
	}
	regerror(err, NULL, why, sizeof(why));
	return scn_fail(s, "'%s': %.200s is no regular expression: %s", s->ps.at.name, text, why);
}

int scn_check_regex(struct ks_scenario *s, const json_t *want)
{
	const char *text = json_string_value(want), *key;
	json_t *member;
	size_t i;
	int err = 0;

	if (text && is_regex(text))
		return check_pattern(s, text);
	json_array_foreach((json_t *)want, i, member)
		err = err ? err : scn_check_regex(s, member);
	if (json_is_object(want))
		json_object_foreach((json_t *)want, key, member)
			err = err ? err : scn_check_regex(s, member);
	return err;
}

int scn_check_number(struct ks_scenario *s, const json_t *want)
{
	bool matched;

	if (json_is_integer(want) || json_is_null(want))
		return 0;
	if (json_is_string(want) && scn_match_number(json_string_value(want), &matched, 0))
		return 0;
	return scn_fail(
		s,
		"'%s' is a number: 4, \">=2\", \"<10\", \"!=0\", \"3..5\" or \"*\" is due, of a "
		"time also \"<5ms\"",
		s->ps.at.name);
}

int scn_check_unit(struct ks_scenario *s, const json_t *want)
{
	const char *text = json_string_value(want);

	if (figure_is_time(s->ps.at.name) || !text || !strpbrk(text, "nums"))
		return 0;
	return scn_fail(s, "'%s' is no time: %s has a unit, and a number without one is due",
			s->ps.at.name, text);
}

static bool match_regex(const char *pattern, size_t n, const char *seen)
{
	char *text = strndup(pattern, n);
	regex_t re;
	bool is = false;

	if (text && !regcomp(&re, text, REG_EXTENDED | REG_NOSUB)) {
		is = !regexec(&re, seen, 0, NULL, 0);
		regfree(&re);
	}
	free(text);
	return is;
}

bool scn_match_text(const char *want, const char *seen)
{
	size_t n = strlen(want);

	if (!strcmp(want, "*"))
		return true;
	if (is_regex(want))
		return match_regex(want + 1, n - 2, seen);
	return !strcmp(want, seen);
}

/* What is beyond JSON's integers is a string of digits on both sides. */
static bool match_string(const char *want, const json_t *seen)
{
	const char *text = json_string_value(seen), *rest;
	bool matched = false;
	s64 number;

	if (text && scn_match_text(want, text))
		return true;
	if (json_is_integer(seen))
		return scn_match_number(want, &matched, json_integer_value(seen)) && matched;
	if (text && whole_number(text, &rest, &number) && !*rest)
		return scn_match_number(want, &matched, number) && matched;
	return !text && !strcmp(want, "*");
}

static bool match_object(const json_t *want, const json_t *seen)
{
	struct jkey at;
	const char *key;
	json_t *w, *v;

	json_object_foreach((json_t *)want, key, w) {
		jtext_key(key, &at);
		v = json_object_get(seen, at.name);
		if (!v ? !json_is_null(w) : !scn_match(w, v))
			return false;
	}
	return true;
}

static bool match_array(const json_t *want, const json_t *seen)
{
	size_t n = json_array_size(want);

	if (!json_is_array(seen) || json_array_size(seen) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!scn_match(json_array_get(want, i), json_array_get(seen, i)))
			return false;
	return true;
}

static bool match_integer(s64 want, const json_t *seen)
{
	if (json_is_boolean(seen))
		return want == json_is_true(seen);
	return json_is_integer(seen) && json_integer_value(seen) == want;
}

bool scn_match(const json_t *want, const json_t *seen)
{
	switch (json_typeof(want)) {
	case JSON_STRING:
		return match_string(json_string_value(want), seen);
	case JSON_INTEGER:
		return match_integer(json_integer_value(want), seen);
	case JSON_OBJECT:
		return json_is_object(seen) && match_object(want, seen);
	case JSON_ARRAY:
		return match_array(want, seen);
	case JSON_TRUE:
	case JSON_FALSE:
		return json_is_boolean(seen) ? json_equal(want, seen) :
					       match_integer(json_is_true(want), seen);
	default:
		return json_equal(want, seen);
	}
}
