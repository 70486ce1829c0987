// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "lab.h"

#include "tls/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { YEAR = 365 * LAB_DAY };

static char directory[64];
static char path[96];

static int
begin(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sallyport-kept-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/certificate.pem", directory);
	return 0;
}

static int
end(void **state)
{
	char other[96];

	(void)state;
	snprintf(other, sizeof other, "%s/legacy-certificate.pem", directory);
	chmod(directory, 0700);
	unlink(path);
	unlink(other);
	rmdir(directory);
	return 0;
}

static struct credential *
ask(enum kept_kind kind, const char *hostname, struct tls_error *trouble)
{
	struct tls_error error = {.text = ""};
	struct credential *one;

	*trouble = (struct tls_error){.text = ""};
	one = kept_certificate(kind, directory, hostname, trouble, &error);
	if (one == NULL)
		fail_msg("%s", error.text);
	return one;
}

static bool
same(const struct credential *a, const struct credential *b)
{
	return X509_cmp(a->leaf, b->leaf) == 0;
}

// Asks twice; whether the second time gave the first's.
static bool
is_met_again(const char *first, const char *second, const char *told)
{
	struct tls_error trouble;
	struct credential *one = ask(KEPT_MODERN, first, &trouble);

	assert_string_equal(trouble.text, "");
	struct credential *two = ask(KEPT_MODERN, second, &trouble);
	bool met = same(one, two);

	if (strstr(trouble.text, told) == NULL)
		fail_msg("%s", trouble.text);
	credential_free(&one);
	credential_free(&two);
	return met;
}

static int
type_of_name(const X509 *certificate)
{
	return ASN1_STRING_type(X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(X509_get_subject_name(certificate), 0)));
}

static void
one_is_met_again_by_its_owner_alone(void **state)
{
	struct tls_error trouble;
	struct stat status;

	(void)state;
	assert_true(is_met_again("a.example", "a.example", ""));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	// That of the legacy engine is another, with another key.
	struct credential *legacy = ask(KEPT_LEGACY, "a.example", &trouble);
	struct credential *again = ask(KEPT_LEGACY, "a.example", &trouble);
	struct credential *modern = ask(KEPT_MODERN, "a.example", &trouble);

	assert_string_equal(trouble.text, "");
	assert_true(same(legacy, again));
	assert_int_equal(sk_X509_num(again->chain), 1);
	assert_int_equal(EVP_PKEY_get_bits(again->key), 1024);
	assert_int_equal(type_of_name(again->leaf), V_ASN1_PRINTABLESTRING);
	assert_int_equal(type_of_name(sk_X509_value(again->chain, 0)),
	    V_ASN1_PRINTABLESTRING);
	assert_false(same(legacy, modern));
	credential_free(&legacy);
	credential_free(&again);
	credential_free(&modern);
}

static void
another_name_needs_another(void **state)
{
	char of_65[66];

	(void)state;
	assert_false(is_met_again("a.example", "b.example", ""));
	assert_false(is_met_again("b.example", "b.example.org", ""));
	// What is longer than a common name can be is met again all the same.
	memset(of_65, 'x', 65);
	of_65[65] = '\0';
	assert_true(is_met_again(of_65, of_65, ""));
	assert_true(is_met_again("a,b c", "a,b c", ""));
}

static void
put(const char *text, mode_t mode)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

// What is kept is one that ends in so many seconds.
static void
keep_until(int64_t left)
{
	struct mint_request request = lab_request("a.example", NULL, NULL);

	request.key = MINT_RSA_2048;
	request.not_after = request.not_before + LAB_DAY + left;
	struct credential *made = lab_mint(&request);
	char *text = credential_pem(made);

	put(text, 0600);
	pem_free(&text);
	credential_free(&made);
}

// A clock that ran ahead was put right since.
static void
one_that_is_not_valid_yet_is_made_anew(void **state)
{
	struct mint_request request = lab_request("a.example", NULL, NULL);

	(void)state;
	request.key = MINT_RSA_2048;
	request.not_before += 1000 * (int64_t)LAB_DAY;
	request.not_after = request.not_before + 1000 * (int64_t)LAB_DAY;
	struct credential *ahead = lab_mint(&request);
	char *text = credential_pem(ahead);

	put(text, 0600);
	pem_free(&text);
	struct tls_error trouble;
	struct credential *one = ask(KEPT_MODERN, "a.example", &trouble);

	assert_false(same(ahead, one));
	assert_true(X509_cmp_current_time(X509_get0_notBefore(one->leaf)) < 0);
	credential_free(&one);
	credential_free(&ahead);
}

static int64_t
left_of_kept(void)
{
	struct tls_error trouble;
	struct credential *one = ask(KEPT_MODERN, "a.example", &trouble);
	int days, seconds;

	assert_string_equal(trouble.text, "");
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL,
			     X509_get0_notAfter(one->leaf)),
	    1);
	credential_free(&one);
	return (int64_t)days * LAB_DAY;
}

static void
one_is_renewed_before_its_end(void **state)
{
	(void)state;
	keep_until(100 * LAB_DAY);
	assert_in_range(left_of_kept(), 98 * LAB_DAY, 100 * LAB_DAY);
	keep_until(80 * LAB_DAY);
	assert_in_range(left_of_kept(), 4 * (int64_t)YEAR, 5 * (int64_t)YEAR);
	keep_until(-LAB_DAY);
	assert_in_range(left_of_kept(), 4 * (int64_t)YEAR, 5 * (int64_t)YEAR);
}

static void
what_others_may_have_had_is_not_used(void **state)
{
	char elsewhere[96];

	(void)state;
	assert_true(is_met_again("a.example", "a.example", ""));
	chmod(path, 0640);
	struct tls_error trouble;
	struct credential *one = ask(KEPT_MODERN, "a.example", &trouble);

	assert_non_null(strstr(trouble.text, "is not for its owner alone"));
	credential_free(&one);
	// It was replaced.
	assert_true(is_met_again("a.example", "a.example", ""));
	// No link leads to a file of somebody else's.
	snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", directory);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	one = ask(KEPT_MODERN, "a.example", &trouble);
	assert_non_null(strstr(trouble.text, "it is not used"));
	credential_free(&one);
	unlink(elsewhere);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	one = ask(KEPT_MODERN, "a.example", &trouble);
	assert_non_null(strstr(trouble.text, "is no file"));
	credential_free(&one);
}

static void
what_is_broken_is_made_anew(void **state)
{
	static const char *const texts[] = {"", "nonsense",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
	struct tls_error trouble;

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		put(texts[i], 0600);
		struct credential *one =
		    ask(KEPT_MODERN, "a.example", &trouble);

		assert_non_null(strstr(trouble.text, "it is made anew"));
		credential_free(&one);
		assert_true(is_met_again("a.example", "a.example", ""));
	}
}

static void
without_a_folder_there_is_one_all_the_same(void **state)
{
	struct tls_error trouble;

	(void)state;
	assert_int_equal(rmdir(directory), 0);
	struct credential *one = ask(KEPT_MODERN, "a.example", &trouble);

	assert_non_null(strstr(trouble.text, "No such file"));
	credential_free(&one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		one_is_met_again_by_its_owner_alone, begin, end),
	    cmocka_unit_test_setup_teardown(
		another_name_needs_another, begin, end),
	    cmocka_unit_test_setup_teardown(
		one_is_renewed_before_its_end, begin, end),
	    cmocka_unit_test_setup_teardown(
		one_that_is_not_valid_yet_is_made_anew, begin, end),
	    cmocka_unit_test_setup_teardown(
		what_others_may_have_had_is_not_used, begin, end),
	    cmocka_unit_test_setup_teardown(
		what_is_broken_is_made_anew, begin, end),
	    cmocka_unit_test_setup_teardown(
		without_a_folder_there_is_one_all_the_same, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
