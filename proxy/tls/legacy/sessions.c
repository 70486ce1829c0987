// SPDX-License-Identifier: ISC

#include "tls/legacy/sessions.h"

#include "base/clock.h"
#include "base/contract.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;  // in its chain
	struct entry *older; // in order of storing
	struct entry *newer;
	struct session_key key;
	struct session session;
};

struct legacy_sessions {
	size_t limit;
	uint64_t lifetime;
	size_t count;
	struct entry *oldest;
	struct entry *newest;
	size_t chains; // a power of two
	struct entry **table;
};

struct legacy_sessions *
legacy_sessions_new(size_t limit, uint64_t lifetime)
{
	struct legacy_sessions *made = calloc(1, sizeof *made);

	REQUIRE(limit > 0);
	if (made == NULL)
		return NULL;
	made->limit = limit;
	made->lifetime = lifetime;
	made->chains = 1;
	while (made->chains < limit && made->chains < 65536)
		made->chains *= 2;
	made->table = calloc(made->chains, sizeof(struct entry *));
	if (made->table == NULL) {
		free(made);
		return NULL;
	}
	return made;
}

// Where the pointer to the entry is, or would be. The key is a hash already.
static struct entry **
sessions_place(struct legacy_sessions *sessions, const struct session_key *key)
{
	size_t chain = ((size_t)key->bytes[0] << 8 | key->bytes[1]) &
		       (sessions->chains - 1);
	struct entry **place = &sessions->table[chain];

	while (*place != NULL &&
	       memcmp((*place)->key.bytes, key->bytes, sizeof key->bytes) != 0)
		place = &(*place)->next;
	return place;
}

static void
sessions_drop(struct legacy_sessions *sessions, struct entry **place)
{
	struct entry *entry = *place;

	*place = entry->next;
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		sessions->oldest = entry->newer;
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		sessions->newest = entry->older;
	sessions->count--;
	bytes_wipe(entry, sizeof *entry);
	free(entry);
}

void
legacy_sessions_free(struct legacy_sessions **sessions)
{
	if (*sessions == NULL)
		return;
	while ((*sessions)->oldest != NULL)
		sessions_remove(*sessions, &(*sessions)->oldest->key);
	free((*sessions)->table);
	free(*sessions);
	*sessions = NULL;
}

bool
session_key_make(enum legacy_role role, const char *scope, struct piece id,
    struct session_key *out)
{
	const char *text = scope == NULL ? "" : scope;
	uint8_t kind = role == LEGACY_CLIENT ? 'C' : 'S';
	struct piece pieces[] = {{&kind, 1}, {text, strlen(text) + 1}, id};

	return crypto_hash(
	    HASH_SHA256, pieces, role == LEGACY_CLIENT ? 2 : 3, out->bytes);
}

void
sessions_remove(struct legacy_sessions *sessions, const struct session_key *key)
{
	struct entry **place = sessions_place(sessions, key);

	if (*place != NULL)
		sessions_drop(sessions, place);
}

void
sessions_put(struct legacy_sessions *sessions, const struct session_key *key,
    const struct session *session)
{
	struct entry *entry = malloc(sizeof *entry);

	// Without memory there is nothing to resume: a full handshake follows.
	if (entry == NULL)
		return;
	sessions_remove(sessions, key);
	if (sessions->count == sessions->limit)
		sessions_remove(sessions, &sessions->oldest->key);
	struct entry **place = sessions_place(sessions, key);
	*entry = (struct entry){
	    .older = sessions->newest,
	    .key = *key,
	    .session = *session,
	};
	if (session->made == 0)
		entry->session.made = clock_monotonic();
	*place = entry;
	if (sessions->newest != NULL)
		sessions->newest->newer = entry;
	else
		sessions->oldest = entry;
	sessions->newest = entry;
	sessions->count++;
}

bool
sessions_get(struct legacy_sessions *sessions, const struct session_key *key,
    struct session *out)
{
	struct entry **place = sessions_place(sessions, key);

	if (*place == NULL)
		return false;
	if (clock_monotonic() - (*place)->session.made >= sessions->lifetime) {
		sessions_drop(sessions, place);
		return false;
	}
	*out = (*place)->session;
	return true;
}
