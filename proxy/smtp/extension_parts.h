// SPDX-License-Identifier: ISC
//
// What the files of the list of extensions share, and nobody else includes:
//   extension.c       reads the list, judges what of it passes
//   extension_show.c  writes it anew

#ifndef SMTP_EXTENSION_PARTS_H
#define SMTP_EXTENSION_PARTS_H

#include "smtp/extension.h"

// One line of the list, taken apart.
struct offer {
	struct reader text; // the whole line
	struct reader keyword;
	struct reader parameters; // behind the keyword and one separator
	enum extension extension; // EXTENSION_COUNT: none of ours
	bool equals;              // "KEYWORD=..."
};

struct offer offer_parse(const struct reply *reply, size_t index);
// Whether it is in the table, and in its form there.
bool offer_is_known(const struct offer *offer);
// Whether it passes, where the receiver offers the set.
bool offer_passes(const struct offer *offer, const struct extensions *offered,
    const struct extension_view *view);
// The next word of a list of mechanisms or limits; empty at its end.
struct reader list_word(struct reader *list);

#endif
