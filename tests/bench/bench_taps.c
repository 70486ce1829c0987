// SPDX-License-Identifier: ISC
//
// One session of many messages through the real bridge, legs and loop, with
// both peers in this process: for tests/bench/taps.py, which counts the
// instructions.
//
//	bench_taps MESSAGES [CAPTURE]
//
// With CAPTURE the session is watched: a dialogue to /dev/null, a capture to
// that file.

#define _GNU_SOURCE
#include "session_stage.h"

#include "base/bytes.h"
#include "watch/tracer.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINES = 100 };

static char content[LINES * 78 + 4];

static void
make_content(void)
{
	char *at = content;

	for (unsigned i = 0; i < LINES; i++) {
		memset(at, 'a' + (int)(i % 26), 76);
		bytes_copy(at + 76, 2, "\r\n", 2);
		at += 78;
	}
	memcpy(at, ".\r\n", 4);
}

// Hears exactly this. Waits without spinning, which would count.
static void
hear(struct stage *stage, int socket, const char *text)
{
	static char heard[sizeof content];
	size_t wanted = strlen(text), size = 0;

	while (size < wanted) {
		struct pollfd ready = {.fd = socket, .events = POLLIN};

		loop_turn(stage->loop, false);
		if (poll(&ready, 1, 1) == 0)
			continue;
		ssize_t got = recv(socket, heard + size, wanted - size, 0);
		assert_true(got > 0);
		size += (size_t)got;
	}
	assert_memory_equal(heard, text, wanted);
}

// The receiver hears it, and answers; the sender hears that.
static void
pass(struct stage *stage, const char *line, const char *reply)
{
	stage_say(stage, stage->sender, line);
	hear(stage, stage->receiver, line);
	stage_say(stage, stage->receiver, reply);
	hear(stage, stage->sender, reply);
}

static struct trace *
watch(struct stage *stage, const char *path)
{
	const struct tracer_options options = {.dialogue = true,
	    .output = open("/dev/null", O_WRONLY),
	    .pcap = path};
	char error[256] = "";
	struct trace *trace = tracer_new(&options, error, sizeof error);

	assert_string_equal(error, "");
	front_watch(stage->front, trace);
	return trace;
}

int
main(int argc, char **argv)
{
	static const char *const set[] = {
	    "sender.tls=none", "receiver.tls=none"};
	unsigned long messages = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	struct trace *trace = NULL;
	struct stage stage;

	make_content();
	stage_open(&stage, set, ROWS(set));
	stage.log.options.least = SEVERITY_ERROR;
	if (argc > 2)
		trace = watch(&stage, argv[2]);
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx ready\r\n");
	hear(&stage, stage.sender, "220 mx ready\r\n");
	pass(&stage, "EHLO a.test\r\n", "250 mx\r\n");
	for (unsigned long i = 0; i < messages; i++) {
		pass(&stage, "MAIL FROM:<a@test>\r\n", "250 2.1.0 ok\r\n");
		pass(&stage, "RCPT TO:<b@test>\r\n", "250 2.1.5 ok\r\n");
		pass(&stage, "DATA\r\n", "354 go on\r\n");
		pass(&stage, content, "250 2.0.0 queued\r\n");
	}
	stage_close(&stage);
	tracer_free(&trace);
	return EXIT_SUCCESS;
}
