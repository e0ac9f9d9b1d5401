/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_env.h - a machine of four CPUs that does nothing by itself, for unit tests
 * of src/bpf: a clock and a CPU number that tests set, timers that they fire.
 */
#ifndef KS_TESTS_FAKE_ENV_H
#define KS_TESTS_FAKE_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "abi/profile.h"
#include "base/region.h"
#include "bpf/env.h"
#include "bpf/object.h"
#include "bpf/timer.h"
#include "test_env.h"

#define FAKE_CPUS 4

static struct {
	u64 now_ns;
	u32 cpu;
	char printed[4096];	/* lines of printk, each with a newline */
	struct vm_timer *timer; /* armed last */
	struct vm_timer *work;
	int irq_depth, preempt_depth, nr_waits;
	int spin_result;  /* what spin_wait answers */
	u32 *spin_clears; /* ... after clearing this word */
	char fault[256];
} fake __attribute__((unused));

static u64 fake_ktime(void)
{
	return fake.now_ns;
}

static u32 fake_cpu(void)
{
	return fake.cpu;
}

static u64 fake_zero(void)
{
	return 0;
}

static u32 fake_pid(void)
{
	return 42;
}

static const char *fake_comm(void)
{
	return "fake";
}

static u32 fake_node(void)
{
	return 0;
}

static void fake_charge(u32 insns)
{
}

static void fake_printk(const char *line)
{
	strncat(fake.printed, line, sizeof(fake.printed) - strlen(fake.printed) - 2);
	strcat(fake.printed, "\n");
}

static void fake_fault(const struct bpf_fault *f)
{
	snprintf(fake.fault, sizeof(fake.fault), "%s", f->what);
}

static int fake_timer_start(struct vm_timer *t, u64 expires_ns, bool pinned)
{
	fake.timer = t;
	return 0;
}

static bool fake_timer_cancel(struct vm_timer *t)
{
	bool pending = fake.timer == t;

	if (pending)
		fake.timer = NULL;
	return pending;
}

static int fake_work_queue(struct vm_timer *w)
{
	fake.work = w;
	return 0;
}

static void fake_preempt_disable(void)
{
	fake.preempt_depth++;
}

static void fake_preempt_enable(void)
{
	fake.preempt_depth--;
}

static void fake_nothing(void)
{
}

static unsigned long fake_irq_save(void)
{
	return fake.irq_depth++;
}

static void fake_irq_restore(unsigned long flags)
{
	fake.irq_depth = flags;
}

static int fake_spin_wait(const volatile u32 *word, u32 busy, bool resilient)
{
	fake.nr_waits++;
	if (fake.spin_clears)
		*fake.spin_clears = 0;
	return fake.spin_result;
}

static u64 fake_owner(enum bpf_map_type type, u64 nr)
{
	return nr == 9 ? 0x5000 : 0;
}

static bool fake_false(void)
{
	return false;
}

static bool fake_no_symbol(u64 addr, char *buf, size_t len)
{
	return false;
}

static bool fake_read_user(void *dst, u64 src, u32 size)
{
	return false;
}

static u64 fake_point(u32 kind, u64 addr, bool write)
{
	return 0;
}

static void fake_hold(u64 ns)
{
	fake.now_ns += ns;
}

static void fake_charge_bytes(u64 bytes)
{
}

static void fake_timer_free(struct vm_timer *t)
{
}

static struct bpf_env fake_env = {
	.ktime_ns = fake_ktime,
	.cpu = fake_cpu,
	.nr_cpus = FAKE_CPUS,
	.current_addr = fake_zero,
	.current_pid = fake_pid,
	.current_tgid = fake_pid,
	.current_comm = fake_comm,
	.current_cgroup_id = fake_zero,
	.numa_node = fake_node,
	.jiffies = fake_zero,
	.charge = fake_charge,
	.prandom_u32 = fake_pid,
	.printk = fake_printk,
	.fault = fake_fault,
	.timer_start = fake_timer_start,
	.timer_cancel = fake_timer_cancel,
	.work_queue = fake_work_queue,
	.preempt_disable = fake_preempt_disable,
	.preempt_enable = fake_preempt_enable,
	.rcu_read_lock = fake_nothing,
	.rcu_read_unlock = fake_nothing,
	.irq_save = fake_irq_save,
	.irq_restore = fake_irq_restore,
	.migrate_disable = fake_nothing,
	.migrate_enable = fake_nothing,
	.spin_wait = fake_spin_wait,
	.storage_owner = fake_owner,
	.timer_ops_deferred = fake_false,
	.timer_free = fake_timer_free,
	.charge_bytes = fake_charge_bytes,
	.point = fake_point,
	.hold = fake_hold,
	.symbol = fake_no_symbol,
	.read_user = fake_read_user,
};

/* cmocka's setup and teardown for each test */
static __attribute__((unused)) int fake_setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	env_set_for_test(&fake_env);
	profile_use(profile_default());
	return region_create();
}

static __attribute__((unused)) int fake_teardown(void **state)
{
	objects_destroy();
	region_destroy();
	return 0;
}

#define FAKE_TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

#endif
