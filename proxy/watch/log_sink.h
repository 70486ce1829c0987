// SPDX-License-Identifier: ISC
//
// Where lines of the log go. Called by log.c alone.

#ifndef WATCH_LOG_SINK_H
#define WATCH_LOG_SINK_H

#include "watch/log.h"
#include "watch/record.h"

// One line: the record's values, then the sentence. Either may be empty
// (sentence: NULL); the sentence is escaped here.
void log_sink_write(const struct log *log, enum severity severity,
    const struct record *record, const char *sentence);

#endif
