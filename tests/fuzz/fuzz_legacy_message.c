// SPDX-License-Identifier: ISC
//
// Every other handshake message: what is read and written again is the same.
// The first byte chooses the message.

#include "base/contract.h"
#include "harness.h"
#include "tls/legacy/message.h"

#include <string.h>

static struct writer out;

static void
check_same(struct reader body)
{
	REQUIRE(!out.failed);
	REQUIRE(out.size == MESSAGE_HEADER_SIZE + body.left);
	REQUIRE(
	    memcmp(out.bytes + MESSAGE_HEADER_SIZE, body.at, body.left) == 0);
}

static void
check_certificate(struct reader body)
{
	struct chain chain;

	if (!message_read_certificate(body, &chain))
		return;
	REQUIRE(chain.count <= CHAIN_MAX);
	message_write_certificate(&out, &chain);
	check_same(body);
}

static void
check_server_key_exchange(struct reader body)
{
	struct server_key_exchange exchange;

	if (!message_read_server_key_exchange(body, &exchange))
		return;
	message_write_server_key_exchange(&out, &exchange);
	check_same(body);
	// Whatever numbers are sent: a key, or none.
	struct rsa_key *key =
	    rsa_key_from_numbers(exchange.modulus, exchange.exponent);
	if (key != NULL)
		REQUIRE(rsa_key_bits(key) >= 512);
	rsa_key_free(&key);
}

static void
check_client_key_exchange(struct reader body, uint16_t version)
{
	struct piece sealed;

	if (!message_read_client_key_exchange(body, version, &sealed))
		return;
	message_write_client_key_exchange(&out, version, sealed);
	check_same(body);
}

static void
check_certificate_verify(struct reader body)
{
	struct piece signature;

	if (!message_read_certificate_verify(body, &signature))
		return;
	message_write_certificate_verify(&out, signature);
	check_same(body);
}

static void
check_finished(struct reader body, uint16_t version)
{
	struct piece verify;

	if (!message_read_finished(body, version, &verify))
		return;
	message_write_finished(&out, verify);
	check_same(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t memory[1 << 20];
	bool rsa_sign = false;

	if (size == 0 || size > sizeof memory / 2)
		return 0;
	struct reader body = reader_over(data + 1, size - 1);
	out = writer_over(memory, sizeof memory);
	uint16_t version = (data[0] & 8) != 0 ? 0x0300 : 0x0301;
	switch (data[0] & 7) {
	case 0:
		check_certificate(body);
		break;
	case 1:
		check_server_key_exchange(body);
		break;
	case 2:
		check_client_key_exchange(body, version);
		break;
	case 3:
		check_certificate_verify(body);
		break;
	case 4:
		check_finished(body, version);
		break;
	case 5:
		message_read_certificate_request(body, &rsa_sign);
		break;
	case 6:
		REQUIRE(message_read_server_hello_done(body) == (size == 1));
		break;
	default: {
		// A certificate, for its key.
		struct rsa_key *key = rsa_key_from_certificate(
		    (struct piece){body.at, body.left});
		rsa_key_free(&key);
	}
	}
	return 0;
}
