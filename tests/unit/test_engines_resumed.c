// SPDX-License-Identifier: ISC
//
// Sessions with old receivers: resumed where the same is demanded of the same
// receiver, and nowhere else.

#include "engines_lab.h"

#include "base/clock.h"

#include <time.h>

static uint64_t now = 1000;

static uint64_t
fake_monotonic(void)
{
	return now;
}

static uint64_t
fake_wall(void)
{
	return (uint64_t)time(NULL) * 1000000;
}

static const struct clock fake = {fake_monotonic, fake_wall};

static void
begin(struct legs *legs)
{
	clock_replace(&fake);
	legs_init(legs);
	legs->sender.min_protocol = PROTOCOL_SSL3;
	legs->sender.max_protocol = PROTOCOL_TLS1_0;
	legs->sender.min_bits = 40;
	legs->receiver.min_protocol = PROTOCOL_SSL3;
	legs->receiver.min_bits = 40;
	legs->receiver.hello_profile = HELLO_PROFILE_SCHANNEL;
	legs_start(legs);
}

static void
end(struct legs *legs)
{
	legs_free(legs);
	clock_replace(NULL);
}

static void
connect_once(struct legs *legs, bool resumed)
{
	legs_connect(legs, &legs->sender, 0);
	lab_pump(&legs->client, &legs->server, LAB_LIMIT);
	legs_assert_open(legs);
	assert_true(legs->client.engine->facts.legacy);
	assert_int_equal(resumed, legs->client.engine->facts.resumed);
	assert_int_equal(resumed, legs->server.engine->facts.resumed);
}

static void
test_the_same(void **state)
{
	struct legs legs;

	(void)state;
	begin(&legs);
	connect_once(&legs, false);
	connect_once(&legs, true);
	connect_once(&legs, true);
	end(&legs);
}

// What verification said then stands for what is demanded now: so it has to
// be the same.
static void
test_other_demands(void **state)
{
	const char *name = "mail.example";
	struct legs legs;

	(void)state;
	begin(&legs);
	connect_once(&legs, false);
	legs.receiver.tls = LEVEL_MAY;
	connect_once(&legs, false);
	legs.receiver.names = (struct text_list){&name, 1};
	connect_once(&legs, false);
	legs.receiver.tls = LEVEL_VERIFY;
	legs_connect(&legs, &legs.sender, 0);
	lab_pump(&legs.client, &legs.server, LAB_LIMIT);
	assert_int_equal(
	    TLS_FAILURE_UNTRUSTED, legs.client.engine->facts.failure);
	legs.receiver.tls = LEVEL_MAY;
	connect_once(&legs, true);
	end(&legs);
}

// Resuming does not make it last.
static void
test_time(void **state)
{
	struct legs legs;

	(void)state;
	begin(&legs);
	connect_once(&legs, false);
	now += 119999;
	connect_once(&legs, true);
	now += 1;
	connect_once(&legs, false);
	end(&legs);
}

// Old servers break off over a session that they do not like, and say
// nothing: the next handshake does without.
static void
test_broken_off(void **state)
{
	struct legs legs;

	(void)state;
	begin(&legs);
	connect_once(&legs, false);
	legs_connect(&legs, &legs.sender, 0);
	engine_end(legs.client.engine);
	assert_int_equal(TLS_FAILURE_CLOSED, legs.client.engine->facts.failure);
	connect_once(&legs, false);
	end(&legs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_same),
	    cmocka_unit_test(test_other_demands),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_broken_off),
	};

	return cmocka_run_group_tests_name(
	    "engines_resumed", tests, NULL, NULL);
}
