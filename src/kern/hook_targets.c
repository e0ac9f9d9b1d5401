// SPDX-License-Identifier: GPL-2.0-only
/*
 * hook_targets.c - what programs may do at a function, as the verifier asks when they are
 * loaded: sleep there, replace its result. Facts: verifier.c, bpf_lsm.c.
 */
#include <string.h>

#include "abi/profile.h"
#include "kern/hooks.h"

/* bpf_lsm.c: sleepable_lsm_hooks, as far as the model has the hooks */
static bool lsm_sleepable(const char *func)
{
	static const char *const hooks[] = {
		"bpf_lsm_bprm_check_security",
		"bpf_lsm_task_alloc",
		"bpf_lsm_task_setscheduler",
		"bpf_lsm_task_prctl",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i], func))
			return true;
	return false;
}

/*
 * System calls are sleepable targets by the error injection list, which one build
 * lacks, or, later, by name (verifier.c:check_attach_sleepable()).
 */
bool hook_target_sleepable(const char *func)
{
	if (has_prefix(func, "bpf_lsm_"))
		return lsm_sleepable(func);
	return K->b.syscalls_sleep_by_name && has_prefix(func, "__x64_sys_");
}

/* verifier.c:check_attach_modify_return() */
bool hook_target_modifiable(const char *func)
{
	return has_prefix(func, "security_") ||
	       (K->b.syscalls_sleep_by_name && has_prefix(func, "__x64_sys_"));
}
