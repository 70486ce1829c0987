// SPDX-License-Identifier: ISC
//
// Where a sender meant to go, as far as that can be played without rules of
// nftables; with them, tests/netns plays it.

#include "net_wire.h"

#include "net/destination.h"
#include "net/own_addresses.h"
#include "net/sockaddr.h"

// An accepted socket whose end is local, at a host that listens at own.
static struct destination
find(int socket, const char *local, const char *own)
{
	struct own_addresses listeners = {0};
	struct sockaddr_storage here, listener;
	struct destination destination;

	assert_true(sockaddr_parse(local, 25, &here));
	if (own != NULL) {
		assert_true(sockaddr_parse(own, 25, &listener));
		assert_true(own_addresses_add(&listeners, &listener));
	}
	destination_find(
	    &(struct destination_clues){socket, &here, &listeners, NULL},
	    &destination);
	own_addresses_free(&listeners);
	return destination;
}

static void
what_no_listener_of_ours_has_was_handed_over(void **state)
{
	static const struct {
		const char *local, *own;
		enum destination_method method;
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1", DESTINATION_FIXED},
	    {"192.0.2.1", "::ffff:192.0.2.1", DESTINATION_FIXED},
	    {"192.0.2.1", "192.0.2.2", DESTINATION_TPROXY},
	    {"192.0.2.1", "0.0.0.0", DESTINATION_TPROXY},
	    {"127.0.0.1", "0.0.0.0", DESTINATION_FIXED},
	    {"2001:db8::1", "2001:db8::1", DESTINATION_FIXED},
	    {"2001:db8::1", "::", DESTINATION_TPROXY},
	    {"::1", "::", DESTINATION_FIXED},
	    // Nothing is known of listeners: nothing is guessed.
	    {"192.0.2.1", NULL, DESTINATION_FIXED},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct destination destination =
		    find(-1, rows[i].local, rows[i].own);
		struct sockaddr_storage local;

		assert_true(sockaddr_parse(rows[i].local, 25, &local));
		assert_int_equal(destination.method, rows[i].method);
		if (rows[i].method == DESTINATION_TPROXY)
			assert_true(
			    sockaddr_equal(&destination.address, &local));
	}
}

// On any port but the listener's own, even at an address of this host.
static void
another_port_was_handed_over_too(void **state)
{
	struct own_addresses own = {0};
	struct sockaddr_storage listener, local;
	struct destination destination;

	(void)state;
	assert_true(sockaddr_parse("127.0.0.1", 2525, &listener));
	assert_true(own_addresses_add(&own, &listener));
	assert_true(sockaddr_parse("127.0.0.1", 25, &local));
	destination_find(
	    &(struct destination_clues){-1, &local, &own, NULL}, &destination);
	assert_int_equal(destination.method, DESTINATION_TPROXY);
	own_addresses_free(&own);
}

// A connection that came as any other does, asked of the real kernel, with
// connection tracking or without.
static void
a_plain_connection_was_not_redirected(void **state)
{
	struct own_addresses own = {0};
	struct destination destination;
	struct sockaddr_storage local;
	struct wire wire;

	(void)state;
	wire_open(&wire);
	assert_true(own_addresses_add(&own, listener_address(wire.listener)));
	assert_int_equal(connection_local(wire.connection, &local), 0);
	destination_find(
	    &(struct destination_clues){
		connection_descriptor(wire.connection), &local, &own, NULL},
	    &destination);
	assert_int_equal(destination.method, DESTINATION_FIXED);
	assert_int_equal(destination.address.ss_family, AF_UNSPEC);
	own_addresses_free(&own);
	wire_close(&wire);
}

// Before whatever the connection itself says.
static void
what_a_trusted_peer_told_is_believed(void **state)
{
	struct own_addresses own = {0};
	struct sockaddr_storage local, told;
	struct destination destination;

	(void)state;
	assert_true(sockaddr_parse("192.0.2.9", 25, &local));
	assert_true(own_addresses_add(&own, &local));
	assert_true(sockaddr_parse("198.51.100.2", 25, &told));
	destination_find(
	    &(struct destination_clues){-1, &local, &own, &told}, &destination);
	assert_int_equal(destination.method, DESTINATION_PROXY);
	assert_true(sockaddr_equal(&destination.address, &told));
	told = (struct sockaddr_storage){0};
	destination_find(
	    &(struct destination_clues){-1, &local, &own, &told}, &destination);
	assert_int_equal(destination.method, DESTINATION_FIXED);
	own_addresses_free(&own);
}

static void
each_method_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(destination_word(DESTINATION_PROXY), "proxy");
	assert_string_equal(destination_word(DESTINATION_REDIRECT), "redirect");
	assert_string_equal(destination_word(DESTINATION_TPROXY), "tproxy");
	assert_string_equal(destination_word(DESTINATION_FIXED), "fixed");
}

// Either it is allowed, or the lack of a capability is told from other
// trouble.
static void
a_socket_is_made_ready_for_tproxy(void **state)
{
	static const int families[] = {AF_INET, AF_INET6};

	(void)state;
	for (size_t i = 0; i < ROWS(families); i++) {
		int socket_made = socket(families[i], SOCK_STREAM, 0);

		if (socket_made < 0)
			continue;
		if (!destination_transparent(socket_made, families[i]))
			assert_int_equal(errno, EPERM);
		close(socket_made);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_no_listener_of_ours_has_was_handed_over),
	    cmocka_unit_test(another_port_was_handed_over_too),
	    cmocka_unit_test(a_plain_connection_was_not_redirected),
	    cmocka_unit_test(what_a_trusted_peer_told_is_believed),
	    cmocka_unit_test(each_method_has_a_word),
	    cmocka_unit_test(a_socket_is_made_ready_for_tproxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
