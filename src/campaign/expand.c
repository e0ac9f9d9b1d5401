// SPDX-License-Identifier: GPL-2.0-only
/*
 * expand.c - the product of a plan's axes. The plan is a block; each include is another, the axes
 * that it does not name being the plan's. What fits an exclude is left out; what is asked for
 * twice is one.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"

#define MEMORY "out of memory for the runs of a plan"

/* ---- blocks ---- */

static json_t *block_of(const struct plan *p, size_t i)
{
	json_t *block = json_copy(p->json);

	if (i)
		json_object_update(block,
				   json_array_get(json_object_get(p->json, "include"), i - 1));
	return block;
}

static size_t nr_blocks(const struct plan *p)
{
	return 1 + json_array_size(json_object_get(p->json, "include"));
}

/* Those of the plan, then those of the scheduler, which win. */
static json_t *settings_of(const json_t *block, const json_t *scheduler)
{
	const json_t *of_plan = json_object_get(block, "set");
	json_t *all = of_plan && !json_object_get(scheduler, "none") ?
			      json_copy((json_t *)of_plan) :
			      json_object();

	json_object_update(all, json_object_get(scheduler, "set"));
	return all;
}

static json_t *axis(const json_t *block, const char *key, const char *otherwise)
{
	json_t *list = json_object_get(block, key);

	return list ? json_incref(list) : json_pack("[s]", otherwise);
}

static json_t *kernels_of(const json_t *block)
{
	json_t *list = axis(block, "kernels", "");
	const char *name;

	if (strcmp(json_string_value(json_array_get(list, 0)), "all"))
		return list;
	json_decref(list);
	list = json_array();
	for (u32 i = 0; (name = ks_kernel_name(i)); i++)
		json_array_append_new(list, json_string(name));
	return list;
}

static json_t *seeds_of(const json_t *from, const char *key)
{
	json_t *list = json_object_get(from, key);

	return list ? json_incref(list) : json_pack("[[i, i]]", 1, 1);
}

static json_int_t first_of(const json_t *range)
{
	return json_integer_value(json_array_get(range, 0));
}

static json_int_t last_of(const json_t *range)
{
	return json_integer_value(json_array_get(range, 1));
}

/* ---- how many ---- */

static u64 times(u64 a, u64 b)
{
	u64 n;

	return __builtin_mul_overflow(a, b, &n) ? UINT64_MAX : n;
}

static u64 seeds_count(const json_t *from, const char *key)
{
	json_t *list = seeds_of(from, key), *range;
	u64 n = 0;
	size_t i;

	json_array_foreach(list, i, range)
		n += last_of(range) - first_of(range) + 1;
	json_decref(list);
	return n;
}

static u64 list_count(json_t *list)
{
	u64 n = json_array_size(list);

	json_decref(list);
	return n;
}

static u64 settings_count(const json_t *block, const json_t *scheduler)
{
	json_t *all = settings_of(block, scheduler), *values;
	const char *name;
	u64 n = 1;

	json_object_foreach(all, name, values)
		n = times(n, json_array_size(values));
	json_decref(all);
	return n;
}

static u64 block_count(const json_t *block)
{
	const json_t *explore = json_object_get(block, "explore");
	json_t *scheduler;
	u64 n = 0, of_one;
	size_t i;

	of_one =
		times(times(list_count(kernels_of(block)), list_count(axis(block, "machines", ""))),
		      times(list_count(axis(block, "workloads", "")), seeds_count(block, "seeds")));
	if (explore)
		of_one = times(of_one, seeds_count(explore, "search_seeds"));
	json_array_foreach(json_object_get(block, "schedulers"), i, scheduler)
		if (__builtin_add_overflow(n, times(of_one, settings_count(block, scheduler)), &n))
			return UINT64_MAX;
	return n;
}

int plan_count(const struct plan *p, u64 *nr)
{
	*nr = 0;
	for (size_t i = 0; i < nr_blocks(p); i++) {
		json_t *block = block_of(p, i);
		u64 n = block_count(block);

		json_decref(block);
		if (n > RUNS_MAX || (*nr += n) > RUNS_MAX)
			return campaign_fail(KS_USAGE,
					     "%s: more than %u runs: make several plans of it",
					     p->path, RUNS_MAX);
	}
	return KS_OK;
}

/* ---- excludes ---- */

static bool among(const json_t *list, const char *text)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		if (!strcmp(json_string_value(v), text))
			return true;
	return false;
}

static bool setting_fits(const json_t *match, const json_t *settings)
{
	json_t *values;
	const char *name;

	json_object_foreach((json_t *)match, name, values) {
		const char *text = json_string_value(json_object_get(settings, name));

		if (!text || !among(values, text))
			return false;
	}
	return true;
}

static bool exclude_fits(const json_t *exclude, const struct config *c, u64 seed)
{
	const struct {
		const char *key, *value;
	} axes[] = { { "scheduler", c->scheduler },
		     { "kernel", c->kernel },
		     { "machine", c->machine },
		     { "workload", c->workload } };
	const json_t *seeds = json_object_get(exclude, "seed"), *list;
	char text[32];

	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++) {
		list = json_object_get(exclude, axes[i].key);
		if (list && !among(list, axes[i].value))
			return false;
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
	return setting_fits(json_object_get(exclude, "set"), c->settings) &&
	       (!seeds || among(seeds, text));
}

static bool excluded(const struct plan *p, const struct config *c, u64 seed)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(p->json, "exclude"), i, one)
		if (exclude_fits(one, c, seed))
			return true;
	return false;
}

/* ---- configurations ---- */

/* a place in the product, and what is being made of it */
struct product {
	const struct plan *plan;
	struct points *out;
	json_t *block, *scheduler, *settings; /* @settings: chosen values */
	const char *kernel, *workload;
	json_t *machine;
	json_int_t search_seed;
	int err;
};

static const char *name_of(const json_t *o)
{
	return json_string_value(json_object_get(o, "name"));
}

static char *settings_text(const json_t *settings)
{
	char *text = NULL;
	const char *name;
	size_t len;
	FILE *f = text_stream(&text, &len);
	bool any = false;
	json_t *v;

	json_object_foreach((json_t *)settings, name, v) {
		fprintf(f, "%s%s=%s", any ? " " : "", name, json_string_value(v));
		any = true;
	}
	fclose(f);
	return text;
}

static void add_words(struct argv *a, const json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)list, i, v)
		argv_add(a, "%s", json_string_value(v));
}

/* The options of plan and scheduler; of the machine's its name tells. */
static char *options_of(const struct product *p)
{
	struct argv a = { 0 };
	char *text;

	add_words(&a, json_object_get(p->block, "options"));
	add_words(&a, json_object_get(p->scheduler, "options"));
	text = argv_text(&a);
	argv_finish(&a);
	return text;
}

/* "--slice={slice_ns}" with the value in place of the name; marks it as used */
static char *word_with(const struct product *p, const char *word, json_t *used)
{
	char *text = NULL, name[128];
	size_t len, n;
	FILE *f = text_stream(&text, &len);
	const char *at, *value;

	for (; (at = strchr(word, '{')); word = at + n + 2) {
		n = strcspn(at + 1, "}");
		snprintf(name, sizeof(name), "%.*s", (int)n, at + 1);
		value = json_string_value(json_object_get(p->settings, name));
		if (!value || !at[n + 1])
			break;
		fprintf(f, "%.*s%s", (int)(at - word), word, value);
		json_object_set_new(used, name, json_true());
	}
	fputs(word, f);
	fclose(f);
	return text;
}

static int loader_words(struct product *p, struct argv *tail)
{
	json_t *used = json_object(), *word, *v;
	const char *name;
	size_t i;
	int err = KS_OK;

	argv_add(tail, "--");
	json_array_foreach(json_object_get(p->scheduler, "loader"), i, word) {
		char *text = word_with(p, json_string_value(word), used);

		argv_add(tail, "%s", text);
		free(text);
	}
	json_object_foreach(p->settings, name, v)
		if (!err && !json_object_get(used, name))
			err = campaign_fail(
				KS_USAGE,
				"%s: loader '%s': 'set' has %s, but no word of the loader "
				"has {%s}",
				p->plan->path, name_of(p->scheduler), name, name);
	json_decref(used);
	return err;
}

static void object_words(const struct product *p, struct config *c)
{
	const char *name;
	json_t *v;

	if (!c->file)
		argv_add_words(&c->head, "--scheduler", "none", NULL);
	else
		argv_add(&c->head, "%s", c->file);
	json_object_foreach(p->settings, name, v) {
		argv_add(&c->head, "--set");
		argv_add(&c->head, "%s=%s", name, json_string_value(v));
	}
}

static void option_if(struct argv *a, const char *option, const char *value)
{
	if (!value || !*value)
		return;
	argv_add_words(a, option, value, NULL);
}

static void explore_words(const struct product *p, struct argv *a)
{
	const json_t *explore = json_object_get(p->block, "explore");
	const json_t *runs = json_object_get(explore, "runs");

	if (!explore)
		return;
	if (runs) {
		argv_add(a, "--runs");
		argv_add(a, "%lld", (long long)json_integer_value(runs));
	}
	option_if(a, "--budget", json_string_value(json_object_get(explore, "budget")));
	option_if(a, "--strategy", json_string_value(json_object_get(explore, "strategy")));
	argv_add(a, "--search-seed");
	argv_add(a, "%lld", (long long)p->search_seed);
	argv_add_words(a, "--jobs", "1", NULL);
}

static int words_of(struct product *p, struct config *c)
{
	argv_add(&c->head, "%s", c->kind);
	if (strcmp(c->kind, "exec"))
		object_words(p, c);
	option_if(&c->head, "--kernel", c->kernel);
	add_words(&c->head, json_object_get(p->machine, "options"));
	option_if(&c->head, "--workload", c->workload);
	option_if(&c->head, "--duration", c->duration);
	add_words(&c->head, json_object_get(p->block, "options"));
	add_words(&c->head, json_object_get(p->scheduler, "options"));
	explore_words(p, &c->head);
	return strcmp(c->kind, "exec") ? KS_OK : loader_words(p, &c->tail);
}

static char *copy(const char *text)
{
	char *mine = strdup(text ?: "");

	shortage_on(!mine, MEMORY);
	return mine;
}

static const char *file_of(const json_t *scheduler)
{
	const char *object = json_string_value(json_object_get(scheduler, "object"));
	const char *source = json_string_value(json_object_get(scheduler, "source"));
	const json_t *loader = json_object_get(scheduler, "loader");

	return object ?: source ?: json_string_value(json_array_get(loader, 0));
}

static void config_init(const struct product *p, struct config *c)
{
	const char *file = file_of(p->scheduler);

	*c = (struct config){
		.kind = json_object_get(p->scheduler, "loader") ? "exec" :
			json_object_get(p->block, "explore")	? "explore" :
								  "run",
		.scheduler = copy(name_of(p->scheduler)),
		.file = file ? copy(file) : NULL,
		.set = settings_text(p->settings),
		.options = options_of(p),
		.kernel = copy(p->kernel),
		.machine = copy(name_of(p->machine)),
		.workload = copy(p->workload),
		.duration = copy(json_string_value(json_object_get(p->block, "duration"))),
		.sha256 = copy(""),
		.files = copy(""),
		.settings = json_copy(p->settings),
	};
}

static void config_finish(struct config *c)
{
	argv_finish(&c->head);
	argv_finish(&c->tail);
	json_decref(c->settings);
	char *const owned[] = { c->scheduler, c->file,	 c->sha256,  c->set,
				c->options,   c->kernel, c->machine, c->workload,
				c->duration,  c->files,	 c->built,   c->broken };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		free(owned[i]);
}

static int check_config(const struct product *p, const struct config *c)
{
	const char *what = !strcmp(c->kind, "exec") && json_object_get(p->block, "explore") ?
				   "loader" :
			   !c->file && json_object_get(p->block, "explore") ? "none" :
									      NULL;

	if (what)
		return campaign_fail(KS_USAGE, "%s: explore searches objects, not '%s' (%s)",
				     p->plan->path, c->scheduler, what);
	return KS_OK;
}

static void add_point(struct points *out, u64 seed)
{
	shortage_on(!array_room(&out->at, out->nr, &out->room), MEMORY);
	out->at[out->nr++] = (struct point){ .seed = seed, .config = out->nr_configs };
}

/* A configuration and its seeds; none of it, if all are left out. */
static void add_config(struct product *p)
{
	struct points *out = p->out;
	json_t *seeds = seeds_of(p->block, "seeds"), *range;
	u32 nr = out->nr;
	struct config c;
	size_t i;

	config_init(p, &c);
	p->err = check_config(p, &c);
	if (!p->err)
		p->err = words_of(p, &c);
	json_array_foreach(seeds, i, range)
		for (json_int_t s = first_of(range); !p->err && s <= last_of(range); s++)
			if (!excluded(p->plan, &c, s))
				add_point(out, s);
	json_decref(seeds);
	if (p->err || nr == out->nr) {
		config_finish(&c);
		return;
	}
	shortage_on(!array_room(&out->config, out->nr_configs, &out->room_configs), MEMORY);
	out->config[out->nr_configs++] = c;
}

/* ---- the product ---- */

static void each_search_seed(struct product *p)
{
	const json_t *explore = json_object_get(p->block, "explore");
	json_t *seeds = seeds_of(explore, "search_seeds"), *range;
	size_t i;

	json_array_foreach(seeds, i, range)
		for (json_int_t s = first_of(range); !p->err && s <= last_of(range); s++) {
			p->search_seed = s;
			add_config(p);
		}
	json_decref(seeds);
}

/* setting @it of @all, and those behind it */
static void each_setting(struct product *p, json_t *all, void *it)
{
	const char *name;
	json_t *v;
	size_t i;

	if (!it) {
		each_search_seed(p);
		return;
	}
	name = json_object_iter_key(it);
	json_array_foreach(json_object_iter_value(it), i, v) {
		if (p->err)
			return;
		json_object_set(p->settings, name, v);
		each_setting(p, all, json_object_iter_next(all, it));
	}
}

static void each_place(struct product *p, json_t *all)
{
	json_t *kernels = kernels_of(p->block), *kernel, *workload;
	json_t *machines = json_object_get(p->block, "machines");
	json_t *workloads = axis(p->block, "workloads", "");
	size_t i, j, k;

	machines = machines ? json_incref(machines) : json_pack("[{s:s}]", "name", "");
	json_array_foreach(kernels, i, kernel) {
		json_array_foreach(machines, j, p->machine) {
			json_array_foreach(workloads, k, workload) {
				p->kernel = json_string_value(kernel);
				p->workload = json_string_value(workload);
				p->settings = json_object();
				each_setting(p, all, json_object_iter(all));
				json_decref(p->settings);
			}
		}
	}
	json_decref(kernels);
	json_decref(machines);
	json_decref(workloads);
}

static int block_expand(const struct plan *plan, json_t *block, struct points *out)
{
	struct product p = { .plan = plan, .block = block, .out = out };
	size_t i;

	json_array_foreach(json_object_get(block, "schedulers"), i, p.scheduler) {
		json_t *all = settings_of(block, p.scheduler);

		each_place(&p, all);
		json_decref(all);
	}
	return p.err;
}

/* ---- what decides a run ---- */

static const char *const file_options[] = { "--workload", "--setup",   "--kconfig",
					    "--schedule", "--include", NULL };

/* names and digests of the files that the options name; of a built-in workload none */
static char *files_text(struct digests *d, const struct config *c)
{
	char *text = NULL, hex[65];
	const char *name;
	size_t len;
	FILE *f = text_stream(&text, &len);

	for (u32 i = 0; i < c->head.nr; i++)
		for (u32 k = 0; file_options[k]; k++) {
			name = argv_value(&c->head, i, file_options[k]);
			if (name && !digests_file(d, name, hex))
				fprintf(f, "%s%s %s", ftell(f) ? " " : "", name, hex);
		}
	fclose(f);
	return text;
}

/* a loader is looked for as a shell does */
static int digest_loader(struct digests *d, const char *name, char hex[65])
{
	const char *path = getenv("PATH") ?: "";
	char full[4096];
	size_t n;

	if (strchr(name, '/'))
		return digests_file(d, name, hex);
	for (; *path; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if (snprintf(full, sizeof(full), "%.*s/%s", (int)n, path, name) <
			    (int)sizeof(full) &&
		    !access(full, X_OK))
			return digests_file(d, full, hex);
	}
	return -ENOENT;
}

/* A file that is not there is no end: its runs will say so, each a row. */
static void digest_config(struct digests *d, struct config *c)
{
	const char *file = c->built ?: c->file;
	char hex[65] = "";
	int err = !file			   ? -ENOENT :
		  !strcmp(c->kind, "exec") ? digest_loader(d, file, hex) :
					     digests_file(d, file, hex);

	if (!err) {
		free(c->sha256);
		c->sha256 = copy(hex);
	}
	free(c->files);
	c->files = files_text(d, c);
}

static void id_of_config(struct config *c)
{
	char *head = argv_text(&c->head), *tail = argv_text(&c->tail);

	c->id = digest_id(KS_VERSION, head, tail, c->sha256, c->files, NULL);
	free(head);
	free(tail);
}

static void ids_of_points(struct points *p)
{
	char config[32], seed[32];

	for (u32 i = 0; i < p->nr; i++) {
		snprintf(config, sizeof(config), "%llu",
			 (unsigned long long)p->config[p->at[i].config].id);
		snprintf(seed, sizeof(seed), "%llu", (unsigned long long)p->at[i].seed);
		p->at[i].id = digest_id(config, seed, NULL);
	}
}

static int by_id(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

struct point *points_sorted(const struct points *p)
{
	struct point *sorted = malloc((p->nr ?: 1) * sizeof(*sorted));

	shortage_on(!sorted, MEMORY);
	if (p->nr)
		memcpy(sorted, p->at, p->nr * sizeof(*sorted));
	qsort(sorted, p->nr, sizeof(*sorted), by_id);
	return sorted;
}

struct point *points_find(const struct points *p, u64 id, const struct point *sorted)
{
	const struct point key = { .id = id };

	return bsearch(&key, sorted, p->nr, sizeof(*sorted), by_id);
}

/* The first of those with the same id stays. */
static void drop_twins(struct points *p)
{
	struct point *sorted = points_sorted(p);
	bool *seen = calloc(p->nr ?: 1, sizeof(*seen));
	u32 nr = 0;

	shortage_on(!seen, MEMORY);
	for (u32 i = 0; i < p->nr; i++) {
		struct point *first = points_find(p, p->at[i].id, sorted);

		while (first > sorted && first[-1].id == first->id)
			first--;
		if (!seen[first - sorted])
			p->at[nr++] = p->at[i];
		seen[first - sorted] = true;
	}
	p->nr = nr;
	free(seen);
	free(sorted);
}

/* The command that runs it, without what sweep adds of its own. */
static void command_words(const struct points *p, const struct point *at, bool built,
			  struct argv *out)
{
	const struct config *c = &p->config[at->config];

	argv_add_all(out, &c->head);
	if (built && c->built) {
		free(out->at[1]);
		out->at[1] = copy(c->built);
	}
	argv_add(out, "--seed");
	argv_add(out, "%llu", (unsigned long long)at->seed);
}

char *point_command(const struct points *p, const struct point *at)
{
	struct argv a = { 0 };
	char *text;

	argv_add(&a, "kickstand");
	command_words(p, at, false, &a);
	argv_add_all(&a, &p->config[at->config].tail);
	text = argv_text(&a);
	argv_finish(&a);
	return text;
}

void point_argv(const struct points *p, const struct point *at, const struct argv *more,
		struct argv *out)
{
	command_words(p, at, true, out);
	argv_add_all(out, more);
	argv_add_all(out, &p->config[at->config].tail);
}

/* Each configuration as the command reads it: what nothing can come of is said before anything runs. */
static int check_commands(const struct runner *runner, struct points *p)
{
	u32 last = UINT32_MAX;

	for (u32 i = 0; i < p->nr; i++) {
		struct argv a = { 0 }, none = { 0 };
		int err;

		if (p->at[i].config == last)
			continue;
		last = p->at[i].config;
		point_argv(p, &p->at[i], &none, &a);
		err = runner->check((int)a.nr, a.at);
		argv_finish(&a);
		if (err)
			return campaign_fail(KS_USAGE, "%s", "");
	}
	return KS_OK;
}

int plan_expand(const struct plan *p, const struct runner *runner, struct points *out)
{
	int err = KS_OK;

	*out = (struct points){ 0 };
	for (size_t i = 0; !err && i < nr_blocks(p); i++) {
		json_t *block = block_of(p, i);

		err = block_expand(p, block, out);
		json_decref(block);
	}
	if (!err && !out->nr)
		err = campaign_fail(KS_USAGE, "%s: the excludes leave no run", p->path);
	return err ? err : check_commands(runner, out);
}

int points_identify(const struct plan *p, const struct runner *runner, const char *built,
		    bool is_built, struct points *out)
{
	struct digests digests = { .folder = p->folder };
	int err = sources_build(p, runner, built, is_built, out);

	for (u32 i = 0; !err && i < out->nr_configs; i++) {
		digest_config(&digests, &out->config[i]);
		id_of_config(&out->config[i]);
	}
	digests_finish(&digests);
	if (!err) {
		ids_of_points(out);
		drop_twins(out);
	}
	return err;
}

void points_finish(struct points *p)
{
	for (u32 i = 0; i < p->nr_configs; i++)
		config_finish(&p->config[i]);
	free(p->config);
	free(p->at);
	*p = (struct points){ 0 };
}
