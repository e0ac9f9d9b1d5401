// SPDX-License-Identifier: GPL-2.0-only
/* digest.c - SHA-256 of files, and ids of rows: 63 bits of it, so that SQLite has them as rowids. */
#include <errno.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/shortage.h"
#include "campaign/campaign.h"

#define READ_BYTES 65536
#define MEMORY "out of memory for a digest"

static void put_hex(struct sha256_ctx *ctx, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(ctx, sizeof(digest), digest);
	for (u32 i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static int digest_file(const char *folder, const char *path, char hex[65])
{
	uint8_t buf[READ_BYTES];
	struct sha256_ctx ctx;
	char *full = NULL;
	size_t n;
	FILE *f;
	int err;

	shortage_on(asprintf(&full, "%s%s%s", *path == '/' ? "" : folder, *path == '/' ? "" : "/",
			     path) < 0,
		    "out of memory for a path");
	f = fopen(full, "re");
	free(full);
	if (!f)
		return -errno;
	sha256_init(&ctx);
	errno = 0;
	while ((n = fread(buf, 1, sizeof(buf), f)))
		sha256_update(&ctx, n, buf);
	err = ferror(f) ? -(errno ?: EIO) : 0;
	fclose(f);
	put_hex(&ctx, hex);
	return err;
}

struct digest_seen {
	char *path;
	char hex[65];
};

int digests_file(struct digests *d, const char *path, char hex[65])
{
	struct digest_seen *s;
	int err;

	for (u32 i = 0; i < d->nr; i++)
		if (!strcmp(d->seen[i].path, path)) {
			strcpy(hex, d->seen[i].hex);
			return 0;
		}
	err = digest_file(d->folder, path, hex);
	if (err)
		return err;
	shortage_on(!array_room(&d->seen, d->nr, &d->room), MEMORY);
	s = &d->seen[d->nr++];
	s->path = strdup(path);
	shortage_on(!s->path, MEMORY);
	strcpy(s->hex, hex);
	return 0;
}

void digests_finish(struct digests *d)
{
	for (u32 i = 0; i < d->nr; i++)
		free(d->seen[i].path);
	free(d->seen);
	*d = (struct digests){ 0 };
}

void digest_text(const char *text, size_t len, char hex[65])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, (const uint8_t *)text);
	put_hex(&ctx, hex);
}

u64 digest_id(const char *first, ...)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	u64 id = 0;
	va_list ap;

	sha256_init(&ctx);
	va_start(ap, first);
	for (const char *text = first; text; text = va_arg(ap, const char *))
		sha256_update(&ctx, strlen(text) + 1, (const uint8_t *)text);
	va_end(ap);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (u32 i = 0; i < 8; i++)
		id = id << 8 | digest[i];
	return id >> 1;
}
