// SPDX-License-Identifier: GPL-2.0-only
/*
 * jit_code.c - memory for native code: a window that fills from its beginning, and is empty
 * again when no program has code in it. Each machine loads its programs anew, so that is soon.
 */
#include <errno.h>
#include <sys/mman.h>

#include "base/region.h"
#include "bpf/jit.h"
#include "bpf/state.h"

static bool reserve(void)
{
	void *base = (void *)JIT_WINDOW_BASE, *p;

	if (vm_state.jit.top)
		return true;
	p = mmap(base, JIT_WINDOW_SIZE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (p != MAP_FAILED && p != base) {
		munmap(p, JIT_WINDOW_SIZE);
		errno = EEXIST;
	}
	if (p != base)
		return false;
	vm_state.jit.top = base;
	return true;
}

static bool protect(u8 *code, size_t size, int prot)
{
	if (!mprotect(code, size, prot))
		return true;
	vm_state.jit.refused = errno;
	return false;
}

u8 *jit_code_begin(size_t size)
{
	u8 *end = (u8 *)JIT_WINDOW_BASE + JIT_WINDOW_SIZE;

	if (vm_state.jit.refused)
		return NULL;
	if (!reserve()) {
		vm_state.jit.refused = errno;
		return NULL;
	}
	if (size > (size_t)(end - vm_state.jit.top) ||
	    !protect(vm_state.jit.top, ALIGN_UP(size, REGION_PAGE_SIZE), PROT_READ | PROT_WRITE))
		return NULL;
	return vm_state.jit.top;
}

bool jit_code_end(u8 *code, size_t used)
{
	used = ALIGN_UP(used, REGION_PAGE_SIZE);
	if (!protect(code, used, PROT_READ | PROT_EXEC))
		return false;
	vm_state.jit.top = code + used;
	vm_state.jit.live++;
	return true;
}

void jit_code_free(const u8 *code)
{
	if (code && !--vm_state.jit.live)
		vm_state.jit.top = (u8 *)JIT_WINDOW_BASE;
}

int jit_refused(void)
{
	return vm_state.jit.refused;
}
