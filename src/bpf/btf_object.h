/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * btf_object.h - BTF that user space loaded (BTF_LOAD), and the machine's own as
 * an object that can be asked for by id.
 */
#ifndef KS_BPF_BTF_OBJECT_H
#define KS_BPF_BTF_OBJECT_H

#include <linux/bpf.h>
#include "bpf/object.h"

struct btf;
struct btf_types;

struct btf_object {
	struct object o;
	struct btf *btf; /* libbpf's view; of the machine's types not owned */
	void *raw;	 /* as it was given */
	u32 size;
	bool kernel; /* the machine's own: "vmlinux" */
};

/*
 * btfobj_load - BTF_LOAD
 * 0 and one reference, or -errno as the kernel's btf_parse(). What is wrong goes to
 * attr->btf_log_buf, its length to btf_log_true_size if @attr_size reaches it.
 */
int btfobj_load(union bpf_attr *attr, u32 attr_size, struct btf_object **out);
/* The machine's types as an object; must be the first BTF object: id 1. One reference. */
int btfobj_create_kernel(const struct btf_types *types, struct btf_object **out);

/* with a reference; NULL */
struct btf_object *btfobj_from_fd(int fd);
void btfobj_put(struct btf_object *bo);
/* BPF_OBJ_GET_INFO_BY_FD: up to *@len bytes of @info, *@len out; 0 or -errno */
int btfobj_info(const struct btf_object *bo, struct bpf_btf_info *info, u32 *len);

#endif
