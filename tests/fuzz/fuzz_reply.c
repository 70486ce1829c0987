// SPDX-License-Identifier: ISC
//
// Replies, and EHLO lists: two bytes say how the list is viewed, the third
// how many bytes come at once, the rest is what a receiver says. However it
// is cut, the same is read. What is relayed reads as a reply of the same code
// and lines, clean and short; what is shown of a list is what is said to be
// shown, and nothing that must not be.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"
#include "smtp/extension.h"

#include <string.h>

enum { ROOM = REPLY_BYTES_MOST + 1024 };

static enum reply_status
read_reply(const uint8_t *bytes, size_t size, size_t piece, struct reply *reply)
{
	struct reply_reader reader = {0};
	enum reply_status status = REPLY_MORE;
	size_t there = 0;

	while (status == REPLY_MORE && there < size) {
		there += piece < size - there ? piece : size - there;
		status = reply_next(&reader, bytes, there, reply);
	}
	return status;
}

static void
check_limits(const struct reply *reply, size_t size)
{
	REQUIRE(reply->code >= 200 && reply->code <= 599);
	REQUIRE(reply->lines >= 1 && reply->lines <= REPLY_LINES_MOST);
	REQUIRE(reply->size <= size && reply->size <= REPLY_BYTES_MOST);
	REQUIRE(reply->bytes[reply->size - 1] == '\n');
}

// Lines end with CRLF and have at most 512 bytes; nothing but text in them.
static void
check_clean(const struct writer *out, bool utf8)
{
	size_t start = 0;

	REQUIRE(!out->failed);
	for (size_t i = 0; i < out->size; i++) {
		uint8_t byte = out->bytes[i];

		if (byte == '\n') {
			REQUIRE(i > start && out->bytes[i - 1] == '\r');
			REQUIRE(i + 1 - start <= REPLY_LINE_MOST);
			start = i + 1;
		} else if (byte == '\r') {
			REQUIRE(i + 1 < out->size);
			REQUIRE(out->bytes[i + 1] == '\n');
		} else {
			REQUIRE(byte >= ' ' || byte == '\t');
			REQUIRE(byte != 127 && (byte < 127 || utf8));
		}
	}
	REQUIRE(start == out->size);
}

static struct reply
read_again(const struct writer *out)
{
	struct reply reply;

	REQUIRE(read_reply(out->bytes, out->size, out->size, &reply) ==
		REPLY_WHOLE);
	REQUIRE(reply.size == out->size);
	return reply;
}

static void
check_relayed(const struct reply *reply, bool utf8)
{
	static uint8_t room[ROOM], room_again[ROOM];
	struct writer out = writer_over(room, sizeof room);
	struct writer twice = writer_over(room_again, sizeof room_again);

	reply_relay(reply, utf8, &out);
	check_clean(&out, utf8);
	struct reply again = read_again(&out);

	REQUIRE(again.code == reply->code);
	REQUIRE(again.lines == reply->lines);
	// Every line has the code; relaying again changes nothing.
	for (size_t i = 0; i + 4 < out.size; i++)
		if (i == 0 || out.bytes[i - 1] == '\n')
			REQUIRE(memcmp(out.bytes + i, out.bytes, 3) == 0);
	reply_relay(&again, utf8, &twice);
	REQUIRE(twice.size == out.size);
	REQUIRE(memcmp(twice.bytes, out.bytes, out.size) == 0);
}

static struct extension_view
view_from(unsigned bits)
{
	static const char *const names[] = {
	    "X-EXPS", "CHUNKING", "STARTTLS", "XVERP", "AUTH", "SIZE"};
	struct extension_view view = {.show_starttls = (bits & 1) != 0,
	    .sender_tls = (bits & 2) != 0,
	    .receiver_tls = (bits & 4) != 0,
	    .receiver_authenticated = (bits & 8) != 0,
	    .auth_without_tls = (bits & 16) != 0,
	    .hide = names,
	    .hide_count = bits >> 5 & 3,
	    .show = names,
	    .show_count = bits >> 7 & 7};

	if (view.show_count > 6)
		view.show_count = 6;
	return view;
}

static void
check_shown(const struct reply *reply, const struct extension_view *view)
{
	static uint8_t room[ROOM];
	struct writer out = writer_over(room, sizeof room);
	struct extensions offered = extension_read(reply);
	struct extensions shown = extension_show(reply, view, &out);

	check_clean(&out, false);
	struct reply again = read_again(&out);
	struct extensions read = extension_read(&again);

	REQUIRE(again.code == reply->code);
	REQUIRE(again.lines <= reply->lines + 1);
	REQUIRE(read.offered == shown.offered);
	REQUIRE(read.mechanisms == shown.mechanisms);
	// Nothing appears that the receiver lacks, but STARTTLS; that only
	// where we say so.
	uint64_t ours = (uint64_t)1 << EXTENSION_STARTTLS;

	REQUIRE((shown.offered & ~offered.offered & ~ours) == 0);
	REQUIRE((shown.mechanisms & ~offered.mechanisms) == 0);
	REQUIRE(
	    extension_has(&shown, EXTENSION_STARTTLS) == view->show_starttls);
	REQUIRE(!extension_has(&shown, EXTENSION_XCLIENT));
	REQUIRE(!extension_has(&shown, EXTENSION_XFORWARD));
	REQUIRE(!mechanism_has(&shown, MECHANISM_UNKNOWN));
	REQUIRE(!mechanism_has(&shown, MECHANISM_EXTERNAL));
	REQUIRE(
	    extension_has(&shown, EXTENSION_AUTH) == (shown.mechanisms != 0));
	if (extension_has(&shown, EXTENSION_BINARYMIME))
		REQUIRE(extension_has(&shown, EXTENSION_CHUNKING));
	if (!view->receiver_tls)
		REQUIRE(!mechanism_has(&shown, MECHANISM_PLAIN));

	out = writer_over(room, sizeof room);
	extension_show_helo(reply, &out);
	check_clean(&out, false);
	again = read_again(&out);
	REQUIRE(again.lines == 1 && again.code == 250);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(data, size);
	struct extension_view view = view_from(reader_u16(&input));
	size_t piece = (size_t)reader_u8(&input) + 1;
	struct reply reply, other;

	if (input.failed || input.left == 0)
		return 0;
	enum reply_status status =
	    read_reply(input.at, input.left, input.left, &reply);

	REQUIRE(read_reply(input.at, input.left, piece, &other) == status);
	if (status != REPLY_WHOLE)
		return 0;
	REQUIRE(other.code == reply.code && other.lines == reply.lines);
	REQUIRE(other.size == reply.size && other.bytes == reply.bytes);
	check_limits(&reply, input.left);
	check_relayed(&reply, false);
	check_relayed(&reply, true);
	check_shown(&reply, &view);
	return 0;
}
