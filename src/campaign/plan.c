// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan.c - the file that says what a campaign runs: read, and checked to the last key, so that what
 * expands it need not doubt it. Axes are lists, or the one value that there is.
 *
 *	{ "schedulers": ["central.bpf.o"], "set": {"slice_ns": {"from": 1000000, "to": 8000000, "factor": 2}},
 *	  "kernels": ["6.12", "7.3"], "seeds": "1..16" }
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_text.h"
#include "base/shortage.h"
#include "base/suggest.h"
#include "campaign/campaign.h"
#include "load/jtext.h"

#define TIME_DEFAULT_NS (600 * NSEC_PER_SEC)
#define MEMORY_DEFAULT_KB (8ULL << 20)
#define LIST_MAX 100000 /* values of an axis */

/* ---- times and sizes ---- */

static bool number_before(const char *text, const char *end, u64 *n)
{
	char *stop;

	errno = 0;
	*n = strtoull(text, &stop, 10);
	return !errno && *text >= '0' && *text <= '9' && stop == end && *n;
}

bool plan_time(const char *text, u64 *ns)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = { { "ms", NSEC_PER_MSEC },
		      { "s", NSEC_PER_SEC },
		      { "m", 60 * NSEC_PER_SEC },
		      { "h", 3600 * NSEC_PER_SEC } };
	const char *unit = text + strspn(text, "0123456789");

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].name) && number_before(text, unit, ns) &&
		    *ns <= (u64)INT64_MAX / units[i].ns) {
			*ns *= units[i].ns;
			return true;
		}
	return false;
}

bool plan_memory(const char *text, u64 *kb)
{
	const char *unit = text + strspn(text, "0123456789");
	u32 shift = !strcmp(unit, "M") ? 10 : !strcmp(unit, "G") ? 20 : 0;

	if (!shift || !number_before(text, unit, kb) || *kb > UINT64_MAX >> shift)
		return false;
	*kb <<= shift;
	return true;
}

/* ---- keys ---- */

/* where we are in the file: for complaints */
struct reading {
	const char *path;
	struct jkey at;
};

enum kind {
	K_STRING,
	K_STRINGS, /* one, or a list */
	K_WORDS,   /* a list: words of a command line */
	K_SEEDS,   /* 7, "1..32", or a list of such */
	K_MACHINES,
	K_SETTINGS,
	K_SCHEDULERS,
	K_EXPLORE,
	K_LIMITS,
	K_BLOCKS,
	K_EXCLUDES,
	K_COUNT,
	K_TIME,
	K_MEMORY,
	K_VALUES, /* any scalar, or a list of such */
};

struct key {
	const char *name;
	enum kind kind;
};

#define BLOCK_KEYS                                                                                \
	{ "schedulers", K_SCHEDULERS }, { "set", K_SETTINGS }, { "options", K_WORDS },            \
		{ "kernels", K_STRINGS }, { "machines", K_MACHINES }, { "workloads", K_STRINGS }, \
		{ "seeds", K_SEEDS }, { "duration", K_STRING },                                   \
	{                                                                                         \
		"explore", K_EXPLORE                                                              \
	}

static const struct key plan_keys[] = { BLOCK_KEYS,
					{ "name", K_STRING },
					{ "include", K_BLOCKS },
					{ "exclude", K_EXCLUDES },
					{ "limits", K_LIMITS },
					{ "keep", K_STRINGS },
					{} };
static const struct key block_keys[] = { BLOCK_KEYS, {} };
static const struct key scheduler_keys[] = { { "name", K_STRING },   { "object", K_STRING },
					     { "source", K_STRING }, { "loader", K_WORDS },
					     { "none", K_STRING },   { "set", K_SETTINGS },
					     { "options", K_WORDS }, {} };
static const struct key machine_keys[] = { { "name", K_STRING }, { "options", K_WORDS }, {} };
static const struct key explore_keys[] = { { "runs", K_COUNT },
					   { "budget", K_TIME },
					   { "strategy", K_STRING },
					   { "search_seeds", K_SEEDS },
					   {} };
static const struct key limits_keys[] = { { "time", K_TIME }, { "memory", K_MEMORY }, {} };
static const struct key exclude_keys[] = { { "scheduler", K_VALUES },
					   { "kernel", K_VALUES },
					   { "machine", K_VALUES },
					   { "workload", K_VALUES },
					   { "seed", K_VALUES },
					   { "set", K_SETTINGS },
					   {} };
static const struct key range_keys[] = {
	{ "from", K_COUNT }, { "to", K_COUNT }, { "step", K_COUNT }, { "factor", K_COUNT }, {}
};

static int fail(const struct reading *r, const char *fmt, ...) __printf(2, 3);
static int fail(const struct reading *r, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!r->at.line)
		return campaign_fail(KS_USAGE, "%s: %s", r->path, what);
	return campaign_fail(KS_USAGE, "%s:%u:%u: %s", r->path, r->at.line, r->at.col, what);
}

static int fail_key(const struct reading *r, const struct key *keys)
{
	struct suggestion s = { .word = r->at.name };
	char known[512] = "", text[160];
	size_t n = 0;

	for (const struct key *k = keys; k->name; k++) {
		suggest_try(&s, k->name);
		n += snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", k->name);
	}
	suggest_text(&s, text, sizeof(text));
	return fail(r, "there is no key '%s' here%s%s", r->at.name, *text ? text : "; there are ",
		    *text ? "" : known);
}

static int check(struct reading *r, enum kind kind, json_t **v);

/* Checks the members of *@o, and puts an object with plain keys in its place. */
static int check_object(struct reading *r, const struct key *keys, json_t **o)
{
	json_t *plain = json_object(), *v;
	const char *name;
	int err = KS_OK;

	json_object_foreach(*o, name, v) {
		const struct key *k = keys;
		json_t *member = json_incref(v);

		jtext_key(name, &r->at);
		while (k->name && strcmp(k->name, r->at.name))
			k++;
		err = !k->name			      ? fail_key(r, keys) :
		      json_object_get(plain, k->name) ? fail(r, "'%s' stands here twice", k->name) :
							check(r, k->kind, &member);
		if (!err)
			json_object_set(plain, k->name, member);
		json_decref(member);
		if (err)
			break;
	}
	json_decref(*o);
	*o = plain;
	return err;
}

static int expect_object(struct reading *r, const struct key *keys, json_t **v)
{
	if (!json_is_object(*v))
		return fail(r, "'%s': an object {...} is due", r->at.name);
	return check_object(r, keys, v);
}

/* A list, each of its values checked by @one; what is no list is one of a single value. */
static int check_list(struct reading *r, json_t **v, int (*one)(struct reading *r, json_t **value))
{
	struct jkey at = r->at;
	json_t *list = json_array(), *value;
	int err = KS_OK;
	size_t i;

	if (!json_is_array(*v)) {
		json_array_append(list, *v);
		json_decref(*v);
		*v = list;
		list = json_array();
	}
	if (!json_array_size(*v))
		err = fail(r, "'%s' is empty: no run is left", at.name);
	else if (json_array_size(*v) > LIST_MAX)
		err = fail(r, "'%s' has more than %d values", at.name, LIST_MAX);
	json_array_foreach(*v, i, value) {
		json_t *mine = json_incref(value);

		r->at = at;
		if (!err)
			err = one(r, &mine);
		json_array_append_new(list, mine);
	}
	json_decref(*v);
	*v = list;
	return err;
}

static int one_string(struct reading *r, json_t **v)
{
	return json_is_string(*v) && *json_string_value(*v) ?
		       KS_OK :
		       fail(r, "'%s': a string is due", r->at.name);
}

static int one_scalar(struct reading *r, json_t **v)
{
	return json_is_string(*v) || json_is_number(*v) || json_is_boolean(*v) ?
		       KS_OK :
		       fail(r, "'%s': a number, a string, true or false is due", r->at.name);
}

static int one_word(struct reading *r, json_t **v)
{
	if (json_is_integer(*v)) {
		json_t *text = json_sprintf("%lld", (long long)json_integer_value(*v));

		json_decref(*v);
		*v = text;
	}
	return one_string(r, v);
}

/* 7; "1..32": an array of two */
static int one_seed(struct reading *r, json_t **v)
{
	const char *text = json_string_value(*v);
	long long a, b;
	int used = 0;

	if (json_is_integer(*v) && json_integer_value(*v) >= 0)
		a = b = json_integer_value(*v);
	else if (!text || sscanf(text, "%lld..%lld%n", &a, &b, &used) != 2 || text[used] || a < 0 ||
		 b < a || b - a >= RUNS_MAX)
		return fail(r, "'%s': a number, or a range as \"1..32\" is due", r->at.name);
	json_decref(*v);
	*v = json_pack("[I, I]", (json_int_t)a, (json_int_t)b);
	return KS_OK;
}

/* 8 CPUs, "1n2l4c2t", or { "name": ..., "options": [...] }: the last of it is what comes out */
static int one_machine(struct reading *r, json_t **v)
{
	const char *text = json_string_value(*v);
	json_t *made = NULL;
	int err;

	if (json_is_integer(*v) && json_integer_value(*v) > 0) {
		made = json_pack("{s:o, s:[s, o]}", "name",
				 json_sprintf("%lld", (long long)json_integer_value(*v)), "options",
				 "--cpus", json_sprintf("%lld", (long long)json_integer_value(*v)));
	} else if (text && *text != 'n' && text[strspn(text, "0123456789")] == 'n') {
		made = json_pack("{s:s, s:[s, s]}", "name", text, "options", "--topology", text);
	} else if (json_is_object(*v)) {
		err = check_object(r, machine_keys, v);
		if (!err && (!json_object_get(*v, "name") || !json_object_get(*v, "options")))
			err = fail(r, "a machine has a name and options");
		return err;
	}
	if (!made)
		return fail(r,
			    "'%s': a number of CPUs, a topology as \"1n2l4c2t\", or an object "
			    "with name and options is due",
			    r->at.name);
	json_decref(*v);
	*v = made;
	return KS_OK;
}

/* ---- settings: each a list of texts ---- */

static json_t *value_text(const json_t *v)
{
	if (json_is_string(v))
		return json_string(json_string_value(v));
	if (json_is_boolean(v))
		return json_string(json_is_true(v) ? "true" : "false");
	return json_is_integer(v) ? json_sprintf("%lld", (long long)json_integer_value(v)) :
				    json_sprintf("%.17g", json_real_value(v));
}

/* [1, 2] within a list of values: the elements of an array, "1,2" */
static int one_setting(struct reading *r, json_t **v)
{
	json_t *text = json_string(""), *joined, *part;
	size_t i;
	int err = json_is_array(*v) ? KS_OK : one_scalar(r, v);

	if (!err && !json_is_array(*v)) {
		json_decref(text);
		text = value_text(*v);
	}
	json_array_foreach(*v, i, part) {
		if (!err)
			err = one_scalar(r, &part);
		if (err)
			break;
		json_t *one = value_text(part);

		joined = json_sprintf("%s%s%s", json_string_value(text), i ? "," : "",
				      json_string_value(one));
		json_decref(one);
		json_decref(text);
		text = joined;
	}
	json_decref(*v);
	*v = text;
	return err;
}

static json_int_t member(const json_t *o, const char *key, json_int_t otherwise)
{
	const json_t *v = json_object_get(o, key);

	return v ? json_integer_value(v) : otherwise;
}

/* { "from": A, "to": B, "step": S } or "factor": F in place of it; both ends can be there */
static int expand_range(struct reading *r, json_t **v)
{
	struct jkey at = r->at;
	int err = check_object(r, range_keys, v);
	json_int_t from = member(*v, "from", -1), to = member(*v, "to", -1);
	json_int_t step = member(*v, "step", 0), factor = member(*v, "factor", 0);
	json_t *list = json_array();

	r->at = at;
	if (!err && (from < 0 || to < from || !step == !factor || factor == 1 || (factor && !from)))
		err = fail(r,
			   "'%s': a range has from, to (not less), and a step, or a factor of 2 "
			   "or more and a from above 0",
			   at.name);
	if (!err && step && (to - from) / step >= LIST_MAX)
		err = fail(r, "'%s' has more than %d values", at.name, LIST_MAX);
	while (!err && from <= to) {
		json_array_append_new(list, json_sprintf("%lld", (long long)from));
		if (from > (factor ? to / factor : to - step))
			break;
		from = factor ? from * factor : from + step;
	}
	json_decref(*v);
	*v = list;
	return err;
}

static int check_settings(struct reading *r, json_t **o)
{
	json_t *plain = json_object(), *v;
	const char *name;
	int err = json_is_object(*o) ? KS_OK : fail(r, "'set': an object {...} is due");

	json_object_foreach(*o, name, v) {
		json_t *values = json_incref(v);

		jtext_key(name, &r->at);
		if (!err && json_object_get(plain, r->at.name))
			err = fail(r, "'%s' stands here twice", r->at.name);
		if (!err) {
			char key[sizeof(r->at.name)];

			strcpy(key, r->at.name);
			err = json_is_object(values) ? expand_range(r, &values) :
						       check_list(r, &values, one_setting);
			json_object_set(plain, key, values);
		}
		json_decref(values);
	}
	json_decref(*o);
	*o = plain;
	return err;
}

/* ---- schedulers ---- */

static const char *const scheduler_kinds[] = { "object", "source", "loader", "none" };

static int check_scheduler(struct reading *r, const json_t *s)
{
	u32 nr = 0;

	for (size_t i = 0; i < sizeof(scheduler_kinds) / sizeof(scheduler_kinds[0]); i++)
		nr += !!json_object_get(s, scheduler_kinds[i]);
	if (nr != 1)
		return fail(r, "a scheduler is one of object, source, loader and none");
	return KS_OK;
}

/* "x.bpf.o", "x.bpf.c", "none", or an object */
static int one_scheduler(struct reading *r, json_t **v)
{
	const char *text = json_string_value(*v);
	const json_t *loader;
	json_t *made;
	int err;

	if (json_is_object(*v)) {
		struct jkey at = r->at;

		err = check_object(r, scheduler_keys, v);
		if (err)
			return err;
		r->at = at;
		loader = json_object_get(*v, "loader");
		if (!json_object_get(*v, "name")) {
			text = NULL;
			for (u32 i = 0; !text && i < 2; i++)
				text = json_string_value(json_object_get(*v, scheduler_kinds[i]));
			text = text ?: json_string_value(json_array_get(loader, 0)) ?: "none";
			text = strrchr(text, '/') ? strrchr(text, '/') + 1 : text;
			json_object_set_new(*v, "name", json_string(text));
		}
		return check_scheduler(r, *v);
	}
	err = one_string(r, v);
	if (err)
		return err;
	made = json_pack("{s:s, s:s}", "name", strrchr(text, '/') ? strrchr(text, '/') + 1 : text,
			 !strcmp(text, "none") ? "none" :
			 names_source(text)    ? "source" :
						 "object",
			 text);
	json_decref(*v);
	*v = made;
	return KS_OK;
}

static int one_block(struct reading *r, json_t **v)
{
	return expect_object(r, block_keys, v);
}

static int one_exclude(struct reading *r, json_t **v)
{
	int err = expect_object(r, exclude_keys, v);

	return err		    ? err :
	       json_object_size(*v) ? KS_OK :
				      fail(r, "an exclude without a key leaves nothing");
}

static int check_count(struct reading *r, const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 ?
		       KS_OK :
		       fail(r, "'%s': a number, not below 0, is due", r->at.name);
}

static int check_text(struct reading *r, const json_t *v, bool (*parse)(const char *, u64 *),
		      const char *like)
{
	const char *text = json_string_value(v);
	u64 n;

	return text && parse(text, &n) ? KS_OK :
					 fail(r, "'%s': a string as %s is due", r->at.name, like);
}

static int check(struct reading *r, enum kind kind, json_t **v)
{
	switch (kind) {
	case K_STRING:
		return one_string(r, v);
	case K_STRINGS:
		return check_list(r, v, one_string);
	case K_WORDS:
		return check_list(r, v, one_word);
	case K_SEEDS:
		return check_list(r, v, one_seed);
	case K_MACHINES:
		return check_list(r, v, one_machine);
	case K_SETTINGS:
		return check_settings(r, v);
	case K_SCHEDULERS:
		return check_list(r, v, one_scheduler);
	case K_EXPLORE:
		return expect_object(r, explore_keys, v);
	case K_LIMITS:
		return expect_object(r, limits_keys, v);
	case K_BLOCKS:
		return check_list(r, v, one_block);
	case K_EXCLUDES:
		return check_list(r, v, one_exclude);
	case K_COUNT:
		return check_count(r, *v);
	case K_TIME:
		return check_text(r, *v, plan_time, "\"60s\" or \"10m\"");
	case K_MEMORY:
		return check_text(r, *v, plan_memory, "\"512M\" or \"2G\"");
	case K_VALUES:
		return check_list(r, v, one_setting);
	}
	return KS_USAGE;
}

/* ---- the file ---- */

static void take_limits(struct plan *p)
{
	const json_t *limits = json_object_get(p->json, "limits");
	const char *time = json_string_value(json_object_get(limits, "time"));
	const char *memory = json_string_value(json_object_get(limits, "memory"));

	p->limits = (struct limits){ TIME_DEFAULT_NS, MEMORY_DEFAULT_KB };
	if (time)
		plan_time(time, &p->limits.time_ns);
	if (memory)
		plan_memory(memory, &p->limits.memory_kb);
}

static int take_place(struct plan *p, const char *path, size_t *len)
{
	char *full = realpath(path, NULL), *name;

	if (!full)
		return campaign_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
	name = strdup(full);
	p->path = strdup(path);
	p->folder = name ? strdup(dirname(name)) : NULL;
	free(name);
	p->text = file_text(full, JTEXT_BYTES_MAX, len);
	free(full); /* it leaves errno as it is */
	shortage_on(!p->path || !p->folder, "out of memory for a plan");
	return p->text ? KS_OK :
			 campaign_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
}

/* p->json as it was read */
static int check_plan(struct plan *p)
{
	struct reading r = { .path = p->path };
	const char *name;
	int err;

	if (!json_is_object(p->json))
		return fail(&r, "a plan is an object {...}");
	err = check_object(&r, plan_keys, &p->json);
	r.at = (struct jkey){ 0 };
	if (!err && !json_object_get(p->json, "schedulers"))
		err = fail(&r, "'schedulers' is missing: what is to be run?");
	if (err)
		return err;
	take_limits(p);
	digest_text(p->text, strlen(p->text), p->sha256);
	name = json_string_value(json_object_get(p->json, "name"));
	p->name = strdup(name ?: basename(p->path));
	shortage_on(!p->name, "out of memory for a plan");
	return KS_OK;
}

int plan_read(struct plan *p, const char *path)
{
	char err[512];
	size_t len;
	int ret;

	*p = (struct plan){ 0 };
	ret = take_place(p, path, &len);
	if (ret)
		return ret;
	p->json = jtext_parse(path, p->text, len, err, sizeof(err));
	return p->json ? check_plan(p) : campaign_fail(KS_USAGE, "%s", err);
}

int plan_read_text(struct plan *p, const char *text)
{
	*p = (struct plan){ .path = strdup("request"),
			    .folder = strdup("."),
			    .text = strdup(text) };
	shortage_on(!p->path || !p->folder || !p->text, "out of memory for a plan");
	p->json = json_loads(text, 0, NULL);
	return check_plan(p);
}

void plan_finish(struct plan *p)
{
	free(p->path);
	free(p->folder);
	free(p->text);
	free(p->name);
	json_decref(p->json);
	*p = (struct plan){ 0 };
}
