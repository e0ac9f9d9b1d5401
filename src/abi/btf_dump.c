// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf_dump.c - the types as C: a vmlinux.h in the shape that bpftool gives one,
 * since schedulers are written against that shape. Kfunc prototypes come last
 * and can be switched off, as there.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/btf.h"

static const char head[] =
	"#ifndef __VMLINUX_H__\n"
	"#define __VMLINUX_H__\n"
	"\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
	"#endif\n"
	"\n";

static const char kfuncs_head[] =
	"\n"
	"#ifndef BPF_NO_KFUNC_PROTOTYPES\n"
	"#ifndef __ksym\n"
	"#define __ksym __attribute__((section(\".ksyms\")))\n"
	"#endif\n"
	"#ifndef __weak\n"
	"#define __weak __attribute__((weak))\n"
	"#endif\n"
	"\n";

static const char tail[] =
	"#endif\n"
	"\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute pop\n"
	"#endif\n"
	"\n"
	"#endif /* __VMLINUX_H__ */\n";

static void print(void *out, const char *fmt, va_list args)
{
	vfprintf(out, fmt, args);
}

static int dump_types(const struct btf_types *bt, struct btf_dump *d)
{
	u32 nr = btf__type_cnt(bt->btf);

	for (u32 id = 1; id < nr; id++) {
		int err = btf_dump__dump_type(d, id);

		if (err)
			return err;
	}
	return 0;
}

/* extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __weak __ksym; */
static int dump_kfunc(const struct btf_types *bt, struct btf_dump *d, u32 id, FILE *out)
{
	const struct btf_type *func = btf__type_by_id(bt->btf, id);
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts,
		    .field_name = btf__name_by_offset(bt->btf, func->name_off));
	int err;

	fputs("extern ", out);
	err = btf_dump__emit_type_decl(d, func->type, &opts);
	fputs(" __weak __ksym;\n", out);
	return err;
}

static int dump_kfuncs(const struct btf_types *bt, struct btf_dump *d, FILE *out)
{
	u32 nr = btf__type_cnt(bt->btf);

	for (u32 id = 1; id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(bt->btf, id);
		int err = 0;

		if (btf_is_decl_tag(t) &&
		    !strcmp(btf__name_by_offset(bt->btf, t->name_off), "bpf_kfunc"))
			err = dump_kfunc(bt, d, t->type, out);
		if (err)
			return err;
	}
	return 0;
}

int vmbtf_dump_c(const struct btf_types *bt, struct _IO_FILE *out)
{
	struct btf_dump *d = btf_dump__new(bt->btf, print, out, NULL);
	int err;

	if (!d)
		return -errno;
	fputs(head, out);
	err = dump_types(bt, d);
	if (!err) {
		fputs(kfuncs_head, out);
		err = dump_kfuncs(bt, d, out);
	}
	fputs(tail, out);
	btf_dump__free(d);
	return err ? err : (ferror(out) ? -EIO : 0);
}
