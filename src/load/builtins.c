// SPDX-License-Identifier: GPL-2.0-only
/* builtins.c - finding a built-in, reading its parameters, and what they share. */
#include "load/builtins.h"

#include "base/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRNG_STREAM (0x10adULL << 32) /* workloads draw from streams of their own */
#define HELP_BYTES 4096

static const struct builtin *const builtins[] = {
	&builtin_mixed,	 &builtin_spin,	 &builtin_pingpong,
	&builtin_bursty, &builtin_forks, &builtin_storm,
};

const struct builtin *builtin_find(const char *spec)
{
	size_t n = strcspn(spec, ":");

	for (u32 i = 0; i < ARRAY_SIZE(builtins); i++)
		if (strlen(builtins[i]->name) == n && !strncmp(spec, builtins[i]->name, n))
			return builtins[i];
	return NULL;
}

/* @s->word may have parameters behind its name: those are right or wrong by themselves */
void builtin_suggest(struct suggestion *s)
{
	const char *word = s->word;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, ":"), word);
	s->word = name;
	for (u32 i = 0; i < ARRAY_SIZE(builtins); i++)
		suggest_try(s, builtins[i]->name);
	s->word = word;
}

/* ---- parameters ---- */

static int parse_number(const char *text, s64 lo, s64 hi, s64 *out, char *err, size_t len)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (end != text && !*end && !errno && *out >= lo && *out <= hi)
		return 0;
	snprintf(err, len, "allowed: an integer from %lld to %lld", lo, hi);
	return -EINVAL;
}

static int parse_time(const char *text, s64 *out, char *err, size_t len)
{
	u64 ns;

	if (duration_parse(text, &ns)) {
		snprintf(err, len, "allowed: a duration like 500us, 5ms or 2s");
		return -EINVAL;
	}
	*out = ns;
	return 0;
}

/* 0 with the word's place in *out */
static int parse_word(const char *text, const char *const *words, s64 *out, char *err, size_t len)
{
	size_t n = snprintf(err, len, "allowed:");

	for (s64 i = 0; words[i]; i++) {
		if (!strcmp(text, words[i])) {
			*out = i;
			return 0;
		}
		if (n < len)
			n += snprintf(err + n, len - n, "%s %s", i ? "," : "", words[i]);
	}
	return -EINVAL;
}

static int parse_value(struct workload *w, u32 i, const char *text, char *err, size_t len)
{
	switch (w->builtin->params[i].kind) {
	case PARAM_COUNT:
		return parse_number(text, 0, COUNT_MAX, &w->params[i], err, len);
	case PARAM_NICE:
		return parse_number(text, -20, 19, &w->params[i], err, len);
	case PARAM_TIME:
		return parse_time(text, &w->params[i], err, len);
	case PARAM_CPUS:
		w->cpus = workload_alloc(w, sizeof(*w->cpus));
		return cpu_list_parse(text, '+', w->cpus, err, len);
	case PARAM_WORD:
		return parse_word(text, w->builtin->params[i].words, &w->params[i], err, len);
	}
	return -EINVAL;
}

static void list_keys(const struct builtin *b, char *out, size_t len)
{
	size_t n = 0;

	for (const struct builtin_param *p = b->params; p->key && n < len; p++)
		n += snprintf(out + n, len - n, "%s%s", p == b->params ? "" : ", ", p->key);
}

static int find_param(const struct builtin *b, const char *key)
{
	for (u32 i = 0; i < PARAM_MAX && b->params[i].key; i++)
		if (!strcmp(key, b->params[i].key))
			return i;
	return -ENOENT;
}

/* "key=value" */
static int parse_param(struct workload *w, char *text, char *err, size_t len)
{
	char *value = strchr(text, '='), why[192], near[80];
	struct suggestion s = { .word = text };
	int i;

	if (value)
		*value++ = '\0';
	i = find_param(w->builtin, text);
	if (i < 0) {
		for (u32 n = 0; n < PARAM_MAX && w->builtin->params[n].key; n++)
			suggest_try(&s, w->builtin->params[n].key);
		list_keys(w->builtin, why, sizeof(why));
		snprintf(err, len, "workload '%s': unknown key '%s'; allowed: %s%s",
			 w->builtin->name, text, why, suggest_text(&s, near, sizeof(near)));
		return -EINVAL;
	}
	if (value && !parse_value(w, i, value, why, sizeof(why)))
		return 0;
	if (!value)
		snprintf(why, sizeof(why), "needs a value");
	snprintf(err, len, "workload '%s': %s%s%s: %s", w->builtin->name, text, value ? "=" : "",
		 value ? value : "", why);
	return -EINVAL;
}

static int parse_params(struct workload *w, const char *text, char *err, size_t len)
{
	char *copy = strcpy(workload_alloc(w, strlen(text) + 1), text), *item;
	int ret = 0;

	while (!ret && (item = strsep(&copy, ",")))
		ret = parse_param(w, item, err, len);
	return ret;
}

int builtin_open(struct workload *w, const struct builtin *b, const char *spec, char *err,
		 size_t len)
{
	const char *params = strchr(spec, ':');
	u64 tasks;
	int ret = 0;

	w->builtin = b;
	w->params = workload_alloc(w, PARAM_MAX * sizeof(*w->params));
	for (u32 i = 0; i < PARAM_MAX; i++)
		w->params[i] = b->params[i].def;
	if (params && params[1])
		ret = parse_params(w, params + 1, err, len);
	if (ret)
		return ret;
	tasks = w->nr_wanted = b->scale(w->params, machine->nr_cpu_ids);
	if (tasks && tasks <= BUILTIN_TASKS_MAX)
		return 0;
	snprintf(err, len, "workload '%s': %s", spec,
		 tasks ? "more than 1000000 tasks" : "zero tasks: nothing would run");
	return -EINVAL;
}

int builtin_start(struct workload *w)
{
	return w->builtin->start(w, w->params);
}

/* ---- shared by the generators ---- */

void builtin_task(struct workload *w, const char *stem, u32 index, s32 nice, task_body body,
		  void *arg)
{
	char comm[TASK_COMM_LEN];
	struct task_attr attr = {
		.comm = comm,
		.nice = nice,
		.cpus = w->cpus,
		.new_process = true,
		.load = arg,
	};
	int err = 0;

	snprintf(comm, sizeof(comm), "%s-%u", stem, index);
	task_create(&attr, body, arg, &err);
	workload_count(w, comm, err > 0 ? -err : err);
}

void builtin_prng(struct prng *p, u32 index)
{
	prng_init(p, machine->config.seed, PRNG_STREAM | index);
}

u64 random_around(struct prng *p, u64 mean)
{
	return mean / 2 + prng_below(p, mean + 1);
}

s32 nice_variety(u32 index)
{
	static const s32 nice[] = { 0, 0, 5, 0, -5, 0, 10, 0, 0, 19, 0, -10 };

	return nice[index % ARRAY_SIZE(nice)];
}

/* ---- help ---- */

/* all that the folder keeps, of the process: texts that are handed out */
static struct load_state {
	char names[128];
	char help[HELP_BYTES];
} load_state;

const char *workload_builtin_names(void)
{
	char *names = load_state.names;
	size_t n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(builtins); i++)
		n += snprintf(names + n, sizeof(load_state.names) - n, "%s%s", i ? ", " : "",
			      builtins[i]->name);
	return names;
}

static const char *default_text(const struct builtin_param *p, char *buf, size_t len)
{
	if (p->kind == PARAM_CPUS)
		return "all";
	if (p->def == PARAM_AUTO)
		return "by CPUs";
	if (p->kind == PARAM_WORD)
		return p->words[p->def];
	if (p->kind == PARAM_TIME)
		snprintf(buf, len, "%lldus", p->def / (s64)NSEC_PER_USEC);
	else
		snprintf(buf, len, "%lld", p->def);
	return buf;
}

static size_t help_one(const struct builtin *b, char *out, size_t len)
{
	size_t n = snprintf(out, len, "  %-10s %s\n", b->name, b->help);
	char def[32];

	for (const struct builtin_param *p = b->params; p->key && n < len; p++)
		n += snprintf(out + n, len - n, "    %-8s %s (%s)\n", p->key, p->help,
			      default_text(p, def, sizeof(def)));
	return n;
}

const char *workload_builtin_help(void)
{
	char *help = load_state.help;
	size_t n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(builtins) && n < sizeof(load_state.help); i++)
		n += help_one(builtins[i], help + n, sizeof(load_state.help) - n);
	return help;
}
