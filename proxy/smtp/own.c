// SPDX-License-Identifier: ISC

#include "base/contract.h"
#include "smtp/reply.h"

static const struct {
	unsigned code;
	const char *enhanced;
	const char *text;
} table[OWN_COUNT] = {
#define OWN(id, code, enhanced, text) [OWN_##id] = {code, enhanced, text},
#include "smtp/own.def"
#undef OWN
};

unsigned
own_code(enum own_reply own)
{
	REQUIRE(own < OWN_COUNT);
	return table[own].code;
}

const char *
own_text(enum own_reply own)
{
	REQUIRE(own < OWN_COUNT);
	return table[own].text;
}

// As much of text as there is room for.
static void
write_fitting(struct writer *out, const char *text)
{
	while (*text != '\0' && out->size < out->room)
		writer_u8(out, (uint8_t)*text++);
}

void
own_write(enum own_reply own, const char *hostname, const char *detail,
    struct writer *out)
{
	REQUIRE(own < OWN_COUNT);
	uint8_t bytes[REPLY_LINE_MOST];
	struct writer line = writer_over(bytes, sizeof(bytes));

	write_fitting(&line, table[own].enhanced);
	write_fitting(&line, " ");
	write_fitting(&line, hostname);
	write_fitting(&line, " (sallyport): ");
	write_fitting(&line, table[own].text);
	if (detail != NULL) {
		write_fitting(&line, ": ");
		write_fitting(&line, detail);
	}
	reply_write_line(
	    table[own].code, ' ', reader_over(bytes, line.size), false, out);
}
