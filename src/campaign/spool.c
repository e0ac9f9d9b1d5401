// SPDX-License-Identifier: GPL-2.0-only
/*
 * spool.c - the folder in which workers leave what they record, on a file system that all of them
 * have. Each file has one writer; the collector only reads, and forgets nothing: a line that it has
 * taken twice, after having been killed, is a row that is there.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file_text.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "base/whole_file.h"
#include "campaign/campaign.h"

#define MEMORY "out of memory for a spool"

struct spool_file {
	char *name;
	off_t taken; /* bytes */
};

char *spool_name(const struct spool *s, const char *name)
{
	char *path = NULL;

	shortage_on(asprintf(&path, "%s/%s", s->path, name) < 0, MEMORY);
	return path;
}

static int make_folder(const char *path)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return KS_OK;
	return campaign_fail(KS_USAGE, "%s: cannot be made: %s", path, strerror(errno));
}

int spool_open(struct spool *s, const char *path)
{
	char *objects;
	int err;

	*s = (struct spool){ .path = strdup(path) };
	shortage_on(!s->path, MEMORY);
	objects = spool_name(s, "objects");
	err = make_folder(path);
	if (!err)
		err = make_folder(objects);
	free(objects);
	return err;
}

void folder_remove(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char *name;

	while (d && (e = readdir(d))) {
		shortage_on(asprintf(&name, "%s/%s", path, e->d_name) < 0, MEMORY);
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && unlink(name) &&
		    errno == EISDIR)
			folder_remove(name);
		free(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void spool_remove(struct spool *s)
{
	folder_remove(s->path);
}

void spool_finish(struct spool *s)
{
	for (u32 i = 0; i < s->nr; i++)
		free(s->file[i].name);
	free(s->file);
	free(s->path);
	*s = (struct spool){ 0 };
}

/* ---- small files ---- */

int campaign_write(const char *path, const char *text)
{
	struct whole_file w;
	int ret = whole_file_open(&w, path);

	if (!ret) {
		fputs(text, w.file);
		ret = whole_file_close(&w, true);
	}
	return ret ? campaign_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(-ret)) :
		     KS_OK;
}

int spool_write(const struct spool *s, const char *name, const char *text)
{
	char *path = spool_name(s, name);
	int err = campaign_write(path, text);

	free(path);
	return err;
}

char *spool_read(const struct spool *s, const char *name)
{
	char *path = spool_name(s, name), *text = file_text(path, SIZE_MAX, NULL);

	free(path);
	return text;
}

/* ---- batches: the plan's digest, then a line each ---- */

int spool_batches_write(const struct spool *s, const char *digest, const struct batch *b, u32 nr)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);
	int err;

	fprintf(f, "%s\n", digest);
	for (u32 i = 0; i < nr; i++) {
		for (u32 k = 0; k < b[i].nr; k++)
			fprintf(f, "%s%llx", k ? " " : "", (unsigned long long)b[i].id[k]);
		fputc('\n', f);
	}
	fclose(f);
	err = spool_write(s, "batches", text);
	free(text);
	return err;
}

static void take_ids(char *line, struct batch *out)
{
	u32 room = 0;
	char *rest = NULL;

	*out = (struct batch){ 0 };
	for (char *w = strtok_r(line, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		shortage_on(!array_room(&out->id, out->nr, &room), MEMORY);
		out->id[out->nr++] = strtoull(w, NULL, 16);
	}
}

int spool_batch_read(const char *path, const char *digest, u32 number, struct batch *out)
{
	struct spool s = { .path = (char *)path };
	char *text = spool_read(&s, "batches"), *rest = NULL, *line;
	u32 n = 0;

	if (!text)
		return campaign_fail(KS_USAGE, "%s: no batches are there", path);
	line = strtok_r(text, "\n", &rest);
	if (!line || strcmp(line, digest)) {
		free(text);
		return campaign_fail(KS_USAGE, "%s: its batches are of another plan", path);
	}
	while ((line = strtok_r(NULL, "\n", &rest)) && n < number)
		n++;
	if (line)
		take_ids(line, out);
	free(text);
	return line ? KS_OK : campaign_fail(KS_USAGE, "%s: there is no batch %u", path, number);
}

/* ---- journals ---- */

static bool is_journal(const char *name)
{
	size_t n = strlen(name);

	return n > 6 && !strcmp(name + n - 6, ".jsonl");
}

/* Whole lines from @from on; what they end at in *@to */
static int take_lines(const char *path, off_t from, off_t *to,
		      int (*take)(void *arg, const json_t *record), void *arg)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int err = KS_OK;

	*to = from;
	if (f && !fseeko(f, from, SEEK_SET)) {
		while (!err && (n = getline(&line, &room, f)) > 0 && line[n - 1] == '\n') {
			json_t *record = json_loads(line, 0, NULL);

			if (record) /* a disk that was full leaves others: they are run again */
				err = take(arg, record);
			json_decref(record);
			*to += n;
		}
	}
	free(line);
	if (f)
		fclose(f);
	return err;
}

static struct spool_file *file_of(struct spool *s, const char *name)
{
	for (u32 i = 0; i < s->nr; i++)
		if (!strcmp(s->file[i].name, name))
			return &s->file[i];
	shortage_on(!array_room(&s->file, s->nr, &s->room), MEMORY);
	s->file[s->nr] = (struct spool_file){ .name = strdup(name) };
	shortage_on(!s->file[s->nr].name, MEMORY);
	return &s->file[s->nr++];
}

int spool_take(struct spool *s, int (*take)(void *arg, const json_t *record), void *arg)
{
	DIR *d = opendir(s->path);
	struct dirent *e;
	int err = KS_OK;

	while (d && !err && (e = readdir(d))) {
		struct spool_file *f;
		struct stat st;
		char *path;

		if (!is_journal(e->d_name))
			continue;
		f = file_of(s, e->d_name);
		path = spool_name(s, e->d_name);
		if (!stat(path, &st) && st.st_size > f->taken)
			err = take_lines(path, f->taken, &f->taken, take, arg);
		free(path);
	}
	if (d)
		closedir(d);
	return err;
}

/* of @batch? */
static bool is_of(const char *name, u32 batch)
{
	char begin[16];

	snprintf(begin, sizeof(begin), "%u.", batch);
	return has_prefix(name, begin) && is_journal(name);
}

int spool_take_batch(const char *path, u32 batch, int (*take)(void *arg, const json_t *record),
		     void *arg)
{
	struct spool s = { .path = (char *)path };
	DIR *d = opendir(path);
	struct dirent *e;
	int err = KS_OK;
	off_t end;

	while (d && !err && (e = readdir(d))) {
		char *name = is_of(e->d_name, batch) ? spool_name(&s, e->d_name) : NULL;

		if (name)
			err = take_lines(name, 0, &end, take, arg);
		free(name);
	}
	if (d)
		closedir(d);
	return err;
}

void spool_drop(struct spool *s, u32 batch)
{
	u32 nr = 0;

	for (u32 i = 0; i < s->nr; i++) {
		struct spool_file *f = &s->file[i];
		char *path;

		if (!is_of(f->name, batch)) {
			s->file[nr++] = *f;
			continue;
		}
		path = spool_name(s, f->name);
		unlink(path);
		free(path);
		free(f->name);
	}
	s->nr = nr;
}
