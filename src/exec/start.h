/* SPDX-License-Identifier: GPL-2.0-only */
/* start.h - how the library came into the loader's process, for a program that follows it. */
#ifndef KS_EXEC_START_H
#define KS_EXEC_START_H

#define START_ENV "KICKSTAND_EXEC"

/* The seat beside the library (sys/program.h): NULL without memory. */
char *start_seat(void);
/* Descriptors that the library was given stay open for the next program. */
void start_keep_fds(void);

#endif
