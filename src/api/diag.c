// SPDX-License-Identifier: GPL-2.0-only
/*
 * diag.c - from what libbpf printed to one line that says what, where and what to
 * do. libbpf's warnings are kept while an object is worked on; when a step fails, a
 * table of phrases says which of them is the cause:
 *
 *	libbpf: extern (func ksym) 'scx_bpf_foo': not found in kernel or module BTFs
 *	  -> kfunc 'scx_bpf_foo' does not exist in kernel 6.12
 *
 * A verifier's log arrives as one long warning; its last words are the reason.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/api.h"
#include "api/state.h"
#include "bpf/callable.h"
#include "bpf/map.h"
#include "kern/machine.h"

#define D (&api_state.diag)

void diag_clear(void)
{
	while (D->nr_kept)
		free(D->kept[--D->nr_kept]);
}

static void keep(const char *text)
{
	if (D->nr_kept == KEPT_MAX) {
		free(D->kept[0]);
		memmove(D->kept, D->kept + 1, (KEPT_MAX - 1) * sizeof(*D->kept));
		D->nr_kept--;
	}
	D->kept[D->nr_kept] = strdup(text);
	if (D->kept[D->nr_kept])
		D->nr_kept++;
}

const char *diag_last(const char *otherwise)
{
	char *text = D->nr_kept ? D->kept[D->nr_kept - 1] : NULL;

	if (!text)
		return otherwise;
	text[strcspn(text, "\n")] = '\0';
	return has_prefix(text, "libbpf: ") ? text + 8 : text;
}

void diag_note(const char *line)
{
	keep(line);
	api_log(D->listener, KS_WARNING, "%s", line);
}

/* To the log, a line at a time. */
static void log_lines(enum ks_level level, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line)
			api_log(D->listener, level, "%s", line);
}

static int libbpf_says(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text = D->text;

	if (level == LIBBPF_DEBUG && (!D->listener || !D->listener->opts.log))
		return 0;
	vsnprintf(text, DIAG_TEXT_MAX, fmt, ap);
	if (level == LIBBPF_WARN)
		keep(text);
	/* the caller gets the cause in one line: the rest is for who asks for more */
	log_lines(level == LIBBPF_DEBUG ? KS_DEBUG : KS_INFO, text);
	return 0;
}

void diag_begin(struct ks_machine *km)
{
	D->listener = km;
	libbpf_set_print(libbpf_says);
}

void diag_end(void)
{
	D->listener = NULL;
	libbpf_set_print(NULL);
	diag_clear();
}

/* --- causes --- */

enum shown {
	QUOTED,	      /* the 'quoted' word that the phrase ends before */
	QUOTED_KFUNC, /* the same, and which other kernels have it */
	OPS_MEMBER, /* the word behind the phrase: a member of the ops, and which other kernels have it */
	WHOLE_TYPE, /* as WHOLE: with a "struct x " in it, and which other kernels have it */
	AFTER,	    /* the rest of the line behind the phrase */
	WHOLE,	    /* the warning's first line */
	TYPE_NAME, /* of "<byte_off> [5] struct task_struct.x (0:1 @ offset 2)", the middle; and which */
};

/* @phrase occurs in the warning; what is to be shown of it goes into @says, as its only %s. */
static const struct cause {
	const char *phrase;
	enum shown shown;
	const char *says;
} causes[] = {
	{ "extern (func ksym) '", QUOTED_KFUNC,
	  "kfunc '%s' does not exist in this machine's kernel" },
	{ "<invalid kfunc call>\nkfunc '", QUOTED_KFUNC,
	  "kfunc '%s' does not exist in this machine's kernel" },
	{ "extern (var ksym) '", QUOTED,
	  "kernel variable '%s' does not exist in this machine's kernel" },
	{ "extern (kcfg) '", QUOTED, "the kernel's configuration says nothing of '%s'" },
	{ "failed to find valid kernel BTF", AFTER, "no kernel BTF%s" },
	{ "Cannot find member ", OPS_MEMBER, "this kernel's %s" },
	{ "is not found in kernel BTF", WHOLE_TYPE,
	  "this machine does not have struct_ops type: %s" },
	{ "failed to resolve CO-RE relocation", TYPE_NAME,
	  "this machine does not model '%s', which the program uses" },
	{ "failed to find kernel BTF type ID of '", QUOTED,
	  "attach target '%s' does not exist in this machine's kernel" },
	{ "object file doesn't contain bpf program", AFTER, "it contains no BPF program%s" },
	{ "is not a valid eBPF object file", AFTER, "it is no BPF object%s" },
	{ "BTF is required, but is missing or corrupted", AFTER,
	  "it has no usable BTF: compile with -g%s" },
	{ "target endianness doesn't match", AFTER,
	  "it is for a machine of the other endianness%s" },
};

/* The word in quotes whose opening one is the first at or behind @text. */
static bool quoted_word(const char *text, char *word, size_t len)
{
	const char *from = strchr(text, '\''), *end = from ? strchr(from + 1, '\'') : NULL;

	if (!end)
		return false;
	snprintf(word, len, "%.*s", (int)(end - from - 1), from + 1);
	return true;
}

static void first_line(char *to, size_t len, const char *text)
{
	while (has_prefix(text, "libbpf: "))
		text += 8;
	snprintf(to, len, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Words from @phrase on up to the end of its line. */
static void words_after(char *to, size_t len, const char *text, const char *phrase)
{
	first_line(to, len, strstr(text, phrase) + strlen(phrase));
}

static void type_name(char *to, size_t len, const char *text, const char *phrase)
{
	char line[512], *from, *end;

	words_after(line, sizeof(line), text, phrase);
	from = strstr(line, "] ");
	from = from ? from + 2 : line;
	end = strstr(from, " (");
	if (end)
		*end = '\0';
	snprintf(to, len, "%s", from);
}

/* A program may call a kfunc x by a prototype of its own, x___y; but x___v2 is a kfunc's name, too. */
static void drop_flavour(char *kfunc)
{
	char *flavour, *next;

	if (kfunc_row_exists(kfunc) || !(flavour = strstr(kfunc, "___")))
		return;
	while ((next = strstr(flavour + 1, "___")))
		flavour = next;
	*flavour = '\0';
}

/* "; kernels that have it: 7.1, 7.2", or that none has */
static void add_kernels(char *out, size_t len, const char *kfunc)
{
	const struct profile *p;
	size_t used, begin = strlen(out);
	u32 i, n = 0;

	for (i = 0; (p = profile_at(i)); i++) {
		used = strlen(out);
		if (kfunc_find(kfunc, p))
			snprintf(out + used, len - used, "%s %s",
				 n++ ? "," : "; kernels that have it:", p->name);
	}
	if (!out[begin])
		snprintf(out + begin, len - begin, ", nor in another that it models");
}

/* The type below typedefs and qualifiers. */
static const struct btf_type *bare_type(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* of @t's own members the one whose name is @name's first @n bytes: its type's id, or 0 */
static u32 member_type(const struct btf *btf, const struct btf_type *t, const char *name, size_t n)
{
	const struct btf_member *m = btf_members(t);

	for (u32 i = 0; i < btf_vlen(t); i++, m++) {
		const char *own = btf__name_by_offset(btf, m->name_off);

		if (strlen(own) == n && !strncmp(own, name, n))
			return m->type;
	}
	return 0;
}

/* A name is up to here: what follows a ___ is the program's own. */
static size_t bare_len(const char *name, size_t n)
{
	const char *flavour = strstr(name, "___");

	return flavour && flavour < name + n ? (size_t)(flavour - name) : n;
}

/* Is there a struct @name of @n bytes with @path, "scx.selected_cpu" or "", in it? */
static bool has_path(const struct btf_types *bt, const char *name, size_t n, const char *path)
{
	char type[128];
	u32 id;

	snprintf(type, sizeof(type), "%.*s", (int)bare_len(name, n), name);
	for (id = vmbtf_find(bt, type, BTF_KIND_STRUCT); id && *path;
	     path += n + (path[n] == '.')) {
		const struct btf_type *t = bare_type(bt->btf, id);

		if (!t || !btf_is_composite(t))
			return false;
		n = strcspn(path, ".");
		id = member_type(bt->btf, t, path, n);
	}
	return id;
}

/* The same for "type" or "type.member.member"; that none has it goes unsaid. */
static void add_type_kernels(char *out, size_t len, const char *name)
{
	size_t n = strcspn(name, ".");
	const struct profile *p;
	struct btf_types *bt;
	u32 nr = 0;

	for (u32 i = 0; (p = profile_at(i)); i++) {
		size_t used = strlen(out);

		if (vmbtf_create(p, &bt))
			return;
		if (has_path(bt, name, n, name + n + (name[n] == '.')))
			snprintf(out + used, len - used, "%s %s",
				 nr++ ? "," : "; kernels that have it:", p->name);
		vmbtf_destroy(bt);
	}
}

/* @words begin with the name of a struct. */
static void add_struct_kernels(char *out, size_t len, const char *words)
{
	char name[128];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(words, " "), words);
	add_type_kernels(out, len, name);
}

/* libbpf does not say which form of the ops: the usual one, or where only the other has @member. */
static void explain_member(const char *member, const char *says, char *out, size_t len)
{
	static const char *const forms[] = { "sched_ext_ops", "sched_ext_ops_cid" };
	char path[640], what[640];
	struct vmbtf_base *base;
	u32 form = 0;

	if (!vmbtf_base_create(&base)) {
		form = !vmbtf_base_has(base, forms[0], member) &&
		       vmbtf_base_has(base, forms[1], member);
		vmbtf_base_destroy(base);
	}
	snprintf(what, sizeof(what), "%s has no member %s", forms[form], member);
	snprintf(out, len, says, what);
	snprintf(path, sizeof(path), "%s.%s", forms[form], member);
	add_type_kernels(out, len, path);
}

/* what is to be shown of @text; false: it is not there */
static bool shown_word(const struct cause *c, const char *text, const char *at, char *word,
		       size_t len)
{
	switch (c->shown) {
	case QUOTED:
		return quoted_word(at, word, len);
	case QUOTED_KFUNC:
		if (!quoted_word(at, word, len))
			return false;
		drop_flavour(word);
		return true;
	case AFTER:
		words_after(word, len, text, c->phrase);
		return true;
	case OPS_MEMBER:
		words_after(word, len, text, c->phrase);
		word[strcspn(word, " ")] = '\0';
		return true;
	case WHOLE:
	case WHOLE_TYPE:
		first_line(word, len, text);
		return true;
	case TYPE_NAME:
		type_name(word, len, text, c->phrase);
		return true;
	}
	return false;
}

static bool explain(const struct cause *c, const char *text, char *out, size_t len)
{
	const char *at = strstr(text, c->phrase);
	char word[512];

	if (!at || !shown_word(c, text, at, word, sizeof(word)))
		return false;
	if (c->shown == OPS_MEMBER) {
		explain_member(word, c->says, out, len);
		return true;
	}
	snprintf(out, len, c->says, word);
	if (c->shown == QUOTED_KFUNC)
		add_kernels(out, len, word);
	else if (c->shown == TYPE_NAME && has_prefix(word, "struct "))
		add_type_kernels(out, len, word + 7);
	else if (c->shown == WHOLE_TYPE && strstr(word, "struct "))
		add_struct_kernels(out, len, strstr(word, "struct ") + 7);
	return true;
}

/* --- verifier logs --- */

#define LOG_BEGIN "-- BEGIN PROG LOAD LOG --\n"
#define LOG_END "-- END PROG LOAD LOG --"

static bool is_statistics(const char *line, size_t n)
{
	return !n || has_prefix(line, "processed ") || has_prefix(line, "verification time") ||
	       has_prefix(line, "stack depth");
}

/* A line of source begins with a semicolon. */
static void add_words(char *out, size_t len, const char *line, size_t n)
{
	size_t used = strlen(out), blanks = strspn(line, "; \t");
	const char *sep = !used ? "" : out[used - 1] == ',' ? " " : "; ";

	blanks = min(blanks, n);
	while (n > blanks && line[n - 1] == ';')
		n--;
	snprintf(out + used, len - used, "%s%.*s", sep, (int)(n - blanks), line + blanks);
}

/* The log as one line, without its statistics. */
static bool log_words(const char *text, char *out, size_t len)
{
	const char *p = strstr(text, LOG_BEGIN), *end;
	size_t n;

	if (!p)
		return false;
	p += strlen(LOG_BEGIN);
	end = strstr(p, LOG_END);
	*out = '\0';
	for (; *p && p != end; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		if (!is_statistics(p, n))
			add_words(out, len, p, n);
	}
	return *out;
}

/* "prog 'x': BPF program load failed", with what the log in the next warning says */
static bool explain_log(u32 i, char *out, size_t len)
{
	char prog[128], words[1024];

	if (!log_words(D->kept[i], words, sizeof(words)) ||
	    !quoted_word(D->kept[i], prog, sizeof(prog)))
		return false;
	snprintf(out, len, "program '%s' is refused: %s", prog, words);
	return true;
}

static bool is_map_type_modelled(u32 type)
{
	const struct map_ops *const *ops = map_types;

	while (*ops && (*ops)->type != type)
		ops++;
	return *ops;
}

static bool has_type_tag(const struct btf *btf, const char *tag)
{
	const struct btf_type *t;
	u32 id;

	for (id = 1; btf && id < btf__type_cnt(btf); id++) {
		t = btf__type_by_id(btf, id);
		if (btf_is_type_tag(t) && !strcmp(btf__name_by_offset(btf, t->name_off), tag))
			return true;
	}
	return false;
}

static bool is_map_of_maps(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       bpf_map__type(map) == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* Why the machine would not make map @name, as far as that can be seen from here. */
static bool map_reason(const struct ks_object *obj, const char *name, char *why, size_t len)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj->obj, name);
	const char *type;

	if (!map)
		return false;
	type = libbpf_bpf_map_type_str(bpf_map__type(map));
	if (!is_map_type_modelled(bpf_map__type(map)))
		snprintf(why, len, "maps of type %s are not modelled", type ?: "(unknown)");
	else if (is_map_of_maps(map) && !bpf_map__inner_map(map))
		snprintf(why, len,
			 "its inner maps are made by its loader: run that, by kickstand exec");
	else if (!bpf_map__max_entries(map) && bpf_map__type(map) != BPF_MAP_TYPE_TASK_STORAGE)
		snprintf(why, len,
			 "it has no max_entries, which its loader would set (--resize MAP=N)");
	else if (bpf_map__type(map) == BPF_MAP_TYPE_TASK_STORAGE && K->b.uptr &&
		 has_type_tag(bpf_object__btf(obj->obj), "uptr"))
		snprintf(why, len, "values with __uptr pointers are not modelled");
	else
		return false;
	return true;
}

/* What stands behind the first colon at or behind @text: "-EINVAL" */
static void error_behind(char *to, size_t len, const char *text)
{
	text += strcspn(text, ":");
	text += strspn(text, ": ");
	snprintf(to, len, "%.*s", (int)strcspn(text, " \n"), text);
}

/* "map 'x': failed to create: -EINVAL", or better */
static bool explain_map(const struct ks_object *obj, u32 i, char *out, size_t len)
{
	const char *text = strstr(D->kept[i], "map '");
	const char *at = strstr(D->kept[i], "failed to create");
	char map[128], why[128];

	if (!text || !at || at < text || !quoted_word(text, map, sizeof(map)))
		return false;
	if (!map_reason(obj, map, why, sizeof(why)))
		error_behind(why, sizeof(why), at);
	snprintf(out, len, "map '%s' cannot be created: %s", map, why);
	return true;
}

/* "prog 'x': failed to create kprobe 'y+0x0' perf event: -ENOENT" */
static bool explain_attach(u32 i, char *out, size_t len)
{
	const char *text = strstr(D->kept[i], "prog '"), *at;
	char prog[128], line[512];

	if (!text || !quoted_word(text, prog, sizeof(prog)))
		return false;
	at = strstr(text, "': ");
	if (!at || !has_prefix(at + 3, "failed to "))
		return false;
	first_line(line, sizeof(line), at + 3);
	snprintf(out, len, "program '%s': %s (--programs %s=false leaves it out)", prog, line,
		 prog);
	return true;
}

static bool explain_any(const struct ks_object *obj, u32 i, char *out, size_t len)
{
	size_t c;

	for (c = 0; c < ARRAY_SIZE(causes); c++)
		if (explain(&causes[c], D->kept[i], out, len))
			return true;
	return explain_log(i, out, len) || explain_map(obj, i, out, len) ||
	       explain_attach(i, out, len);
}

/* The first warning that a cause fits; else the last one as it is. */
static void find_cause(const struct ks_object *obj, int err, char *out, size_t len)
{
	u32 i;

	for (i = 0; i < D->nr_kept; i++)
		if (explain_any(obj, i, out, len))
			return;
	if (D->nr_kept)
		first_line(out, len, D->kept[D->nr_kept - 1]);
	else
		snprintf(out, len, "%s", strerror(-err));
}

int diag_fail(const struct ks_object *obj, const char *doing, int err)
{
	char cause[1536];

	find_cause(obj, err, cause, sizeof(cause));
	return api_fail(KS_LOAD, "%s: cannot be %s on kernel %s: %s", obj->name, doing,
			obj->km->m->prof->name, cause);
}
