// SPDX-License-Identifier: ISC
//
// A configuration of any bytes: it is a policy or it has faults, each fault is
// one line, and what was made of it decides and explains without a hitch.

#include "base/contract.h"
#include "harness.h"
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

// libconfig 1.5 forgets the text that it was in when a file turns out not to
// be in the grammar.
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

// Other files are none of this harness's business.
static bool
reads_files(const char *text)
{
	return strstr(text, "include") != NULL;
}

static void
decide(const struct policy *policy, size_t listener, const char *word)
{
	static const char *const name = "pc1.corp.example";
	struct policy_facts facts = {.listener = listener};
	struct policy_verdict verdict;
	FILE *nowhere = fopen("/dev/null", "w");

	address_parse(&facts.client, "127.0.0.1");
	for (int step = 0; step < 4; step++) {
		policy_decide(policy, &facts, &verdict);
		REQUIRE(verdict.sender != NULL && verdict.receiver != NULL);
		REQUIRE(verdict.forward_to.count > 0 && verdict.rule != NULL);
		REQUIRE((verdict.refusal == POLICY_REFUSED) ==
			(verdict.reply != NULL));
		REQUIRE(verdict.sender->min_protocol <=
			verdict.sender->max_protocol);
		if (step == 0)
			facts.helo = word;
		facts.sender_known = facts.receiver_known = step > 0;
		facts.sender_protocol = PROTOCOL_TLS1_0;
		facts.client_names.items = &name;
		facts.client_names.count = 1;
		facts.mail_from = step > 1 ? word : NULL;
		facts.rcpt_to = step > 2 ? word : NULL;
	}
	if (nowhere != NULL) {
		policy_explain(policy, &facts, nowhere);
		fclose(nowhere);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct faults faults;
	struct policy *policy;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (reads_files(text)) {
		free(text);
		return 0;
	}
	faults_init(&faults);
	policy = policy_load_text(text, "fuzz.conf", NULL, &faults);
	REQUIRE((policy == NULL) == (faults.errors > 0));
	for (size_t i = 0; i < faults.count; i++)
		REQUIRE(strpbrk(faults.items[i].text, "\r\n") == NULL);
	if (policy != NULL)
		for (size_t i = 0; i < policy_listener_count(policy); i++)
			decide(policy, i, text);
	policy_release(&policy);
	faults_free(&faults);
	free(text);
	return 0;
}
