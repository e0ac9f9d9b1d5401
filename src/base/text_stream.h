/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text_stream.h - a stream whose bytes become a string, as of open_memstream(); but one that
 * finds no memory ends the process with a line (shortage.h). libc's drops what it has no
 * room for, goes on with what comes next, and says nothing of it when it is closed.
 *
 *	FILE *f = text_stream(&text, &len);
 *
 *	fprintf(f, "%u", n);
 *	fclose(f);
 *	...
 *	free(text);
 */
#ifndef KS_BASE_TEXT_STREAM_H
#define KS_BASE_TEXT_STREAM_H

#include <stdio.h>

/*
 * Never NULL. After fclose() or fflush() *text is a string of *len bytes, the caller's to
 * free; both stay the stream's until then. Of seeking there is ftell().
 */
FILE *text_stream(char **text, size_t *len);

#endif
