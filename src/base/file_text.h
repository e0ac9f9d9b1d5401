/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file_text.h - the whole of a file, as a string.
 *
 *	char *text = file_text("plan.json", SIZE_MAX, NULL);
 *
 *	if (!text)
 *		complain("plan.json: cannot be read: %s", strerror(errno));
 */
#ifndef KS_BASE_FILE_TEXT_H
#define KS_BASE_FILE_TEXT_H

#include <stdio.h>

#include "base/types.h"

/*
 * What is left of @f, behind it a NUL; *@len bytes (@len may be NULL), among which may be others.
 * To be freed. NULL, and *@len is 0: errno says why; EFBIG: there are more than @most.
 */
char *stream_text(FILE *f, size_t most, size_t *len);
/* The same of the file at @path. */
char *file_text(const char *path, size_t most, size_t *len);

#endif
