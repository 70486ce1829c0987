// SPDX-License-Identifier: ISC
//
// The legacy engine behind a blocking socket, for tests with other programs:
//
//	legacy_peer server CERTIFICATE [OPTION=VALUE ...]
//	legacy_peer client PORT [OPTION=VALUE ...]
//
// A server prints the port that it listens on at 127.0.0.1 and sends back what
// it gets; a client sends bytes and wants them back. Each connection prints a
// line of facts. Options: connections, bytes, min, max (versions in
// hexadecimal), bits, suites (numbers in hexadecimal, commas between),
// profile, certificate (of a client), ask (1: for the client's), split (1),
// step (bytes given to a socket at a time), quiet (1), resume (0: never).

#include "base/bytes.h"
#include "tls/legacy/legacy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { QUEUE = 1 << 20, CHUNK = 4096, SUITES = 16, SECONDS = 20 };

struct options {
	unsigned long connections;
	unsigned long bytes;
	unsigned long step;
	bool quiet;
	bool resume;
	uint16_t suites[SUITES];
	struct legacy_config config;
};

struct link {
	int socket;
	struct engine *engine;
	struct buffer records;
	struct buffer plaintext;
	unsigned long moved; // bytes of content
};

static void
die(const char *what)
{
	fprintf(stderr, "legacy_peer: %s\n", what);
	exit(2);
}

static struct legacy_credentials *
read_credentials(const char *path)
{
	static char text[65536];
	const char *why = NULL;
	FILE *file = fopen(path, "r");

	if (file == NULL)
		die(path);
	struct legacy_text pem = {text, fread(text, 1, sizeof text, file)};
	fclose(file);
	struct legacy_credentials *made =
	    legacy_credentials_new(pem, (struct legacy_text){NULL, 0}, &why);
	if (made == NULL)
		die(why);
	return made;
}

static void
read_suites(struct options *options, const char *text)
{
	char *end = NULL;
	size_t count = 0;

	while (*text != '\0' && count < SUITES) {
		options->suites[count++] = (uint16_t)strtoul(text, &end, 16);
		text = *end == ',' ? end + 1 : end;
		if (*end != ',' && *end != '\0')
			die("suites");
	}
	options->config.suites = options->suites;
	options->config.suite_count = count;
}

static bool
is_option(const char *text, const char *name, const char **value)
{
	size_t size = strlen(name);

	*value = text + size + 1;
	return strncmp(text, name, size) == 0 && text[size] == '=';
}

static void
read_config_option(struct options *options, const char *text)
{
	struct legacy_config *config = &options->config;
	const char *value = NULL;

	if (is_option(text, "min", &value))
		config->min_protocol = (uint16_t)strtoul(value, NULL, 16);
	else if (is_option(text, "max", &value))
		config->max_protocol = (uint16_t)strtoul(value, NULL, 16);
	else if (is_option(text, "bits", &value))
		config->min_bits = (unsigned)strtoul(value, NULL, 10);
	else if (is_option(text, "suites", &value))
		read_suites(options, value);
	else if (is_option(text, "profile", &value))
		config->profile = legacy_profile_find(value);
	else if (is_option(text, "certificate", &value))
		config->credentials = read_credentials(value);
	else if (is_option(text, "ask", &value))
		config->client_certificate = value[0] == '1'
						 ? LEGACY_CLIENT_CERTIFICATE_ASK
						 : config->client_certificate;
	else if (is_option(text, "split", &value))
		config->record_splitting = value[0] == '1';
	else
		die(text);
}

static void
read_option(struct options *options, const char *text)
{
	const char *value = NULL;

	if (is_option(text, "connections", &value))
		options->connections = strtoul(value, NULL, 10);
	else if (is_option(text, "bytes", &value))
		options->bytes = strtoul(value, NULL, 10);
	else if (is_option(text, "step", &value))
		options->step = strtoul(value, NULL, 10);
	else if (is_option(text, "quiet", &value))
		options->quiet = value[0] == '1';
	else if (is_option(text, "resume", &value))
		options->resume = value[0] == '1';
	else
		read_config_option(options, text);
}

// Writes all that is queued, step bytes a segment.
static bool
link_flush(struct link *link, unsigned long step)
{
	while (link->records.size > 0) {
		size_t size =
		    link->records.size < step ? link->records.size : step;
		ssize_t sent = send(link->socket, buffer_bytes(&link->records),
		    size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		buffer_consume(&link->records, (size_t)sent);
	}
	return true;
}

// Reads what has come; false at the end of the connection.
static bool
link_read(struct link *link)
{
	uint8_t bytes[CHUNK] = {0};
	ssize_t size = recv(link->socket, bytes, sizeof bytes, 0);

	if (size <= 0) {
		engine_end(link->engine);
		return false;
	}
	engine_receive(link->engine, bytes, (size_t)size);
	return true;
}

static void
link_print(const struct link *link, const char *role)
{
	const struct tls_facts *facts = &link->engine->facts;

	printf("%s protocol=%s suite=%s bits=%u resumed=%d bytes=%lu "
	       "failure=%s sent=%d received=%d subject=\"%s\" detail=\"%s\"\n",
	    role, facts->protocol, facts->suite, facts->bits, facts->resumed,
	    link->moved, tls_failure_name(facts->failure), facts->alert_sent,
	    facts->alert_received, facts->subject, facts->detail);
	fflush(stdout);
}

static void
link_open(struct link *link, int socket, const struct legacy_config *config)
{
	struct timeval limit = {.tv_sec = SECONDS};
	int on = 1;

	link->socket = socket;
	link->moved = 0;
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	buffer_init(&link->records, QUEUE);
	buffer_init(&link->plaintext, QUEUE);
	link->engine = legacy_new(config, &link->records, &link->plaintext);
	if (link->engine == NULL)
		die("no engine");
	engine_start(link->engine);
}

static void
link_close(struct link *link, unsigned long step)
{
	engine_close(link->engine);
	link_flush(link, step);
	close(link->socket);
	engine_free(&link->engine);
	buffer_free(&link->records);
	buffer_free(&link->plaintext);
}

static bool
link_is_alive(const struct link *link)
{
	return link->engine->status == ENGINE_HANDSHAKING ||
	       link->engine->status == ENGINE_OPEN;
}

static void
serve(int socket, const struct options *options)
{
	struct link link;

	link_open(&link, socket, &options->config);
	while (link_is_alive(&link) && link_read(&link)) {
		size_t size = link.plaintext.size;

		if (size > 0)
			engine_send(
			    link.engine, buffer_bytes(&link.plaintext), size);
		buffer_consume(&link.plaintext, size);
		link.moved += size;
		if (!link_flush(&link, options->step))
			break;
	}
	if (!options->quiet)
		link_print(&link, "server");
	link_close(&link, options->step);
}

// Lines, since some servers send back lines.
static void
fill(uint8_t *bytes, size_t size, unsigned long salt)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = i % 64 == 63 || i + 1 == size
			       ? '\n'
			       : (uint8_t)('a' + (i + salt) % 26);
}

static bool
exchange(struct link *link, size_t size, unsigned long step)
{
	uint8_t bytes[CHUNK] = {0};

	fill(bytes, size, link->moved);
	engine_send(link->engine, bytes, size);
	if (!link_flush(link, step))
		return false;
	while (link->plaintext.size < size)
		if (!link_read(link) || !link_is_alive(link))
			break;
	if (link->plaintext.size < size ||
	    memcmp(buffer_bytes(&link->plaintext), bytes, size) != 0)
		return false;
	buffer_consume(&link->plaintext, size);
	link->moved += size;
	return true;
}

static bool
ask(int socket, const struct options *options)
{
	struct link link;
	bool good = true;

	link_open(&link, socket, &options->config);
	good = link_flush(&link, options->step);
	while (good && link.engine->status == ENGINE_HANDSHAKING)
		good = link_read(&link) && link_flush(&link, options->step);
	good = good && link.engine->status == ENGINE_OPEN;
	while (good && link.moved < options->bytes) {
		unsigned long left = options->bytes - link.moved;

		good =
		    exchange(&link, left < CHUNK ? left : CHUNK, options->step);
	}
	if (!options->quiet)
		link_print(&link, "client");
	link_close(&link, options->step);
	return good;
}

static int
run_server(const char *certificate, struct options *options)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	options->config.role = LEGACY_SERVER;
	options->config.credentials = read_credentials(certificate);
	options->config.keyring = legacy_keyring_new(3600000, 100000);
	if (bind(listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		die("cannot listen");
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (unsigned long i = 0; i < options->connections; i++) {
		int socket = accept(listener, NULL, NULL);

		if (socket < 0)
			die("accept");
		serve(socket, options);
	}
	return 0;
}

static int
run_client(const char *port, struct options *options)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	int failed = 0;

	options->config.role = LEGACY_CLIENT;
	for (unsigned long i = 0; i < options->connections; i++) {
		int connection = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(connection, (struct sockaddr *)&address,
			sizeof address) != 0)
			die("cannot connect");
		if (!ask(connection, options))
			failed = 1;
	}
	return failed;
}

int
main(int argc, char **argv)
{
	struct options options = {
	    .connections = 1,
	    .bytes = 10000,
	    .step = QUEUE,
	    .resume = true,
	    .config = {.min_protocol = 0x0300,
		.max_protocol = 0x0302,
		.min_bits = 40},
	};

	if (argc < 3)
		die("server CERTIFICATE | client PORT, OPTION=VALUE ...");
	if (legacy_start() != NULL)
		die(legacy_start());
	for (int i = 3; i < argc; i++)
		read_option(&options, argv[i]);
	if (options.resume)
		options.config.sessions = legacy_sessions_new(1000, 120000);
	if (strcmp(argv[1], "server") == 0)
		return run_server(argv[2], &options);
	return run_client(argv[2], &options);
}
