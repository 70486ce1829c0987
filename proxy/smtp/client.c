// SPDX-License-Identifier: ISC

#include "smtp/client.h"

#include "base/contract.h"

#include <string.h>

enum kind {
	KIND_NAME,
	KIND_ADDRESS,
	KIND_PORT,
	KIND_PROTO,
	KIND_SOURCE,
	KIND_TEXT
};

static const struct {
	const char *name;
	bool has[2]; // by enum client_verb
	enum kind kind;
} table[ATTRIBUTE_COUNT] = {
#define ATTRIBUTE(id, name, xclient, xforward, kind)                           \
	[ATTRIBUTE_##id] = {name, {xclient, xforward}, KIND_##kind},
#include "smtp/attribute.def"
#undef ATTRIBUTE
};

static const char *const verbs[] = {"XCLIENT", "XFORWARD"};

const char *
client_get(const struct client *client, enum attribute attribute)
{
	REQUIRE(attribute < ATTRIBUTE_COUNT);
	return client->at[attribute] != 0 ? client->text + client->at[attribute]
					  : NULL;
}

static bool
is_text(const char *value, const char *text)
{
	return bytes_equal_text((const uint8_t *)value, strlen(value), text);
}

bool
client_unknown(const char *value)
{
	return is_text(value, "[UNAVAILABLE]") ||
	       is_text(value, "[TEMPUNAVAIL]");
}

static void
append(struct client *client, enum attribute attribute, const char *value)
{
	size_t size = strlen(value) + 1;

	REQUIRE(size <= CLIENT_VALUE_MOST + 1);
	if (client->size == 0)
		client->size = 1;
	client->at[attribute] = client->size;
	bytes_copy(client->text + client->size, CLIENT_TEXT - client->size,
	    value, size);
	client->size = (uint16_t)(client->size + size);
}

void
client_set(struct client *client, enum attribute attribute, const char *value)
{
	struct client fresh = {0};

	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++) {
		const char *old = client_get(client, one);

		if (one != attribute && old != NULL)
			append(&fresh, one, old);
	}
	append(&fresh, attribute, value);
	*client = fresh;
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

// Up to a blank or the end; empty at the end of the list.
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

static enum attribute
attribute_find(const uint8_t *name, size_t size)
{
	enum attribute one = 0;

	while (one < ATTRIBUTE_COUNT &&
	       !bytes_equal_text(name, size, table[one].name))
		one++;
	return one;
}

static int
hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte = bytes_upper(byte);
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

// One byte of xtext, decoded; -1: it is none.
static int
xtext_byte(struct reader *text)
{
	uint8_t byte = reader_u8(text);

	if (byte == '=' || byte <= ' ' || byte == 0x7f)
		return -1;
	if (byte != '+')
		return byte;
	int high = hex_digit(reader_u8(text));
	int low = hex_digit(reader_u8(text));

	return text->failed || high < 0 || low < 0 ? -1 : high * 16 + low;
}

// False: it is no xtext, too long, or stands for a control character. Those
// would be a line of their own in a log, or to a receiver.
static bool
xtext_read(struct reader text, char value[CLIENT_VALUE_MOST + 1])
{
	size_t size = 0;

	while (text.left > 0) {
		int byte = xtext_byte(&text);

		if (byte < ' ' || byte == 0x7f || size == CLIENT_VALUE_MOST)
			return false;
		value[size++] = (char)byte;
	}
	value[size] = '\0';
	return size > 0;
}

static void
xtext_write(const char *value, struct writer *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *value != '\0'; value++) {
		uint8_t byte = (uint8_t)*value;
		bool plain =
		    byte > ' ' && byte < 0x7f && byte != '+' && byte != '=';

		if (plain) {
			writer_u8(out, byte);
			continue;
		}
		writer_u8(out, '+');
		writer_u8(out, (uint8_t)digits[byte / 16]);
		writer_u8(out, (uint8_t)digits[byte % 16]);
	}
}

static bool
consists_of(const char *value, const char *bytes)
{
	return value[0] != '\0' && value[strspn(value, bytes)] == '\0';
}

// "IPV6:" and the longest address there is.
enum { ADDRESS_MOST = 5 + 45 };

static bool
is_address(const char *value)
{
	bool six = strlen(value) > 5 &&
		   bytes_equal_text((const uint8_t *)value, 5, "IPV6:");

	return strlen(value) <= ADDRESS_MOST &&
	       (six ? consists_of(value + 5, "0123456789abcdefABCDEF:.") &&
			   strchr(value + 5, ':') != NULL
		    : consists_of(value, "0123456789."));
}

static bool
is_port(const char *value)
{
	unsigned port = 0;

	if (!consists_of(value, "0123456789") || strlen(value) > 5)
		return false;
	for (; *value != '\0'; value++)
		port = port * 10 + (unsigned)(*value - '0');
	return port <= UINT16_MAX;
}

static bool
value_fits(enum kind kind, const char *value)
{
	switch (kind) {
	case KIND_NAME:
		return client_unknown(value) || strchr(value, ' ') == NULL;
	case KIND_ADDRESS:
		return client_unknown(value) || is_address(value);
	case KIND_PORT:
		return client_unknown(value) || is_port(value);
	case KIND_PROTO:
		return is_text(value, "SMTP") || is_text(value, "ESMTP");
	case KIND_SOURCE:
		return is_text(value, "LOCAL") || is_text(value, "REMOTE");
	case KIND_TEXT:
		return true;
	}
	return false;
}

static bool
read_word(enum client_verb verb, struct reader word, uint32_t *seen,
    struct client *client)
{
	char value[CLIENT_VALUE_MOST + 1] = "";
	size_t size = 0;

	while (size < word.left && word.at[size] != '=')
		size++;
	enum attribute one = attribute_find(word.at, size);

	if (one == ATTRIBUTE_COUNT || !table[one].has[verb] ||
	    size == word.left || (*seen >> one & 1) != 0 ||
	    !xtext_read(
		reader_over(word.at + size + 1, word.left - size - 1), value) ||
	    !value_fits(table[one].kind, value))
		return false;
	*seen |= (uint32_t)1 << one;
	client_set(client, one, value);
	return true;
}

bool
client_read(enum client_verb verb, const uint8_t *argument, size_t size,
    struct client *client)
{
	struct reader list = reader_over(argument, size);
	struct client read = *client;
	struct reader word = next_word(&list);
	uint32_t seen = 0;

	for (; word.left > 0; word = next_word(&list))
		if (!read_word(verb, word, &seen, &read))
			return false;
	if (seen == 0)
		return false;
	*client = read;
	return true;
}

uint32_t
client_offer_read(struct reader list)
{
	struct reader word = next_word(&list);
	uint32_t offered = 0;

	for (; word.left > 0; word = next_word(&list)) {
		enum attribute one = attribute_find(word.at, word.left);

		if (one < ATTRIBUTE_COUNT)
			offered |= (uint32_t)1 << one;
	}
	return offered;
}

void
client_offer_write(enum client_verb verb, struct writer *out)
{
	writer_text(out, verbs[verb]);
	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++) {
		if (!table[one].has[verb])
			continue;
		writer_text(out, " ");
		writer_text(out, table[one].name);
	}
}

static void
write_all(enum client_verb verb, uint32_t offered, const struct client *client,
    struct writer *out)
{
	writer_text(out, verbs[verb]);
	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++) {
		const char *value = client_get(client, one);

		if (value == NULL || !table[one].has[verb] ||
		    (offered >> one & 1) == 0)
			continue;
		writer_text(out, " ");
		writer_text(out, table[one].name);
		writer_text(out, "=");
		xtext_write(value, out);
	}
}

// What may be left out where the line is too long, most dispensable first:
// the EHLO that follows says the name again.
static const enum attribute dispensable[] = {ATTRIBUTE_HELO, ATTRIBUTE_LOGIN,
    ATTRIBUTE_IDENT, ATTRIBUTE_REVERSE_NAME, ATTRIBUTE_NAME};

void
client_write(enum client_verb verb, uint32_t offered,
    const struct client *client, struct writer *out)
{
	uint8_t bytes[CLIENT_LINE_MOST - 2];
	struct writer line = writer_over(bytes, sizeof bytes);
	size_t left_out = 0;

	write_all(verb, offered, client, &line);
	while (line.failed) {
		REQUIRE(left_out < sizeof dispensable / sizeof dispensable[0]);
		offered &= ~((uint32_t)1 << dispensable[left_out++]);
		line = writer_over(bytes, sizeof bytes);
		write_all(verb, offered, client, &line);
	}
	writer_bytes(out, line.bytes, line.size);
}
