// SPDX-License-Identifier: GPL-2.0-only
/*
 * qmap_pair.c - the kernel's scx_qmap twice, one below the other, as two threads of one
 * program: exec runs one. scripts/kernel-loaders.sh compiles the unchanged loader once for
 * each, with main() renamed.
 *
 *	qmap_pair /sys/fs/cgroup/a
 *
 * Both would have their arena at one address, which is fine for two processes only: the
 * child's goes where there is room.
 */
#include <pthread.h>
#include <unistd.h>
#include <bpf/libbpf.h>

int qmap_parent(int argc, char **argv);
int qmap_child(int argc, char **argv);
int load_child(struct bpf_object_skeleton *s);

static void *parent(void *arg)
{
	char *argv[] = { "scx_qmap", "-i", "1", NULL };

	return (void *)(long)qmap_parent(3, argv);
}

/* what the child calls in place of bpf_object__load_skeleton() */
int load_child(struct bpf_object_skeleton *s)
{
	int err = bpf_map__set_map_extra(bpf_object__find_map_by_name(*s->obj, "arena"), 0);

	return err ? err : bpf_object__load_skeleton(s);
}

int main(int argc, char **argv)
{
	char *child[] = { "scx_qmap", "-i", "1", "-c", argv[1], NULL };
	pthread_t thread;

	if (argc != 2 || pthread_create(&thread, NULL, parent, NULL))
		return 2;
	sleep(1); /* until the parent is there */
	return qmap_child(5, child);
}
