// SPDX-License-Identifier: ISC
//
// Whether the argument of a hello, MAIL or RCPT looks like one (RFC 5321
// 4.1.2), for traces alone: what does not may be a password out of step, or a
// second line glued on with a bare CR. Nothing is refused by it.

#ifndef SMTP_FORM_H
#define SMTP_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How many bytes at the front of a hello's argument may be a name: all up to a
// control character, as devices have names of several words in any encoding.
size_t form_name_size(const uint8_t *argument, size_t size);

// prefix is "FROM:" or "TO:". A path behind it, in angle brackets or as one
// word, and parameters: a keyword with a value, or one that stands alone by
// its definition. Of what a path or a value says nothing is judged.
bool form_is_path(const uint8_t *argument, size_t size, const char *prefix);

#endif
