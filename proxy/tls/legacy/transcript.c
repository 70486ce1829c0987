// SPDX-License-Identifier: ISC

#include "tls/legacy/transcript.h"

#include "tls/legacy/suite.h"

bool
transcript_start(struct transcript *transcript)
{
	transcript->md5 = hashing_new(HASH_MD5);
	transcript->sha1 = hashing_new(HASH_SHA1);
	if (transcript->md5 != NULL && transcript->sha1 != NULL)
		return true;
	transcript_free(transcript);
	return false;
}

void
transcript_free(struct transcript *transcript)
{
	hashing_free(&transcript->md5);
	hashing_free(&transcript->sha1);
}

bool
transcript_add(struct transcript *transcript, const void *bytes, size_t size)
{
	return hashing_add(transcript->md5, bytes, size) &&
	       hashing_add(transcript->sha1, bytes, size);
}

// hash(master + pad_2 + hash(messages + sender + master + pad_1))
static bool
transcript_hash_ssl3(const struct hashing *messages, enum hash hash,
    struct piece sender, const uint8_t *master, uint8_t *out)
{
	uint8_t inside[HASH_MAX_SIZE];
	struct piece key = {master, MASTER_SIZE};
	struct piece inner[] = {sender, key, keys_ssl3_pad(hash, 1)};
	struct piece outer[] = {
	    key, keys_ssl3_pad(hash, 2), {inside, crypto_hash_size(hash)}};

	bool good = hashing_peek(messages, inner, 3, inside) &&
		    crypto_hash(hash, outer, 3, out);

	bytes_wipe(inside, sizeof inside);
	return good;
}

static bool
transcript_both_ssl3(const struct transcript *transcript, struct piece sender,
    const uint8_t *master, uint8_t out[HASH_BOTH_SIZE])
{
	return transcript_hash_ssl3(
		   transcript->md5, HASH_MD5, sender, master, out) &&
	       transcript_hash_ssl3(transcript->sha1, HASH_SHA1, sender, master,
		   out + HASH_MD5_SIZE);
}

static bool
transcript_both(
    const struct transcript *transcript, uint8_t out[HASH_BOTH_SIZE])
{
	return hashing_peek(transcript->md5, NULL, 0, out) &&
	       hashing_peek(transcript->sha1, NULL, 0, out + HASH_MD5_SIZE);
}

bool
transcript_finished(const struct transcript *transcript,
    const struct session_secret *secret, enum party party,
    uint8_t out[FINISHED_MAX_SIZE], size_t *size)
{
	static const char *const senders[] = {"CLNT", "SRVR"};
	static const char *const labels[] = {
	    "client finished", "server finished"};
	uint8_t hashes[HASH_BOTH_SIZE];

	if (secret->version == VERSION_SSL3) {
		*size = HASH_BOTH_SIZE;
		return transcript_both_ssl3(transcript,
		    (struct piece){senders[party], 4}, secret->master, out);
	}
	*size = 12;
	return transcript_both(transcript, hashes) &&
	       keys_prf((struct piece){secret->master, MASTER_SIZE},
		   labels[party], (struct piece){hashes, sizeof hashes}, out,
		   *size);
}

bool
transcript_proof(const struct transcript *transcript,
    const struct session_secret *secret, uint8_t out[HASH_BOTH_SIZE])
{
	if (secret->version == VERSION_SSL3)
		return transcript_both_ssl3(
		    transcript, (struct piece){NULL, 0}, secret->master, out);
	return transcript_both(transcript, out);
}
