// SPDX-License-Identifier: ISC

#include "policy/network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
is_mapped(const struct address *address)
{
	return address->kind == ADDRESS_IPV6 &&
	       memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

static void
take_ipv4(struct address *address, const void *bytes)
{
	*address = (struct address){.kind = ADDRESS_IPV4};
	memcpy(address->bytes, bytes, 4);
}

static void
take_ipv6(struct address *address, const void *bytes, uint32_t scope)
{
	*address = (struct address){.kind = ADDRESS_IPV6, .scope = scope};
	memcpy(address->bytes, bytes, 16);
	if (is_mapped(address))
		take_ipv4(address, (const uint8_t *)bytes + sizeof mapped);
}

bool
address_from_sockaddr(
    struct address *address, uint16_t *port, const struct sockaddr *from)
{
	if (from->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, from, sizeof in);
		take_ipv4(address, &in.sin_addr);
		if (port != NULL)
			*port = ntohs(in.sin_port);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, from, sizeof in);
		take_ipv6(address, &in.sin6_addr, in.sin6_scope_id);
		if (port != NULL)
			*port = ntohs(in.sin6_port);
		return true;
	}
	*address = (struct address){.kind = ADDRESS_NONE};
	return false;
}

unsigned
address_to_sockaddr(
    const struct address *address, uint16_t port, struct sockaddr_storage *to)
{
	memset(to, 0, sizeof *to);
	if (address->kind == ADDRESS_IPV4) {
		struct sockaddr_in in = {
		    .sin_family = AF_INET, .sin_port = htons(port)};

		memcpy(&in.sin_addr, address->bytes, 4);
		memcpy(to, &in, sizeof in);
		return sizeof in;
	}
	if (address->kind == ADDRESS_IPV6) {
		struct sockaddr_in6 in = {.sin6_family = AF_INET6,
		    .sin6_port = htons(port),
		    .sin6_scope_id = address->scope};

		memcpy(&in.sin6_addr, address->bytes, 16);
		memcpy(to, &in, sizeof in);
		return sizeof in;
	}
	return 0;
}

// Copies size characters of text to room, with a NUL; false if they do not
// fit or there are none.
static bool
cut(char *to, size_t room, const char *text, size_t size)
{
	if (size == 0 || size >= room)
		return false;
	memcpy(to, text, size);
	to[size] = '\0';
	return true;
}

// An IPv6 address with or without the interface behind a "%".
static bool
parse_ipv6(struct address *address, const char *text)
{
	const char *percent = strchr(text, '%');
	size_t size = percent != NULL ? (size_t)(percent - text) : strlen(text);
	char plain[INET6_ADDRSTRLEN];
	struct in6_addr in;
	uint32_t scope = 0;

	if (!cut(plain, sizeof plain, text, size) ||
	    inet_pton(AF_INET6, plain, &in) != 1)
		return false;
	if (percent != NULL) {
		scope = if_nametoindex(percent + 1);
		if (scope == 0)
			return false;
	}
	take_ipv6(address, &in, scope);
	return true;
}

bool
address_parse(struct address *address, const char *text)
{
	char plain[ADDRESS_TEXT_MOST];
	size_t size = strlen(text);
	struct in_addr in;

	*address = (struct address){.kind = ADDRESS_NONE};
	if (inet_pton(AF_INET, text, &in) == 1) {
		take_ipv4(address, &in);
		return true;
	}
	if (size < 2 || text[0] != '[')
		return parse_ipv6(address, text);
	return text[size - 1] == ']' &&
	       cut(plain, sizeof plain, text + 1, size - 2) &&
	       parse_ipv6(address, plain);
}

void
address_print(const struct address *address, char *to, size_t room)
{
	char text[INET6_ADDRSTRLEN] = "unknown";
	char name[IF_NAMESIZE];

	if (address->kind == ADDRESS_IPV4)
		inet_ntop(AF_INET, address->bytes, text, sizeof text);
	else if (address->kind == ADDRESS_IPV6)
		inet_ntop(AF_INET6, address->bytes, text, sizeof text);
	if (address->scope == 0)
		snprintf(to, room, "%s", text);
	else if (if_indextoname(address->scope, name) != NULL)
		snprintf(to, room, "%s%%%s", text, name);
	else
		snprintf(to, room, "%s%%%u", text, (unsigned)address->scope);
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->kind == b->kind && a->scope == b->scope &&
	       memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool
address_is_loopback(const struct address *address)
{
	static const uint8_t one[16] = {[15] = 1};

	if (address->kind == ADDRESS_IPV4)
		return address->bytes[0] == 127;
	return address->kind == ADDRESS_IPV6 &&
	       memcmp(address->bytes, one, sizeof one) == 0;
}

bool
address_lacks_scope(const struct address *address)
{
	return address->kind == ADDRESS_IPV6 && address->scope == 0 &&
	       address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

// Digits alone, from low to high; no sign, no blank, no more than 5 of them.
static bool
parse_number(const char *text, unsigned low, unsigned high, unsigned *number)
{
	size_t size = strlen(text);
	unsigned value = 0;

	if (size == 0 || size > 5 || strspn(text, "0123456789") != size)
		return false;
	for (size_t i = 0; i < size; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	*number = value;
	return value >= low && value <= high;
}

static bool
parse_port(const char *text, uint16_t *port)
{
	unsigned number;

	if (!parse_number(text, 1, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

bool
endpoint_parse(struct endpoint *endpoint, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_TEXT_MOST];

	*endpoint = (struct endpoint){.port = 0};
	if (colon == NULL || !parse_port(colon + 1, &endpoint->port) ||
	    !cut(host, sizeof host, text, (size_t)(colon - text)))
		return false;
	if (strcmp(host, "*") == 0)
		return true;
	// An IPv6 address wants its brackets: "::1:25" is an address too.
	if (strchr(host, ':') != NULL && host[0] != '[')
		return false;
	return address_parse(&endpoint->address, host);
}

void
endpoint_print(const struct endpoint *endpoint, char *to, size_t room)
{
	char text[ADDRESS_TEXT_MOST];
	bool v6 = endpoint->address.kind == ADDRESS_IPV6;

	if (endpoint->address.kind == ADDRESS_NONE)
		snprintf(text, sizeof text, "*");
	else
		address_print(&endpoint->address, text, sizeof text);
	snprintf(to, room, "%s%s%s:%u", v6 ? "[" : "", text, v6 ? "]" : "",
	    (unsigned)endpoint->port);
}

static unsigned
address_width(const struct address *address)
{
	return address->kind == ADDRESS_IPV4 ? 32 : 128;
}

// The mask of byte number i under a prefix.
static uint8_t
prefix_mask(unsigned prefix, size_t i)
{
	unsigned before = (unsigned)i * 8;

	if (prefix >= before + 8)
		return 0xff;
	if (prefix <= before)
		return 0;
	return (uint8_t)(0xff00u >> (prefix - before));
}

bool
network_parse(struct network *network, const char *text, bool *stray)
{
	const char *slash = strchr(text, '/');
	size_t size = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char plain[ADDRESS_TEXT_MOST];
	bool set = false;

	*network = (struct network){.prefix = 0};
	if (stray != NULL)
		*stray = false;
	if (!cut(plain, sizeof plain, text, size) ||
	    !address_parse(&network->address, plain))
		return false;
	network->prefix = address_width(&network->address);
	if (slash == NULL)
		return true;
	// A prefix of ::ffff:a.b.c.d counts from the front of the IPv6 form.
	if (network->prefix == 32 && strchr(plain, ':') != NULL) {
		if (!parse_number(slash + 1, 96, 128, &network->prefix))
			return false;
		network->prefix -= 96;
	} else if (!parse_number(
		       slash + 1, 0, network->prefix, &network->prefix)) {
		return false;
	}
	for (size_t i = 0; i < sizeof network->address.bytes; i++)
		set = set || (network->address.bytes[i] &
				 ~prefix_mask(network->prefix, i)) != 0;
	if (stray != NULL)
		*stray = set;
	return !set;
}

void
network_trim(struct network *network)
{
	for (size_t i = 0; i < sizeof network->address.bytes; i++)
		network->address.bytes[i] &= prefix_mask(network->prefix, i);
}

bool
network_contains(const struct network *network, const struct address *address)
{
	if (network->address.kind != address->kind ||
	    address->kind == ADDRESS_NONE)
		return false;
	for (size_t i = 0; i * 8 < network->prefix; i++) {
		uint8_t mask = prefix_mask(network->prefix, i);

		if ((address->bytes[i] & mask) !=
		    (network->address.bytes[i] & mask))
			return false;
	}
	return true;
}

bool
network_covers(const struct network *wide, const struct network *narrow)
{
	return wide->prefix <= narrow->prefix &&
	       network_contains(wide, &narrow->address);
}

// Labels of letters, digits, hyphens and underscores (which names in use
// have), 63 at most each; a dot may end it. All digits would be an address.
bool
host_name_is_valid(const char *text)
{
	size_t label = 0;
	bool letter = false;

	for (const char *at = text; *at != '\0'; at++) {
		bool digit = *at >= '0' && *at <= '9';
		bool alpha = (*at >= 'a' && *at <= 'z') ||
			     (*at >= 'A' && *at <= 'Z') || *at == '_';

		if (*at == '.') {
			if (label == 0 || at[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!(digit || alpha || (*at == '-' && label > 0)) ||
		    ++label > 63)
			return false;
		letter = letter || alpha;
	}
	return letter && strlen(text) <= 254 && text[strlen(text) - 1] != '-';
}

const char *
host_name_hint(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return "; write it as DNS has it, in the form that "
			       "begins with xn-- (idn2 prints it)";
	return "";
}

bool
host_is_valid(const char *text)
{
	struct address address;

	return address_parse(&address, text) || host_name_is_valid(text);
}

bool
host_port_parse(
    const char *text, uint16_t preset, char *host, size_t room, uint16_t *port)
{
	const char *last = strrchr(text, ':');
	const char *bracket = strchr(text, ']');
	size_t size = strlen(text);
	struct address address;

	*port = preset;
	// A colon is the port's if it is the only one, or behind a bracket.
	if (last != NULL &&
	    (text[0] == '[' ? bracket != NULL && last == bracket + 1
			    : strchr(text, ':') == last)) {
		if (!parse_port(last + 1, port))
			return false;
		size = (size_t)(last - text);
	}
	if (text[0] == '[') {
		if (bracket == NULL || size != (size_t)(bracket - text) + 1 ||
		    !cut(host, room, text + 1, size - 2))
			return false;
		return address_parse(&address, host) &&
		       strchr(host, ':') != NULL;
	}
	return cut(host, room, text, size) &&
	       (address_parse(&address, host) || host_name_is_valid(host));
}
