/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printable.h - text of strangers on its way to a terminal. Names of tasks, schedulers,
 * maps and files, messages, what a program prints: any of it may hold an escape sequence
 * or a line that looks like ours. Each byte of a control character becomes a '?', so
 * that columns stay where they are; UTF-8 stays as it is.
 *
 *	"\x1b[31mred\x07"	?[31mred?
 *
 * Whatever writes lines calls it once, at the last moment: complain() and log_line() of
 * the command, api_fail() and api_log(), the reports of the library.
 */
#ifndef KS_BASE_PRINTABLE_H
#define KS_BASE_PRINTABLE_H

#include <stdio.h>

/* Bytes of the control character at @text, of which there are @len: 1, or 2 of C1; 0: it is none */
size_t control_bytes(const char *text, size_t len);
/* one line: a newline is a control character too */
void make_printable(char *text);
/* several lines */
void make_lines_printable(char *text);

/*
 * A report to @out that strangers' text goes into: write to what printable_begin()
 * returns, then printable_end(). -1: @out takes no more. Without memory there is no way back
 * (shortage.h).
 */
struct printable {
	FILE *out, *to;
	char *text;
	size_t len;
};
FILE *printable_begin(struct printable *p, FILE *out);
int printable_end(struct printable *p);

#endif
