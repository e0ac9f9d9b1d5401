/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disasm.h - instructions as text, in the words of the kernel's verifier log:
 *
 *	(79) r1 = *(u64 *)(r2 +16)
 *	(85) call scx_bpf_now#20113
 */
#ifndef KS_BPF_DISASM_H
#define KS_BPF_DISASM_H

#include <linux/bpf.h>
#include "base/types.h"

struct prog;
struct verlog;

/*
 * disasm_insn - @raw (and the slot behind it, for a 64-bit immediate) into @buf
 * @callee: name of what a call calls, NULL for "unknown"
 */
void disasm_insn(const struct bpf_insn *raw, const char *callee, char *buf, size_t len);
/* Instruction @insn of a loaded program, callees by name. */
void prog_disasm_line(const struct prog *prog, u32 insn, char *buf, size_t len);
/* The same with source line and index, to the log: what precedes an error. */
void disasm_log(const struct prog *prog, u32 insn, struct verlog *log);
/* "bpf_map_lookup_elem"; NULL if no kernel has a helper of that number */
const char *disasm_helper_name(s32 id);

#endif
