// SPDX-License-Identifier: ISC

#include "tls/legacy/keyring.h"

#include "base/clock.h"
#include "base/contract.h"

#include <stdlib.h>

struct slot {
	unsigned bits;
	struct rsa_key *key;
	uint64_t made;
	unsigned uses;
};

struct legacy_keyring {
	uint64_t lifetime;
	unsigned uses;
	struct slot slots[2];
};

static bool
slot_renew(struct slot *slot)
{
	struct rsa_key *key = rsa_key_generate(slot->bits);

	if (key == NULL)
		return false;
	rsa_key_free(&slot->key);
	slot->key = key;
	slot->made = clock_monotonic();
	slot->uses = 0;
	return true;
}

static bool
slot_older(const struct slot *slot, uint64_t lifetime, unsigned uses)
{
	return slot->uses >= uses || clock_monotonic() - slot->made >= lifetime;
}

struct legacy_keyring *
legacy_keyring_new(uint64_t lifetime, unsigned uses)
{
	static const unsigned sizes[2] = {512, 1024};
	struct legacy_keyring *made = calloc(1, sizeof *made);

	if (made == NULL)
		return NULL;
	made->lifetime = lifetime;
	made->uses = uses;
	for (int i = 0; i < 2; i++) {
		made->slots[i].bits = sizes[i];
		if (!slot_renew(&made->slots[i])) {
			legacy_keyring_free(&made);
			return NULL;
		}
	}
	return made;
}

void
legacy_keyring_free(struct legacy_keyring **keyring)
{
	if (*keyring == NULL)
		return;
	for (int i = 0; i < 2; i++)
		rsa_key_free(&(*keyring)->slots[i].key);
	free(*keyring);
	*keyring = NULL;
}

bool
legacy_keyring_refresh(struct legacy_keyring *keyring)
{
	// Due once three quarters of a key's life are over.
	uint64_t lifetime = keyring->lifetime - keyring->lifetime / 4;
	unsigned uses = keyring->uses - keyring->uses / 4;

	for (int i = 0; i < 2; i++)
		if (slot_older(&keyring->slots[i], lifetime, uses))
			return slot_renew(&keyring->slots[i]);
	return false;
}

struct rsa_key *
keyring_take(struct legacy_keyring *keyring, unsigned bits)
{
	struct slot *slot = &keyring->slots[bits <= 512 ? 0 : 1];

	REQUIRE(bits <= 1024);
	// A key past its time is not used, even if the handshake has to wait.
	if (slot_older(slot, keyring->lifetime, keyring->uses) &&
	    !slot_renew(slot))
		return NULL;
	slot->uses++;
	return rsa_key_ref(slot->key);
}
