// SPDX-License-Identifier: ISC
//
// No taps at all, in place of those of trace.h: for a build of session/ and
// what is beneath it that tests/bench/taps.py compares with.

#ifndef WATCH_TRACE_NONE_H
#define WATCH_TRACE_NONE_H

#define TRACE_NONE(...) ((void)sizeof(trace_none(__VA_ARGS__)))
// Uses its arguments, which are then not evaluated.
int trace_none(const void *session, ...);

#define trace_begin(trace, id)                                                 \
	(TRACE_NONE(trace, id), (struct trace_session *)NULL)
#define trace_end(session, reason)   TRACE_NONE(session, reason)
#define trace_connected(...)         TRACE_NONE(__VA_ARGS__)
#define trace_ended(...)             TRACE_NONE(__VA_ARGS__)
#define trace_closed(...)            TRACE_NONE(__VA_ARGS__)
#define trace_dialogue(...)          TRACE_NONE(__VA_ARGS__)
#define trace_records(...)           TRACE_NONE(__VA_ARGS__)
#define trace_handshake(...)         TRACE_NONE(__VA_ARGS__)
#define trace_say(...)               TRACE_NONE(__VA_ARGS__)
#define trace_wants_secrets(session) (TRACE_NONE(session), false)

#endif
