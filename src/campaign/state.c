// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. */
#include "campaign/state.h"

#include <stdarg.h>
#include <stdio.h>

#include "campaign/campaign.h"

struct campaign_state campaign_state;

int campaign_fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(campaign_state.error, sizeof(campaign_state.error), fmt, ap);
	va_end(ap);
	return status;
}

const char *campaign_error(void)
{
	return campaign_state.error;
}
