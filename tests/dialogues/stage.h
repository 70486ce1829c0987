// SPDX-License-Identifier: ISC
//
// The real bridge, sequencer and parsers between two fake legs, in fake time.
// Everything that sallyport does is put on record.

#ifndef DIALOGUES_STAGE_H
#define DIALOGUES_STAGE_H

#include "record.h"

#include "smtp/bridge.h"

enum { NAMES_MOST = 8, DETAIL_MOST = 128, KERNEL_MOST = 1 << 22 };

// What policy says when it is asked, beside the settings.
struct stage_policy {
	char refused_hello[DETAIL_MOST]; // the name or path that is refused
	char told_hello[DETAIL_MOST]; // the only name that is told by XCLIENT
	char refused_mail[DETAIL_MOST];
	char refused_rcpt[DETAIL_MOST];
	char refused_client[DETAIL_MOST]; // arguments of XCLIENT
	bool too_weak;                    // a sender whose TLS is weak
};

struct stage {
	struct bridge bridge;
	struct sequencer_settings settings;
	struct stage_policy policy;
	enum own_reply refusal; // at the start; OWN_COUNT: none
	enum reason refusal_reason;
	struct record record;
	bool unwatched; // nobody is told what traces show
	bool finished;
	uint64_t now; // milliseconds
	enum timer timer[2];
	uint64_t deadline[2];
	struct buffer kernel[2]; // came, but not read yet
	size_t unread[2];        // more of that, never read in this dialogue
	bool stalled[2];         // the peer takes no bytes
	bool queueing[2];        // it takes none, but our queue has room
	bool written[2];         // something waits to be told as drained
	bool securing[2];        // TLS was begun; its outcome is due
	struct client client;    // as XCLIENT told
	struct client forwarded; // as XFORWARD told
	bool doomed;             // the sender's connection is broken, unseen
	unsigned first;          // receiver that was last dialled
	char detail[DETAIL_MOST];
	char secret[DETAIL_MOST]; // never in a trace that is not marked
	char texts[NAMES_MOST * 2 + 1][DETAIL_MOST];
	const char *hide[NAMES_MOST];
	const char *show[NAMES_MOST];
	const char *fault; // why the dialogue cannot go on; NULL: it can
};

void stage_init(struct stage *stage);
void stage_free(struct stage *stage);

// "sender.tls offer" and the like, as in the configuration; before the start.
bool stage_set(struct stage *stage, const char *setting);
void stage_start(struct stage *stage);

// Bytes of a peer arrive, in one piece.
void stage_receive(
    struct stage *stage, enum side side, const uint8_t *bytes, size_t size);
// Something else happens on a leg: "secured strong", "closed" ...; false when
// the words are not understood.
bool stage_happen(struct stage *stage, enum side side, const char *what);
void stage_stop(struct stage *stage);
void stage_cut(struct stage *stage);
// Time passes; timers run out in their order.
void stage_wait(struct stage *stage, uint64_t milliseconds);

#endif
