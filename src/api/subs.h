/* SPDX-License-Identifier: GPL-2.0-only */
/* subs.h - further schedulers of an object, attached below another one. */
#ifndef KS_API_SUBS_H
#define KS_API_SUBS_H

#include "api/api.h"

struct object_sub {
	struct bpf_map *map;
	struct bpf_link *link; /* NULL: not attached */
	char *programs;	       /* "a,b", which are associated with it; NULL: none */
};

/* "TABLE=/CGROUP[:PROGRAM,...]", before load; KS_OK or KS_USAGE with ks_error() */
int subs_choose(struct ks_object *obj, const char *text);
/* what @prog is associated with: a sub-scheduler that names it, else the root */
struct bpf_map *subs_map_of(const struct ks_object *obj, const struct bpf_program *prog);
bool subs_have(const struct ks_object *obj, const struct bpf_map *map);
struct object_sub *subs_find(struct ks_object *obj, const char *name);
/* 0 or -errno; that it could not be enabled is in scx.subs */
int subs_attach(struct object_sub *sub);
int subs_detach(struct object_sub *sub);
/* in order; KS_OK, or KS_LOAD with ks_error() */
int subs_attach_all(struct ks_object *obj);
void subs_detach_all(struct ks_object *obj);
void subs_finish(struct ks_object *obj);

#endif
