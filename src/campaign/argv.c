// SPDX-License-Identifier: GPL-2.0-only
/* argv.c - command lines that are put together. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"

#define PATH_BYTES 4096

void argv_add(struct argv *a, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (a->nr + 2 > a->room)
		shortage_on(!array_grow(&a->at, a->room, &a->room, sizeof(*a->at)),
			    "out of memory for a command line");
	shortage_on(n < 0, "out of memory for a command line");
	a->at[a->nr++] = text;
	a->at[a->nr] = NULL;
}

void argv_add_words(struct argv *a, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	for (const char *word = first; word; word = va_arg(ap, const char *))
		argv_add(a, "%s", word);
	va_end(ap);
}

bool argv_add_self(struct argv *a)
{
	char exe[PATH_BYTES] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return false;
	argv_add(a, "%s", exe);
	return true;
}

void argv_add_all(struct argv *a, const struct argv *from)
{
	for (u32 i = 0; i < from->nr; i++)
		argv_add(a, "%s", from->at[i]);
}

void argv_finish(struct argv *a)
{
	for (u32 i = 0; i < a->nr; i++)
		free(a->at[i]);
	free(a->at);
	*a = (struct argv){ 0 };
}

const char *argv_value(const struct argv *a, u32 i, const char *option)
{
	const char *word = a->at[i];
	size_t n = strcspn(word, "=");

	if (n <= 2 || strncmp(word, option, n))
		return NULL;
	return word[n] ? word + n + 1 : a->at[i + 1];
}

static bool is_plain(const char *word)
{
	return *word && !word[strspn(word,
				     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-+=./:,@%^")];
}

static void put_word(FILE *f, const char *word)
{
	if (is_plain(word)) {
		fputs(word, f);
		return;
	}
	fputc('\'', f);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", f);
		else
			fputc(*word, f);
	fputc('\'', f);
}

char *argv_text(const struct argv *a)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	for (u32 i = 0; i < a->nr; i++) {
		if (i)
			fputc(' ', f);
		put_word(f, a->at[i]);
	}
	fclose(f);
	return text;
}
