/* SPDX-License-Identifier: GPL-2.0-only */
/* diff_kfuncs.bpf.c - kfuncs: iterators, cpumasks, objects in trees and lists, exceptions. */
#include "diff.h"

#define __kptr __attribute__((btf_type_tag("kptr")))
#define __contains(name, node) __attribute__((btf_decl_tag("contains:" #name ":" #node)))
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))

/* --- numbers and bits --- */

static __always_inline u64 sum_of(int start, int end)
{
	struct bpf_iter_num it;
	u64 sum = 0;
	int *v;

	OUT(60) = bpf_iter_num_new(&it, start, end);
	while ((v = bpf_iter_num_next(&it)))
		sum = sum * 3 + *v + 1;
	bpf_iter_num_destroy(&it);
	return sum;
}

TEST(iterates_numbers)
{
	OUT(0) = sum_of(0, 5);
	OUT(1) = OUT(60);
	OUT(2) = sum_of(5, 5);
	OUT(3) = OUT(60);
	OUT(4) = sum_of(6, 5);
	OUT(5) = OUT(60);
	OUT(6) = sum_of(-3, 2);
	OUT(7) = OUT(60);
	OUT(8) = sum_of(0, (1 << 23) + 1);
	OUT(9) = OUT(60);
	OUT(10) = sum_of(-2147483647 - 1, -2147483645);
	OUT(11) = OUT(60);
	OUT(60) = 0;
	return 0;
}

u64 words[600] = { 0x8000000000000001, 0, 0xf0 };

static __always_inline u64 bits_of(const u64 *p, u32 nr)
{
	struct bpf_iter_bits it;
	u64 sum = 0;
	int *v;

	OUT(60) = bpf_iter_bits_new(&it, p, nr);
	while ((v = bpf_iter_bits_next(&it)))
		sum = sum * 3 + *v + 1;
	bpf_iter_bits_destroy(&it);
	return sum;
}

TEST(iterates_bits)
{
	OUT(0) = bits_of(words, 1);
	OUT(1) = OUT(60);
	OUT(2) = bits_of(words, 3);
	OUT(3) = OUT(60);
	OUT(4) = bits_of(words, 0);
	OUT(5) = OUT(60);
	OUT(6) = bits_of(words + 1, 1);
	OUT(7) = OUT(60);
	OUT(8) = bits_of(words, 511);
	OUT(9) = OUT(60);
	OUT(10) = bits_of(words, 512);
	OUT(11) = OUT(60);
	OUT(12) = bits_of(NULL, 1);
	OUT(13) = OUT(60);
	OUT(60) = 0;
	return 0;
}

/* --- cpumasks --- */

#define MASK(m) ((const struct cpumask *)(m))

TEST(cpumasks)
{
	struct bpf_cpumask *a = bpf_cpumask_create(), *b = bpf_cpumask_create();

	if (!a || !b)
		goto out;
	OUT(0) = bpf_cpumask_empty(MASK(a));
	OUT(1) = bpf_cpumask_first(MASK(a)) >= 2;
	OUT(2) = bpf_cpumask_first_zero(MASK(a));
	bpf_cpumask_set_cpu(1, a);
	OUT(3) = bpf_cpumask_first(MASK(a));
	OUT(4) = bpf_cpumask_test_cpu(0, MASK(a));
	OUT(5) = bpf_cpumask_test_cpu(1, MASK(a));
	OUT(6) = bpf_cpumask_test_cpu(100000, MASK(a));
	bpf_cpumask_set_cpu(100000, a);
	OUT(7) = bpf_cpumask_weight(MASK(a));
	OUT(8) = bpf_cpumask_test_and_set_cpu(0, a);
	OUT(9) = bpf_cpumask_test_and_set_cpu(0, a);
	OUT(10) = bpf_cpumask_test_and_clear_cpu(0, a);
	OUT(11) = bpf_cpumask_test_and_clear_cpu(0, a);
	OUT(12) = bpf_cpumask_test_and_set_cpu(100000, a);
	OUT(13) = bpf_cpumask_test_and_clear_cpu(100000, a);
	bpf_cpumask_copy(b, MASK(a));
	OUT(14) = bpf_cpumask_equal(MASK(a), MASK(b));
	bpf_cpumask_set_cpu(0, b);
	OUT(15) = bpf_cpumask_equal(MASK(a), MASK(b));
	OUT(16) = bpf_cpumask_subset(MASK(a), MASK(b));
	OUT(17) = bpf_cpumask_subset(MASK(b), MASK(a));
	OUT(18) = bpf_cpumask_intersects(MASK(a), MASK(b));
	OUT(19) = bpf_cpumask_first_and(MASK(a), MASK(b));
	OUT(20) = bpf_cpumask_any_distribute(MASK(a));
	OUT(21) = bpf_cpumask_any_and_distribute(MASK(a), MASK(b));
	OUT(22) = bpf_cpumask_and(a, MASK(a), MASK(b));
	OUT(23) = bpf_cpumask_weight(MASK(a));
	bpf_cpumask_xor(a, MASK(a), MASK(b));
	OUT(24) = bpf_cpumask_first(MASK(a));
	bpf_cpumask_or(a, MASK(a), MASK(b));
	OUT(25) = bpf_cpumask_weight(MASK(a));
	bpf_cpumask_clear_cpu(0, a);
	bpf_cpumask_clear_cpu(100000, a);
	OUT(26) = bpf_cpumask_weight(MASK(a));
	bpf_cpumask_clear(a);
	OUT(27) = bpf_cpumask_empty(MASK(a));
	OUT(28) = bpf_cpumask_and(b, MASK(a), MASK(b));
	bpf_cpumask_setall(b);
	OUT(29) = bpf_cpumask_full(MASK(b));
	OUT(30) = bpf_cpumask_full(MASK(a));
	OUT(31) = bpf_cpumask_intersects(MASK(a), MASK(b));
	OUT(32) = bpf_cpumask_subset(MASK(a), MASK(b));
out:
	if (a)
		bpf_cpumask_release(a);
	if (b)
		bpf_cpumask_release(b);
	return 0;
}

struct slot {
	struct bpf_cpumask __kptr *mask;
	u64 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct slot);
} slots SEC(".maps");

TEST(kernel_pointers)
{
	struct bpf_cpumask *mask = bpf_cpumask_create(), *old;
	u32 zero = 0;
	struct slot *s = bpf_map_lookup_elem(&slots, &zero), new = {};

	if (!mask || !s) {
		if (mask)
			bpf_cpumask_release(mask);
		return 1;
	}
	bpf_cpumask_set_cpu(1, mask);
	old = bpf_kptr_xchg(&s->mask, mask);
	OUT(0) = !!old;
	if (old)
		bpf_cpumask_release(old);
	new.pad = 7;
	OUT(1) = bpf_map_update_elem(&slots, &zero, &new, 0);
	OUT(2) = s->pad;
	old = bpf_kptr_xchg(&s->mask, NULL);
	OUT(3) = !!old;
	if (old) {
		OUT(4) = bpf_cpumask_test_cpu(1, MASK(old));
		bpf_cpumask_release(old);
	}
	old = bpf_kptr_xchg(&s->mask, NULL);
	OUT(5) = !!old;
	if (old)
		bpf_cpumask_release(old);
	return 0;
}

/* --- trees and lists --- */

struct node {
	u64 key, value;
	struct bpf_rb_node rb;
	struct bpf_list_node list;
	struct bpf_refcount ref;
};

private(tree) struct bpf_spin_lock lock;
private(tree) struct bpf_rb_root root __contains(node, rb);
private(tree) struct bpf_list_head head __contains(node, list);

#define node_of(ptr, member) ((struct node *)((void *)(ptr) - __builtin_offsetof(struct node, member)))

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return node_of(a, rb)->key < node_of(b, rb)->key;
}

static __always_inline long add(u64 key)
{
	struct node *n = bpf_obj_new_impl(__builtin_btf_type_id(*(struct node *)0, 0), NULL);
	long err;

	if (!n)
		return 100;
	n->key = key;
	bpf_spin_lock(&lock);
	err = bpf_rbtree_add_impl(&root, &n->rb, less, NULL, 0);
	bpf_spin_unlock(&lock);
	return err;
}

static __always_inline u64 take_first(void)
{
	struct bpf_rb_node *rb;
	u64 key = -1;
	struct node *n;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (!rb) {
		bpf_spin_unlock(&lock);
		return key;
	}
	rb = bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	if (!rb)
		return -2;
	n = node_of(rb, rb);
	key = n->key;
	bpf_obj_drop_impl(n, NULL);
	return key;
}

TEST(trees)
{
	OUT(0) = add(5);
	OUT(1) = add(3);
	OUT(2) = add(9);
	OUT(3) = add(3);
	for (u32 i = 0; i < 6; i++)
		OUT(4 + (i & 7)) = take_first();
	return 0;
}

static __always_inline long push(u64 key, bool front)
{
	struct node *n = bpf_obj_new_impl(__builtin_btf_type_id(*(struct node *)0, 0), NULL);
	long err;

	if (!n)
		return 100;
	n->key = key;
	bpf_spin_lock(&lock);
	err = front ? bpf_list_push_front_impl(&head, &n->list, NULL, 0) :
		bpf_list_push_back_impl(&head, &n->list, NULL, 0);
	bpf_spin_unlock(&lock);
	return err;
}

static __always_inline u64 pop(bool front)
{
	struct bpf_list_node *l;
	u64 key;
	struct node *n;

	bpf_spin_lock(&lock);
	l = front ? bpf_list_pop_front(&head) : bpf_list_pop_back(&head);
	bpf_spin_unlock(&lock);
	if (!l)
		return -1;
	n = node_of(l, list);
	key = n->key;
	bpf_obj_drop_impl(n, NULL);
	return key;
}

TEST(lists)
{
	OUT(0) = pop(true);
	OUT(1) = push(1, true);
	OUT(2) = push(2, false);
	OUT(3) = push(3, true);
	OUT(4) = push(4, false);
	OUT(5) = pop(true);
	OUT(6) = pop(false);
	OUT(7) = pop(false);
	OUT(8) = pop(true);
	OUT(9) = pop(true);
	return 0;
}

/* An object in two places: it is there until both let go; a second tree says no. */
TEST(shared_objects)
{
	struct node *n = bpf_obj_new_impl(__builtin_btf_type_id(*(struct node *)0, 0), NULL), *m;

	if (!n)
		return 1;
	n->key = 11;
	m = bpf_refcount_acquire_impl(n, NULL);
	if (!m) {
		bpf_obj_drop_impl(n, NULL);
		return 2;
	}
	bpf_spin_lock(&lock);
	OUT(1) = bpf_rbtree_add_impl(&root, &n->rb, less, NULL, 0);
	OUT(2) = bpf_list_push_back_impl(&head, &m->list, NULL, 0);
	bpf_spin_unlock(&lock);
	OUT(3) = take_first();
	OUT(4) = take_first();
	OUT(5) = pop(true);
	OUT(6) = pop(true);
	return 0;
}

TEST(added_twice)
{
	struct node *n = bpf_obj_new_impl(__builtin_btf_type_id(*(struct node *)0, 0), NULL), *m;

	if (!n)
		return 1;
	n->key = 12;
	m = bpf_refcount_acquire_impl(n, NULL);
	if (!m) {
		bpf_obj_drop_impl(n, NULL);
		return 2;
	}
	bpf_spin_lock(&lock);
	OUT(0) = bpf_rbtree_add_impl(&root, &n->rb, less, NULL, 0);
	OUT(1) = bpf_rbtree_add_impl(&root, &m->rb, less, NULL, 0);
	bpf_spin_unlock(&lock);
	OUT(2) = take_first();
	OUT(3) = take_first();
	return 0;
}

/* since 6.16: looks into trees and lists, under the lock */
TEST(peeks)
{
	struct bpf_rb_node *rb;
	struct bpf_list_node *l;

	if (!bpf_ksym_exists(bpf_rbtree_root) || !bpf_ksym_exists(bpf_list_front)) {
		OUT(0) = 12345;
		return 0;
	}
	push(1, false);
	push(2, false);
	add(7);
	add(6);
	add(8);
	bpf_spin_lock(&lock);
	l = bpf_list_front(&head);
	OUT(0) = l ? node_of(l, list)->key : 99;
	l = bpf_list_back(&head);
	OUT(1) = l ? node_of(l, list)->key : 99;
	rb = bpf_rbtree_root(&root);
	OUT(2) = rb ? node_of(rb, rb)->key : 99;
	if (rb) {
		rb = bpf_rbtree_left(&root, rb);
		OUT(3) = rb ? node_of(rb, rb)->key : 99;
	}
	rb = bpf_rbtree_root(&root);
	if (rb) {
		rb = bpf_rbtree_right(&root, rb);
		OUT(4) = rb ? node_of(rb, rb)->key : 99;
	}
	bpf_spin_unlock(&lock);
	for (u32 i = 0; i < 3; i++)
		OUT(5 + (i & 3)) = take_first();
	OUT(8) = pop(true);
	OUT(9) = pop(true);
	bpf_spin_lock(&lock);
	rb = bpf_rbtree_root(&root);
	OUT(10) = !!rb;
	l = bpf_list_front(&head);
	OUT(11) = !!l;
	bpf_spin_unlock(&lock);
	return 0;
}

/* --- exceptions --- */

static __noinline int deep(int v)
{
	OUT(1) = v;
	if (v > 3)
		bpf_throw(100 + v);
	return v;
}

TEST(throws)
{
	OUT(0) = 1;
	deep(7);
	OUT(2) = 1;
	return 5;
}

TEST(does_not_throw)
{
	OUT(0) = deep(2);
	return 5;
}

/* --- strings: since 6.17 --- */

const char *const empty = "";
char text[] = "a string of words", word[] = "of", missing[] = "off", letters[] = "a strgin";
char upper[] = "A STRING OF WORDS";

#define HAVE(name) bpf_ksym_exists(name)

TEST(strings)
{
	if (!HAVE(bpf_strlen)) {
		OUT(0) = 12345;
		return 0;
	}
	OUT(0) = bpf_strlen(text);
	OUT(1) = bpf_strnlen(text, 5);
	OUT(2) = bpf_strnlen(text, 500);
	OUT(3) = bpf_strcmp(text, text);
	OUT(4) = bpf_strcmp(text, word);
	OUT(5) = bpf_strcmp(word, text);
	OUT(6) = bpf_strcmp(word, missing);
	OUT(7) = bpf_strchr(text, 'o');
	OUT(8) = bpf_strchr(text, 'z');
	OUT(9) = bpf_strchr(text, 0);
	OUT(10) = bpf_strchrnul(text, 'z');
	OUT(11) = bpf_strchrnul(text, 's');
	OUT(12) = bpf_strnchr(text, 3, 'o');
	OUT(13) = bpf_strnchr(text, 30, 'o');
	OUT(14) = bpf_strrchr(text, 's');
	OUT(15) = bpf_strrchr(text, 'z');
	OUT(16) = bpf_strspn(text, letters);
	OUT(17) = bpf_strcspn(text, word);
	OUT(18) = bpf_strstr(text, word);
	OUT(19) = bpf_strstr(text, missing);
	OUT(20) = bpf_strnstr(text, word, 10);
	OUT(21) = bpf_strnstr(text, word, 11);
	OUT(22) = bpf_strnstr(text, word, 12);
	OUT(23) = bpf_strlen(NULL);
	OUT(24) = bpf_strcmp(NULL, text);
	OUT(25) = bpf_strchr((const char *)-1, 'a');
	OUT(26) = bpf_strstr(text, NULL);
	return 0;
}

/* --- preemption and RCU --- */

TEST(nests)
{
	bpf_preempt_disable();
	bpf_preempt_disable();
	OUT(0) = 1;
	bpf_preempt_enable();
	bpf_preempt_enable();
	bpf_rcu_read_lock();
	OUT(1) = 1;
	bpf_rcu_read_unlock();
	return 0;
}
