// SPDX-License-Identifier: ISC
//
// Within value: how each kind reads one text, and what it says of a wrong one.

#ifndef POLICY_VALUE_KIND_H
#define POLICY_VALUE_KIND_H

#include "policy/network.h"
#include "policy/value.h"

// One value being read: the setting, where it goes, and room for what is
// wrong with it.
struct reading {
	struct reader *reader;
	const struct setting *setting;
	enum setting_scope scope;
	void *to;
	char wrong[400];
};

// False, with reading->wrong set.
bool value_wrong(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// False, with reading->wrong set, if text is empty or holds a control
// character.
bool value_is_clean(struct reading *reading, const char *text);

// False, with reading->wrong set, if text is a link-local address without its
// interface.
bool value_has_scope(
    struct reading *reading, const struct address *address, const char *text);

// One text, or the word for a number or a flag, to reading->to.
typedef bool value_read_one(struct reading *reading, const char *text);

value_read_one value_flag, value_count, value_bits, value_duration, value_size,
    value_choice, value_text, value_path, value_address, value_endpoint,
    value_reply;

// Where a list is being made: one item, to items[index].
typedef bool value_read_item(
    struct reading *reading, void *items, size_t index, const char *text);

value_read_item value_text_item, value_path_item, value_fingerprint_item,
    value_pattern_item, value_endpoint_item, value_network_item,
    value_receiver_item;

#endif
