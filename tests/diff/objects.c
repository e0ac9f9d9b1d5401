// SPDX-License-Identifier: GPL-2.0-only
/*
 * objects.c - loads the programs of BPF objects, one at a time, runs them and prints
 * what they left in `results` (tests/bpf/diff.h). Knows nothing of Kickstand; see
 * tests/diff.sh.
 *
 *	objects OBJECT...
 *	objects --lacks OBJECT		what this kernel lacks for it: one line, or nothing
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_OUT 64

struct results {
	unsigned long long out[NR_OUT];
	char text[1024];
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return getenv("OBJECTS_LOG") ? vfprintf(stderr, fmt, ap) : 0;
}

static void print_text(const char *text, size_t room)
{
	size_t n = strnlen(text, room);

	if (!n)
		return;
	printf(" \"");
	for (size_t i = 0; i < n; i++)
		printf(text[i] < ' ' || text[i] == '"' || text[i] == '\\' ? "\\x%02x" : "%c",
		       (unsigned char)text[i]);
	putchar('"');
}

static void print_results(const char *name, int retval, const struct results *r)
{
	int last = NR_OUT - 1;

	while (last >= 0 && !r->out[last])
		last--;
	printf("%s: returns %d:", name, retval);
	for (int i = 0; i <= last; i++)
		printf(" %llx", r->out[i]);
	print_text(r->text, sizeof(r->text));
	putchar('\n');
}

static int run(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".data.results");
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct results r = { 0 };
	unsigned int zero = 0;
	int err;

	if (!map || bpf_map__value_size(map) != sizeof(r)) {
		fprintf(stderr, "objects: there are no results\n");
		return 1;
	}
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	if (!err)
		err = bpf_map_lookup_elem(bpf_map__fd(map), &zero, &r);
	if (err)
		printf("%s: does not run: %s\n", name, strerror(-err));
	else
		print_results(name, opts.retval, &r);
	return 0;
}

/* With a fresh object: maps are empty, and a program that is refused harms no other. */
static int load_and_run(const char *path, const char *name)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	int err;

	if (!obj)
		return 1;
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	err = bpf_object__load(obj);
	if (err)
		printf("%s: refused: %s\n", name, strerror(-err));
	else
		err = run(obj, name);
	fflush(stdout);
	bpf_object__close(obj);
	return err > 0;
}

static int run_all(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	int err = 0;

	if (!obj) {
		fprintf(stderr, "objects: %s: %s\n", path, strerror(errno));
		return 1;
	}
	bpf_object__for_each_program(prog, obj)
		if (bpf_program__type(prog) == BPF_PROG_TYPE_SYSCALL ||
		    bpf_program__type(prog) == BPF_PROG_TYPE_RAW_TRACEPOINT)
			err |= load_and_run(path, bpf_program__name(prog));
	bpf_object__close(obj);
	return err;
}

/* ---- does this kernel have what an object needs? ---- */

/* A kernel that is built without the JIT, or has it off, refuses every call of a kfunc. */
static bool jit_is_off(void)
{
	FILE *f = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int c = f ? fgetc(f) : EOF;

	if (f)
		fclose(f);
	return c == '0';
}

static bool lacks_map(const struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) {
		enum bpf_map_type type = bpf_map__type(map);
		const char *name = libbpf_bpf_map_type_str(type);

		if (libbpf_probe_bpf_map_type(type, NULL) == 1)
			continue;
		printf("no maps of type %u, %s\n", type, name ? name : "which has no name");
		return true;
	}
	return false;
}

/* The extern functions of @ours: weak or not, a program that calls one needs it. */
static bool lacks_kfunc(const struct btf *ours, const struct btf *kernel)
{
	int sec = btf__find_by_name_kind(ours, ".ksyms", BTF_KIND_DATASEC);
	const struct btf_type *t = sec > 0 ? btf__type_by_id(ours, sec) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_type *f = btf__type_by_id(ours, btf_var_secinfos(t)[i].type);
		const char *name = btf__name_by_offset(ours, f->name_off);

		if (!btf_is_func(f) || btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0)
			continue;
		printf("no kfunc %s\n", name);
		return true;
	}
	return false;
}

static int print_lacks(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct btf *kernel = btf__load_vmlinux_btf();
	struct btf *ours = btf__parse_elf(path, NULL); /* the open object's is changed by libbpf */

	if (!obj || !ours) {
		fprintf(stderr, "objects: %s: %s\n", path, strerror(errno));
		return 1;
	}
	if (!kernel)
		puts("no BTF that can be read (/sys/kernel/btf/vmlinux)");
	else if (jit_is_off())
		puts("its BPF JIT off");
	else if (!lacks_map(obj))
		lacks_kfunc(ours, kernel);
	btf__free(ours);
	btf__free(kernel);
	bpf_object__close(obj);
	return 0;
}

int main(int argc, char **argv)
{
	int err = argc < 2;

	libbpf_set_print(quiet);
	if (argc == 3 && !strcmp(argv[1], "--lacks"))
		return print_lacks(argv[2]);
	for (int i = 1; i < argc; i++)
		err |= run_all(argv[i]);
	return err;
}
