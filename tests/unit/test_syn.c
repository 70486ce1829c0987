// SPDX-License-Identifier: ISC
//
// The clock in a SYN: in every packet that has one, and in no other; and that
// of a connection over loopback.

#include "unit.h"

#include "base/clock.h"
#include "net/outgoing.h"
#include "net/sockaddr.h"
#include "net/syn.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define IPV4     "45000000000040004006000001020304"
#define IPV4_END "05060708"
#define IPV6                                                                   \
	"6000000000280640"                                                     \
	"20010db8000000000000000000000001"                                     \
	"20010db8000000000000000000000002"
// Ports, numbers, and what follows the data offset.
#define TCP(offset) "04d200190000000100000000" offset "02ffff00000000"
#define STAMP       "080a1234567800000000"

static const struct {
	const char *name, *hex;
	bool has;
} rows[] = {
    {"what Linux sends",
	IPV4 IPV4_END TCP("a0") "020405b40402" STAMP "01030307", true},
    {"IPv6", IPV6 TCP("a0") "020405a00402" STAMP "01030307", true},
    {"options of IPv4",
	"46000000000040004006000001020304" IPV4_END "01010100" TCP("80") STAMP
	"0101",
	true},
    {"nothing else", IPV4 IPV4_END TCP("80") "0101" STAMP, true},
    {"none", IPV4 IPV4_END TCP("60") "020405b4", false},
    {"no options", IPV4 IPV4_END TCP("50"), false},
    {"behind the end", IPV4 IPV4_END TCP("80") "00" STAMP "01", false},
    {"of a wrong size", IPV4 IPV4_END TCP("80") "080900000000000001010101",
	false},
    {"cut off by the header's length",
	IPV4 IPV4_END TCP("70") "080a12345678"
				"0000",
	false},
    {"an option of no size", IPV4 IPV4_END TCP("80") "0500" STAMP, false},
    {"an option of size one", IPV4 IPV4_END TCP("80") "0501" STAMP, false},
    {"an option that runs over", IPV4 IPV4_END TCP("80") "0540" STAMP, false},
    {"a header shorter than any", IPV4 IPV4_END TCP("40") STAMP "0101", false},
    {"an IPv4 header shorter than any",
	"44000000000040004006000001020304" TCP("80") STAMP "0101", false},
    {"another protocol of IPv6",
	"6000000000280040"
	"20010db8000000000000000000000001"
	"20010db8000000000000000000000002" TCP("80") "0101" STAMP,
	false},
    {"another version",
	"55000000000040004006000001020304" IPV4_END TCP("80") "0101" STAMP,
	false},
    {"nothing", "", false},
};

static size_t
from_hex(const char *hex, uint8_t *bytes)
{
	size_t size = 0;

	for (; hex[0] != '\0'; hex += 2) {
		const char pair[3] = {hex[0], hex[1], '\0'};
		bytes[size++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return size;
}

static void
a_stamp_is_found(void **state)
{
	uint8_t bytes[256];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t size = from_hex(rows[i].hex, bytes);
		uint32_t stamp = 0;
		bool has = syn_read(bytes, size, &stamp);

		if (has != rows[i].has || (has && stamp != 0x12345678))
			fail_msg("%s: %d %x", rows[i].name, has, stamp);
		// Nothing is read behind where it ends.
		for (size_t cut = 0; cut < size; cut++) {
			uint8_t *exact = malloc(cut + 1);

			assert_non_null(exact);
			memcpy(exact + 1, bytes, cut);
			assert_false(syn_read(exact + 1, cut, &stamp));
			free(exact);
		}
	}
}

// The pair of a listener and one that dials it.
static void
over_loopback(int *listening, int *dialling, int *accepted)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	*listening = socket(AF_INET, SOCK_STREAM, 0);
	*dialling = socket(AF_INET, SOCK_STREAM, 0);
	syn_keep(*listening);
	assert_int_equal(bind(*listening, (void *)&address, size), 0);
	assert_int_equal(listen(*listening, 1), 0);
	getsockname(*listening, (void *)&address, &size);
	assert_int_equal(connect(*dialling, (void *)&address, size), 0);
	*accepted = accept(*listening, NULL, NULL);
	assert_true(*accepted >= 0);
}

static void
it_is_the_clock_of_who_dialled(void **state)
{
	int listening, dialling, accepted;
	uint32_t theirs, ours;

	(void)state;
	over_loopback(&listening, &dialling, &accepted);
	bool told = syn_clock(dialling, &ours);

	if (!syn_stamp(accepted, &theirs) || !told) {
		close(accepted), close(dialling), close(listening);
		skip(); // TCP time stamps are off, or not moved
	}
	assert_true(ours - theirs + 2 < 2000);
	// Once.
	assert_false(syn_stamp(accepted, &theirs));
	close(accepted);
	close(dialling);
	close(listening);
}

static void
what_is_ours(void **state)
{
	struct outgoing_table table = {.chains = {NULL}};
	struct outgoing one = {.stamped = true, .stamp = 1, .stamp_span = 3};
	struct sockaddr_storage same, other;

	(void)state;
	assert_true(sockaddr_parse("192.0.2.1", 1234, &one.from));
	assert_true(sockaddr_parse("192.0.2.1", 99, &same));
	assert_true(sockaddr_parse("192.0.2.2", 1234, &other));
	one.began = clock_monotonic();
	outgoing_enter(&table, &one);
	assert_true(outgoing_stamped(&table, &other, 1));
	assert_true(outgoing_stamped(&table, &other, 0));
	// The clock goes round.
	assert_true(outgoing_stamped(&table, &other, (uint32_t)-2));
	assert_false(outgoing_stamped(&table, &other, (uint32_t)-3));
	assert_false(outgoing_stamped(&table, &other, 2));
	// A port tells, where the address is the same.
	assert_false(outgoing_stamped(&table, &same, 1));
	one.stamped = false;
	assert_false(outgoing_stamped(&table, &other, 1));
	one.stamped = true;
	one.began -= 5000;
	assert_false(outgoing_stamped(&table, &other, 1));
	outgoing_leave(&one);
}

// Whoever leaves, from wherever among them, the others stay.
static void
those_that_are_left(void **state)
{
	enum { COUNT = 3 };
	struct sockaddr_storage other;

	(void)state;
	assert_true(sockaddr_parse("192.0.2.2", 1234, &other));
	for (uint32_t gone = 0; gone < COUNT; gone++) {
		struct outgoing_table table = {.chains = {NULL}};
		struct outgoing all[COUNT] = {{.stamped = false}};

		for (uint32_t i = 0; i < COUNT; i++) {
			assert_true(
			    sockaddr_parse("192.0.2.1", 1234, &all[i].from));
			all[i].stamped = true;
			all[i].stamp = 100 * i;
			all[i].began = clock_monotonic();
			outgoing_enter(&table, &all[i]);
		}
		outgoing_leave(&all[gone]);
		outgoing_leave(&all[gone]);
		for (uint32_t i = 0; i < COUNT; i++) {
			assert_int_equal(
			    outgoing_stamped(&table, &other, 100 * i),
			    i != gone);
		}
		for (uint32_t i = 0; i < COUNT; i++)
			outgoing_leave(&all[i]);
		assert_null(table.newest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stamp_is_found),
	    cmocka_unit_test(it_is_the_clock_of_who_dialled),
	    cmocka_unit_test(what_is_ours),
	    cmocka_unit_test(those_that_are_left),
	};

	return cmocka_run_group_tests_name("syn", tests, NULL, NULL);
}
