// SPDX-License-Identifier: GPL-2.0-only
/*
 * hooks_test.c - programs at functions, tracepoints, LSM hooks, perf events and in
 * iterators, on a machine that runs two tasks; on every profile.
 *
 * A test program is a few instructions: it notes its mark, two words of its context
 * and where it runs (the helper note()), and returns a value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "abi/btf.h"
#include "abi/trace.h"
#include "bpf/callable.h"
#include "bpf/map.h"
#include "bpf/prog.h"
#include "kern/hooks.h"
#include "kern/iter.h"
#include "kern/perf.h"
#include "kern/perf_event.h"
#include "kern/sched.h"

#define BTF_FUNC 12
#define BTF_TYPEDEF 8
#define NOTE_HELPER 5101
#define NOTES_MAX 4096
#define PERF_COOKIE 4711
#define ITER_MARK 90
#define ITER_CHUNK_MAX 40000

static struct note {
	u64 mark, word[2], cookie;
	bool hardirq, nmi, preempt_off;
	u16 migration_disabled;
} notes[NOTES_MAX];
static u32 nr_notes;
static bool recurse;
static struct trace_event_raw_sched_switch switch_record;
static long results[4];
static struct machine *m;
static u32 iter_chunk; /* bytes that the program ITER_MARK writes each time */
static s64 iter_wrote;

/* ---- programs ---- */

/* context of an iterator's program: meta, task */
static void iter_write(const u64 *words)
{
	static const char text[ITER_CHUNK_MAX];
	const struct bpf_iter_meta *meta = (const struct bpf_iter_meta *)(uintptr_t)words[0];

	iter_wrote = iter_seq_write(P64(meta->seq), text, iter_chunk);
}

/* mark, context */
static u64 note(struct vm *vm, const u64 *a)
{
	const u64 *words = (const u64 *)(uintptr_t)a[1];
	struct note *n = &notes[min(nr_notes, NOTES_MAX - 1U)];

	nr_notes++;
	*n = (struct note){ .mark = a[0], .cookie = hook_attach_cookie(vm, a[1]) };
	if (words)
		memcpy(n->word, words, sizeof(n->word));
	if (smp_processor_id() >= 0) {
		n->hardirq = in_hardirq();
		n->nmi = in_nmi();
		n->preempt_off = host_of(this_rq())->m->preempt_count;
		n->migration_disabled = current->migration_disabled;
	}
	if (a[0] == ITER_MARK)
		iter_write(words);
	if (a[0] == 77)
		memcpy(&switch_record, words, sizeof(switch_record));
	if (recurse)
		FN_ENTER(scx_tick, P64(this_rq()));
	return 0;
}

static const struct helper helpers[] = { { NOTE_HELPER, "note", note, NULL } };

static bool yes(const char *func)
{
	return true;
}

static u32 notes_of(u64 mark)
{
	u32 n = 0;

	for (u32 i = 0; i < min(nr_notes, (u32)NOTES_MAX); i++)
		n += notes[i].mark == mark;
	return n;
}

static const struct note *first_note(u64 mark)
{
	for (u32 i = 0; i < min(nr_notes, (u32)NOTES_MAX); i++)
		if (notes[i].mark == mark)
			return &notes[i];
	return NULL;
}

static struct prog *load(u32 type, u32 attach, const char *btf, u32 kind, u8 mark, s32 ret)
{
	struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 1 }, /* r2 = r1 */
		{ .code = 0xb7, .dst_reg = 1, .imm = mark },  /* r1 = mark */
		{ .code = 0x85, .imm = NOTE_HELPER },	      /* call note */
		{ .code = 0xb7, .dst_reg = 0, .imm = ret },   /* r0 = ret */
		{ .code = 0x95 },			      /* exit */
	};
	union bpf_attr attr = { .prog_type = type, .expected_attach_type = attach };
	struct prog *prog = NULL;
	int err;

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = (uintptr_t)"GPL";
	if (btf)
		attr.attach_btf_id = vmbtf_find(m->types, btf, kind);
	err = prog_load(&attr, sizeof(attr), &prog);
	if (err)
		print_error("loading for %s: %d\n", btf, err);
	assert_int_equal(err, 0);
	return prog;
}

static struct prog *tracing(u32 attach, const char *func, u8 mark, s32 ret)
{
	return load(BPF_PROG_TYPE_TRACING, attach, func, BTF_FUNC, mark, ret);
}

static struct prog *tp_btf(const char *typedef_name, u8 mark)
{
	return load(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, typedef_name, BTF_TYPEDEF, mark, 0);
}

static void attach(struct prog *prog)
{
	assert_int_equal(hook_attach(prog, 0), 0);
}

/* ---- the machine ---- */

static void spinner(void *arg)
{
	for (;;) {
		user_run(300 * NSEC_PER_USEC);
		sys_nanosleep(100 * NSEC_PER_USEC);
	}
}

static void caller(void *arg)
{
	results[0] = sys_setpriority(0, 5);
	results[1] = sys_getpgid(0);
	results[2] = sys_sched_setscheduler(0, SCHED_BATCH, 0);
	results[3] = sys_exec("other");
	user_run(50 * NSEC_PER_MSEC);
}

static void boot(const char *kernel)
{
	struct machine_config config = {
		.sz = sizeof(config),
		.profile = profile_find(kernel),
		.seed = 1,
		.topo = { 1, 1, 2, 1 },
		.lsm_bpf = true,
	};
	struct task_attr a = { .comm = "spinner", .new_process = true };
	static bool registered;

	if (!registered)
		helper_register(helpers, ARRAY_SIZE(helpers));
	registered = true;
	nr_notes = 0;
	recurse = false;
	memset(results, 0, sizeof(results));
	assert_int_equal(machine_create(&config, &m), 0);
	m->env.target_sleepable = yes;
	m->env.target_modifiable = yes;
	assert_non_null(task_create(&a, spinner, NULL, NULL));
	a.comm = "caller";
	assert_non_null(task_create(&a, caller, NULL, NULL));
}

static void shut(void)
{
	machine_destroy(m);
	prog_reset();
}

static void run_ms(u64 ms)
{
	machine_run(m, now_ns() + ms * NSEC_PER_MSEC);
}

#define ON_EACH_PROFILE(kernel)                                                             \
	for (const char *const *_k = (const char *const[]){ "6.12", "7.3", NULL }, *kernel; \
	     (kernel = *_k) && (boot(kernel), true); shut(), _k++)

/* ---- functions ---- */

static void test_functions(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *in = tracing(BPF_TRACE_FENTRY, "__x64_sys_getpgid", 1, 0);
		struct prog *in2 = tracing(BPF_TRACE_FENTRY, "__x64_sys_getpgid", 2, 0);
		struct prog *out = tracing(BPF_TRACE_FEXIT, "__x64_sys_getpgid", 3, 0);

		attach(in);
		attach(in2);
		attach(out);
		assert_int_equal(hook_attach(in, 0), -EBUSY);
		run_ms(5);
		assert_int_equal(nr_notes, 3);
		assert_int_equal(notes[0].mark, 2); /* attached last, runs first */
		assert_int_equal(notes[1].mark, 1);
		assert_int_equal(notes[2].mark, 3);
		assert_int_equal(notes[2].word[1], results[1]);
		assert_true(notes[0].migration_disabled);
		hook_detach(in);
		assert_int_equal(machine->hook_attached[HOOK_FN___x64_sys_getpgid], 2);
		prog_put(in);
		prog_put(in2);
		prog_put(out);
	}
}

static void test_recursion(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *in = tracing(BPF_TRACE_FENTRY, "scx_tick", 1, 0);
		struct prog *getpgid = tracing(BPF_TRACE_FENTRY, "__x64_sys_getpgid", 2, 0);

		attach(in);
		attach(getpgid);
		recurse = true;
		run_ms(5);
		assert_int_equal(notes_of(1), 1);
		assert_int_equal(notes_of(2), 1);
		assert_int_equal(hook_recursion_misses(in), 1);
		assert_int_equal(hook_recursion_misses(getpgid), 0);
		prog_put(in);
		prog_put(getpgid);
	}
}

static void test_targets(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		assert_true(hook_exists("resched_curr"));
		assert_true(hook_exists("sched_switch"));
		assert_true(hook_exists("bpf_lsm_task_alloc"));
		assert_true(hook_exists("security_bprm_check"));
		assert_int_equal(hook_exists("kick_sync_wait_bal_cb"), !K->b.dispatch_in_balance);
		assert_int_equal(hook_exists("balance_scx"), K->b.dispatch_in_balance);
		assert_false(hook_exists("vfs_read"));
	}
}

/* ---- tracepoints ---- */

static void test_tracepoints(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *btf = tp_btf("btf_trace_sched_switch", 1);
		struct prog *raw = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, NULL, 0, 2, 0);
		struct prog *classic = load(BPF_PROG_TYPE_TRACEPOINT, 0, NULL, 0, 77, 0);
		u32 id = hook_tracepoint_id("sched", "sched_switch");

		assert_true(id);
		attach(btf);
		assert_int_equal(hook_attach_raw_tp(raw, "no_such", 0, NULL), -ENOENT);
		assert_int_equal(hook_attach_raw_tp(raw, "sched_switch", 0, NULL), 0);
		assert_int_equal(hook_attach_tracepoint(btf, id, 0), -EINVAL);
		assert_int_equal(hook_attach_tracepoint(classic, id, 0), 0);
		assert_int_equal(hook_attach_tracepoint(classic, id, 0), -EEXIST);
		run_ms(3);
		assert_true(notes_of(1) > 4);
		assert_int_equal(notes_of(1), notes_of(2));
		assert_int_equal(notes_of(1), notes_of(77));
		assert_true(switch_record.next_comm[0]);
		assert_true(switch_record.prev_pid != switch_record.next_pid);
		prog_put(btf);
		prog_put(raw);
		prog_put(classic);
	}
}

static void test_syscall_tracepoints(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_TRACEPOINT, 0, NULL, 0, 1, 0);
		struct prog *tp = tp_btf("btf_trace_sys_enter", 2);
		u32 id = hook_tracepoint_id("syscalls", "sys_enter_getpgid");

		assert_int_equal(hook_attach_tracepoint(prog, id, 0), 0);
		attach(tp);
		run_ms(3);
		assert_int_equal(notes_of(1), 1);
		assert_int_equal(first_note(1)->word[1], 121);
		assert_true(first_note(1)->preempt_off);
		assert_true(notes_of(2) > 4);
		assert_int_equal(first_note(2)->preempt_off, K->b.dispatch_in_balance);
		assert_int_equal(first_note(2)->migration_disabled, !K->b.dispatch_in_balance);
		prog_put(prog);
		prog_put(tp);
	}
}

static void test_tracepoint_table(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct tracepoint_event ev;
		u32 n;

		for (n = 0; hook_tracepoint_at(n, &ev); n++) {
			char *text = NULL;
			size_t len;
			FILE *f = open_memstream(&text, &len);

			assert_int_equal(hook_tracepoint_id(ev.category, ev.name), ev.id);
			assert_int_equal(hook_tracepoint_format(ev.id, f), 0);
			fclose(f);
			assert_non_null(strstr(text, "common_pid"));
			free(text);
		}
		assert_true(n > 40);
		assert_int_equal(hook_tracepoint_id("sched", "no_such"), 0);
	}
}

/* ---- LSM ---- */

static void test_lsm(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *no = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_task_setnice",
				       BTF_FUNC, 1, -EPERM);
		struct prog *after = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_task_setnice",
					  BTF_FUNC, 2, 0);
		struct prog *exec = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC,
					 "bpf_lsm_bprm_check_security", BTF_FUNC, 3, -EACCES);

		attach(after);
		attach(no); /* attached last: asked first, and its no is the answer */
		attach(exec);
		run_ms(3);
		assert_int_equal(results[0], -EPERM);
		assert_int_equal(results[3], -EACCES);
		assert_int_equal(notes_of(1), 1);
		assert_int_equal(notes_of(2), 0);
		prog_put(no);
		prog_put(after);
		prog_put(exec);
	}
}

static void test_modify_return(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *mod = tracing(BPF_MODIFY_RETURN, "security_task_getpgid", 1, -EIO);
		struct prog *out = tracing(BPF_TRACE_FEXIT, "security_task_getpgid", 2, 0);
		struct prog *lsm = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_task_getpgid",
					BTF_FUNC, 3, 0);

		attach(mod);
		attach(out);
		attach(lsm);
		run_ms(3);
		assert_int_equal(results[1], -EIO);
		assert_int_equal(notes_of(1), 1);
		assert_int_equal((s64)first_note(2)->word[1], -EIO);
		assert_int_equal(notes_of(3), 0);
		prog_put(mod);
		prog_put(out);
		prog_put(lsm);
	}
}

/* ---- perf events ---- */

static struct perf_counter *event(u32 type, u64 config, u64 period, s32 cpu, s32 pid,
				  struct prog *prog)
{
	struct perf_event_attr attr = { .type = type, .config = config, .sample_period = period };
	struct perf_counter *pc = NULL;

	assert_int_equal(perf_event_create(&attr, cpu, pid, &pc), 0);
	if (prog)
		assert_int_equal(perf_event_attach_prog(pc, prog, PERF_COOKIE), 0);
	return pc;
}

static void test_clock(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct perf_counter *pc = event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK,
						NSEC_PER_MSEC, 1, -1, prog);

		assert_int_equal(perf_event_attach_prog(pc, prog, 0), -EEXIST);
		run_ms(10);
		assert_in_range(nr_notes, 9, 10);
		assert_int_equal(notes[0].cookie, PERF_COOKIE);
		assert_true(notes[0].hardirq);
		assert_false(notes[0].nmi);
		perf_event_disable(pc);
		run_ms(10);
		assert_in_range(nr_notes, 9, 10);
		assert_int_equal(perf_event_count(pc), 10 * NSEC_PER_MSEC);
		perf_event_destroy(pc);
		prog_put(prog);
	}
}

static void test_task_clock(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct perf_counter *pc;
		struct task_struct *p;
		s32 pid = 0;

		run_ms(2);
		for_each_task(p)
			if (!strcmp(p->comm, "spinner"))
				pid = p->pid;
		pc = event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, NSEC_PER_MSEC, -1, pid,
			   prog);
		run_ms(40); /* it runs 300 us of each 400 */
		assert_in_range(nr_notes, 20, 32);
		assert_in_range(perf_event_count(pc), 20 * NSEC_PER_MSEC, 32 * NSEC_PER_MSEC);
		perf_event_destroy(pc);
		prog_put(prog);
	}
}

static void test_switches(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct perf_counter *all[2], *third;
		u64 before;

		run_ms(1);
		before = m->nr_switches;
		for (s32 cpu = 0; cpu < 2; cpu++)
			all[cpu] = event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 0, cpu,
					 -1, NULL);
		third = event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 3, 0, -1, prog);
		run_ms(10);
		assert_int_equal(perf_event_count(all[0]) + perf_event_count(all[1]),
				 m->nr_switches - before);
		assert_int_equal(nr_notes, perf_event_count(third) / 3);
		for (s32 cpu = 0; cpu < 2; cpu++)
			perf_event_destroy(all[cpu]);
		perf_event_destroy(third);
		assert_int_equal(machine->hook_attached[HOOK_TP_sched_switch], 0);
		prog_put(prog);
	}
}

static void test_nmi(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct prog *tp = tp_btf("btf_trace_nmi_handler", 2);
		struct perf_counter *pc[2];

		attach(tp);
		for (s32 cpu = 0; cpu < 2; cpu++)
			pc[cpu] = event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 3000000, cpu,
					-1, prog);
		run_ms(20);
		assert_in_range(notes_of(1), 20, 40);
		assert_int_equal(notes_of(1), notes_of(2));
		assert_true(first_note(1)->nmi);
		assert_true(first_note(2)->nmi);
		for (s32 cpu = 0; cpu < 2; cpu++)
			perf_event_destroy(pc[cpu]);
		nr_notes = 0;
		nmi_trigger_backtrace(machine->online);
		run_ms(1);
		assert_int_equal(nr_notes, 2);
		prog_put(prog);
		prog_put(tp);
	}
}

static void test_perf_errors(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE };
		struct perf_counter *pc;

		assert_int_equal(perf_event_create(&attr, -1, -1, &pc), -EINVAL);
		assert_int_equal(perf_event_create(&attr, 99, -1, &pc), -EINVAL);
		assert_int_equal(perf_event_create(&attr, -1, 12345, &pc), -ESRCH);
		attr.config = PERF_COUNT_SW_MAX;
		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), -ENOENT);
		attr.type = PERF_TYPE_HARDWARE;
		attr.config = PERF_COUNT_HW_INSTRUCTIONS;
		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), -ENOENT);
		attr.type = PERF_TYPE_TRACEPOINT;
		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), -ENOENT);
	}
}

static void frequency_events(struct perf_counter **pc, u64 config, struct prog *prog)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = config, .freq = 1, .sample_freq = 500
	};

	for (s32 cpu = 0; cpu < 2; cpu++) {
		assert_int_equal(perf_event_create(&attr, cpu, -1, &pc[cpu]), 0);
		assert_int_equal(perf_event_attach_prog(pc[cpu], prog, 0), 0);
	}
}

/* so many overflows a second, whatever is counted; only one CPU switches */
static void test_frequency(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct perf_counter *clock[2], *switches[2];

		run_ms(60);
		frequency_events(switches, PERF_COUNT_SW_CONTEXT_SWITCHES, prog);
		run_ms(50);
		nr_notes = 0;
		run_ms(200);
		assert_in_range(nr_notes, 80, 120);
		for (s32 cpu = 0; cpu < 2; cpu++)
			perf_event_destroy(switches[cpu]);
		frequency_events(clock, PERF_COUNT_SW_CPU_CLOCK, prog);
		nr_notes = 0;
		run_ms(200);
		assert_in_range(nr_notes, 198, 200);
		assert_int_equal(perf_event_period(clock[0], 0), -EINVAL);
		assert_int_equal(perf_event_period(clock[0], 100001), -EINVAL);
		assert_int_equal(perf_event_period(clock[0], 100), 0);
		perf_event_reset(clock[0]);
		assert_int_equal(perf_event_count(clock[0]), 0);
		nr_notes = 0;
		run_ms(200);
		assert_in_range(nr_notes, 118, 120);
		for (s32 cpu = 0; cpu < 2; cpu++)
			perf_event_destroy(clock[cpu]);
		prog_put(prog);
	}
}

static void test_period(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct perf_counter *counts =
			event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, 0, -1, NULL);
		struct perf_counter *pc = event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK,
						NSEC_PER_MSEC, 0, -1, prog);
		struct bpf_perf_event_value value;
		struct prog *other = tp_btf("btf_trace_sched_switch", 2);

		assert_int_equal(perf_event_attach_prog(counts, other, 0), -EINVAL);
		prog_put(other);
		run_ms(10);
		assert_int_equal(perf_event_period(counts, NSEC_PER_MSEC), -EINVAL);
		assert_int_equal(perf_event_period(pc, 1ULL << 63), -EINVAL);
		assert_int_equal(perf_event_period(pc, 5 * NSEC_PER_MSEC), 0);
		nr_notes = 0;
		run_ms(20);
		assert_in_range(nr_notes, 3, 4);
		/* off and on again, what is left of the period is not lost */
		perf_event_disable(pc);
		perf_event_disable(pc);
		perf_event_enable(pc);
		perf_event_enable(pc);
		/* nobody executes, so that there is nobody's to read */
		assert_int_equal(perf_event_read_local(pc, &value), -EINVAL);
		perf_event_destroy(pc);
		perf_event_destroy(counts);
		perf_event_destroy(NULL);
		prog_put(prog);
	}
}

/* cycles of the idle task are left out where the event says so: that CPU has nothing to do */
static void test_exclude_idle(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
						.config = PERF_COUNT_SW_CPU_CLOCK,
						.sample_period = NSEC_PER_MSEC,
						.exclude_idle = 1 };
		struct prog *prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct perf_counter *pc[2];

		for (s32 cpu = 0; cpu < 2; cpu++) {
			assert_int_equal(perf_event_create(&attr, cpu, -1, &pc[cpu]), 0);
			assert_int_equal(perf_event_attach_prog(pc[cpu], prog, 0), 0);
		}
		run_ms(100);
		/* caller runs 50 ms, spinner three quarters of 100: of 200 */
		assert_in_range(nr_notes, 100, 150);
		for (s32 cpu = 0; cpu < 2; cpu++)
			perf_event_destroy(pc[cpu]);
		prog_put(prog);
	}
}

static void test_perf_attrs(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .freq = 1 };
		struct perf_counter *pc;

		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), -EINVAL);
		attr.sample_freq = 100001;
		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), -EINVAL);
		attr.freq = 0;
		attr.sample_period = 1ULL << 63;
		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), -EINVAL);
		attr.sample_period = 0;
		assert_int_equal(perf_event_create(&attr, 0, -2, &pc), -EINVAL);
		assert_int_equal(perf_event_create(&attr, -2, 0, &pc), -EINVAL);
		assert_int_equal(perf_event_create(&attr, -1, 0, &pc),
				 -ESRCH); /* nobody executes */
		attr.config = PERF_COUNT_SW_PAGE_FAULTS;
		attr.disabled = 1;
		assert_int_equal(perf_event_create(&attr, 0, -1, &pc), 0);
		run_ms(1);
		assert_int_equal(perf_event_count(pc), 0);
		perf_event_destroy(pc);
	}
}

/* ---- perf_event_open(2) and ioctl(2) ---- */

static void check_ioctls(int fd, bool counts)
{
	u64 period = NSEC_PER_MSEC, id = 0;

	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), 0);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_DISABLE, 0), 0);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_RESET, 0), 0);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_PERIOD, 0), -EFAULT);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_PERIOD, (uintptr_t)&period),
			 counts ? 0 : -EINVAL);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_ID, 0), -EFAULT);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_ID, (uintptr_t)&id), 0);
	assert_true(id);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_SET_BPF, 99999), -EBADF);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_SET_BPF, fd), -EINVAL);
	assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_REFRESH, 1), -EINVAL);
}

static void check_progs(int fd, struct prog *right, struct prog *wrong)
{
	struct perf_event *ev = perf_from_fd(fd);
	struct bpf_perf_event_value value;

	assert_non_null(ev);
	assert_int_equal(perf_set_prog(ev, wrong, 0), -EINVAL);
	assert_int_equal(perf_set_prog(ev, right, 0), 0);
	assert_int_equal(perf_set_prog(ev, right, 0), -EEXIST);
	assert_int_equal(perf_event_read(&ev->obj, &value), -EINVAL);
	run_ms(5);
	assert_true(nr_notes);
	perf_clear_prog(ev);
	perf_clear_prog(ev);
	perf_put(ev);
}

static void test_perf_fd(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
						.sample_period = NSEC_PER_MSEC };
		struct prog *sampled = load(BPF_PROG_TYPE_PERF_EVENT, 0, NULL, 0, 1, 0);
		struct prog *traced = load(BPF_PROG_TYPE_TRACEPOINT, 0, NULL, 0, 1, 0);
		int fd, tp;

		assert_int_equal(perf_open(NULL, -1, 0, -1, 0), -EFAULT);
		assert_int_equal(perf_open(&attr, -1, 0, -1, 1 << 7), -EINVAL);
		assert_int_equal(perf_open(&attr, -1, 99, -1, 0), -EINVAL);
		fd = (int)perf_open(&attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
		attr.type = PERF_TYPE_TRACEPOINT;
		assert_int_equal(perf_open(&attr, -1, 0, -1, 0), -EINVAL);
		attr.config = hook_tracepoint_id("sched", "sched_switch");
		tp = (int)perf_open(&attr, -1, 0, -1, 0);
		assert_true(fd >= 0 && tp >= 0);
		check_ioctls(fd, true);
		check_ioctls(tp, false);
		assert_int_equal(perf_ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), 0);
		check_progs(fd, sampled, traced);
		nr_notes = 0;
		check_progs(tp, traced, sampled);
		assert_int_equal(perf_ioctl(0, PERF_EVENT_IOC_ENABLE, 0), -ENOTTY);
		close(fd);
		close(tp);
		prog_put(sampled);
		prog_put(traced);
	}
}

/* ---- iterators ---- */

static size_t iter_bytes;

static void iter_out(void *arg, const void *data, size_t len)
{
	iter_bytes += len;
}

static void test_iter(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = tracing(BPF_TRACE_ITER, "bpf_iter_task", 1, 0);
		struct iter_tasks one = { .tid = 1 };

		run_ms(1);
		assert_string_equal(hook_iter_target(prog), "task");
		assert_int_equal(hook_iter_run(prog, NULL, iter_out, NULL), 0);
		assert_int_equal(nr_notes, m->nr_tasks + 1);
		assert_int_equal(notes[nr_notes - 1].word[1], 0);
		nr_notes = 0;
		assert_int_equal(hook_iter_run(prog, &one, iter_out, NULL), 0);
		assert_int_equal(nr_notes, 2);
		assert_ptr_equal((void *)(uintptr_t)notes[0].word[1], m->init_task);
		assert_int_equal(hook_attach(prog, 0), -EINVAL);
		assert_int_equal(iter_bytes, 0);
		prog_put(prog);
	}
}

/* The reader gets everything, in order, however often the buffer is full. */
static void test_iter_output(void **state)
{
	ON_EACH_PROFILE(kernel)
	{
		struct prog *prog = tracing(BPF_TRACE_ITER, "bpf_iter_task", ITER_MARK, 0);
		struct prog *again = tracing(BPF_TRACE_ITER, "bpf_iter_task", 1, 1);
		struct prog *wrong = tracing(BPF_TRACE_FENTRY, "scx_tick", 1, 0);
		struct iter_tasks process = { .tgid = 1 }, both = { .tid = 1, .tgid = 1 };

		run_ms(1);
		iter_bytes = 0;
		iter_chunk = 5000;
		assert_int_equal(hook_iter_run(prog, NULL, iter_out, NULL), 0);
		assert_int_equal(iter_bytes, 5000 * (m->nr_tasks + 1));
		assert_true(nr_notes > m->nr_tasks + 1); /* what did not fit is shown again */
		iter_bytes = 0;
		assert_int_equal(hook_iter_run(prog, &process, iter_out, NULL), 0);
		assert_int_equal(iter_bytes, 5000 * 2);
		/* more than any buffer holds */
		iter_chunk = ITER_CHUNK_MAX;
		assert_int_equal(hook_iter_run(prog, NULL, iter_out, NULL), -E2BIG);
		assert_int_equal(iter_wrote, -EOVERFLOW);
		assert_int_equal(iter_seq_write(4711, "", 1), -EFAULT);
		assert_int_equal(hook_iter_run(again, NULL, iter_out, NULL), -EAGAIN);
		assert_int_equal(hook_iter_run(wrong, NULL, iter_out, NULL), -EINVAL);
		assert_int_equal(hook_iter_run(prog, &both, iter_out, NULL), -EINVAL);
		prog_put(prog);
		prog_put(again);
		prog_put(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_tracepoints),
		cmocka_unit_test(test_syscall_tracepoints),
		cmocka_unit_test(test_tracepoint_table),
		cmocka_unit_test(test_lsm),
		cmocka_unit_test(test_modify_return),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_task_clock),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_nmi),
		cmocka_unit_test(test_perf_errors),
		cmocka_unit_test(test_frequency),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_exclude_idle),
		cmocka_unit_test(test_perf_attrs),
		cmocka_unit_test(test_perf_fd),
		cmocka_unit_test(test_iter),
		cmocka_unit_test(test_iter_output),
	};

	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
