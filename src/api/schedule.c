// SPDX-License-Identifier: GPL-2.0-only
/* schedule.c - see schedule.h. The file comes from outside: nothing in it is believed. */
#include "api/schedule.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/handle.h"
#include "api/provenance.h"
#include "kern/faults.h"
#include "kern/machine.h"

#define SCHEDULE_FORMAT 1
#define FILE_BYTES_MAX (16u << 20)
#define FORKS_MAX 64

/* ---- which run ---- */

json_t *schedule_run_json(const struct ks_machine *km)
{
	json_t *run = provenance_json(km);

	json_object_del(run, "scheduler"); /* known when it is enabled */
	json_object_set_new(run, "kernel", json_string(K->name));
	json_object_set_new(run, "seed", json_integer((json_int_t)km->seed));
	return run;
}

/* in the order in which a difference is told; the object's name is for people */
static const struct {
	const char *key, *words;
} same[] = {
	{ "object_sha256", "object" },
	{ "version", "version of kickstand" },
	{ "kernel", "kernel" },
	{ "topology", "topology" },
	{ "seed", "seed" },
	{ "workload", "workload" },
	{ "options", "options" },
};

static void value_text(const json_t *v, char *buf, size_t len)
{
	if (json_is_integer(v))
		snprintf(buf, len, "%lld", (long long)json_integer_value(v));
	else
		snprintf(buf, len, "%.100s", json_is_string(v) ? json_string_value(v) : "none");
}

static int check_run(const struct ks_machine *km, const json_t *want, const char *path)
{
	json_t *run = schedule_run_json(km);
	char is[128], due[128];
	int err = KS_OK;

	for (u32 i = 0; !err && i < ARRAY_SIZE(same); i++) {
		const json_t *a = json_object_get(run, same[i].key),
			     *b = json_object_get(want, same[i].key);

		if (json_equal(a, b) || (!b && json_is_null(a)))
			continue;
		value_text(a, is, sizeof(is));
		value_text(b, due, sizeof(due));
		err = api_fail(KS_USAGE, "%s: it is of another %s: '%s', and this is '%s'", path,
			       same[i].words, due, is);
	}
	json_decref(run);
	return err;
}

/* ---- decisions ---- */

/* It is held, gets no memory, or something happens. */
static void put_what(json_t *o, const struct decision *d)
{
	if (d->fault) {
		json_object_set_new(o, "do", json_string(fault_name(d->fault)));
		json_object_set_new(o, "target", json_integer(d->target));
		json_object_set_new(o, "value", json_integer((json_int_t)d->value));
	} else if (d->site.kind == POINT_ALLOC) {
		json_object_set_new(o, "fails", json_true());
	} else {
		json_object_set_new(o, "hold_ns", json_integer((json_int_t)d->hold_ns));
	}
}

json_t *decision_json(const struct decision *d, const char *prog)
{
	json_t *o = json_object();

	json_object_set_new(o, "at", json_string(point_name(d->site.kind)));
	json_object_set_new(o, "cpu", json_integer(d->site.cpu));
	if (d->site.prog) {
		json_object_set_new(o, "prog", json_string(prog ? prog : ""));
		json_object_set_new(o, "insn", json_integer(d->site.insn));
	}
	json_object_set_new(o, "nth", json_integer(d->nth));
	put_what(o, d);
	if (d->came)
		json_object_set_new(o, "came_ns", json_integer((json_int_t)d->came_ns));
	return o;
}

struct decision_reader {
	const char *path;
	u32 index;
	const json_t *o;
};

static int bad(const struct decision_reader *r, const char *what)
{
	return api_fail(KS_USAGE, "%s: decision %u: %s", r->path, r->index + 1, what);
}

/* An integer of the decision in [@least, @most]; *@out stays where there is none. */
static int take(const struct decision_reader *r, const char *key, s64 least, s64 most, bool due,
		s64 *out)
{
	const json_t *v = json_object_get(r->o, key);
	char what[128];

	if (!v && !due)
		return KS_OK;
	if (json_is_integer(v) && json_integer_value(v) >= least && json_integer_value(v) <= most) {
		*out = json_integer_value(v);
		return KS_OK;
	}
	snprintf(what, sizeof(what), "'%s': a number from %lld to %lld is due", key,
		 (long long)least, (long long)most);
	return bad(r, what);
}

static int check_keys(const struct decision_reader *r)
{
	static const char *const known[] = { "at",  "cpu",     "prog",	  "insn",
					     "nth", "hold_ns", "came_ns", "line",
					     "do",  "target",  "value",	  "fails" };
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)r->o, key, v) {
		char what[128];
		u32 i = 0;

		while (i < ARRAY_SIZE(known) && strcmp(known[i], key))
			i++;
		if (i < ARRAY_SIZE(known))
			continue;
		snprintf(what, sizeof(what), "there is no key '%.60s'", key);
		return bad(r, what);
	}
	return KS_OK;
}

static int read_site(const struct decision_reader *r, struct site *site)
{
	const json_t *at = json_object_get(r->o, "at"), *prog = json_object_get(r->o, "prog");
	s64 cpu = 0, insn = 0;
	int err;

	if (!json_is_string(at) ||
	    (site->kind = point_kind_by_name(json_string_value(at))) == NR_POINT_KINDS)
		return bad(r, "'at': the name of a point is due, as load, store or lock");
	if (prog && !json_is_string(prog))
		return bad(r, "'prog': the name of a program is due");
	err = take(r, "cpu", 0, machine->nr_cpu_ids - 1, true, &cpu);
	if (!err)
		err = take(r, "insn", 0, INT32_MAX, prog, &insn);
	site->cpu = (s32)cpu;
	site->insn = (u32)insn;
	site->prog = prog ? program_key(json_string_value(prog)) : 0;
	return err;
}

static int read_fault(const struct decision_reader *r, const json_t *name, struct decision *d)
{
	s64 target = 0, value = 0;
	int err;

	d->fault = json_is_string(name) ? fault_by_name(json_string_value(name)) : NR_FAULTS;
	if (d->fault == NR_FAULTS)
		return bad(r, "'do': the name of a fault is due, as hotplug, affinity or exit");
	err = take(r, "target", 0, INT32_MAX, true, &target);
	if (!err && d->fault == FAULT_OFFLINE && target >= machine->nr_cpu_ids)
		return bad(r, "'target': there is no such CPU");
	if (!err)
		err = take(r, "value", INT64_MIN, INT64_MAX, true, &value);
	d->target = (s32)target;
	d->value = (u64)value;
	if (!err && fault_lasts(d->fault) && (value < 1 || value > (s64)HOLD_MAX_NS))
		return bad(r, "'value': for how long, 1 to 1000000000 ns, is due");
	if (!err && d->fault == FAULT_FORK && (value < 1 || value > FORKS_MAX))
		return bad(r, "'value': how many tasks, 1 to 64, is due");
	return err;
}

/* What happens there: one of the three. */
static int read_what(const struct decision_reader *r, struct decision *d)
{
	const json_t *fault = json_object_get(r->o, "do");
	s64 hold_ns = 0;
	int err;

	if (fault)
		return read_fault(r, fault, d);
	if (d->site.kind == POINT_ALLOC) {
		d->hold_ns = 1;
		return json_is_true(json_object_get(r->o, "fails")) ?
			       KS_OK :
			       bad(r, "'fails': true is due where memory is asked for");
	}
	err = take(r, "hold_ns", 1, HOLD_MAX_NS, true, &hold_ns);
	d->hold_ns = (u64)hold_ns;
	return err;
}

static int read_decision(const struct decision_reader *r, struct decision *d, u64 *came_ns)
{
	s64 nth = 0, came = 0;
	int err;

	if (!json_is_object(r->o))
		return bad(r, "an object is due");
	err = check_keys(r);
	if (!err)
		err = read_site(r, &d->site);
	if (!err)
		err = take(r, "nth", 1, INT32_MAX, true, &nth);
	if (!err)
		err = read_what(r, d);
	if (!err)
		err = take(r, "came_ns", 0, INT64_MAX, false, &came);
	d->nth = (u32)nth;
	*came_ns = (u64)came;
	return err;
}

int decisions_read(const json_t *list, const char *path, struct schedule_file *to)
{
	struct decision_reader r = { .path = path };
	int err = KS_OK;

	if (!json_is_array(list))
		return api_fail(KS_USAGE, "%s: 'decisions': a list is due", path);
	if (json_array_size(list) > SCHEDULE_MAX)
		return api_fail(KS_USAGE, "%s: %zu decisions, and at most %d are possible", path,
				json_array_size(list), SCHEDULE_MAX);
	for (; !err && r.index < json_array_size(list); r.index++) {
		struct decision d = {};

		r.o = json_array_get(list, r.index);
		err = read_decision(&r, &d, &to->came_ns[r.index]);
		if (!err)
			schedule_add(&to->schedule, &d);
	}
	return err;
}

/* ---- the file ---- */

static json_t *load(const char *path)
{
	json_error_t e;
	json_t *root;
	FILE *f = fopen(path, "re");
	bool large;

	if (!f) {
		api_fail(KS_USAGE, "%s: cannot be read: %m", path);
		return NULL;
	}
	large = !fseek(f, 0, SEEK_END) && ftell(f) > (long)FILE_BYTES_MAX;
	rewind(f);
	root = large ? NULL : json_loadf(f, JSON_REJECT_DUPLICATES, &e);
	fclose(f);
	if (large)
		api_fail(KS_USAGE, "%s: too large for a schedule", path);
	else if (!root)
		api_fail(KS_USAGE, "%s:%d:%d: %.200s", path, e.line, e.column, e.text);
	return root;
}

static int read_file(const struct ks_machine *km, const char *path, struct schedule_file *to)
{
	json_t *root = load(path);
	const json_t *format;
	int err;

	if (!root)
		return KS_USAGE;
	format = json_object_get(root, "schedule");
	if (!json_is_integer(format))
		err = api_fail(KS_USAGE, "%s: this is no schedule: 'schedule': 1 is due", path);
	else if (json_integer_value(format) != SCHEDULE_FORMAT)
		err = api_fail(KS_USAGE, "%s: a schedule of format %lld; this version reads %d",
			       path, (long long)json_integer_value(format), SCHEDULE_FORMAT);
	else
		err = check_run(km, json_object_get(root, "run"), path);
	if (!err)
		err = decisions_read(json_object_get(root, "decisions"), path, to);
	json_decref(root);
	return err;
}

void schedule_file_free(struct schedule_file *f)
{
	if (!f)
		return;
	free(f->path);
	free(f);
}

KS_PUBLIC int ks_machine_schedule(struct ks_machine *km, const char *path)
{
	struct schedule_file *f;
	int err;

	if (api_enter(km, API_OUTSIDE) || api_need(path))
		return KS_USAGE;
	if (km->schedule)
		return api_fail(KS_USAGE, "the machine has its schedule already");
	f = calloc(1, sizeof(*f));
	if (!f || !(f->path = strdup(path))) {
		schedule_file_free(f);
		return api_fail(KS_USAGE, "out of memory");
	}
	err = read_file(km, path, f);
	if (err) {
		schedule_file_free(f);
		return err;
	}
	km->schedule = f;
	faults_schedule(&f->schedule);
	return KS_OK;
}

KS_PUBLIC int ks_schedule_duration(const char *path, uint64_t *ns)
{
	const json_t *v;
	json_t *root;

	if (api_enter_still() || api_need(path) || api_need(ns))
		return KS_USAGE;
	root = load(path);
	if (!root)
		return KS_USAGE;
	v = json_object_get(root, "duration_ns");
	*ns = json_is_integer(v) && json_integer_value(v) > 0 ? (u64)json_integer_value(v) : 0;
	json_decref(root);
	return KS_OK;
}

/* The first that did not come due, or not when it did in its own run: there they part. */
KS_PUBLIC int ks_machine_schedule_came(struct ks_machine *km)
{
	const struct schedule_file *f;

	if (api_enter(km, API_OUTSIDE))
		return KS_USAGE;
	f = km->schedule;
	for (u32 i = 0; f && i < f->schedule.nr; i++) {
		const struct decision *d = &f->schedule.at[i];

		if (!d->came)
			return api_fail(KS_USAGE,
					"%s: decision %u never came due: CPU %d came to that "
					"%s %u of %u times; what is before it differs from its run",
					f->path, i + 1, d->site.cpu, point_name(d->site.kind),
					d->seen, d->nth);
		if (f->came_ns[i] && f->came_ns[i] != d->came_ns)
			return api_fail(
				KS_USAGE,
				"%s: decision %u came due at %llu ns, and at %llu ns in its "
				"own run: before that they have parted",
				f->path, i + 1, d->came_ns, f->came_ns[i]);
	}
	return KS_OK;
}
