// SPDX-License-Identifier: GPL-2.0-only
/*
 * prepare.c - what every loader of scx does for every object, by rule:
 *
 *	__SCX_DSQ_LOCAL in .rodata	<- the enumerator SCX_DSQ_LOCAL of this kernel
 *	X_dump in .data.X_dump		<- resized to ops.exit_dump_len (32768 if 0),
 *	X_dump_len in .rodata		   and its size
 *	ops.hotplug_seq			<- /sys/kernel/sched_ext/hotplug_seq
 *	ops members that came later	<- cleared if this kernel lacks them
 *
 * Facts: tools/sched_ext/include/scx/{compat.h,enums.h,user_exit_info.h}.
 */
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/api.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"

#define ENUM_WORD_PREFIX "__SCX_"
#define DUMP_LEN_SUFFIX "_dump_len"
#define EXIT_DUMP_DFL_LEN 32768

/* ---- the scheduler among the struct_ops tables ---- */

static const char *type_name(const struct btf *btf, u32 id)
{
	return btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off);
}

/* "sched_ext_ops", "sched_ext_ops_cid", and flavours with ___ behind, as libbpf reads them */
static bool is_ops_type(const char *name)
{
	size_t n = strlen("sched_ext_ops");

	if (strncmp(name, "sched_ext_ops", n))
		return false;
	if (has_prefix(name + n, "_cid"))
		n += 4;
	return !name[n] || has_prefix(name + n, "___");
}

u32 prepare_list_ops(const struct bpf_object *obj, struct bpf_map **maps, u32 max)
{
	const struct btf *btf = bpf_object__btf(obj);
	struct bpf_map *map;
	u32 n = 0;

	bpf_object__for_each_map(map, obj) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS ||
		    !is_ops_type(type_name(btf, bpf_map__btf_value_type_id(map))))
			continue;
		if (n < max)
			maps[n] = map;
		n++;
	}
	return n;
}

/* ---- members of the ops table ---- */

/* bytes of member @name in the table's initial value; NULL if the object's type lacks it */
static void *ops_member(const struct ks_object *obj, const char *name, u32 *size)
{
	const struct btf *btf = bpf_object__btf(obj->obj);
	const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(obj->ops));
	u8 *data = bpf_map__initial_value(obj->ops, NULL);
	u32 i;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;

		if (strcmp(btf__name_by_offset(btf, m->name_off), name))
			continue;
		*size = btf__resolve_size(btf, m->type);
		return data + btf_member_bit_offset(t, i) / 8;
	}
	return NULL;
}

static bool kernel_has_member(const struct ks_object *obj, const char *member)
{
	const struct btf_types *types = obj->km->m->types;
	const struct btf_type *t;
	u32 id, i;

	id = vmbtf_find(types, "sched_ext_ops", BTF_KIND_STRUCT);
	t = id ? btf__type_by_id(types->btf, id) : NULL;
	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(types->btf, btf_members(t)[i].name_off), member))
			return true;
	return false;
}

static bool all_zero(const u8 *p, u32 size)
{
	while (size--)
		if (*p++)
			return false;
	return true;
}

static bool is_cid_form(const struct ks_object *obj)
{
	const char *name =
		type_name(bpf_object__btf(obj->obj), bpf_map__btf_value_type_id(obj->ops));

	return has_prefix(name, "sched_ext_ops_cid");
}

/*
 * compat.h:SCX_OPS_OPEN(): what a scheduler can do without; other members fail to
 * load. The cid form came after all of them.
 */
static void clear_later_members(struct ks_object *obj)
{
	static const char *const members[] = {
		"cgroup_set_bandwidth", "cgroup_set_idle",	"sub_attach",	     "sub_detach",
		"sub_cgroup_id",	"rescue_bandwidth_ppt", "rescue_quantum_us",
	};
	size_t i;
	u32 size;
	void *p;

	if (!obj->ops || is_cid_form(obj))
		return;
	for (i = 0; i < ARRAY_SIZE(members); i++) {
		p = ops_member(obj, members[i], &size);
		if (!p || all_zero(p, size) || kernel_has_member(obj, members[i]))
			continue;
		memset(p, 0, size);
		api_log(obj->km, KS_WARNING, "%s: kernel %s has no ops.%s, it is left out",
			obj->name, obj->km->m->prof->name, members[i]);
	}
}

static void set_hotplug_seq(struct ks_object *obj)
{
	u32 size;
	void *p = obj->ops ? ops_member(obj, "hotplug_seq", &size) : NULL;

	if (p && size == sizeof(u64))
		memcpy(p, &scx.hotplug_seq, sizeof(u64));
}

/* ---- words of enumerators ---- */

/* A word that --set gave a value keeps it: this runs first. */
static void fill_word(struct ks_object *obj, const char *name)
{
	struct variable v;
	u64 value;
	void *p;

	if (!has_prefix(name, ENUM_WORD_PREFIX) || !variable_find(obj->obj, name, &v))
		return;
	p = variable_data(&v);
	if (!p || v.size > sizeof(value))
		return;
	if (!profile_enum(obj->km->m->prof, name, &value))
		value = 0;
	memcpy(p, &value, v.size);
}

/* Call @fn with every global variable's name. */
static void for_each_variable(struct ks_object *obj, void (*fn)(struct ks_object *, const char *))
{
	const struct btf *btf = bpf_object__btf(obj->obj);
	const struct btf_type *t;
	u32 id;

	for (id = 1; btf && id < btf__type_cnt(btf); id++) {
		t = btf__type_by_id(btf, id);
		if (btf_is_var(t))
			fn(obj, btf__name_by_offset(btf, t->name_off));
	}
}

/* ---- the dump that ops.exit() copies out ---- */

static u32 exit_dump_len(const struct ks_object *obj)
{
	u32 size, len = 0;
	void *p = ops_member(obj, "exit_dump_len", &size);

	if (p && size == sizeof(len))
		memcpy(&len, p, sizeof(len));
	return len ? len : EXIT_DUMP_DFL_LEN;
}

/* user_exit_info.h:UEI_SET_SIZE(); nothing where --resize or --set came first */
static void size_dump(struct ks_object *obj, const char *name)
{
	size_t n = strlen(name), suffix = strlen(DUMP_LEN_SUFFIX);
	struct variable len_var, dump;
	char buf[128];
	u32 len, *word;

	if (n <= suffix || strcmp(name + n - suffix, DUMP_LEN_SUFFIX) || n >= sizeof(buf) ||
	    !variable_find(obj->obj, name, &len_var) || len_var.size != sizeof(u32))
		return;
	snprintf(buf, sizeof(buf), "%.*s", (int)(n - strlen("_len")), name);
	word = variable_data(&len_var);
	if (!word || !variable_find(obj->obj, buf, &dump) || dump.size != 1 ||
	    bpf_map__value_size(dump.map) != dump.size)
		return;
	len = *word ? *word : exit_dump_len(obj);
	if (!bpf_map__set_value_size(dump.map, len))
		*word = len;
}

int prepare_object(struct ks_object *obj)
{
	clear_later_members(obj);
	set_hotplug_seq(obj);
	for_each_variable(obj, fill_word);
	return KS_OK;
}

int prepare_load(struct ks_object *obj)
{
	for_each_variable(obj, size_dump);
	return KS_OK;
}
