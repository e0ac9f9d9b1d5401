/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verlog.h - the verifier's log: text that goes to the buffer user space gave.
 *
 * It is gathered in host memory and handed over at the end, so that what does not
 * fit can be cut where the flags say: at the end with BPF_LOG_FIXED, else in front.
 */
#ifndef KS_BPF_VERLOG_H
#define KS_BPF_VERLOG_H

#include <stdarg.h>
#include "base/types.h"

#define VERLOG_LEVEL1 1
#define VERLOG_LEVEL2 2
#define VERLOG_STATS 4
#define VERLOG_FIXED 8

struct verlog {
	u32 level;
	u32 size;   /* of user space's buffer */
	char *user; /* may be NULL: only the length is wanted */
	char *text;
	size_t len, max;
};

/* -EINVAL when level, buffer and size do not fit each other. */
int verlog_init(struct verlog *log, u32 level, u64 buf, u32 size);
void verlog_printf(struct verlog *log, const char *fmt, ...) __printf(2, 3);
void verlog_vprintf(struct verlog *log, const char *fmt, va_list ap) __printf(2, 0);
/*
 * Hand it over. *true_size: bytes that all of it needs, with the NUL.
 * 0, or -ENOSPC when it was cut. Frees the text.
 */
int verlog_finish(struct verlog *log, u32 *true_size);

static inline bool verlog_wants(const struct verlog *log, u32 level)
{
	return log->level & level;
}

#endif
