// SPDX-License-Identifier: GPL-2.0-only
/*
 * assertion.c - see assertion.h. A text is read once into nodes, each behind those it is made of:
 *
 *	nr < 8		[0] global nr   [1] number 8   [2] 0 < 1
 */
#include "api/assertion.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/handle.h"
#include "api/number.h"
#include "api/typed.h"
#include "base/suggest.h"
#include "base/text_stream.h"
#include "bpf/prog.h"
#include "kern/machine.h"

#define NODES_MAX 64
#define NAME_LEN 128
#define TEXT_MAX 1000

enum op {
	NUMBER,
	GLOBAL,
	NOT,
	NEGATE,
	INVERT,
	OR,
	AND,
	BIT_OR,
	XOR,
	BIT_AND,
	EQ,
	NE,
	LE,
	GE,
	LT,
	GT,
	SHL,
	SHR,
	ADD,
	SUB,
	MUL,
	DIV,
	MOD,
};

struct node {
	enum op op;
	u8 left, right;
	s64 number;
	/* a global */
	const u8 *data;
	u32 size; /* bytes: 1, 2, 4 or 8 */
	bool is_signed;
	char name[NAME_LEN];
};

struct assertion {
	struct assertion *next;
	char *text;
	struct node at[NODES_MAX];
	u32 nr;
	char *broken; /* the line of the first time; NULL: it has held */
};

/* ---- values ---- */

static s64 load(const struct node *n)
{
	u64 v = 0;
	u32 unused = 64 - 8 * n->size;

	memcpy(&v, n->data, n->size);
	return n->is_signed ? (s64)(v << unused) >> unused : (s64)v;
}

static s64 quotient(enum op op, s64 a, s64 b)
{
	if (!b)
		return op == DIV ? 0 : a;
	if (b == -1) /* the least number has no opposite */
		return op == DIV ? (s64) - (u64)a : 0;
	return op == DIV ? a / b : a % b;
}

static s64 apply(enum op op, s64 a, s64 b)
{
	switch (op) {
	case BIT_OR:
		return a | b;
	case XOR:
		return a ^ b;
	case BIT_AND:
		return a & b;
	case EQ:
		return a == b;
	case NE:
		return a != b;
	case LE:
		return a <= b;
	case GE:
		return a >= b;
	case LT:
		return a < b;
	case GT:
		return a > b;
	case SHL:
		return (s64)((u64)a << (b & 63));
	case SHR:
		return a >> (b & 63);
	case ADD:
		return (s64)((u64)a + (u64)b);
	case SUB:
		return (s64)((u64)a - (u64)b);
	case MUL:
		return (s64)((u64)a * (u64)b);
	default:
		return quotient(op, a, b);
	}
}

static s64 value(const struct assertion *a, u32 i)
{
	const struct node *n = &a->at[i];

	switch (n->op) {
	case NUMBER:
		return n->number;
	case GLOBAL:
		return load(n);
	case NOT:
		return !value(a, n->left);
	case NEGATE:
		return (s64) - (u64)value(a, n->left);
	case INVERT:
		return ~value(a, n->left);
	case AND:
		return value(a, n->left) && value(a, n->right);
	case OR:
		return value(a, n->left) || value(a, n->right);
	default:
		return apply(n->op, value(a, n->left), value(a, n->right));
	}
}

/* ---- reading ---- */

struct reader {
	struct ks_object *obj;
	struct assertion *a;
	const char *p;
	bool failed;
};

/* the longer of two with the same beginning first; @level: the higher binds the tighter */
static const struct {
	const char *word;
	enum op op;
	u32 level;
} binaries[] = {
	{ "||", OR, 1 },     { "&&", AND, 2 }, { "|", BIT_OR, 3 }, { "^", XOR, 4 },
	{ "&", BIT_AND, 5 }, { "==", EQ, 6 },  { "!=", NE, 6 },	   { "<<", SHL, 8 },
	{ ">>", SHR, 8 },    { "<=", LE, 7 },  { ">=", GE, 7 },	   { "<", LT, 7 },
	{ ">", GT, 7 },	     { "+", ADD, 9 },  { "-", SUB, 9 },	   { "*", MUL, 10 },
	{ "/", DIV, 10 },    { "%", MOD, 10 },
};

static __printf(2, 3) u32 wrong(struct reader *r, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!r->failed)
		api_fail(KS_USAGE, "assertion '%s': %s", r->a->text, what);
	r->failed = true;
	return 0;
}

static void skip_blanks(struct reader *r)
{
	while (isspace((unsigned char)*r->p))
		r->p++;
}

static u32 add(struct reader *r, struct node n)
{
	if (r->a->nr == NODES_MAX)
		return wrong(r, "more than %d operands and operators", NODES_MAX);
	r->a->at[r->a->nr] = n;
	return r->a->nr++;
}

static void suggest_globals(const struct ks_object *obj, struct suggestion *near)
{
	const struct btf *btf = bpf_object__btf(obj->obj);

	for (u32 id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_var(t))
			suggest_try(near, btf__name_by_offset(btf, t->name_off));
	}
}

static u32 unknown_global(struct reader *r, const char *name)
{
	struct suggestion near = { .word = name };
	char said[80];

	suggest_globals(r->obj, &near);
	return wrong(r, "%s has no global variable '%s'%s", r->obj->name, name,
		     suggest_text(&near, said, sizeof(said)));
}

/* An integer of whole bytes: *@n is that. */
static bool take_type(const struct typed_spot *spot, struct node *n)
{
	const struct btf_type *t = typed_skip_mods(spot->btf, spot->type_id);

	if (!t || spot->bits || !spot->data ||
	    !(btf_is_int(t) || btf_is_any_enum(t) || btf_is_ptr(t)))
		return false;
	n->size = btf_is_ptr(t) ? sizeof(u64) : t->size;
	n->is_signed = btf_is_int(t) ? btf_int_encoding(t) & BTF_INT_SIGNED :
				       btf_is_any_enum(t) && btf_kflag(t);
	n->data = spot->data;
	return n->size == 1 || n->size == 2 || n->size == 4 || n->size == 8;
}

static u32 global(struct reader *r)
{
	struct node n = { .op = GLOBAL };
	struct typed_call c = {};
	struct typed_spot spot;
	const char *begin = r->p;
	struct variable v;
	u32 len = 0;

	while (isalnum((unsigned char)*r->p) || *r->p == '_')
		r->p++;
	snprintf(n.name, sizeof(n.name), "%.*s", (int)(r->p - begin), begin);
	if (!variable_find(r->obj->obj, n.name, &v))
		return unknown_global(r, n.name);
	spot = (struct typed_spot){ v.btf, v.type_id, variable_data(&v), v.size };
	if (typed_walk(&spot, &r->p, &c))
		return wrong(r, "%s", c.err);
	len = (u32)(r->p - begin);
	snprintf(n.name, sizeof(n.name), "%.*s", (int)len, begin);
	return take_type(&spot, &n) ? add(r, n) :
				      wrong(r, "'%s' is no integer of whole bytes", n.name);
}

static u32 number(struct reader *r)
{
	bool negative;
	u64 v;

	if (!number_begins(r->p, &v, &negative, &r->p))
		return wrong(r, "a number is due at '%s'", r->p);
	return add(r, (struct node){ .op = NUMBER, .number = (s64)v });
}

static u32 expression(struct reader *r, u32 level);

static u32 unary(struct reader *r, enum op op)
{
	u32 of;

	r->p++;
	of = expression(r, ~0u);
	return r->failed ? 0 : add(r, (struct node){ .op = op, .left = (u8)of });
}

static u32 in_brackets(struct reader *r)
{
	u32 inner;

	r->p++;
	inner = expression(r, 1);
	if (r->failed)
		return 0;
	skip_blanks(r);
	if (*r->p != ')')
		return wrong(r, "')' is due at '%s'", *r->p ? r->p : "the end");
	r->p++;
	return inner;
}

static u32 operand(struct reader *r)
{
	skip_blanks(r);
	switch (*r->p) {
	case '!':
		return unary(r, NOT);
	case '-':
		return unary(r, NEGATE);
	case '~':
		return unary(r, INVERT);
	case '(':
		return in_brackets(r);
	default:
		if (isalpha((unsigned char)*r->p) || *r->p == '_')
			return global(r);
		return isdigit((unsigned char)*r->p) ?
			       number(r) :
			       wrong(r, "a global or a number is due at '%s'",
				     *r->p ? r->p : "the end");
	}
}

static u32 binary_at(const char *p)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(binaries) && !has_prefix(p, binaries[i].word))
		i++;
	return i;
}

/* What binds at least as tightly as @level. */
static u32 expression(struct reader *r, u32 level)
{
	u32 left = operand(r);

	for (;;) {
		u32 i, right;

		skip_blanks(r);
		i = binary_at(r->p);
		if (r->failed || i == ARRAY_SIZE(binaries) || binaries[i].level < level)
			return left;
		r->p += strlen(binaries[i].word);
		right = expression(r, binaries[i].level + 1);
		if (r->failed)
			return 0;
		left = add(r, (struct node){
				      .op = binaries[i].op, .left = (u8)left, .right = (u8)right });
	}
}

/* ---- while it runs ---- */

/* "nr_queued is -1, limit is 8" */
static void put_values(const struct assertion *a, FILE *out)
{
	const char *before = ": ";

	for (u32 i = 0; i < a->nr; i++)
		if (a->at[i].op == GLOBAL) {
			fprintf(out, "%s%s is %lld", before, a->at[i].name, load(&a->at[i]));
			before = ", ";
		}
}

static void note_broken(struct assertion *a, const struct prog *last)
{
	size_t len;
	FILE *out = text_stream(&a->broken, &len);

	fprintf(out, "'%s' does not hold at %llu ns, after %s", a->text, now_ns(), prog_name(last));
	put_values(a, out);
	fclose(out);
}

static void look(void *arg, const struct prog *last)
{
	struct assertion **list = arg;

	for (struct assertion *a = *list; a; a = a->next)
		if (!a->broken && !value(a, a->nr - 1))
			note_broken(a, last);
}

/* ---- life ---- */

/* All of the text. false: it is wrong, and the line says what */
static bool read_text(struct ks_object *obj, struct assertion *a)
{
	struct reader r = { .obj = obj, .a = a, .p = a->text };

	if (strlen(a->text) > TEXT_MAX) {
		wrong(&r, "it is longer than %d letters", TEXT_MAX);
		return false;
	}
	expression(&r, 1);
	if (!r.failed && *r.p)
		wrong(&r, "an operator is due at '%s'", r.p);
	return !r.failed;
}

void assertions_free(struct assertion *list)
{
	while (list) {
		struct assertion *next = list->next;

		free(list->text);
		free(list->broken);
		free(list);
		list = next;
	}
}

KS_PUBLIC int ks_object_assert(struct ks_object *obj, const char *expression)
{
	struct assertion **list, *a;

	if (api_enter_object(obj, API_OUTSIDE, OBJECT_LOADED | OBJECT_ATTACHED) ||
	    api_need(expression))
		return KS_USAGE;
	a = calloc(1, sizeof(*a));
	if (!a || !(a->text = strdup(expression))) {
		free(a);
		return api_fail(KS_USAGE, "out of memory");
	}
	if (!read_text(obj, a)) {
		assertions_free(a);
		return KS_USAGE;
	}
	list = &obj->km->assertions;
	a->next = *list;
	*list = a;
	prog_on_quiet(look, list);
	return KS_OK;
}

KS_PUBLIC int ks_machine_asserted(struct ks_machine *km)
{
	const char *broken = NULL;

	if (api_enter(km, API_OUTSIDE))
		return KS_USAGE;
	for (const struct assertion *a = km->assertions; a; a = a->next)
		broken = a->broken ? a->broken : broken; /* the newest comes first */
	return broken ? api_fail(KS_FAILED, "assertion %s", broken) : KS_OK;
}
