// SPDX-License-Identifier: ISC

#include "tls/facts.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "base/tls_version.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *sentence;
	const char *advice[2]; // by the side that is the peer
} failures[] = {
#define FAILURE(id, name, sentence, from_sender, from_receiver)                \
	{name, sentence, {from_sender, from_receiver}},
#include "tls/failure.def"
#undef FAILURE
};

static const struct {
	const char *sentence, *advice;
} verdicts[] = {
    {"", ""},
#define VERDICT(id, theirs, failure, sentence, advice) {sentence, advice},
#include "tls/verify_error.def"
#undef VERDICT
};

enum alert_about { ABOUT_OTHER, ABOUT_CERTIFICATE };

// Numbers that have more to them than their row.
enum { ALERT_OF_ANY_KIND = 40, ALERT_CERTIFICATE_REQUIRED = 116 };

static const struct alert_row {
	int number;
	const char *name;
	enum alert_about about;
	const char *says;
	const char *advice[2];
} alerts[] = {
#define ALERT(number, name, about, says, from_sender, from_receiver)           \
	{number, name, ABOUT_##about, says, {from_sender, from_receiver}},
#include "base/alert.def"
#undef ALERT
};

static const struct alert_row *
alert_find(int number)
{
	for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
		if (alerts[i].number == number)
			return &alerts[i];
	return NULL;
}

const char *
tls_failure_name(enum tls_failure failure)
{
	REQUIRE(failure < TLS_FAILURE_COUNT);
	return failures[failure].name;
}

const char *
tls_failure_sentence(enum tls_failure failure)
{
	REQUIRE(failure < TLS_FAILURE_COUNT);
	return failures[failure].sentence;
}

const char *
tls_failure_advice(enum tls_failure failure, enum side peer)
{
	REQUIRE(failure < TLS_FAILURE_COUNT);
	return failures[failure].advice[peer];
}

const char *
tls_verdict_sentence(enum tls_verdict verdict)
{
	REQUIRE(verdict < TLS_VERDICT_COUNT);
	return verdicts[verdict].sentence;
}

const char *
tls_verdict_advice(enum tls_verdict verdict)
{
	REQUIRE(verdict < TLS_VERDICT_COUNT);
	return verdicts[verdict].advice;
}

// Whether the verdict on the chain is what failed: where none is demanded it
// is but noted.
static bool
failed_by_verdict(const struct tls_facts *facts)
{
	static const bool of_chain[TLS_FAILURE_COUNT] = {
	    [TLS_FAILURE_UNTRUSTED] = true,
	    [TLS_FAILURE_EXPIRED] = true,
	    [TLS_FAILURE_REVOKED] = true,
	    [TLS_FAILURE_WEAK_KEY] = true,
	    [TLS_FAILURE_DANE] = true,
	};

	return of_chain[facts->failure] && facts->verdict != TLS_VERDICT_NONE;
}

// A client asked for a certificate and has none to give. Before TLS 1.3, which
// has an alert of its own for it, servers say "handshake failure", or nothing.
static bool
wants_certificate(const struct tls_facts *facts)
{
	return facts->certificate_missing &&
	       (facts->failure == TLS_FAILURE_CLOSED ||
		   facts->failure == TLS_FAILURE_TRUNCATED ||
		   (facts->failure == TLS_FAILURE_ALERT &&
		       facts->alert_received == ALERT_OF_ANY_KIND));
}

bool
tls_unverified(const struct tls_facts *facts)
{
	static const bool of_certificate[TLS_FAILURE_COUNT] = {
	    [TLS_FAILURE_UNTRUSTED] = true,
	    [TLS_FAILURE_EXPIRED] = true,
	    [TLS_FAILURE_REVOKED] = true,
	    [TLS_FAILURE_NAME] = true,
	    [TLS_FAILURE_FINGERPRINT] = true,
	    [TLS_FAILURE_NO_CERTIFICATE] = true,
	    [TLS_FAILURE_DANE] = true,
	    [TLS_FAILURE_WEAK_KEY] = true,
	};

	return of_certificate[facts->failure];
}

bool
tls_certificate_refused(const struct tls_facts *facts)
{
	const struct alert_row *alert = alert_find(facts->alert_received);

	return wants_certificate(facts) ||
	       (facts->failure == TLS_FAILURE_ALERT && alert != NULL &&
		   alert->about == ABOUT_CERTIFICATE);
}

void
tls_explain(
    const struct tls_facts *facts, enum side peer, struct tls_cause *cause)
{
	const struct alert_row *alert = alert_find(facts->alert_received);
	const struct alert_row *meant =
	    alert_find(wants_certificate(facts) ? ALERT_CERTIFICATE_REQUIRED
						: facts->alert_received);

	cause->advice = tls_failure_advice(facts->failure, peer);
	// An alert that has a row is named by the sentence.
	cause->exactly = alert != NULL ? "" : facts->detail;
	if (meant != NULL) {
		snprintf(cause->sentence, sizeof cause->sentence,
		    "%s of the %s, %s: %s", alert != NULL ? "alert" : "close",
		    side_name(peer),
		    alert != NULL ? alert->name : "without an alert",
		    meant->says);
		cause->advice = meant->advice[peer];
		return;
	}
	if (!failed_by_verdict(facts)) {
		bytes_copy_text(cause->sentence, sizeof cause->sentence,
		    tls_failure_sentence(facts->failure));
		return;
	}
	bytes_copy_text(cause->sentence, sizeof cause->sentence,
	    tls_verdict_sentence(facts->verdict));
	cause->advice = tls_verdict_advice(facts->verdict);
}

const char *
tls_verified_name(enum tls_verified verified)
{
	static const char *const names[] = {
	    [TLS_VERIFIED_NONE] = "none",
	    [TLS_VERIFIED_UNTRUSTED] = "untrusted",
	    [TLS_VERIFIED_FINGERPRINT] = "fingerprint",
	    [TLS_VERIFIED_NAME] = "name",
	    [TLS_VERIFIED_DANE] = "dane",
	};

	REQUIRE(verified <= TLS_VERIFIED_DANE);
	return names[verified];
}

const char *
tls_alert_name(int alert)
{
	const struct alert_row *row = alert_find(alert);

	return row != NULL ? row->name : "unknown alert";
}

const char *
tls_protocol_name(unsigned version)
{
	const char *name = tls_version_name(version);

	return name != NULL ? name : "unknown protocol";
}

// The bytes of one attribute, or of its value, in the notation of RFC 2253: up
// to what separates it from the next one. A backslash takes the next byte
// along, so that no separator in a value is taken for one.
static size_t
attribute_size(const char *text)
{
	size_t size = 0;

	while (text[size] != '\0' && text[size] != ',' && text[size] != '+')
		size += text[size] == '\\' && text[size + 1] != '\0' ? 2 : 1;
	return size;
}

void
tls_common_name(const struct tls_facts *facts, char *name, size_t room)
{
	const char *at = facts->subject;
	// At the end of a subject that was cut a name may be cut too.
	bool cut = strlen(at) + 1 == sizeof facts->subject;
	size_t size = attribute_size(at);

	name[0] = '\0';
	while (at[size] != '\0' && strncmp(at, "CN=", 3) != 0) {
		at += size + 1;
		size = attribute_size(at);
	}
	if (strncmp(at, "CN=", 3) != 0 || (cut && at[size] == '\0') ||
	    size - 3 >= room || memchr(at, '\\', size) != NULL)
		return;
	bytes_copy(name, room, at + 3, size - 3);
	name[size - 3] = '\0';
}

void
tls_facts_init(struct tls_facts *facts)
{
	*facts = (struct tls_facts){.alert_sent = -1, .alert_received = -1};
}
