// SPDX-License-Identifier: ISC

#include "tool/probe_visit.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "smtp/extension.h"
#include "tool/probe_judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct visiting {
	const struct probe_call *call;
	struct probe_visit *visit;
	struct link link;
	uint64_t begun; // the step
	bool open;      // QUIT can be said
};

static void
step_begin(struct visiting *at)
{
	at->begun = clock_wall();
}

static void
step_end(struct visiting *at, enum probe_step step)
{
	uint64_t now = clock_wall();

	at->visit->done[step] = true;
	at->visit->spent[step] = now > at->begun ? now - at->begun : 0;
}

static bool
fail(struct visiting *at, enum probe_fault fault)
{
	at->visit->fault = fault;
	at->open = fault == PROBE_GREETING || fault == PROBE_EHLO ||
		   fault == PROBE_NO_STARTTLS ||
		   fault == PROBE_STARTTLS_REFUSED || fault == PROBE_EHLO_AFTER;
	return false;
}

// What a status means where no step gives it another meaning.
static bool
fail_link(struct visiting *at, enum link_status status)
{
	struct probe_visit *visit = at->visit;

	switch (status) {
	case LINK_LATE:
		return fail(at, PROBE_TOO_LATE);
	case LINK_BROKEN:
		bytes_copy_text(visit->detail, sizeof visit->detail,
		    strerror(at->link.error));
		return fail(at, PROBE_RESET);
	case LINK_TLS:
		return fail(at, PROBE_HANDSHAKE);
	case LINK_GARBAGE:
		return fail(at, PROBE_NOT_SMTP);
	case LINK_HUGE:
		snprintf(visit->detail, sizeof visit->detail,
		    "more than %d lines or %d bytes", REPLY_LINES_MOST,
		    REPLY_BYTES_MOST);
		return fail(at, PROBE_REPLY_HUGE);
	case LINK_CLOSED:
	case LINK_GOOD:
		break;
	}
	return fail(at, PROBE_CLOSED);
}

// Copies bytes, cut; controls stay and are escaped where they are shown, but
// a NUL would end the text.
static bool
copy_bytes(char *out, size_t room, const uint8_t *bytes, size_t size)
{
	size_t kept = size < room ? size : room - 1;

	for (size_t i = 0; i < kept; i++)
		out[i] = bytes[i] != '\0' ? (char)bytes[i] : '?';
	out[kept] = '\0';
	return kept == size;
}

// The last line of a reply, with its code.
static void
copy_reply(const struct reply *reply, char *out, size_t room)
{
	struct reader line = reply_line(reply, reply->lines - 1);
	int size = snprintf(out, room, "%u ", reply->code);

	if (size > 0 && (size_t)size < room)
		copy_bytes(out + size, room - (size_t)size, line.at, line.left);
}

static void
copy_keywords(const struct reply *reply, struct probe_keywords *keywords)
{
	keywords->count = 0;
	for (size_t i = 1; i < reply->lines; i++) {
		struct reader line = reply_line(reply, i);

		if (keywords->count == PROBE_KEYWORDS) {
			keywords->cut = true;
			return;
		}
		if (!copy_bytes(keywords->text[keywords->count++],
			PROBE_KEYWORD, line.at, line.left))
			keywords->cut = true;
	}
}

static bool
has_starttls(const struct probe_keywords *keywords)
{
	for (size_t i = 0; i < keywords->count; i++)
		if (probe_is_starttls(keywords->text[i]))
			return true;
	return false;
}

// Hears a reply; false, failed with refused, if it is not of that class.
static bool
hear(struct visiting *at, unsigned class, enum probe_fault refused,
    struct reply *reply)
{
	struct probe_visit *visit = at->visit;
	enum link_status status = link_hear(&at->link, reply);

	if (status == LINK_GARBAGE)
		copy_bytes(visit->detail, sizeof visit->detail,
		    buffer_bytes(&at->link.plaintext), at->link.plaintext.size);
	if (status != LINK_GOOD)
		return fail_link(at, status);
	if (reply->code / 100 == class)
		return true;
	copy_reply(reply, visit->detail, sizeof visit->detail);
	return fail(at, refused);
}

static bool
connect_it(struct visiting *at)
{
	enum link_status status;

	step_begin(at);
	status = link_open(&at->link, at->call->address);
	step_end(at, PROBE_STEP_CONNECT);
	if (status == LINK_GOOD)
		return true;
	if (status == LINK_BROKEN && at->link.error == ECONNREFUSED)
		return fail(at, PROBE_REFUSED);
	bytes_copy_text(at->visit->detail, sizeof at->visit->detail,
	    status == LINK_LATE ? "no answer in time"
				: strerror(at->link.error));
	return fail(at, PROBE_UNREACHABLE);
}

static bool
greet(struct visiting *at)
{
	struct probe_visit *visit = at->visit;
	struct reply reply = {0};
	bool good;

	step_begin(at);
	good = hear(at, 2, PROBE_GREETING, &reply);
	step_end(at, PROBE_STEP_GREETING);
	if (!good && visit->fault == PROBE_TOO_LATE &&
	    at->link.plaintext.size == 0)
		visit->fault = PROBE_SILENT;
	if (!good)
		return false;
	copy_reply(&reply, visit->greeting, sizeof visit->greeting);
	link_done(&at->link, &reply);
	return true;
}

static bool
say_ehlo(struct visiting *at, struct probe_keywords *keywords,
    enum probe_step step, enum probe_fault refused)
{
	struct reply reply = {0};
	char line[300];

	snprintf(line, sizeof line, "EHLO %.250s\r\n", at->call->name);
	step_begin(at);
	enum link_status status = link_say(&at->link, line);
	bool good = status == LINK_GOOD ? hear(at, 2, refused, &reply)
					: fail_link(at, status);
	step_end(at, step);
	if (!good)
		return false;
	copy_keywords(&reply, keywords);
	link_done(&at->link, &reply);
	return true;
}

static bool
say_starttls(struct visiting *at)
{
	struct reply reply = {0};

	if (!has_starttls(&at->visit->before))
		return fail(at, PROBE_NO_STARTTLS);
	step_begin(at);
	enum link_status status = link_say(&at->link, "STARTTLS\r\n");
	bool good = status == LINK_GOOD
			? hear(at, 2, PROBE_STARTTLS_REFUSED, &reply)
			: fail_link(at, status);
	step_end(at, PROBE_STEP_STARTTLS);
	if (!good)
		return false;
	link_done(&at->link, &reply);
	// What lies there was sent in plaintext, by whoever: it must not be
	// read as if it came under TLS (response injection, CVE-2021-38371).
	return !link_has_more(&at->link) || fail(at, PROBE_INJECTED);
}

static bool
shake_hands(struct visiting *at)
{
	struct probe_visit *visit = at->visit;
	struct engine *engine = at->call->make(
	    at->call->context, &at->link.records, &at->link.plaintext);

	step_begin(at);
	enum link_status status = link_secure(&at->link, engine);
	step_end(at, PROBE_STEP_HANDSHAKE);
	if (engine != NULL)
		visit->facts = engine->facts;
	if (status == LINK_GOOD) {
		visit->secured = true;
		return true;
	}
	if (engine == NULL)
		visit->facts.failure = TLS_FAILURE_LOCAL;
	else if (status == LINK_LATE)
		visit->facts.failure = TLS_FAILURE_TIMEOUT;
	else if (visit->facts.failure == TLS_FAILURE_NONE)
		visit->facts.failure = TLS_FAILURE_CLOSED;
	bytes_copy_text(
	    visit->detail, sizeof visit->detail, visit->facts.detail);
	return fail(at, PROBE_HANDSHAKE);
}

// Under TLS, losing the server says less of the network than of the server.
static bool
greet_again(struct visiting *at)
{
	struct probe_visit *visit = at->visit;

	if (at->call->brief || say_ehlo(at, &visit->after,
				   PROBE_STEP_EHLO_AFTER, PROBE_EHLO_AFTER))
		return true;
	visit->facts = at->link.engine->facts;
	if (visit->fault != PROBE_EHLO_AFTER &&
	    visit->fault != PROBE_NOT_SMTP && visit->fault != PROBE_REPLY_HUGE)
		visit->fault = PROBE_LOST_AFTER;
	return false;
}

static bool
secure(struct visiting *at)
{
	if (at->call->plain)
		return true;
	return say_starttls(at) && shake_hands(at) && greet_again(at);
}

static bool
talk(struct visiting *at)
{
	struct probe_visit *visit = at->visit;

	if (!connect_it(at))
		return false;
	if (!at->call->implicit)
		return greet(at) &&
		       say_ehlo(
			   at, &visit->before, PROBE_STEP_EHLO, PROBE_EHLO) &&
		       secure(at);
	if (!shake_hands(at))
		return false;
	return greet(at) && greet_again(at);
}

static void
say_goodbye(struct visiting *at)
{
	struct reply reply = {0};

	step_begin(at);
	if (link_say(&at->link, "QUIT\r\n") == LINK_GOOD &&
	    link_hear(&at->link, &reply) == LINK_GOOD)
		link_done(&at->link, &reply);
	step_end(at, PROBE_STEP_QUIT);
}

void
probe_visit(const struct probe_call *call, struct probe_visit *visit)
{
	struct visiting at = {.call = call,
	    .visit = visit,
	    .link = {.wait = call->wait, .end = call->end}};

	*visit = (struct probe_visit){.fault = PROBE_NONE};
	tls_facts_init(&visit->facts);
	if (talk(&at) || at.open)
		say_goodbye(&at);
	link_close(&at.link);
}
