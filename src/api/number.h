/* SPDX-License-Identifier: GPL-2.0-only */
/* number.h - integers as C writes them, read from text. */
#ifndef KS_API_NUMBER_H
#define KS_API_NUMBER_H

#include <stdbool.h>
#include "base/types.h"

/*
 * "8", "-1", "0x10" at the beginning of @text: @end is behind it, @negative says that @v is a
 * two's complement. false: no digit comes first (no blank, no other sign), or it does not fit.
 */
bool number_begins(const char *text, u64 *v, bool *negative, const char **end);
/* the same, and nothing behind it */
bool number_is(const char *text, u64 *v, bool *negative);

#endif
