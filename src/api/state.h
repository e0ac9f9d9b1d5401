/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - all that src/api keeps. Here it is decided that there is one machine a process:
 * ks_machine_create() refuses a second one. Guests see memory at fixed addresses, and the
 * names of the C library that we define have one answer.
 */
#ifndef KS_API_STATE_H
#define KS_API_STATE_H

#include "base/types.h"

#define ERROR_MAX 2048
#define KEPT_MAX 64
#define DIAG_TEXT_MAX 65536

struct ks_machine;
struct profile;

struct api_state {
	/* the machine's */
	struct ks_machine *machine; /* the one; NULL: there is none */
	u32 callback_depth;	    /* handle.c: a function of the caller's runs */
	struct {		    /* diag.c: from diag_begin() to diag_end() */
		struct ks_machine *listener;
		char *kept[KEPT_MAX]; /* what libbpf warned of, oldest first */
		u32 nr_kept;
		char text[DIAG_TEXT_MAX];
	} diag;

	/* the process's */
	char last_error[ERROR_MAX];	   /* ks_error() */
	const struct profile *kernels[64]; /* kernels_all()'s, NULL ends */
};

extern struct api_state api_state;
#define api_machine (api_state.machine)

#endif
