// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver.c - a fuzz target as a test: the corpus, then mutations of it that are the
 * same in every run. No compiler support is needed.
 *
 *	fuzz_x CORPUS_DIR MUTATIONS	as the test suite does
 *	fuzz_x FILE...			one input each, to look into a finding
 *
 * An input that ends the process is written to NAME.crash in the working directory.
 * Where the target has a mutator of its own, that one is used.
 */
#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sys/stat.h>
#include "base/prng.h"
#include "fuzz.h"

#define INPUT_MAX 65536
#define CHANGES_MAX 8
#define INPUT_SECONDS 30

#pragma weak LLVMFuzzerCustomMutator

struct corpus {
	struct dirent **names;
	int nr;
	u8 **data;
	size_t *size;
};

static struct prng rng;
static const char *program;
static const u8 *current;
static size_t current_size;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, why);
	exit(2);
}

/* ---- findings ---- */

static void keep_finding(int sig)
{
	char path[256];
	int fd;

	signal(sig, SIG_DFL);
	snprintf(path, sizeof(path), "%s.crash", program);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd >= 0 && write(fd, current, current_size) == (ssize_t)current_size)
		fprintf(stderr, "%s: %s; the input is in %s\n", program,
			sig == SIGALRM ? "takes too long" : "crashed", path);
	raise(sig);
}

static void feed(const u8 *data, size_t size)
{
	current = data;
	current_size = size;
	alarm(INPUT_SECONDS);
	LLVMFuzzerTestOneInput(data, size);
	alarm(0);
}

/* ---- the corpus ---- */

static void read_input(const char *path, u8 **data, size_t *size)
{
	FILE *f = fopen(path, "rb");

	*data = malloc(INPUT_MAX);
	if (!f || !*data)
		die(path, "cannot be read");
	*size = fread(*data, 1, INPUT_MAX, f);
	fclose(f);
}

static int is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void read_corpus(struct corpus *c, const char *dir)
{
	char path[4096];

	c->nr = scandir(dir, &c->names, is_input, alphasort);
	if (c->nr <= 0)
		die(dir, "has no corpus");
	c->data = calloc(c->nr, sizeof(*c->data));
	c->size = calloc(c->nr, sizeof(*c->size));
	for (int i = 0; i < c->nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, c->names[i]->d_name);
		read_input(path, &c->data[i], &c->size[i]);
	}
}

static void free_corpus(struct corpus *c)
{
	for (int i = 0; i < c->nr; i++) {
		free(c->names[i]);
		free(c->data[i]);
	}
	free(c->names);
	free(c->data);
	free(c->size);
}

/* ---- mutations ---- */

static u32 below(u32 n)
{
	return prng_below(&rng, n);
}

static size_t remove_bytes(u8 *data, size_t size)
{
	size_t at = below(size), n = 1 + below(min(size - at, (size_t)16));

	memmove(data + at, data + at + n, size - at - n);
	return size - n;
}

static size_t repeat_bytes(u8 *data, size_t size, size_t max)
{
	size_t at = below(size), n = 1 + below(min(size - at, (size_t)16));

	if (size + n > max)
		return size;
	memmove(data + at + n, data + at, size - at);
	return size + n;
}

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max)
{
	if (!size) {
		data[0] = below(256);
		return max ? 1 : 0;
	}
	switch (below(size == max ? 3 : 5)) {
	case 0:
		data[below(size)] ^= 1 << below(8);
		return size;
	case 1:
		data[below(size)] = below(256);
		return size;
	case 2:
		data[below(size)] = data[below(size)];
		return size;
	case 3:
		return size > 1 ? remove_bytes(data, size) : size;
	default:
		return repeat_bytes(data, size, max);
	}
}

static size_t mutate(u8 *data, size_t size)
{
	if (LLVMFuzzerCustomMutator)
		return LLVMFuzzerCustomMutator(data, size, INPUT_MAX, prng_u64(&rng));
	for (u32 n = 1 + below(CHANGES_MAX); n; n--)
		size = LLVMFuzzerMutate(data, size, INPUT_MAX);
	return size;
}

static void run_corpus(const char *dir, u32 mutations)
{
	static u8 data[INPUT_MAX];
	struct corpus c;
	size_t size;
	int from;

	read_corpus(&c, dir);
	for (int i = 0; i < c.nr; i++)
		feed(c.data[i], c.size[i]);
	for (u32 n = 0; n < mutations; n++) {
		from = below(c.nr);
		size = c.size[from];
		memcpy(data, c.data[from], size);
		size = mutate(data, size);
		feed(data, size);
	}
	printf("1..1\nok 1 - %d inputs and %u mutations\n", c.nr, mutations);
	free_corpus(&c);
}

static void run_file(const char *path)
{
	size_t size;
	u8 *data;

	read_input(path, &data, &size);
	feed(data, size);
	free(data);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int main(int argc, char **argv)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM };
	size_t i;

	program = basename(argv[0]);
	prng_init(&rng, 1, 0);
	for (i = 0; i < ARRAY_SIZE(fatal); i++)
		signal(fatal[i], keep_finding);
	if (argc == 3 && is_folder(argv[1])) {
		run_corpus(argv[1], strtoul(argv[2], NULL, 10));
		return 0;
	}
	if (argc < 2)
		die("usage", "CORPUS_DIR MUTATIONS, or FILE...");
	for (i = 1; i < (size_t)argc; i++)
		run_file(argv[i]);
	return 0;
}
