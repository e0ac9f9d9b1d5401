/* SPDX-License-Identifier: GPL-2.0-only */
/* state.h - all that the command keeps beside its stack: what handlers of signals look at, and top's screen. */
#ifndef KS_CLI_STATE_H
#define KS_CLI_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct ks_machine;
struct terminal;

struct cli_state {
	/* run.c */
	struct ks_machine *interruptible;
	volatile sig_atomic_t interrupted;
	/* seeds.c, explore.c: the signal; 0: none */
	volatile sig_atomic_t asked_to_end;
	uint64_t asked_at_ns; /* by the host's clock */
	/* top_terminal.c: NULL until it is taken */
	struct terminal *terminal;
	/* top_screen.c */
	bool coloured;
};

extern struct cli_state cli_state;

#endif
