/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.h - from a scheduler's source to an object: what ks_build() has of parts.
 *
 *	struct compiler cc;		which clang, found and asked for its version
 *	struct word_list w;		what it is told: flags, folders of headers
 */
#ifndef KS_API_BUILD_H
#define KS_API_BUILD_H

#include <kickstand.h>
#include <limits.h>
#include "base/types.h"

/* ---- build_clang.c ---- */

struct compiler {
	char path[PATH_MAX];
	unsigned int version;
};

/* The one that is named, or the first that can do it; a complaint says what to install. */
int compiler_find(struct compiler *cc, const char *named);

/* what one run of it said, a line at a time */
struct compiler_log {
	void (*log)(void *arg, enum ks_level level, const char *line); /* NULL: standard error */
	void *arg;
	unsigned int nr_errors;
	char missing[256]; /* the header that is not there; "" if none is */
};

/* Run it to the end. KS_OK, KS_USAGE, or KS_INTERRUPTED, without a complaint but for the last. */
int compiler_run(const struct compiler *cc, char **argv, struct compiler_log *log);

/* ---- build_words.c ---- */

/* a command line that grows: each word is its own copy */
struct word_list {
	char **at;
	unsigned int nr;
};

/* false: no memory; that of @w is whole still */
bool word_add(struct word_list *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void words_free(struct word_list *w);

/* The folder that share/kickstand is installed to, or built as; false: there is none. */
bool share_find(char path[PATH_MAX], const char *below);
/*
 * Words that clang is given for every source: the flags, then the folders of headers, in the
 * order in which they are searched: the machine's types, the caller's, ours.
 */
int flags_add(struct word_list *w, const char *types_dir, const struct ks_build_opts *o);

/* ---- build.c ---- */

/* Does the name say that it is a source (".c")? */
bool is_source(const char *path);
/*
 * One source to an object in a folder of its own, whose name is malloc'ed into *@dir and
 * goes with build_drop(); *@object: the object's path. @kernel: of the machine's profile
 */
int build_temporary(const char *source, const char *kernel, const struct ks_build_opts *o,
		    char **dir, char **object);
void build_drop(char *dir, char *object);

#endif
