// SPDX-License-Identifier: GPL-2.0-only
/*
 * reader.c - see reader.h. The head of a line has fixed columns, its fields come in
 * the catalogue's order:
 *
 *	            spin-12      [003] .....     0.004000250: kick: n=1 cpu=5 ...
 *	|0            |16|17    |24
 */
#include "trace/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "trace/ftrace.h"
#include "trace/scan.h"
#include "trace/words.h"

#define LINE_MAX_BYTES 4096 /* far more than the sink ever writes */
#define PID_COLUMN 17
#define CPU_COLUMN 25
#define SITES_MAX 65536
#define RUNS_MAX 32
#define EXIT_MAX_BYTES (64 << 20)

/* what a "# prog" or "# line" says; insn -1: the program's name */
struct site {
	u32 prog;
	s64 insn;
	char *text;
};

struct trace_reader {
	FILE *in;
	bool borrowed; /* the file is the caller's */
	char *path;
	char line[LINE_MAX_BYTES];
	char error[512];
	u64 nr_lines, nr_events, time_ns; /* time_ns: of the last event; then of the end */
	bool ended;
	struct trace_run *runs;
	u32 nr_runs;
	struct trace_about about;
	struct site *sites;
	u32 nr_sites;
	struct trace_place *place; /* by CPU */
	char *exit;
	size_t exit_len;
	struct ftrace *ftrace; /* of a real kernel; NULL: our own text, or records */
	bool records;
	u64 end_ns; /* of records: when the run ended */
};

/* ---- messages ---- */

const char *trace_reader_error(const struct trace_reader *r)
{
	return r ? r->error : "out of memory";
}

int trace_reader_fail(struct trace_reader *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(r->error, sizeof(r->error), "%.200s: line %llu: ", r->path, r->nr_lines);
	va_start(ap, fmt);
	vsnprintf(r->error + n, sizeof(r->error) - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int trace_reader_complain(struct trace_reader *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(r->error, sizeof(r->error), "%.200s: ", r->path);
	va_start(ap, fmt);
	vsnprintf(r->error + n, sizeof(r->error) - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int fail_errno(struct trace_reader *r, int err)
{
	snprintf(r->error, sizeof(r->error), "%.200s: cannot be read: %s", r->path, strerror(err));
	return -err;
}

/* ---- lines ---- */

/* 1: r->line has it, without its newline; 0: end of file */
static int line_read(struct trace_reader *r)
{
	size_t n;

	errno = 0;
	if (!fgets(r->line, sizeof(r->line), r->in)) {
		if (ferror(r->in))
			return fail_errno(r, errno ? errno : EIO);
		return 0;
	}
	r->nr_lines++;
	n = strlen(r->line);
	if (n && r->line[n - 1] == '\n') {
		r->line[n - 1] = '\0';
		return 1;
	}
	if (!feof(r->in))
		return trace_reader_fail(r,
					 "this is no line of a trace: it is too long, or not text");
	return trace_reader_fail(r, "the line is cut off");
}

static bool number_read(const char **at, u64 *out)
{
	return number_take(at, UINT64_MAX, out);
}

/* ---- comment lines ---- */

static const char *site_text(const struct trace_reader *r, u32 prog, s64 insn)
{
	for (u32 i = 0; i < r->nr_sites; i++)
		if (r->sites[i].prog == prog && r->sites[i].insn == insn)
			return r->sites[i].text;
	return NULL;
}

const char *trace_reader_prog(const struct trace_reader *r, u32 prog)
{
	return site_text(r, prog, -1);
}

const char *trace_reader_line(const struct trace_reader *r, u32 prog, u32 insn)
{
	return site_text(r, prog, insn);
}

int trace_reader_tell_site(struct trace_reader *r, u32 prog, s64 insn, const char *text)
{
	struct site *more;

	if (site_text(r, prog, insn))
		return 0;
	if (r->nr_sites == SITES_MAX)
		return trace_reader_fail(r, "there are too many '# prog' and '# line' lines");
	more = realloc(r->sites, (r->nr_sites + 1) * sizeof(*more));
	if (!more)
		return fail_errno(r, ENOMEM);
	r->sites = more;
	more[r->nr_sites] = (struct site){ prog, insn, strdup(text) };
	if (!more[r->nr_sites].text)
		return fail_errno(r, ENOMEM);
	trace_make_printable(more[r->nr_sites].text);
	r->nr_sites++;
	return 0;
}

static int site_read(struct trace_reader *r, const char *at, bool has_insn)
{
	u64 prog, insn = 0;

	if (!number_read(&at, &prog) || !skip(&at, " ") || prog > UINT32_MAX)
		return trace_reader_fail(r, "a program's number is due");
	if (has_insn && (!number_read(&at, &insn) || !skip(&at, " ") || insn > UINT32_MAX))
		return trace_reader_fail(r, "an instruction's number is due");
	return trace_reader_tell_site(r, prog, has_insn ? (s64)insn : -1, at);
}

static bool place_part(const char **at, const char *word, s32 *out)
{
	u64 n;

	if (!skip(at, word) || !number_read(at, &n) || n > READER_CPUS_MAX)
		return false;
	*out = n;
	return true;
}

static int place_read(struct trace_reader *r, const char *at)
{
	struct trace_place p;
	u64 cpu;

	if (!number_read(&at, &cpu) || cpu >= r->about.cpus ||
	    !place_part(&at, " node ", &p.node) || !place_part(&at, " llc ", &p.llc) ||
	    !place_part(&at, " core ", &p.core) || *at)
		return trace_reader_fail(r, "'cpu N node N llc N core N' is due");
	r->place[cpu] = p;
	return 0;
}

int trace_reader_tell_exit(struct trace_reader *r, const char *at)
{
	size_t n = strlen(at);
	char *more;

	if (r->exit_len + n > EXIT_MAX_BYTES)
		return trace_reader_fail(r, "there are too many '# exit' lines");
	more = realloc(r->exit, r->exit_len + n + 2);
	if (!more)
		return fail_errno(r, ENOMEM);
	r->exit = more;
	more += r->exit_len;
	strcpy(more, at);
	trace_make_printable(more);
	strcpy(more + n, "\n");
	r->exit_len += n + 1;
	return 0;
}

/* "0.004000250" */
static bool seconds_read(const char **at, u64 *ns)
{
	u64 sec, part;
	const char *digits;

	if (!number_read(at, &sec) || !skip(at, ".") || sec > UINT64_MAX / NSEC_PER_SEC - 1)
		return false;
	digits = *at;
	if (!number_read(at, &part) || (*at - digits != 9 && *at - digits != 6))
		return false;
	*ns = sec * NSEC_PER_SEC + (*at - digits == 6 ? part * NSEC_PER_USEC : part);
	return true;
}

/* " at 1.000250000 s"; older files do not say when */
static bool end_time_read(struct trace_reader *r, const char *at)
{
	u64 ns = r->time_ns;

	if (*at && (!skip(&at, " at ") || !seconds_read(&at, &ns) || strcmp(at, " s")))
		return false;
	r->time_ns = max(r->time_ns, ns);
	return true;
}

static int end_read(struct trace_reader *r, const char *at)
{
	u64 nr;

	if (!number_read(&at, &nr) || !skip(&at, " events") || !end_time_read(r, at))
		return trace_reader_fail(r, "'# end: N events at SECONDS s' is due");
	if (nr != r->nr_events)
		return trace_reader_fail(r,
					 "%llu events were written and %llu are here: "
					 "the file was changed or damaged",
					 nr, r->nr_events);
	r->ended = true;
	return 0;
}

int trace_reader_tell_run(struct trace_reader *r, const char *key, const char *value)
{
	struct trace_run *more;

	if (r->nr_runs == RUNS_MAX)
		return trace_reader_fail(r, "there are too many '# run' lines");
	more = realloc(r->runs, (r->nr_runs + 1) * sizeof(*more));
	if (!more)
		return fail_errno(r, ENOMEM);
	r->runs = more;
	more += r->nr_runs;
	*more = (struct trace_run){ .value = strdup(value) };
	if (!more->value)
		return fail_errno(r, ENOMEM);
	trace_make_printable(more->value);
	snprintf(more->key, sizeof(more->key), "%s", key);
	trace_make_printable(more->key);
	r->nr_runs++;
	return 0;
}

/* "object shared.bpf.o" */
static int run_read(struct trace_reader *r, const char *at)
{
	size_t n = strcspn(at, " ");
	char key[sizeof(r->runs->key)];

	if (!n || n >= sizeof(key))
		return trace_reader_fail(r, "'# run KEY VALUE' is due");
	snprintf(key, sizeof(key), "%.*s", (int)n, at);
	return trace_reader_tell_run(r, key, at[n] ? at + n + 1 : "");
}

const struct trace_run *trace_reader_run(const struct trace_reader *r, u32 i)
{
	return i < r->nr_runs ? &r->runs[i] : NULL;
}

/* Other comments are people's. */
static int comment_read(struct trace_reader *r)
{
	const char *at = r->line;

	if (skip(&at, "# prog "))
		return site_read(r, at, false);
	if (skip(&at, "# line "))
		return site_read(r, at, true);
	if (skip(&at, "# cpu "))
		return place_read(r, at);
	if (skip(&at, "# run "))
		return run_read(r, at);
	if (skip(&at, "# exit "))
		return trace_reader_tell_exit(r, at);
	if (skip(&at, "# end: "))
		return end_read(r, at);
	return 0;
}

/* "# kickstand trace 1: kernel 7.3, 8 cpus, seed 1" */
static bool about_read(struct trace_about *about, const char *at)
{
	size_t n;
	u64 cpus;

	if (!skip(&at, "kernel "))
		return false;
	n = strcspn(at, ",");
	if (!n || n >= sizeof(about->kernel))
		return false;
	memcpy(about->kernel, at, n);
	at += n;
	if (!skip(&at, ", ") || !number_read(&at, &cpus) || !skip(&at, " cpus, seed ") ||
	    !number_read(&at, &about->seed) || *at || !cpus || cpus > READER_CPUS_MAX)
		return false;
	about->cpus = cpus;
	return true;
}

static int places_create(struct trace_reader *r)
{
	r->place = calloc(r->about.cpus, sizeof(*r->place));
	if (!r->place)
		return fail_errno(r, ENOMEM);
	for (u32 cpu = 0; cpu < r->about.cpus; cpu++)
		r->place[cpu].core = cpu;
	return 0;
}

/* ---- the kernel's own text ---- */

/* The rest of a line that is longer than any with an event. */
static void line_drop(struct trace_reader *r)
{
	int c;

	while ((c = fgetc(r->in)) != EOF && c != '\n')
		;
}

/* As line_read(), but nothing is wrong with any line: what is of no use is passed over. */
static int foreign_line(struct trace_reader *r)
{
	size_t n;

	errno = 0;
	if (!fgets(r->line, sizeof(r->line), r->in))
		return ferror(r->in) ? fail_errno(r, errno ? errno : EIO) : 0;
	n = strlen(r->line);
	if (n == sizeof(r->line) - 1 && r->line[n - 1] != '\n')
		line_drop(r);
	else if (!feof(r->in) && (!n || r->line[n - 1] != '\n')) {
		r->nr_lines++;
		return trace_reader_fail(r, "this is no trace: it is not text");
	}
	r->line[strcspn(r->line, "\r\n")] = '\0';
	return 1;
}

static int foreign_rest(struct trace_reader *r, const char *first)
{
	int ret = ftrace_take(r->ftrace, first);

	if (!ret)
		ret = ftrace_take(r->ftrace, r->line);
	while (!ret && (ret = foreign_line(r)) > 0)
		ret = ftrace_take(r->ftrace, r->line);
	if (ret == -ENOMEM)
		return fail_errno(r, ENOMEM);
	return ret;
}

/* The lines read so far, @first and what is in r->line, are none of ours. */
static int foreign_read(struct trace_reader *r, const char *first)
{
	u64 told = r->nr_lines;
	int ret;

	r->ftrace = ftrace_create();
	if (!r->ftrace)
		return fail_errno(r, ENOMEM);
	ret = foreign_rest(r, first);
	if (ret)
		return ret;
	if (ftrace_end(r->ftrace, &r->about))
		return places_create(r);
	r->nr_lines = told;
	return trace_reader_fail(r,
				 "this is no text trace of kickstand run --trace FILE.txt, and no "
				 "line is a sched event as ftrace and trace-cmd report print them");
}

/* ---- the head ---- */

/* A line of any kind: 1; 0: end of file */
static int any_line(struct trace_reader *r)
{
	int ret = foreign_line(r);

	r->nr_lines += ret > 0;
	return ret;
}

static int head_lines(struct trace_reader *r)
{
	const char *at = r->line;

	if (!has_prefix(at, "# kickstand trace "))
		return foreign_read(r, "# tracer: nop");
	at += 18;
	if (!skip(&at, "1: "))
		return trace_reader_fail(
			r,
			"a trace of another format, of another kickstand; this one "
			"reads format 1");
	if (!about_read(&r->about, at))
		return trace_reader_fail(r, "'kernel V, N cpus, seed N' is due");
	return places_create(r);
}

static int head_read(struct trace_reader *r)
{
	int ret = any_line(r);

	if (ret < 0)
		return ret;
	if (!ret) {
		r->nr_lines = 1;
		return trace_reader_fail(r, "the file is empty");
	}
	if (strcmp(r->line, "# tracer: nop"))
		return foreign_read(r, "");
	ret = any_line(r);
	if (ret < 0)
		return ret;
	if (!ret)
		*r->line = '\0';
	return head_lines(r);
}

/* ---- values ---- */

/* name-pid; the name may have a minus and spaces in it */
static bool task_read(const char *text, struct trace_value *v)
{
	const char *dash = strrchr(text, '-');
	s64 sign = 1;
	size_t len;
	u64 pid;

	if (dash && dash > text && dash[-1] == '-') { /* pid -1: nobody */
		dash--;
		sign = -1;
	}
	len = dash ? dash - text : 0;
	if (!len || len >= READER_COMM_BYTES)
		return false;
	memcpy(v->comm, text, len);
	v->comm[len] = '\0';
	dash += sign < 0 ? 2 : 1;
	if (!number_read(&dash, &pid) || *dash || pid > INT32_MAX)
		return false;
	v->num = sign * (s64)pid;
	return true;
}

/* the whole word: another one may go on as this one begins */
static bool skip_flag(const char **at, const char *word)
{
	size_t n = strlen(word);

	return strcspn(*at, "|") == n && skip(at, word);
}

static bool kick_read(const char *at, u64 *flags)
{
	char *end;

	*flags = 0;
	do {
		u32 i = 0;

		while (i < NR_KICK_FLAG_WORDS && !skip_flag(&at, trace_kick_words[i]))
			i++;
		if (i < NR_KICK_FLAG_WORDS) {
			*flags |= 1u << i;
			continue;
		}
		if (!has_prefix(at, "0x"))
			return false;
		*flags |= strtoull(at, &end, 16);
		at = end;
	} while (skip(&at, "|"));
	return !*at;
}

static bool integer_read(const char *text, u64 *out)
{
	bool minus = skip(&text, "-");

	if (!number_read(&text, out) || *text)
		return false;
	if (minus)
		*out = -*out;
	return true;
}

static bool hex_read(const char *text, u64 *out)
{
	char *end;

	if (!has_prefix(text, "0x"))
		return false;
	errno = 0;
	*out = strtoull(text, &end, 16);
	return !errno && !*end;
}

/* Names (op, class, state, dsq, ...) stay text. */
static bool value_read(const char *type, struct trace_value *v)
{
	if (!strcmp(type, "task"))
		return task_read(v->text, v);
	if (!strcmp(type, "kick"))
		return kick_read(v->text, &v->num);
	if (!strcmp(type, "hex"))
		return hex_read(v->text, &v->num);
	if (!strcmp(type, "cpu") || !strcmp(type, "int") || !strcmp(type, "ns") ||
	    !strcmp(type, "bool"))
		return integer_read(v->text, &v->num);
	return *v->text && !strchr(v->text, ' ');
}

/* ---- events ---- */

static bool event_by_name(const char *name, size_t len, enum trace_event_id *id)
{
	for (u32 i = 0; i < NR_TRACE_EVENTS; i++)
		if (!strncmp(trace_event_name(i), name, len) && !trace_event_name(i)[len]) {
			*id = i;
			return true;
		}
	return false;
}

/* where " NAME=" of the field after this one begins, or the line's end */
static char *value_end(char *at, enum trace_event_id id, u32 next)
{
	const char *field = trace_event_field(id, next);
	char key[32], *end;

	if (!field)
		return at + strlen(at);
	if (strstr(field, ":str8"))
		field = "comm";
	snprintf(key, sizeof(key), " %.*s=", (int)strcspn(field, ":"), field);
	end = strstr(at, key);
	return end ? end : at + strlen(at);
}

/* two str8 fields are one name, "comm" in the line */
static char *comm_split(struct trace_line *e, char *at, u32 i)
{
	const char *text = at;
	char *end;

	if (!skip(&text, " comm="))
		return NULL;
	end = value_end(at, e->id, i + 2);
	snprintf(e->arg[i].comm, READER_COMM_BYTES, "%.*s", (int)(end - text), text);
	return end;
}

/* " name=value": the value's end, where the next field begins; NULL: it is not there */
static char *field_split(struct trace_line *e, char *at, u32 i)
{
	const char *field = trace_event_field(e->id, i);
	size_t len = strcspn(field, ":");

	if (!strcmp(field + len, ":str8"))
		return comm_split(e, at, i);
	if (*at != ' ' || strncmp(at + 1, field, len) || at[1 + len] != '=')
		return NULL;
	e->arg[i].text = at + len + 2;
	return value_end(at + len + 2, e->id, i + 1);
}

/* Cut the line into the texts of its fields. */
static int fields_split(struct trace_reader *r, struct trace_line *e, char *at)
{
	const char *field;
	char *next;

	for (u32 i = 0; (field = trace_event_field(e->id, i)); i++) {
		next = field_split(e, at, i);
		if (!next)
			return trace_reader_fail(r, "%s: '%.*s=' is due", trace_event_name(e->id),
						 (int)strcspn(field, ":"), field);
		if (i && e->arg[i - 1].text)
			*at = '\0';
		if (strstr(field, ":str8"))
			i++;
		at = next;
	}
	return *at ? trace_reader_fail(r, "%s: '%.40s' is too much", trace_event_name(e->id), at) :
		     0;
}

static int fields_read(struct trace_reader *r, struct trace_line *e, char *at)
{
	const char *field;
	int ret = fields_split(r, e, at);

	for (u32 i = 0; !ret && (field = trace_event_field(e->id, i)); i++)
		if (e->arg[i].text && !value_read(strchr(field, ':') + 1, &e->arg[i]))
			ret = trace_reader_fail(r, "%s: '%.40s' cannot be what '%.*s' says",
						trace_event_name(e->id), e->arg[i].text,
						(int)strcspn(field, ":"), field);
	return ret;
}

static bool time_read(const char **at, u64 *ns)
{
	while (**at == ' ')
		++*at;
	return seconds_read(at, ns) && skip(at, ": ");
}

static bool cpu_column(const struct trace_reader *r, const char **at, s32 *cpu)
{
	u64 n;

	*cpu = -1;
	if (skip(at, "[---]"))
		return true;
	if (!skip(at, "[") || !number_read(at, &n) || !skip(at, "]") || n >= r->about.cpus)
		return false;
	*cpu = n;
	return true;
}

static bool pid_column(const char *line, s32 *pid)
{
	const char *at = line + PID_COLUMN;
	u64 n;

	if (!number_read(&at, &n) || n > INT32_MAX)
		return false;
	*pid = n;
	return *at == ' ';
}

static int event_read(struct trace_reader *r, struct trace_line *e)
{
	const char *at = r->line + CPU_COLUMN, *comm = r->line;
	char *fields, *tab;
	size_t len;

	*e = (struct trace_line){ 0 };
	if (strlen(r->line) < CPU_COLUMN || r->line[PID_COLUMN - 1] != '-' ||
	    !pid_column(r->line, &e->pid))
		return trace_reader_fail(r, "'COMM-PID' is due in the first %d columns",
					 CPU_COLUMN);
	while (*comm == ' ')
		comm++;
	len = r->line + PID_COLUMN - 1 - comm;
	if (comm > r->line + PID_COLUMN - 1 || len >= sizeof(e->comm))
		return trace_reader_fail(r, "a task's name has at most 15 characters");
	memcpy(e->comm, comm, len);
	if (!cpu_column(r, &at, &e->cpu))
		return trace_reader_fail(r, "'[CPU]' is due, below the machine's %u",
					 r->about.cpus);
	if (!skip(&at, " ..... ") || !time_read(&at, &e->time_ns))
		return trace_reader_fail(r, "a time is due, in seconds with 6 or 9 decimals");
	if (e->time_ns < r->time_ns)
		return trace_reader_fail(r, "time runs backwards");
	r->time_ns = e->time_ns;
	len = strcspn(at, ":");
	if (!at[len] || !event_by_name(at, len, &e->id))
		return trace_reader_fail(r, "there is no event '%.*s'", (int)min(len, (size_t)40),
					 at);
	r->nr_events++;
	fields = r->line + (at + len + 1 - r->line);
	tab = strchr(fields, '\t'); /* the kernel's fields are before it */
	return fields_read(r, e, tab ? tab + 1 : fields);
}

static int foreign_next(struct trace_reader *r, struct trace_line *e)
{
	int ret = ftrace_next(r->ftrace, e);

	if (ret > 0) {
		r->nr_events++;
		r->time_ns = e->time_ns;
	}
	return ret;
}

int trace_reader_next(struct trace_reader *r, struct trace_line *e)
{
	int ret;

	if (r->ftrace)
		return foreign_next(r, e);
	while ((ret = line_read(r)) > 0) {
		if (r->ended)
			return trace_reader_fail(r, "there is more behind '# end'");
		if (*r->line != '#') {
			ret = event_read(r, e);
			return ret ? ret : 1;
		}
		ret = comment_read(r);
		if (ret)
			return ret;
	}
	if (!ret && !r->ended)
		return trace_reader_fail(r,
					 "the trace stops here without its '# end' line: "
					 "the rest is missing");
	return ret;
}

/* ---- life ---- */

const struct trace_about *trace_reader_about(const struct trace_reader *r)
{
	return &r->about;
}

int trace_about_text(const struct trace_about *a, char *buf, size_t len)
{
	if (a->origin == TRACE_OF_KICKSTAND)
		return snprintf(buf, len, "kernel %s, %u CPUs, seed %llu", a->kernel, a->cpus,
				a->seed);
	if (a->lost)
		return snprintf(buf, len, "a real kernel's ftrace, %u CPUs, %llu events lost",
				a->cpus, a->lost);
	return snprintf(buf, len, "a real kernel's ftrace, %u CPUs", a->cpus);
}

struct trace_place trace_reader_place(const struct trace_reader *r, u32 cpu)
{
	return r->place[cpu];
}

u64 trace_reader_end_ns(const struct trace_reader *r)
{
	return r->time_ns;
}

const char *trace_reader_exit(const struct trace_reader *r)
{
	return r->exit ? r->exit : "";
}

static struct trace_reader *reader_new(const char *name)
{
	struct trace_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->path = strdup(name);
	if (r->path)
		return r;
	free(r);
	return NULL;
}

int trace_reader_open(const char *path, struct trace_reader **out)
{
	struct trace_reader *r = *out = reader_new(path);

	if (!r)
		return -ENOMEM;
	r->borrowed = !strcmp(path, "-");
	r->in = r->borrowed ? stdin : fopen(path, "re");
	return r->in ? head_read(r) : fail_errno(r, errno);
}

int trace_reader_open_in(FILE *file, const char *name, struct trace_reader **out)
{
	struct trace_reader *r = *out = reader_new(name);

	if (!r)
		return -ENOMEM;
	r->borrowed = true;
	r->in = file;
	return head_read(r);
}

/* ---- records ---- */

int trace_reader_of_records(FILE *file, const char *name, const char *about,
			    struct trace_reader **out)
{
	struct trace_reader *r = *out = reader_new(name);

	if (!r)
		return -ENOMEM;
	r->borrowed = r->records = true;
	r->in = file;
	bug_on(!about_read(&r->about, about), "a trace of '%s'", about);
	return places_create(r);
}

bool trace_reader_has_records(const struct trace_reader *r)
{
	return r->records;
}

void trace_reader_tell_place(struct trace_reader *r, u32 cpu, const struct trace_place *p)
{
	r->place[cpu] = *p;
}

void trace_reader_tell_end(struct trace_reader *r, u64 end_ns)
{
	r->end_ns = end_ns;
}

int trace_reader_next_record(struct trace_reader *r, struct trace_record *rec)
{
	errno = 0;
	if (fread(rec, sizeof(*rec), 1, r->in) == 1) {
		r->nr_events++;
		r->time_ns = rec->time_ns;
		return 1;
	}
	if (ferror(r->in))
		return fail_errno(r, errno ? errno : EIO);
	r->time_ns = max(r->time_ns, r->end_ns);
	return 0;
}

static void runs_forget(struct trace_reader *r)
{
	for (u32 i = 0; i < r->nr_runs; i++)
		free(r->runs[i].value);
	free(r->runs);
	r->runs = NULL;
	r->nr_runs = 0;
}

/* Comment lines tell the same again; what they told of programs stays known. */
int trace_reader_again(struct trace_reader *r)
{
	if (r->ftrace) { /* all of it is kept */
		ftrace_rewind(r->ftrace);
		r->nr_events = r->time_ns = 0;
		return 0;
	}
	if (fseek(r->in, 0, SEEK_SET))
		return fail_errno(r, errno);
	if (r->records) {
		r->nr_events = r->time_ns = 0;
		return 0;
	}
	runs_forget(r);
	free(r->place);
	free(r->exit);
	r->place = NULL;
	r->exit = NULL;
	r->exit_len = 0;
	r->nr_lines = r->nr_events = r->time_ns = 0;
	r->ended = false;
	return head_read(r);
}

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	if (r->in && !r->borrowed)
		fclose(r->in);
	for (u32 i = 0; i < r->nr_sites; i++)
		free(r->sites[i].text);
	free(r->sites);
	runs_forget(r);
	free(r->place);
	free(r->exit);
	ftrace_destroy(r->ftrace);
	free(r->path);
	free(r);
}
