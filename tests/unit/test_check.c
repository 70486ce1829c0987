// SPDX-License-Identifier: ISC
//
// What a configuration names in the world: keys, certificates, folders.

#define _GNU_SOURCE

#include "unit.h"

#include "configuration.h"
#include "pss.h"
#include "tls/mint.h"

#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/pem.h>

enum { DAY = 86400 };

// A directory of this test's own, made by set_up.
static char there[PATH_MAX];

// The file of a name, in one of a few buffers.
static const char *
path_of(const char *name)
{
	static char paths[4][PATH_MAX + 64];
	static size_t next;

	next = (next + 1) % ROWS(paths);
	snprintf(paths[next], sizeof paths[next], "%s/%s", there, name);
	return paths[next];
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(name), 0600), 0);
}

struct minted {
	const char *file;
	enum mint_key key;
	int begin, end; // days from now
};

static const struct minted minted[] = {
    {"good.pem", MINT_RSA_2048, -1, 365},
    {"ecdsa.pem", MINT_P256, -1, 365},
    {"expired.pem", MINT_P256, -20, -10},
    {"expiring.pem", MINT_P256, -1, 5},
    {"future.pem", MINT_P256, 10, 20},
    {"legacy.pem", MINT_RSA_1024, -1, 365},
};

static void
mint_file(const struct minted *wanted)
{
	const struct mint_request request = {.key = wanted->key,
	    .common_name = "mx.example.com",
	    .alternatives = "DNS:mx.example.com",
	    .not_before = time(NULL) + wanted->begin * DAY,
	    .not_after = time(NULL) + wanted->end * DAY + DAY / 2};
	struct tls_error error;
	struct credential *credential = mint_certificate(&request, &error);
	char *text = credential_pem(credential);

	assert_non_null(text);
	write_file(wanted->file, text);
	pem_free(&text);
	if (wanted->key == MINT_RSA_1024) {
		write_file("pss.pem", "");
		pss_write(path_of("pss.pem"), credential);
	}
	credential_free(&credential);
}

// The key of an RSA credential with a bit of its modulus, or behind it, turned
// over: in the traditional form (RFC 8017 appendix A.1.2) the modulus ends
// there.
static void
break_key(const char *name, size_t behind)
{
	enum { MODULUS_END = 4 + 3 + 4 + 257 };
	static const char kind[] = "RSA PRIVATE KEY";
	BIO *file = BIO_new_file(path_of("good.pem"), "r");
	unsigned char *bytes = NULL;
	long size = 0;

	assert_int_equal(
	    PEM_bytes_read_bio(&bytes, &size, NULL, kind, file, NULL, NULL), 1);
	BIO_free(file);
	bytes[MODULUS_END - 1 + behind] ^= 1;
	write_file(name, "");
	file = BIO_new_file(path_of(name), "w");
	assert_true(PEM_write_bio(file, kind, "", bytes, size) > 0);
	BIO_free(file);
	OPENSSL_free(bytes);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(there, sizeof there, "/tmp/sallyport-check-XXXXXX");
	if (mkdtemp(there) == NULL)
		return -1;
	for (size_t i = 0; i < ROWS(minted); i++)
		mint_file(&minted[i]);
	break_key("even.key", 0);
	break_key("other.key", 100); // the private exponent
	write_file("empty.pem", "");
	write_file("broken.pem", "-----BEGIN CERTIFICATE-----\nxx\n"
				 "-----END CERTIFICATE-----\n");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(minted); i++)
		remove(path_of(minted[i].file));
	remove(path_of("pss.pem"));
	remove(path_of("even.key"));
	remove(path_of("other.key"));
	remove(path_of("empty.pem"));
	remove(path_of("broken.pem"));
	return rmdir(there);
}

struct world {
	// What stands in the listener, with @ for the directory.
	const char *settings, *faults;
};

// Writes text to out with the directory for each @.
static void
with_directory(const char *text, char *out, size_t room)
{
	size_t used = 0;

	for (; *text != '\0' && used + 1 < room; text++) {
		if (*text == '@')
			used += (size_t)snprintf(
			    out + used, room - used, "%s", there);
		else
			out[used++] = *text;
	}
	out[used] = '\0';
}

// top_level stands outside of the listener.
static void
checked_under(const char *top_level, const struct world *world)
{
	char top[2048], settings[2048], wanted[4096], text[8192];
	char got[8192] = "";
	FILE *memory = fmemopen(got, sizeof got - 1, "w");
	struct faults faults;
	struct policy *policy;

	with_directory(top_level, top, sizeof top);
	with_directory(world->settings, settings, sizeof settings);
	with_directory(world->faults, wanted, sizeof wanted);
	snprintf(text, sizeof text,
	    "%s\n"
	    "listener = { in = { address = \"127.0.0.1:25\" forward-to = "
	    "\"to.example\" %s } }\n",
	    top, settings);
	faults_init(&faults);
	policy = policy_load_text(text, "a.conf", NULL, &faults);
	assert_non_null(policy);
	// What is said of the settings themselves is not meant here.
	faults_free(&faults);
	policy_check(policy, &faults);
	faults_print(&faults, memory);
	fclose(memory);
	if (strcmp(got, wanted) != 0)
		fail_msg("\n%s\ngives\n%swanted\n%s", text, got, wanted);
	policy_release(&policy);
	faults_free(&faults);
}

static void
checked(const struct world *world)
{
	checked_under("hostname = \"mx.example.com\"", world);
}

static void
all_checked(const struct world *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		checked(&rows[i]);
}

static void
certificates_and_keys_are_looked_at(void **state)
{
	static const struct world rows[] = {
	    {"", ""},
	    {"sender = { certificate = [ \"@/good.pem\", \"@/ecdsa.pem\" ] }",
		""},
	    {"sender = { certificate = \"@/none.pem\" }",
		"a.conf:2: sender.certificate: @/none.pem: No such file or "
		"directory\n"},
	    {"sender = { certificate = \"@/empty.pem\" }",
		"a.conf:2: sender.certificate: @/empty.pem: holds no "
		"certificate in PEM\n"},
	    {"sender = { certificate = \"@/broken.pem\" }",
		"a.conf:2: sender.certificate: @/broken.pem: holds a "
		"certificate that is broken\n"},
	    {"sender = { certificate = \"@/good.pem\" key = "
	     "\"@/ecdsa.pem\" }",
		"a.conf:2: sender.certificate: @/ecdsa.pem: holds the key of "
		"another certificate\n"},
	    {"sender = { certificate = \"@/good.pem\" key = "
	     "\"@/even.key\" }",
		"a.conf:2: sender.certificate: @/even.key: holds a private "
		"key that is broken\n"},
	    {"sender = { certificate = \"@/good.pem\" key = "
	     "\"@/other.key\" }",
		"a.conf:2: sender.certificate: @/other.key: holds a private "
		"key that is broken\n"},
	    {"sender = { certificate = \"@/good.pem\" key = "
	     "\"@/empty.pem\" }",
		"a.conf:2: sender.certificate: @/empty.pem: holds no private "
		"key in PEM that can be used; one under a passphrase "
		"cannot\n"},
	    {"sender = { certificate = \"@/expired.pem\" }",
		"a.conf:2: sender.certificate: @/expired.pem expired 9 days "
		"ago; renew it\n"},
	    {"sender = { certificate = \"@/expiring.pem\" }",
		"a.conf:2: warning: sender.certificate: @/expiring.pem "
		"expires in 5 days; renew it\n"},
	    {"sender = { certificate = \"@/future.pem\" }",
		"a.conf:2: warning: sender.certificate: @/future.pem expires "
		"in 20 days; renew it\n"
		"a.conf:2: sender.certificate: @/future.pem is not valid "
		"yet\n"},
	    {"receiver = { certificate = \"@/expired.pem\" }",
		"a.conf:2: receiver.certificate: @/expired.pem expired 9 days "
		"ago; renew it\n"},
	    // What no session uses is not looked at.
	    {"sender = { tls = \"none\" certificate = \"@/none.pem\" }", ""},
	};

	(void)state;
	all_checked(rows, ROWS(rows));
}

// DROWN and FREAK: what breaks the legacy engine's key breaks every use of it.
static void
the_legacy_key_serves_nothing_else(void **state)
{
	static const struct world rows[] = {
	    {"sender = { min-protocol = \"ssl3\" certificate = "
	     "\"@/good.pem\" legacy-certificate = \"@/legacy.pem\" }",
		""},
	    {"sender = { min-protocol = \"ssl3\" certificate = "
	     "\"@/legacy.pem\" legacy-certificate = \"@/legacy.pem\" }",
		"a.conf:2: sender.legacy-certificate: its key is also that "
		"of sender.certificate; the legacy engine's key must serve "
		"nothing else, for what breaks it there breaks it here "
		"(DROWN, FREAK); make a key of its own\n"},
	    // The same numbers under another name are the same key.
	    {"sender = { min-protocol = \"ssl3\" certificate = "
	     "\"@/pss.pem\" legacy-certificate = \"@/legacy.pem\" }",
		"a.conf:2: sender.legacy-certificate: its key is also that "
		"of sender.certificate; the legacy engine's key must serve "
		"nothing else, for what breaks it there breaks it here "
		"(DROWN, FREAK); make a key of its own\n"},
	    {"sender = { min-protocol = \"ssl3\" legacy-certificate = "
	     "\"@/legacy.pem\" } receiver = { certificate = "
	     "\"@/legacy.pem\" }",
		"a.conf:2: receiver.certificate: its key is also that of "
		"sender.legacy-certificate; the legacy engine's key must "
		"serve nothing else, for what breaks it there breaks it here "
		"(DROWN, FREAK); make a key of its own\n"},
	    {"sender = { min-protocol = \"ssl3\" legacy-certificate = "
	     "\"@/ecdsa.pem\" }",
		"a.conf:2: sender.legacy-certificate: @/ecdsa.pem is not for "
		"RSA, which is all that the legacy engine speaks\n"},
	};

	(void)state;
	all_checked(rows, ROWS(rows));
}

static void
authorities_and_names_are_looked_at(void **state)
{
	static const struct world rows[] = {
	    {"receiver = { tls = \"secure\" ca = \"@/good.pem\" names = "
	     "\"to.example\" }",
		""},
	    {"receiver = { tls = \"secure\" ca = \"@/empty.pem\" }",
		"a.conf:2: receiver.ca: @/empty.pem: holds no certificate in "
		"PEM, or a broken one\n"},
	    {"receiver = { tls = \"secure\" ca = \"@/expired.pem\" }",
		"a.conf:2: warning: receiver.ca: @/expired.pem holds an "
		"authority that is expired\n"},
	    {"receiver = { tls = \"secure\" crl = \"@/good.pem\" }",
		"a.conf:2: receiver.crl: @/good.pem: holds no revocation "
		"list in PEM, or a broken one\n"},
	    {"receiver = { tls = \"secure\" names = \".other.example\" }",
		"a.conf:2: warning: receiver.names: do not cover to.example "
		"of forward-to; that is right only if its certificate is for "
		"another name\n"},
	    {"sender = { client-certificate = \"ask\" client-ca = "
	     "\"@/none.pem\" }",
		"a.conf:2: sender.client-ca: @/none.pem: No such file or "
		"directory\n"},
	};

	(void)state;
	all_checked(rows, ROWS(rows));
}

static void
a_key_that_all_can_read_is_told(void **state)
{
	static const struct world readable = {
	    "sender = { certificate = \"@/good.pem\" }",
	    "a.conf:2: warning: sender.certificate: @/good.pem can be read "
	    "by every user of this host; chmod o= @/good.pem\n"};

	(void)state;
	assert_int_equal(chmod(path_of("good.pem"), 0644), 0);
	checked(&readable);
	assert_int_equal(chmod(path_of("good.pem"), 0600), 0);
}

static void
the_host_is_looked_at(void **state)
{
	static const struct {
		const char *top;
		struct world world;
	} rows[] = {
	    {"user = \"no-such-user\" group = \"no-such-group\"",
		{"", "a.conf:1: user: there is no user no-such-user\n"
		     "a.conf:1: group: there is no group "
		     "no-such-group\n"}},
	    {"state-directory = \"@/none\" trust-store = \"@/none\"",
		{"", "a.conf:1: state-directory: @/none: No such file or "
		     "directory\n"
		     "a.conf:1: trust-store: @/none: No such file or "
		     "directory\n"}},
	    {"state-directory = \"@/good.pem\"",
		{"", "a.conf:1: state-directory: @/good.pem is not a "
		     "directory\n"}},
	    {"log = { destination = \"file\" file = "
	     "\"@/none/log\" }",
		{"", "a.conf:1: log.file: @/none: No such file or "
		     "directory\n"}},
	    {"hostname = \"other.example.com\"",
		{"sender = { certificate = \"@/good.pem\" }",
		    "a.conf:2: warning: sender.certificate: @/good.pem "
		    "is not for other.example.com, which is "
		    "hostname\n"}},
	    {"user = \"nobody\"",
		{"sender = { certificate = \"@/good.pem\" }",
		    "a.conf:2: warning: sender.certificate: @/good.pem "
		    "cannot be read by nobody, the user that reloads: a "
		    "renewed one would not be taken up; chgrp and chmod "
		    "g+r it, or let systemd hand it over "
		    "(LoadCredential=)\n"}},
	    {"state-directory = \"@\" log = { "
	     "destination = \"file\" file = \"@/log\" }",
		{"", ""}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		checked_under(rows[i].top, &rows[i].world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificates_and_keys_are_looked_at),
	    cmocka_unit_test(the_legacy_key_serves_nothing_else),
	    cmocka_unit_test(authorities_and_names_are_looked_at),
	    cmocka_unit_test(a_key_that_all_can_read_is_told),
	    cmocka_unit_test(the_host_is_looked_at),
	};

	return cmocka_run_group_tests_name("check", tests, set_up, tear_down);
}
