// SPDX-License-Identifier: ISC
//
// A receiver that demands 128 bits, as the IIS of Q279214 did: it speaks TLS
// with anybody, and then answers MAIL with 505 where that TLS is too weak.

#define _DEFAULT_SOURCE
#include "base/bytes.h"
#include "base/descriptor.h"
#include "tls/engines.h"
#include "tool/demo_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEMANDED_BITS = 128, CONTENT_MOST = 65536 };

// What it handshakes with; what it then takes mail from is another matter.
static const struct sender_settings anybody = {
    .tls = SENDER_TLS_OFFER,
    .min_protocol = PROTOCOL_SSL3,
    .max_protocol = PROTOCOL_TLS1_3,
    .min_bits = 40,
};

struct receiver {
	int report;
	struct tls_server *tls;
};

static bool
is_strong(const struct peer *peer)
{
	return peer->engine->facts.bits >= DEMANDED_BITS;
}

// The content, without the dots that were put before lines.
static bool
take_content(struct receiver *receiver, struct peer *peer)
{
	static char content[CONTENT_MOST];
	struct writer out = writer_over(content, sizeof content);
	struct demo_received received = {0};
	char line[DEMO_LINE];

	for (;;) {
		if (!peer_line(peer, line))
			return false;
		if (strcmp(line, ".") == 0)
			break;
		writer_text(&out, line[0] == '.' ? line + 1 : line);
		writer_text(&out, "\r\n");
	}
	demo_leg_of(peer, &received.leg);
	received.size = out.size;
	return !out.failed &&
	       descriptor_write(receiver->report, &received, sizeof received) ==
		   sizeof received &&
	       descriptor_write(receiver->report, content, out.size) ==
		   out.size;
}

static bool
starts_with(const char *line, const char *verb)
{
	return strncasecmp(line, verb, strlen(verb)) == 0;
}

static const char *
reply_to(struct peer *peer, const char *line)
{
	static const struct {
		const char *verb, *reply;
	} fixed[] = {
	    {"HELO", "250 iis.corp.example"},
	    {"RCPT", "250 2.1.5 recipient ok"},
	    {"DATA", "354 end with a dot on a line by itself"},
	    {"RSET", "250 2.0.0 ok"},
	    {"NOOP", "250 2.0.0 ok"},
	    {"STARTTLS", "220 SMTP server ready"},
	    {"QUIT", "221 2.0.0 closing connection"},
	};

	if (starts_with(line, "EHLO"))
		return peer->engine->facts.bits == 0
			   ? "250-iis.corp.example\r\n250-8BITMIME\r\n"
			     "250 STARTTLS"
			   : "250-iis.corp.example\r\n250 8BITMIME";
	if (starts_with(line, "MAIL"))
		return is_strong(peer)
			   ? "250 2.1.0 sender ok"
			   : "505 Must issue a STARTTLS command first";
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
		if (starts_with(line, fixed[i].verb))
			return fixed[i].reply;
	}
	return "500 5.5.2 command not recognized";
}

static void
serve(struct receiver *receiver, struct peer *peer)
{
	char line[DEMO_LINE];

	if (!peer_say(peer, "220 iis.corp.example ESMTP"))
		return;
	while (peer_line(peer, line) && peer_say(peer, reply_to(peer, line))) {
		if (starts_with(line, "QUIT"))
			return;
		if (starts_with(line, "STARTTLS") &&
		    !peer_secure(
			peer, tls_server_accept(receiver->tls, &anybody,
				  &peer->records, &peer->plaintext, NULL)))
			return;
		if (starts_with(line, "DATA") &&
		    (!take_content(receiver, peer) ||
			!peer_say(peer, "250 2.0.0 queued as 279214")))
			return;
	}
}

static void
run(int listening, int report)
{
	struct tls_error error;
	struct receiver receiver = {
	    .report = report,
	    .tls = tls_server_new(&anybody, "iis.corp.example", &error),
	};

	if (receiver.tls == NULL) {
		fprintf(stderr, "sallyport demo: %s\n", error.text);
		return;
	}
	for (;;) {
		struct peer peer;
		int file = accept(listening, NULL, NULL);

		if (file < 0)
			return;
		if (peer_open(&peer, file, NULL))
			serve(&receiver, &peer);
		peer_close(&peer);
	}
}

struct demo_process
demo_receiver_start(int listening)
{
	struct demo_process process = {.id = -1};
	int ends[2];

	if (pipe(ends) != 0)
		return process;
	fflush(stdout);
	process.id = fork();
	if (process.id == 0) {
		close(ends[0]);
		run(listening, ends[1]);
		_exit(EXIT_FAILURE);
	}
	close(ends[1]);
	process.report = ends[0];
	return process;
}
