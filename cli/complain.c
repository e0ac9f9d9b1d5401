// SPDX-License-Identifier: GPL-2.0-only
/* complain.c - one line about what is wrong with a command line. */
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/printable.h"
#include "base/suggest.h"
#include "cli.h"

/* Did a write to standard output fail because nobody reads it? */
static bool reader_left(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return ferror(stdout) && poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

int complain(int status, const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	if (status == KS_USAGE && reader_left())
		return STATUS_CLOSED_PIPE;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	make_printable(line);
	fprintf(stderr, "kickstand: %s\n", line);
	return status;
}

int complain_error(int status)
{
	return complain(status, "%s", ks_error());
}

/* ---- options ---- */

static const struct option *option_of(const struct option *options, int val)
{
	while (options->name && options->val != val)
		options++;
	return options->name ? options : NULL;
}

/* "--seed, --seeds, --set": what begins with @word; how many */
static unsigned int list_completions(const struct option *options, const char *word, char *buf,
				     size_t size)
{
	unsigned int nr = 0;
	size_t n = 0;

	buf[0] = '\0';
	for (; options->name; options++) {
		if (!has_prefix(options->name, word) || n >= size)
			continue;
		n += snprintf(buf + n, size - n, "%s--%s", nr++ ? ", " : "", options->name);
	}
	return nr;
}

/* They ask for a judgement, where there is none. */
static bool asks_for_verdict(const char *word)
{
	return !strcmp(word, "strict") || !strcmp(word, "starvation");
}

static int complain_unknown(const struct option *options, const char *word, const char *command)
{
	struct suggestion s = { .word = word };
	char text[256];

	if (asks_for_verdict(word))
		return complain(KS_USAGE,
				"--%s: %s judges no run; it is for kickstand run, top and exec "
				"(a scenario has \"verdict\" in its \"expect\")",
				word, command);
	if (list_completions(options, word, text, sizeof(text)) > 1)
		return complain(KS_USAGE, "'--%s' may be one of %s", word, text);
	for (const struct option *o = options; o->name; o++)
		suggest_try(&s, o->name);
	if (s.best)
		return complain(KS_USAGE, "there is no option '--%s'; did you mean --%s?", word,
				s.best);
	return complain(KS_USAGE, "there is no option '--%s'; see %s --help", word, command);
}

/* '-' and a letter that means nothing, or that lacks its value */
static int complain_letter(int opt, const char *command)
{
	if (opt == ':')
		return complain(KS_USAGE, "'-%c' lacks its value; see %s --help", optopt, command);
	return complain(KS_USAGE, "there is no option '-%c'; see %s --help", optopt, command);
}

int complain_option(char **argv, int opt, const struct option *options, const char *command)
{
	const char *arg = argv[optind - 1];
	const struct option *known = option_of(options, optopt);
	char word[64];

	if (!has_prefix(arg, "--") || !arg[2])
		return complain_letter(opt, command);
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(arg + 2, "="), arg + 2);
	if (opt == ':')
		return complain(KS_USAGE, "'--%s' lacks its value; see %s --help",
				known ? known->name : word, command);
	if (known && optopt)
		return complain(KS_USAGE, "'%s': --%s takes no value", arg, known->name);
	return complain_unknown(options, word, command);
}

/* one that cannot be read is the reader's business */
static bool same_file(const char *a, const char *b)
{
	if (!strcmp(a, "-") || !strcmp(b, "-"))
		return !strcmp(a, b);
	return whole_file_replaces(a, b);
}

int complain_twice(char *const *files, unsigned int nr)
{
	for (unsigned int i = 1; i < nr; i++)
		for (unsigned int j = 0; j < i; j++)
			if (same_file(files[i], files[j]))
				return complain(KS_USAGE,
						"%s: the file is named twice, as %s before; "
						"name it once",
						files[i], files[j]);
	return KS_OK;
}
