/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_priv.h - what the interpreter asks of vm.c.
 */
#ifndef KS_BPF_VM_PRIV_H
#define KS_BPF_VM_PRIV_H

#include "bpf/vm.h"

/* Charge for what ran since the last time; false: the invocation is over. */
bool vm_pay(struct vm *vm);

#endif
