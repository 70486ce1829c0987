// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/dane.h"

#include "base/bytes.h"
#include "net/sockaddr.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	V6,
	V4,
	FAMILIES,
	CANDIDATES_MOST = 2, // the name that CNAMEs lead to, and the first one
	WHY_MOST = 256,
	TLSA_HEAD = 3 // usage, selector, matching type
};

struct dane {
	struct dnssec *dnssec;
	void (*done)(void *owner, const struct dane_found *found);
	void *owner;
	char host[DNSSEC_NAME];
	uint16_t port;
	struct dnssec_query *query[FAMILIES]; // in hand; the first for others
	struct sockaddr_storage address[FAMILIES][RESOLVE_MOST];
	size_t count[FAMILIES];
	bool insecure;               // some address is not proven
	char canonical[DNSSEC_NAME]; // empty: no CNAME
	char candidates[CANDIDATES_MOST][DNSSEC_NAME]; // for TLSA, in order
	size_t candidate_count, candidate;
	char why[WHY_MOST]; // an address lookup failed
	bool distrusted;
};

struct dane_claim *
dane_claim_nothing(void)
{
	return calloc(1, sizeof(struct dane_claim));
}

void
dane_claim_free(struct dane_claim **claim)
{
	free(*claim);
	*claim = NULL;
}

static void
dane_free(struct dane *dane)
{
	dnssec_cancel(&dane->query[V6]);
	dnssec_cancel(&dane->query[V4]);
	free(dane);
}

// --- The end ---

// One of each family in turn, IPv6 first: where there is no IPv6 that fails
// at once (RFC 8305 section 4).
static void
dane_addresses(const struct dane *dane, struct resolved *resolved)
{
	size_t next[FAMILIES] = {0};

	for (size_t turn = 0;
	     resolved->count < RESOLVE_MOST &&
	     (next[V6] < dane->count[V6] || next[V4] < dane->count[V4]);
	     turn++) {
		size_t family = turn % FAMILIES;

		if (next[family] < dane->count[family])
			resolved->address[resolved->count++] =
			    dane->address[family][next[family]++];
	}
}

static void
dane_finish(struct dane *dane, struct dane_found *found)
{
	void (*done)(void *, const struct dane_found *) = dane->done;
	void *owner = dane->owner;
	char why[WHY_MOST];

	if (found->resolved.error == NULL && found->claim == NULL)
		found->resolved.error = "memory is out";
	if (found->resolved.error == NULL)
		dane_addresses(dane, &found->resolved);
	else if (bytes_copy_text(why, sizeof why, found->resolved.error))
		found->resolved.error = why;
	dane_free(dane);
	done(owner, found);
}

static void
dane_fail(struct dane *dane, bool distrusted)
{
	dane_finish(dane, &(struct dane_found){.resolved = {.error = dane->why},
			      .distrusted = distrusted});
}

static void
dane_claims(struct dane *dane, struct dane_claim *claim)
{
	dane_finish(dane, &(struct dane_found){.claim = claim});
}

// --- TLSA ---

// A record too short to be one stays, as one of no use.
static struct tlsa
tlsa_read(const uint8_t *data, size_t size, uint8_t *copy)
{
	struct tlsa record = {.usage = UINT8_MAX, .data = copy};

	if (size <= TLSA_HEAD)
		return record;
	record.usage = data[0];
	record.selector = data[1];
	record.matching = data[2];
	record.size = size - TLSA_HEAD;
	bytes_copy(copy, record.size, data + TLSA_HEAD, record.size);
	return record;
}

static struct dane_claim *
claim_of(const char *base, const struct dnssec_answer *answer)
{
	size_t count = answer->count < DANE_RECORDS_MOST ? answer->count
							 : DANE_RECORDS_MOST;
	size_t table = count * sizeof(struct tlsa), bytes = 0;
	struct dane_claim *claim;
	uint8_t *copy;

	for (size_t i = 0; i < count; i++)
		bytes += answer->sizes[i];
	claim = calloc(1, sizeof *claim + table + bytes);
	if (claim == NULL)
		return NULL;
	bytes_copy_text(claim->base, sizeof claim->base, base);
	claim->count = count;
	copy = (uint8_t *)&claim->records[count];
	for (size_t i = 0; i < count; i++) {
		claim->records[i] =
		    tlsa_read(answer->data[i], answer->sizes[i], copy);
		copy += claim->records[i].size;
	}
	claim->usable = tlsa_any_usable(claim->records, claim->count);
	return claim;
}

static void dane_ask_tlsa(struct dane *dane);

static void
dane_tlsa(void *owner, const struct dnssec_answer *answer)
{
	struct dane *dane = owner;
	const char *base = dane->candidates[dane->candidate];

	dane->query[0] = NULL;
	switch (answer->status) {
	case DNSSEC_SECURE:
		if (answer->count == 0)
			break;
		dane_claims(dane, claim_of(base, answer));
		return;
	case DNSSEC_INSECURE:
		break;
	case DNSSEC_BOGUS:
	case DNSSEC_FAILED:
		// Not the same as none: an attacker who can keep the answer
		// away must gain nothing by it (RFC 7672 section 2.1.1).
		snprintf(dane->why, sizeof dane->why,
		    "TLSA records of _%u._tcp.%.100s are not to be had: %.100s",
		    (unsigned)dane->port, base, answer->why);
		dane_fail(dane, true);
		return;
	}
	dane->candidate++;
	dane_ask_tlsa(dane);
}

static void
dane_ask_tlsa(struct dane *dane)
{
	char name[DNSSEC_NAME + 16];

	if (dane->candidate == dane->candidate_count) {
		dane_claims(dane, dane_claim_nothing());
		return;
	}
	snprintf(name, sizeof name, "_%u._tcp.%s", (unsigned)dane->port,
	    dane->candidates[dane->candidate]);
	dane->query[0] =
	    dnssec_ask(dane->dnssec, name, DNSSEC_TLSA, dane_tlsa, dane);
	if (dane->query[0] == NULL) {
		snprintf(dane->why, sizeof dane->why,
		    "its TLSA records cannot be asked for");
		dane_fail(dane, true);
	}
}

static void
dane_candidate(struct dane *dane, const char *name)
{
	bytes_copy_text(dane->candidates[dane->candidate_count++],
	    sizeof dane->candidates[0], name);
}

// --- Addresses ---

// The addresses are not proven, but that the first name is an alias may be:
// then its own TLSA records count (RFC 7672 section 2.2.2).
static void
dane_alias(void *owner, const struct dnssec_answer *answer)
{
	struct dane *dane = owner;

	dane->query[0] = NULL;
	if (answer->status == DNSSEC_BOGUS || answer->status == DNSSEC_FAILED) {
		snprintf(dane->why, sizeof dane->why,
		    "whether its name is an alias is not to be had: %.100s",
		    answer->why);
		dane_fail(dane, true);
		return;
	}
	if (answer->status == DNSSEC_SECURE && answer->count > 0)
		dane_candidate(dane, dane->host);
	dane_ask_tlsa(dane);
}

static void
dane_addressed(struct dane *dane)
{
	if (dane->distrusted || dane->count[V6] + dane->count[V4] == 0) {
		if (dane->why[0] == '\0')
			snprintf(dane->why, sizeof dane->why,
			    "it has no address in the DNS");
		dane_fail(dane, dane->distrusted);
		return;
	}
	if (!dane->insecure) {
		if (dane->canonical[0] != '\0')
			dane_candidate(dane, dane->canonical);
		dane_candidate(dane, dane->host);
	} else if (dane->canonical[0] != '\0') {
		dane->query[0] = dnssec_ask(
		    dane->dnssec, dane->host, DNSSEC_CNAME, dane_alias, dane);
		if (dane->query[0] != NULL)
			return;
		snprintf(dane->why, sizeof dane->why,
		    "its name cannot be asked for");
		dane_fail(dane, true);
		return;
	}
	dane_ask_tlsa(dane);
}

static void
take_address(struct dane *dane, size_t family, const uint8_t *data, size_t size)
{
	struct sockaddr_storage *address;

	if (dane->count[family] == RESOLVE_MOST)
		return;
	address = &dane->address[family][dane->count[family]];
	*address = (struct sockaddr_storage){0};
	if (family == V6) {
		struct sockaddr_in6 *in6 = (void *)address;

		if (size != sizeof in6->sin6_addr)
			return;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(dane->port);
		bytes_copy(&in6->sin6_addr, size, data, size);
	} else {
		struct sockaddr_in *in = (void *)address;

		if (size != sizeof in->sin_addr)
			return;
		in->sin_family = AF_INET;
		in->sin_port = htons(dane->port);
		bytes_copy(&in->sin_addr, size, data, size);
	}
	sockaddr_unmap(address);
	dane->count[family]++;
}

static void
dane_address(
    struct dane *dane, size_t family, const struct dnssec_answer *answer)
{
	dane->query[family] = NULL;
	switch (answer->status) {
	case DNSSEC_SECURE:
	case DNSSEC_INSECURE:
		for (size_t i = 0; i < answer->count; i++)
			take_address(
			    dane, family, answer->data[i], answer->sizes[i]);
		if (answer->count > 0 && answer->status == DNSSEC_INSECURE)
			dane->insecure = true;
		if (answer->canonical != NULL)
			bytes_copy_text(dane->canonical, sizeof dane->canonical,
			    answer->canonical);
		break;
	case DNSSEC_BOGUS:
		dane->distrusted = true;
		snprintf(dane->why, sizeof dane->why,
		    "its addresses are forged or their signatures broken: "
		    "%.180s",
		    answer->why);
		break;
	case DNSSEC_FAILED:
		if (dane->why[0] == '\0')
			snprintf(dane->why, sizeof dane->why,
			    "its addresses are not to be had: %.180s",
			    answer->why);
		break;
	}
	if (dane->query[V6] == NULL && dane->query[V4] == NULL)
		dane_addressed(dane);
}

static void
dane_v6(void *owner, const struct dnssec_answer *answer)
{
	dane_address(owner, V6, answer);
}

static void
dane_v4(void *owner, const struct dnssec_answer *answer)
{
	dane_address(owner, V4, answer);
}

struct dane *
dane_start(struct dnssec *dnssec, const char *host, uint16_t port,
    void (*done)(void *owner, const struct dane_found *found), void *owner)
{
	struct dane *dane = calloc(1, sizeof *dane);
	size_t size;

	if (dane == NULL)
		return NULL;
	dane->dnssec = dnssec;
	dane->done = done;
	dane->owner = owner;
	dane->port = port;
	bytes_copy_text(dane->host, sizeof dane->host, host);
	size = strlen(dane->host);
	if (size > 0 && dane->host[size - 1] == '.')
		dane->host[size - 1] = '\0';
	dane->query[V6] =
	    dnssec_ask(dnssec, dane->host, DNSSEC_AAAA, dane_v6, dane);
	dane->query[V4] =
	    dnssec_ask(dnssec, dane->host, DNSSEC_A, dane_v4, dane);
	if (dane->query[V6] == NULL || dane->query[V4] == NULL) {
		dane_free(dane);
		return NULL;
	}
	return dane;
}

void
dane_cancel(struct dane **dane)
{
	if (*dane != NULL)
		dane_free(*dane);
	*dane = NULL;
}
