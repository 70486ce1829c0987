// SPDX-License-Identifier: ISC
//
// Names of the sequencer's tables, for traces.

#include "base/contract.h"
#include "smtp/sequencer.h"

const char *
event_name(enum event_kind kind)
{
	static const char *const names[EVENT_COUNT] = {
#define EVENT(id, text) [EVENT_##id] = #id,
#include "smtp/event.def"
#undef EVENT
	};

	REQUIRE(kind < EVENT_COUNT);
	return names[kind];
}

const char *
action_name(enum action_kind kind)
{
	static const char *const names[ACTION_COUNT] = {
#define ACTION(id, text) [ACTION_##id] = #id,
#include "smtp/action.def"
#undef ACTION
	};

	REQUIRE(kind < ACTION_COUNT);
	return names[kind];
}

const char *
note_name(enum note note)
{
	static const char *const names[NOTE_COUNT] = {
	    [NOTE_MIXED_TLS] = "mixed-tls",
	    [NOTE_IGNORED_220] = "sender-ignored-220",
	    [NOTE_NO_EHLO_AFTER_TLS] = "no-ehlo-after-tls",
	    [NOTE_STRIPPED] = "starttls-missing",
	    [NOTE_FORGOTTEN] = "tls-forgotten",
	    [NOTE_ACCEPTED] = "accepted",
	    [NOTE_REFUSED] = "rejected",
	    [NOTE_REJECTED] = "rejected",
	    [NOTE_UNKNOWN] = "unknown",
	    [NOTE_UNACKNOWLEDGED] = "accepted-unacked",
	    [NOTE_NEXT_RUNG] = "next-attempt",
	    [NOTE_NEXT_RECEIVER] = "next-receiver",
	    [NOTE_NO_XFORWARD] = "no-xforward",
	    [NOTE_NO_XCLIENT] = "no-xclient",
	    [NOTE_BAD_XCLIENT] = "bad-xclient",
	};

	REQUIRE(note < NOTE_COUNT);
	return names[note];
}
