/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpumask.h - operations on struct cpumask under the kernel's names. Bits at and
 * above nr_cpu_ids are zero in every mask of the model, so searches look at the
 * words that the machine uses and no further.
 */
#ifndef KS_KERN_CPUMASK_H
#define KS_KERN_CPUMASK_H

#include "abi/cpumask.h"
#include "base/bitmap.h"
#include "kern/machine.h"

static inline u32 nr_cpumask_words(void)
{
	return (machine->nr_cpu_ids + BITS_PER_WORD - 1) / BITS_PER_WORD;
}

static inline bool cpumask_test_cpu(s32 cpu, const struct cpumask *m)
{
	return bit_test(m->bits, cpu);
}

static inline void cpumask_set_cpu(s32 cpu, struct cpumask *m)
{
	bit_set(m->bits, cpu);
}

static inline void cpumask_clear_cpu(s32 cpu, struct cpumask *m)
{
	bit_clear(m->bits, cpu);
}

static inline bool cpumask_test_and_clear_cpu(s32 cpu, struct cpumask *m)
{
	bool was = cpumask_test_cpu(cpu, m);

	cpumask_clear_cpu(cpu, m);
	return was;
}

static inline bool cpumask_test_and_set_cpu(s32 cpu, struct cpumask *m)
{
	bool was = cpumask_test_cpu(cpu, m);

	cpumask_set_cpu(cpu, m);
	return was;
}

static inline void cpumask_clear(struct cpumask *m)
{
	*m = (struct cpumask){};
}

static inline void cpumask_copy(struct cpumask *dst, const struct cpumask *src)
{
	*dst = *src;
}

static inline bool cpumask_empty(const struct cpumask *m)
{
	return bit_empty(m->bits, nr_cpumask_words());
}

static inline u32 cpumask_weight(const struct cpumask *m)
{
	return bit_weight(m->bits, nr_cpumask_words());
}

/* a CPU at or above nr_cpu_ids means "none" */
static inline s32 cpumask_next_from(s32 from, const struct cpumask *m)
{
	return (s32)min(bit_next(m->bits, nr_cpumask_words(), from), machine->nr_cpu_ids);
}

static inline s32 cpumask_next(s32 after, const struct cpumask *m)
{
	return cpumask_next_from(after + 1, m);
}

static inline s32 cpumask_first(const struct cpumask *m)
{
	return cpumask_next_from(0, m);
}

/* "1-3,6" is two ranges: the next behind @last, which begins as -1; false: there is none */
static inline bool cpumask_next_range(const struct cpumask *m, s32 *first, s32 *last)
{
	*first = *last = cpumask_next(*last, m);
	if (*first >= (s32)machine->nr_cpu_ids)
		return false;
	while (*last + 1 < (s32)machine->nr_cpu_ids && cpumask_test_cpu(*last + 1, m))
		++*last;
	return true;
}

static inline s32 cpumask_next_and(s32 after, const struct cpumask *a, const struct cpumask *b)
{
	return (s32)min(bit_next_and(a->bits, b->bits, nr_cpumask_words(), after + 1),
			machine->nr_cpu_ids);
}

static inline s32 cpumask_first_and(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_next_and(-1, a, b);
}

static inline bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_first_and(a, b) < (s32)machine->nr_cpu_ids;
}

/* true if the result has a CPU */
static inline bool cpumask_and(struct cpumask *dst, const struct cpumask *a,
			       const struct cpumask *b)
{
	unsigned long any = 0;

	for (u32 i = 0; i < CPUMASK_WORDS; i++)
		any |= dst->bits[i] = a->bits[i] & b->bits[i];
	return any;
}

static inline bool cpumask_andnot(struct cpumask *dst, const struct cpumask *a,
				  const struct cpumask *b)
{
	unsigned long any = 0;

	for (u32 i = 0; i < CPUMASK_WORDS; i++)
		any |= dst->bits[i] = a->bits[i] & ~b->bits[i];
	return any;
}

static inline void cpumask_or(struct cpumask *dst, const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < CPUMASK_WORDS; i++)
		dst->bits[i] = a->bits[i] | b->bits[i];
}

/* every CPU of @a is in @b */
static inline bool cpumask_subset(const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < nr_cpumask_words(); i++)
		if (a->bits[i] & ~b->bits[i])
			return false;
	return true;
}

static inline bool cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_subset(a, b) && cpumask_subset(b, a);
}

#define for_each_cpu(cpu, mask)                                             \
	for ((cpu) = cpumask_first(mask); (cpu) < (s32)machine->nr_cpu_ids; \
	     (cpu) = cpumask_next(cpu, mask))
#define for_each_cpu_and(cpu, a, b)                                             \
	for ((cpu) = cpumask_first_and(a, b); (cpu) < (s32)machine->nr_cpu_ids; \
	     (cpu) = cpumask_next_and(cpu, a, b))

#endif
