// SPDX-License-Identifier: GPL-2.0-only
/*
 * diff.c - the same program on the machine, on the host's kernel, and by the book.
 *
 *	machine    bpf(2) of ours: check, fixup, native code; and the interpreter, which must
 *	           have counted the same instructions
 *	host       bpf(2) of the kernel below: verifier, JIT
 *	book       evaluate.c, by RFC 9669
 *
 * All that a program leaves (r0 to r9, its frame, the context, the map, the returned
 * value) must be the same three times. Where the host does not permit it, or for what
 * its kernel does not know, the machine and the book are compared alone.
 *
 *	diff [--seed N] [--programs N | --seconds N] [--only N] [--alone]
 *
 * --alone does so on every host. Prints TAP. A program that differs is made smaller and
 * printed. DIFF_VERIFIER=1 prints what the verifier says of a random program that the
 * host refuses.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "encodings.h"
#include "evaluate.h"
#include "generate.h"
#include "side.h"
#include "table.h"

#define PROGRAMS_DEFAULT 1000
#define SHOWN_MAX 5	      /* differing programs that are printed */
#define REFUSED_MAX_PERCENT 2 /* of random programs, by the host's verifier */

static struct side host, machine;
static bool have_host, alone;
static u64 seed = 1, nr_programs = PROGRAMS_DEFAULT, seconds, only = UINT64_MAX;
static int nr_cases, nr_failed, nr_shown;
static u64 nr_compared, nr_refused, nr_three;

static void tap(bool ok, const char *name)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++nr_cases, name);
	nr_failed += !ok;
	fflush(stdout);
}

/* --- one program --- */

/* by whom it was refused; NOBODY: it ran everywhere */
enum verdict { SAME, DIFFERENT, REFUSED_BY_HOST, REFUSED_BY_MACHINE, BAD_PROGRAM };

static void open_machine(void)
{
	int err = side_open_machine(&machine);

	if (err) {
		fprintf(stderr, "diff: there is no machine: %s\n", strerror(-err));
		exit(1);
	}
}

static bool equal(const struct program *p, const struct outcome *a, const struct outcome *b)
{
	return a->retval == b->retval && !memcmp(a->map, b->map, sizeof(a->map)) &&
	       !memcmp(a->ctx, b->ctx, p->ctx_words * sizeof(*a->ctx));
}

struct result {
	struct outcome host, machine, book;
	u64 native_insns, interpreted_insns; /* executed */
	bool by_host;			     /* the host has run it */
	int err;			     /* of the side that refused it */
};

static enum verdict run_machine_by(bool interpret, const struct program *p, struct result *r,
				   u64 *insns)
{
	int fd;

	machine.interpret = interpret;
	fd = side_load(&machine, p, false);

	if (fd < 0) {
		r->err = fd;
		return REFUSED_BY_MACHINE;
	}
	r->err = side_run(&machine, fd, p, &r->machine);
	if (r->err) { /* a fault ends a machine: the next program gets a new one */
		side_close(&machine);
		open_machine();
		return REFUSED_BY_MACHINE;
	}
	*insns = machine.insns;
	return equal(p, &r->machine, &r->book) ? SAME : DIFFERENT;
}

static enum verdict run_machine(const struct program *p, struct result *r)
{
	enum verdict v = run_machine_by(false, p, r, &r->native_insns);

	if (v == SAME)
		v = run_machine_by(true, p, r, &r->interpreted_insns);
	return v == SAME && r->native_insns != r->interpreted_insns ? DIFFERENT : v;
}

static enum verdict run_program(const struct program *p, struct result *r)
{
	enum verdict v;
	int fd;

	r->by_host = false;
	if (have_host) {
		fd = side_load(&host, p, false);
		r->err = fd < 0 ? fd : 0;
		if (fd < 0)
			return REFUSED_BY_HOST;
		r->err = side_run(&host, fd, p, &r->host);
		if (r->err)
			return REFUSED_BY_HOST;
		r->by_host = true;
	}
	if (!evaluate(p, &r->book))
		return BAD_PROGRAM;
	v = run_machine(p, r);
	return v == SAME && r->by_host && !equal(p, &r->host, &r->book) ? DIFFERENT : v;
}

/* --- a program that differs --- */

static void show_words(const struct program *p, const struct result *r)
{
	for (u32 w = 0, shown = 0; w < p->ctx_words && shown < 8; w++) {
		if (r->machine.ctx[w] == r->book.ctx[w] &&
		    (!r->by_host || r->host.ctx[w] == r->book.ctx[w]))
			continue;
		fprintf(stderr, "# ctx[%u]: machine 0x%llx, book 0x%llx", w, r->machine.ctx[w],
			r->book.ctx[w]);
		if (r->by_host)
			fprintf(stderr, ", host 0x%llx", r->host.ctx[w]);
		fprintf(stderr, "; it was 0x%llx\n", p->ctx[w]);
		shown++;
	}
	if (r->native_insns != r->interpreted_insns)
		fprintf(stderr, "# native code counts %llu instructions, the interpreter %llu\n",
			r->native_insns, r->interpreted_insns);
	fprintf(stderr,
		"# returned: machine 0x%x, book 0x%x, host 0x%x; the map: machine %s, host %s\n",
		r->machine.retval, r->book.retval, r->by_host ? r->host.retval : 0,
		memcmp(r->machine.map, r->book.map, sizeof(r->book.map)) ? "differs" : "agrees",
		r->by_host && memcmp(r->host.map, r->book.map, sizeof(r->book.map)) ? "differs" :
										      "agrees");
}

static void blank(struct program *p, u32 i)
{
	const struct bpf_insn nop = { .code = BPF_JMP | BPF_JA };
	bool wide = program_is_wide(p, i);

	p->insn[i] = nop;
	if (wide)
		p->insn[i + 1] = nop;
}

/* Take out what can be taken out while it still differs. */
static void shrink(struct program *p, enum verdict verdict)
{
	static struct program smaller;
	static struct result r;

	for (u32 i = 0; i < p->nr; i++) {
		if (!p->insn[i].code || p->insn[i].code == (BPF_JMP | BPF_EXIT))
			continue;
		smaller = *p;
		blank(&smaller, i);
		if (run_program(&smaller, &r) == verdict)
			*p = smaller;
	}
}

static void show(struct program *p, enum verdict verdict)
{
	static struct result r;

	if (nr_shown++ >= SHOWN_MAX)
		return;
	fprintf(stderr, "# %s: ", p->name);
	if (verdict == DIFFERENT || verdict == REFUSED_BY_MACHINE)
		shrink(p, verdict);
	run_program(p, &r);
	switch (verdict) {
	case DIFFERENT:
		fprintf(stderr, "differs\n");
		show_words(p, &r);
		break;
	case REFUSED_BY_MACHINE:
		side_load(&machine, p, true);
		fprintf(stderr, "%s\n# the host takes it, the machine does not:\n%s",
			strerror(-r.err), machine.log);
		break;
	case REFUSED_BY_HOST:
		side_load(&host, p, true);
		fprintf(stderr, "the host's verifier: %s\n", strerror(-r.err));
		if (getenv("DIFF_VERIFIER"))
			fputs(host.log, stderr);
		return;
	default:
		break;
	}
	program_print(p);
}

/* true: as it should be. A program that the host refuses is counted, not compared. */
static bool compare(struct program *p, bool host_must)
{
	static struct result r;
	enum verdict v = run_program(p, &r);

	nr_compared++;
	nr_three += r.by_host;
	nr_refused += v == REFUSED_BY_HOST;
	if (v == REFUSED_BY_HOST && getenv("DIFF_VERIFIER"))
		show(p, v);
	if (v == SAME || (v == REFUSED_BY_HOST && !host_must))
		return true;
	show(p, v);
	return false;
}

/* --- every row --- */

/* Does the host know this instruction? A program of the table says so. */
static bool host_knows(const struct row *row)
{
	static struct program p;

	if (!have_host)
		return true;
	for (int kind = 0; kind < NR_TABLE_KINDS; kind++) {
		int fd = table_build(&p, row, kind) ? side_load(&host, &p, false) : 0;

		if (fd > 0)
			close(fd);
		if (fd)
			return fd > 0;
	}
	return true;
}

/* What an older host lacks is compared with the book alone, and not drawn at random. */
static bool without_host(struct program *p)
{
	bool ok;

	have_host = false;
	ok = compare(p, false);
	have_host = true;
	return ok;
}

static bool compare_row(const struct row *row, int *nr)
{
	static struct program p;
	bool known = host_knows(row), ok = true;

	if (!known) {
		printf("# the host has no %s\n", row->name);
		row_exclude(row);
	}
	for (int kind = 0; kind < NR_TABLE_KINDS; kind++) {
		if (!table_build(&p, row, kind))
			continue;
		++*nr;
		ok &= known ? compare(&p, true) : without_host(&p);
	}
	return ok;
}

static void test_table(void)
{
	bool ok = true, complete = true;
	int nr_all = 0;

	for (int i = 0; i < nr_rows; i++) {
		int nr = 0;

		ok &= compare_row(&rows[i], &nr);
		if (!nr && !table_exempt(&rows[i])) {
			fprintf(stderr, "# no program of the table has %s\n", rows[i].name);
			complete = false;
		}
		nr_all += nr;
	}
	printf("# table: %d programs\n", nr_all);
	tap(ok, "every instruction with edge operands");
	tap(complete, "every row of insn.def is in the table");
}

/* --- fields that must not be set --- */

static void test_encodings(void)
{
	int nr, bad;

	if (!have_host)
		return;
	bad = compare_encodings(&host, &machine, &nr);
	printf("# encodings: %d, %d disagreements\n", nr, bad);
	tap(!bad, "encodings are refused by both or by none");
}

/* --- random programs --- */

static double elapsed(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - since->tv_sec + (now.tv_nsec - since->tv_nsec) / 1e9;
}

static bool random_program(u64 nr)
{
	static struct program p;

	generate(&p, seed, nr);
	snprintf(p.name, sizeof(p.name), "--seed %llu --only %llu", seed, nr);
	return compare(&p, false);
}

static void test_random(void)
{
	struct timespec start;
	bool ok = true;
	u64 i;

	nr_compared = nr_refused = nr_three = 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (only != UINT64_MAX)
		ok = random_program(only);
	for (i = 0; only == UINT64_MAX && (seconds ? elapsed(&start) < seconds : i < nr_programs);
	     i++)
		ok &= random_program(i);
	printf("# random: seed %llu, %llu programs, %llu of them on the host, %llu refused by it\n",
	       seed, nr_compared, nr_three, nr_refused);
	tap(ok, "random programs");
	tap(nr_refused * 100 <= nr_compared * REFUSED_MAX_PERCENT,
	    "the host's verifier takes nearly all of them");
}

/* --- all --- */

static u64 number(const char *s)
{
	char *end;
	u64 v = strtoull(s ? s : "", &end, 0);

	if (!s || end == s || *end) {
		fprintf(stderr, "diff: '%s' is no number\n", s ? s : "");
		exit(2);
	}
	return v;
}

static void options(char **arg)
{
	while (*++arg) {
		if (!strcmp(*arg, "--seed"))
			seed = number(*++arg);
		else if (!strcmp(*arg, "--programs"))
			nr_programs = number(*++arg);
		else if (!strcmp(*arg, "--seconds"))
			seconds = number(*++arg);
		else if (!strcmp(*arg, "--only"))
			only = number(*++arg);
		else if (!strcmp(*arg, "--alone"))
			alone = true;
		else {
			fprintf(stderr,
				"usage: diff [--seed N] [--programs N | --seconds N] [--only N] [--alone]\n");
			exit(2);
		}
	}
}

/* What the oldest profile lacks is not asked: encodings alone changed too much before it. */
static bool host_is_old(const struct utsname *u)
{
	unsigned int major = 0, minor = 0;

	return sscanf(u->release, "%u.%u", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 12));
}

static void open_host(void)
{
	struct utsname u;
	int err;

	if (alone)
		return;
	uname(&u);
	if (host_is_old(&u)) {
		printf("ok %d - the host's kernel # SKIP it is %s, older than 6.12\n", ++nr_cases,
		       u.release);
		return;
	}
	err = side_open_host(&host);
	have_host = !err;
	if (err)
		printf("ok %d - the host's kernel # SKIP bpf(2) is not permitted here: %s\n",
		       ++nr_cases, strerror(-err));
}

int main(int argc, char **argv)
{
	options(argv);
	open_host();
	open_machine();
	test_table();
	test_encodings();
	test_random();
	side_close(&machine);
	side_close(&host);
	printf("1..%d\n", nr_cases);
	return nr_failed ? 1 : 0;
}
