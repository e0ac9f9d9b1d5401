// SPDX-License-Identifier: GPL-2.0-only
/* points.c - see points.h. */
#include "kern/points.h"

#include "bpf/prog.h"
#include "kern/sched.h"

/* An interrupt's handler is no part of the program that it came upon. */
static bool in_program(const struct rq_model *c)
{
	return !c->hardirq_count && !c->nmi_count && prog_current();
}

u64 point_reached(enum point_kind kind, u64 addr, bool write)
{
	struct point p = { .site = { .kind = kind, .cpu = smp_processor_id() },
			   .addr = addr,
			   .write = write,
			   .now_ns = now_ns(),
			   .ahead_ns = now_ns() };

	if (p.site.cpu < 0) /* the host's main fiber is no CPU */
		return 0;
	if (in_program(this_cpu())) {
		p.site.prog = prog_key(prog_current());
		p.site.insn = prog_current_insn();
		p.ahead_ns += (u64)prog_current_unpaid() * machine->cost.insn_x100_ns / 100;
	}
	return schedule_point(&p);
}

u64 point_reached_of(enum point_kind kind, s32 cpu, u64 addr)
{
	const struct point p = { .site = { .kind = kind, .cpu = cpu },
				 .addr = addr,
				 .write = true,
				 .now_ns = now_ns(),
				 .ahead_ns = now_ns() };

	return schedule_point(&p);
}

void point_wait(enum point_kind kind, u64 addr, bool write)
{
	u64 hold_ns = point_reached(kind, addr, write);

	if (hold_ns)
		engine_charge(machine->engine, hold_ns);
}
