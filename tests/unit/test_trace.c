// SPDX-License-Identifier: ISC
//
// What a person sees, to the byte, with time standing still or moved by hand.

#define _DEFAULT_SOURCE
#include "unit.h"

#include "base/clock.h"
#include "watch/hexdump.h"
#include "watch/tracer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char path[] = "/tmp/test_trace.XXXXXX";
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

static struct trace *
open_trace(const struct tracer_options *options)
{
	struct tracer_options with_output = *options;
	char error[256] = "";
	struct trace *trace;

	unlink(path);
	with_output.output = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	trace = tracer_new(&with_output, error, sizeof error);
	assert_non_null(trace);
	now = 5000;
	clock_replace(&played);
	return trace;
}

static const char *
shown(void)
{
	static char text[16384];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void
tell(struct trace_session *session, enum tap_kind kind, enum side side,
    const char *text, const char *why)
{
	now += 10;
	trace_dialogue(session, &(struct tap_dialogue){
				    .kind = kind,
				    .side = side,
				    .text = (const uint8_t *)text,
				    .size = strlen(text),
				    .why = why,
				});
}

static void
tell_secret(struct trace_session *session, enum tap_kind kind, enum side side,
    const char *text)
{
	trace_dialogue(session, &(struct tap_dialogue){
				    .kind = kind,
				    .side = side,
				    .text = (const uint8_t *)text,
				    .size = strlen(text),
				    .secret = true,
				});
}

static void
connect_sender(struct trace_session *session)
{
	struct sockaddr_in peer = {.sin_family = AF_INET,
	    .sin_port = htons(1034),
	    .sin_addr.s_addr = htonl(0xc0000207)};
	struct sockaddr_in6 ours = {
	    .sin6_family = AF_INET6, .sin6_port = htons(25)};

	trace_connected(session, SENDER, (struct sockaddr *)&ours,
	    (struct sockaddr *)&peer);
}

static void
a_dialogue_reads_from_top_to_bottom(void **state)
{
	const struct tracer_options options = {.dialogue = true};
	struct trace *trace = open_trace(&options);
	struct trace_session *session = trace_begin(trace, "7f3a01");

	(void)state;
	connect_sender(session);
	tell(session, TAP_IN, RECEIVER, "220-mx\r\n220 ready\r\n", NULL);
	tell(session, TAP_OUT, SENDER, "220-mx\r\n220 ready\r\n", "relayed");
	tell(session, TAP_IN, SENDER, "EHLO exch55", NULL);
	tell(session, TAP_HELD, SENDER, "1234567890123", "the ladder first");
	tell(session, TAP_STATE, SENDER, "S_COMMAND -> S_HELLO", NULL);
	tell(session, TAP_OWN, RECEIVER, "EHLO exch55\r\n", "climbs");
	trace_handshake(session, RECEIVER,
	    &(struct tap_handshake){
		.protocol = "TLSv1.3",
		.suite = "TLS_AES_256_GCM_SHA384",
		.bits = 256,
		.subject = "CN=mx",
		.names = "mx",
		.issuer = "CN=ca",
		.not_after = 981173106,
		.verified = "name",
	    });
	tell(session, TAP_IN, RECEIVER, "250 \x1b[2Jok\r\n", NULL);
	trace_say(session, SENDER, "rule \"%s\" applies", "default");
	trace_end(&session, REASON_QUIT);
	assert_null(session);
	tracer_free(&trace);
	assert_string_equal(shown(),
	    "7f3a01    0.000  sender *             connected, 192.0.2.7:1034 "
	    "to [::]:25\n"
	    "7f3a01    0.010         <- receiver   220-mx\n"
	    "7f3a01    0.010         <- receiver   220 ready\n"
	    "7f3a01    0.020  sender <-            220-mx  (relayed)\n"
	    "7f3a01    0.020  sender <-            220 ready\n"
	    "7f3a01    0.030  sender ->            EHLO exch55\n"
	    "7f3a01    0.040  sender *             held, 13 bytes: the ladder "
	    "first\n"
	    "7f3a01    0.050  sender               S_COMMAND -> S_HELLO\n"
	    "7f3a01    0.060         -> receiver   EHLO exch55  (climbs)\n"
	    "7f3a01    0.060         *  receiver   certificate of the "
	    "receiver: "
	    "CN=mx\n"
	    "7f3a01    0.060            receiver     names     mx\n"
	    "7f3a01    0.060            receiver     issuer    CN=ca\n"
	    "7f3a01    0.060            receiver     expires   2001-02-03 "
	    "04:05 "
	    "UTC, in 0 days\n"
	    "7f3a01    0.060            receiver     verified  name\n"
	    "7f3a01    0.060         *  receiver   TLS is up: TLSv1.3, "
	    "TLS_AES_256_GCM_SHA384, 256 bits\n"
	    "7f3a01    0.070         <~ receiver   250 \\x1b[2Jok\n"
	    "7f3a01    0.070  sender *             rule \"default\" applies\n"
	    "7f3a01    0.070  sender *             session ends: the sender "
	    "said QUIT (quit)\n");
}

static void
a_failed_handshake_says_who_and_what_to_change(void **state)
{
	const struct tracer_options options = {.dialogue = true};
	struct trace *trace = open_trace(&options);
	struct trace_session *session = trace_begin(trace, "1");

	(void)state;
	trace_handshake(session, SENDER,
	    &(struct tap_handshake){
		.failure = "no TLS version is accepted by both sides",
		.detail = "TLS 1.0 at most",
		.advice = "lower min-protocol",
		.alert_sent = "protocol_version",
	    });
	trace_end(&session, REASON_SENDER_TLS_FAILED);
	tracer_free(&trace);
	assert_non_null(strstr(shown(),
	    "sender *             alert of sallyport, under encryption: "
	    "protocol_version\n"));
	assert_non_null(strstr(
	    shown(), "TLS failed: no TLS version is accepted by both sides\n"));
	assert_non_null(strstr(shown(), "exactly   TLS 1.0 at most\n"));
	assert_non_null(strstr(shown(), "change    lower min-protocol\n"));
}

static void
play_secrets(struct trace_session *session)
{
	tell_secret(session, TAP_IN, SENDER, "AUTH PLAIN AHVzZXIAc2VzYW1l");
	tell_secret(
	    session, TAP_OUT, RECEIVER, "AUTH PLAIN AHVzZXIAc2VzYW1l\r\n");
	tell_secret(session, TAP_IN, SENDER, "c2VzYW1l");
	tell(session, TAP_IN, SENDER, "AUTH LOGIN c2VzYW1l", NULL);
	tell_secret(session, TAP_IN, RECEIVER, "500 what is sesame?\r\n");
	for (int i = 0; i < TRACER_CONTENT_LINES; i++)
		tell(session, TAP_CONTENT, SENDER, "Subject: shown\r\n", NULL);
	tell(session, TAP_CONTENT, SENDER, "the body says sesame\r\n", NULL);
	tell(session, TAP_IN, SENDER, "QUIT", NULL);
}

static void
no_secret_is_shown_unless_asked_for(void **state)
{
	struct tracer_options options = {.dialogue = true, .hexdump = true};

	(void)state;
	for (int secrets = 0; secrets <= 1; secrets++) {
		struct trace *trace;
		struct trace_session *session;

		options.secrets = secrets == 1;
		trace = open_trace(&options);
		session = trace_begin(trace, "1");
		play_secrets(session);
		trace_end(&session, REASON_QUIT);
		tracer_free(&trace);
		assert_int_equal(strstr(shown(), "sesame") != NULL, secrets);
		assert_int_equal(strstr(shown(), "c2VzYW1l") != NULL, secrets);
		assert_int_equal(
		    strstr(shown(), "63 32 56 7a 59 57 31 6c") != NULL,
		    secrets);
		assert_non_null(strstr(shown(), "Subject: shown"));
		assert_non_null(strstr(shown(), "182 bytes of content"));
	}
}

static void
bytes_lie_beneath_their_lines_with_offsets(void **state)
{
	static const uint8_t records[] = {
	    22, 3, 1, 0, 2, 0xaa, 0xbb, 21, 3, 3, 0, 2, 1, 0};
	const struct tracer_options options = {
	    .dialogue = true, .hexdump = true};
	struct trace *trace = open_trace(&options);
	struct trace_session *session = trace_begin(trace, "1");

	(void)state;
	tell(session, TAP_OWN, SENDER, "220 a longer line\r\n", NULL);
	tell(session, TAP_OWN, SENDER, "221\r\n", NULL);
	trace_records(session, SENDER, TAP_FROM_PEER, records, sizeof records);
	trace_end(&session, REASON_QUIT);
	tracer_free(&trace);
	assert_string_equal(shown(),
	    "1         0.010  sender <-            220 a longer line\n"
	    "1               00000000  32 32 30 20 61 20 6c 6f  6e 67 65 72 20 "
	    "6c 69 6e  |220 a longer lin|\n"
	    "1               00000010  65 0d 0a                                "
	    "          |e..|\n"
	    "1         0.020  sender <-            221\n"
	    "1               00000013  32 32 31 0d 0a                          "
	    "          |221..|\n"
	    "1         0.020  sender *             record from the sender: "
	    "handshake, TLSv1.0, 2 bytes\n"
	    "1               00000000  16 03 01 00 02 aa bb                    "
	    "          |.......|\n"
	    "1         0.020  sender *             record from the sender: "
	    "alert, TLSv1.2, 2 bytes\n"
	    "1               00000007  15 03 03 00 02 01 00                    "
	    "          |.......|\n"
	    "1         0.020  sender ~>            alert of the sender: "
	    "warning, close notify\n"
	    "1                 Alert, 2 bytes\n"
	    "1                   level: warning\n"
	    "1                   description: close notify\n"
	    "1         0.020  sender *             session ends: the sender "
	    "said QUIT (quit)\n");
}

static void
nobody_watches_unless_asked(void **state)
{
	const struct tracer_options options = {0};
	struct trace *trace = open_trace(&options);
	struct trace_session *session = trace_begin(trace, "1");

	(void)state;
	assert_null(session);
	assert_null(trace_begin(NULL, "1"));
	trace_records(session, SENDER, TAP_TO_PEER, (const uint8_t *)"", 0);
	trace_say(session, SENDER, "nobody hears");
	trace_end(&session, REASON_QUIT);
	tracer_start(trace, 0);
	assert_true(tracer_is_on(trace));
	session = trace_begin(trace, "2");
	assert_non_null(session);
	assert_false(trace_wants_secrets(session));
	tracer_stop(trace);
	assert_false(tracer_is_on(trace));
	tell(session, TAP_IN, SENDER, "NOOP", NULL);
	trace_end(&session, REASON_QUIT);
	tracer_free(&trace);
	assert_string_equal(shown(), "");
}

static void
a_key_log_is_for_its_owner_alone(void **state)
{
	char name[64], error[256];
	struct tracer_options options = {.keylog = name};
	struct trace_session *session;
	struct trace *trace;
	struct stat status;
	char text[64] = "";
	int file;

	(void)state;
	snprintf(name, sizeof name, "%s.keys", path);
	unlink(name);
	trace = open_trace(&options);
	session = trace_begin(trace, "1");
	assert_true(trace_wants_secrets(session));
	trace_secret(session, "CLIENT_RANDOM 00 11");
	trace_end(&session, REASON_QUIT);
	tracer_free(&trace);
	assert_int_equal(stat(name, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	file = open(name, O_RDONLY);
	assert_int_equal(read(file, text, sizeof text - 1), 20);
	close(file);
	assert_string_equal(text, "CLIENT_RANDOM 00 11\n");

	assert_int_equal(chmod(name, 0644), 0);
	assert_null(tracer_new(&options, error, sizeof error));
	assert_non_null(strstr(error, "this user alone"));
	unlink(name);
	assert_int_equal(symlink("/dev/null", name), 0);
	assert_null(tracer_new(&options, error, sizeof error));
	assert_non_null(strstr(error, "symbolic link"));
	unlink(name);
}

static void
one_file_is_not_written_as_two(void **state)
{
	char name[64], again[68], error[256];
	struct tracer_options options = {.keylog = name, .pcap = again};

	(void)state;
	snprintf(name, sizeof name, "%s.both", path);
	snprintf(again, sizeof again, "/.%s", name);
	assert_null(tracer_new(&options, error, sizeof error));
	assert_non_null(strstr(error, "same file"));
	unlink(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_dialogue_reads_from_top_to_bottom),
	    cmocka_unit_test(a_failed_handshake_says_who_and_what_to_change),
	    cmocka_unit_test(no_secret_is_shown_unless_asked_for),
	    cmocka_unit_test(bytes_lie_beneath_their_lines_with_offsets),
	    cmocka_unit_test(nobody_watches_unless_asked),
	    cmocka_unit_test(a_key_log_is_for_its_owner_alone),
	    cmocka_unit_test(one_file_is_not_written_as_two),
	};
	int result;

	close(mkstemp(path));
	result = cmocka_run_group_tests_name("trace", tests, NULL, NULL);
	unlink(path);
	return result;
}
