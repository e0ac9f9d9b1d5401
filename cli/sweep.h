/* SPDX-License-Identifier: GPL-2.0-only */
/* sweep.h - what the commands that do campaigns have in common. */
#ifndef KS_CLI_SWEEP_H
#define KS_CLI_SWEEP_H

struct runner;

/* A run is one of our own commands. */
extern const struct runner command_runner;

/* complain() with campaign_error(); @status */
int complain_campaign(int status);
/* SIGINT, SIGTERM and SIGHUP end a campaign between two runs. */
void campaign_let_interrupt(void);

#endif
