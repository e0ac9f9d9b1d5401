// SPDX-License-Identifier: GPL-2.0-only
/* preempt.c - see preempt.h. Facts: kernel/sched/core.c, the part about PREEMPT_DYNAMIC. */
#include "kern/preempt.h"

#include <stdio.h>
#include <string.h>

#include "kern/sched.h"

enum preempt_model preempt_model_find(const char *name)
{
	for (u32 m = PREEMPT_NONE; m < NR_PREEMPT_MODELS; m++)
		if (!strcmp(name, preempt_model_name(m)))
			return m;
	return PREEMPT_UNSAID;
}

bool preempt_model_known(const struct profile *prof, enum preempt_model model)
{
	switch (model) {
	case PREEMPT_NONE:
		return prof->b.preempt_none;
	case PREEMPT_VOLUNTARY:
		return prof->b.preempt_voluntary;
	case PREEMPT_FULL:
		return true;
	case PREEMPT_LAZY:
		return prof->b.preempt_lazy;
	case PREEMPT_UNSAID:
	case NR_PREEMPT_MODELS:
		break;
	}
	return false;
}

/* @now: to be put in brackets */
static void put_models(const struct profile *prof, enum preempt_model now, const char *between,
		       char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	for (u32 m = PREEMPT_NONE; m < NR_PREEMPT_MODELS && n < len; m++)
		if (preempt_model_known(prof, m))
			n += snprintf(buf + n, len - n, m == now ? "%s(%s)" : "%s%s",
				      n ? between : "", preempt_model_name(m));
}

void preempt_model_names(const struct profile *prof, char *buf, size_t len)
{
	put_models(prof, PREEMPT_UNSAID, ", ", buf, len);
}

void preempt_model_show(char *buf, size_t len)
{
	put_models(K, machine->preempt, " ", buf, len);
}

/* core.c:__cond_resched() */
void cond_resched(void)
{
	if (!preempt_kernel() && need_resched() && preemptible())
		preempt_schedule_irq();
}

void might_resched(void)
{
	if (machine->preempt == PREEMPT_VOLUNTARY)
		cond_resched();
}
