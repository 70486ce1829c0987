// SPDX-License-Identifier: ISC
//
// Settings as text, in the notation that they are written in.

#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "policy/layer.h"

#include <stddef.h>
#include <stdio.h>

// "min-bits = 40"; "unset" for what has neither value nor default.
void print_setting(const struct layer *layer, size_t row, FILE *to);
// The value alone.
void print_value(const struct layer *layer, size_t row, FILE *to);
// "mail.example.com:25", with its quotes.
void print_receiver(const struct policy_receiver *receiver, FILE *to);
// "sallyport.conf:12", "command line" or "default".
void print_origin(struct origin at, FILE *to);

#endif
