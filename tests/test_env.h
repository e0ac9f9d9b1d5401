/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_env.h - tables of bpf/env.h for tests, which answer what they are about. What else
 * is asked ends the test.
 */
#ifndef KS_TESTS_TEST_ENV_H
#define KS_TESTS_TEST_ENV_H

#include <stdio.h>
#include <stdlib.h>

#include "bpf/env.h"

static inline void env_not_answered(void)
{
	fprintf(stderr, "the code under test asks what its test does not answer (bpf/env.h)\n");
	abort();
}

static inline void env_set_for_test(struct bpf_env *env)
{
#define FILL(name)      \
	if (!env->name) \
		env->name = (void *)env_not_answered;
	BPF_ENV_ASKS(FILL)
#undef FILL
	env_set(env);
}

#endif
