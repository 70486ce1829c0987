// SPDX-License-Identifier: ISC
//
// Everything a client can say to the legacy engine. The first byte chooses
// what the server wants, the second how many bytes come at a time.

#include "harness.h"
#include "legacy_unlocked.h"

static struct legacy_config config = {
    .role = LEGACY_SERVER,
    .min_protocol = 0x0300,
    .max_protocol = 0x0302,
    .min_bits = 40,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (config.credentials == NULL) {
		config.credentials = unlocked_credentials();
		config.sessions = legacy_sessions_new(4, 3600000);
		config.keyring = legacy_keyring_new(3600000, 1000000);
	}
	if (size < 2)
		return 0;
	config.client_certificate =
	    (enum legacy_client_certificate)(data[0] & 3) %
	    (LEGACY_CLIENT_CERTIFICATE_REQUIRE + 1);
	config.record_splitting = (data[0] & 4) != 0;
	config.max_protocol = (data[0] & 8) != 0 ? 0x0301 : 0x0302;
	config.min_bits = (data[0] & 16) != 0 ? 128 : 40;
	unlocked_run(&config, data + 2, size - 2, (size_t)data[1] + 1);
	return 0;
}
