// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/dnssec_answer.h"

#include "base/bytes.h"

#include <string.h>
#include <unbound.h>

enum { RCODE_NXDOMAIN = 3 };

// A name of the DNS may hold any byte; what goes on as a host's name (SNI,
// the next question, the log) must be one.
static bool
is_host_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t size = strlen(name);

	return size > 0 && size < DNSSEC_NAME && name[0] != '.' &&
	       strspn(name, allowed) == size;
}

static bool
same_name(const char *one, size_t size, const char *other)
{
	size_t other_size = strlen(other);

	if (other_size > 0 && other[other_size - 1] == '.')
		other_size--;
	return size == other_size && strncasecmp(one, other, size) == 0;
}

// Where CNAMEs lead, in text; NULL: nowhere else, or to no host's name.
static const char *
canonical_name(const struct ub_result *result, char text[DNSSEC_NAME])
{
	size_t size;

	if (result->canonname == NULL || result->qname == NULL ||
	    !bytes_copy_text(text, DNSSEC_NAME, result->canonname))
		return NULL;
	size = strlen(text);
	if (size > 0 && text[size - 1] == '.')
		text[--size] = '\0';
	if (!is_host_name(text) || same_name(text, size, result->qname))
		return NULL;
	return text;
}

static const char *
rcode_words(int rcode)
{
	switch (rcode) {
	case 2:
		return "the DNS server failed (SERVFAIL), or none answered";
	case 5:
		return "the DNS server refused (REFUSED)";
	default:
		return "the DNS server gave no answer of use";
	}
}

static void
answer_status(
    struct dnssec_answer *answer, int error, const struct ub_result *result)
{
	if (error != 0 || result == NULL) {
		answer->status = DNSSEC_FAILED;
		answer->why = ub_strerror(error);
	} else if (result->bogus) {
		answer->status = DNSSEC_BOGUS;
		answer->why = result->why_bogus != NULL ? result->why_bogus
							: "validation failed";
	} else if (result->rcode != 0 && result->rcode != RCODE_NXDOMAIN) {
		answer->status = DNSSEC_FAILED;
		answer->why = rcode_words(result->rcode);
	} else {
		answer->status =
		    result->secure ? DNSSEC_SECURE : DNSSEC_INSECURE;
	}
}

void
dnssec_answer_of(struct dnssec_answer *answer, struct dnssec_room *room,
    int error, const struct ub_result *result)
{
	*answer =
	    (struct dnssec_answer){.data = room->data, .sizes = room->sizes};
	answer_status(answer, error, result);
	if (answer->status != DNSSEC_SECURE &&
	    answer->status != DNSSEC_INSECURE)
		return;
	answer->canonical = canonical_name(result, room->canonical);
	while (answer->count < DNSSEC_ANSWERS_MOST && result->data != NULL &&
	       result->data[answer->count] != NULL) {
		room->data[answer->count] =
		    (const uint8_t *)result->data[answer->count];
		room->sizes[answer->count] = (size_t)result->len[answer->count];
		answer->count++;
	}
}
