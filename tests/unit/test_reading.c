// SPDX-License-Identifier: ISC
//
// That a check reads a file once, and what a thousand rules take with it.

#define _GNU_SOURCE

#include "unit.h"

#include "configuration.h"
#include "policy/reading.h"
#include "tls/mint.h"

#include <time.h>

enum { RULES = 1000, DAY = 86400, SECONDS_MOST = 10 };

static char pair[] = "/tmp/sallyport-reading-XXXXXX";

static int
set_up(void **state)
{
	const struct mint_request request = {.key = MINT_RSA_2048,
	    .common_name = "mx.example.com",
	    .not_before = time(NULL) - DAY,
	    .not_after = time(NULL) + 365 * DAY};
	struct tls_error error;
	struct credential *credential = mint_certificate(&request, &error);
	char *text = credential_pem(credential);
	FILE *file = fdopen(mkstemp(pair), "w");

	(void)state;
	fputs(text, file);
	pem_free(&text);
	credential_free(&credential);
	return fclose(file);
}

static int
tear_down(void **state)
{
	(void)state;
	return remove(pair);
}

static void
each_file_is_read_once(void **state)
{
	struct reading *all = NULL;
	char again[sizeof pair];
	const struct reading *first, *bad;

	(void)state;
	snprintf(again, sizeof again, "%s", pair);
	first = reading_of(&all, READING_PAIR, pair, NULL);
	assert_true(first->good);
	assert_true(first->certificate.rsa);
	assert_ptr_equal(reading_of(&all, READING_PAIR, again, NULL), first);
	assert_ptr_not_equal(
	    reading_of(&all, READING_PAIR, pair, again), first);
	assert_true(reading_of(&all, READING_AUTHORITIES, pair, NULL)->good);
	// What is wrong with a file is remembered too, and in words.
	bad = reading_of(&all, READING_REVOCATIONS, pair, NULL);
	assert_false(bad->good);
	assert_non_null(strstr(bad->error, "holds no revocation list"));
	assert_ptr_equal(
	    reading_of(&all, READING_REVOCATIONS, again, NULL), bad);
	readings_free(&all);
	assert_null(all);
}

// Each of the rules has another sender leg, all with the listener's key.
static char *
many_rules(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	fprintf(memory,
	    "sender = { certificate = \"%s\" }\n" LISTENER_WITH("") "rules = (",
	    pair);
	for (unsigned i = 0; i < RULES; i++)
		fprintf(memory,
		    "%s{ client = \"10.0.%u.%u\" sender = { tls = "
		    "\"require\" } }\n",
		    i > 0 ? "," : "", i >> 8, i & 0xff);
	fputs(")\n", memory);
	fclose(memory);
	return text;
}

// To prove an RSA key takes some 20 milliseconds: done for each rule it held
// up a reload, and with it every session, for half a minute.
static void
a_thousand_rules_share_a_certificate(void **state)
{
	char *text = many_rules();
	struct policy *policy = policy_of(text);
	struct faults faults;
	clock_t begin = clock();

	(void)state;
	faults_init(&faults);
	policy_check(policy, &faults);
	assert_int_equal(faults.errors + faults.overdue + faults.warnings, 0);
	assert_true((clock() - begin) / CLOCKS_PER_SEC < SECONDS_MOST);
	faults_free(&faults);
	policy_release(&policy);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_file_is_read_once),
	    cmocka_unit_test(a_thousand_rules_share_a_certificate),
	};

	return cmocka_run_group_tests_name("reading", tests, set_up, tear_down);
}
