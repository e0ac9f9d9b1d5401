// SPDX-License-Identifier: GPL-2.0-only
/* kernels.c - the profiles: which there are, how they differ, their types. */
#include <errno.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/handle.h"
#include "bpf/btf_check.h"

int api_choose_profile(const char *name, const struct profile **out)
{
	char names[128] = "";
	const struct profile *p;
	u32 i;

	*out = name ? profile_find(name) : profile_at(0);
	if (*out)
		return KS_OK;
	for (i = 0; (p = profile_at(i)); i++) {
		strncat(names, i ? ", " : "", sizeof(names) - strlen(names) - 1);
		strncat(names, p->name, sizeof(names) - strlen(names) - 1);
	}
	return api_fail(KS_USAGE, "there is no kernel '%s', but: %s", name, names);
}

KS_PUBLIC int ks_kernels(FILE *out)
{
	int err;

	if (api_need(out))
		return KS_USAGE;
	err = profile_describe(out);
	return err ? api_fail(KS_USAGE, "the profiles cannot be told: %s", strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_btf(const char *kernel, const char *format, FILE *out)
{
	const struct profile *prof;
	struct btf_types *types;
	int err;

	if (api_need(format) || api_need(out) || api_choose_profile(kernel, &prof))
		return KS_USAGE;
	if (strcmp(format, "raw") && strcmp(format, "c"))
		return api_fail(KS_USAGE, "there is no format '%s', but: raw, c", format);
	err = vmbtf_create(prof, &types);
	if (err)
		return api_fail(KS_USAGE, "the types cannot be made: %s", strerror(-err));
	if (!strcmp(format, "c"))
		err = vmbtf_dump_c(types, out);
	else if (fwrite(types->raw, types->raw_size, 1, out) != 1)
		err = -errno;
	vmbtf_destroy(types);
	return err ? api_fail(KS_USAGE, "the types cannot be written: %s", strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_btf_file(const char *path, FILE *out)
{
	struct btf_types types = { 0 };
	char why[128];
	int err;

	if (api_need(path) || api_need(out))
		return KS_USAGE;
	types.btf = btf__parse(path, NULL);
	if (!types.btf)
		return api_fail(KS_USAGE, "%s: has no BTF that can be read: %s", path, strerror(errno));
	if (types_check(types.btf, why, sizeof(why))) {
		btf__free(types.btf);
		return api_fail(KS_USAGE, "%s: its BTF is malformed: %s", path, why);
	}
	err = vmbtf_dump_c(&types, out);
	btf__free(types.btf);
	return err ? api_fail(KS_USAGE, "the types cannot be written: %s", strerror(-err)) : KS_OK;
}
