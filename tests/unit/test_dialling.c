// SPDX-License-Identifier: ISC
//
// Each row of dial_error.def is provoked, and told: a row that no function
// here is named for does not compile. What only a broken machine or somebody
// else's firewall does is done by libc's calls, which this program stands in
// front of; tests/netns/test_dialling.py has the rest done by the kernel.

#define _GNU_SOURCE
#include "net_wire.h"

#include "net/connector.h"
#include "net/dial_error.h"
#include "net/sockaddr.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <uv.h>

// What the calls below answer; 0: as ever.
static int socket_error, connect_error, lookup_error;

int
socket(int family, int type, int protocol)
{
	if (socket_error != 0) {
		errno = socket_error;
		return -1;
	}
	return (int)syscall(SYS_socket, family, type, protocol);
}

int
connect(int file, const struct sockaddr *address, socklen_t size)
{
	if (connect_error != 0) {
		errno = connect_error;
		return -1;
	}
	return (int)syscall(SYS_connect, file, address, size);
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
	(void)name;
	(void)service;
	(void)hints;
	*list = NULL;
	return lookup_error;
}

struct finding {
	bool done;
	bool connected;
	char failures[CONNECTOR_TEXT];
};

static void
found(void *owner, const struct connected *connected)
{
	struct finding *finding = owner;
	struct connection *connection = connected->connection;

	finding->done = true;
	finding->connected = connection != NULL;
	connection_abort(&connection);
	snprintf(finding->failures, sizeof finding->failures, "%s",
	    connected->failures);
}

// What fails does so from when the test's own sockets are there.
static struct finding
dial(const char *host, uint16_t port, const char *source, int *fails, int error)
{
	struct connector_target target = {host, port};
	struct sockaddr_storage from;
	struct connector_request request = {
	    .targets = &target, .count = 1, .timeout = 100};
	struct finding finding = {0};
	struct wire wire;

	wire_open(&wire);
	if (source != NULL) {
		assert_true(sockaddr_parse(source, 0, &from));
		request.source = &from;
	}
	*fails = error;
	assert_non_null(connector_start(wire.loop, &request, found, &finding));
	assert_true(wire_until(wire.loop, &finding.done));
	*fails = 0;
	wire_close(&wire);
	return finding;
}

static struct finding
connect_fails(int error)
{
	return dial("127.0.0.1", 25, NULL, &connect_error, error);
}

static struct finding
socket_fails(int error)
{
	return dial("127.0.0.1", 25, NULL, &socket_error, error);
}

static struct finding
lookup_fails(int error)
{
	return dial("mx.example", 25, NULL, &lookup_error, error);
}

static struct finding
dial_nobody(const struct sockaddr_storage *address)
{
	return dial(
	    "127.0.0.1", sockaddr_port(address), NULL, &connect_error, 0);
}

// A port of loopback that nobody listens on: it is held, and let go.
static struct finding
provoke_UV_ECONNREFUSED(void)
{
	struct sockaddr_storage address = wire_loopback(0);
	socklen_t size = sizeof address;
	int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    bind(held, (struct sockaddr *)&address, sizeof(struct sockaddr_in)),
	    0);
	getsockname(held, (struct sockaddr *)&address, &size);
	struct finding finding = dial_nobody(&address);
	close(held);
	return finding;
}

// A listener whose queue is full answers nobody: timeouts.connect ends it.
static struct finding
provoke_UV_ETIMEDOUT(void)
{
	struct sockaddr_storage address = wire_loopback(0);
	socklen_t size = sizeof address;
	int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int queued[8];

	bind(held, (struct sockaddr *)&address, sizeof(struct sockaddr_in));
	getsockname(held, (struct sockaddr *)&address, &size);
	assert_int_equal(listen(held, 0), 0);
	for (size_t i = 0; i < ROWS(queued); i++) {
		queued[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(queued[i], (struct sockaddr *)&address,
		    sizeof(struct sockaddr_in));
	}
	struct finding finding = dial_nobody(&address);
	for (size_t i = 0; i < ROWS(queued); i++)
		close(queued[i]);
	close(held);
	return finding;
}

static struct finding
provoke_UV_ECONNRESET(void)
{
	return connect_fails(ECONNRESET);
}

static struct finding
provoke_UV_EHOSTUNREACH(void)
{
	return connect_fails(EHOSTUNREACH);
}

static struct finding
provoke_UV_ENETUNREACH(void)
{
	return connect_fails(ENETUNREACH);
}

static struct finding
provoke_UV_EADDRNOTAVAIL(void)
{
	return dial("127.0.0.1", 25, "192.0.2.99", &connect_error, 0);
}

static struct finding
provoke_UV_EINVAL(void)
{
	return connect_fails(EINVAL);
}

static struct finding
provoke_UV_EDESTADDRREQ(void)
{
	return dial("127.0.0.1", 0, NULL, &connect_error, 0);
}

static struct finding
provoke_UV_EACCES(void)
{
	return connect_fails(EACCES);
}

static struct finding
provoke_UV_EPERM(void)
{
	return connect_fails(EPERM);
}

static struct finding
provoke_UV_EAFNOSUPPORT(void)
{
	return socket_fails(EAFNOSUPPORT);
}

static struct finding
provoke_UV_EMFILE(void)
{
	return socket_fails(EMFILE);
}

static struct finding
provoke_UV_EAI_NONAME(void)
{
	return lookup_fails(EAI_NONAME);
}

static struct finding
provoke_UV_EAI_NODATA(void)
{
	return lookup_fails(EAI_NODATA);
}

static struct finding
provoke_UV_EAI_AGAIN(void)
{
	return lookup_fails(EAI_AGAIN);
}

static struct finding
provoke_UV_EAI_FAIL(void)
{
	return lookup_fails(EAI_FAIL);
}

static const struct {
	const char *name, *text;
	struct finding (*provoke)(void);
} rows[] = {
#define DIAL_ERROR(error, text) {#error, text, provoke_##error},
#include "net/dial_error.def"
#undef DIAL_ERROR
};

static void
each_row_is_provoked_and_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct finding finding = rows[i].provoke();

		if (finding.connected ||
		    strstr(finding.failures, rows[i].text) == NULL)
			fail_msg("%s: %s", rows[i].name, finding.failures);
	}
}

// Two rows that say the same would not tell which it was.
static void
no_row_has_a_twin(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(rows[i].text, rows[j].text);
}

static void
what_has_no_row_is_told_in_the_systems_words(void **state)
{
	struct finding finding = connect_fails(ENOBUFS);

	(void)state;
	assert_non_null(strstr(finding.failures, uv_strerror(UV_ENOBUFS)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_is_provoked_and_told),
	    cmocka_unit_test(no_row_has_a_twin),
	    cmocka_unit_test(what_has_no_row_is_told_in_the_systems_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
