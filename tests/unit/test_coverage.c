// SPDX-License-Identifier: ISC

#include "unit.h"

#include "policy/coverage.h"

#include <stdio.h>
#include <string.h>

enum { ITEMS = 600 };

static struct network
network_of(const char *text)
{
	struct network network;

	if (!network_parse(&network, text, NULL))
		fail_msg("%s", text);
	return network;
}

// The words of text, which blanks separate, as networks.
static struct network_list
list_of(const char *text, struct network items[ITEMS])
{
	size_t count = 0;
	char word[64];

	while (*text != '\0') {
		size_t size = strcspn(text, " ");

		snprintf(word, sizeof word, "%.*s", (int)size, text);
		items[count++] = network_of(word);
		text += size + strspn(text + size, " ");
	}
	return (struct network_list){items, count};
}

static void
several_hold_what_none_holds(void **state)
{
	static const struct {
		const char *list, *network;
		bool hold;
	} rows[] = {
	    {"10.0.0.0/9 10.128.0.0/9", "10.0.0.0/8", true},
	    {"10.128.0.0/9 10.0.0.0/9", "10.77.1.0/24", true},
	    {"10.0.0.0/9 10.128.0.0/10", "10.0.0.0/8", false},
	    {"10.0.0.0/32 10.0.0.1", "10.0.0.0/31", true},
	    {"10.0.0.0", "10.0.0.0/31", false},
	    {"0.0.0.0/0", "192.0.2.1", true},
	    {"192.0.2.1", "0.0.0.0/0", false},
	    {"0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0", true},
	    {"0.0.0.0/1 128.0.0.0/2 192.0.0.0/3 224.0.0.0/4 240.0.0.0/5 "
	     "248.0.0.0/6 252.0.0.0/7 254.0.0.0/8 255.0.0.0/8",
		"0.0.0.0/0", true},
	    {"0.0.0.0/0", "2001:db8::/32", false},
	    {"::/1 8000::/1", "::/0", true},
	    {"2001:db8::/128 2001:db8::1", "2001:db8::/127", true},
	    {"::/0", "10.0.0.0/8", false},
	    {"", "10.0.0.0/8", false},
	};
	struct network items[ITEMS];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct network_list list = list_of(rows[i].list, items);
		struct network network = network_of(rows[i].network);
		struct arena arena = {.pieces = NULL};

		list = networks_join(&arena, &list);
		if (networks_hold(&list, &network) != rows[i].hold)
			fail_msg("%s: %s", rows[i].list, rows[i].network);
		arena_free(&arena);
	}
}

static void
anybody_is_half_of_the_internet(void **state)
{
	static const struct {
		const char *list;
		bool anybody;
	} rows[] = {
	    {"0.0.0.0/0", true},
	    {"0.0.0.0/1 128.0.0.0/1", true},
	    {"0.0.0.0/1", true},
	    {"0.0.0.0/2 128.0.0.0/2", true},
	    {"0.0.0.0/2 128.0.0.0/3", false},
	    {"10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10", false},
	    {"::/0", true},
	    {"::/1 8000::/1", true},
	    {"2000::/3", true},
	    {"2000::/4 3000::/4", true},
	    {"2001:db8::/32 fc00::/7 fe80::/10", false},
	    {"", false},
	};
	struct network items[ITEMS];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct network_list list = list_of(rows[i].list, items);

		if (networks_hold_anybody(&list) != rows[i].anybody)
			fail_msg("%s", rows[i].list);
	}
}

static void
many_become_few(void **state)
{
	struct network items[ITEMS], whole = network_of("10.0.0.0/23");
	struct network_list list = {items, ITEMS};
	struct arena arena = {.pieces = NULL};

	(void)state;
	for (unsigned i = 0; i < ITEMS; i++) {
		items[i] = network_of("10.0.0.0/32");
		items[i].address.bytes[2] = (uint8_t)(i * 7 % ITEMS >> 8);
		items[i].address.bytes[3] = (uint8_t)(i * 7 % ITEMS);
	}
	list = networks_join(&arena, &list);
	// 600 addresses: 512, 64, 16 and 8.
	assert_int_equal(list.count, 4);
	assert_int_equal(networks_compare(&list.items[0], &whole), 0);
	assert_true(networks_hold(&list, &whole));
	whole.prefix--;
	assert_false(networks_hold(&list, &whole));
	assert_int_equal(networks_first(&list, &whole), 0);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(several_hold_what_none_holds),
	    cmocka_unit_test(anybody_is_half_of_the_internet),
	    cmocka_unit_test(many_become_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
