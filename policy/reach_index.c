// SPDX-License-Identifier: ISC

#include "policy/reach_index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// What is filed together by accident costs a comparison, no more: keys are not
// kept beside their hash.
enum { OF_ALL, OF_NETWORK, OF_TEXT, OF_HEAD, OF_TAIL };

// All that is filed under one key.
struct slot {
	uint64_t key; // 0: free
	size_t alike; // rules that could be filed here
	size_t first; // entry, counted from 1; 0: none
};

struct entry {
	size_t number, next;
};

struct filed {
	struct network network;
	size_t number;
};

// What is filed by networks of one row, in order, to find those in a network.
struct shelf {
	size_t row;
	struct network_list networks;
	size_t *numbers;
};

struct reach_index {
	const struct reach *reaches;
	size_t count;
	struct slot *slots;
	size_t slot_mask;
	struct entry *entries;
	size_t entry_count;
	struct shelf shelves[2];
	size_t *seen; // of each, who asked last, counted from 1
	size_t *found;
	size_t found_count;
	size_t asking;
};

// FNV-1a.
static uint64_t
key_with(uint64_t so_far, unsigned char byte)
{
	return (so_far ^ byte) * 1099511628211u;
}

static uint64_t
key_new(unsigned what, size_t row)
{
	return key_with(key_with(14695981039346656037u, (unsigned char)what),
	    (unsigned char)row);
}

static uint64_t
key_letter(uint64_t so_far, char letter)
{
	return key_with(so_far, (unsigned char)tolower((unsigned char)letter));
}

static uint64_t
key_of_network(size_t row, const struct network *network)
{
	uint64_t all = key_new(OF_NETWORK, row);

	all = key_with(all, (unsigned char)network->address.kind);
	all = key_with(all, (unsigned char)network->prefix);
	for (size_t i = 0; i * 8 < network->prefix; i++)
		all = key_with(all, network->address.bytes[i]);
	return all;
}

static uint64_t
key_of_text(unsigned what, size_t row, const char *text, size_t size)
{
	uint64_t all = key_new(what, row);

	for (size_t i = 0; i < size; i++)
		all = key_letter(all, text[what == OF_TAIL ? size - 1 - i : i]);
	return all;
}

static uint64_t
key_of_pattern(size_t row, const char *pattern)
{
	const char *star = strrchr(pattern, '*');
	size_t head = strcspn(pattern, "*");

	if (star == NULL)
		return key_of_text(OF_TEXT, row, pattern, head);
	if (head > strlen(star + 1))
		return key_of_text(OF_HEAD, row, pattern, head);
	return key_of_text(OF_TAIL, row, star + 1, strlen(star + 1));
}

// By how many keys a reach is filed, if by the condition of this row.
static size_t
keys_of(const struct reach *reach, size_t row)
{
	if (!reach_has(reach, row))
		return 0;
	if (reach_networks(reach, row) != NULL)
		return reach_networks(reach, row)->count;
	return reach_texts(reach, row) != NULL ? reach_texts(reach, row)->count
					       : 0;
}

static uint64_t
key_at(const struct reach *reach, size_t row, size_t at)
{
	const struct network_list *networks = reach_networks(reach, row);

	return networks != NULL
		   ? key_of_network(row, &networks->items[at])
		   : key_of_pattern(row, reach_texts(reach, row)->items[at]);
}

static struct slot *
slot_of(const struct reach_index *index, uint64_t key)
{
	size_t at = (key |= 1) >> 1 & index->slot_mask;

	while (index->slots[at].key != 0 && index->slots[at].key != key)
		at = (at + 1) & index->slot_mask;
	return &index->slots[at];
}

static struct slot *
slot_take(struct reach_index *index, uint64_t key)
{
	struct slot *slot = slot_of(index, key);

	slot->key = key | 1;
	return slot;
}

static void
file(struct reach_index *index, uint64_t key, size_t number)
{
	struct slot *slot = slot_take(index, key);

	index->entries[index->entry_count++] =
	    (struct entry){number, slot->first};
	slot->first = index->entry_count;
}

// The row whose keys the fewest have alike; RULE_ROWS: there is none.
static size_t
row_to_file_by(const struct reach_index *index, const struct reach *reach)
{
	size_t best = RULE_ROWS, fewest = SIZE_MAX;

	for (size_t row = 0; row < RULE_ROWS; row++) {
		size_t count = keys_of(reach, row), most = 0;

		for (size_t i = 0; i < count; i++) {
			size_t alike =
			    slot_of(index, key_at(reach, row, i))->alike;

			most = alike > most ? alike : most;
		}
		if (count > 0 && most < fewest) {
			best = row;
			fewest = most;
		}
	}
	return best;
}

static void
count_alike(struct reach_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		for (size_t row = 0; row < RULE_ROWS; row++)
			for (size_t j = keys_of(&index->reaches[i], row); j > 0;
			     j--)
				slot_take(index,
				    key_at(&index->reaches[i], row, j - 1))
				    ->alike++;
}

static int
compare_filed(const void *one, const void *other)
{
	return networks_compare(&((const struct filed *)one)->network,
	    &((const struct filed *)other)->network);
}

static void
fill_shelf(struct reach_index *index, struct arena *arena, struct shelf *shelf,
    const size_t *filed_by)
{
	struct network *networks;
	struct filed *all;
	size_t count = 0, at = 0;

	for (size_t i = 0; i < index->count; i++)
		if (filed_by[i] == shelf->row)
			count += keys_of(&index->reaches[i], shelf->row);
	all = arena_take(arena, count, sizeof *all);
	networks = arena_take(arena, count, sizeof *networks);
	shelf->numbers = arena_take(arena, count, sizeof *shelf->numbers);
	if (count == 0 || arena->failed)
		return;
	for (size_t i = 0; i < index->count; i++) {
		const struct network_list *list =
		    reach_networks(&index->reaches[i], shelf->row);

		for (size_t j = 0; filed_by[i] == shelf->row && j < list->count;
		     j++)
			all[at++] = (struct filed){list->items[j], i};
	}
	qsort(all, count, sizeof *all, compare_filed);
	for (size_t i = 0; i < count; i++) {
		networks[i] = all[i].network;
		shelf->numbers[i] = all[i].number;
	}
	shelf->networks = (struct network_list){networks, count};
}

static void
file_all(struct reach_index *index, struct arena *arena, size_t *filed_by)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct reach *reach = &index->reaches[i];
		size_t row = row_to_file_by(index, reach);

		filed_by[i] = row;
		if (row == RULE_ROWS)
			file(index, key_new(OF_ALL, row), i);
		else
			for (size_t j = keys_of(reach, row); j > 0; j--)
				file(index, key_at(reach, row, j - 1), i);
	}
	for (size_t i = 0; i < 2; i++)
		fill_shelf(index, arena, &index->shelves[i], filed_by);
}

struct reach_index *
reach_index_new(struct arena *arena, const struct reach *reaches, size_t count)
{
	struct reach_index *index = arena_take(arena, 1, sizeof *index);
	size_t keys = 1, slots = 4, *filed_by;

	if (index == NULL || count == 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		for (size_t row = 0; row < RULE_ROWS; row++)
			keys += keys_of(&reaches[i], row);
	while (slots < 2 * (keys + count))
		slots *= 2;
	index->reaches = reaches;
	index->count = count;
	index->slot_mask = slots - 1;
	index->slots = arena_take(arena, slots, sizeof *index->slots);
	index->entries =
	    arena_take(arena, keys + count, sizeof *index->entries);
	index->seen = arena_take(arena, count, sizeof *index->seen);
	index->found = arena_take(arena, count, sizeof *index->found);
	filed_by = arena_take(arena, count, sizeof *filed_by);
	index->shelves[0].row = RULE_AT_client;
	index->shelves[1].row = RULE_AT_destination;
	if (arena->failed)
		return NULL;
	count_alike(index);
	file_all(index, arena, filed_by);
	return arena->failed ? NULL : index;
}

static void
add(struct reach_index *index, size_t number)
{
	if (number >= index->asking || index->seen[number] == index->asking + 1)
		return;
	index->seen[number] = index->asking + 1;
	index->found[index->found_count++] = number;
}

static void
find_key(struct reach_index *index, uint64_t key)
{
	size_t at = slot_of(index, key)->first;

	for (; at != 0; at = index->entries[at - 1].next)
		add(index, index->entries[at - 1].number);
}

static void
find_network(struct reach_index *index, const struct shelf *shelf,
    const struct network *network)
{
	const struct network_list *filed = &shelf->networks;
	struct network around = *network;

	for (; around.prefix > 0; around.prefix--, network_trim(&around))
		find_key(index, key_of_network(shelf->row, &around));
	find_key(index, key_of_network(shelf->row, &around));
	for (size_t i = networks_first(filed, network);
	     i < filed->count && network_covers(network, &filed->items[i]); i++)
		add(index, shelf->numbers[i]);
}

static void
find_text(struct reach_index *index, size_t row, const char *text)
{
	uint64_t head = key_new(OF_HEAD, row), tail = key_new(OF_TAIL, row);
	size_t size = strlen(text);

	find_key(index, key_of_text(OF_TEXT, row, text, size));
	for (size_t i = 0; i <= size; i++) {
		find_key(index, head);
		find_key(index, tail);
		if (i == size)
			break;
		head = key_letter(head, text[i]);
		tail = key_letter(tail, text[size - 1 - i]);
	}
}

size_t
reach_index_find(struct reach_index *index, size_t number, const size_t **found)
{
	const struct reach *reach = &index->reaches[number];

	index->asking = number;
	index->found_count = 0;
	find_key(index, key_new(OF_ALL, RULE_ROWS));
	for (size_t i = 0; i < 2; i++) {
		const struct shelf *shelf = &index->shelves[i];
		const struct network_list *own =
		    reach_networks(reach, shelf->row);

		for (size_t j = 0; j < own->count; j++)
			find_network(index, shelf, &own->items[j]);
	}
	// Whoever covers it covers each of its texts: one is enough.
	for (size_t row = 0; row < RULE_ROWS; row++)
		if (reach_texts(reach, row) != NULL && keys_of(reach, row) > 0)
			find_text(
			    index, row, reach_texts(reach, row)->items[0]);
	*found = index->found;
	return index->found_count;
}
