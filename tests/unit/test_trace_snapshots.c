// SPDX-License-Identifier: ISC
//
// What -d and -x show, to the byte: whole sessions, and recorded handshakes
// of many programs, with time moved by hand, held against tests/snapshots/.
// SNAPSHOTS=write writes them anew, to be read before they are committed.

#define _GNU_SOURCE
#include "snapshot.h"
#include "terminal.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "watch/tracer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/test_trace_snapshots.XXXXXX";
static uint64_t now;

static uint64_t
played_monotonic(void)
{
	return now;
}

static uint64_t
played_wall(void)
{
	return 981173106789000;
}

static const struct clock played = {played_monotonic, played_wall};

static void
held_against(const char *name)
{
	char *text = snapshot_whole(path);

	assert_non_null(text);
	snapshot_held(name, text);
	free(text);
}

static struct trace *
open_trace_on(int output, struct tracer_options options)
{
	char error[256] = "";
	struct trace *trace;

	options.dialogue = true;
	options.output = output;
	trace = tracer_new(&options, error, sizeof error);
	assert_non_null(trace);
	now = 5000;
	clock_replace(&played);
	return trace;
}

static struct trace *
open_trace(struct tracer_options options)
{
	unlink(path);
	return open_trace_on(
	    open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), options);
}

static void
connect_leg(struct trace_session *session, enum side side)
{
	struct sockaddr_in peer = {.sin_family = AF_INET,
	    .sin_port = htons(side == SENDER ? 1034 : 25),
	    .sin_addr.s_addr = htonl(side == SENDER ? 0xc0000207 : 0xc6336402)};
	struct sockaddr_in ours = {.sin_family = AF_INET,
	    .sin_port = htons(side == SENDER ? 25 : 40000),
	    .sin_addr.s_addr = htonl(0xc0000219)};

	trace_connected(
	    session, side, (struct sockaddr *)&ours, (struct sockaddr *)&peer);
}

// --- Recorded handshakes ---

static size_t
unhex(const char *hex, uint8_t *bytes, size_t room)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = 0;

	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		const char *high = strchr(digits, hex[0]);
		const char *low = strchr(digits, hex[1]);

		if (high == NULL || low == NULL)
			return 0; // a word, as in "C close"
		assert_true(size < room);
		bytes[size++] =
		    (uint8_t)((high - digits) << 4 | (low - digits));
	}
	return size;
}

// What is plaintext before it is left out.
static bool
is_record(const uint8_t *bytes, size_t size)
{
	return size > 5 &&
	       ((bytes[0] >= 20 && bytes[0] <= 23) || (bytes[0] & 0x80) != 0);
}

static void
play_recording(struct trace_session *session, char *text)
{
	static uint8_t bytes[65536];
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		size_t size;

		if (line[0] != 'C' && line[0] != 'S')
			continue;
		size = unhex(line + 2, bytes, sizeof bytes);
		if (!is_record(bytes, size))
			continue;
		now += 10;
		trace_records(session, SENDER,
		    line[0] == 'C' ? TAP_FROM_PEER : TAP_TO_PEER, bytes, size);
	}
}

static void
play_file(struct trace *trace, const char *folder, const char *name)
{
	struct trace_session *session = trace_begin(trace, "7f3a01");
	char *text = snapshot_whole(snapshot_path(folder, name, ".hex"));

	assert_non_null(text);
	connect_leg(session, SENDER);
	play_recording(session, text);
	free(text);
	trace_end(&session, REASON_QUIT);
}

static void
show(const char *folder, const char *name, const char *snapshot)
{
	struct trace *trace =
	    open_trace((struct tracer_options){.hexdump = true});

	play_file(trace, folder, name);
	tracer_free(&trace);
	held_against(snapshot);
}

static void
handshakes_are_told_field_by_field(void **state)
{
	static const struct {
		const char *folder, *name, *snapshot;
	} rows[] = {
	    {"vectors/recordings", "nss-v2hello-tls10-export1024",
		"hexdump-v2-hello-export1024"},
	    {"vectors/recordings", "nss-export-rc4-40-ephemeral",
		"hexdump-export-ephemeral-key"},
	    {"vectors/recordings", "java-ssl3-export-des40",
		"hexdump-ssl3-export"},
	    {"vectors/handshakes", "tls12-ecdhe-certificate-request",
		"hexdump-tls12-ecdhe-certificate-request"},
	    {"vectors/handshakes", "tls12-dhe", "hexdump-tls12-dhe"},
	    {"vectors/handshakes", "tls13-retry", "hexdump-tls13-retry"},
	    {"vectors/handshakes", "refused-version",
		"hexdump-refused-version"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		show(rows[i].folder, rows[i].name, rows[i].snapshot);
}

// Every field of these is what a hostile or odd client would send.
static void
odd_hellos_are_told_too(void **state)
{
	static const uint8_t grease[] = {22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3, 1,
	    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	    1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 8, 0x0a, 0x0a, 0x13, 0x01, 0x00, 0x64,
	    0x12, 0x34, 1, 0, 0, 47,                   // suites
	    0xba, 0xba, 0, 0,                          // GREASE
	    0, 10, 0, 6, 0, 4, 0x1a, 0x1a, 0, 29,      // groups
	    0, 43, 0, 5, 4, 0x2a, 0x2a, 3, 4,          // versions
	    0, 16, 0, 7, 0, 5, 4, 's', 'm', '\n', 'p', // ALPN
	    0xfe, 0xfe, 0, 2, 1, 2,                    // nobody's
	    0, 13, 0, 3, 0, 9, 4};                     // runs over
	static const uint8_t short_hello[] = {22, 3, 0, 0, 6, 1, 0, 0, 2, 3, 0};
	static const uint8_t unknown[] = {
	    22, 3, 0, 0, 7, 99, 0, 0, 3, 'a', 'b', 'c'};
	struct trace *trace =
	    open_trace((struct tracer_options){.hexdump = true});
	struct trace_session *session = trace_begin(trace, "1");

	(void)state;
	trace_records(session, SENDER, TAP_FROM_PEER, grease, sizeof grease);
	trace_records(
	    session, RECEIVER, TAP_FROM_PEER, short_hello, sizeof short_hello);
	trace_records(
	    session, RECEIVER, TAP_FROM_PEER, unknown, sizeof unknown);
	trace_end(&session, REASON_SENDER_TLS_FAILED);
	tracer_free(&trace);
	held_against("hexdump-odd-hellos");
}

// --- Dialogues ---

static void
tell(struct trace_session *session, enum tap_kind kind, enum side side,
    const char *text, const char *why)
{
	now += 7;
	trace_dialogue(session, &(struct tap_dialogue){
				    .kind = kind,
				    .side = side,
				    .text = (const uint8_t *)text,
				    .size = strlen(text),
				    .secret = strstr(text, "sesame") != NULL,
				    .why = why,
				});
}

static void
play_handshakes(struct trace_session *session)
{
	trace_handshake(session, RECEIVER,
	    &(struct tap_handshake){
		.protocol = "TLSv1.3",
		.suite = "TLS_AES_256_GCM_SHA384",
		.bits = 256,
		.resumed = true,
		.subject = "CN=mx\x1b[2J",
		.names = "mx.test,*.mx.test",
		.issuer = "CN=ca",
		.not_after = 981173106 + 40 * 86400,
		.key = "EC 256",
		.fingerprint = "00ff",
		.verified = "name: a trusted authority vouches for it",
	    });
	trace_handshake(session, SENDER,
	    &(struct tap_handshake){
		.subject = "CN=printer",
		.not_after = 981173106 - 2 * 86400,
		.verified = "untrusted",
		.failure = "the peer refused with a TLS alert",
		.detail = "the peer's alert: unknown CA",
		.cause = "alert of the sender, unknown CA: it does not trust "
			 "the authority that issued our certificate",
		.advice = "give a certificate of an authority that it trusts",
		.alert_received = "unknown CA",
		.alert_sent = "decode error",
	    });
}

static void
play_session(struct trace *trace, const char *id, enum reason reason)
{
	struct trace_session *session = trace_begin(trace, id);

	connect_leg(session, SENDER);
	trace_say(session, SENDER, "policy: rule \"%s\" (a.conf:%d) applies",
	    "printers", 12);
	trace_say(session, SENDER, "  TLS for the sender: %s", "none");
	trace_trouble(session, RECEIVER, "cannot connect to %s", "[::1]:25");
	connect_leg(session, RECEIVER);
	tell(session, TAP_IN, RECEIVER, "220-mx\r\n220 ready\r\n", NULL);
	tell(session, TAP_OUT, SENDER, "220-mx\r\n220 ready\r\n", "banner");
	tell(session, TAP_IN, SENDER, "EHLO printer", NULL);
	tell(session, TAP_HELD, SENDER, "MAIL FROM:<>\r\n", "not its turn");
	tell(session, TAP_STATE, SENDER, "S_COMMAND -> S_HELLO", "it waits");
	tell(session, TAP_OWN, RECEIVER, "EHLO printer\r\n", "our own ladder");
	play_handshakes(session);
	tell(session, TAP_OUT, SENDER, "250 \x1b[2Jok\r\n", NULL);
	tell(session, TAP_IN, SENDER, "AUTH LOGIN sesame", "LOGIN");
	tell(session, TAP_IN, RECEIVER, "535-5.7.8 no sesame\r\n535 x\r\n",
	    NULL);
	tell(session, TAP_OWN, SENDER, "421 4.4.1 gone\r\n", "answered by us");
	for (int i = 0; i < 12; i++)
		tell(
		    session, TAP_CONTENT, SENDER, "Subject: x\r\n", "streamed");
	tell(session, TAP_NOTE, SENDER, "", "something was noticed");
	trace_closed(session, RECEIVER, false);
	trace_end(&session, reason);
}

static void
dialogues_read_from_top_to_bottom(void **state)
{
	struct trace *trace = open_trace((struct tracer_options){0});

	(void)state;
	play_session(trace, "7f3a01", REASON_RECEIVER_UNREACHABLE);
	play_session(trace, "7f3a02", REASON_QUIT);
	tracer_free(&trace);
	held_against("dialogue");
}

static void
on_a_terminal_they_have_colours(void **state)
{
	struct trace *trace =
	    open_trace((struct tracer_options){.colour = true});

	(void)state;
	play_session(trace, "7f3a01", REASON_RECEIVER_UNREACHABLE);
	play_session(trace, "7f3a02", REASON_QUIT);
	tracer_free(&trace);
	held_against("dialogue-in-colour");
}

// What a terminal of so many columns was shown is the snapshot, and fits.
static void
narrow_held_against(
    int terminal, pid_t reader, size_t columns, const char *name)
{
	close_terminal(terminal, reader);
	held_against(name);
	char *text = snapshot_whole(path);
	for (const char *line = text; text != NULL && *line != '\0';
	     line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= columns);
	free(text);
}

// Long lines go on below their own text, and fit.
static void
on_a_narrow_terminal_they_are_folded(void **state)
{
	static const struct {
		unsigned short columns;
		const char *name;
	} rows[] = {{80, "dialogue-80-columns"}, {120, "dialogue-120-columns"}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int terminal;
		pid_t reader = open_terminal(rows[i].columns, path, &terminal);
		struct trace *trace =
		    open_trace_on(terminal, (struct tracer_options){0});

		play_session(trace, "7f3a01", REASON_RECEIVER_UNREACHABLE);
		play_session(trace, "7f3a02", REASON_QUIT);
		tracer_free(&trace);
		narrow_held_against(
		    terminal, reader, rows[i].columns, rows[i].name);
	}
}

// Half as many bytes a line, and what is long in a message is folded.
static void
on_a_narrow_terminal_dumps_fit(void **state)
{
	int terminal;
	pid_t reader = open_terminal(80, path, &terminal);
	struct trace *trace =
	    open_trace_on(terminal, (struct tracer_options){.hexdump = true});

	(void)state;
	play_file(trace, "vectors/handshakes", "tls13-retry");
	tracer_free(&trace);
	narrow_held_against(terminal, reader, 80, "hexdump-80-columns");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshakes_are_told_field_by_field),
	    cmocka_unit_test(odd_hellos_are_told_too),
	    cmocka_unit_test(dialogues_read_from_top_to_bottom),
	    cmocka_unit_test(on_a_terminal_they_have_colours),
	    cmocka_unit_test(on_a_narrow_terminal_they_are_folded),
	    cmocka_unit_test(on_a_narrow_terminal_dumps_fit),
	};
	size_t count = ROWS(tests);
	int result;

	// As a failure cmocka's own skip() would be counted.
	if (!has_terminals() && puts("# SKIP on_a_narrow_terminal"))
		count -= 2;
	close(mkstemp(path));
	result = _cmocka_run_group_tests(
	    "trace_snapshots", tests, count, NULL, NULL);
	unlink(path);
	return result;
}
