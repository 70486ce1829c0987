// SPDX-License-Identifier: ISC
//
// What the levels mean and what the examples compile to, held against
// tests/snapshots/, so that a change of meaning is seen as a difference.
// SNAPSHOTS=write writes them anew, to be read before they are committed.

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"
#include "policy/level.h"
#include "policy/table.h"
#include "snapshot.h"

static void
levels_mean_what_they_meant(void **state)
{
	static const char *const tls[] = {[LEVEL_TLS_NEVER] = "never",
	    [LEVEL_TLS_OFFERED] = "where it is offered",
	    [LEVEL_TLS_ALWAYS] = "always"};
	static const char *const proof[] = {[LEVEL_PROOF_NOTHING] = "none",
	    [LEVEL_PROOF_FINGERPRINT] = "the digest of the certificate or of "
					"its public key",
	    [LEVEL_PROOF_CHAIN_AND_NAME] = "a trusted chain, and the name "
					   "that was dialled",
	    [LEVEL_PROOF_CHAIN_AND_NAMES] = "a trusted chain, and a "
					    "configured name",
	    [LEVEL_PROOF_TLSA] = "a TLSA record"};
	size_t count;
	const struct choice *levels = setting_choices(SETTING_LEVEL, &count);
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		enum level level = (enum level)levels[i].value;
		const struct level_meaning *meaning = level_meaning(level);

		fprintf(memory,
		    "%s: %s\n  TLS: %s\n  proof: %s\n  no STARTTLS: %s\n"
		    "  no handshake: %s\n  no proof: %s\n  satisfies:",
		    levels[i].word, levels[i].sentence, tls[meaning->tls],
		    proof[meaning->proof], meaning->no_starttls,
		    meaning->no_handshake, meaning->no_proof);
		for (size_t j = 0; j < count; j++)
			if (level_satisfies(level, (enum level)levels[j].value))
				fprintf(memory, " %s", levels[j].word);
		fprintf(memory, "%s\n", levels[i].built ? "" : "\n  not built");
	}
	fclose(memory);
	snapshot_held("levels", text);
	free(text);
}

struct example {
	const char *name;
	const char *clients[5];      // each is explained
	const char *destinations[4]; // for the first client, redirected there
};

static void
explain(const struct policy *policy, const char *client,
    const char *destination, FILE *to)
{
	struct policy_facts facts = {.client = address_of(client)};

	if (destination != NULL)
		facts.destination = address_of(destination);
	for (; facts.listener < policy_listener_count(policy);
	     facts.listener++) {
		fprintf(to, "== %s%s%s\n", client,
		    destination != NULL ? " to " : "",
		    destination != NULL ? destination : "");
		policy_explain(policy, &facts, to);
		fputs("\n", to);
	}
}

static void
example_compiles(const struct example *example, FILE *to)
{
	char file[PATH_MAX];
	struct faults faults;
	struct policy *policy;

	snprintf(file, sizeof file, "%s.conf", example->name);
	faults_init(&faults);
	policy = policy_load(file, NULL, &faults);
	faults_print(&faults, to);
	// The examples are to be copied: not even a warning.
	if (policy == NULL || faults.warnings > 0)
		fail_msg("%s has faults", file);
	for (size_t i = 0; example->clients[i] != NULL; i++)
		explain(policy, example->clients[i], NULL, to);
	for (size_t i = 0; example->destinations[i] != NULL; i++)
		explain(
		    policy, example->clients[0], example->destinations[i], to);
	policy_release(&policy);
	faults_free(&faults);
}

static void
examples_compile_to_what_they_did(void **state)
{
	static const struct example examples[] = {
	    {"exchange55-to-iis", {"192.0.2.7", "192.0.2.8"}, {NULL}},
	    {"printers-to-office365", {"10.0.5.1", "10.0.5.40"}, {NULL}},
	    {"tls10-printers-to-tls13", {"10.0.5.1", "10.0.6.1"}, {NULL}},
	    {"modern-to-old-smarthost", {"127.0.0.1"}, {NULL}},
	    {"tls-to-plaintext", {"203.0.113.1"}, {NULL}},
	    {"implicit-and-starttls", {"127.0.0.1"}, {NULL}},
#ifdef HAVE_LIBUNBOUND
	    {"dmz-relay", {"10.66.0.1", "10.2.0.9", "10.3.0.9", "fd00:10::1"},
		{NULL}},
#endif
	    {"intercepted-lan", {"192.0.2.8", "192.0.2.7"},
		{"203.0.113.25", "198.51.100.2", "203.0.113.99"}},
	    {"behind-haproxy", {"198.51.100.7", "192.0.2.10"}, {NULL}},
	};
	char here[PATH_MAX];
	char there[PATH_MAX];

	(void)state;
	// Origins name the files as they were opened.
	assert_non_null(getcwd(here, sizeof here));
	snprintf(there, sizeof there, "%s/policy/examples", snapshot_source());
	for (size_t i = 0; i < ROWS(examples); i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *memory = open_memstream(&text, &size);

		assert_int_equal(chdir(there), 0);
		example_compiles(&examples[i], memory);
		assert_int_equal(chdir(here), 0);
		fclose(memory);
		snapshot_held(examples[i].name, text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(levels_mean_what_they_meant),
	    cmocka_unit_test(examples_compile_to_what_they_did),
	};

	return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
