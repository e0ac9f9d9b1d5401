/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.h - the words of a trace and the numbers that records carry for them: one list
 * each, for who prints (value.c), who reads back (reader.c) and who follows the stream
 * by number (replay.c). The kernel model's own enumerations are in the same order.
 *
 *	trace_word(FIELD_verdict, VERDICT_busy)			"busy"
 *	trace_word_number(FIELD_verdict, "busy", &v)		true, v = VERDICT_busy
 */
#ifndef KS_TRACE_WORDS_H
#define KS_TRACE_WORDS_H

#include "trace/value.h"

/* callbacks: the order of struct sched_ext_ops, the two deprecated ones last */
/* clang-format off */
#define TRACE_OPS(W) \
	W(select_cpu) W(enqueue) W(dequeue) W(dispatch) W(tick) W(runnable) W(running) \
	W(stopping) W(quiescent) W(yield) W(core_sched_before) W(set_weight) W(set_cpumask) \
	W(update_idle) W(init_task) W(exit_task) W(enable) W(disable) W(dump) W(dump_cpu) \
	W(dump_task) W(cgroup_init) W(cgroup_exit) W(cgroup_prep_move) W(cgroup_move) \
	W(cgroup_cancel_move) W(cgroup_set_weight) W(cgroup_set_bandwidth) W(cgroup_set_idle) \
	W(sub_attach) W(sub_detach) W(sub_caps_updated) W(sub_ecaps_updated) \
	W(sub_cid_sched_updated) W(sub_child_ecaps_updated) W(cpu_online) W(cpu_offline) W(init_cids) W(init) W(exit) W(cpu_acquire) W(cpu_release)
/* clang-format on */

/* scheduling classes, from the lowest */
#define TRACE_CLASSES(W) W(idle) W(ext) W(fair) W(rt) W(dl) W(stop)

/* what became of a kick: see kick.md */
/* clang-format off */
#define TRACE_VERDICTS(W) \
	W(resched) W(already) W(busy) W(offline) W(higher_class) W(bypass) W(nmi) W(no_sched) \
	W(bad_cpu) W(bad_flags) W(lazy) W(no_cap)
/* clang-format on */

/* interrupts */
#define TRACE_VECTORS(W) W(nmi) W(timer) W(reschedule) W(irq_work) W(call)

#define WORD(name) OP_##name,
enum trace_op { TRACE_OPS(WORD) OP_none, NR_TRACE_OPS };
#undef WORD
#define WORD(name) CLASS_IS_##name,
enum trace_class { TRACE_CLASSES(WORD) NR_TRACE_CLASSES };
#undef WORD
#define WORD(name) VERDICT_##name,
enum trace_verdict { TRACE_VERDICTS(WORD) NR_TRACE_VERDICTS };
#undef WORD
#define WORD(name) VECTOR_##name,
enum trace_vector { TRACE_VECTORS(WORD) NR_TRACE_VECTORS };
#undef WORD

/* Was the target of a kick asked to reschedule? */
static inline bool verdict_asks(u64 verdict)
{
	return verdict == VERDICT_resched || verdict == VERDICT_already || verdict == VERDICT_lazy;
}

/* of a word that is in no list: another version's, or a file that does not say */
#define WORD_UNKNOWN (~0ULL)

/* of a task's state, by bit from 1 on; "R" is 0 */
extern const char trace_state_letters[];

/* SCX_KICK_*, the same in all kernels */
#define KICK_FLAG_IDLE 1u
#define KICK_FLAG_PREEMPT 2u
#define KICK_FLAG_WAIT 4u
#define KICK_FLAG_PREEMPT_LAZY 8u /* since 7.4; before, it is one that no kick has */
#define KICK_FLAGS_PREEMPT (KICK_FLAG_PREEMPT | KICK_FLAG_PREEMPT_LAZY)

/* and their words, by bit; what is beyond is in hex */
#define NR_KICK_FLAG_WORDS 4
#define KICK_FLAG_BITS ((1u << NR_KICK_FLAG_WORDS) - 1)
extern const char *const trace_kick_words[NR_KICK_FLAG_WORDS];

/* the word for @v in a field of @type; NULL: there is none */
const char *trace_word(enum trace_field_type type, u64 v);
/* and back; false: no such word of @type */
bool trace_word_number(enum trace_field_type type, const char *word, u64 *v);
/* the id of a DSQ as trace_value_text() writes it; false: it is none */
bool trace_dsq_number(const char *text, u64 *id);
/* "S" as task state bits; what is not known as a letter is WORD_UNKNOWN */
u64 trace_state_number(const char *text);

/* bits of a DSQ id, the same in all kernels (enum scx_dsq_id_flags) */
#define DSQ_BUILTIN (1ULL << 63)
#define DSQ_LOCAL_ON_BIT (1ULL << 62)
#define DSQ_GLOBAL (DSQ_BUILTIN | 1)
#define DSQ_LOCAL (DSQ_BUILTIN | 2)
#define DSQ_BYPASS (DSQ_BUILTIN | 3)
#define DSQ_LOCAL_ON_CPU(cpu) (DSQ_BUILTIN | DSQ_LOCAL_ON_BIT | (u32)(cpu))

static inline bool dsq_is_local_on(u64 id)
{
	return (id & DSQ_BUILTIN) && (id & DSQ_LOCAL_ON_BIT);
}

#endif
