// SPDX-License-Identifier: ISC

#include "net/proxy_header_parts.h"

#include "base/contract.h"
#include "net/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

// Bits of the first byte of PROXY_EXTRA_TLS.
enum {
	CLIENT_TLS = 0x01,
	CLIENT_CERTIFICATE = 0x02,
	CLIENT_CERTIFICATE_SESSION = 0x04
};

// The 16 bytes of an address, an IPv4 one mapped.
static void
write_six(struct writer *out, const struct sockaddr_storage *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET6) {
		writer_bytes(out, &six->sin6_addr, 16);
		return;
	}
	writer_bytes(out, mapped, sizeof mapped);
	writer_bytes(out, &four->sin_addr, 4);
}

static void
write_bytes_of(
    struct writer *out, const struct sockaddr_storage *address, bool as_six)
{
	if (as_six)
		write_six(out, address);
	else
		writer_bytes(
		    out, &((const struct sockaddr_in *)address)->sin_addr, 4);
}

static void
write_line(const struct sockaddr_storage *source,
    const struct sockaddr_storage *destination, bool as_six, struct writer *out)
{
	const struct sockaddr_storage *ends[] = {source, destination};
	char text[INET6_ADDRSTRLEN], ports[16];

	writer_text(out, as_six ? "PROXY TCP6" : "PROXY TCP4");
	for (size_t i = 0; i < 2; i++) {
		uint8_t bytes[16];
		struct writer address = writer_over(bytes, sizeof bytes);

		write_bytes_of(&address, ends[i], as_six);
		REQUIRE(inet_ntop(as_six ? AF_INET6 : AF_INET, bytes, text,
			    sizeof text) != NULL);
		writer_text(out, " ");
		writer_text(out, text);
	}
	snprintf(ports, sizeof ports, " %u %u", (unsigned)sockaddr_port(source),
	    (unsigned)sockaddr_port(destination));
	writer_text(out, ports);
	writer_text(out, "\r\n");
}

static void
write_extra(struct writer *out, uint8_t type, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	writer_u8(out, type);
	size_t length = writer_open(out, 2);

	writer_text(out, text);
	writer_close(out, length, 2);
}

static void
write_tls(struct writer *out, const struct proxy_tls *tls)
{
	uint8_t client = CLIENT_TLS;

	if (tls->certificate)
		client |= tls->resumed
			      ? CLIENT_CERTIFICATE_SESSION
			      : CLIENT_CERTIFICATE | CLIENT_CERTIFICATE_SESSION;
	write_extra(out, PROXY_EXTRA_AUTHORITY, tls->server_name);
	writer_u8(out, PROXY_EXTRA_TLS);
	size_t length = writer_open(out, 2);

	writer_u8(out, client);
	// 32 bits; zero: a certificate was shown, and it is trusted.
	writer_u24(out, 0);
	writer_u8(out, tls->certificate && tls->verified ? 0 : 1);
	write_extra(out, PROXY_EXTRA_TLS_VERSION, tls->protocol);
	write_extra(out, PROXY_EXTRA_TLS_CN, tls->name);
	write_extra(out, PROXY_EXTRA_TLS_CIPHER, tls->suite);
	writer_close(out, length, 2);
}

void
proxy_header_write(unsigned version, const struct sockaddr_storage *source,
    const struct sockaddr_storage *destination, const struct proxy_tls *tls,
    struct writer *out)
{
	bool known = source->ss_family != AF_UNSPEC &&
		     destination->ss_family != AF_UNSPEC;
	bool as_six =
	    source->ss_family == AF_INET6 || destination->ss_family == AF_INET6;

	if (version == 1 && known) {
		write_line(source, destination, as_six, out);
		return;
	}
	if (version == 1) {
		writer_text(out, "PROXY UNKNOWN\r\n");
		return;
	}
	writer_bytes(out, PROXY_SIGNATURE, PROXY_SIGNATURE_SIZE);
	writer_u8(out, PROXY_COMMAND_PROXY);
	writer_u8(out, !known
			   ? PROXY_FAMILY_UNSPEC
			   : (as_six ? PROXY_FAMILY_TCP6 : PROXY_FAMILY_TCP4));
	size_t length = writer_open(out, 2);

	if (known) {
		write_bytes_of(out, source, as_six);
		write_bytes_of(out, destination, as_six);
		writer_u16(out, sockaddr_port(source));
		writer_u16(out, sockaddr_port(destination));
	}
	if (tls != NULL)
		write_tls(out, tls);
	writer_close(out, length, 2);
}
