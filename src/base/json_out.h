/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json_out.h - JSON that is written. Strings of strangers hold what they like, and jansson leaves DEL
 * and C1, in UTF-8, as they are: a terminal may take those for commands. Here they are escaped.
 *
 *	{"comm": "a<DEL>b"}	{"comm": "a\u007fb"}
 */
#ifndef KS_BASE_JSON_OUT_H
#define KS_BASE_JSON_OUT_H

#include <jansson.h>
#include <stdio.h>

/* json_dumpf() and json_dumps() with @flags of jansson's: 0 or -1; a text to be freed, or NULL */
int json_out(const json_t *json, FILE *out, size_t flags);
char *json_out_text(const json_t *json, size_t flags);

#endif
