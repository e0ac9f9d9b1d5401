// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress.c - how far a campaign has come, in the folder of --out: what was seen, what is built
 * upon, what was found. It is written between batches, where it is all that the next depends on, so
 * that a campaign that goes on finds what one that was never interrupted does.
 */
#include "explore/explore.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/host_clock.h"

#define FORMAT 1
#define EVERY_NS NSEC_PER_SEC /* of the host's clock */

static char *file_path(const struct explorer *x)
{
	char *path = NULL;

	return asprintf(&path, "%s/progress.json", x->opts.out) < 0 ? NULL : path;
}

/* What else decides what is tried: another search does not go on with this one. */
static json_t *search_json(const struct explorer *x)
{
	return json_pack("{sI ss si sI}", "seed", (json_int_t)x->opts.seed, "strategy",
			 x->opts.strategy ? x->opts.strategy : "all", "faults", (int)x->faults,
			 "duration_ns", (json_int_t)x->opts.duration_ns);
}

/* ---- schedules ---- */

static json_t *put_schedule(const struct schedule *s)
{
	json_t *list = json_array();

	for (u32 i = 0; i < s->nr; i++) {
		const struct decision *d = &s->at[i];

		json_array_append_new(list, json_pack("[iiIIIIiiI]", (int)d->site.kind,
						      (int)d->site.cpu, (json_int_t)d->site.prog,
						      (json_int_t)d->site.insn, (json_int_t)d->nth,
						      (json_int_t)d->hold_ns, (int)d->fault,
						      (int)d->target, (json_int_t)d->value));
	}
	return list;
}

static bool take_decision(const json_t *v, struct decision *d)
{
	json_int_t prog, insn, nth, hold_ns, value;
	int kind, cpu, fault, target;

	if (json_unpack((json_t *)v, "[iiIIIIiiI]", &kind, &cpu, &prog, &insn, &nth, &hold_ns,
			&fault, &target, &value))
		return false;
	*d = (struct decision){ .site = { (enum point_kind)kind, cpu, (u32)prog, (u32)insn },
				.nth = (u32)nth,
				.hold_ns = (u64)hold_ns,
				.fault = (enum fault)fault,
				.target = target,
				.value = (u64)value };
	return kind >= 0 && kind < NR_POINT_KINDS && fault >= 0 && fault < NR_FAULTS &&
	       hold_ns >= 0 && (u64)hold_ns <= HOLD_MAX_NS;
}

static bool take_schedule(const json_t *list, struct schedule *s)
{
	struct decision d;

	*s = (struct schedule){};
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!take_decision(json_array_get(list, i), &d) || schedule_add(s, &d))
			return false;
	return json_is_array(list);
}

/* ---- findings ---- */

static json_t *text(const char *s)
{
	json_t *v = s ? json_string(s) : json_null();

	return v ? v : json_string(""); /* no UTF-8 */
}

static json_t *put_arrivals(const struct finding_seen *f)
{
	json_t *list = json_array();

	for (u32 i = 0; i < f->minimal.schedule.nr; i++) {
		const struct arrival *a = &f->arrival[i];

		json_array_append_new(list, json_pack("[bIiooo]", a->came, (json_int_t)a->came_ns,
						      (int)a->pid, text(a->comm), text(a->prog),
						      text(a->where)));
		json_array_append_new(list, text(f->meanwhile[i]));
	}
	return list;
}

static json_t *put_finding(const struct finding_seen *f)
{
	return json_pack("{so so so so so so sb sI sI so so}", "kind", text(f->found.kind), "text",
			 text(f->found.text), "key", text(f->found.key), "schedule",
			 put_schedule(&f->minimal.schedule), "passing",
			 put_schedule(&f->minimal.passing), "arrivals", put_arrivals(f),
			 "has_passing", f->minimal.has_passing, "first_run",
			 (json_int_t)f->first_run, "count", (json_int_t)f->count, "file",
			 text(f->file), "kept", text(f->kept));
}

static void copy(char *to, size_t len, const json_t *v)
{
	snprintf(to, len, "%s", json_is_string(v) ? json_string_value(v) : "");
}

static char *copied(const json_t *v)
{
	return json_is_string(v) ? strdup(json_string_value(v)) : NULL;
}

static void take_arrivals(const json_t *list, struct finding_seen *f)
{
	for (u32 i = 0; i < f->minimal.schedule.nr; i++) {
		const json_t *v = json_array_get(list, 2 * i);
		struct arrival *a = &f->arrival[i];

		a->came = json_is_true(json_array_get(v, 0));
		a->came_ns = (u64)json_integer_value(json_array_get(v, 1));
		a->pid = (s32)json_integer_value(json_array_get(v, 2));
		copy(a->comm, sizeof(a->comm), json_array_get(v, 3));
		copy(a->prog, sizeof(a->prog), json_array_get(v, 4));
		copy(a->where, sizeof(a->where), json_array_get(v, 5));
		f->meanwhile[i] = copied(json_array_get(list, 2 * i + 1));
	}
}

static bool take_finding(const json_t *v, struct finding_seen *f)
{
	*f = (struct finding_seen){};
	copy(f->found.kind, sizeof(f->found.kind), json_object_get(v, "kind"));
	copy(f->found.text, sizeof(f->found.text), json_object_get(v, "text"));
	copy(f->found.key, sizeof(f->found.key), json_object_get(v, "key"));
	if (!take_schedule(json_object_get(v, "schedule"), &f->minimal.schedule) ||
	    !take_schedule(json_object_get(v, "passing"), &f->minimal.passing))
		return false;
	f->minimal.has_passing = json_is_true(json_object_get(v, "has_passing"));
	f->first_run = (u64)json_integer_value(json_object_get(v, "first_run"));
	f->count = (u64)json_integer_value(json_object_get(v, "count"));
	f->file = copied(json_object_get(v, "file"));
	f->kept = copied(json_object_get(v, "kept"));
	take_arrivals(json_object_get(v, "arrivals"), f);
	return true;
}

/* ---- what was seen ---- */

static json_t *put_cover(const struct explorer *x)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(2 * sizeof(x->cover) + 1);
	json_t *v;

	if (!hex)
		return json_null();
	for (size_t i = 0; i < sizeof(x->cover); i++) {
		hex[2 * i] = digits[x->cover[i] >> 4];
		hex[2 * i + 1] = digits[x->cover[i] & 15];
	}
	hex[2 * sizeof(x->cover)] = '\0';
	v = json_string(hex);
	free(hex);
	return v;
}

static bool take_cover_text(const json_t *v, struct explorer *x)
{
	const char *hex = json_string_value(v);
	unsigned int byte;

	if (!hex || strlen(hex) != 2 * sizeof(x->cover))
		return false;
	for (size_t i = 0; i < sizeof(x->cover); i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		x->cover[i] = (u8)byte;
	}
	return true;
}

static json_t *put_all(const struct explorer *x)
{
	json_t *corpus = json_array(), *findings = json_array();

	for (u64 i = 0; i < min(x->nr_corpus, (u64)CORPUS_MAX); i++)
		json_array_append_new(corpus, put_schedule(&x->corpus[i]));
	for (u32 i = 0; i < x->nr_findings; i++)
		json_array_append_new(findings, put_finding(&x->findings[i]));
	return json_pack("{si so sI sI sI sI sI sI sI sI so so so}", "progress", FORMAT, "search",
			 search_json(x), "runs", (json_int_t)x->nr_runs, "behaviours",
			 (json_int_t)x->nr_behaviours, "batches", (json_int_t)x->nr_batches,
			 "given_up", (json_int_t)x->nr_stopped, "faults", (json_int_t)x->nr_died,
			 "next_pair", (json_int_t)x->next_pair, "next_gap", (json_int_t)x->next_gap,
			 "nr_corpus", (json_int_t)x->nr_corpus, "corpus", corpus, "cover",
			 put_cover(x), "findings", findings);
}

static bool take_numbers(const json_t *root, struct explorer *x)
{
	json_int_t runs, behaviours, batches, stopped, died, pair, gap, corpus;

	if (json_unpack((json_t *)root, "{sI sI sI sI sI sI sI sI}", "runs", &runs, "behaviours",
			&behaviours, "batches", &batches, "given_up", &stopped, "faults", &died,
			"next_pair", &pair, "next_gap", &gap, "nr_corpus", &corpus))
		return false;
	x->nr_runs = (u64)runs;
	x->nr_behaviours = (u64)behaviours;
	x->nr_batches = (u64)batches;
	x->nr_stopped = (u64)stopped;
	x->nr_died = (u64)died;
	x->next_pair = (u32)pair;
	x->next_gap = (u32)gap;
	x->nr_corpus = (u64)corpus;
	return corpus >= 0 && pair >= 0 && gap >= 0 &&
	       json_array_size(json_object_get(root, "corpus")) ==
		       min(x->nr_corpus, (u64)CORPUS_MAX);
}

static bool take_all(const json_t *root, struct explorer *x)
{
	const json_t *corpus = json_object_get(root, "corpus"),
		     *findings = json_object_get(root, "findings");

	if (!take_numbers(root, x) || !take_cover_text(json_object_get(root, "cover"), x))
		return false;
	for (size_t i = 0; i < json_array_size(corpus); i++)
		if (!take_schedule(json_array_get(corpus, i), &x->corpus[i]))
			return false;
	for (size_t i = 0; i < json_array_size(findings); i++) {
		if (!array_room(&x->findings, x->nr_findings, &x->max_findings) ||
		    !take_finding(json_array_get(findings, i), &x->findings[x->nr_findings++]))
			return false;
	}
	return true;
}

/* ---- the file ---- */

int progress_read(struct explorer *x)
{
	char *path = x->opts.out ? file_path(x) : NULL;
	json_t *root, *search;
	bool same, whole;

	if (!path || access(path, F_OK)) {
		free(path);
		return KS_OK;
	}
	root = json_load_file(path, 0, NULL);
	search = search_json(x);
	same = json_equal(json_object_get(root, "search"), search);
	whole = same && take_all(root, x);
	json_decref(search);
	json_decref(root);
	free(path);
	x->resumed = whole;
	if (whole)
		return KS_OK;
	return root && !same ? api_fail(KS_USAGE,
					"--out %s: it is of a search with another --search-seed, "
					"--strategy or --faults: an empty or new folder is due",
					x->opts.out) :
			       api_fail(KS_USAGE,
					"--out %s: its progress.json cannot be read: an empty or "
					"new folder is due",
					x->opts.out);
}

void progress_write(struct explorer *x, bool now)
{
	char *path = x->opts.out ? file_path(x) : NULL;
	int err;

	if (!path || (!now && host_ns() - x->saved_ns < EVERY_NS)) {
		free(path);
		return;
	}
	err = keep_json(path, put_all(x), JSON_COMPACT);
	if (err) {
		api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(-err));
		x->out_failed = true;
	}
	free(path);
	x->saved_ns = host_ns();
}
