/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tls.h - the thread pointer: by it the C library knows which thread it is in
 * (errno, thread-specific data, the owner of a lock).
 */
#ifndef KS_EXEC_TLS_H
#define KS_EXEC_TLS_H

#if defined(__x86_64__)

#define ARCH_SET_FS 0x1002
#define NR_arch_prctl 158

static inline unsigned long tls_get(void)
{
	unsigned long tls;

	__asm__ volatile("movq %%fs:0, %0" : "=r"(tls));	/* it begins with its own address */
	return tls;
}

/* Not syscall(): that has errno, which is what moves. */
static inline void tls_set(unsigned long tls)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "0"((long)NR_arch_prctl), "D"((long)ARCH_SET_FS), "S"(tls)
			 : "rcx", "r11", "memory");
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
