// SPDX-License-Identifier: GPL-2.0-only
/* kernels.c - the profiles: which there are, how they differ, their types. */
#include <errno.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "abi/facts.h"
#include "abi/profile.h"
#include "api/kernels.h"
#include "bpf/btf_check.h"

int api_choose_profile(const char *name, const struct profile **out)
{
	char names[PROFILE_NAMES_MAX];

	*out = name ? profile_find(name) : profile_default();
	if (*out)
		return KS_OK;
	profile_names(names, sizeof(names));
	return api_fail(KS_USAGE, "there is no kernel '%s', but: %s", name, names);
}

const struct profile *const *kernels_all(void)
{
	const struct profile **all = api_state.kernels;
	const struct profile *p;

	for (u32 i = 0; (p = profile_at(i)) && i < ARRAY_SIZE(api_state.kernels) - 1; i++)
		all[i] = p;
	return all;
}

int kernels_facts(struct facts **out)
{
	int err = facts_create(out);

	return err ? api_fail(KS_USAGE, "the profiles cannot be told: %s", strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_kernels(FILE *out)
{
	if (api_need(out))
		return KS_USAGE;
	profile_list(out);
	return KS_OK;
}

KS_PUBLIC int ks_kernels_json(FILE *out)
{
	struct facts *f;
	int err;

	if (api_need(out) || kernels_facts(&f))
		return KS_USAGE;
	err = kernels_put_json(kernels_json(f, kernels_all(), NULL, NULL), out);
	facts_destroy(f);
	return err;
}

KS_PUBLIC int ks_kernels_facts(FILE *out)
{
	struct facts *f;

	if (api_need(out) || kernels_facts(&f))
		return KS_USAGE;
	profile_list(out);
	profile_facts(out, f, NULL, NULL);
	facts_destroy(f);
	return KS_OK;
}

KS_PUBLIC int ks_kernels_differ(const char *a, const char *b, bool json, FILE *out)
{
	const struct profile *two[3] = { NULL };
	struct facts *f;
	int err = KS_OK;

	if (api_need(a) || api_need(b) || api_need(out) || api_choose_profile(a, &two[0]) ||
	    api_choose_profile(b, &two[1]) || kernels_facts(&f))
		return KS_USAGE;
	if (json)
		err = kernels_put_json(kernels_json(f, two, NULL, NULL), out);
	else
		profile_differ(out, f, two[0], two[1]);
	facts_destroy(f);
	return err;
}

/*
 * ks_kernel_find - the name of the profile that a name stands for: "6.18.20" is the
 * release before it that is known, "6.18.3" itself. *exact: it has a row. NULL: unknown, ks_error()
 */
KS_PUBLIC const char *ks_kernel_find(const char *name, bool *exact)
{
	bool known = true;
	const struct profile *prof = name ? profile_nearest(name, &known) : profile_default();

	if (exact)
		*exact = known;
	if (!prof && !api_choose_profile(name, &prof))
		return NULL;
	return prof ? prof->name : NULL;
}

KS_PUBLIC const char *ks_kernel_name(unsigned int i)
{
	const struct profile *prof = profile_at(i);

	return prof ? prof->name : NULL;
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
		return api_fail(KS_USAGE, "%s: has no BTF that can be read: %s", path,
				strerror(errno));
	if (types_check(types.btf, why, sizeof(why))) {
		btf__free(types.btf);
		return api_fail(KS_USAGE, "%s: its BTF is malformed: %s", path, why);
	}
	err = vmbtf_dump_c(&types, out);
	btf__free(types.btf);
	return err ? api_fail(KS_USAGE, "the types cannot be written: %s", strerror(-err)) : KS_OK;
}
