/* SPDX-License-Identifier: GPL-2.0-only */
/* host.h - the function of a name that we define too: the C library's own. */
#ifndef KS_SYS_HOST_H
#define KS_SYS_HOST_H

#include <dlfcn.h>

#define HOST(name) \
	({ \
		static __typeof__(name) *host_fn; \
		if (!host_fn) \
			host_fn = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
		host_fn; \
	})

#endif
