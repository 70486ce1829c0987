// SPDX-License-Identifier: ISC
//
// The legacy engine alone: full and resumed handshakes a second with both
// ends in this one process, and megabytes a second through both. Prints,
// judges nothing. tests/bench/legacy.py has the same beside other programs.

#define _POSIX_C_SOURCE 200809L
#include "base/buffer.h"
#include "base/contract.h"
#include "tls/legacy/legacy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUEUE = 1 << 20, CONTENT = 16384, MILLISECONDS = 300 };

static const struct {
	uint16_t number;
	const char *name;
} suites[] = {
    {0x0003, "EXPORT_WITH_RC4_40_MD5"},
    {0x0006, "EXPORT_WITH_RC2_CBC_40_MD5"},
    {0x0064, "EXPORT1024_WITH_RC4_56_SHA"},
    {0x0009, "DES_CBC_SHA"},
    {0x0005, "RC4_128_SHA"},
    {0x000a, "3DES_EDE_CBC_SHA"},
    {0x002f, "AES_128_CBC_SHA"},
};

struct end {
	struct engine *engine;
	struct buffer records;
	struct buffer plaintext;
};

static struct legacy_credentials *
read_credentials(unsigned bits)
{
	static char text[65536];
	char path[512];
	const char *why = "it cannot be opened";
	const char *top = getenv("srcdir");

	snprintf(path, sizeof path, "%s/tests/vectors/legacy/server-%u.pem",
	    top == NULL ? "." : top, bits);
	FILE *file = fopen(path, "r");
	struct legacy_credentials *made = NULL;
	if (file != NULL) {
		struct legacy_text pem = {
		    text, fread(text, 1, sizeof text, file)};

		fclose(file);
		made = legacy_credentials_new(
		    pem, (struct legacy_text){NULL, 0}, &why);
	}
	if (made == NULL) {
		fprintf(stderr, "bench_legacy: %s: %s\n", path, why);
		exit(EXIT_FAILURE);
	}
	return made;
}

static void
end_open(struct end *end, const struct legacy_config *config)
{
	buffer_init(&end->records, QUEUE);
	buffer_init(&end->plaintext, QUEUE);
	end->engine = legacy_new(config, &end->records, &end->plaintext);
	REQUIRE(end->engine != NULL);
	engine_start(end->engine);
}

static void
end_close(struct end *end)
{
	engine_free(&end->engine);
	buffer_free(&end->records);
	buffer_free(&end->plaintext);
}

static void
deliver(struct end *from, struct end *to)
{
	engine_receive(
	    to->engine, buffer_bytes(&from->records), from->records.size);
	buffer_consume(&from->records, from->records.size);
}

static void
join(struct end ends[2], const struct legacy_config configs[2])
{
	end_open(&ends[0], &configs[0]);
	end_open(&ends[1], &configs[1]);
	while (ends[0].engine->status == ENGINE_HANDSHAKING ||
	       ends[1].engine->status == ENGINE_HANDSHAKING) {
		deliver(&ends[0], &ends[1]);
		deliver(&ends[1], &ends[0]);
	}
	REQUIRE(ends[0].engine->status == ENGINE_OPEN);
	REQUIRE(ends[1].engine->status == ENGINE_OPEN);
}

// Milliseconds of processor time, so that what else runs does not count.
static uint64_t
worked(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static double
handshakes(const struct legacy_config configs[2])
{
	uint64_t start = worked();
	uint64_t now = start;
	unsigned count = 0;

	while (now - start < MILLISECONDS) {
		struct end ends[2];

		join(ends, configs);
		end_close(&ends[0]);
		end_close(&ends[1]);
		count++;
		now = worked();
	}
	return 1000.0 * count / (double)(now - start);
}

static double
megabytes(const struct legacy_config configs[2])
{
	static uint8_t content[CONTENT];
	struct end ends[2];
	uint64_t moved = 0;

	join(ends, configs);
	uint64_t start = worked();
	uint64_t now = start;
	while (now - start < MILLISECONDS) {
		engine_send(ends[0].engine, content, sizeof content);
		deliver(&ends[0], &ends[1]);
		REQUIRE(ends[1].plaintext.size == sizeof content);
		buffer_consume(&ends[1].plaintext, sizeof content);
		moved += sizeof content;
		now = worked();
	}
	end_close(&ends[0]);
	end_close(&ends[1]);
	return (double)moved / 1000.0 / (double)(now - start);
}

static void
measure(size_t suite, uint16_t version, struct legacy_credentials *own[2],
    struct legacy_keyring *keyring)
{
	struct legacy_sessions *sessions = legacy_sessions_new(64, 3600000);
	struct legacy_config configs[2] = {
	    {.role = LEGACY_CLIENT, .session_scope = "client"},
	    {.role = LEGACY_SERVER, .keyring = keyring},
	};

	for (int i = 0; i < 2; i++) {
		configs[i].min_protocol = configs[i].max_protocol = version;
		configs[i].min_bits = 40;
		configs[i].suites = &suites[suite].number;
		configs[i].suite_count = 1;
	}
	printf("%-6s %-28s", version == 0x0300 ? "SSLv3" : "TLSv1.0",
	    suites[suite].name);
	for (int i = 0; i < 2; i++) {
		configs[1].credentials = own[i];
		printf("%10.0f", handshakes(configs));
	}
	configs[0].sessions = configs[1].sessions = sessions;
	printf("%10.0f%10.0f\n", handshakes(configs), megabytes(configs));
	fflush(stdout);
	legacy_sessions_free(&sessions);
}

int
main(void)
{
	struct legacy_credentials *own[2] = {
	    read_credentials(1024), read_credentials(2048)};
	struct legacy_keyring *keyring = legacy_keyring_new(3600000, 1000000);

	REQUIRE(keyring != NULL);
	printf("Both ends in one process; a second is one of processor time. "
	       "Full handshakes with\ncertificates of 1024 and 2048 bits, "
	       "resumed ones, and megabytes of content.\n\n");
	printf(
	    "%-35s%10s%10s%10s%10s\n", "", "1024", "2048", "resumed", "MB/s");
	for (uint16_t version = 0x0300; version <= 0x0301; version++)
		for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
			measure(i, version, own, keyring);
	legacy_keyring_free(&keyring);
	legacy_credentials_free(&own[0]);
	legacy_credentials_free(&own[1]);
	return 0;
}
