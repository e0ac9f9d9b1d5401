// SPDX-License-Identifier: GPL-2.0-only
/*
 * why.c - see why.h. The trace is read twice: to find the wait, and to watch it.
 */
#include "trace/why.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/near.h"
#include "trace/why_print.h"

struct why {
	struct trace_reader *r;
	struct why_choice choice;
	struct why_case c;
	struct replay *rp;
	struct kick_lives lives;
	char comm[TRACE_COMM_BYTES];
};

/* ---- the question ---- */

static bool all_digits(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* "17", "hog-0" (a name), or "hog-0-17" */
static bool task_parse(struct why *w, const char *text)
{
	const char *dash = strrchr(text, '-');
	size_t n = strlen(text);

	if (all_digits(text) && n < 9) {
		w->choice.pid = atoi(text);
		return w->choice.pid > 0;
	}
	if (dash && dash > text && all_digits(dash + 1) && strlen(dash) < 9)
		w->choice.pid = atoi(dash + 1);
	if (w->choice.pid)
		n = dash - text;
	if (!n || n >= sizeof(w->comm))
		return false;
	memcpy(w->comm, text, n);
	return true;
}

static bool pid_is_called(const struct replay *rp, s32 pid, const char *comm)
{
	return replay_task(rp, pid) && !strcmp(replay_comm(rp, pid), comm);
}

/* ---- the first pass ---- */

static int first_event(void *arg, const struct trace_record *rec, const struct replay *rp)
{
	choice_event(arg, rp, rec);
	return 0;
}

static int pass(struct why *w, kicks_event event, void *arg)
{
	int ret;

	replay_destroy(w->rp);
	kicks_finish(&w->lives);
	w->lives = (struct kick_lives){ 0 };
	w->rp = replay_of_reader(w->r);
	if (!w->rp) {
		trace_reader_fail(w->r, "out of memory");
		return -ENOMEM;
	}
	ret = kicks_follow(w->r, w->rp, &w->lives, event, arg);
	w->rp->now_ns = trace_reader_end_ns(w->r);
	return ret;
}

static int choose(struct why *w)
{
	int ret = pass(w, first_event, &w->choice);

	if (!ret)
		choice_end(&w->choice, w->rp);
	return ret;
}

/*
 * "hog-3" may be a task of that name, or "hog" with pid 3: what exists is meant, a name
 * before a name with a pid.
 */
static int choose_named(struct why *w, const char *text)
{
	struct why_choice first = w->choice;
	int ret;

	if (!w->choice.pid || !*w->comm)
		return choose(w);
	w->choice.pid = 0;
	w->choice.comm = text;
	ret = choose(w);
	if (ret || w->choice.known)
		return ret;
	w->choice = first;
	if (!pid_is_called(w->rp, first.pid, w->comm))
		return 0;
	ret = trace_reader_again(w->r);
	return ret ? ret : choose(w);
}

/* ---- what cannot be answered ---- */

static int no_such_task(struct why *w, const char *asked)
{
	struct near near = { .asked = asked };
	char names[256];

	for (s32 pid = 1; pid < (s32)w->rp->tasks.nr; pid++)
		if (replay_task(w->rp, pid))
			near_try(&near, replay_comm(w->rp, pid), pid);
	return trace_reader_complain(w->r, "--task %.60s: the trace has no such task%s", asked,
				     near_text(&near, names, sizeof(names)));
}

static int no_such_wait(struct why *w, const struct why_question *q)
{
	if (q->has_at)
		return trace_reader_complain(w->r, "--at %s: %s waited then",
					     moment_text(q->at_ns).at,
					     q->task ? "that task was not one that" : "no task");
	if (q->task)
		return trace_reader_complain(w->r, "--task %.60s: it never waited", q->task);
	return trace_reader_complain(w->r, "nobody waited in this trace");
}

/* ---- the second pass ---- */

static int second_event(void *arg, const struct trace_record *rec, const struct replay *rp)
{
	case_event(arg, rp, rec);
	return 0;
}

static int watch(struct why *w)
{
	int ret = trace_reader_again(w->r);

	if (!ret)
		ret = case_begin(&w->c, &w->choice.wait, trace_reader_about(w->r)->cpus);
	if (ret == -ENOMEM)
		trace_reader_fail(w->r, "out of memory");
	if (!ret)
		ret = pass(w, second_event, &w->c);
	if (!ret)
		case_end(&w->c, w->rp);
	return ret;
}

static int answer(struct why *w, const struct why_question *q, FILE *out)
{
	struct why_story s = { .c = &w->c, .lives = &w->lives, .r = w->r };
	int ret;

	if (q->task && !task_parse(w, q->task))
		return trace_reader_complain(
			w->r, "--task %.60s: a pid, a name, or both as in hog-1-17 is due",
			q->task);
	w->choice.comm = *w->comm && !w->choice.pid ? w->comm : NULL;
	w->choice.has_at = q->has_at;
	w->choice.at_ns = q->at_ns;
	ret = choose_named(w, q->task);
	if (ret)
		return ret;
	if (!w->rp->seen[EV_sched_switch])
		return trace_reader_complain(w->r,
					     "the trace has no sched_switch events: it does not "
					     "tell who ran and who waited");
	if (q->task && !w->choice.known)
		return no_such_task(w, q->task);
	if (!w->choice.wait.pid)
		return no_such_wait(w, q);
	ret = watch(w);
	if (ret)
		return ret;
	s.rp = w->rp;
	(q->json ? why_story_json : why_story_text)(&s, out);
	return 0;
}

int why_print(struct trace_reader *r, const struct why_question *q, FILE *out)
{
	struct why w = { .r = r };
	int ret = answer(&w, q, out);

	case_finish(&w.c);
	kicks_finish(&w.lives);
	replay_destroy(w.rp);
	return ret;
}
