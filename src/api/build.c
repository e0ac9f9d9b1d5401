// SPDX-License-Identifier: GPL-2.0-only
/*
 * build.c - from a scheduler's source to an object: clang with the machine's types and the
 * headers that schedulers include; several sources are linked by libbpf.
 *
 *	a.bpf.c ──clang──▶ scratch/0.o ─┐
 *	b.bpf.c ──clang──▶ scratch/1.o ─┴─ bpf_linker ──▶ scratch/out.o ──▶ OUTPUT
 *
 * All of it happens in a folder for a moment, which goes however it ends. OUTPUT appears
 * when it is complete (base/whole_file.h).
 */
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "api/build.h"
#include "api/handle.h"
#include "base/text_stream.h"
#include "base/whole_file.h"

struct build {
	struct ks_build_opts o;
	struct compiler cc;
	char *dir;
	FILE *deps; /* the depfile's rule, while it grows; NULL: nobody wants it */
	const char *output;
};

/* ---- the folder ---- */

static char *scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir;

	if (asprintf(&dir, "%s/kickstand-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0)
		return NULL;
	if (mkdtemp(dir))
		return dir;
	free(dir);
	return NULL;
}

static void scratch_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

static int write_types(const struct build *b)
{
	char path[PATH_MAX];
	FILE *f;
	int err;

	snprintf(path, sizeof(path), "%s/vmlinux.h", b->dir);
	f = fopen(path, "w");
	if (!f)
		return api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(errno));
	err = ks_btf(b->o.kernel, "c", f);
	if ((fflush(f) | ferror(f) | fclose(f)) && !err)
		err = api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(errno));
	return err;
}

/* ---- the depfile ---- */

/* Of a rule that clang wrote, what follows "TARGET:", but for what is gone afterwards. */
static int deps_take(struct build *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char word[PATH_MAX];
	bool first = true;
	int err = f ? 0 : errno;

	while (f && fscanf(f, "%4095s", word) == 1) {
		if (!first && strcmp(word, "\\") && !has_prefix(word, b->dir))
			fprintf(b->deps, " \\\n  %s", word);
		first = false;
	}
	if (f && ferror(f))
		err = errno;
	if (f)
		fclose(f);
	return err ? api_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(err)) : KS_OK;
}

static void deps_open(struct build *b, char **text, size_t *len)
{
	if (!b->o.depfile)
		return;
	b->deps = text_stream(text, len);
	fprintf(b->deps, "%s:", b->output);
}

static int deps_write(const char *path, const char *text)
{
	struct whole_file w;
	int err = whole_file_open(&w, path);

	if (!err) {
		fprintf(w.file, "%s\n", text);
		err = whole_file_close(&w, true);
	}
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(-err)) : KS_OK;
}

/* ---- compiling ---- */

bool is_source(const char *path)
{
	size_t n = strlen(path);

	return n > 2 && !strcmp(path + n - 2, ".c");
}

static int check_source(const char *path)
{
	int fd, err;

	if (!is_source(path))
		return api_fail(KS_USAGE, "%s: is no source: a name that ends in .bpf.c is due",
				path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = errno;
	if (fd < 0)
		return api_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(err));
	close(fd);
	return KS_OK;
}

/* Which of its lines, clang has said; this is the closing line. */
static int not_compiled(const char *source, const struct compiler_log *log)
{
	if (log->missing[0] && has_prefix(log->missing, "scx/"))
		return api_fail(KS_USAGE,
				"%s: <%s> is not among the headers of ours: name the tree of "
				"scx or of the kernel that has it by --include DIR",
				source, log->missing);
	if (log->missing[0])
		return api_fail(KS_USAGE,
				"%s: '%s' is not found: name the folder that has it by "
				"--include DIR",
				source, log->missing);
	return api_fail(KS_USAGE, "%s: does not compile: %u error%s, see above", source,
			log->nr_errors, log->nr_errors == 1 ? "" : "s");
}

static int fill_command(struct build *b, struct word_list *w, const char *source, unsigned int i)
{
	int err;

	if (!word_add(w, "%s", b->cc.path))
		return api_fail(KS_USAGE, "out of memory");
	err = flags_add(w, b->dir, &b->o);
	if (err)
		return err;
	if (!word_add(w, "-MD") || !word_add(w, "-MF") || !word_add(w, "%s/%u.d", b->dir, i) ||
	    !word_add(w, "-c") || !word_add(w, "%s", source) || !word_add(w, "-o") ||
	    !word_add(w, "%s/%u.o", b->dir, i))
		return api_fail(KS_USAGE, "out of memory");
	return KS_OK;
}

static void tell_command(const struct build *b, const struct word_list *w)
{
	char *text = NULL;
	size_t len;
	FILE *f = b->o.log ? text_stream(&text, &len) : NULL;
	unsigned int i;

	for (i = 0; f && i < w->nr; i++)
		fprintf(f, "%s%s", i ? " " : "", w->at[i]);
	if (!f)
		return;
	fclose(f);
	b->o.log(b->o.log_arg, KS_DEBUG, text);
	free(text);
}

static int compile(struct build *b, const char *source, unsigned int i)
{
	struct compiler_log log = { .log = b->o.log, .arg = b->o.log_arg };
	struct word_list w = { 0 };
	char deps[PATH_MAX];
	int err = check_source(source);

	if (!err)
		err = fill_command(b, &w, source, i);
	if (!err) {
		tell_command(b, &w);
		err = compiler_run(&b->cc, w.at, &log);
		if (err == KS_USAGE && log.nr_errors)
			not_compiled(source, &log);
		else if (err == KS_USAGE)
			api_fail(KS_USAGE, "%s: does not compile: %s failed, see above", source,
				 b->cc.path);
	}
	words_free(&w);
	if (!err && b->deps) {
		snprintf(deps, sizeof(deps), "%s/%u.d", b->dir, i);
		err = deps_take(b, deps);
	}
	return err;
}

/* ---- linking ---- */

static int link_with(struct build *b, struct bpf_linker *linker, const char *const *sources,
		     unsigned int nr)
{
	char path[PATH_MAX];
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%u.o", b->dir, i);
		err = bpf_linker__add_file(linker, path, NULL);
	}
	if (err)
		return api_fail(KS_USAGE, "%s: cannot be linked with those before it: %s",
				sources[i - 1], diag_last(strerror(-err)));
	if (bpf_linker__finalize(linker))
		return api_fail(KS_USAGE, "%s: cannot be linked: %s", b->output,
				diag_last(strerror(errno)));
	return KS_OK;
}

/* What libbpf says of it is kept, not printed: with a machine, by who made that. */
static int link_objects(struct build *b, const char *const *sources, unsigned int nr,
			const char *to)
{
	struct bpf_linker *linker;
	int err;

	if (!api_machine)
		diag_begin(NULL);
	diag_clear();
	linker = bpf_linker__new(to, NULL);
	err = linker ? link_with(b, linker, sources, nr) :
		       api_fail(KS_USAGE, "%s: cannot be written: %s", to, strerror(errno));
	bpf_linker__free(linker);
	if (!api_machine)
		diag_end();
	return err;
}

static int put_in_place(const char *made, const char *to)
{
	FILE *in = fopen(made, "re");
	int err = in ? 0 : -errno, ret;
	struct whole_file w;

	if (!err)
		err = whole_file_open(&w, to);
	if (!err) {
		ret = file_copy(in, w.file);
		err = whole_file_close(&w, !ret);
		err = ret ? ret : err;
	}
	if (in)
		fclose(in);
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", to, strerror(-err)) : KS_OK;
}

static int build_in(struct build *b, const char *const *sources, unsigned int nr)
{
	char made[PATH_MAX];
	unsigned int i;
	int err = write_types(b);

	for (i = 0; !err && i < nr; i++)
		err = compile(b, sources[i], i);
	snprintf(made, sizeof(made), nr > 1 ? "%s/out.o" : "%s/0.o", b->dir);
	if (!err && nr > 1)
		err = link_objects(b, sources, nr, made);
	return err ? err : put_in_place(made, b->output);
}

static int build(struct build *b, const char *const *sources, unsigned int nr)
{
	char *text = NULL;
	size_t len;
	int err = compiler_find(&b->cc, b->o.clang);

	if (err)
		return err;
	b->dir = scratch_make();
	if (!b->dir)
		return api_fail(KS_USAGE, "a temporary folder cannot be made: %s", strerror(errno));
	deps_open(b, &text, &len);
	err = build_in(b, sources, nr);
	if (b->deps)
		fclose(b->deps);
	if (!err && b->o.depfile)
		err = deps_write(b->o.depfile, text);
	free(text);
	scratch_remove(b->dir);
	free(b->dir);
	return err;
}

KS_PUBLIC int ks_build(const char *const *sources, unsigned int nr, const char *output,
		       const struct ks_build_opts *opts)
{
	struct build b = { .output = output };

	if (api_need(sources) || api_need(output) ||
	    api_take(&b.o, sizeof(b.o), opts, "ks_build_opts"))
		return KS_USAGE;
	if (!nr)
		return api_fail(KS_USAGE, "ks_build: a source is due");
	return build(&b, sources, nr);
}

/* ---- for a moment ---- */

int build_temporary(const char *source, const char *kernel, const struct ks_build_opts *o,
		    char **dir, char **object)
{
	struct ks_build_opts opts;
	const char *slash = strrchr(source, '/');
	int err = api_take(&opts, sizeof(opts), o, "ks_build_opts");

	if (err)
		return KS_USAGE;
	*dir = scratch_make();
	*object = NULL;
	if (!*dir || asprintf(object, "%s/%.200s", *dir, slash ? slash + 1 : source) < 0) {
		build_drop(*dir, NULL);
		return api_fail(KS_USAGE, "a temporary folder cannot be made: %s", strerror(errno));
	}
	(*object)[strlen(*object) - 1] = 'o';
	opts.sz = sizeof(opts);
	opts.depfile = NULL;
	if (!opts.kernel)
		opts.kernel = kernel;
	err = ks_build(&source, 1, *object, &opts);
	if (err) {
		build_drop(*dir, *object);
		*dir = *object = NULL;
	}
	return err;
}

void build_drop(char *dir, char *object)
{
	if (dir)
		scratch_remove(dir);
	free(dir);
	free(object);
}

struct ks_built {
	char *dir, *object;
};

KS_PUBLIC int ks_build_temporary(const char *path, const struct ks_build_opts *opts,
				 struct ks_built **out)
{
	struct ks_built *b;
	int err;

	if (out)
		*out = NULL;
	if (api_need(path) || api_need(out))
		return KS_USAGE;
	if (!is_source(path))
		return KS_OK;
	b = calloc(1, sizeof(*b));
	if (!b)
		return api_fail(KS_USAGE, "out of memory");
	err = build_temporary(path, NULL, opts, &b->dir, &b->object);
	if (err)
		free(b);
	else
		*out = b;
	return err;
}

KS_PUBLIC const char *ks_built_object(const struct ks_built *built)
{
	return built ? built->object : NULL;
}

KS_PUBLIC void ks_built_drop(struct ks_built *built)
{
	if (built)
		build_drop(built->dir, built->object);
	free(built);
}
