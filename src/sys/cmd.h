/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd.h - the commands of bpf(2) by file. @attr is a copy padded with zeroes to the
 * whole union, already checked for fields that the command does not have; what a
 * command writes to it goes back to user space. Pointers in it are host pointers.
 * 0 or a descriptor, or -errno.
 */
#ifndef KS_SYS_CMD_H
#define KS_SYS_CMD_H

#include <linux/bpf.h>
#include "base/types.h"

struct object;

#define PTR(u64_value) ((void *)(uintptr_t)(u64_value))

/* A descriptor for an object just made; the maker's reference is given up. */
int cmd_install(struct object *o);

/* cmd_prog.c */
int cmd_prog_load(union bpf_attr *attr, u32 size);
int cmd_prog_test_run(union bpf_attr *attr, u32 size);
int cmd_prog_bind_map(union bpf_attr *attr, u32 size);
/* The machine has ended: programs that tasks were inside of by a test run are let go. */
void test_runs_forget(void);
int cmd_prog_assoc(union bpf_attr *attr, u32 size);
int cmd_prog_stream_read(union bpf_attr *attr, u32 size);
int cmd_prog_attach(union bpf_attr *attr, u32 size);

/* cmd_info.c */
int cmd_next_id(enum bpf_cmd cmd, union bpf_attr *attr);
int cmd_fd_by_id(enum bpf_cmd cmd, union bpf_attr *attr);
int cmd_info_by_fd(union bpf_attr *attr, u32 size);

/* link.c */
int cmd_link_create(union bpf_attr *attr, u32 size);
int cmd_link_update(union bpf_attr *attr, u32 size);
int cmd_link_detach(union bpf_attr *attr, u32 size);
int cmd_raw_tp_open(union bpf_attr *attr, u32 size);
int cmd_iter_create(union bpf_attr *attr, u32 size);

/* pin.c */
int cmd_obj_pin(union bpf_attr *attr, u32 size);
int cmd_obj_get(union bpf_attr *attr, u32 size);

#endif
