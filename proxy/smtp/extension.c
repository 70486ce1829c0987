// SPDX-License-Identifier: ISC

#include "smtp/extension_parts.h"

#include "base/contract.h"
#include "smtp/client.h"

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

struct offer
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
bool
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

struct reader
list_word(struct reader *list)
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
	struct reader word = list_word(&list);

	for (; word.left > 0; word = list_word(&list)) {
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

bool
offer_passes(const struct offer *offer, const struct extensions *offered,
    const struct extension_view *view)
{
	if (offer_is_known(offer))
		return extension_passes(offer->extension, offered, view);
	// Not ours, or in a form that is not ours: only where it is asked for.
	if (offer->keyword.left == 0 ||
	    (offer->extension != EXTENSION_COUNT &&
		table[offer->extension].action == OWN))
		return false;
	return names_contain(view->show, view->show_count, &offer->keyword) &&
	       !names_contain(view->hide, view->hide_count, &offer->keyword);
}

bool
extension_unlisted(const struct reply *reply, const struct extension_view *view,
    size_t *line, struct reader *keyword)
{
	while (*line < reply->lines) {
		struct offer offer = offer_parse(reply, (*line)++);

		*keyword = offer.keyword;
		if (offer.extension == EXTENSION_COUNT && keyword->left > 0 &&
		    *keyword->at != 'X' && *keyword->at != 'x' &&
		    !names_contain(view->show, view->show_count, keyword) &&
		    !names_contain(view->hide, view->hide_count, keyword))
			return true;
	}
	return false;
}
