// SPDX-License-Identifier: GPL-2.0-only
/* provenance.c - see provenance.h. */
#include "api/provenance.h"

#include <errno.h>
#include <jansson.h>
#include <nettle/sha2.h>
#include <string.h>

#include "api/handle.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"

#define READ_BYTES 65536

int provenance_digest(struct ks_object *obj)
{
	FILE *f = fopen(obj->path, "re");
	uint8_t buf[READ_BYTES], digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	int err = f ? 0 : -errno;
	size_t n;

	if (!f)
		return err;
	sha256_init(&ctx);
	while ((n = fread(buf, 1, sizeof(buf), f)))
		sha256_update(&ctx, n, buf);
	err = ferror(f) ? -EIO : 0;
	fclose(f);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (u32 i = 0; !err && i < sizeof(digest); i++)
		snprintf(obj->sha256 + 2 * i, 3, "%02x", digest[i]);
	return err;
}

/* ---- what it was ---- */

/* the scheduler's, or the first of those that only trace; NULL: none came through us */
static const struct ks_object *object_of(const struct ks_machine *km)
{
	const struct ks_object *first = NULL;

	for (const struct ks_object *o = km->objects; o; o = o->next) {
		if (o->ops)
			return o;
		first = o; /* the list has the newest first */
	}
	return first;
}

static const char *scheduler(void)
{
	return scx.root ? scx.root->name : scx.last_exit.valid ? scx.last_exit.name : NULL;
}

static void topology_text(char *buf, size_t size)
{
	const struct topology_spec *t = &machine->config.topo;

	snprintf(buf, size, "%un%ul%uc%ut", t->nodes, t->llcs, t->cores, t->threads);
}

typedef void (*provenance_fn)(void *arg, const char *key, const char *value);

/* Each of the contract's keys, in its order; @value NULL: there is none. */
static void each(const struct ks_machine *km, provenance_fn fn, void *arg)
{
	const struct ks_object *obj = object_of(km);
	char topology[64];

	topology_text(topology, sizeof(topology));
	fn(arg, "version", KS_VERSION);
	fn(arg, "object", obj ? obj->name : NULL);
	fn(arg, "object_sha256", obj && *obj->sha256 ? obj->sha256 : NULL);
	fn(arg, "scheduler", scheduler());
	fn(arg, "workload", km->workload_spec);
	fn(arg, "topology", topology);
	fn(arg, "options", km->opts.options);
}

/* ---- who is told ---- */

static void add_member(void *arg, const char *key, const char *value)
{
	json_object_set_new(arg, key, value ? json_string(value) : json_null());
}

json_t *provenance_json(const struct ks_machine *km)
{
	json_t *o = json_object();

	each(km, add_member, o);
	return o;
}

static void tell_sinks(void *arg, const char *key, const char *value)
{
	if (value && *value)
		trace_tell(arg, key, value);
}

void provenance_tell(struct ks_machine *km)
{
	each(km, tell_sinks, &km->stream);
}

void provenance_print(const struct ks_machine *km, FILE *out)
{
	const struct ks_object *obj = object_of(km);
	const char *options = km->opts.options;
	char topology[64];

	topology_text(topology, sizeof(topology));
	fprintf(out, "kickstand %s, ", KS_VERSION);
	if (obj)
		fprintf(out, "object %s, ", obj->name);
	if (km->workload_spec)
		fprintf(out, "workload %s, ", km->workload_spec);
	fprintf(out, "topology %s%s%s\n", topology, options && *options ? ", " : "",
		options ? options : "");
}
