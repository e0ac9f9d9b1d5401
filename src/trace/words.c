// SPDX-License-Identifier: GPL-2.0-only
/* words.c - see words.h. */
#include "trace/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const trace_kick_words[NR_KICK_FLAG_WORDS] = { "IDLE", "PREEMPT", "WAIT",
							   "PREEMPT_LAZY" };
const char trace_state_letters[] = "SDTtXZPI";

#define WORD(name) #name,
static const char *const ops[] = { TRACE_OPS(WORD) "none" };
static const char *const classes[] = { TRACE_CLASSES(WORD) };
static const char *const verdicts[] = { TRACE_VERDICTS(WORD) };
static const char *const vectors[] = { TRACE_VECTORS(WORD) };
static const char *const dsqs[] = { "INVALID", "GLOBAL", "LOCAL", "BYPASS" };
#undef WORD

struct word_list {
	const char *const *at;
	u32 nr;
};

#define LIST(words) { words, ARRAY_SIZE(words) }
static const struct word_list lists[NR_FIELD_TYPES] = {
	[FIELD_op] = LIST(ops),		  [FIELD_class] = LIST(classes),
	[FIELD_verdict] = LIST(verdicts), [FIELD_vector] = LIST(vectors),
	[FIELD_dsq] = LIST(dsqs),
};

static bool list_find(const struct word_list *l, const char *word, u64 *v)
{
	for (u32 i = 0; i < l->nr; i++)
		if (l->at[i][0] == word[0] && !strcmp(l->at[i], word)) {
			*v = i;
			return true;
		}
	return false;
}

const char *trace_word(enum trace_field_type type, u64 v)
{
	return v < lists[type].nr ? lists[type].at[v] : NULL;
}

bool trace_word_number(enum trace_field_type type, const char *word, u64 *v)
{
	return list_find(&lists[type], word, v);
}

/* ---- what is half word, half number ---- */

static bool digits_read(const char *text, int base, u64 *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, base);
	return end != text && !*end && !errno && *text != '-';
}

bool trace_dsq_number(const char *text, u64 *id)
{
	static const char local_on[] = "LOCAL_ON|";
	u64 v;

	if (has_prefix(text, "0x"))
		return digits_read(text + 2, 16, id);
	if (!strncmp(text, local_on, sizeof(local_on) - 1)) {
		if (!digits_read(text + sizeof(local_on) - 1, 10, &v) || v > UINT32_MAX)
			return false;
		*id = DSQ_LOCAL_ON_CPU(v);
		return true;
	}
	if (!trace_word_number(FIELD_dsq, text, &v))
		return false;
	*id = DSQ_BUILTIN | v;
	return true;
}

u64 trace_state_number(const char *text)
{
	const char *at = *text ? strchr(trace_state_letters, *text) : NULL;

	if (*text == 'R')
		return 0;
	if (*text == 'I')
		return 0x402;
	return at ? 1ULL << (at - trace_state_letters) : WORD_UNKNOWN;
}
