/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * side.h - somebody who answers bpf(2): the host's kernel, or a machine of ours.
 */
#ifndef KS_TESTS_DIFF_SIDE_H
#define KS_TESTS_DIFF_SIDE_H

#include "program.h"

#define SIDE_LOG_BYTES (1 << 20)

struct side {
	const char *name;
	long (*bpf)(int cmd, union bpf_attr *attr, u32 size); /* -errno */
	bool interpret;					      /* the machine's: no native code */
	u64 insns;  /* the machine's: executed by the last program that it ran */
	int map_fd; /* an array of one value; -1: not open */
	char *log;  /* of the last load that was asked for one */
};

/* 0; -errno: there is nobody, or he does not let us */
int side_open_host(struct side *side);
int side_open_machine(struct side *side);
void side_close(struct side *side);

/* A descriptor or -errno; @log: with the verifier's words in side->log. */
int side_load(struct side *side, const struct program *p, bool log);
/* Run what side_load() gave from the program's start values; 0 or -errno. Closes @fd. */
int side_run(struct side *side, int fd, const struct program *p, struct outcome *out);

#endif
