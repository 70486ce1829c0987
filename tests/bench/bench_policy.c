// SPDX-License-Identifier: ISC
//
// What a thousand rules cost: to load, and for each decision, where the first
// matches, where the last does, and where none does. Prints; judges nothing.

#include "base/clock.h"
#include "base/contract.h"
#include "policy/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RULES = 1000, RULE_TEXT = 256, DECISIONS = 20000 };

// Rules for 10.0.0.0/24 to 10.3.231.0/24, each with settings of its own.
static char *
configuration(void)
{
	size_t room = RULE_TEXT * (RULES + 2), used;
	char *text = malloc(room);

	REQUIRE(text != NULL);
	used = (size_t)snprintf(text, room,
	    "listener = { in = { address = \"127.0.0.1:25\" clients = "
	    "\"0.0.0.0/0\" forward-to = \"mail.example.com\" } }\n"
	    "rules = (\n");
	for (unsigned i = 0; i < RULES; i++)
		used += (size_t)snprintf(text + used, room - used,
		    "%s{ name = \"rule %u\" client = \"10.%u.%u.0/24\" helo = "
		    "\"*.example\" sender = { min-bits = 128 } receiver = { "
		    "min-bits = 256 } }\n",
		    i > 0 ? "," : "", i, i / 256, i % 256);
	snprintf(text + used, room - used, ")\n");
	return text;
}

static void
measure(const struct policy *policy, const char *what, const char *client)
{
	struct policy_facts facts = {.helo = "printer.example"};
	struct policy_verdict verdict;
	uint64_t begin, spent;

	REQUIRE(address_parse(&facts.client, client));
	begin = clock_wall();
	for (int i = 0; i < DECISIONS; i++)
		policy_decide(policy, &facts, &verdict);
	spent = clock_wall() - begin;
	printf("%-24s %8.2f microseconds a decision (%s)\n", what,
	    (double)spent / DECISIONS, verdict.rule);
}

int
main(void)
{
	char *text = configuration();
	uint64_t begin = clock_wall();
	struct faults faults;
	struct policy *policy;

	faults_init(&faults);
	policy = policy_load_text(text, "bench.conf", NULL, &faults);
	faults_print(&faults, stderr);
	REQUIRE(policy != NULL);
	printf("%d rules                %8.2f milliseconds to load\n", RULES,
	    (double)(clock_wall() - begin) / 1000);
	measure(policy, "the first matches", "10.0.0.1");
	measure(policy, "the last matches", "10.3.231.1");
	measure(policy, "none matches", "192.0.2.1");
	policy_release(&policy);
	faults_free(&faults);
	free(text);
	return 0;
}
