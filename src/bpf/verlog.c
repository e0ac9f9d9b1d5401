// SPDX-License-Identifier: GPL-2.0-only
/*
 * verlog.c - the verifier's log.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/verlog.h"

#define LEVELS (VERLOG_LEVEL1 | VERLOG_LEVEL2 | VERLOG_STATS | VERLOG_FIXED)

int verlog_init(struct verlog *log, u32 level, u64 buf, u32 size)
{
	memset(log, 0, sizeof(*log));
	/* log.c:bpf_verifier_log_attr_valid() */
	if (!!buf != !!size || (buf && !level) || level & ~(u32)LEVELS || size > UINT32_MAX >> 2)
		return -EINVAL;
	log->level = level;
	log->size = size;
	log->user = (char *)(uintptr_t)buf;
	return 0;
}

static bool make_room(struct verlog *log, size_t more)
{
	size_t max = log->max ? log->max : 1024;
	char *text;

	while (max < log->len + more + 1)
		max *= 2;
	if (max == log->max)
		return true;
	text = realloc(log->text, max);
	if (!text)
		return false;
	log->text = text;
	log->max = max;
	return true;
}

void verlog_vprintf(struct verlog *log, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (!log->level)
		return;
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0 || !make_room(log, n))
		return;
	vsnprintf(log->text + log->len, n + 1, fmt, ap);
	log->len += n;
}

void verlog_printf(struct verlog *log, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verlog_vprintf(log, fmt, ap);
	va_end(ap);
}

int verlog_finish(struct verlog *log, u32 *true_size)
{
	size_t keep, from = 0;

	*true_size = log->level && log->len ? log->len + 1 : 0;
	if (log->user) {
		keep = min(log->len, (size_t)log->size - 1);
		if (!(log->level & VERLOG_FIXED))
			from = log->len - keep;
		if (keep)
			memcpy(log->user, log->text + from, keep);
		log->user[keep] = '\0';
	}
	free(log->text);
	log->text = NULL;
	return log->user && *true_size > log->size ? -ENOSPC : 0;
}
