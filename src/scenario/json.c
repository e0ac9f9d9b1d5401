// SPDX-License-Identifier: GPL-2.0-only
/*
 * json.c - reading JSON whose keys carry their place (load/jtext.h): objects
 * by tables of keys, values with a complaint that says where and what is allowed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "scenario/scenario.h"
#include "base/blocks.h"
#include "base/shortage.h"
#include "kern/machine.h"

#define ERRNO_MAX 135
#define ENOTSUPP_NR 524 /* the kernel's own */

int scn_fail(struct ks_scenario *s, const char *fmt, ...)
{
	char what[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return parse_fail(&s->ps, "%s", what);
}

/* ---- memory: one list of blocks a run ---- */

void *scn_alloc(struct ks_scenario *s, size_t size)
{
	void *p = blocks_alloc(&s->allocs, size);

	shortage_on(!p, "out of memory for a scenario");
	return p;
}

char *scn_strdup(struct ks_scenario *s, const char *text)
{
	return strcpy(scn_alloc(s, strlen(text) + 1), text);
}

/* ---- objects ---- */

static void join_keys(const struct scn_key *keys, u32 nr, char *buf, size_t len)
{
	size_t n = 0;

	*buf = '\0';
	for (u32 i = 0; i < nr && n < len; i++)
		n += snprintf(buf + n, len - n, "%s%s", i ? ", " : "", keys[i].name);
}

static const struct scn_key *find_key(const struct scn_key *keys, u32 nr, const char *name)
{
	for (u32 i = 0; i < nr; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

int scn_read_object(struct ks_scenario *s, const json_t *obj, const char *what,
		    const struct scn_key *keys, u32 nr, void *to)
{
	const struct scn_key *k;
	char allowed[1024];
	const char *key;
	json_t *v;
	int err;

	if (!json_is_object(obj))
		return scn_fail(s, "%s must be an object", what);
	json_object_foreach((json_t *)obj, key, v) {
		jtext_key(key, &s->ps.at);
		k = find_key(keys, nr, s->ps.at.name);
		if (!k) {
			join_keys(keys, nr, allowed, sizeof(allowed));
			return parse_unknown(&s->ps, what, allowed);
		}
		err = k->read(s, to, v);
		if (err)
			return err;
	}
	return 0;
}

const json_t *scn_find(struct ks_scenario *s, const json_t *obj, const char *name)
{
	struct jkey at;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)obj, key, v) {
		jtext_key(key, &at);
		if (!strcmp(at.name, name)) {
			s->ps.at = at;
			return v;
		}
	}
	return NULL;
}

static json_t *plain_object(const json_t *v)
{
	json_t *to = json_object(), *m;
	const char *key;
	struct jkey at;

	json_object_foreach((json_t *)v, key, m) {
		jtext_key(key, &at);
		json_object_set_new(to, at.name, scn_plain(m));
	}
	return to;
}

json_t *scn_plain(const json_t *v)
{
	json_t *to, *e;
	size_t i;

	if (json_is_object(v))
		return plain_object(v);
	if (!json_is_array(v))
		return json_incref((json_t *)v);
	to = json_array();
	json_array_foreach((json_t *)v, i, e)
		json_array_append_new(to, scn_plain(e));
	return to;
}

int scn_read_rows(struct ks_scenario *s, const json_t *obj, const char *what, struct scn_row **rows)
{
	struct scn_row *r;
	const char *key;
	json_t *v;

	if (!json_is_object(obj))
		return scn_fail(s, "%s must be an object", what);
	while (*rows)
		rows = &(*rows)->next;
	json_object_foreach((json_t *)obj, key, v) {
		r = scn_alloc(s, sizeof(*r));
		jtext_key(key, &r->at);
		snprintf(r->path, sizeof(r->path), "%s", r->at.name);
		r->want = v;
		*rows = r;
		rows = &r->next;
	}
	return 0;
}

/* ---- values ---- */

const char *scn_string(struct ks_scenario *s, const json_t *v)
{
	if (json_is_string(v) && *json_string_value(v))
		return json_string_value(v);
	scn_fail(s, "'%s' must be a string, not empty", s->ps.at.name);
	return NULL;
}

int scn_bool(struct ks_scenario *s, const json_t *v, bool *out)
{
	*out = json_is_true(v);
	return json_is_boolean(v) ? 0 : scn_fail(s, "'%s' must be true or false", s->ps.at.name);
}

int scn_int(struct ks_scenario *s, const json_t *v, s64 lo, s64 hi, s64 *out)
{
	return parse_int(&s->ps, v, lo, hi, out);
}

int scn_time(struct ks_scenario *s, const json_t *v, u64 *ns)
{
	return parse_duration(&s->ps, v, ns);
}

int scn_cpu(struct ks_scenario *s, const json_t *v, s32 *cpu)
{
	s64 n = 0;
	int err = scn_int(s, v, 0, machine->nr_cpu_ids - 1, &n);

	*cpu = n;
	return err;
}

static s64 errno_by_name(const char *name)
{
	for (int e = 1; e < ERRNO_MAX; e++) {
		const char *n = strerrorname_np(e);

		if (n && !strcmp(n, name))
			return -e;
	}
	return strcmp(name, "ENOTSUPP") ? 1 : -ENOTSUPP_NR;
}

int scn_errno(struct ks_scenario *s, const json_t *v, s64 *out)
{
	if (json_is_integer(v))
		return scn_int(s, v, -4095, 0, out);
	*out = json_is_string(v) ? errno_by_name(json_string_value(v)) : 1;
	return *out <= 0 ? 0 :
			   scn_fail(s,
				    "'%s' must be 0, a negative errno, or its name "
				    "as \"EINVAL\"",
				    s->ps.at.name);
}
