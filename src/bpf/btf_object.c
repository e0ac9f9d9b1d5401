// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf_object.c - BTF as an object of bpf(2).
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "abi/btf.h"
#include "bpf/btf_check.h"
#include "bpf/btf_object.h"
#include "bpf/verlog.h"

#define BTF_BYTES_MAX (16u << 20) /* the kernel's BTF_MAX_SIZE */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

#define END_OF(field) (offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)NULL)->field))

static struct btf_object *to_btf(struct object *o)
{
	return o ? container_of(o, struct btf_object, o) : NULL;
}

static void release(struct object *o)
{
	struct btf_object *bo = to_btf(o);

	if (!bo->kernel)
		btf__free(bo->btf);
	free(bo->raw);
	free(bo);
}

/* btf.c:btf_parse_hdr(): what libbpf is more lenient about */
static int check_header(const struct btf_header *hdr, u32 size, struct verlog *log)
{
	if (size < offsetof(struct btf_header, type_off)) {
		verlog_printf(log, "hdr_len not found\n");
		return -EINVAL;
	}
	if (size < hdr->hdr_len || size < sizeof(*hdr)) {
		verlog_printf(log, "btf_header not found\n");
		return -EINVAL;
	}
	if (hdr->magic != BTF_MAGIC) {
		verlog_printf(log, "Invalid magic\n");
		return -EINVAL;
	}
	if (hdr->version != BTF_VERSION || hdr->flags) {
		verlog_printf(log, "Unsupported %s\n", hdr->flags ? "flags" : "version");
		return -ENOTSUPP;
	}
	if (size == hdr->hdr_len) {
		verlog_printf(log, "No data\n");
		return -EINVAL;
	}
	return 0;
}

static int parse(struct btf_object *bo, struct verlog *log)
{
	char why[128];
	int err = check_header(bo->raw, bo->size, log);

	if (err)
		return err;
	bo->btf = btf__new(bo->raw, bo->size);
	if (!bo->btf) {
		verlog_printf(log, "BTF is malformed\n");
		return -EINVAL;
	}
	err = types_check(bo->btf, why, sizeof(why));
	if (err)
		verlog_printf(log, "BTF is malformed: %s\n", why);
	return err;
}

static int create(const void *raw, u32 size, struct verlog *log, struct btf_object **out)
{
	struct btf_object *bo = shortage_calloc(1, sizeof(*bo));
	int err;

	bo->size = size;
	bo->raw = shortage_calloc(1, size ? size : 1);
	memcpy(bo->raw, raw, size);
	err = parse(bo, log);
	if (err)
		goto err_free;
	err = object_create(&bo->o, OBJ_BTF, "btf", 0, release);
	if (err)
		goto err_free;
	*out = bo;
	return 0;

err_free:
	btf__free(bo->btf);
	free(bo->raw);
	free(bo);
	return err;
}

int btfobj_load(union bpf_attr *attr, u32 attr_size, struct btf_object **out)
{
	struct verlog log;
	u32 true_size;
	int err, log_err;

	if (attr->btf_flags & ~(u32)BPF_F_TOKEN_FD)
		return -EINVAL;
	if (attr->btf_flags & BPF_F_TOKEN_FD)
		return -EBADF; /* there are no tokens here */
	if (attr->btf_size > BTF_BYTES_MAX)
		return -E2BIG;
	err = verlog_init(&log, attr->btf_log_level, attr->btf_log_buf, attr->btf_log_size);
	if (err)
		return err;
	if (!attr->btf)
		err = -EFAULT;
	else
		err = create((const void *)(uintptr_t)attr->btf, attr->btf_size, &log, out);
	log_err = verlog_finish(&log, &true_size);
	if (attr_size >= END_OF(btf_log_true_size))
		attr->btf_log_true_size = true_size;
	if (log_err && !err)
		btfobj_put(*out);
	return log_err ? log_err : err;
}

int btfobj_create_kernel(const struct btf_types *types, struct btf_object **out)
{
	struct btf_object *bo = calloc(1, sizeof(*bo));
	int err = -ENOMEM;

	if (!bo)
		return -ENOMEM;
	bo->kernel = true;
	bo->btf = types->btf;
	bo->size = types->raw_size;
	bo->raw = malloc(bo->size);
	if (!bo->raw)
		goto err_free;
	memcpy(bo->raw, types->raw, bo->size);
	err = object_create(&bo->o, OBJ_BTF, "btf", 0, release);
	if (err)
		goto err_free;
	*out = bo;
	return 0;

err_free:
	free(bo->raw);
	free(bo);
	return err;
}

struct btf_object *btfobj_from_fd(int fd)
{
	return to_btf(object_from_fd(fd, OBJ_BTF));
}

void btfobj_put(struct btf_object *bo)
{
	if (bo)
		object_put(&bo->o);
}

/* btf.c:btf_get_info_by_fd(): a name that does not fit is cut, and -ENOSPC */
static int copy_name(const char *name, struct bpf_btf_info *info)
{
	char *to = (char *)(uintptr_t)info->name;
	u32 room = info->name_len, len = strlen(name);

	info->name_len = len;
	if (!to != !room)
		return -EINVAL;
	if (!to)
		return 0;
	memcpy(to, name, min(len, room - 1));
	to[min(len, room - 1)] = '\0';
	return room > len ? 0 : -ENOSPC;
}

int btfobj_info(const struct btf_object *bo, struct bpf_btf_info *user, u32 *len)
{
	struct bpf_btf_info info = { 0 };
	int err;

	*len = min(*len, (u32)sizeof(info));
	memcpy(&info, user, *len);
	if (info.btf && info.btf_size)
		memcpy((void *)(uintptr_t)info.btf, bo->raw, min(bo->size, info.btf_size));
	info.id = bo->o.id;
	info.btf_size = bo->size;
	info.kernel_btf = bo->kernel;
	err = copy_name(bo->kernel ? "vmlinux" : "", &info);
	if (err == -EINVAL)
		return err;
	memcpy(user, &info, *len);
	return err;
}
