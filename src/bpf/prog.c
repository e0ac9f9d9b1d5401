// SPDX-License-Identifier: GPL-2.0-only
/*
 * prog.c - a loaded program as an object: names, references, what user space may
 * ask about it.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/region.h"
#include "bpf/btf_object.h"
#include "bpf/map.h"
#include "bpf/jit.h"
#include "bpf/prog_priv.h"

#define ASSOC_POISON UINT32_MAX
#define AUX_BYTES 256 /* of the struct bpf_prog_aux stand-in: an address, nothing is read */

/* --- references --- */

static struct prog *to_prog(struct object *o)
{
	return o ? container_of(o, struct prog, obj) : NULL;
}

void prog_get(struct prog *prog)
{
	object_get(&prog->obj);
}

void prog_put(struct prog *prog)
{
	if (prog)
		object_put(&prog->obj);
}

struct prog *prog_from_fd(int fd)
{
	return to_prog(object_from_fd(fd, OBJ_PROG));
}

struct prog *prog_by_id(u32 id)
{
	return to_prog(object_by_id(id, OBJ_PROG));
}

struct object *prog_object(struct prog *prog)
{
	return &prog->obj;
}

void prog_free(struct prog *prog)
{
	for (u32 i = 0; i < prog->nr_maps; i++)
		map_put(prog->maps[i]);
	map_put(prog->assoc);
	prog_put(prog->target);
	prog_put(prog->assoc_prog);
	btfobj_put(prog->btf);
	if (prog->aux)
		region_free(ZONE_KOBJ, (void *)(uintptr_t)prog->aux, AUX_BYTES);
	prog_streams_finish(prog);
	jit_release(prog);
	free(prog->maps);
	free(prog->funcs);
	free(prog->lines);
	free(prog->subs);
	free(prog->code);
	free(prog->raw);
	free(prog);
}

int prog_use_map(struct prog *prog, struct map *map)
{
	struct map **maps;

	for (u32 i = 0; i < prog->nr_maps; i++)
		if (prog->maps[i] == map)
			return 0;
	if (prog->nr_maps == PROG_MAPS_MAX)
		return -E2BIG;
	maps = realloc(prog->maps, (prog->nr_maps + 1) * sizeof(*maps));
	if (!maps)
		return -ENOMEM;
	prog->maps = maps;
	map_get(map);
	maps[prog->nr_maps++] = map;
	return 0;
}

int prog_bind_map(struct prog *prog, struct map *map)
{
	return prog_use_map(prog, map);
}

/*
 * core.c:bpf_prog_assoc_struct_ops(): once only. The programs of the table itself are
 * associated too, without a reference (the map holds them); one that is in two tables
 * belongs to neither.
 */
int prog_set_assoc(struct prog *prog, struct map *struct_ops)
{
	if (prog->assoc_id == map_id(struct_ops))
		return 0;
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS) {
		prog->assoc_id = prog->assoc_id ? ASSOC_POISON : map_id(struct_ops);
		return 0;
	}
	if (prog->assoc_id)
		return -EBUSY;
	map_get(struct_ops);
	prog->assoc = struct_ops;
	prog->assoc_id = map_id(struct_ops);
	return 0;
}

static struct prog *find_assoc(const struct prog *prog)
{
	for (u32 id = object_next_id(0, OBJ_PROG); id; id = object_next_id(id, OBJ_PROG)) {
		struct prog *other = prog_by_id(id);

		if (other->type == BPF_PROG_TYPE_STRUCT_OPS && other->assoc_id == prog->assoc_id)
			return other;
		prog_put(other);
	}
	return NULL;
}

bool prog_is_associated(const struct prog *prog)
{
	return prog->assoc;
}

/* Looked for when first asked: the table is filled after programs are associated with it. */
const struct prog *prog_assoc(const struct prog *prog)
{
	struct prog *self = (struct prog *)prog;

	if (prog->assoc && !prog->assoc_prog)
		self->assoc_prog = find_assoc(prog);
	return prog->assoc_prog;
}

/* --- subprograms --- */

u64 prog_func_token(const struct prog *prog, u32 sub)
{
	return PROG_FUNC_BASE + ((u64)prog->obj.id << 20) + sub;
}

int prog_sub_of(const struct prog *prog, u32 insn)
{
	u32 lo = 0, hi = prog->nr_subs;

	while (hi - lo > 1) {
		u32 mid = (lo + hi) / 2;

		if (prog->subs[mid].start <= insn)
			lo = mid;
		else
			hi = mid;
	}
	return insn < prog->nr_insns ? (int)lo : -1;
}

int prog_sub_at(const struct prog *prog, u32 insn)
{
	int sub = prog_sub_of(prog, insn);

	return sub >= 0 && prog->subs[sub].start == insn ? sub : -1;
}

const char *prog_sub_name(const struct prog *prog, u32 sub)
{
	const char *name = prog->subs ? prog->subs[sub].name : NULL;

	return name ? name : sub ? "subprogram" : prog->name;
}

/* --- what it is --- */

u32 prog_id(const struct prog *prog)
{
	return prog->obj.id;
}

enum bpf_prog_type prog_type(const struct prog *prog)
{
	return prog->type;
}

u32 prog_expected_attach_type(const struct prog *prog)
{
	return prog->expected_attach_type;
}

u32 prog_attach_btf_id(const struct prog *prog)
{
	return prog->attach_btf_id;
}

const char *prog_attach_name(const struct prog *prog)
{
	return prog->attach_name;
}

bool prog_sleepable(const struct prog *prog)
{
	return prog->sleepable;
}

const char *prog_name(const struct prog *prog)
{
	return prog_sub_name(prog, 0);
}

u32 prog_key(const struct prog *prog)
{
	return prog->key;
}

const char *prog_struct_ops_type(const struct prog *prog)
{
	return prog->struct_ops_type;
}

void prog_set_owner(struct prog *prog, void *owner)
{
	prog->owner = owner;
}

void *prog_owner(const struct prog *prog)
{
	return prog->owner;
}

u64 prog_aux_addr(const struct prog *prog)
{
	struct prog *self = (struct prog *)prog;

	if (!self->aux)
		self->aux = (uintptr_t)region_alloc(ZONE_KOBJ, AUX_BYTES, 64);
	return self->aux;
}

u64 prog_insns_run(const struct prog *prog)
{
	return prog->insns_run;
}

/* --- source lines --- */

static const struct bpf_line_info *line_of(const struct prog *prog, u32 insn)
{
	u32 lo = 0, hi = prog->nr_lines;

	if (!hi || insn < prog->lines[0].insn_off || insn >= prog->nr_insns)
		return NULL;
	while (hi - lo > 1) {
		u32 mid = (lo + hi) / 2;

		if (prog->lines[mid].insn_off <= insn)
			lo = mid;
		else
			hi = mid;
	}
	return &prog->lines[lo];
}

static const char *file_of(const struct prog *prog, const struct bpf_line_info *line)
{
	const char *file = btf__name_by_offset(prog->btf->btf, line->file_name_off);

	return !file ? "" : strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
}

static void put_line(const struct prog *prog, const struct bpf_line_info *line, char *buf,
		     size_t len)
{
	const char *text = btf__name_by_offset(prog->btf->btf, line->line_off);

	text = text ? text + strspn(text, " \t") : "";
	snprintf(buf, len, "%s:%u: %s", file_of(prog, line), BPF_LINE_INFO_LINE_NUM(line->line_col),
		 text);
}

bool prog_source_line(const struct prog *prog, u32 insn, char *buf, size_t len)
{
	const struct bpf_line_info *line = line_of(prog, insn);

	if (len)
		buf[0] = '\0';
	if (line)
		put_line(prog, line, buf, len);
	return line;
}

/* A function begins in its own file; what a header's inlined function did is in another. */
static const struct bpf_line_info *own_line(const struct prog *prog,
					    const struct bpf_line_info *line)
{
	int sub = prog_sub_of(prog, line->insn_off);
	const struct bpf_line_info *first = sub < 0 ? NULL : line_of(prog, prog->subs[sub].start);

	while (first && line > first && strcmp(file_of(prog, line), file_of(prog, first)))
		line--;
	return line;
}

bool prog_calling_line(const struct prog *prog, u32 insn, char *buf, size_t len)
{
	const struct bpf_line_info *line = line_of(prog, insn),
				   *own = line ? own_line(prog, line) : NULL;
	size_t n;

	if (own == line)
		return prog_source_line(prog, insn, buf, len);
	put_line(prog, own, buf, len);
	n = strlen(buf);
	snprintf(buf + n, len - n, " (then %s:%u)", file_of(prog, line),
		 BPF_LINE_INFO_LINE_NUM(line->line_col));
	return true;
}

/* --- BPF_OBJ_GET_INFO_BY_FD --- */

/* The kernel's tag is a hash of the code; ours too, of another kind (FNV-1a). */
static void fill_tag(const struct prog *prog, u8 *tag)
{
	const u8 *code = (const u8 *)prog->raw;
	u64 hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < prog->nr_insns * sizeof(*prog->raw); i++)
		hash = (hash ^ code[i]) * 0x100000001b3ULL;
	memcpy(tag, &hash, sizeof(hash));
}

static u32 copy_out(u64 to, u32 room, const void *from, u32 have)
{
	if (to && room)
		memcpy((void *)(uintptr_t)to, from, min(room, have));
	return have;
}

static void fill_maps(const struct prog *prog, struct bpf_prog_info *info)
{
	u32 *ids = (u32 *)(uintptr_t)info->map_ids;

	for (u32 i = 0; ids && i < prog->nr_maps && i < info->nr_map_ids; i++)
		ids[i] = map_id(prog->maps[i]);
	info->nr_map_ids = prog->nr_maps;
}

static void fill_debug(const struct prog *prog, struct bpf_prog_info *info)
{
	u32 funcs = prog->nr_funcs * sizeof(*prog->funcs);
	u32 lines = prog->nr_lines * sizeof(*prog->lines);

	if (info->func_info_rec_size == sizeof(*prog->funcs))
		copy_out(info->func_info, info->nr_func_info * sizeof(*prog->funcs), prog->funcs,
			 funcs);
	if (info->line_info_rec_size == sizeof(*prog->lines))
		copy_out(info->line_info, info->nr_line_info * sizeof(*prog->lines), prog->lines,
			 lines);
	info->nr_func_info = prog->nr_funcs;
	info->nr_line_info = prog->nr_lines;
	info->func_info_rec_size = sizeof(*prog->funcs);
	info->line_info_rec_size = sizeof(*prog->lines);
	info->btf_id = prog->btf ? prog->btf->o.id : 0;
}

static void fill_info(const struct prog *prog, struct bpf_prog_info *info)
{
	info->type = prog->type;
	info->id = prog->obj.id;
	fill_tag(prog, info->tag);
	info->xlated_prog_len = copy_out(info->xlated_prog_insns, info->xlated_prog_len, prog->raw,
					 prog->nr_insns * sizeof(*prog->raw));
	info->jited_prog_len = 0; /* also the sign that it is interpreted */
	info->nr_jited_ksyms = 0;
	info->nr_jited_func_lens = 0;
	info->nr_jited_line_info = 0;
	info->jited_line_info_rec_size = sizeof(u64);
	info->load_time = prog->load_time_ns;
	info->created_by_uid = 0;
	memcpy(info->name, prog->name, sizeof(info->name));
	info->gpl_compatible = prog->gpl;
	info->nr_prog_tags = 0;
	info->run_time_ns = 0;
	info->run_cnt = prog->runs;
	info->recursion_misses = 0;
	info->verified_insns = prog->nr_insns;
	info->attach_btf_id = prog->attach_btf_id;
	info->attach_btf_obj_id = prog->attach_btf_id && !prog->target ? 1 : 0;
	fill_maps(prog, info);
	fill_debug(prog, info);
}

int prog_info(const struct prog *prog, struct bpf_prog_info *user, u32 *len)
{
	struct bpf_prog_info info = { 0 };

	*len = min(*len, (u32)sizeof(info));
	memcpy(&info, user, *len);
	fill_info(prog, &info);
	memcpy(user, &info, *len);
	return 0;
}
