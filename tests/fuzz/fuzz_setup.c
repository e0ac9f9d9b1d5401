// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_setup.c - what people give `run` beside the object. Lines, and the last part:
 *
 *	set cfg.mode=2			--set
 *	resize nr_cpus=4		--resize
 *	map table=[1, 2]		--set-map
 *	run prepare:{"cpu": 1}		--run-prog
 *	dump table			--dump-map
 *	kconfig CONFIG_HZ=100		a line of the --kconfig file
 *	setup				--setup: all that follows
 */
#include <stdio.h>
#include "fuzz.h"

#define LINES_MAX 32
#define RUN_NS 1000000

struct given {
	char *lines[LINES_MAX];
	u32 nr;
	char *kconfig;	   /* the file */
	const char *setup; /* the file; NULL: none is given */
};

static const char *after(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && line[n] == ' ' ? line + n + 1 : NULL;
}

static void split(struct given *g, char *text)
{
	char *line, *next;

	for (line = text; line && *line && g->nr < LINES_MAX; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!strcmp(line, "setup")) {
			g->setup = next ? next : "";
			return;
		}
		g->lines[g->nr++] = line;
	}
}

/* Call @fn with what stands behind @word in each line that begins with it. */
static int each(const struct given *g, const char *word, struct ks_object *obj,
		int (*fn)(struct ks_object *obj, const char *arg))
{
	int err = KS_OK;

	for (u32 i = 0; !err && i < g->nr; i++) {
		const char *arg = after(g->lines[i], word);

		if (arg)
			err = fn(obj, arg);
	}
	return err;
}

static int dump(struct ks_object *obj, const char *arg)
{
	return ks_object_dump_map(obj, arg, fuzz_sink());
}

static int setup(struct ks_object *obj, const char *text)
{
	char path[32];
	int fd = fuzz_file(text, strlen(text), path);
	int err = ks_object_setup(obj, path);

	close(fd);
	return err;
}

static int apply(struct ks_machine *m, struct ks_object *obj, const struct given *g)
{
	int err = g->setup ? setup(obj, g->setup) : KS_OK;

	if (!err)
		err = each(g, "resize", obj, ks_object_resize);
	if (!err)
		err = each(g, "set", obj, ks_object_set);
	if (!err)
		err = ks_object_load(obj);
	if (!err)
		err = each(g, "map", obj, ks_object_set_map);
	if (!err)
		err = each(g, "run", obj, ks_object_run_prog);
	if (!err)
		err = ks_object_attach(obj);
	if (!err)
		err = ks_machine_run(m, RUN_NS);
	each(g, "dump", obj, dump);
	return err;
}

static void make_kconfig(struct given *g)
{
	size_t size;
	FILE *f = open_memstream(&g->kconfig, &size);

	for (u32 i = 0; i < g->nr; i++) {
		const char *line = after(g->lines[i], "kconfig");

		if (line)
			fprintf(f, "%s\n", line);
	}
	fclose(f);
}

static void with_object(struct ks_machine *m, const struct given *g)
{
	char kconfig[32], path[4096];
	struct ks_object_opts opts = { .sz = sizeof(opts), .kconfig = kconfig };
	int fd = fuzz_file(g->kconfig, strlen(g->kconfig), kconfig);
	struct ks_object *obj;

	fuzz_object_path("setup.bpf.o", path);
	if (!ks_object_open(m, path, &opts, &obj))
		apply(m, obj, g);
	close(fd);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ks_machine *m = fuzz_machine(2);
	struct given g = { 0 };
	char *text = calloc(1, size + 1);

	if (size)
		memcpy(text, data, size);
	split(&g, text);
	make_kconfig(&g);
	with_object(m, &g);
	ks_machine_destroy(m);
	free(g.kconfig);
	free(text);
	return 0;
}
