// SPDX-License-Identifier: GPL-2.0-only
/*
 * completion.c - `kickstand completion`: what a shell does at its tab key, written from the
 * tables that the commands read their options by. `make install` puts all three where the
 * shells look.
 */
#include <getopt.h>
#include <string.h>
#include "cli.h"

const struct option completion_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand completion bash|zsh|fish\n\n"
	"Prints what makes the shell complete commands, options and files. Installed packages have\n"
	"it in place; else, for this shell:\n\n"
	"  bash                eval \"$(kickstand completion bash)\"\n"
	"  zsh                 eval \"$(kickstand completion zsh)\", after compinit\n"
	"  fish                kickstand completion fish | source\n";

/* "6.12 6.12.107 ... all", for what takes --kernel */
static void print_kernels(void)
{
	const char *name;

	for (unsigned int i = 0; (name = ks_kernel_name(i)); i++)
		printf("%s ", name);
	fputs("all", stdout);
}

static bool has_kernel(const struct option *o)
{
	return !strcmp(o->name, "kernel");
}

/* ---- bash ---- */

static void bash(void)
{
	const struct subcommand *c;
	const struct option *o;

	puts("# bash completion of kickstand: made by kickstand completion bash\n"
	     "_kickstand()\n{\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=");
	puts("\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" = 1 ]; then");
	fputs("\t\twords='", stdout);
	for (c = subcommands; c->name; c++)
		printf("%s ", c->name);
	puts("--help --version'\n\telif [ \"$prev\" = --kernel ]; then");
	fputs("\t\twords='", stdout);
	print_kernels();
	puts("'\n\telif [[ $cur == -* ]]; then\n\t\tcase ${COMP_WORDS[1]} in");
	for (c = subcommands; c->name; c++) {
		printf("\t\t%s) words='", c->name);
		for (o = c->options; o->name; o++)
			printf("%s--%s", o == c->options ? "" : " ", o->name);
		puts("' ;;");
	}
	puts("\t\tesac\n\tfi\n"
	     "\t[ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
	     "complete -o bashdefault -o default -F _kickstand kickstand");
}

/* ---- zsh ---- */

/* within '': a colon separates, a quote ends */
static void print_quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			printf("%s%c", *text == ':' ? "\\" : "", *text);
}

static void zsh_option(const struct option *o)
{
	printf(" \\\n\t\t\t'*--%s", o->name);
	if (o->has_arg == no_argument)
		fputs("'", stdout);
	else if (has_kernel(o)) {
		fputs("=:kernel:(", stdout);
		print_kernels();
		fputs(")'", stdout);
	} else {
		printf("=%s:%s:_files'", o->has_arg == optional_argument ? "-" : "", o->name);
	}
}

static void zsh(void)
{
	const struct subcommand *c;
	const struct option *o;

	puts("#compdef kickstand\n# made by kickstand completion zsh\n"
	     "_kickstand()\n{\n\tlocal -a commands\n\tif (( CURRENT == 2 )); then\n\t\tcommands=(");
	for (c = subcommands; c->name; c++) {
		printf("\t\t\t'%s:", c->name);
		print_quoted(c->text);
		puts("'");
	}
	puts("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	     "\tlocal command=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase $command in");
	for (c = subcommands; c->name; c++) {
		printf("\t%s)\n\t\t_arguments", c->name);
		for (o = c->options; o->name; o++)
			zsh_option(o);
		puts(" \\\n\t\t\t'*:file:_files' ;;");
	}
	puts("\tesac\n}\n"
	     "if [ \"$funcstack[1]\" = _kickstand ]; then\n\t_kickstand \"$@\"\nelse\n"
	     "\tcompdef _kickstand kickstand\nfi");
}

/* ---- fish ---- */

static void fish(void)
{
	const struct subcommand *c;
	const struct option *o;

	puts("# fish completion of kickstand: made by kickstand completion fish");
	for (c = subcommands; c->name; c++) {
		printf("complete -c kickstand -n __fish_use_subcommand -f -a %s -d '", c->name);
		for (const char *p = c->text; *p; p++)
			printf("%s%c", *p == '\'' ? "\\" : "", *p);
		puts("'");
		for (o = c->options; o->name; o++) {
			printf("complete -c kickstand -n '__fish_seen_subcommand_from %s' -l %s",
			       c->name, o->name);
			if (o->has_arg == required_argument)
				fputs(" -r", stdout);
			if (has_kernel(o)) {
				fputs(" -f -a '", stdout);
				print_kernels();
				fputs("'", stdout);
			}
			puts("");
		}
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

int cmd_completion(int argc, char **argv)
{
	const char *name;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", completion_options, NULL)) != -1) {
		if (opt != 'h')
			return complain_option(argv, opt, completion_options,
					       "kickstand completion");
		fputs(help_text, stdout);
		return KS_OK;
	}
	name = only_argument(argc, argv, "the shell (bash, zsh or fish)");
	if (!name)
		return KS_USAGE;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(name, shells[i].name))
			continue;
		shells[i].print();
		return flush_output();
	}
	return complain(KS_USAGE, "there is no completion for '%s': bash, zsh and fish have one",
			name);
}
