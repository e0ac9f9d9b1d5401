// SPDX-License-Identifier: GPL-2.0-only
/* tracecmd_format.c - see tracecmd_format.h. */
#include "trace/tracecmd_format.h"

#include <stdlib.h>
#include <string.h>
#include "base/text_stream.h"

#define COMMON_FIELDS                                                                  \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define FIELD(type, name, offset, size, is_signed) \
	"\tfield:" type " " name ";\toffset:" #offset ";\tsize:" #size ";\tsigned:" #is_signed ";\n"

/* include/trace/events/sched.h: TASK_REPORT and the bit behind it, spelt out */
#define REPORT                                                                               \
	"((((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | " \
	"0x00000020 | 0x00000040) + 1) << 1) - 1)"
#define REPORT_MAX                                                                          \
	"(((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | " \
	"0x00000020 | 0x00000040) + 1) << 1)"

static const char header_page[] =
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
	"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
	"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";

static const char header_event[] =
	"# compressed entry header\n"
	"\ttype_len    :    5 bits\n"
	"\ttime_delta  :   27 bits\n"
	"\tarray       :   32 bits\n\n"
	"\tpadding     : type == 29\n"
	"\ttime_extend : type == 30\n"
	"\ttime_stamp : type == 31\n"
	"\tdata max type_len  == 28\n";

static const char switch_body[] = COMMON_FIELDS FIELD("char", "prev_comm[16]", 8, 16, 0) FIELD(
	"pid_t", "prev_pid", 24, 4, 1) FIELD("int", "prev_prio", 28, 4,
					     1) FIELD("long", "prev_state", 32, 8,
						      1) FIELD("char", "next_comm[16]", 40, 16,
							       0) FIELD("pid_t", "next_pid", 56, 4,
									1)
	FIELD("int", "next_prio", 60, 4,
	      1) "\nprint fmt: \"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s "
		 "next_pid=%d next_prio=%d\", REC->prev_comm, REC->prev_pid, REC->prev_prio, "
		 "(REC->prev_state & " REPORT ") ? __print_flags(REC->prev_state & " REPORT
		 ", \"|\", "
		 "{ 0x00000001, \"S\" }, { 0x00000002, \"D\" }, { 0x00000004, \"T\" }, "
		 "{ 0x00000008, \"t\" }, { 0x00000010, \"X\" }, { 0x00000020, \"Z\" }, "
		 "{ 0x00000040, \"P\" }, { 0x00000080, \"I\" }) : \"R\", "
		 "REC->prev_state & " REPORT_MAX
		 " ? \"+\" : \"\", "
		 "REC->next_comm, REC->next_pid, REC->next_prio\n";

static const char wakeup_body[] = COMMON_FIELDS FIELD("char", "comm[16]", 8, 16, 0) FIELD(
	"pid_t", "pid", 24, 4, 1) FIELD("int", "prio", 28, 4, 1)
	FIELD("int", "target_cpu", 32, 4,
	      1) "\nprint fmt: \"comm=%s pid=%d prio=%d target_cpu=%03d\", REC->comm, REC->pid, REC->prio, "
		 "REC->target_cpu\n";

#define MIGRATE_PRINT(comm)                                                      \
	"\nprint fmt: \"comm=%s pid=%d prio=%d orig_cpu=%d dest_cpu=%d\", " comm \
	", REC->pid, REC->prio, REC->orig_cpu, REC->dest_cpu\n"

static const char migrate_body[] = COMMON_FIELDS FIELD("char", "comm[16]", 8, 16, 0)
	FIELD("pid_t", "pid", 24, 4, 1) FIELD("int", "prio", 28, 4, 1)
		FIELD("int", "orig_cpu", 32, 4, 1) FIELD("int", "dest_cpu", 36, 4, 1)
			MIGRATE_PRINT("REC->comm");

static const char migrate_dynamic_body[] = COMMON_FIELDS FIELD("__data_loc char[]", "comm", 8, 4, 0)
	FIELD("pid_t", "pid", 12, 4, 1) FIELD("int", "prio", 16, 4, 1)
		FIELD("int", "orig_cpu", 20, 4, 1) FIELD("int", "dest_cpu", 24, 4, 1)
			MIGRATE_PRINT("__get_str(comm)");

bool tc_is_kernels(enum trace_event_id id)
{
	return id == EV_sched_switch || id == EV_sched_waking || id == EV_sched_wakeup ||
	       id == EV_sched_migrate_task;
}

/* ---- pieces ---- */

static void number_write(FILE *out, u64 v, u32 bytes)
{
	fwrite(&v, bytes, 1, out); /* little-endian, as the head says */
}

void tc_text_write(FILE *out, const char *text, size_t len)
{
	number_write(out, len, 8);
	fwrite(text, len, 1, out);
}

static void kernel_format_write(FILE *out, const char *name, u32 id, const char *body)
{
	char head[96];
	int n = snprintf(head, sizeof(head), "name: %s\nID: %u\nformat:\n", name, id);

	number_write(out, n + strlen(body), 8);
	fwrite(head, n, 1, out);
	fputs(body, out);
}

/* ---- our own ---- */

static void own_fields_write(FILE *f, const struct trace_field *field, u32 nr)
{
	u32 offset = 8;

	for (u32 i = 0; i < nr; i++) {
		if (field[i].type == FIELD_str8) {
			fprintf(f, "\tfield:char comm[%d];\toffset:%u;\tsize:%d;\tsigned:0;\n",
				TRACE_COMM_BYTES, offset, TRACE_COMM_BYTES);
			offset += TRACE_COMM_BYTES;
			i++;
		} else if (trace_value_is_number(field[i].type)) {
			fprintf(f, "\tfield:%s %s;\toffset:%u;\tsize:8;\tsigned:%d;\n",
				field[i].type == FIELD_ns ? "u64" : "s64", field[i].name, offset,
				field[i].type != FIELD_ns);
			offset += 8;
		} else {
			fprintf(f, "\tfield:char %s[%d];\toffset:%u;\tsize:%d;\tsigned:0;\n",
				field[i].name, TC_TEXT_BYTES, offset, TC_TEXT_BYTES);
			offset += TC_TEXT_BYTES;
		}
	}
}

static void own_print_write(FILE *f, const struct trace_field *field, u32 nr)
{
	fputs("\nprint fmt: \"", f);
	for (u32 i = 0; i < nr; i++) {
		bool comm = field[i].type == FIELD_str8;

		fprintf(f, "%s%s=%s", i ? " " : "", comm ? "comm" : field[i].name,
			field[i].type == FIELD_ns	     ? "%llu" :
			trace_value_is_number(field[i].type) ? "%lld" :
							       "%s");
		i += comm;
	}
	fputs("\"", f);
	for (u32 i = 0; i < nr; i++) {
		bool comm = field[i].type == FIELD_str8;

		fprintf(f, ", REC->%s", comm ? "comm" : field[i].name);
		i += comm;
	}
	fputs("\n", f);
}

static void own_format_write(FILE *out, const struct trace_catalogue *c, u32 id)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = text_stream(&text, &len);

	fprintf(f, "name: %s\nID: %u\nformat:\n" COMMON_FIELDS, trace_event_name(id),
		TC_OWN_ID + id);
	own_fields_write(f, c->field[id], c->nr[id]);
	own_print_write(f, c->field[id], c->nr[id]);
	fclose(f);
	tc_text_write(out, text, len);
	free(text);
}

/* ---- the head ---- */

static void sched_write(FILE *out, bool comm_dynamic)
{
	fwrite("sched", 6, 1, out);
	number_write(out, 5, 4);
	kernel_format_write(out, "sched_switch", TC_SCHED_SWITCH, switch_body);
	kernel_format_write(out, "sched_wakeup", TC_SCHED_WAKEUP, wakeup_body);
	kernel_format_write(out, "sched_wakeup_new", TC_SCHED_WAKEUP_NEW, wakeup_body);
	kernel_format_write(out, "sched_waking", TC_SCHED_WAKING, wakeup_body);
	kernel_format_write(out, "sched_migrate_task", TC_SCHED_MIGRATE_TASK,
			    comm_dynamic ? migrate_dynamic_body : migrate_body);
}

static void own_write(FILE *out, const struct trace_catalogue *c)
{
	u32 nr = 0;

	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		nr += !tc_is_kernels(id);
	fwrite("kickstand", 10, 1, out);
	number_write(out, nr, 4);
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		if (!tc_is_kernels(id))
			own_format_write(out, c, id);
}

void tc_formats_write(FILE *out, const struct trace_catalogue *c, bool comm_dynamic)
{
	fwrite("\x17\x08\x44tracing6", 12, 1, out);
	number_write(out, 0, 1); /* little-endian */
	number_write(out, sizeof(long), 1);
	number_write(out, TC_PAGE_BYTES, 4);
	fwrite("header_page", 12, 1, out);
	tc_text_write(out, header_page, strlen(header_page));
	fwrite("header_event", 13, 1, out);
	tc_text_write(out, header_event, strlen(header_event));
	number_write(out, 0, 4); /* formats of ftrace's own events */
	number_write(out, 2, 4);
	sched_write(out, comm_dynamic);
	own_write(out, c);
	number_write(out, 0, 4); /* kallsyms */
	number_write(out, 0, 4); /* formats of trace_printk() */
}
