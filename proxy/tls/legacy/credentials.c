// SPDX-License-Identifier: ISC

#include "tls/legacy/credentials.h"

#include <stdlib.h>

static bool
credentials_add(void *context, struct piece der)
{
	struct legacy_credentials *credentials = context;
	struct chain *chain = &credentials->chain;
	uint8_t *copy = NULL;

	if (chain->count < CHAIN_MAX)
		copy = malloc(der.size);
	if (copy == NULL)
		return false;
	bytes_copy(copy, der.size, der.bytes, der.size);
	chain->certificates[chain->count++] = (struct piece){copy, der.size};
	credentials->size += der.size;
	return true;
}

// NULL, or what is wrong.
static const char *
credentials_fill(struct legacy_credentials *credentials,
    struct legacy_text chain, struct legacy_text key)
{
	struct legacy_text keys = key.size > 0 ? key : chain;

	if (legacy_start() != NULL)
		return legacy_start();
	if (!crypto_each_certificate((struct piece){chain.bytes, chain.size},
		credentials_add, credentials))
		return "the chain has no certificate, more than 16, or one "
		       "that cannot be read";
	credentials->key =
	    rsa_key_from_pem((struct piece){keys.bytes, keys.size});
	if (credentials->key == NULL)
		return "there is no RSA key of 512 to 8192 bits without a "
		       "passphrase";
	struct rsa_key *leaf =
	    rsa_key_from_certificate(credentials->chain.certificates[0]);
	bool same = leaf != NULL && rsa_key_matches(leaf, credentials->key);
	rsa_key_free(&leaf);
	return same ? NULL : "the key is not that of the first certificate";
}

struct legacy_credentials *
legacy_credentials_new(
    struct legacy_text chain, struct legacy_text key, const char **why)
{
	struct legacy_credentials *made = calloc(1, sizeof *made);

	*why =
	    made == NULL ? "memory is out" : credentials_fill(made, chain, key);
	if (*why != NULL && made != NULL)
		legacy_credentials_free(&made);
	return made;
}

void
legacy_credentials_free(struct legacy_credentials **credentials)
{
	if (*credentials == NULL)
		return;
	struct chain *chain = &(*credentials)->chain;
	for (size_t i = 0; i < chain->count; i++) {
		union {
			const void *read;
			void *owned;
		} bytes = {.read = chain->certificates[i].bytes};
		free(bytes.owned);
	}
	rsa_key_free(&(*credentials)->key);
	free(*credentials);
	*credentials = NULL;
}

unsigned
legacy_credentials_bits(const struct legacy_credentials *credentials)
{
	return rsa_key_bits(credentials->key);
}
