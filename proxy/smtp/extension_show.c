// SPDX-License-Identifier: ISC

#include "smtp/extension_parts.h"

#include "smtp/client.h"

#include <stdio.h>

// A list that is being shown.
struct showing {
	const struct extension_view *view;
	unsigned code;
	struct extensions offered;
	struct writer *out;
};

// What is left of an AUTH line, each mechanism once, in the receiver's order
// and spelling; returns them as a set. Distinct names fit any line: nothing is
// cut.
static uint64_t
auth_filter(const struct offer *offer, const struct showing *showing,
    struct writer *text)
{
	struct reader list = offer->parameters;
	struct reader word = list_word(&list);
	uint64_t mechanisms = 0;

	writer_bytes(text, offer->keyword.at, offer->keyword.left);
	for (; word.left > 0; word = list_word(&list)) {
		enum mechanism one = mechanism_find(word.at, word.left);
		uint64_t bit = (uint64_t)1 << one;

		if ((mechanisms & bit) != 0 ||
		    !mechanism_passes(one, &showing->offered, showing->view))
			continue;
		writer_u8(text, mechanisms == 0 && offer->equals ? '=' : ' ');
		writer_bytes(text, word.at, word.left);
		mechanisms |= bit;
	}
	return mechanisms;
}

// Whether a word of LIMITS promises more recipients than we take; limit is 0
// where we take any number.
static bool
promises_too_many(const struct reader *word, unsigned limit)
{
	static const char name[] = "RCPTMAX=";
	size_t size = sizeof name - 1;
	uint64_t value = 0;

	if (limit == 0 || word->left <= size ||
	    !bytes_equal_text(word->at, size, name))
		return false;
	for (size_t i = size; i < word->left; i++) {
		if (word->at[i] < '0' || word->at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(word->at[i] - '0');
		if (value > limit)
			return true;
	}
	return false;
}

// A LIMITS line (RFC 9422) that promises no more than we keep.
static void
limits_lower(const struct offer *offer, unsigned limit, struct writer *text)
{
	struct reader list = offer->parameters;
	struct reader word = list_word(&list);
	char ours[32];

	snprintf(ours, sizeof ours, " RCPTMAX=%u", limit);
	writer_bytes(text, offer->keyword.at, offer->keyword.left);
	for (; word.left > 0; word = list_word(&list)) {
		if (promises_too_many(&word, limit)) {
			writer_text(text, ours);
			continue;
		}
		writer_u8(text, ' ');
		writer_bytes(text, word.at, word.left);
	}
}

// A SIZE line (RFC 1870) that leaves room for what we put before a message.
// SIZE 0, or without a number, is no limit.
static void
size_lower(const struct offer *offer, unsigned headroom, struct writer *text)
{
	struct reader digits = offer->parameters;
	uint64_t size = 0;
	char lower[32];

	while (digits.left > 0 && *digits.at >= '0' && *digits.at <= '9' &&
	       size < UINT64_MAX / 100)
		size = size * 10 + (uint64_t)(reader_u8(&digits) - '0');
	if (digits.left > 0 || size == 0) {
		writer_bytes(text, offer->text.at, offer->text.left);
		return;
	}
	// 1: what is left of a limit must not read as none.
	snprintf(lower, sizeof lower, " %llu",
	    (unsigned long long)(size > headroom ? size - headroom : 1));
	writer_bytes(text, offer->keyword.at, offer->keyword.left);
	writer_text(text, lower);
}

// Writes the line, if anything of it passes; whether it did.
static bool
offer_show(const struct offer *offer, const struct showing *showing)
{
	uint8_t bytes[REPLY_LINE_MOST];
	struct writer made = writer_over(bytes, sizeof(bytes));
	struct reader text = offer->text;

	if (!offer_passes(offer, &showing->offered, showing->view))
		return false;
	if (offer->extension == EXTENSION_AUTH) {
		if (auth_filter(offer, showing, &made) == 0)
			return false;
		text = reader_over(bytes, made.size);
	}
	if (offer->extension == EXTENSION_LIMITS)
		limits_lower(offer, showing->view->recipient_limit, &made);
	if (offer->extension == EXTENSION_SIZE && showing->view->headroom > 0)
		size_lower(offer, showing->view->headroom, &made);
	// One longer than any line may be goes as it is, and is cut.
	if (made.size > 0 && !made.failed)
		text = reader_over(bytes, made.size);
	reply_write_line(showing->code, '-', text, false, showing->out);
	return true;
}

static size_t
show_own(struct reader line, unsigned code, struct writer *out)
{
	size_t start = out->size;

	reply_write_line(code, '-', line, false, out);
	return start;
}

static size_t
show_trusted(enum client_verb verb, unsigned code, struct writer *out)
{
	uint8_t bytes[REPLY_LINE_MOST];
	struct writer keyword = writer_over(bytes, sizeof(bytes));

	client_offer_write(verb, &keyword);
	return show_own(reader_over(bytes, keyword.size), code, out);
}

struct extensions
extension_show(const struct reply *reply, const struct extension_view *view,
    struct writer *out)
{
	struct showing showing = {.view = view,
	    .code = reply->code,
	    .offered = extension_read(reply),
	    .out = out};
	size_t last = out->size; // where the last line so far begins

	reply_write_line(reply->code, '-', reply_line(reply, 0), false, out);
	for (size_t i = 1; i < reply->lines; i++) {
		struct offer offer = offer_parse(reply, i);
		size_t start = out->size;

		if (offer_show(&offer, &showing))
			last = start;
	}
	if (view->take_xclient) {
		show_trusted(CLIENT_XCLIENT, reply->code, out);
		last = show_trusted(CLIENT_XFORWARD, reply->code, out);
	}
	if (view->loop.left > 0)
		last = show_own(view->loop, reply->code, out);
	if (view->show_starttls)
		last = show_own(reader_over("STARTTLS", 8), reply->code, out);
	if (!out->failed)
		out->bytes[last + 3] = ' ';
	return extension_filter(&showing.offered, view);
}

void
extension_show_helo(const struct reply *reply, struct writer *out)
{
	struct reader line = reply_line(reply, 0);

	reply_write_line(250, ' ', list_word(&line), false, out);
}
