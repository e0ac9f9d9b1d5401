// SPDX-License-Identifier: GPL-2.0-only
/* json_out.c - see json_out.h. */
#include "base/json_out.h"

#include <string.h>
#include "base/printable.h"
#include "base/text_stream.h"

/* A piece of jansson's: never a part of a character. */
static int put_piece(const char *text, size_t size, void *arg)
{
	const char *end = text + size, *from = text;
	FILE *out = arg;

	for (; text < end; text++) {
		const size_t n = control_bytes(text, end - text);

		if (!n || (unsigned char)*text < ' ')
			continue; /* jansson has escaped those; a newline is its own */
		fwrite(from, 1, text - from, out);
		fprintf(out, "\\u%04x", (unsigned char)text[n - 1]);
		text += n - 1;
		from = text + 1;
	}
	return fwrite(from, 1, end - from, out) == (size_t)(end - from) ? 0 : -1;
}

int json_out(const json_t *json, FILE *out, size_t flags)
{
	return json_dump_callback(json, put_piece, out, flags);
}

char *json_out_text(const json_t *json, size_t flags)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);
	const int err = json_out(json, f, flags);

	fclose(f);
	if (!err)
		return text;
	free(text);
	return NULL;
}
