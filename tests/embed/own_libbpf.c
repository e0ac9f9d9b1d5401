// SPDX-License-Identifier: GPL-2.0-only
/*
 * own_libbpf.c - a program with a libbpf and a skeleton of its own, on a machine of
 * libkickstand's in the same process: its bpf(2) calls reach the machine, because the
 * library defines syscall() and the like before libc does.
 *
 *	own_libbpf api.bpf.o
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <kickstand.h>

#define MS 1000000

/* what `bpftool gen skeleton` would have written */
struct skeleton {
	struct bpf_object_skeleton s;
	struct bpf_object *obj;
	struct bpf_map_skeleton maps[3];
	struct bpf_prog_skeleton progs[2];
	struct bpf_map *api_ops, *pairs, *bss;
	struct bpf_program *poke, *api_enqueue;
	struct bpf_link *ops_link, *enqueue_link, *poke_link;
	void *bss_data;
};

static char image[1 << 20];

static void skeleton_open(struct skeleton *k, const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		err(1, "%s", path);
	k->s.data = image;
	k->s.data_sz = fread(image, 1, sizeof(image), f);
	fclose(f);
	k->maps[0] = (struct bpf_map_skeleton){ "api_ops", &k->api_ops, NULL, &k->ops_link };
	k->maps[1] = (struct bpf_map_skeleton){ "pairs", &k->pairs };
	k->maps[2] = (struct bpf_map_skeleton){ "api.bss", &k->bss, &k->bss_data };
	k->progs[0] = (struct bpf_prog_skeleton){ "poke", &k->poke, &k->poke_link };
	k->progs[1] =
		(struct bpf_prog_skeleton){ "api_enqueue", &k->api_enqueue, &k->enqueue_link };
	k->s.sz = sizeof(k->s);
	k->s.name = "api";
	k->s.obj = &k->obj;
	k->s.map_cnt = 3;
	k->s.map_skel_sz = sizeof(k->maps[0]);
	k->s.maps = k->maps;
	k->s.prog_cnt = 2;
	k->s.prog_skel_sz = sizeof(k->progs[0]);
	k->s.progs = k->progs;
	if (bpf_object__open_skeleton(&k->s, NULL))
		err(1, "open");
}

/* a skeleton has a structure for this */
static unsigned long long variable(const struct skeleton *k, const char *name)
{
	const struct btf *btf = bpf_object__btf(k->obj);
	const struct btf_type *sec = btf__type_by_id(btf, bpf_map__btf_value_type_id(k->bss));
	const struct btf_var_secinfo *v = btf_var_secinfos(sec);
	const char *here;
	int i;

	for (i = 0; i < btf_vlen(sec); i++, v++) {
		here = btf__name_by_offset(btf, btf__type_by_id(btf, v->type)->name_off);
		if (!strcmp(here, name))
			return *(unsigned long long *)((char *)k->bss_data + v->offset);
	}
	errx(1, "no variable '%s'", name);
}

static void use_maps_and_programs(const struct skeleton *k)
{
	unsigned int key = 3, args[2] = { 20, 0 }, pair[2] = { 4, 5 }, back[2] = { 0, 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	if (bpf_map__update_elem(k->pairs, &key, sizeof(key), pair, sizeof(pair), 0) ||
	    bpf_map__lookup_elem(k->pairs, &key, sizeof(key), back, sizeof(back), 0))
		err(1, "pairs");
	printf("pairs[3] = {%u, %u}\n", back[0], back[1]);
	if (bpf_prog_test_run_opts(bpf_program__fd(k->poke), &opts))
		err(1, "poke");
	printf("poke returned %u, and said %u\n", opts.retval, args[1]);
}

int main(int argc, char **argv)
{
	static const struct ks_step forever[] = { { KS_RUN, KS_FOREVER } };
	struct ks_task_opts task = {
		.sz = sizeof(task),
		.comm = "hog",
		.cpus = "1",
		.steps = forever,
		.nr_steps = 1,
	};
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 2, .seed = 1 };
	struct ks_machine *m = ks_machine_create(&opts, NULL);
	struct skeleton k = { 0 };
	struct ks_task t = { .sz = sizeof(t) };
	int pid;

	if (!m || argc < 2)
		errx(1, "%s", m ? "no object" : ks_error());
	skeleton_open(&k, argv[1]);
	if (bpf_object__load_skeleton(&k.s))
		err(1, "load");
	use_maps_and_programs(&k);
	if (bpf_object__attach_skeleton(&k.s))
		err(1, "attach");
	if (ks_task_add(m, &task, &pid) || ks_task_add(m, &task, NULL) ||
	    ks_machine_run(m, 50 * MS) || ks_task_get(m, pid, &t))
		errx(1, "%s", ks_error());
	printf("%s runs in class %s, enqueued %s\n", t.comm, t.task_class,
	       variable(&k, "nr_enqueues") >= 9 ? "often" : "seldom");
	bpf_object__detach_skeleton(&k.s);
	if (ks_machine_run(m, 50 * MS) || ks_task_get(m, pid, &t))
		errx(1, "%s", ks_error());
	printf("%s runs in class %s\n", t.comm, t.task_class);
	bpf_object__close(k.obj);
	ks_machine_destroy(m);
	return 0;
}
