// SPDX-License-Identifier: GPL-2.0-only
/*
 * source.c - sources in objects' places: each is built once for each kernel, as `kickstand build` does
 * it, to a folder of the campaign's. One that does not build has a row for each of its runs that says so.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_text.h"
#include "base/shortage.h"
#include "campaign/campaign.h"

bool names_source(const char *path)
{
	size_t n = strlen(path);

	return n > 2 && !strcmp(path + n - 2, ".c");
}

static const char *kernel_of(const struct config *c)
{
	return *c->kernel ? c->kernel : "newest";
}

/* The headers that its run would be built with */
static void add_includes(struct argv *a, const struct config *c)
{
	const char *folder;

	for (u32 i = 0; i < c->head.nr; i++) {
		folder = argv_value(&c->head, i, "--include");
		if (folder) {
			argv_add_words(a, "-I", folder, NULL);
		}
	}
}

/* of what it is built from, beside the kernel */
static u64 source_id(const struct config *c)
{
	struct argv a = { 0 };
	char *text;
	u64 id;

	add_includes(&a, c);
	text = argv_text(&a);
	id = digest_id(c->file, text, NULL);
	argv_finish(&a);
	free(text);
	return id;
}

/*
 * "FOLDER/HASH-7.3-name.o": of the path, since two folders may have one of the same name, and of the
 * folders of its headers
 */
static char *object_path(const char *folder, const struct config *c)
{
	const char *slash = strrchr(c->file, '/'), *name = slash ? slash + 1 : c->file;
	char *path = NULL;

	shortage_on(asprintf(&path, "%s/%08llx-%s-%.*s.o", folder,
			     (unsigned long long)source_id(c) & 0xffffffff, kernel_of(c),
			     (int)strlen(name) - 2, name) < 0,
		    "out of memory for a path");
	return path;
}

static int note_broken(const char *object, const char *why)
{
	char *path = NULL;
	int err;

	shortage_on(asprintf(&path, "%s.error", object) < 0, "out of memory for a path");
	err = campaign_write(path, why);
	free(path);
	return err;
}

static int build(const struct plan *plan, const struct runner *runner, struct config *c,
		 const char *object)
{
	struct argv a = { 0 };
	struct outcome o;
	int err;

	unlink(object);
	argv_add_words(&a, "build", c->file, "-o", object, NULL);
	if (*c->kernel) {
		argv_add_words(&a, "--kernel", c->kernel, NULL);
	}
	add_includes(&a, c);
	err = child_run(runner, plan->folder, &a, &plan->limits, &o);
	argv_finish(&a);
	if (err)
		return err;
	if (o.end != END_EXIT || o.status) {
		c->broken = *o.err ? o.err : strdup("it cannot be built");
		o.err = o.err == c->broken ? NULL : o.err;
		err = note_broken(object, c->broken);
	}
	outcome_finish(&o);
	return err;
}

/* What another process has built. The reason why it could not stands beside the place. */
static void take_built(struct config *c, const char *object)
{
	char *path = NULL;

	if (!access(object, R_OK))
		return;
	shortage_on(asprintf(&path, "%s.error", object) < 0, "out of memory for a path");
	c->broken = file_text(path, SIZE_MAX, NULL) ?: strdup("kickstand: its object is missing");
	free(path);
}

/* One of the same source, kernel and headers that was seen before: most often it is the last one. */
static const struct config *twin_of(const struct points *p, const struct config *c)
{
	for (const struct config *o = c; o-- > p->config;)
		if (o->file && !strcmp(o->kind, c->kind) && !strcmp(o->file, c->file) &&
		    !strcmp(o->kernel, c->kernel) && source_id(o) == source_id(c))
			return o;
	return NULL;
}

int sources_build(const struct plan *plan, const struct runner *runner, const char *folder,
		  bool is_built, struct points *p)
{
	int err = KS_OK;

	for (struct config *c = p->config; !err && c < p->config + p->nr_configs; c++) {
		const struct config *twin;

		if (!c->file || !names_source(c->file) || !strcmp(c->kind, "exec"))
			continue;
		twin = twin_of(p, c);
		if (twin && twin->broken && !is_built)
			c->broken = strdup(twin->broken);
		c->built = object_path(folder, c);
		if (is_built)
			take_built(c, c->built);
		else if (!twin)
			err = build(plan, runner, c, c->built);
		if (c->broken) { /* its rows are of the source */
			free(c->built);
			c->built = NULL;
		}
	}
	return err;
}
