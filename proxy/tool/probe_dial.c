// SPDX-License-Identifier: ISC

#include "tool/probe_dial.h"

#include "base/bytes.h"
#include "tool/probe_result.h"

#include <stdio.h>

// A listener that is never opened: the grammar wants one.
static const char listener[] =
    "listener = { probe = { address = [ \"127.0.0.1:25\" ]\n"
    "  forward-to = [ \"localhost:25\" ] } }\n";

struct policy *
probe_policy(const char *block, struct tls_error *error)
{
	char text[sizeof listener + PROBE_BLOCK];
	struct policy *policy;
	struct faults faults;

	snprintf(text, sizeof text, "%s%s", listener, block);
	faults_init(&faults);
	policy = policy_load_text(text, "receiver", NULL, &faults);
	if (policy == NULL)
		tls_error_set(error, "%s",
		    faults.count > 0 ? faults.items[0].text
				     : "the block cannot be read");
	faults_free(&faults);
	return policy;
}

const struct receiver_settings *
probe_policy_receiver(const struct policy *policy)
{
	return policy_listener(policy, 0)->receiver;
}

struct engine *
probe_dial_make(void *context, struct buffer *records, struct buffer *plaintext)
{
	const struct probe_dial *dial = context;
	const struct tls_dial wanted = {
	    .settings = dial->settings, .name = dial->name, .rung = dial->rung};

	return tls_client_connect(
	    dial->client, &wanted, records, plaintext, NULL);
}

struct engine *
probe_legacy_make(
    void *context, struct buffer *records, struct buffer *plaintext)
{
	const struct probe_legacy *legacy = context;

	return legacy_new(&legacy->config, records, plaintext);
}
