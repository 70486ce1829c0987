// SPDX-License-Identifier: ISC
//
// A sender of 1999: STARTTLS as RFC 2487 had it, SSL 3.0 with 40 bits as the
// law had it, and no second try: a message that is refused is bounced.

#define _DEFAULT_SOURCE
#include "base/bytes.h"
#include "base/descriptor.h"
#include "tls/legacy/legacy.h"
#include "tool/demo_parts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SSL3 = 0x0300, RSA_EXPORT_WITH_RC4_40_MD5 = 0x0003 };

static struct engine *
forty_bits(struct peer *peer)
{
	static const uint16_t suites[] = {RSA_EXPORT_WITH_RC4_40_MD5};
	const struct legacy_config config = {
	    .role = LEGACY_CLIENT,
	    .min_protocol = SSL3,
	    .max_protocol = SSL3,
	    .min_bits = 40,
	    .min_key_bits = 512,
	    .suites = suites,
	    .suite_count = 1,
	};

	return legacy_new(&config, &peer->records, &peer->plaintext);
}

static int
connect_to(uint16_t port)
{
	const struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (file >= 0 && connect(file, (const struct sockaddr *)&address,
			     sizeof address) != 0) {
		close(file);
		return -1;
	}
	return file;
}

// A whole reply; its last line is kept. True if its first digit is good.
static bool
hears(struct peer *peer, char good, struct demo_sent *sent)
{
	char line[DEMO_LINE];

	do {
		if (!peer_line(peer, line)) {
			snprintf(sent->reply, sizeof sent->reply,
			    "the connection ended");
			return false;
		}
	} while (strlen(line) > 3 && line[3] == '-');
	snprintf(sent->reply, sizeof sent->reply, "%.*s",
	    (int)sizeof sent->reply - 1, line);
	return line[0] == good;
}

static bool
says(struct peer *peer, const char *line, char good, struct demo_sent *sent)
{
	if (peer_say(peer, line))
		return hears(peer, good, sent);
	snprintf(sent->reply, sizeof sent->reply, "the connection ended");
	return false;
}

// The content, a dot put before each line that begins with one (RFC 5321
// section 4.5.2).
static bool
send_content(struct peer *peer)
{
	size_t size;
	const char *text = demo_message(&size);
	const char *end = text + size;

	if (peer->label != NULL)
		printf("%s->  (%zu bytes of content)\n", peer->label, size);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)(newline - text) + 1;

		if (text[0] == '.' && !peer_send(peer, ".", 1))
			return false;
		if (!peer_send(peer, text, line))
			return false;
		text += line;
	}
	return true;
}

static void
deliver(struct peer *peer, struct demo_sent *sent)
{
	if (!hears(peer, '2', sent) ||
	    !says(peer, "EHLO exchange.corp.example", '2', sent) ||
	    !says(peer, "STARTTLS", '2', sent))
		return;
	if (!peer_secure(peer, forty_bits(peer))) {
		snprintf(sent->reply, sizeof sent->reply,
		    "the TLS handshake failed: %s",
		    tls_failure_sentence(peer->engine->facts.failure));
		return;
	}
	demo_leg_of(peer, &sent->leg);
	if (peer->label != NULL)
		printf("%s    (TLS: %s, %s, %u bits)\n", peer->label,
		    sent->leg.protocol, sent->leg.suite, sent->leg.bits);
	sent->accepted =
	    says(peer, "EHLO exchange.corp.example", '2', sent) &&
	    says(peer, "MAIL FROM:<postmaster@exchange.corp.example>", '2',
		sent) &&
	    says(peer, "RCPT TO:<orders@iis.corp.example>", '2', sent) &&
	    says(peer, "DATA", '3', sent) && send_content(peer) &&
	    says(peer, ".", '2', sent);
}

static void
run(uint16_t port, bool shown, int report)
{
	struct demo_sent sent = {0}, farewell = {0};
	int file = connect_to(port);
	struct peer peer;

	alarm(3 * DEMO_PATIENCE);
	if (file < 0) {
		snprintf(sent.reply, sizeof sent.reply, "cannot connect");
	} else if (peer_open(&peer, file, shown ? "  sender " : NULL)) {
		deliver(&peer, &sent);
		says(&peer, "QUIT", '2', &farewell);
		peer_close(&peer);
	}
	(void)descriptor_write(report, &sent, sizeof sent);
}

struct demo_process
demo_sender_start(uint16_t port, bool shown)
{
	struct demo_process process = {.id = -1};
	int ends[2];

	if (pipe(ends) != 0)
		return process;
	fflush(stdout);
	process.id = fork();
	if (process.id == 0) {
		close(ends[0]);
		run(port, shown, ends[1]);
		fflush(stdout);
		_exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	process.report = ends[0];
	return process;
}
