/* SPDX-License-Identifier: GPL-2.0-only */
/* user_exit_info_common.h - what UEI_DEFINE() defines, in the layout that loaders read. */
#ifndef KS_SCX_USER_EXIT_INFO_COMMON_H
#define KS_SCX_USER_EXIT_INFO_COMMON_H

enum uei_sizes {
	UEI_REASON_LEN = 128,
	UEI_MSG_LEN = 1024,
	UEI_DUMP_DFL_LEN = 32768,
};

struct user_exit_info {
	int kind;		/* enum scx_exit_kind; 0: it has not ended */
	s32 exit_cpu;
	s64 exit_code;
	char reason[UEI_REASON_LEN];
	char msg[UEI_MSG_LEN];
};

#endif
