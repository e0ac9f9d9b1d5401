// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. A process is one command: it begins empty, and ends with it. */
#include "state.h"

struct cli_state cli_state;
