// SPDX-License-Identifier: ISC
//
// For tests of the legacy engine as a server: a client that behaves, up to a
// stage of the handshake.

#ifndef UNIT_LEGACY_CLIENT_H
#define UNIT_LEGACY_CLIENT_H

#include "legacy_mallory.h"

// What is offered, and by which versions.
static const uint16_t rc4_sha[] = {0x0005};
static const uint16_t aes_sha[] = {0x002f};
static const uint16_t versions[] = {
    VERSION_SSL3, VERSION_TLS1_0, VERSION_TLS1_1};

enum stage {
	STAGE_START,
	STAGE_HELLO,
	STAGE_KEY_EXCHANGE,
	STAGE_CHANGE,
	STAGE_OPEN,
	STAGE_COUNT
};

static inline void
client_until(struct mallory *mallory, const struct legacy_config *config,
    uint16_t version, const uint16_t *suites, enum stage stage)
{
	mallory_init(mallory, CLIENT, config);
	mallory->layer.said = version;
	if (stage >= STAGE_HELLO) {
		mallory_client_hello(mallory, version, suites, 1);
		mallory_speak(mallory);
		assert_int_equal(1, mallory->heard[MESSAGE_SERVER_HELLO_DONE]);
	}
	if (stage >= STAGE_KEY_EXCHANGE)
		mallory_key_exchange(mallory, version);
	if (stage >= STAGE_CHANGE)
		mallory_change(mallory);
	if (stage >= STAGE_OPEN)
		mallory_finished(mallory, 0);
	mallory_speak(mallory);
	assert_int_equal(stage == STAGE_OPEN ? ENGINE_OPEN : ENGINE_HANDSHAKING,
	    mallory->victim.engine->status);
}

#endif
