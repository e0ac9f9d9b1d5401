// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault_alloc.c - preloaded: one allocation of the program fails.
 *
 *	FAULT_NTH=N	the N-th malloc(), calloc(), realloc(), ...; 0: none
 *	FAULT_SITE=N	the first that the N-th calling place makes
 *	FAULT_TRAP=1	it ends there, for a debugger
 *	FAULT_COUNT=FILE	how many there were goes there: "ALLOCATIONS PLACES"
 *
 * Children that are forked count on, all in one row: what they allocate fails, too.
 *
 * glibc's own functions do the work: __libc_malloc() and its like.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

#define SITES_MAX 8192 /* a power of two */

/* of all processes */
static struct counts {
	uintptr_t sites[SITES_MAX];
	unsigned long nr_allocs, nr_sites;
} *counts;
static unsigned long nth, site;
static int trap, count_fd = -1;

static int is_new_site(uintptr_t at)
{
	size_t i = (at >> 2) * 0x9e3779b1u % SITES_MAX;

	while (counts->sites[i] && counts->sites[i] != at)
		i = (i + 1) % SITES_MAX;
	if (counts->sites[i])
		return 0;
	counts->sites[i] = at;
	counts->nr_sites++;
	return 1;
}

static unsigned long number_in(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

/* Not before main()'s libraries are ready: the loader's own allocations are its affair. */
static __attribute__((constructor)) void begin(void)
{
	const char *path = getenv("FAULT_COUNT");

	nth = number_in("FAULT_NTH");
	site = number_in("FAULT_SITE");
	trap = getenv("FAULT_TRAP") != NULL;
	if (path) /* at the end a sandbox opens nothing */
		count_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		_exit(99);
}

static __attribute__((destructor)) void end(void)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%lu %lu\n", counts->nr_allocs, counts->nr_sites);

	counts = NULL;
	if (count_fd >= 0 && write(count_fd, text, len) != len)
		_exit(99);
}

static int fails(void *caller)
{
	int fresh;

	if (!counts)
		return 0;
	fresh = is_new_site((uintptr_t)caller);
	if (++counts->nr_allocs != nth && (!fresh || counts->nr_sites != site))
		return 0;
	if (trap)
		__builtin_trap();
	errno = ENOMEM;
	return 1;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
	return fails(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails(CALLER) ? NULL : __libc_calloc(nr, size);
}

void *realloc(void *p, size_t size)
{
	return fails(CALLER) ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes) || fails(CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, bytes);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails(CALLER) ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **p, size_t align, size_t size)
{
	if (fails(CALLER))
		return ENOMEM;
	*p = __libc_memalign(align, size);
	return *p ? 0 : ENOMEM;
}
