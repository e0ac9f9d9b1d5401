/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jtext.h - JSON as rt-app's users write it, with positions.
 *
 * Beyond the standard: C and C++ comments, a comma before a closing bracket, and
 * the same key several times in an object (rt-app's workgen numbers them). The
 * position of a key is what makes it unique here, too: it is stored behind the
 * name, after a byte that no name has.
 *
 *	{ "run": 10, "run": 5 }   is loaded as   { "run\x1f1:3": 10, "run\x1f1:14": 5 }
 *
 * So nothing is lost, order is kept, and every complaint can say where.
 */
#ifndef KS_LOAD_JTEXT_H
#define KS_LOAD_JTEXT_H

#include <jansson.h>

#include "base/types.h"

#define JTEXT_BYTES_MAX ((64u << 20) - 1) /* of a file */

struct jkey {
	char name[128]; /* longer ones are cut */
	u32 line, col;	/* from 1; 0: not known, the object was not loaded here */
};

/* NULL with "file:line:column: what" in @err. json_decref() the result. */
json_t *jtext_load(const char *path, char *err, size_t len);
/* The same of @text, @size bytes and a NUL that somebody has read from there. */
json_t *jtext_parse(const char *path, const char *text, size_t size, char *err, size_t len);
/* Take a key of a loaded object apart; other objects' keys pass as they are. */
void jtext_key(const char *key, struct jkey *out);

#endif
