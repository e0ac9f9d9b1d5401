/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz.h - what fuzz targets share: the input as a stream of small values, as a file
 * that has a name, a machine to feed it to.
 *
 * A target is a file with LLVMFuzzerTestOneInput(), and perhaps a mutator of its own.
 * libFuzzer calls it for hours (`make fuzz`), driver.c for seconds (the test suite).
 * Each input gets a machine of its own: what one left cannot change what the next does.
 */
#ifndef KS_TESTS_FUZZ_H
#define KS_TESTS_FUZZ_H

#include <kickstand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed);
/* the caller's plain mutator, for custom ones to build on */
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);

struct input {
	const u8 *at, *end;
};

static inline size_t input_left(const struct input *in)
{
	return in->end - in->at;
}

/* @n bytes to @to; zeros where the input is over */
static inline void input_take(struct input *in, void *to, size_t n)
{
	size_t have = min(n, input_left(in));

	memset(to, 0, n);
	if (have)
		memcpy(to, in->at, have);
	in->at += have;
}

#define DEFINE_INPUT(type)                                \
	static inline type input_##type(struct input *in) \
	{                                                 \
		type v;                                   \
                                                          \
		input_take(in, &v, sizeof(v));            \
		return v;                                 \
	}
DEFINE_INPUT(u8)
DEFINE_INPUT(u16)
DEFINE_INPUT(u32)
DEFINE_INPUT(u64)
#undef DEFINE_INPUT

/* A file in memory that has the bytes; its name goes into @path. The descriptor, to be closed. */
static inline int fuzz_file(const void *data, size_t size, char path[32])
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* Everything that is said of an input goes nowhere; it is formatted all the same. */
static inline FILE *fuzz_sink(void)
{
	static FILE *sink;

	if (!sink)
		sink = fopen("/dev/null", "w");
	return sink;
}

static inline void fuzz_log(void *arg, enum ks_level level, const char *line)
{
	fputs(line, fuzz_sink());
}

/* @pick chooses the kernel and the number of CPUs. */
static inline struct ks_machine *fuzz_machine(u8 pick)
{
	struct ks_machine_opts opts = {
		.sz = sizeof(opts),
		.kernel = pick & 1 ? "6.12" : "7.3",
		.cpus = 1 + (pick >> 1) % 4,
		.seed = 1,
		.log = fuzz_log,
		.check_every = 100,
	};
	struct ks_machine *m = ks_machine_create(&opts, NULL);

	if (!m)
		abort();
	return m;
}

/* An object of the build, of tests/bpf. @path has room for 4096 bytes. */
static inline void fuzz_object_path(const char *name, char *path)
{
	const char *dir = getenv("TEST_OBJECTS");

	if (!dir) {
		fputs("fuzz: TEST_OBJECTS is not set: run by `make fuzz` or the test suite\n",
		      stderr);
		exit(2);
	}
	snprintf(path, 4096, "%s/%s", dir, name);
}

#endif
