// SPDX-License-Identifier: ISC
//
// Everything a server can say to the legacy engine. The first byte chooses
// the hello that the client sends, the second how many bytes come at a time.

#include "harness.h"
#include "legacy_unlocked.h"

static struct legacy_config config = {
    .role = LEGACY_CLIENT,
    .min_protocol = 0x0300,
    .max_protocol = 0x0302,
    .min_bits = 40,
    .server_name = "mail.example.com",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const profiles[] = {
	    "legacy", "legacy-sni", "legacy-v2", "schannel"};
	static struct legacy_credentials *own;

	if (own == NULL) {
		own = unlocked_credentials();
		config.sessions = legacy_sessions_new(4, 3600000);
	}
	if (size < 2)
		return 0;
	config.profile = legacy_profile_find(profiles[data[0] & 3]);
	config.credentials = (data[0] & 4) != 0 ? own : NULL;
	config.fell_back = (data[0] & 8) != 0;
	config.session_scope = (data[0] & 16) != 0 ? "one" : "other";
	unlocked_run(&config, data + 2, size - 2, (size_t)data[1] + 1);
	return 0;
}
