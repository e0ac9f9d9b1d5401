/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tls.h - the thread pointer: by it the C library knows which thread it is in
 * (errno, thread-specific data, the owner of a lock).
 */
#ifndef KS_EXEC_TLS_H
#define KS_EXEC_TLS_H

/* What runs with a thread pointer that is not the C library's has no canary to look at. */
#define NO_CANARY __attribute__((no_stack_protector, noinline))

#if defined(__x86_64__)

#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define NR_arch_prctl 158

static inline unsigned long tls_get(void)
{
	unsigned long tls;

	__asm__ volatile("movq %%fs:0, %0" : "=r"(tls)); /* it begins with its own address */
	return tls;
}

/* Not syscall(): that has errno, which is what moves. */
static inline void tls_call(long what, unsigned long arg)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"((long)NR_arch_prctl), "D"(what), "S"(arg)
			 : "rcx", "r11", "memory");
}

static inline void tls_set(unsigned long tls)
{
	tls_call(ARCH_SET_FS, tls);
}

/* what it is, whoever's it is */
static inline unsigned long tls_read(void)
{
	unsigned long tls = 0;

	tls_call(ARCH_GET_FS, (unsigned long)&tls);
	return tls;
}

#elif defined(__aarch64__)

static inline unsigned long tls_get(void)
{
	unsigned long tls;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tls));
	return tls;
}

static inline void tls_set(unsigned long tls)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(tls) : "memory");
}

#else
#error "the thread pointer of this architecture is not known here"
#endif

#endif
