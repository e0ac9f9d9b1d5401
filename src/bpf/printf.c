// SPDX-License-Identifier: GPL-2.0-only
/*
 * printf.c - see printf.h. Facts: kernel/bpf/helpers.c (bpf_bprintf_prepare: what
 * is allowed and what is an error), Documentation/core-api/printk-formats.
 *
 * The kernel first packs arguments (strings by value) into 1152 bytes and prints
 * from there; the room that packing needs is counted here for the same -ENOSPC.
 * Pointers print as they are: addresses of a machine are the same in every run, so
 * there is nothing to hide, where the kernel prints a hash.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/region.h"
#include "bpf/env.h"
#include "bpf/printf.h"
#include "bpf/vm.h"

#define BPRINTF_BIN_ARGS 1152 /* MAX_BPRINTF_BIN_ARGS */
#define FMT_MAX 4096

struct printer {
	char *out;
	size_t n, len; /* room, and length so far if there were room */
	u32 left;      /* of the kernel's argument buffer */
};

/* "%" flags width, then a conversion */
struct spec {
	char head[24];
	bool has_width;
	u32 cut;	  /* of the width: more than there ever is room for */
	const char *conv; /* first character after the width */
};

static void put(struct printer *p, const char *fmt, ...) __printf(2, 3);

static void put(struct printer *p, const char *fmt, ...)
{
	size_t room = p->len < p->n ? p->n - p->len : 0;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(room ? p->out + p->len : NULL, room, fmt, ap);
	va_end(ap);
	p->len += len;
}

static int use_room(struct printer *p, u32 bytes)
{
	if (bytes > p->left)
		return -ENOSPC;
	p->left -= bytes;
	return 0;
}

/* May @c follow a complete %p or %s? */
static bool ends_spec(char c)
{
	return !c || isspace((unsigned char)c) || ispunct((unsigned char)c);
}

/* vsprintf.c keeps a width in 24 bits, the sign among them; a negative one is none here. */
static u32 parse_width(const char **p)
{
	u32 width = 0;

	while (isdigit((unsigned char)**p))
		width = width * 10 + (*(*p)++ - '0');
	width &= 0xffffff;
	return width & 0x800000 ? 0 : width;
}

/* Once each: more of them say no more. */
static u32 parse_flags(char *out, const char **p)
{
	u32 n = 0;

	for (; **p && strchr("0+- ", **p); ++*p)
		if (!memchr(out, **p, n))
			out[n++] = **p;
	return n;
}

static void parse_head(struct spec *s, const struct printer *p, const char *fmt)
{
	u32 room = max(p->n, (size_t)BPRINTF_BUF) + 1, width;
	u32 n;

	s->head[0] = '%';
	n = 1 + parse_flags(s->head + 1, &fmt);
	s->has_width = *fmt >= '1' && *fmt <= '9';
	width = parse_width(&fmt);
	s->cut = width > room ? width - room : 0;
	s->head[n] = '\0';
	if (width)
		snprintf(s->head + n, sizeof(s->head) - n, "%u", width - s->cut);
	s->conv = fmt;
}

/* The conversion that the host's printf is given: the head and @tail. */
static const char *host_fmt(struct spec *s, const char *tail, char *buf, size_t n)
{
	snprintf(buf, n, "%s%s", s->head, tail);
	return buf;
}

/* The format strings made here have exactly one conversion of the type passed. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static int put_string(struct printer *p, struct spec *s, u64 addr)
{
	char str[BPRINTF_BIN_ARGS], fmt[32];
	int err;

	if (!p->left)
		return -ENOSPC;
	if (vm_str(addr, str, p->left) < 0)
		str[0] = '\0';
	err = use_room(p, min((u32)strlen(str) + 1, p->left));
	put(p, host_fmt(s, "s", fmt, sizeof(fmt)), str);
	return err;
}

static int put_text(struct printer *p, struct spec *s, const char *text)
{
	char fmt[32];

	put(p, host_fmt(s, "s", fmt, sizeof(fmt)), text);
	return use_room(p, strlen(text) + 1);
}

static int put_char(struct printer *p, struct spec *s, u64 c)
{
	char fmt[32];

	put(p, host_fmt(s, "c", fmt, sizeof(fmt)), (int)(u8)c);
	return use_room(p, 1);
}

static int put_pointer(struct printer *p, struct spec *s, u64 addr)
{
	char fmt[32];

	if (s->has_width)
		put(p, host_fmt(s, "llx", fmt, sizeof(fmt)), addr);
	else
		put(p, "%016llx", addr);
	return use_room(p, 8);
}

static int put_integer(struct printer *p, struct spec *s, char conv, u32 bytes, u64 arg)
{
	const char tail[] = { 'l', 'l', conv, '\0' };
	char fmt[32];

	if (bytes == 4)
		arg = conv == 'd' || conv == 'i' ? (u64)(s64)(s32)arg : (u32)arg;
	put(p, host_fmt(s, tail, fmt, sizeof(fmt)), arg);
	/* the kernel aligns to 4 first, which only strings before can have upset */
	p->left -= p->left % 4;
	return use_room(p, bytes);
}

#pragma GCC diagnostic pop

static int put_symbol(struct printer *p, struct spec *s, u64 addr)
{
	char name[128];

	if (!ENV->symbol(addr, name, sizeof(name)))
		snprintf(name, sizeof(name), "0x%llx", addr);
	return put_text(p, s, name);
}

static void format_ip4(char *buf, size_t n, const u8 *ip, bool padded)
{
	if (padded)
		snprintf(buf, n, "%03u.%03u.%03u.%03u", ip[0], ip[1], ip[2], ip[3]);
	else
		snprintf(buf, n, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

static void format_ip6(char *buf, size_t n, const u8 *ip, bool plain)
{
	size_t at = 0;
	u32 i;

	for (i = 0; i < 16; i += 2)
		at += snprintf(buf + at, n - at, "%s%02x%02x", i && !plain ? ":" : "", ip[i],
			       ip[i + 1]);
}

/* %pI4 %pi4 %pI6 %pi6: the argument points at the address; an unreadable one is zero */
static int put_ip(struct printer *p, struct spec *s, const char *kind, u64 addr)
{
	u8 ip[16] = { 0 };
	const u32 len = kind[1] == '4' ? 4 : 16;
	const void *src = vm_ptr(addr, len);
	char text[48];

	if (src)
		memcpy(ip, src, len);
	if (len == 4)
		format_ip4(text, sizeof(text), ip, kind[0] == 'i');
	else
		format_ip6(text, sizeof(text), ip, kind[0] == 'i');
	return put_text(p, s, text);
}

/* After "%p": what follows decides. *end is set behind the conversion. */
static int put_p(struct printer *p, struct spec *s, u64 arg, const char **end)
{
	const char *k = s->conv + 1;

	*end = k;
	if (ends_spec(*k))
		return put_pointer(p, s, arg);
	*end = k + 2;
	if ((k[0] == 'k' || k[0] == 'u') && k[1] == 's')
		return ends_spec(k[2]) ? put_string(p, s, arg) : -EINVAL;
	if ((k[0] == 'i' || k[0] == 'I') && (k[1] == '4' || k[1] == '6'))
		return put_ip(p, s, k, arg);
	*end = k + 1;
	if (*k == 'K' || *k == 'x')
		return put_pointer(p, s, arg);
	if (*k == 's' || *k == 'S' || *k == 'B')
		return put_symbol(p, s, arg);
	return -EINVAL;
}

static int put_number(struct printer *p, struct spec *s, u64 arg, const char **end)
{
	const char *c = s->conv;
	u32 bytes = 4;

	for (; *c == 'l' && c < s->conv + 2; c++)
		bytes = 8;
	if (!*c || !strchr("idux"
			   "X",
			   *c))
		return -EINVAL;
	*end = c + 1;
	return put_integer(p, s, *c, bytes, arg);
}

static int put_arg(struct printer *p, struct spec *s, u64 arg, const char **end)
{
	*end = s->conv + 1;
	switch (*s->conv) {
	case 'p':
		return put_p(p, s, arg, end);
	case 's':
		return ends_spec(s->conv[1]) ? put_string(p, s, arg) : -EINVAL;
	case 'c':
		return put_char(p, s, arg);
	default:
		return put_number(p, s, arg, end);
	}
}

static int put_plain(struct printer *p, const char *c)
{
	if (!(*c & 0x80) && !isprint((unsigned char)*c) && !isspace((unsigned char)*c))
		return -EINVAL;
	put(p, "%c", *c);
	return 0;
}

int fmt_bprintf(char *out, size_t n, const char *fmt, const u64 *args, u32 nr_args)
{
	struct printer p = { .out = out, .n = n, .left = BPRINTF_BIN_ARGS };
	struct spec s;
	u32 used = 0;
	int err = 0;

	if (n)
		out[0] = '\0';
	while (!err && *fmt) {
		if (*fmt != '%') {
			err = put_plain(&p, fmt++);
		} else if (fmt[1] == '%') {
			put(&p, "%%");
			fmt += 2;
		} else {
			if (used >= nr_args)
				return -EINVAL;
			parse_head(&s, &p, fmt + 1);
			err = put_arg(&p, &s, args[used++], &fmt);
			p.len += s.cut;
		}
	}
	return err ? err : (int)p.len;
}

int fmt_guest(char *out, size_t n, u64 fmt, u32 fmt_size, u64 args, u32 args_bytes)
{
	u64 words[BPRINTF_ARGS_MAX];
	char copy[FMT_MAX];
	const void *src;
	int len;

	if (!fmt_size || args_bytes % 8 || args_bytes > sizeof(words) || (args_bytes && !args))
		return -EINVAL;
	len = vm_str(fmt, copy, min(fmt_size, (u32)sizeof(copy)));
	if (len < 0)
		return len;
	/* a cut-off string has no end within fmt_size */
	if (fmt_size <= sizeof(copy) && !memchr((void *)(uintptr_t)fmt, 0, fmt_size))
		return -EINVAL;
	src = args_bytes ? vm_ptr(args, args_bytes) : words;
	if (!src)
		return -EFAULT;
	memmove(words, src, args_bytes);
	return fmt_bprintf(out, n, copy, words, args_bytes / 8);
}

void fmt_emit(const char *text)
{
	char line[BPRINTF_BUF];
	size_t len = strlen(text);

	if (!len)
		return;
	len -= text[len - 1] == '\n';
	/* a newline further in may come from a string, and what follows look like a line of ours */
	snprintf(line, sizeof(line), "%.*s", (int)min(len, sizeof(line) - 1), text);
	ENV->printk(line);
}
