/* SPDX-License-Identifier: GPL-2.0-only */
/* files.h - see files.c. */
#ifndef KS_EXEC_FILES_H
#define KS_EXEC_FILES_H

#include <stddef.h>

/* getdents64(2): bytes stored, 0 at the end, or -1 and errno */
long files_getdents(int fd, void *buf, size_t len);

#endif
