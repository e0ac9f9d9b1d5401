// SPDX-License-Identifier: GPL-2.0-only
/* env.c - the table of answers (env.h) is put in force, if it is whole. */
#include "bpf/env.h"

#include <stddef.h>

#include "base/bug.h"

#define COUNT(name) +1
_Static_assert(offsetof(struct bpf_env, ktime_ns) +
			       (0 BPF_ENV_ASKS(COUNT)) * sizeof(void (*)(void)) ==
		       sizeof(struct bpf_env),
	       "a function of struct bpf_env is not in BPF_ENV_ASKS");
#undef COUNT

static const struct {
	size_t at;
	const char *name;
} asks[] = {
#define ASK(name) { offsetof(struct bpf_env, name), #name },
	BPF_ENV_ASKS(ASK)
#undef ASK
};

static void check_complete(const struct bpf_env *env)
{
	for (size_t i = 0; i < ARRAY_SIZE(asks); i++) {
		void *const *answer = (void *const *)((const char *)env + asks[i].at);

		bug_on(!*answer, "nobody answers ENV->%s()", asks[i].name);
	}
}

void env_set(const struct bpf_env *env)
{
	if (env)
		check_complete(env);
	vm_state.env = env;
}
