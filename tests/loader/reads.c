// SPDX-License-Identifier: GPL-2.0-only
/*
 * reads.c - a loader whose program reads user memory: the loader's own is there, a page
 * that it has not is not, and neither is what is the machine's in the same process.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct where {
	unsigned long at, value;
	long err;
	unsigned int bytes;
	char text[8];
};

static struct bpf_object *obj;

static struct where run(const char *program, const void *at)
{
	struct where w = { .at = (unsigned long)at, .bytes = 8 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &w, .ctx_size_in = sizeof(w));

	if (bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(obj, program)),
				   &opts))
		w.err = -1;
	return w;
}

static void look(const char *name, const void *at)
{
	struct where w = run("look", at);

	printf("%s: %ld, %#lx\n", name, w.err, w.value);
}

int main(int argc, char **argv)
{
	static const unsigned long mine = 0x600d;
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long local = 0x10ca1;

	obj = bpf_object__open_file(argv[1], NULL);
	if (!obj || bpf_object__load(obj) || pages == MAP_FAILED)
		return 1;
	munmap(pages + 4096, 4096);
	strcpy(pages + 4092, "end");
	look("its constant", &mine);
	look("its stack", &local);
	look("nothing", NULL);
	look("two pages, of which it has one", pages + 4092);
	look("the machine's code", (void *)syscall);
	look("the guests' memory", (void *)0x200000000000);
	look("the kernel's half", (void *)~7UL);
	printf("text: %ld, %s\n", run("look_at_text", pages + 4092).err,
	       run("look_at_text", pages + 4092).text);
	return 0;
}
