// SPDX-License-Identifier: GPL-2.0-only
/* dump_prefix.c - see dump_prefix.h. Each function moves *@at behind one kind of prefix. */
#include "trace/dump_prefix.h"

#include <string.h>

#include "base/types.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(char **at)
{
	*at += strspn(*at, " \t");
}

static bool quote(char **at)
{
	if (**at != '>')
		return false;
	++*at;
	return true;
}

/* a text trace of ours tells of the end */
static bool exit_comment(char **at)
{
	if (!has_prefix(*at, "# exit"))
		return false;
	*at += 6;
	return true;
}

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* "[...]" of such letters only, and with one of @must in it */
static bool bracketed(char **at, const char *letters, const char *must)
{
	size_t n = **at == '[' ? strspn(*at + 1, letters) : 0;

	if (!n || (*at)[n + 1] != ']' || strcspn(*at, must) > n)
		return false;
	*at += n + 2;
	return true;
}

/* "<6>[   12.345678] ", "[   12.345678][  T123] ", "[Wed Nov 11 12:00:01 2026] " */
static bool printk_time(char **at)
{
	if (**at == '<' && is_digit((*at)[1])) {
		size_t n = 1 + strspn(*at + 1, DIGITS);

		if ((*at)[n] == '>')
			*at += n + 1;
	}
	if (!bracketed(at, " ." DIGITS, ".") && !bracketed(at, " :" DIGITS LETTERS, ":"))
		return false;
	skip_blanks(at);
	bracketed(at, " CT" DIGITS, "CT"); /* who printed it */
	return true;
}

static bool subsystem(char **at)
{
	if (!has_prefix(*at, "sched_ext: "))
		return false;
	*at += 11;
	return true;
}

static bool is_month(const char *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (u32 i = 0; i < 12; i++)
		if (!strncmp(at, months + 3 * i, 3))
			return true;
	return false;
}

/* "12:00:01", "12:00:01.123456" */
static bool clock(char **at)
{
	size_t n = strspn(*at, "0123456789:.,");

	if (n < 8 || (*at)[2] != ':' || (*at)[5] != ':')
		return false;
	*at += n;
	return true;
}

/* " HOST TAG[12]: " behind a time */
static bool host_and_tag(char **at)
{
	char *end = strstr(*at, ": ");
	size_t n;

	if (!end && (n = strlen(*at)) && (*at)[n - 1] == ':')
		end = *at + n - 1; /* an empty line */
	if (!end || end - *at > 160)
		return false;
	*at = end[1] ? end + 2 : end + 1;
	return true;
}

/* "Nov 11 12:00:01 host kernel: ", "2026-11-11T12:00:01+0000 host scx_fid[201]: " */
static bool journal(char **at)
{
	char *c = *at;
	size_t n;

	if (is_month(c) && c[3] == ' ') {
		c += 4;
		c += strspn(c, " ");
		n = strspn(c, "0123456789");
		if (!n || n > 2 || c[n] != ' ')
			return false;
		c += n + 1;
		if (!clock(&c))
			return false;
	} else {
		n = strspn(c, "0123456789-");
		if (n != 10 || (c[n] != 'T' && c[n] != ' '))
			return false;
		c += n + 1;
		if (!clock(&c))
			return false;
		c += strcspn(c, " ");
	}
	if (*c != ' ' || !host_and_tag(&c))
		return false;
	*at = c;
	return true;
}

static bool (*const kinds[])(char **at) = { quote, exit_comment, printk_time, subsystem, journal };

char *dump_prefix_skip(char *line, bool only_traced)
{
	char *mark = strstr(line, "sched_ext_dump:");
	u32 i = 0;

	if (mark)
		line = mark + strlen("sched_ext_dump:");
	else if (only_traced)
		return NULL;
	skip_blanks(&line);
	while (i < ARRAY_SIZE(kinds)) {
		if (kinds[i](&line)) {
			skip_blanks(&line);
			i = 0;
		} else {
			i++;
		}
	}
	return line;
}
