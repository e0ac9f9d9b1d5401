/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api.h - the library's inside: what a public handle is, and how a failure becomes
 * the one line that the caller shows.
 */
#ifndef KS_API_API_H
#define KS_API_API_H

#include <kickstand.h>
#include <signal.h>
#include "base/types.h"
#include "trace/trace.h"

struct bpf_map;
struct bpf_object;
struct bpf_link;
struct btf;
struct btf_type;
struct machine;
struct trace_sink;
struct workload;

/* figures when the first run began: reports count from there */
struct baseline {
	u64 now_ns, nr_switches;
	u64 *idle_ns, *busy_ns, *switches, *kicked;	/* by cpu */
};

struct ks_machine {
	struct machine *m;
	struct ks_machine_opts opts;
	u64 seed;
	struct workload *workload;
	bool begun;		/* the first run: the workload started, the baseline is taken */
	struct baseline base;
	struct trace stream;
	struct trace_sink *trace;	/* the file, NULL without */
	struct trace_sink *picture;	/* the --svg, NULL without */
	struct trace_sink *page;	/* the --html, NULL without */
	struct ks_object *objects;
	void (*progress)(void *arg, uint64_t done_ns, uint64_t of_ns);
	void *progress_arg;
	volatile sig_atomic_t stop;	/* somebody wants the run to end */
	u64 stopped_short_ns;	/* virtual time that was left then; 0: it ran to its end */
};

struct ks_object {
	struct ks_object *next;
	struct ks_machine *km;
	char *path, *name;	/* name: the last component of the path */
	struct bpf_object *obj;
	struct bpf_map *ops;	/* the struct_ops map of the scheduler */
	struct bpf_link *ops_link;
	struct bpf_link **links;
	u32 nr_links;
	struct json_t *setup;	/* the --setup file; NULL without */
};

/* ---- error.c ---- */

/* Remember the line for ks_error(); returns @status. */
int api_fail(enum ks_status status, const char *fmt, ...) __printf(2, 3);
void api_log(const struct ks_machine *km, enum ks_level level, const char *fmt, ...)
	__printf(3, 4);
/* true if the caller's structure of @sz bytes has the whole field */
#define OPT_HAS(opts, field) \
	((opts)->sz >= offsetof(__typeof__(*(opts)), field) + sizeof((opts)->field))

/* ---- diag.c: libbpf's and the machine's messages ---- */

/* libbpf's lines go to @km's log and are kept from now on */
void diag_begin(struct ks_machine *km);
void diag_clear(void);
void diag_end(void);
void diag_note(const char *line);
/* The cause of a failed open, load or attach (@err: -errno) as one line. */
int diag_fail(const struct ks_object *obj, const char *doing, int err);

/* ---- prepare.c: what every loader does for every object ---- */

int prepare_object(struct ks_object *obj);
/* just before load: sizes that follow from --set and --resize */
int prepare_load(struct ks_object *obj);
/* the struct_ops maps that are schedulers; their number */
u32 prepare_list_ops(const struct bpf_object *obj, struct bpf_map **maps, u32 max);

/* ---- json_value.c: values by BTF types ---- */

/* json_value.c: @id without const, volatile, restrict, tags and typedefs; NULL: no such type */
const struct btf_type *api_skip_mods(const struct btf *btf, u32 id);
/* variable.c: the value of @name in enum @t, sign extended; false: it has none of that name */
bool api_enumerator(const struct btf *btf, const struct btf_type *t, const char *name, u64 *v);

struct json_t;
/* @data of type @id as JSON; NULL: no memory. u64 beyond what JSON integers hold are strings. */
struct json_t *json_of_value(const struct btf *btf, u32 id, const void *data);
/* the variables of DATASEC @id */
struct json_t *json_of_datasec(const struct btf *btf, u32 id, const void *data, u32 size);

/* ---- json_store.c: the way back ---- */

/* @value into @data of type @id; @size: bytes there, for arrays that were resized */
int json_store(const struct btf *btf, u32 id, void *data, u32 size, const struct json_t *value);
/* a number, or bytes in hexadecimal, where no type is known */
int json_store_bytes(void *data, u32 size, const struct json_t *value);

/* ---- setup.c: what the --setup file asks for ---- */

int setup_loaded(struct ks_object *obj);
int setup_attached(struct ks_object *obj);
void setup_drop(struct ks_object *obj);

/* ---- variable.c: globals by name ---- */

struct variable {
	struct bpf_map *map;
	const struct btf *btf;
	u32 type_id;
	u32 offset, size;	/* in the map's initial value */
};

/* a global variable or a struct_ops table; false: no such name */
bool variable_find(const struct bpf_object *obj, const char *name, struct variable *v);
/* where its initial value is; NULL if it has none. Moves when something is resized. */
void *variable_data(const struct variable *v);
/* "VAR=VALUE" into the initial value. KS_OK or KS_USAGE */
int variable_assign(struct ks_object *obj, const char *assignment);
/* "VAR=N" */
int variable_resize(struct ks_object *obj, const char *assignment);

#endif
