/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox.h - the second wall: what the process gives up before the first instruction
 * of a guest. Should an object break out of the machine, it is in a process that opens
 * no file, starts nothing and speaks to nobody; its outputs are open already.
 *
 *	open outputs, read the object ─▶ sandbox_enter() ─▶ load, attach, run ─▶ name outputs
 *
 * A call that is not on the list ends the process with a line and STATUS_STOPPED.
 */
#ifndef KS_CLI_SANDBOX_H
#define KS_CLI_SANDBOX_H

#include <stdbool.h>
#include <stdio.h>

/* Sanitizers and coverage do as they like at exit. */
#ifdef KICKSTAND_INSTRUMENTED /* meson.build says which builds are */
#define SANDBOX_LEFT_OUT 1
#else
#define SANDBOX_LEFT_OUT 0
#endif

#define STATUS_STOPPED 7

struct sandbox {
	bool off;		/* --no-sandbox */
	bool reads;		/* files are still opened for reading: scenarios do */
	bool writes;		/* and @outputs are not open yet */
	FILE *say;		/* here what is left out and why, a line each; NULL: nowhere */
	const char *outputs[4]; /* files that get their names at the end; NULL: none */
};

/* For the rest of the process, and its children. What the system lacks is left out. */
void sandbox_enter(const struct sandbox *s);

#endif
