// SPDX-License-Identifier: GPL-2.0-only
/* verdict.c - the verdict as people, programs and the library's callers get it. */
#include "api/verdict.h"

#include <jansson.h>
#include <string.h>

#include "api/handle.h"
#include "check/verdict.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "sys/door.h"
#include "trace/value.h"

#define SHOWN_A_KIND 3

void verdict_start(struct ks_machine *km)
{
	if (km->workload)
		verdict_add_workload(km->m->judge, km->workload);
	verdict_begin(km->m->judge, loader_task()->pid);
}

/* ---- for people ---- */

static void print_kind(const struct findings *f, enum finding_kind kind, FILE *out)
{
	u32 shown = 0, more = f->more[kind];

	for (u32 i = 0; i < f->nr; i++) {
		if (f->at[i].kind != kind)
			continue;
		if (shown == SHOWN_A_KIND) {
			more++;
			continue;
		}
		fprintf(out, "  %s%s: %s\n", finding_is_note(kind) ? "note: " : "",
			finding_kind_name(kind), f->at[i].text);
		shown++;
	}
	if (more)
		fprintf(out, "  %s: and %u more\n", finding_kind_name(kind), more);
}

void verdict_print(struct ks_machine *km, FILE *out)
{
	struct findings f;

	verdict_find(km->m->judge, &f);
	fprintf(out, "verdict: %s\n", f.ok ? "ok" : "not ok");
	for (u32 kind = 0; kind < NR_FINDING_KINDS; kind++)
		print_kind(&f, kind, out);
	findings_finish(&f);
}

/* ---- for programs ---- */

static json_t *finding_json(const struct finding *at)
{
	char dsq[TRACE_VALUE_MAX] = "";
	json_t *o = json_object();

	if (at->has_dsq)
		trace_value_text(dsq, NULL, FIELD_dsq, at->dsq_id);
	json_object_set_new(o, "kind", json_string(finding_kind_name(at->kind)));
	json_object_set_new(o, "note", json_boolean(finding_is_note(at->kind)));
	json_object_set_new(o, "task", *at->comm ? json_string(at->comm) : json_null());
	json_object_set_new(o, "pid", at->pid >= 0 ? json_integer(at->pid) : json_null());
	json_object_set_new(o, "cpu", at->cpu >= 0 ? json_integer(at->cpu) : json_null());
	json_object_set_new(o, "dsq", at->has_dsq ? json_string(dsq) : json_null());
	json_object_set_new(o, "since_ns", json_integer((json_int_t)at->since_ns));
	json_object_set_new(o, "duration_ns", json_integer((json_int_t)at->duration_ns));
	json_object_set_new(o, "text", json_string(at->text));
	return o;
}

json_t *verdict_json(struct ks_machine *km)
{
	json_t *o = json_object(), *list = json_array(), *more = json_object();
	struct findings f;

	verdict_find(km->m->judge, &f);
	for (u32 i = 0; i < f.nr; i++)
		json_array_append_new(list, finding_json(&f.at[i]));
	for (u32 kind = 0; kind < NR_FINDING_KINDS; kind++)
		if (f.more[kind])
			json_object_set_new(more, finding_kind_name(kind),
					    json_integer(f.more[kind]));
	json_object_set_new(o, "ok", json_boolean(f.ok));
	json_object_set_new(o, "findings", list);
	json_object_set_new(o, "more", more);
	findings_finish(&f);
	return o;
}

/* ---- for the library's callers ---- */

static int give_finding(const struct finding *at, int (*fn)(void *, const struct ks_finding *),
			void *arg)
{
	struct ks_finding k = {
		.sz = sizeof(k),
		.kind = finding_kind_name(at->kind),
		.note = finding_is_note(at->kind),
		.pid = at->pid,
		.cpu = at->cpu,
		.has_dsq = at->has_dsq,
		.dsq = at->dsq_id,
		.since_ns = at->since_ns,
		.duration_ns = at->duration_ns,
		.text = at->text,
	};

	memcpy(k.comm, at->comm, sizeof(k.comm));
	return fn(arg, &k);
}

/* "starvation (3), idle_beside_work" */
static void list_kinds(const struct findings *f, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (u32 kind = 0; kind < NR_FINDING_KINDS; kind++) {
		u32 nr = f->more[kind];

		for (u32 i = 0; i < f->nr; i++)
			nr += f->at[i].kind == kind;
		if (!nr || finding_is_note(kind) || n >= size)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "",
				      finding_kind_name(kind));
		if (nr > 1 && n < size)
			n += (size_t)snprintf(buf + n, size - n, " (%u)", nr);
	}
}

static int not_ok(const struct findings *f)
{
	char kinds[256];

	list_kinds(f, kinds, sizeof(kinds));
	return api_fail(KS_FAILED, "the verdict is not ok: %s", kinds);
}

KS_PUBLIC int ks_machine_verdict(struct ks_machine *km,
				 int (*fn)(void *arg, const struct ks_finding *finding), void *arg)
{
	struct findings f;
	int err = api_enter(km, API_OUTSIDE | API_BETWEEN | API_IN_TASK);

	if (err)
		return err;
	if (!km->begun)
		return api_fail(KS_USAGE, "there is no verdict yet: nothing has run");
	verdict_find(km->m->judge, &f);
	for (u32 i = 0; fn && i < f.nr; i++)
		if (give_finding(&f.at[i], fn, arg))
			break;
	err = f.ok ? KS_OK : not_ok(&f);
	findings_finish(&f);
	return err;
}
