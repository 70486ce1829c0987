// SPDX-License-Identifier: ISC

#include "smtp/extension.h"

#include "base/contract.h"
#include "smtp/client.h"

#include <stdio.h>
#include <string.h>

enum action { PASS, DROP, OWN, AUTH, TLS, CHUNK };

static const struct {
	const char *keyword;
	enum action action;
} table[EXTENSION_COUNT] = {
#define EXTENSION(id, keyword, action) [EXTENSION_##id] = {keyword, action},
#include "smtp/extension.def"
#undef EXTENSION
};

_Static_assert(EXTENSION_COUNT <= 64, "struct extensions has a bit for each");

// One line of the list, taken apart.
struct offer {
	struct reader text; // the whole line
	struct reader keyword;
	struct reader parameters; // behind the keyword and one separator
	enum extension extension; // EXTENSION_COUNT: none of ours
	bool equals;              // "KEYWORD=..."
};

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static enum extension
extension_find(const struct reader *keyword)
{
	for (enum extension one = 0; one < EXTENSION_COUNT; one++)
		if (bytes_equal_text(
			keyword->at, keyword->left, table[one].keyword))
			return one;
	return EXTENSION_COUNT;
}

static struct offer
offer_parse(const struct reply *reply, size_t index)
{
	struct offer offer = {.text = reply_line(reply, index)};
	const uint8_t *at = offer.text.at;
	size_t size = 0;

	while (size < offer.text.left && !is_blank(at[size]) && at[size] != '=')
		size++;
	offer.keyword = reader_over(at, size);
	offer.extension = extension_find(&offer.keyword);
	if (size == offer.text.left)
		return offer;
	offer.equals = at[size] == '=';
	offer.parameters =
	    reader_over(at + size + 1, offer.text.left - size - 1);
	return offer;
}

// "AUTH=PLAIN" is an old form of "AUTH PLAIN"; no other keyword has such.
static bool
offer_is_known(const struct offer *offer)
{
	return offer->extension != EXTENSION_COUNT &&
	       (!offer->equals || offer->extension == EXTENSION_AUTH);
}

static bool
names_contain(
    const char *const *names, size_t count, const struct reader *keyword)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal_text(keyword->at, keyword->left, names[i]))
			return true;
	return false;
}

// The next word of a list of mechanisms; empty at its end.
static struct reader
next_word(struct reader *list)
{
	size_t size = 0;

	while (list->left > 0 && is_blank(*list->at))
		reader_u8(list);
	while (size < list->left && !is_blank(list->at[size]))
		size++;
	return reader_over(reader_bytes(list, size), size);
}

static uint64_t
mechanisms_read(struct reader list)
{
	uint64_t mechanisms = 0;
	struct reader word = next_word(&list);

	for (; word.left > 0; word = next_word(&list)) {
		enum mechanism one = mechanism_find(word.at, word.left);

		mechanisms |= (uint64_t)1 << one;
	}
	return mechanisms;
}

struct extensions
extension_read(const struct reply *reply)
{
	struct extensions set = {0};

	for (size_t i = 1; i < reply->lines; i++) {
		struct offer offer = offer_parse(reply, i);

		if (!offer_is_known(&offer))
			continue;
		set.offered |= (uint64_t)1 << offer.extension;
		if (offer.extension == EXTENSION_AUTH)
			set.mechanisms |= mechanisms_read(offer.parameters);
		if (offer.extension == EXTENSION_XCLIENT)
			set.xclient = client_offer_read(offer.parameters);
		if (offer.extension == EXTENSION_XFORWARD)
			set.xforward = client_offer_read(offer.parameters);
	}
	return set;
}

bool
extension_has(const struct extensions *set, enum extension extension)
{
	REQUIRE(extension < EXTENSION_COUNT);
	return (set->offered >> extension & 1) != 0;
}

static bool
is_hidden(enum extension extension, const struct extension_view *view)
{
	const char *text = table[extension].keyword;
	struct reader keyword = reader_over(text, strlen(text));

	return names_contain(view->hide, view->hide_count, &keyword);
}

// Whether a keyword of the table passes, where the receiver offers the set.
static bool
extension_passes(enum extension extension, const struct extensions *offered,
    const struct extension_view *view)
{
	const char *text = table[extension].keyword;
	struct reader keyword = reader_over(text, strlen(text));

	if (is_hidden(extension, view))
		return false;
	switch (table[extension].action) {
	case PASS:
	case AUTH:
		return true;
	case DROP:
		return names_contain(view->show, view->show_count, &keyword);
	case OWN:
		return false;
	case TLS:
		return view->sender_tls && view->receiver_tls &&
		       view->receiver_authenticated;
	case CHUNK:
		return extension_has(offered, EXTENSION_CHUNKING) &&
		       !is_hidden(EXTENSION_CHUNKING, view);
	}
	return false;
}

struct extensions
extension_filter(
    const struct extensions *offered, const struct extension_view *view)
{
	struct extensions shown = {0};

	for (enum mechanism one = 0; one < MECHANISM_UNKNOWN; one++)
		if (mechanism_has(offered, one) &&
		    !is_hidden(EXTENSION_AUTH, view) &&
		    mechanism_passes(one, offered, view))
			shown.mechanisms |= (uint64_t)1 << one;
	for (enum extension one = 0; one < EXTENSION_COUNT; one++)
		if (extension_has(offered, one) &&
		    extension_passes(one, offered, view) &&
		    (one != EXTENSION_AUTH || shown.mechanisms != 0))
			shown.offered |= (uint64_t)1 << one;
	if (view->take_xclient)
		shown.offered |= (uint64_t)1 << EXTENSION_XCLIENT |
				 (uint64_t)1 << EXTENSION_XFORWARD;
	if (view->show_starttls)
		shown.offered |= (uint64_t)1 << EXTENSION_STARTTLS;
	return shown;
}

// A list that is being shown.
struct showing {
	const struct extension_view *view;
	unsigned code;
	struct extensions offered;
	struct writer *out;
};

static bool
offer_passes(const struct offer *offer, const struct showing *showing)
{
	const struct extension_view *view = showing->view;

	if (offer_is_known(offer))
		return extension_passes(
		    offer->extension, &showing->offered, view);
	// Not ours, or in a form that is not ours: only where it is asked for.
	if (offer->keyword.left == 0 ||
	    (offer->extension != EXTENSION_COUNT &&
		table[offer->extension].action == OWN))
		return false;
	return names_contain(view->show, view->show_count, &offer->keyword) &&
	       !names_contain(view->hide, view->hide_count, &offer->keyword);
}

// What is left of an AUTH line, each mechanism once, in the receiver's order
// and spelling; returns them as a set. Distinct names fit any line: nothing is cut.
static uint64_t
auth_filter(const struct offer *offer, const struct showing *showing,
    struct writer *text)
{
	struct reader list = offer->parameters;
	struct reader word = next_word(&list);
	uint64_t mechanisms = 0;

	writer_bytes(text, offer->keyword.at, offer->keyword.left);
	for (; word.left > 0; word = next_word(&list)) {
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
	struct reader word = next_word(&list);
	char ours[32];

	snprintf(ours, sizeof ours, " RCPTMAX=%u", limit);
	writer_bytes(text, offer->keyword.at, offer->keyword.left);
	for (; word.left > 0; word = next_word(&list)) {
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

	if (!offer_passes(offer, showing))
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

	reply_write_line(250, ' ', next_word(&line), false, out);
}
