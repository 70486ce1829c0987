// SPDX-License-Identifier: ISC

#include "policy/compile.h"
#include "policy/level.h"
#include "policy/network.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// A fault of two settings is told where the first of them was written; where
// neither was, nothing of the administrator's is wrong.
static struct origin
written_at(struct origin one, struct origin other)
{
	return one.file != NULL ? one : other;
}

#define ERROR(at, ...)   faults_add(faults, FAULT_ERROR, at, __VA_ARGS__)
#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

// What both legs have, under the names of one of them.
struct leg {
	const char *name;
	enum protocol min_protocol, max_protocol;
	uint64_t min_bits;
	const struct text_list *certificate, *key;
	struct origin min_protocol_at, max_protocol_at, min_bits_at;
	struct origin certificate_at, key_at;
};

#define LEG(side, layer)                                                       \
	{                                                                      \
		.name = scope_name(SCOPE_##side),                              \
		.min_protocol = (layer)->values.min_protocol,                  \
		.max_protocol = (layer)->values.max_protocol,                  \
		.min_bits = (layer)->values.min_bits,                          \
		.certificate = &(layer)->values.certificate,                   \
		.key = &(layer)->values.key,                                   \
		.min_protocol_at = (layer)->origins[side##_AT_min_protocol],   \
		.max_protocol_at = (layer)->origins[side##_AT_max_protocol],   \
		.min_bits_at = (layer)->origins[side##_AT_min_bits],           \
		.certificate_at = (layer)->origins[side##_AT_certificate],     \
		.key_at = (layer)->origins[side##_AT_key]                      \
	}

static void
judge_leg(struct faults *faults, const struct leg *leg)
{
	uint64_t most = protocol_bits_most(leg->max_protocol);

	if (leg->min_protocol > leg->max_protocol)
		ERROR(written_at(leg->max_protocol_at, leg->min_protocol_at),
		    "%s.max-protocol: %s is below min-protocol, which is %s; "
		    "nothing is left to agree on",
		    leg->name, protocol_word(leg->max_protocol),
		    protocol_word(leg->min_protocol));
	if (leg->min_bits > most)
		ERROR(written_at(leg->min_bits_at, leg->max_protocol_at),
		    "%s.min-bits: no suite of %s has %" PRIu64
		    " bits; write %" PRIu64 " or raise max-protocol",
		    leg->name, protocol_word(leg->max_protocol), leg->min_bits,
		    most);
	if (leg->key->count > 0 && leg->key->count != leg->certificate->count)
		ERROR(written_at(leg->key_at, leg->certificate_at),
		    "%s.key: %zu keys for %zu certificates; write one for "
		    "each, in the same order, or none",
		    leg->name, leg->key->count, leg->certificate->count);
}

// What has no effect is told of where it is written, not of a rule that
// inherits it: own is the rule's layer, NULL where there is no rule.
#define IS_OWN(own, row) ((own) == NULL || (own)->origins[row].file != NULL)

static void
judge_sender_tls(struct faults *faults, const struct sender_layer *sender,
    const struct sender_layer *own)
{
	const struct sender_settings *is = &sender->values;
	const struct origin *at = sender->origins;

	if (is->implicit_tls && is->tls == SENDER_TLS_NONE)
		ERROR(written_at(at[SENDER_AT_implicit_tls], at[SENDER_AT_tls]),
		    "sender.implicit-tls: contradicts tls = \"none\"; leave "
		    "one of them out");
	if (is->missing_handshake == MISSING_HANDSHAKE_TOLERATE &&
	    is->tls == SENDER_TLS_REQUIRE &&
	    IS_OWN(own, SENDER_AT_missing_handshake))
		WARNING(at[SENDER_AT_missing_handshake],
		    "sender.missing-handshake: tolerate has no effect where "
		    "tls is require, for plaintext is not taken");
	if (is->client_certificate != CLIENT_CERTIFICATE_NONE &&
	    is->client_ca == NULL)
		ERROR(at[SENDER_AT_client_certificate],
		    "sender.client-certificate: needs client-ca, the "
		    "authorities that vouch for senders");
	if (is->client_certificate == CLIENT_CERTIFICATE_REQUIRE &&
	    is->tls != SENDER_TLS_REQUIRE && !is->implicit_tls)
		ERROR(at[SENDER_AT_client_certificate],
		    "sender.client-certificate: require needs tls = "
		    "\"require\", for in plaintext there is no certificate");
}

static void
judge_sender_legacy(struct faults *faults, const struct sender_layer *sender,
    const struct sender_layer *own)
{
	const struct sender_settings *is = &sender->values;
	const struct origin *at = sender->origins;

	if (is->legacy_key != NULL && is->legacy_certificate == NULL)
		ERROR(at[SENDER_AT_legacy_key],
		    "sender.legacy-key: there is no legacy-certificate for it");
	if (is->legacy_certificate != NULL &&
	    !legacy_is_admitted(is->min_protocol) &&
	    IS_OWN(own, SENDER_AT_legacy_certificate))
		WARNING(at[SENDER_AT_legacy_certificate],
		    "sender.legacy-certificate: is not used, for min-protocol "
		    "is %s; the legacy engine speaks TLS 1.1 at most",
		    protocol_word(is->min_protocol));
}

// As receivers can say it (RFC 5321 section 4.1.1.1).
static void
judge_keywords(struct faults *faults, struct origin at, const char *setting,
    const struct text_list *keywords)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	for (size_t i = 0; i < keywords->count; i++) {
		const char *word = keywords->items[i];

		if (word[0] == '-' || word[strspn(word, letters)] != '\0')
			ERROR(at,
			    "sender.%s: %s is no EHLO keyword; write one word "
			    "of letters, digits and hyphens, as CHUNKING",
			    setting, word);
	}
}

void
judge_sender(struct faults *faults, const struct sender_layer *sender,
    const struct sender_layer *own)
{
	const struct sender_settings *is = &sender->values;
	const struct origin *at = sender->origins;
	const struct leg leg = LEG(SENDER, sender);

	judge_leg(faults, &leg);
	judge_sender_tls(faults, sender, own);
	judge_sender_legacy(faults, sender, own);
	judge_keywords(faults, at[SENDER_AT_hide_keywords], "hide-keywords",
	    &is->hide_keywords);
	judge_keywords(faults, at[SENDER_AT_show_keywords], "show-keywords",
	    &is->show_keywords);
	if (is->lf_end_of_data && is->bare_newline == BARE_NEWLINE_REJECT)
		ERROR(at[SENDER_AT_lf_end_of_data],
		    "sender.lf-end-of-data: contradicts bare-newline = "
		    "\"reject\"; leave one of them out");
	else if (is->lf_end_of_data && own == NULL)
		WARNING(at[SENDER_AT_lf_end_of_data],
		    "sender.lf-end-of-data: opens SMTP smuggling "
		    "(CVE-2023-51764); keep it to a rule for the devices that "
		    "need it");
}

static bool
any_by_address(const struct policy_receivers *receivers)
{
	for (size_t i = 0; i < receivers->count; i++)
		if (receivers->items[i].is_address)
			return true;
	return false;
}

static void
judge_tlsa(struct faults *faults, const struct receiver_layer *receiver,
    const struct receiver_layer *own, const struct policy_receivers *forward_to)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;

	if (level_meaning(is->tls)->proof != LEVEL_PROOF_TLSA)
		return;
	if (forward_to->original)
		ERROR(at[RECEIVER_AT_tls],
		    "receiver.tls: %s cannot be where forward-to is original, "
		    "for TLSA records belong to a name, and of such a "
		    "receiver an address alone is known",
		    level_word(is->tls));
	if (any_by_address(forward_to))
		ERROR(at[RECEIVER_AT_tls],
		    "receiver.tls: %s needs a forward-to by name, for an "
		    "address has no TLSA record; write the name, or another "
		    "level",
		    level_word(is->tls));
	if (at[RECEIVER_AT_names].file != NULL &&
	    IS_OWN(own, RECEIVER_AT_names))
		WARNING(at[RECEIVER_AT_names],
		    "receiver.names: have no effect where tls is %s; the name "
		    "is that which has the TLSA records",
		    level_word(is->tls));
}

static void
judge_proof(struct faults *faults, const struct receiver_layer *receiver,
    const struct receiver_layer *own, const struct policy_receivers *forward_to)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;
	enum level_proof proof = level_meaning(is->tls)->proof;

	if (proof == LEVEL_PROOF_FINGERPRINT &&
	    at[RECEIVER_AT_fingerprints].file == NULL)
		ERROR(at[RECEIVER_AT_tls],
		    "receiver.tls: fingerprint needs fingerprints");
	if (proof != LEVEL_PROOF_FINGERPRINT &&
	    at[RECEIVER_AT_fingerprints].file != NULL &&
	    IS_OWN(own, RECEIVER_AT_fingerprints))
		WARNING(at[RECEIVER_AT_fingerprints],
		    "receiver.fingerprints: have no effect where tls is %s; "
		    "the level is fingerprint",
		    level_word(is->tls));
	if (proof == LEVEL_PROOF_CHAIN_AND_NAMES && is->names.count == 0 &&
	    any_by_address(forward_to))
		ERROR(at[RECEIVER_AT_tls],
		    "receiver.tls: secure needs names, or a forward-to by "
		    "name; it takes no name from DNS");
	if (forward_to->original &&
	    (proof == LEVEL_PROOF_CHAIN_AND_NAME ||
		proof == LEVEL_PROOF_CHAIN_AND_NAMES) &&
	    is->names.count == 0)
		ERROR(at[RECEIVER_AT_tls],
		    "receiver.tls: %s needs names where forward-to is "
		    "original, for of such a receiver an address alone is "
		    "known; write names, in a rule with a destination for "
		    "each receiver where they differ",
		    level_word(is->tls));
	if (proof != LEVEL_PROOF_CHAIN_AND_NAME &&
	    proof != LEVEL_PROOF_CHAIN_AND_NAMES &&
	    at[RECEIVER_AT_crl].file != NULL && IS_OWN(own, RECEIVER_AT_crl))
		WARNING(at[RECEIVER_AT_crl],
		    "receiver.crl: has no effect where tls is %s; the levels "
		    "verify and secure look at it",
		    level_word(is->tls));
}

// RFC 5321 section 4.1.3.
static bool
is_helo(const char *name)
{
	static const char tag[] = "[IPv6:";
	bool tagged = strncasecmp(name, tag, sizeof tag - 1) == 0;
	const char *from = name + (tagged ? sizeof tag - 1 : 1);
	size_t size = strlen(name);
	char plain[ADDRESS_TEXT_MOST];
	struct address address;

	if (name[0] != '[')
		return host_name_is_valid(name);
	if (name[size - 1] != ']' || size > sizeof plain)
		return false;
	snprintf(
	    plain, sizeof plain, "%.*s", (int)(name + size - 1 - from), from);
	return address_parse(&address, plain) && address.scope == 0 &&
	       (strchr(plain, ':') != NULL) == tagged;
}

// The names that go out by SNI and EHLO, or are looked for in certificates.
static void
judge_names(struct faults *faults, const struct receiver_layer *receiver)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;

	for (size_t i = 0; i < is->names.count; i++) {
		const char *name = is->names.items[i];

		if (!host_is_valid(name[0] == '.' ? name + 1 : name))
			ERROR(at[RECEIVER_AT_names],
			    "receiver.names: %s is no host name%s", name,
			    strchr(name, '*') != NULL
				? "; write .example.com for every name below "
				  "example.com"
				: host_name_hint(name));
	}
	if (is->sni != NULL && strcmp(is->sni, "off") != 0 &&
	    !host_name_is_valid(is->sni))
		ERROR(at[RECEIVER_AT_sni],
		    "receiver.sni: %s is neither a host name nor off%s",
		    is->sni, host_name_hint(is->sni));
	if (is->helo_name != NULL && !is_helo(is->helo_name))
		ERROR(at[RECEIVER_AT_helo_name],
		    "receiver.helo-name: %s is neither a host name nor an "
		    "address in brackets, as [192.0.2.1] or "
		    "[IPv6:2001:db8::1]%s",
		    is->helo_name, host_name_hint(is->helo_name));
}

static void
judge_hello(struct faults *faults, const struct receiver_layer *receiver)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;
	enum protocol most = PROTOCOL_TLS1_3;

	switch (is->hello_profile) {
	case HELLO_PROFILE_AUTOMATIC:
	case HELLO_PROFILE_MODERN:
		break;
	case HELLO_PROFILE_COMPATIBLE:
		most = PROTOCOL_TLS1_2;
		break;
	case HELLO_PROFILE_SCHANNEL:
	case HELLO_PROFILE_LEGACY_V2:
		most = PROTOCOL_TLS1_0;
		break;
	}
	if (is->min_protocol > most)
		ERROR(at[RECEIVER_AT_hello_profile],
		    "receiver.hello-profile: %s asks for %s at most, and "
		    "min-protocol is %s",
		    choice_word(SETTING_HELLO_PROFILE, (int)is->hello_profile),
		    protocol_word(most), protocol_word(is->min_protocol));
}

void
judge_receiver(struct faults *faults, const struct receiver_layer *receiver,
    const struct receiver_layer *own, const struct policy_receivers *forward_to)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;
	const struct leg leg = LEG(RECEIVER, receiver);

	judge_leg(faults, &leg);
	judge_proof(faults, receiver, own, forward_to);
	judge_tlsa(faults, receiver, own, forward_to);
	judge_names(faults, receiver);
	judge_hello(faults, receiver);
	judge_identity(faults, receiver, own, forward_to);
	if (is->implicit_tls && level_meaning(is->tls)->tls != LEVEL_TLS_ALWAYS)
		ERROR(at[RECEIVER_AT_implicit_tls],
		    "receiver.implicit-tls: knows no plaintext, which tls = "
		    "\"%s\" allows; write tls = \"encrypt\" or more",
		    level_word(is->tls));
}
