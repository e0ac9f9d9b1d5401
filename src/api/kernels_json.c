// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernels_json.c - what `kickstand kernels` tells, for programs:
 *
 *	{"schema": 1,
 *	 "kernels": [{"name": "7.3", "release": "7.3.4", "hz": 250, "preempt": "lazy",
 *	              "default": true, "preview": false}, ...],
 *	 "behaviours": [{"name": "kick_higher_class", "text": "...", "6.12": true, "7.3": false}],
 *	 "enumerators": [{"name": "SCX_...", "6.12": "0x1", "7.3": null}],
 *	 "kfuncs": [{"name": "scx_bpf_...", "kernels": ["7.3"], "7.3": "u64 scx_bpf_...(void)"}],
 *	 "types": [{"name": "task_struct.x", "kernels": ["7.3"]}]}
 *
 * Told is what differs between the kernels of the list.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "abi/facts.h"
#include "abi/profile.h"
#include "api/kernels.h"
#include "base/json_out.h"

#define SCHEMA 1
#define VALUE_MAX 512

static json_t *profiles_json(const struct profile *const *profs)
{
	json_t *list = json_array();

	for (; *profs; profs++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s, s:b, s:b}", "name",
						      (*profs)->name, "release", (*profs)->release,
						      "hz", (int)(*profs)->kernel->hz, "preempt",
						      preempt_model_name((*profs)->kernel->preempt),
						      "default", *profs == profile_default(),
						      "preview", (*profs)->kernel->preview));
	return list;
}

/* a yes or no as such, a number as such, bits and prototypes as text; null: it has none */
static json_t *value_json(const struct fact *fact, const char *value, bool there)
{
	if (!there)
		return json_null();
	if (fact->kind != FACT_BEHAVIOUR)
		return json_string(value);
	if (!strcmp(value, "yes") || !strcmp(value, "no"))
		return json_boolean(*value == 'y');
	return json_integer(strtoll(value, NULL, 10));
}

static json_t *fact_json(const struct facts *f, const struct fact *fact,
			 const struct profile *const *profs)
{
	json_t *o = json_pack("{s:s}", "name", fact->name), *in = json_array();
	char value[VALUE_MAX];

	if (fact->text)
		json_object_set_new(o, "text", json_string(fact->text));
	for (; *profs; profs++) {
		bool there = fact_value(f, fact, *profs, value, sizeof(value));

		if (there)
			json_array_append_new(in, json_string((*profs)->name));
		if (fact->kind != FACT_TYPE && (there || fact->kind != FACT_KFUNC))
			json_object_set_new(o, (*profs)->name, value_json(fact, value, there));
	}
	if (fact->kind == FACT_KFUNC || fact->kind == FACT_TYPE)
		json_object_set(o, "kernels", in);
	json_decref(in);
	return o;
}

static bool differs(const struct facts *f, const struct fact *fact,
		    const struct profile *const *profs)
{
	for (u32 i = 1; profs[i]; i++)
		if (!fact_same(f, fact, profs[0], profs[i]))
			return true;
	return false;
}

json_t *kernels_json(const struct facts *f, const struct profile *const *profs, fact_filter wanted,
		     void *arg)
{
	static const char *const lists[NR_FACT_KINDS] = {
		[FACT_BEHAVIOUR] = "behaviours",
		[FACT_KFUNC] = "kfuncs",
		[FACT_ENUMERATOR] = "enumerators",
		[FACT_TYPE] = "types",
	};
	json_t *top = json_pack("{s:i, s:o}", "schema", SCHEMA, "kernels", profiles_json(profs));
	const struct fact *fact;

	for (u32 i = 0; i < NR_FACT_KINDS; i++)
		json_object_set_new(top, lists[i], json_array());
	for (u32 i = 0; (fact = fact_at(f, i)); i++)
		if ((!wanted || wanted(fact, arg)) && differs(f, fact, profs))
			json_array_append_new(json_object_get(top, lists[fact->kind]),
					      fact_json(f, fact, profs));
	return top;
}

int kernels_put_json(json_t *o, FILE *out)
{
	int err = !o || json_out(o, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;

	json_decref(o);
	return err ? api_fail(KS_USAGE, "the profiles cannot be written: %s", strerror(errno)) :
		     KS_OK;
}
