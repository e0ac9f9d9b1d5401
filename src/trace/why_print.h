/* SPDX-License-Identifier: GPL-2.0-only */
/* why_print.h - the story of a wait, for people and for programs. */
#ifndef KS_TRACE_WHY_PRINT_H
#define KS_TRACE_WHY_PRINT_H

#include <stdlib.h>

#include "trace/why_words.h"

/* who waited, step by step, the CPUs, the kicks, and what it comes to */
void why_story_text(const struct why_story *s, FILE *out);
/* docs/why.md has the keys */
void why_story_json(const struct why_story *s, FILE *out);

#endif
