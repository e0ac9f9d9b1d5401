/* SPDX-License-Identifier: GPL-2.0-only */
/* state.h - all that campaigns keep beside the stack: what a signal asked for, and the last error. */
#ifndef KS_CAMPAIGN_STATE_H
#define KS_CAMPAIGN_STATE_H

#include <signal.h>

struct campaign_state {
	volatile sig_atomic_t asked_to_end; /* the signal; 0: none */
	char error[2048];
};

extern struct campaign_state campaign_state;

#endif
