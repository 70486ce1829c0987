// SPDX-License-Identifier: ISC
//
// A capture walked block by block: lengths, padding, checksums, sequence
// numbers; what is masked; files that must not be written to. What Wireshark
// makes of captures is tests/interop/test_pcap.py.

#define _GNU_SOURCE
#include "capture_walk.h"

#include "base/clock.h"
#include "watch/spool.h"
#include "watch/tracer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MOST = 4 << 20 };

static char path[] = "/tmp/test_capture.XXXXXX";
static uint8_t file_bytes[FILE_MOST];
static size_t file_size;

static uint64_t
played_monotonic(void)
{
	return 5000;
}

static uint64_t
played_wall(void)
{
	return 981173106789000;
}

static const struct clock played = {played_monotonic, played_wall};

static struct trace *
open_trace(bool secrets)
{
	const struct tracer_options options = {
	    .output = -1, .secrets = secrets, .pcap = path};
	char error[256] = "";
	struct trace *trace = tracer_new(&options, error, sizeof error);

	assert_string_equal(error, "");
	assert_non_null(trace);
	clock_replace(&played);
	return trace;
}

static void
read_file(void)
{
	int file = open(path, O_RDONLY);
	ssize_t got;

	assert_true(file >= 0);
	for (file_size = 0; (got = read(file, file_bytes + file_size,
				 sizeof file_bytes - file_size)) > 0;)
		file_size += (size_t)got;
	close(file);
}

static bool
holds(const char *text)
{
	return memmem(file_bytes, file_size, text, strlen(text)) != NULL;
}

static struct walk
walk_file(void)
{
	read_file();
	return walk_blocks(file_bytes, file_size);
}

static void
tell_bytes(struct trace_session *session, enum tap_kind kind, enum side side,
    const void *text, size_t size, bool secret)
{
	trace_dialogue(session, &(struct tap_dialogue){.kind = kind,
				    .side = side,
				    .text = text,
				    .size = size,
				    .secret = secret});
}

static void
tell(struct trace_session *session, enum tap_kind kind, enum side side,
    const char *text)
{
	tell_bytes(session, kind, side, text, strlen(text), false);
}

static void
connect_sender(struct trace_session *session, bool six)
{
	struct sockaddr_in four = {.sin_family = AF_INET,
	    .sin_port = htons(1034),
	    .sin_addr.s_addr = htonl(0xc0000207)};
	struct sockaddr_in6 peer = {
	    .sin6_family = AF_INET6, .sin6_port = htons(1034)};
	struct sockaddr_in6 ours = {
	    .sin6_family = AF_INET6, .sin6_port = htons(25)};

	inet_pton(AF_INET6, "2001:db8::7", &peer.sin6_addr);
	inet_pton(AF_INET6, "::ffff:192.0.2.25", &ours.sin6_addr);
	trace_connected(session, SENDER, (struct sockaddr *)&ours,
	    six ? (struct sockaddr *)&peer : (struct sockaddr *)&four);
}

static void
sizes_of_every_kind_are_whole_blocks(void **state)
{
	static const size_t sizes[] = {
	    1, 2, 3, 4, 5, 1447, 32767, 32768, 32769, 65535, 65536, 100000};
	static uint8_t bytes[100000];

	(void)state;
	for (unsigned six = 0; six < 2; six++) {
		struct trace *trace = open_trace(false);
		struct trace_session *session = trace_begin(trace, "7f3a01");
		size_t total = 0;

		connect_sender(session, six == 1);
		memset(bytes, 'x', sizeof bytes);
		for (size_t i = 0; i < ROWS(sizes); i++) {
			tell_bytes(session, TAP_CONTENT, SENDER, bytes,
			    sizes[i], false);
			tell_bytes(session, TAP_OUT, SENDER, bytes, sizes[i],
			    i % 2 == 0);
			total += sizes[i];
		}
		for (size_t i = 0; i < ROWS(sizes); i++) {
			trace_records(
			    session, SENDER, TAP_FROM_PEER, bytes, sizes[i]);
			total += sizes[i];
		}
		trace_ended(session, SENDER, false);
		trace_closed(session, SENDER, false);
		trace_end(&session, REASON_QUIT);
		tracer_free(&trace);
		struct walk walk = walk_file();
		assert_int_equal(walk.sections, 1);
		assert_int_equal(walk.interfaces, 5);
		assert_int_equal(walk.payload[0], total);
		assert_true(walk.packets[EVENTS] >= 3);
		unlink(path);
	}
}

static const char content[] = "Subject: x\r\n\r\n1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n"
			      "7\r\n8\r\nninth, which is hidden\r\n.x\r\n";

static void
play_secrets(bool secrets)
{
	struct trace *trace = open_trace(secrets);
	struct trace_session *session = trace_begin(trace, "7f3a01");

	connect_sender(session, false);
	tell(session, TAP_IN, SENDER, "AUTH PLAIN b3BlbiBz\r\n");
	tell_bytes(session, TAP_IN, SENDER, "c2VzYW1l\r\n", 10, true);
	tell_bytes(session, TAP_OUT, SENDER,
	    "535-5.7.8 what is c2VzYW1l\r\n535 5.7.8 no\r\n", 42, true);
	tell(session, TAP_IN, SENDER, "MAIL FROM:<a@b>\r\n");
	tell(session, TAP_IN, SENDER, "BDAT 64\r\n");
	tell(session, TAP_CONTENT, SENDER, content);
	// The second chunk is the same message's.
	tell(session, TAP_IN, SENDER, "BDAT 20 LAST\r\n");
	tell(session, TAP_CONTENT, SENDER, "also hidden\r\n.\r\n");
	tell(session, TAP_IN, SENDER, "MAIL FROM:<a@b>\r\n");
	tell(session, TAP_CONTENT, SENDER, "another begins\r\n");
	assert_int_equal(trace_wants_secrets(session), secrets);
	trace_secret(session, "CLIENT_RANDOM aa bb");
	trace_end(&session, REASON_QUIT);
	tracer_free(&trace);
}

static void
what_must_not_be_shown_is_asterisks(void **state)
{
	static const char *const hidden[] = {"b3BlbiBz", "c2VzYW1l", "ninth",
	    "also", "CLIENT_RANDOM", "5.7.8 no"};
	static const char *const shown[] = {"AUTH **************\r\n",
	    "\r\n.*\r\n", "\n8\r\n", "535-", "***********\r\n.\r\n",
	    "another begins\r\n", "MAIL FROM:<a@b>\r\n"};

	(void)state;
	play_secrets(false);
	assert_int_equal(walk_file().secrets, 0);
	for (size_t i = 0; i < ROWS(hidden); i++)
		assert_false(holds(hidden[i]));
	for (size_t i = 0; i < ROWS(shown); i++)
		if (!holds(shown[i]))
			fail_msg("%s is not there", shown[i]);
	unlink(path);
	play_secrets(true);
	assert_int_equal(walk_file().secrets, 1);
	for (size_t i = 0; i < ROWS(hidden); i++)
		assert_true(holds(hidden[i]));
	unlink(path);
}

static const char *
refusal(void)
{
	static char error[256];
	const struct tracer_options options = {.pcap = path};
	struct trace *trace = tracer_new(&options, error, sizeof error);

	assert_null(trace);
	return error;
}

static void
write_file(const char *text, mode_t mode)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(file >= 0);
	assert_int_equal(
	    write(file, text, strlen(text)), (ssize_t)strlen(text));
	fchmod(file, mode);
	close(file);
}

static void
only_a_capture_of_ours_is_continued(void **state)
{
	struct stat status;

	(void)state;
	write_file("#!/bin/sh\necho mine, and long enough\n", 0600);
	assert_non_null(strstr(refusal(), "is no capture file"));
	write_file("\n\r\r\n and then something else", 0600);
	assert_non_null(strstr(refusal(), "ends in the middle of a packet"));
	write_file("", 0644);
	assert_non_null(strstr(refusal(), "this user alone"));
	unlink(path);
	write_file("", 0600);
	assert_int_equal(link(path, "/tmp/test_capture.link"), 0);
	assert_non_null(strstr(refusal(), "this user alone"));
	unlink("/tmp/test_capture.link");
	unlink(path);
	assert_int_equal(symlink("/tmp/test_capture.link", path), 0);
	assert_non_null(strstr(refusal(), "symbolic link"));
	assert_int_equal(stat("/tmp/test_capture.link", &status), -1);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refusal();
	unlink(path);
	for (unsigned run = 1; run <= 3; run++) {
		struct trace *trace = open_trace(false);
		struct trace_session *session = trace_begin(trace, "7f3a01");

		connect_sender(session, false);
		trace_end(&session, REASON_QUIT);
		tracer_free(&trace);
		assert_int_equal(walk_file().sections, run);
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_mode & 0777, 0600);
	}
	unlink(path);
}

// Two that append would leave blocks inside of blocks.
static void
a_file_is_written_by_one_alone(void **state)
{
	struct trace *trace = open_trace(false);
	struct tracer_options options = {.pcap = path, .output = -1};
	char error[256] = "";

	(void)state;
	assert_null(tracer_new(&options, error, sizeof error));
	assert_non_null(strstr(error, "another process writes to "));
	tracer_free(&trace);
	trace = tracer_new(&options, error, sizeof error);
	assert_non_null(trace);
	tracer_free(&trace);
	unlink(path);
}

static void
a_file_that_was_moved_away_is_made_again(void **state)
{
	struct trace *trace = open_trace(false);
	struct trace_session *session = trace_begin(trace, "7f3a01");

	(void)state;
	connect_sender(session, false);
	tracer_reopen(trace);
	rename(path, "/tmp/test_capture.old");
	tracer_reopen(trace);
	tell(session, TAP_IN, SENDER, "NOOP\r\n");
	write_file("", 0600);
	trace_end(&session, REASON_QUIT);
	tracer_free(&trace);
	assert_int_equal(rename("/tmp/test_capture.old", path), 0);
	// The old file is written to its end without anybody waiting for it.
	struct walk walk = walk_file();
	for (unsigned i = 0; i < 500 && walk.packets[WIRE] < 3; i++) {
		usleep(10000);
		walk = walk_file();
	}
	assert_int_equal(walk.sections, 1);
	assert_int_equal(walk.packets[WIRE], 3);
	unlink(path);
}

static void
a_disk_that_stands_still_costs_packets_and_no_memory(void **state)
{
	int ends[2];
	struct spool *spool;
	size_t taken = 0;
	uint8_t *room;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	spool = spool_new(ends[1]);
	assert_non_null(spool);
	// Nobody reads the pipe: what waits is bounded.
	for (unsigned i = 0; i < 10000; i++) {
		room = spool_reserve(spool, 32768, false);
		if (room == NULL)
			continue;
		memset(room, 'x', 32768);
		spool_commit(spool, 32768);
		taken += 32768;
	}
	assert_true(taken >= SPOOL_LIMIT / 2 && taken <= 2 * SPOOL_LIMIT);
	assert_int_equal(spool_lost(spool), 10000 - taken / 32768);
	// There is still room for what the rest cannot be read without.
	room = spool_reserve(spool, 1000, true);
	assert_non_null(room);
	spool_commit(spool, 0);
	assert_int_equal(spool_trouble(spool), 0);
	close(ends[0]); // a broken pipe: told once
	for (unsigned i = 0; i < 500; i++) {
		int trouble = spool_trouble(spool);

		if (trouble != 0) {
			assert_int_equal(trouble, EPIPE);
			break;
		}
		usleep(10000);
		assert_true(i < 499);
	}
	assert_int_equal(spool_trouble(spool), 0);
	assert_null(spool_reserve(spool, 1, true));
	spool_free(&spool, 5000);
	assert_null(spool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes_of_every_kind_are_whole_blocks),
	    cmocka_unit_test(what_must_not_be_shown_is_asterisks),
	    cmocka_unit_test(only_a_capture_of_ours_is_continued),
	    cmocka_unit_test(a_file_is_written_by_one_alone),
	    cmocka_unit_test(a_file_that_was_moved_away_is_made_again),
	    cmocka_unit_test(
		a_disk_that_stands_still_costs_packets_and_no_memory),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	close(mkstemp(path));
	unlink(path);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
