// SPDX-License-Identifier: ISC

#include "unit.h"

#include "policy/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static void
addresses_are_read_and_printed(void **state)
{
	static const struct {
		const char *text, *printed; // NULL: is no address
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"2001:DB8::1", "2001:db8::1"},
	    {"[2001:db8::1]", "2001:db8::1"},
	    {"::", "::"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"[::ffff:192.0.2.1]", "192.0.2.1"},
	    {"::ffff:c000:201", "192.0.2.1"},
	    {"", NULL},
	    {"[", NULL},
	    {"[]", NULL},
	    {"[192.0.2.1]", NULL},
	    {"192.0.2", NULL},
	    {"192.0.2.256", NULL},
	    {"192.0.2.01", NULL},
	    {"192.0.2.1 ", NULL},
	    {" 192.0.2.1", NULL},
	    {"1:2:3:4:5:6:7:8:9", NULL},
	    {"2001:db8::1::2", NULL},
	    {"[2001:db8::1", NULL},
	    {"2001:db8::1]", NULL},
	    {"fe80::1%no-such-interface", NULL},
	    {"fe80::1%", NULL},
	    {"mail.example.com", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct address address;
		char text[ADDRESS_TEXT_MOST];
		bool read = address_parse(&address, rows[i].text);

		if (read != (rows[i].printed != NULL))
			fail_msg("\"%s\"", rows[i].text);
		if (!read) {
			assert_int_equal(address.kind, ADDRESS_NONE);
			continue;
		}
		address_print(&address, text, sizeof text);
		assert_string_equal(text, rows[i].printed);
	}
}

static void
an_interface_belongs_to_an_address(void **state)
{
	struct address address, bare;
	char text[ADDRESS_TEXT_MOST];

	(void)state;
	assert_true(address_parse(&address, "fe80::1%lo"));
	assert_true(address_parse(&bare, "fe80::1"));
	assert_false(address_equal(&address, &bare));
	address_print(&address, text, sizeof text);
	assert_string_equal(text, "fe80::1%lo");
}

static void
loopback_is_known_in_every_writing(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {{"127.0.0.1", true}, {"127.255.1.2", true}, {"::1", true},
	    {"::ffff:127.0.0.1", true}, {"128.0.0.1", false}, {"::2", false},
	    {"0.0.0.0", false}, {"::", false}, {"::7f00:1", false}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct address address;

		assert_true(address_parse(&address, rows[i].text));
		assert_int_equal(
		    address_is_loopback(&address), rows[i].loopback);
	}
	assert_false(address_is_loopback(&(struct address){.scope = 0}));
}

static void
addresses_go_to_the_kernel_and_back(void **state)
{
	static const struct {
		const char *text;
		unsigned size;
	} rows[] = {{"192.0.2.1", sizeof(struct sockaddr_in)},
	    {"2001:db8::1", sizeof(struct sockaddr_in6)},
	    {"fe80::1%lo", sizeof(struct sockaddr_in6)}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sockaddr_storage kernel;
		struct address there, back;
		uint16_t port = 0;

		assert_true(address_parse(&there, rows[i].text));
		assert_int_equal(
		    address_to_sockaddr(&there, 2525, &kernel), rows[i].size);
		assert_true(address_from_sockaddr(
		    &back, &port, (struct sockaddr *)&kernel));
		assert_true(address_equal(&there, &back));
		assert_int_equal(port, 2525);
	}
}

static void
an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_client(void **state)
{
	struct sockaddr_in6 kernel = {.sin6_family = AF_INET6};
	struct address there, plain;

	(void)state;
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &kernel.sin6_addr);
	assert_true(
	    address_from_sockaddr(&there, NULL, (struct sockaddr *)&kernel));
	assert_true(address_parse(&plain, "192.0.2.1"));
	assert_true(address_equal(&there, &plain));
}

static void
what_is_no_internet_address_is_refused(void **state)
{
	struct sockaddr kernel = {.sa_family = AF_UNIX};
	struct sockaddr_storage to;
	struct address address;

	(void)state;
	assert_false(address_from_sockaddr(&address, NULL, &kernel));
	assert_int_equal(address.kind, ADDRESS_NONE);
	assert_int_equal(address_to_sockaddr(&address, 25, &to), 0);
}

static void
endpoints_are_read_and_printed(void **state)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
	    {"192.0.2.1:25", "192.0.2.1:25"},
	    {"[2001:db8::1]:465", "[2001:db8::1]:465"},
	    {"[::ffff:192.0.2.1]:25", "192.0.2.1:25"},
	    {"*:2525", "*:2525"},
	    {"0.0.0.0:65535", "0.0.0.0:65535"},
	    {"192.0.2.1", NULL},
	    {"192.0.2.1:", NULL},
	    {"192.0.2.1:0", NULL},
	    {"192.0.2.1:65536", NULL},
	    {"192.0.2.1:99999999999", NULL},
	    {"192.0.2.1:+25", NULL},
	    {"192.0.2.1: 25", NULL},
	    {"2001:db8::1:25", NULL},
	    {"::1:25", NULL},
	    {":25", NULL},
	    {"mail.example.com:25", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct endpoint endpoint;
		char text[ENDPOINT_TEXT_MOST];
		bool read = endpoint_parse(&endpoint, rows[i].text);

		if (read != (rows[i].printed != NULL))
			fail_msg("\"%s\"", rows[i].text);
		if (!read)
			continue;
		endpoint_print(&endpoint, text, sizeof text);
		assert_string_equal(text, rows[i].printed);
	}
}

static void
networks_contain_what_is_in_them(void **state)
{
	static const struct {
		const char *network, *inside, *outside;
	} rows[] = {
	    {"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
	    {"192.0.2.0/24", "::ffff:192.0.2.7", "::ffff:192.0.3.7"},
	    {"::ffff:192.0.2.0/120", "192.0.2.1", "192.0.3.1"},
	    {"192.0.2.7", "192.0.2.7", "192.0.2.6"},
	    {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
	    {"10.32.0.0/11", "10.63.255.255", "10.64.0.0"},
	    {"0.0.0.0/0", "255.255.255.255", "2001:db8::1"},
	    {"::/0", "2001:db8::1", "192.0.2.1"},
	    {"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
	    {"2001:db8::8000/113", "2001:db8::ffff", "2001:db8::7fff"},
	    {"::1", "::1", "::2"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct network network;
		struct address inside, outside;

		assert_true(network_parse(&network, rows[i].network, NULL));
		assert_true(address_parse(&inside, rows[i].inside));
		assert_true(address_parse(&outside, rows[i].outside));
		if (!network_contains(&network, &inside) ||
		    network_contains(&network, &outside))
			fail_msg("%s", rows[i].network);
		assert_false(network_contains(
		    &network, &(struct address){.kind = ADDRESS_NONE}));
	}
}

static void
wrong_networks_are_refused(void **state)
{
	static const struct {
		const char *text;
		bool stray;
	} rows[] = {{"192.0.2.1/24", true}, {"2001:db8::1/64", true},
	    {"0.0.0.1/0", true}, {"192.0.2.0/33", false},
	    {"2001:db8::/129", false}, {"192.0.2.0/", false},
	    {"192.0.2.0/-1", false}, {"192.0.2.0/24/8", false}, {"/24", false},
	    {"", false}, {"example.com", false},
	    {"::ffff:192.0.2.0/24", false}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct network network;
		bool stray;

		assert_false(network_parse(&network, rows[i].text, &stray));
		assert_int_equal(stray, rows[i].stray);
	}
}

static void
wide_networks_cover_narrow_ones(void **state)
{
	static const struct {
		const char *wide, *narrow;
		bool covers;
	} rows[] = {{"10.0.0.0/8", "10.1.0.0/16", true},
	    {"10.0.0.0/8", "10.0.0.0/8", true},
	    {"10.1.0.0/16", "10.0.0.0/8", false},
	    {"10.0.0.0/8", "11.0.0.0/16", false},
	    {"0.0.0.0/0", "2001:db8::/32", false}};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct network wide, narrow;

		assert_true(network_parse(&wide, rows[i].wide, NULL));
		assert_true(network_parse(&narrow, rows[i].narrow, NULL));
		assert_int_equal(
		    network_covers(&wide, &narrow), rows[i].covers);
	}
}

static void
hosts_and_ports_are_cut(void **state)
{
	static const struct {
		const char *text, *host; // NULL: refused
		uint16_t port;
	} rows[] = {
	    {"mail.example.com:587", "mail.example.com", 587},
	    {"mail.example.com", "mail.example.com", 25},
	    {"mail.example.com.", "mail.example.com.", 25},
	    {"mail_1.example.com", "mail_1.example.com", 25},
	    {"localhost:2525", "localhost", 2525},
	    {"192.0.2.1:26", "192.0.2.1", 26},
	    {"192.0.2.1", "192.0.2.1", 25},
	    {"[2001:db8::1]:26", "2001:db8::1", 26},
	    {"[2001:db8::1]", "2001:db8::1", 25},
	    {"2001:db8::1", "2001:db8::1", 25},
	    {"3com.example:25", "3com.example", 25},
	    {"", NULL, 0},
	    {":25", NULL, 0},
	    {"mail.example.com:", NULL, 0},
	    {"mail.example.com:smtp", NULL, 0},
	    {"mail.example.com:0", NULL, 0},
	    {"mail.example.com:70000", NULL, 0},
	    {"mail..example.com", NULL, 0},
	    {".example.com", NULL, 0},
	    {"-mail.example.com", NULL, 0},
	    {"mail-.example.com", NULL, 0},
	    {"mail.example.com-", NULL, 0},
	    {"mail example.com", NULL, 0},
	    {"mail.example.com/25", NULL, 0},
	    {"m\303\244il.example.com", NULL, 0},
	    {"192.0.2", NULL, 0},
	    {"1.2.3.4.5", NULL, 0},
	    {"[192.0.2.1]:25", NULL, 0},
	    {"[2001:db8::1]x:25", NULL, 0},
	    {"[2001:db8::1", NULL, 0},
	    {"[mail.example.com]:25", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char host[256];
		uint16_t port;
		bool cut =
		    host_port_parse(rows[i].text, 25, host, sizeof host, &port);

		if (cut != (rows[i].host != NULL))
			fail_msg("\"%s\"", rows[i].text);
		if (!cut)
			continue;
		assert_string_equal(host, rows[i].host);
		assert_int_equal(port, rows[i].port);
	}
}

static void
names_have_a_length(void **state)
{
	char name[300];
	char host[300];
	uint16_t port;

	(void)state;
	memset(name, 'a', sizeof name);
	name[63] = '\0';
	assert_true(host_name_is_valid(name));
	name[63] = 'a';
	name[64] = '\0';
	assert_false(host_name_is_valid(name));
	for (size_t i = 0; i < 254; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	assert_true(host_name_is_valid(name));
	assert_true(host_port_parse(name, 25, host, sizeof host, &port));
	assert_false(host_port_parse(name, 25, host, 253, &port));
	name[253] = 'a';
	name[254] = 'a';
	name[255] = '\0';
	assert_false(host_name_is_valid(name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_read_and_printed),
	    cmocka_unit_test(an_interface_belongs_to_an_address),
	    cmocka_unit_test(loopback_is_known_in_every_writing),
	    cmocka_unit_test(addresses_go_to_the_kernel_and_back),
	    cmocka_unit_test(
		an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_client),
	    cmocka_unit_test(what_is_no_internet_address_is_refused),
	    cmocka_unit_test(endpoints_are_read_and_printed),
	    cmocka_unit_test(networks_contain_what_is_in_them),
	    cmocka_unit_test(wrong_networks_are_refused),
	    cmocka_unit_test(wide_networks_cover_narrow_ones),
	    cmocka_unit_test(hosts_and_ports_are_cut),
	    cmocka_unit_test(names_have_a_length),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
