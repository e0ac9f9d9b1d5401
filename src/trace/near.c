// SPDX-License-Identifier: GPL-2.0-only
/* near.c - see near.h. */
#include "trace/near.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static u32 letters_shared(const char *a, const char *b)
{
	u32 n = 0;

	while (a[n] && tolower((u8)a[n]) == tolower((u8)b[n]))
		n++;
	return n;
}

static bool is_told(const struct near *n, const char *comm)
{
	for (u32 i = 0; i < n->nr; i++)
		if (!strcmp(n->comm[i], comm))
			return true;
	return false;
}

void near_try(struct near *n, const char *comm, s32 pid)
{
	u32 letters = letters_shared(comm, n->asked);

	if (!letters || letters < n->letters)
		return;
	if (letters > n->letters)
		n->nr = 0;
	n->letters = letters;
	if (n->nr == NEAR_NAMES || is_told(n, comm))
		return;
	snprintf(n->comm[n->nr], NEAR_COMM_BYTES, "%s", comm);
	n->pid[n->nr++] = pid;
}

const char *near_text(const struct near *n, char *buf, size_t len)
{
	size_t at = 0;

	*buf = '\0';
	for (u32 i = 0; i < n->nr && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s%s-%d%s", i ? ", " : " (it has ",
				       n->comm[i], n->pid[i], i + 1 == n->nr ? ")" : "");
	return buf;
}
