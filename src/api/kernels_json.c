// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernels_json.c - what `kickstand kernels` tells, for programs:
 *
 *	{"schema": 1,
 *	 "kernels": [{"name": "7.3", "release": "7.3.4", "default": true}, ...],
 *	 "behaviours": [{"name": "kick_higher_class", "text": "...", "6.12": true, "7.3": false}],
 *	 "enumerators": [{"name": "SCX_...", "6.12": "0x1", "7.3": null}],
 *	 "kfuncs": [{"name": "scx_bpf_...", "kernels": ["7.3"]}],
 *	 "types": [{"name": "task_struct.x", "kernels": ["7.3"]}]}
 *
 * Enumerators, kfuncs and types are those that differ.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include <jansson.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/handle.h"

#define SCHEMA 1
#define IN_612 1u
#define IN_73 2u

static json_t *profiles_json(void)
{
	json_t *list = json_array();
	const struct profile *p;
	u32 i;

	for (i = 0; (p = profile_at(i)); i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "name", p->name, "release",
						      p->release, "default", i == 0));
	return list;
}

static json_t *behaviour_json(const char *type, const char *name, const char *text, u64 v612,
			      u64 v73)
{
	json_t *o = json_pack("{s:s, s:s}", "name", name, "text", text);
	bool is_bool = type[0] == 'b';

	json_object_set_new(o, "6.12", is_bool ? json_boolean(v612) : json_integer(v612));
	json_object_set_new(o, "7.3", is_bool ? json_boolean(v73) : json_integer(v73));
	return o;
}

static json_t *behaviours_json(void)
{
	const struct profile_behaviour *b612 = &profile_find("6.12")->b;
	const struct profile_behaviour *b73 = &profile_find("7.3")->b;
	json_t *list = json_array();

#define BEHAVIOUR(type, name, v612, v73, text) \
	json_array_append_new(list, behaviour_json(#type, #name, text, b612->name, b73->name));
#include "abi/behaviour.def"
#undef BEHAVIOUR
	return list;
}

/* bits, so in hexadecimal; null: that kernel has none of the name */
static json_t *value_json(u64 v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", v);
	return v == ENUM_ABSENT ? json_null() : json_string(text);
}

static json_t *enumerators_json(void)
{
	json_t *list = json_array();
	const struct enumerator *e;
	u32 i;

	for (i = 0; (e = enumerator_at(i)); i++)
		if (e->v612 != e->v73)
			json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "name", e->name,
							      "6.12", value_json(e->v612), "7.3",
							      value_json(e->v73)));
	return list;
}

static json_t *only_in(const char *name, u32 in)
{
	return json_pack("{s:s, s:[s]}", "name", name, "kernels", in & IN_612 ? "6.12" : "7.3");
}

static json_t *kfuncs_json(void)
{
	json_t *list = json_array();
	const char *name;
	u32 i, in;

	for (i = 0; (name = profile_kfunc_at(i, &in)); i++)
		if (in != (IN_612 | IN_73))
			json_array_append_new(list, only_in(name, in));
	return list;
}

/* Types and members; functions are kfuncs, told above, or hooks. */
static json_t *types_json(const struct vmbtf_base *base)
{
	json_t *list = json_array();
	const struct vmbtf_note *n;
	char name[256];
	u32 i;

	for (i = 0; (n = vmbtf_note_at(base, i)); i++) {
		if ((!n->since && !n->until) || n->kind == BTF_KIND_FUNC)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", n->type, n->member ? "." : "",
			 n->member ? n->member : "");
		json_array_append_new(list, only_in(name, n->since ? IN_73 : IN_612));
	}
	return list;
}

KS_PUBLIC int ks_kernels_json(FILE *out)
{
	struct vmbtf_base *base;
	json_t *o;
	int err;

	if (api_need(out))
		return KS_USAGE;
	err = vmbtf_base_create(&base);
	if (err)
		return api_fail(KS_USAGE, "the profiles cannot be told: %s", strerror(-err));
	o = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "schema", SCHEMA, "kernels", profiles_json(),
		      "behaviours", behaviours_json(), "enumerators", enumerators_json(), "kfuncs",
		      kfuncs_json(), "types", types_json(base));
	vmbtf_base_destroy(base);
	err = !o || json_dumpf(o, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;
	json_decref(o);
	return err ? api_fail(KS_USAGE, "the profiles cannot be written: %s", strerror(errno)) : KS_OK;
}
