/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top_terminal.h - the terminal of `kickstand top`: taken, and given back as it was on
 * every way out, by a signal and by a crash too. What is said on standard error
 * meanwhile is kept, and said when the terminal is back.
 */
#ifndef KS_CLI_TOP_TERMINAL_H
#define KS_CLI_TOP_TERMINAL_H

#include <stdbool.h>

/* smaller ones show nothing but that they are too small */
#define TERMINAL_LINES_MIN 20
#define TERMINAL_COLS_MIN 80

struct ks_machine;

/* KS_OK, or KS_USAGE after a complaint: no terminal, one that cannot do it, too small */
int terminal_check(void);
/* The same. SIGINT, SIGTERM and SIGHUP stop @m from here on. */
int terminal_open(struct ks_machine *m);
/* Without effect when it is not open. */
void terminal_close(void);
/* the signal that wants an end, SIGHUP also when the terminal is gone; 0: none */
int terminal_signal(void);
/* Wait so long for a key or a change of size. KEY_* or a character; -1: none */
int terminal_key(int timeout_ms);

#endif
