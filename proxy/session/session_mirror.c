// SPDX-License-Identifier: ISC
//
// Whether a sender may be ourselves (smtp/mirror.h).

#define _GNU_SOURCE
#include "session/session_parts.h"

#include <strings.h>

// Whether the other says EHLO to its receiver now, with this name.
static bool
says(const struct session *other, struct reader name)
{
	struct reader said;

	return other->reason == REASON_NONE && other->arrival == NULL &&
	       bridge_says_hello(&other->bridge, &said) &&
	       said.left == name.left &&
	       strncasecmp((const char *)said.at, (const char *)name.at,
		   name.left) == 0;
}

bool
session_mirrored(void *shell)
{
	const struct session *session = shell;
	const struct table_entry *entry = session->front->table.first;
	struct reader name = bridge_hello(&session->bridge);

	for (; entry != NULL; entry = entry->next)
		if (entry->owner != session && says(entry->owner, name))
			return true;
	return false;
}
