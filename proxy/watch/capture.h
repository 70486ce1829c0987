// SPDX-License-Identifier: ISC
//
// A capture (--pcap): what the taps of trace.h tell, as packets of one file
// for all sessions. Interfaces of the file:
//
//	sender plaintext, receiver plaintext   what sallyport read and said
//	sender wire, receiver wire             what the network saw
//	events                                 what happened besides, as syslog
//
// frame.h says how they look, and why. Unless secrets are asked for, what
// must not be shown is '*' for each byte of it, wherever it is not under TLS,
// and there is no secret of TLS in the file; with them each secret comes
// before the first packet that it decrypts.
//
// Bytes to a peer are shown when they are queued for it, those from a
// sender in plaintext when their turn comes.

#ifndef WATCH_CAPTURE_H
#define WATCH_CAPTURE_H

#include "watch/frame.h"
#include "watch/mask.h"
#include "watch/record_reader.h"
#include "watch/trace.h"

struct capture; // one a file
struct log;

struct capture_options {
	const char *path;       // not copied
	bool secrets;           // nothing is masked
	uint64_t content_lines; // of a message that are shown, if not secrets
	const struct log *log;  // is told of trouble; may be NULL
};

// Opens the file (watch/secret_file.h). NULL: error says what failed.
struct capture *capture_new(
    const struct capture_options *options, char *error, size_t room);
void capture_free(struct capture **capture);
bool capture_reopen(struct capture *capture, char *error, size_t room);

struct capture_leg {
	struct frame_end ours, peer;
	bool known; // it was connected once
	bool open;  // its TCP connection is shown as open
	bool tls;   // its wire carries records
	// By who sends: the next sequence number, and bytes that the other did
	// not acknowledge yet.
	uint32_t next[2], unacknowledged[2];
	bool ended[2];
	struct record_reader records[2];
	bool inside_line; // of content: the next byte does not begin a line
	struct mask_content content;
	char state[32]; // of the dialogue
};

// Part of a trace_session. All zero: nothing is captured.
struct capture_session {
	struct capture *capture;
	char id[16];
	struct capture_leg legs[2];
};

void capture_connected(struct capture_session *session, enum side side,
    const struct sockaddr *ours, const struct sockaddr *peer);
// Who sends in that direction sends no more: FIN, or RST.
void capture_ended(struct capture_session *session, enum side side,
    enum tap_direction direction, bool reset);
void capture_dialogue(
    struct capture_session *session, const struct tap_dialogue *dialogue);
void capture_records(struct capture_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size);
void capture_handshake(struct capture_session *session, enum side side,
    const struct tap_handshake *handshake);
// One sentence; text from a peer may be in it.
void capture_event(
    struct capture_session *session, enum side side, const char *text);
// A line in NSS key log format. Nothing happens unless secrets are shown.
void capture_secret(struct capture_session *session, const char *line);

#endif
