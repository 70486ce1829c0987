// SPDX-License-Identifier: ISC

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "host/journal.h"

#include <stddef.h>

#ifdef HAVE_LIBSYSTEMD
// The caller's file and line say nothing here: all lines come from one.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

journal_send *
journal_sink(void)
{
	return sd_journal_sendv;
}
#else
journal_send *
journal_sink(void)
{
	return NULL;
}
#endif
