// SPDX-License-Identifier: ISC
//
// For tests of the legacy engine as a client: a server that behaves, up to a
// stage of the handshake, and chooses RC4_128_SHA.

#ifndef UNIT_LEGACY_SERVER_H
#define UNIT_LEGACY_SERVER_H

#include "legacy_mallory.h"

static inline void
server_start(struct mallory *mallory, const struct legacy_config *config,
    const struct legacy_credentials *own)
{
	mallory_init(mallory, SERVER, config);
	mallory->own = own;
	mallory_listen(mallory);
	assert_int_equal(1, mallory->heard[MESSAGE_CLIENT_HELLO]);
}

static inline void
server_hello(struct mallory *mallory, uint16_t version, uint16_t suite)
{
	struct server_hello hello = {.version = version, .suite = suite};

	mallory_server_hello(mallory, &hello);
}

enum stage {
	STAGE_START,
	STAGE_HELLO,
	STAGE_CERTIFICATE,
	STAGE_DONE,
	STAGE_CHANGE,
	STAGE_OPEN,
};

static inline void
server_until(struct mallory *mallory, const struct legacy_config *config,
    const struct legacy_credentials *own, uint16_t version, enum stage stage)
{
	server_start(mallory, config, own);
	if (stage >= STAGE_HELLO)
		server_hello(mallory, version, 0x0005);
	if (stage >= STAGE_CERTIFICATE)
		mallory_certificate(mallory);
	if (stage >= STAGE_DONE) {
		mallory_hello_done(mallory);
		mallory_speak(mallory);
		assert_true(mallory->heard_change);
		assert_int_equal(1, mallory->heard[MESSAGE_FINISHED]);
	}
	if (stage >= STAGE_CHANGE)
		mallory_change(mallory);
	if (stage >= STAGE_OPEN)
		mallory_finished(mallory, 0);
	mallory_speak(mallory);
	assert_int_equal(stage == STAGE_OPEN ? ENGINE_OPEN : ENGINE_HANDSHAKING,
	    mallory->victim.engine->status);
}

#endif
