// SPDX-License-Identifier: ISC
//
// Whether two settings say the same.

#ifndef TLS_SAME_H
#define TLS_SAME_H

#include "policy/settings.h"

#include <string.h>

static inline bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static inline bool
same_list(struct text_list a, struct text_list b)
{
	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++)
		if (strcmp(a.items[i], b.items[i]) != 0)
			return false;
	return true;
}

#endif
