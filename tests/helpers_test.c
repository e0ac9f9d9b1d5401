// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_test.c - helpers and generic kfuncs called as a program would call them.
 */
#include <sys/wait.h>
#include <unistd.h>
#include "fake_map.h"
#include "abi/profile.h"
#include "bpf/callable.h"
#include "bpf/cpumask.h"
#include "bpf/dynptr.h"
#include "bpf/helpers.h"
#include "bpf/prog_priv.h"

static struct prog prog; /* of no type: enough for callables that ask for one */
static struct vm vm;

static int setup(void **state)
{
	helpers_init();
	memset(&vm, 0, sizeof(vm));
	memset(&prog, 0, sizeof(prog));
	vm.prog = &prog;
	cpumask_cursors_reset();
	return fake_setup(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

static u64 call_fn(callable_fn fn, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	const u64 args[] = { a, b, c, d, e };

	return fn(&vm, args);
}

static u64 kf(const char *name, u64 a, u64 b, u64 c)
{
	const struct kfunc *k = kfunc_find(name, profile_find("7.3"));

	assert_non_null(k);
	return call_fn(k->fn, a, b, c, 0, 0);
}

#define H(id, ...) call_helper(BPF_FUNC_##id, (u64[5]){ __VA_ARGS__ })

static s64 call_helper(u32 id, const u64 *a)
{
	const struct helper *h = helper_find(id);

	assert_non_null(h);
	return call_fn(h->fn, a[0], a[1], a[2], a[3], a[4]);
}

static u64 room(u32 size)
{
	return (uintptr_t)region_alloc(ZONE_STACK, size, 0);
}

static u64 guest(const void *data, u32 size)
{
	void *p = region_alloc(ZONE_STACK, size, 0);

	memcpy(p, data, size);
	return (uintptr_t)p;
}

static void profiles_differ(void **state)
{
	assert_null(kfunc_find("bpf_obj_new", profile_find("6.12")));
	assert_non_null(kfunc_find("bpf_obj_new_impl", profile_find("6.12")));
	assert_null(kfunc_find("bpf_res_spin_lock", profile_find("6.12")));
	assert_null(kfunc_find("bpf_wq_set_callback_impl", profile_find("7.3")));
	assert_null(helper_find(BPF_FUNC_find_vma));
}

static void masks(void **state)
{
	u64 a = kf("bpf_cpumask_create", 0, 0, 0), b = kf("bpf_cpumask_create", 0, 0, 0);

	assert_true(kf("bpf_cpumask_empty", a, 0, 0));
	assert_int_equal(kf("bpf_cpumask_first", a, 0, 0), FAKE_CPUS);
	kf("bpf_cpumask_set_cpu", 1, a, 0);
	kf("bpf_cpumask_set_cpu", 3, a, 0);
	kf("bpf_cpumask_set_cpu", FAKE_CPUS, a, 0); /* not a CPU: ignored */
	assert_int_equal(kf("bpf_cpumask_weight", a, 0, 0), 2);
	assert_int_equal(kf("bpf_cpumask_first_zero", a, 0, 0), 0);
	assert_true(kf("bpf_cpumask_test_and_set_cpu", 3, a, 0));
	assert_false(kf("bpf_cpumask_test_and_clear_cpu", 2, a, 0));
	kf("bpf_cpumask_setall", b, 0, 0);
	assert_true(kf("bpf_cpumask_full", b, 0, 0));
	assert_true(kf("bpf_cpumask_subset", a, b, 0));
	assert_false(kf("bpf_cpumask_subset", b, a, 0));
	kf("bpf_cpumask_xor", b, b, a);
	assert_false(kf("bpf_cpumask_intersects", a, b, 0));
	assert_false(kf("bpf_cpumask_and", b, a, b));
	kf("bpf_cpumask_copy", b, a, 0);
	assert_true(kf("bpf_cpumask_equal", a, b, 0));
	kf("bpf_cpumask_acquire", a, 0, 0);
	kf("bpf_cpumask_release", a, 0, 0);
	kf("bpf_cpumask_release", a, 0, 0);
	assert_int_equal(kf("bpf_cpumask_create", 0, 0, 0), a); /* freed, used again */
}

static void distribution_goes_around(void **state)
{
	u64 a = kf("bpf_cpumask_create", 0, 0, 0);
	u32 i;

	assert_int_equal(kf("bpf_cpumask_any_distribute", a, 0, 0), FAKE_CPUS);
	kf("bpf_cpumask_setall", a, 0, 0);
	for (i = 1; i <= 6; i++)
		assert_int_equal(kf("bpf_cpumask_any_distribute", a, 0, 0), i % FAKE_CPUS);
	fake.cpu = 1; /* a cursor for each CPU */
	assert_int_equal(kf("bpf_cpumask_any_distribute", a, 0, 0), 1);
}

static void number_iterator(void **state)
{
	u64 it = room(8), p;
	s32 i;

	assert_int_equal(kf("bpf_iter_num_new", it, 3, 6), 0);
	for (i = 3; (p = kf("bpf_iter_num_next", it, 0, 0)); i++)
		assert_int_equal(*(s32 *)(uintptr_t)p, i);
	assert_int_equal(i, 6);
	assert_int_equal((s64)kf("bpf_iter_num_new", it, 2, 1), -EINVAL);
	assert_int_equal((s64)kf("bpf_iter_num_new", it, 0, 9 << 20), -E2BIG);
	assert_int_equal(kf("bpf_iter_num_next", it, 0, 0), 0);
	assert_int_equal(kf("bpf_iter_num_new", it, (u32)INT32_MIN, (u32)INT32_MIN + 1), 0);
	assert_int_not_equal(kf("bpf_iter_num_next", it, 0, 0), 0);
	assert_int_equal(kf("bpf_iter_num_next", it, 0, 0), 0);
}

static void bit_iterator(void **state)
{
	u64 words[2] = { 1, 1ULL << 63 }, it = room(16), p;

	assert_int_equal(kf("bpf_iter_bits_new", it, guest(words, 16), 2), 0);
	p = kf("bpf_iter_bits_next", it, 0, 0);
	assert_int_equal(*(s32 *)(uintptr_t)p, 0);
	p = kf("bpf_iter_bits_next", it, 0, 0);
	assert_int_equal(*(s32 *)(uintptr_t)p, 127);
	assert_int_equal(kf("bpf_iter_bits_next", it, 0, 0), 0);
	kf("bpf_iter_bits_destroy", it, 0, 0);
	assert_int_equal((s64)kf("bpf_iter_bits_new", it, guest(words, 16), 512), -E2BIG);
	assert_int_equal((s64)kf("bpf_iter_bits_new", it, 64, 1), -EFAULT);
}

static void strings(void **state)
{
	u64 s = guest("hello world", 12), t = guest("world", 6), u = guest("HELLO", 6);

	assert_int_equal(kf("bpf_strlen", s, 0, 0), 11);
	assert_int_equal(kf("bpf_strnlen", s, 4, 0), 4);
	assert_int_equal(kf("bpf_strchr", s, 'o', 0), 4);
	assert_int_equal(kf("bpf_strrchr", s, 'o', 0), 7);
	assert_int_equal((s64)kf("bpf_strchr", s, 'z', 0), -ENOENT);
	assert_int_equal(kf("bpf_strchrnul", s, 'z', 0), 11);
	assert_int_equal((s64)kf("bpf_strnchr", s, 3, 'o'), -ENOENT);
	assert_int_equal(kf("bpf_strstr", s, t, 0), 6);
	assert_int_equal((s64)kf("bpf_strnstr", s, t, 10), -ENOENT);
	assert_int_equal(kf("bpf_strnstr", s, t, 11), 6);
	assert_int_equal((s64)kf("bpf_strcmp", s, t, 0), -1);
	assert_int_equal((s64)kf("bpf_strncasecmp", s, u, 5), 0);
	assert_int_equal(kf("bpf_strcspn", s, t, 0), 2);
	assert_int_equal(kf("bpf_strspn", t, s, 0), 5);
	assert_int_equal((s64)kf("bpf_strlen", 64, 0, 0), -ERANGE);
}

static void numbers_from_text(void **state)
{
	u64 out = room(8);
	s64 *v = (s64 *)(uintptr_t)out;

	assert_int_equal(H(strtol, guest(" -12x", 5), 5, 0, out), 4);
	assert_int_equal(*v, -12);
	assert_int_equal(H(strtoul, guest("0x1f", 4), 4, 0, out), 4);
	assert_int_equal(*v, 31);
	assert_int_equal(H(strtoul, guest("017", 3), 3, 0, out), 3);
	assert_int_equal(*v, 15);
	assert_int_equal(H(strtoul, guest("-1", 2), 2, 10, out), -EINVAL);
	assert_int_equal(H(strtol, guest("zz", 2), 2, 10, out), -EINVAL);
	assert_int_equal(H(strtol, guest("1", 1), 1, 7, out), -EINVAL);
	assert_int_equal(H(strtol, guest("9223372036854775808", 19), 19, 0, out), -ERANGE);
	assert_int_equal(H(strncmp, guest("abc", 4), 4, guest("abd", 4)), -1);
}

/* a loader whose strings are all it has */
static bool loaders_memory(void *dst, u64 src, u32 size)
{
	if (src < 4096)
		return false;
	memcpy(dst, (const void *)(uintptr_t)src, size);
	return true;
}

static void probe_reads(void **state)
{
	u64 dst = guest("xxxxxxxx", 8), src = guest("word", 5);
	char *d = (char *)(uintptr_t)dst;

	assert_int_equal(H(probe_read_kernel, dst, 4, src), 0);
	assert_memory_equal(d, "wordxxxx", 8);
	assert_int_equal(H(probe_read_kernel_str, dst, 8, src), 5);
	assert_int_equal(H(probe_read_kernel_str, dst, 3, src), 3);
	assert_string_equal(d, "wo");
	assert_int_equal(H(probe_read_kernel_str, dst, 8, guest("", 1)), 1);
	assert_int_equal(H(probe_read_kernel, dst, 8, 64), -ERANGE);
	assert_int_equal(H(probe_read_kernel, dst, 8, -64), -EFAULT);
	assert_int_equal(H(probe_read_kernel, dst, 8, 1ULL << 60), -ERANGE);
	assert_memory_equal(d, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(H(probe_read_kernel, dst, 0, 64), 0);
	assert_int_equal(H(probe_read_user, dst, 4, (uintptr_t)"host"), -EFAULT);
	prog.type = BPF_PROG_TYPE_SYSCALL;
	assert_int_equal(H(copy_from_user, dst, 4, (uintptr_t)"host"), -EFAULT);
	fake_env.read_user = loaders_memory;
	assert_int_equal(H(copy_from_user, dst, 4, (uintptr_t)"host"), 0);
	assert_memory_equal(d, "host", 4);
	assert_int_equal(H(probe_read_user_str, dst, 8, (uintptr_t)"text"), 5);
	assert_int_equal(H(copy_from_user, dst, 4, 64), -EFAULT);
	fake_env.read_user = fake_read_user;
}

static void dynptrs(void **state)
{
	u64 data = guest("0123456789", 10), d = room(16), e = room(16);

	assert_int_equal(H(dynptr_from_mem, data, 10, 1, d), -EINVAL);
	assert_true(kf("bpf_dynptr_is_null", d, 0, 0));
	assert_int_equal(H(dynptr_from_mem, data, 10, 0, d), 0);
	assert_int_equal(H(dynptr_data, d, 3, 7), data + 3);
	assert_int_equal(H(dynptr_data, d, 3, 8), 0);
	assert_int_equal(kf("bpf_dynptr_clone", d, e, 0), 0);
	assert_int_equal(kf("bpf_dynptr_adjust", e, 2, 6), 0);
	assert_int_equal(kf("bpf_dynptr_size", e, 0, 0), 4);
	assert_int_equal((s64)kf("bpf_dynptr_adjust", e, 2, 6), -ERANGE);
	assert_int_equal(H(dynptr_write, e, 1, guest("AB", 2), 2, 0), 0);
	assert_memory_equal((char *)(uintptr_t)data, "012AB56789", 10);
	assert_int_equal(H(dynptr_write, e, 3, guest("AB", 2), 2, 0), -E2BIG);
	assert_int_equal(H(dynptr_read, room(2), 2, d, 9, 0), -E2BIG);
}

static void printing(void **state)
{
	u64 fmt = guest("cpu %d", 7), buf = room(8);

	assert_int_equal(H(trace_printk, fmt, 7, 3), 5);
	assert_string_equal(fake.printed, "cpu 3\n");
	assert_int_equal(H(snprintf, buf, 8, fmt, guest(&(u64){ 12 }, 8), 8), 7);
	assert_string_equal((char *)(uintptr_t)buf, "cpu 12");
	assert_int_equal(H(snprintf, buf, 8, fmt, 0, 0), -EINVAL);
}

static void a_map_that_is_none_ends_the_run(void **state)
{
	assert_int_equal(H(map_lookup_elem, 0x1234, room(8)), 0);
	assert_true(vm.dead);
	assert_non_null(strstr(fake.fault, "no map"));
}

static void locks_with_flags(void **state)
{
	u64 lock = (uintptr_t)region_alloc(ZONE_HEAP, 4, 0), flags = room(8);

	assert_int_equal(kf("bpf_res_spin_lock_irqsave", lock, flags, 0), 0);
	assert_int_equal(fake.irq_depth, 1);
	assert_int_equal((s64)kf("bpf_res_spin_lock", lock, 0, 0), -EDEADLK);
	kf("bpf_res_spin_unlock_irqrestore", lock, flags, 0);
	assert_int_equal(fake.irq_depth, 0);
	assert_int_equal(fake.preempt_depth, 0);
	kf("bpf_res_spin_unlock_irqrestore", lock, flags, 0);
	assert_non_null(strstr(fake.fault, "did not take last"));
}

static void locks_lie_in_values(void **state)
{
	kf("bpf_res_spin_lock", room(4), 0, 0);
	assert_true(vm.dead);
	assert_non_null(strstr(fake.fault, "no map and no object"));
}

static void sections_come_in_pairs(void **state)
{
	kf("bpf_preempt_disable", 0, 0, 0);
	kf("bpf_preempt_enable", 0, 0, 0);
	assert_false(vm.dead);
	kf("bpf_preempt_enable", 0, 0, 0);
	assert_true(vm.dead);
	assert_int_equal(fake.preempt_depth, 0);
}

/* A table that lacks an answer is refused by the answer's name, not met in the middle of a run. */
static void incomplete_env(void **state)
{
	struct bpf_env env = fake_env;
	char said[4096] = "";
	int out[2], status;
	pid_t pid;

	env.symbol = NULL;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (!pid) {
		dup2(out[1], STDERR_FILENO);
		env_set(&env);
		_exit(0);
	}
	close(out[1]);
	for (size_t at = 0; at < sizeof(said) - 1;) {
		ssize_t n = read(out[0], said + at, sizeof(said) - 1 - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_non_null(strstr(said, "ENV->symbol()"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(incomplete_env),
		TEST(profiles_differ),
		TEST(masks),
		TEST(distribution_goes_around),
		TEST(number_iterator),
		TEST(bit_iterator),
		TEST(strings),
		TEST(numbers_from_text),
		TEST(probe_reads),
		TEST(dynptrs),
		TEST(printing),
		TEST(a_map_that_is_none_ends_the_run),
		TEST(locks_with_flags),
		TEST(locks_lie_in_values),
		TEST(sections_come_in_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
