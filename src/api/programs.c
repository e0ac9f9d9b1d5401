// SPDX-License-Identifier: GPL-2.0-only
/*
 * programs.c - which of an object's programs take part. A pattern, as the shell has
 * them, and a choice:
 *
 *	true		is loaded and attached
 *	false		is left out
 *	"if_possible"	is loaded where the kernel has what its section names
 *	"unattached"	is loaded; whoever wants it attached does that
 *
 * Later choices win over earlier ones. A callback of the scheduler stays: libbpf loads
 * what the table names.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include "abi/btf.h"
#include "api/handle.h"
#include "kern/machine.h"

bool programs_match(const struct ks_object *obj, const char *pattern)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, obj->obj)
		if (!fnmatch(pattern, bpf_program__name(p), 0))
			return true;
	return false;
}

int programs_none(const struct ks_object *obj, const char *pattern)
{
	struct bpf_program *p;
	char names[512] = "";
	size_t n = 0;

	bpf_object__for_each_program(p, obj->obj)
		if (bpf_program__type(p) != BPF_PROG_TYPE_STRUCT_OPS && n < sizeof(names))
			n += snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "",
				      bpf_program__name(p));
	return api_fail(KS_USAGE, "there is no program '%s' in %s; there are: %s", pattern,
			obj->name, *names ? names : "none");
}

/* fentry/NAME, tp_btf/NAME and the like: is there such a thing in this kernel? */
static bool target_exists(const struct bpf_program *p)
{
	const char *sec = bpf_program__section_name(p), *target = strchr(sec, '/');
	const struct btf *btf = machine->types->btf;
	char name[128];

	if (!target++)
		return true;
	if (has_prefix(sec, "tp_btf/")) {
		snprintf(name, sizeof(name), "btf_trace_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
	}
	if (has_prefix(sec, "lsm")) {
		snprintf(name, sizeof(name), "bpf_lsm_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
	}
	if (!has_prefix(sec, "fentry") && !has_prefix(sec, "fexit") && !has_prefix(sec, "fmod_ret"))
		return true;
	return btf__find_by_name_kind(btf, target, BTF_KIND_FUNC) > 0;
}

enum choice { IN, OUT, IF_POSSIBLE, UNATTACHED, NR_CHOICES };

static const char *const choice_names[] = { "true", "false", "if_possible", "unattached" };

static void choose(struct bpf_program *p, enum choice c)
{
	bpf_program__set_autoload(p, c == IF_POSSIBLE ? target_exists(p) : c != OUT);
	bpf_program__set_autoattach(p, c != UNATTACHED);
}

static int choose_all(struct ks_object *obj, const char *pattern, enum choice c)
{
	struct bpf_program *p;

	if (!programs_match(obj, pattern))
		return programs_none(obj, pattern);
	bpf_object__for_each_program(p, obj->obj)
		if (!fnmatch(pattern, bpf_program__name(p), 0))
			choose(p, c);
	return KS_OK;
}

static enum choice choice_of(const char *word)
{
	u32 c;

	for (c = 0; c < NR_CHOICES && strcmp(word, choice_names[c]); c++)
		;
	return c;
}

int programs_choose(struct ks_object *obj, const char *pattern, const json_t *v)
{
	enum choice c = json_is_boolean(v) ? (json_is_true(v) ? IN : OUT) :
			json_is_string(v)  ? choice_of(json_string_value(v)) :
					     NR_CHOICES;

	if (c == NR_CHOICES || (json_is_string(v) && c <= OUT))
		return api_fail(KS_USAGE,
				"'%s' must be true, false, \"if_possible\" or "
				"\"unattached\"",
				pattern);
	return choose_all(obj, pattern, c);
}

KS_PUBLIC int ks_object_choose(struct ks_object *obj, const char *choice)
{
	const char *equals;
	char pattern[128];
	enum choice c;

	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(choice))
		return KS_USAGE;
	equals = strrchr(choice, '=');
	c = equals ? choice_of(equals + 1) : NR_CHOICES;
	if (c == NR_CHOICES || equals - choice >= (ptrdiff_t)sizeof(pattern))
		return api_fail(KS_USAGE,
				"programs '%s': NAME=false is due, or true, if_possible, "
				"unattached",
				choice);
	snprintf(pattern, sizeof(pattern), "%.*s", (int)(equals - choice), choice);
	return choose_all(obj, pattern, c);
}
