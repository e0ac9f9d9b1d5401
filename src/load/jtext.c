// SPDX-License-Identifier: GPL-2.0-only
/* jtext.c - see jtext.h. */
#include "load/jtext.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_text.h"

#define KEY_MARK '\x1f'
#define KEY_EXTRA_MAX 32 /* \u001f, two numbers and a colon */

/* ---- cleaning: what the standard lacks becomes blanks, positions stay ---- */

/* behind the string that begins at @p; at the end of the text if it has no end */
static char *skip_string(char *p)
{
	for (p++; *p && *p != '"' && *p != '\n'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static char *blank(char *p, char *end)
{
	for (; p < end; p++)
		if (*p != '\n')
			*p = ' ';
	return end;
}

static char *comment_end(char *p)
{
	char *end;

	if (p[1] == '/') {
		end = strchr(p, '\n');
		return end ? end : p + strlen(p);
	}
	end = strstr(p + 2, "*/");
	return end ? end + 2 : NULL;
}

static void blank_comments(char *p)
{
	char *end;

	while (*p) {
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '/' && (p[1] == '/' || p[1] == '*')) {
			end = comment_end(p);
			if (!end)
				return; /* jansson will point at the slash */
			p = blank(p, end);
		} else {
			p++;
		}
	}
}

static void blank_last_commas(char *p)
{
	while (*p) {
		size_t gap;

		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		gap = *p == ',' ? strspn(p + 1, " \t\r\n") : 0;
		if (*p == ',' && (p[1 + gap] == '}' || p[1 + gap] == ']'))
			*p = ' ';
		p++;
	}
}

/* ---- positions ---- */

struct place {
	const char *p;
	u32 line, col;
};

/* Move @at on to @p, counting characters, not bytes. */
static void place_move(struct place *at, const char *p)
{
	for (; at->p < p; at->p++) {
		if (*at->p == '\n') {
			at->line++;
			at->col = 1;
		} else if ((*at->p & 0xc0) != 0x80) {
			at->col++;
		}
	}
}

static u32 count_char(const char *p, char c)
{
	u32 n = 0;

	for (; *p; p++)
		n += *p == c;
	return n;
}

/* Valid JSON in, the same with every key marked out. */
static char *mark_keys(char *in, size_t len)
{
	char *out = malloc(len + (size_t)count_char(in, ':') * KEY_EXTRA_MAX + 1), *o = out;
	struct place at = { in, 1, 1 };
	char *end, *p = in;

	while (out && *p) {
		if (*p != '"') {
			*o++ = *p++;
			continue;
		}
		end = skip_string(p);
		place_move(&at, p);
		memcpy(o, p, end - p);
		o += end - p;
		p = end;
		if (end[strspn(end, " \t\r\n")] == ':')
			o += sprintf(o - 1, "\\u%04x%u:%u\"", KEY_MARK, at.line, at.col) - 1;
	}
	if (out)
		*o = '\0';
	return out;
}

static json_t *parse(const char *path, char *text, size_t size, char *err, size_t len)
{
	json_error_t je;
	json_t *root;
	char *marked;

	if (memchr(text, '\0', size)) {
		snprintf(err, len, "%s: not JSON: has a NUL byte", path);
		return NULL;
	}
	blank_comments(text);
	blank_last_commas(text);
	root = json_loads(text, 0, &je);
	if (!root) {
		snprintf(err, len, "%s:%d:%d: %s", path, je.line, je.column, je.text);
		return NULL;
	}
	json_decref(root);
	marked = mark_keys(text, size);
	root = marked ? json_loads(marked, 0, &je) : NULL;
	free(marked);
	if (!root)
		snprintf(err, len, "%s: out of memory", path);
	return root;
}

json_t *jtext_parse(const char *path, const char *text, size_t size, char *err, size_t len)
{
	char *mine = malloc(size + 1);
	json_t *root = NULL;

	if (mine)
		root = parse(path, memcpy(mine, text, size + 1), size, err, len);
	else
		snprintf(err, len, "%s: out of memory", path);
	free(mine);
	return root;
}

json_t *jtext_load(const char *path, char *err, size_t len)
{
	size_t size;
	char *text = file_text(path, JTEXT_BYTES_MAX, &size);
	json_t *root;

	if (!text) {
		snprintf(err, len, "%s: %s", path, strerror(errno));
		return NULL;
	}
	root = parse(path, text, size, err, len);
	free(text);
	return root;
}

void jtext_key(const char *key, struct jkey *out)
{
	const char *mark = strchr(key, KEY_MARK);
	int n = mark ? (int)(mark - key) : (int)strlen(key);

	*out = (struct jkey){};
	snprintf(out->name, sizeof(out->name), "%.*s", n, key);
	if (mark)
		sscanf(mark + 1, "%u:%u", &out->line, &out->col);
}
