// SPDX-License-Identifier: ISC
//
// Bytes as a dialogue writes them: one line of text, whose CRLF is not
// written, with \r \n \t \0 \\ \s (a blank) \xHH; \{3:ab} is "ababab"; \c at
// the end means that no CRLF follows.

#ifndef DIALOGUES_TEXT_H
#define DIALOGUES_TEXT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Makes *bytes, to be freed by the caller. False when text is not well formed.
bool text_unescape(const char *text, uint8_t **bytes, size_t *size);

// Writes one line of bytes: up to its LF, or all of them; returns how many
// bytes it stands for. Long runs of one letter are written as \{N:x}.
size_t text_escape(const uint8_t *bytes, size_t size, struct writer *out);

#endif
