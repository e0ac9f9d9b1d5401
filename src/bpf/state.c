// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. */
#include "bpf/state.h"

#include "bpf/helpers.h"
#include "bpf/prog.h"

struct vm_state vm_state = {
	.object.readers = { .prev = &vm_state.object.readers, .next = &vm_state.object.readers },
};

void vm_reset(void)
{
	objects_destroy();
	helpers_reset();
	prog_reset();
}
