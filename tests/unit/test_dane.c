// SPDX-License-Identifier: ISC
//
// What is asked of the DNS, in which order, and what is made of the answers.
// The answers are this test's.

#define _GNU_SOURCE
#include "unit.h"

#include "base/bytes.h"
#include "net/dane.h"
#include "net/sockaddr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES_MOST = 16, SAYS_MOST = 8 };

// --- A DNS ---

struct dnssec_query {
	char name[DNSSEC_NAME + 16];
	enum dnssec_type type;
	void (*answered)(void *owner, const struct dnssec_answer *answer);
	void *owner;
	bool waiting;
};

static struct dnssec_query queries[QUERIES_MOST];
static size_t asked, refused_from; // the first query that cannot be asked
static char transcript[1024];

struct dnssec_query *
dnssec_ask(struct dnssec *dnssec, const char *name, enum dnssec_type type,
    void (*answered)(void *owner, const struct dnssec_answer *answer),
    void *owner)
{
	struct dnssec_query *query = &queries[asked];
	size_t size = strlen(transcript);

	(void)dnssec;
	assert_in_range(asked, 0, QUERIES_MOST - 1);
	if (asked++ >= refused_from)
		return NULL;
	*query = (struct dnssec_query){.type = type,
	    .answered = answered,
	    .owner = owner,
	    .waiting = true};
	snprintf(query->name, sizeof query->name, "%s", name);
	snprintf(transcript + size, sizeof transcript - size, "%s%s %d",
	    size > 0 ? ", " : "", name, (int)type);
	return query;
}

void
dnssec_cancel(struct dnssec_query **query)
{
	if (*query != NULL)
		(*query)->waiting = false;
	*query = NULL;
}

// One answer: records are hexadecimal, with blanks between them.
struct say {
	const char *name;
	enum dnssec_type type;
	enum dnssec_status status;
	const char *records, *canonical;
};

static uint8_t
digit(char letter)
{
	return (uint8_t)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
}

static void
answer(struct dnssec_query *query, const struct say *say)
{
	static uint8_t bytes[8192];
	const uint8_t *data[128];
	size_t sizes[128], used = 0;
	struct dnssec_answer given = {.status = say->status,
	    .why = say->status == DNSSEC_BOGUS || say->status == DNSSEC_FAILED
		       ? "because"
		       : NULL,
	    .canonical = say->canonical,
	    .data = data,
	    .sizes = sizes};

	for (const char *at = say->records; at != NULL && *at != '\0';) {
		data[given.count] = bytes + used;
		sizes[given.count] = 0;
		for (; *at != ' ' && *at != '\0'; at += 2) {
			bytes[used++] =
			    (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
			sizes[given.count]++;
		}
		given.count++;
		at += *at == ' ';
	}
	query->waiting = false;
	query->answered(query->owner, &given);
}

// --- What came of it ---

struct end {
	bool over, distrusted;
	char text[512]; // the error, or addresses and the claim
};

static void
done(void *owner, const struct dane_found *found)
{
	struct end *end = owner;
	FILE *to = fmemopen(end->text, sizeof end->text, "w");
	struct dane_claim *claim = found->claim;

	assert_false(end->over);
	end->over = true;
	end->distrusted = found->distrusted;
	if (found->resolved.error != NULL) {
		assert_null(claim);
		fprintf(to, "%s", found->resolved.error);
	} else {
		for (size_t i = 0; i < found->resolved.count; i++) {
			char text[SOCKADDR_TEXT];

			sockaddr_text(&found->resolved.address[i], text);
			fprintf(to, "%s ", text);
		}
		fprintf(to, "%zu%s %s", claim->count,
		    claim->usable ? " usable" : "", claim->base);
		for (size_t i = 0; i < claim->count && i < 4; i++)
			fprintf(to, " %u/%u/%u/%zu", claim->records[i].usage,
			    claim->records[i].selector,
			    claim->records[i].matching, claim->records[i].size);
	}
	fclose(to);
	dane_claim_free(&claim);
}

static const struct say *
say_of(const struct say *says, const struct dnssec_query *query)
{
	static const struct say none = {.status = DNSSEC_SECURE};

	for (; says->name != NULL; says++)
		if (strcmp(says->name, query->name) == 0 &&
		    says->type == query->type)
			return says;
	return &none;
}

// Answers up to so many queries, in the order in which they were asked, or
// the other one.
static struct dane *
play(const char *host, const struct say *says, size_t most, bool backwards,
    struct end *end)
{
	*end = (struct end){.over = false};
	asked = 0;
	transcript[0] = '\0';
	struct dane *dane = dane_start(NULL, host, 25, done, end);

	if (dane == NULL)
		return NULL;
	for (size_t turn = 0; turn < most && !end->over; turn++) {
		struct dnssec_query *next = NULL;

		for (size_t i = 0; i < asked && i < refused_from; i++)
			if (queries[i].waiting && (next == NULL || backwards))
				next = &queries[i];
		if (next == NULL)
			fail_msg("nothing more is asked");
		else
			answer(next, say_of(says, next));
	}
	return end->over ? NULL : dane;
}

#define V4    "c0000201"                         // 192.0.2.1
#define V6    "20010db8000000000000000000000001" // 2001:db8::1
#define EE    "030101"                           // 3 1 1
#define SHA   "abababababababababababababababababababababababababababababababab"
#define NAME  "a.example"
#define TLSA  "_25._tcp.a.example"
#define OTHER "_25._tcp.b.example"
#define A     DNSSEC_A
#define AAAA  DNSSEC_AAAA
#define BOTH  "192.0.2.1:25 "
#define ASKED "a.example 28, a.example 1"
#define MORE  ASKED ", _25._tcp.a.example 52"

static const struct row {
	const char *name, *asked, *end;
	bool distrusted;
	struct say says[SAYS_MOST];
} rows[] = {
    {"all is proven", MORE,
	"[2001:db8::1]:25 192.0.2.1:25 1 usable a.example 3/1/1/32", false,
	{{NAME, AAAA, DNSSEC_SECURE, V6, NULL},
	    {NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, EE SHA, NULL}}},
    {"there are proven to be no records", MORE, BOTH "0 ", false,
	{{NAME, A, DNSSEC_SECURE, V4, NULL}}},
    {"records that nothing proves are none", MORE, BOTH "0 ", false,
	{{NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_INSECURE, EE SHA, NULL}}},
    {"records that are forged are no missing ones", MORE,
	"TLSA records of _25._tcp.a.example are not to be had: because", true,
	{{NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_BOGUS, NULL, NULL}}},
    {"records that are kept away are no missing ones", MORE,
	"TLSA records of _25._tcp.a.example are not to be had: because", true,
	{{NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_FAILED, NULL, NULL}}},
    {"of addresses that nothing proves no records are asked", ASKED, BOTH "0 ",
	false, {{NAME, A, DNSSEC_INSECURE, V4, NULL}}},
    {"one family that nothing proves is enough for that", ASKED,
	"[2001:db8::1]:25 192.0.2.1:25 0 ", false,
	{{NAME, AAAA, DNSSEC_SECURE, V6, NULL},
	    {NAME, A, DNSSEC_INSECURE, V4, NULL}}},
    {"forged addresses are not dialled", ASKED,
	"its addresses are forged or their signatures broken: because", true,
	{{NAME, AAAA, DNSSEC_BOGUS, NULL, NULL},
	    {NAME, A, DNSSEC_SECURE, V4, NULL}}},
    {"one family may be kept away", MORE, BOTH "1 usable a.example 3/1/1/32",
	false,
	{{NAME, AAAA, DNSSEC_FAILED, NULL, NULL},
	    {NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, EE SHA, NULL}}},
    {"both may not", ASKED, "its addresses are not to be had: because", false,
	{{NAME, AAAA, DNSSEC_FAILED, NULL, NULL},
	    {NAME, A, DNSSEC_FAILED, NULL, NULL}}},
    {"a name without addresses", ASKED, "it has no address in the DNS", false,
	{{NULL, A, DNSSEC_SECURE, NULL, NULL}}},
    {"addresses of a wrong size are none", ASKED,
	"it has no address in the DNS", false,
	{{NAME, A, DNSSEC_SECURE, "c00002 c000020101 " V6, NULL},
	    {NAME, AAAA, DNSSEC_SECURE, V4, NULL}}},
    // RFC 7672 section 2.2.2: first where the alias leads, then itself.
    {"an alias leads to the name with the records",
	ASKED ", _25._tcp.b.example 52", BOTH "1 usable b.example 3/1/1/32",
	false,
	{{NAME, A, DNSSEC_SECURE, V4, "b.example"},
	    {OTHER, DNSSEC_TLSA, DNSSEC_SECURE, EE SHA, NULL}}},
    {"or has them itself",
	ASKED ", _25._tcp.b.example 52, _25._tcp.a.example 52",
	BOTH "1 usable a.example 3/1/1/32", false,
	{{NAME, A, DNSSEC_SECURE, V4, "b.example"},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, EE SHA, NULL}}},
    {"a proven alias of what nothing proves has them itself",
	ASKED ", a.example 5, _25._tcp.a.example 52",
	BOTH "1 usable a.example 3/1/1/32", false,
	{{NAME, A, DNSSEC_INSECURE, V4, "b.example"},
	    {NAME, DNSSEC_CNAME, DNSSEC_SECURE, "00", NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, EE SHA, NULL}}},
    {"one that nothing proves has none", ASKED ", a.example 5", BOTH "0 ",
	false,
	{{NAME, A, DNSSEC_INSECURE, V4, "b.example"},
	    {NAME, DNSSEC_CNAME, DNSSEC_INSECURE, "00", NULL}}},
    {"one that is kept away is not passed over", ASKED ", a.example 5",
	"whether its name is an alias is not to be had: because", true,
	{{NAME, A, DNSSEC_INSECURE, V4, "b.example"},
	    {NAME, DNSSEC_CNAME, DNSSEC_FAILED, NULL, NULL}}},
    {"records too short to be some are of no use", MORE,
	BOTH "4 a.example 255/0/0/0 255/0/0/0 255/0/0/0 3/1/1/1", false,
	{{NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, "03 0301 030101 030101ab",
		NULL}}},
    {"one of use among others is enough", MORE,
	BOTH "3 usable a.example 1/1/1/32 3/1/1/32 255/0/0/0", false,
	{{NAME, A, DNSSEC_SECURE, V4, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, "010101" SHA " " EE SHA " 03",
		NULL}}},
};

static void
each_row_ends_as_it_says(void **state)
{
	(void)state;
	refused_from = QUERIES_MOST;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned backwards = 0; backwards < 2; backwards++) {
			struct end end;

			play(NAME, rows[i].says, QUERIES_MOST, backwards == 1,
			    &end);
			if (strcmp(end.text, rows[i].end) != 0 ||
			    end.distrusted != rows[i].distrusted ||
			    strcmp(transcript, rows[i].asked) != 0)
				fail_msg("%s:\n%s\n%s", rows[i].name,
				    transcript, end.text);
		}
}

static void
the_dot_of_the_root_is_none_of_the_name(void **state)
{
	struct end end;

	(void)state;
	play("a.example.", rows[0].says, QUERIES_MOST, false, &end);
	assert_string_equal(end.text, rows[0].end);
}

// Given up before each answer, and without memory for each query.
static void
it_can_be_given_up_and_fail_anywhere(void **state)
{
	struct end end;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t step = 0; step < 4; step++) {
			struct dane *dane =
			    play(NAME, rows[i].says, step, false, &end);

			assert_true(end.over == (dane == NULL));
			dane_cancel(&dane);
			assert_null(dane);
			for (size_t j = 0; j < asked; j++)
				assert_false(queries[j].waiting);
			refused_from = step;
			dane =
			    play(NAME, rows[i].says, QUERIES_MOST, false, &end);
			assert_null(dane);
			// Nothing was begun, or it ended; and no queries are
			// left behind.
			assert_true(end.over || step < 2);
			for (size_t j = 0; j < asked && j < step; j++)
				assert_false(queries[j].waiting);
			if (end.over && asked > step)
				assert_true(end.distrusted);
			refused_from = QUERIES_MOST;
		}
}

static void
more_than_fits_is_left_out(void **state)
{
	static char many[100 * 71 + 1];
	struct say says[] = {{NAME, A, DNSSEC_SECURE, NULL, NULL},
	    {TLSA, DNSSEC_TLSA, DNSSEC_SECURE, many, NULL},
	    {NULL, A, DNSSEC_SECURE, NULL, NULL}};
	char addresses[100 * 9 + 1] = "";
	struct end end;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		bytes_copy(addresses + i * 9, 9, V4 " ", 9);
		bytes_copy(many + i * 71, 71, EE SHA " ", 71);
	}
	addresses[100 * 9 - 1] = many[100 * 71 - 1] = '\0';
	says[0].records = addresses;
	play(NAME, says, QUERIES_MOST, false, &end);
	assert_non_null(strstr(end.text, " 64 usable a.example 3/1/1/32 "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_ends_as_it_says),
	    cmocka_unit_test(the_dot_of_the_root_is_none_of_the_name),
	    cmocka_unit_test(it_can_be_given_up_and_fail_anywhere),
	    cmocka_unit_test(more_than_fits_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
