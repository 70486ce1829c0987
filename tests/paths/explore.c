// SPDX-License-Identifier: ISC
//
// Walks every path of the sequencer; see the README of this folder.

#include "alphabet.h"
#include "base/contract.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_BITS = 23, ROWS_MOST = 128 };

// What was seen, as an open-addressed set; where each came from, for reports.
struct seen {
	struct world *worlds;
	uint32_t *from;
	uint16_t *by;
	uint32_t *slots; // 1 + index of a world; 0: free
	uint32_t count, room;
};

struct walk {
	struct seen seen;
	unsigned plant; // 0, or the invariant that is broken on purpose
	bool quiet;     // says nothing of what it finds
	uint64_t transitions;
	bool used[STATE_COUNT][EVENT_COUNT];
	bool edge[STATE_COUNT][STATE_COUNT][2];
};

static uint64_t
hash_of(const struct world *world)
{
	const uint8_t *bytes = (const uint8_t *)world;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < sizeof(*world); i++)
		hash = (hash ^ bytes[i]) * 1099511628211u;
	return hash ^ hash >> 29;
}

static void
seen_init(struct seen *seen)
{
	seen->room = 1u << 16;
	seen->count = 0;
	seen->worlds = calloc(seen->room, sizeof(*seen->worlds));
	seen->from = calloc(seen->room, sizeof(*seen->from));
	seen->by = calloc(seen->room, sizeof(*seen->by));
	seen->slots = calloc((size_t)1 << TABLE_BITS, sizeof(*seen->slots));
	REQUIRE(seen->worlds && seen->from && seen->by && seen->slots);
}

static void
seen_free(struct seen *seen)
{
	free(seen->worlds);
	free(seen->from);
	free(seen->by);
	free(seen->slots);
}

static void
seen_grow(struct seen *seen)
{
	seen->room *= 2;
	seen->worlds =
	    realloc(seen->worlds, seen->room * sizeof(*seen->worlds));
	seen->from = realloc(seen->from, seen->room * sizeof(*seen->from));
	seen->by = realloc(seen->by, seen->room * sizeof(*seen->by));
	REQUIRE(seen->worlds && seen->from && seen->by);
}

static void
seen_add(
    struct seen *seen, const struct world *world, uint32_t from, unsigned by)
{
	uint32_t mask = (1u << TABLE_BITS) - 1;
	uint32_t slot = (uint32_t)hash_of(world) & mask;

	for (; seen->slots[slot] != 0; slot = (slot + 1) & mask)
		if (memcmp(&seen->worlds[seen->slots[slot] - 1], world,
			sizeof(*world)) == 0)
			return;
	if (seen->count == seen->room)
		seen_grow(seen);
	REQUIRE(seen->count < mask / 2);
	memcpy(&seen->worlds[seen->count], world, sizeof(*world));
	seen->from[seen->count] = from;
	seen->by[seen->count] = (uint16_t)by;
	seen->slots[slot] = ++seen->count;
}

// Counters without a limit grow for ever and decide nothing.
static void
forget_counters(struct sequencer *sequencer)
{
	const struct sequencer_settings *settings = sequencer->settings;

	if (settings->error_limit == 0)
		sequencer->errors = 0;
	if (settings->command_limit == 0)
		sequencer->commands = 0;
	if (settings->recipient_limit == 0)
		sequencer->recipients = 0;
}

static void
add(struct actions *actions, struct action action)
{
	if (actions->count < ACTIONS_MOST)
		actions->list[actions->count++] = action;
}

// A sequencer with one fault, to see that the fault is found.
static void
plant(unsigned invariant, const struct world *world,
    const struct letter *letter, struct actions *actions)
{
	enum state receiver = world->sequencer.state[RECEIVER];
	const struct event *event = &letter->event;

	if (invariant == 1 && event->kind == EVENT_REPLY &&
	    receiver == STATE_R_HANDSHAKE && world->owed_count > 0)
		add(actions, (struct action){.kind = ACTION_FORWARD,
				 .side = RECEIVER,
				 .value = EXPECT_MAIL});
	for (size_t i = 0; i < actions->count; i++) {
		struct action *action = &actions->list[i];

		if (invariant == 2 && action->kind == ACTION_ANSWER &&
		    action->own == OWN_END_UNKNOWN)
			action->own = OWN_OK;
		if (invariant == 3 && action->kind == ACTION_RELAY &&
		    event->kind == EVENT_REPLY && event->reply->code == 450 &&
		    world->banner_told) {
			add(actions, *action);
			return;
		}
		if (invariant == 5 && action->kind == ACTION_TIMER)
			action->value = TIMER_NONE;
	}
	if (invariant == 4 && event->behind > 0 && event->side == RECEIVER &&
	    event->kind == EVENT_REPLY && event->reply->code == 220) {
		actions->count = 0;
		add(actions,
		    (struct action){.kind = ACTION_SECURE, .side = RECEIVER});
	}
	if (invariant == 6 && world->touched && event->kind == EVENT_REPLY)
		add(actions,
		    (struct action){.kind = ACTION_CONNECT, .side = RECEIVER});
}

static void
report_path(const struct seen *seen, uint32_t index)
{
	if (index == 0)
		return;
	report_path(seen, seen->from[index]);
	printf("    %s%s", alphabet_name(seen->by[index]),
	    strchr(alphabet_name(seen->by[index]), '\n') ? "" : "\n");
	printf("        %s, %s\n",
	    state_name(seen->worlds[index].sequencer.state[SENDER]),
	    state_name(seen->worlds[index].sequencer.state[RECEIVER]));
}

static void
report(const struct walk *walk, const struct named_settings *settings,
    uint32_t index, unsigned letter, struct verdict_on_step verdict)
{
	printf("# I%u broken: %s\n# under \"%s\", after\n", verdict.invariant,
	    verdict.what, settings->name);
	report_path(&walk->seen, index);
	printf("  upon %s\n", alphabet_name(letter));
}

// The answers that policy can give.
static const struct verdict answers[] = {
    {.refusal = OWN_REFUSED},
    {.refuse = true, .refusal = OWN_REFUSED},
    {.refuse = true, .close = true, .refusal = OWN_REFUSED},
    {.too_weak = true, .refusal = OWN_REFUSED},
};

static bool
asks(const struct actions *actions)
{
	return actions->count > 0 && actions->list[0].kind == ACTION_ASK;
}

// One event in one world, and the verdict that it may need. The invariant
// that broke, or 0.
static unsigned
take_step(struct walk *walk, const struct named_settings *settings,
    uint32_t index, unsigned number, const struct verdict *answer)
{
	struct world world;
	struct letter letter;
	struct actions actions;

	memcpy(&world, &walk->seen.worlds[index], sizeof(world));
	if (!alphabet_letter(number, &world, &letter))
		return 0;
	enum side side = letter.event.side;
	enum state before[2] = {
	    world.sequencer.state[SENDER], world.sequencer.state[RECEIVER]};

	walk->used[before[side]][letter.event.kind] = true;
	walk->transitions++;
	letter.event.verdict = answer;
	sequencer_step(&world.sequencer, &letter.event, &actions);
	if (answer == NULL && asks(&actions)) {
		unsigned broken = 0;

		// Last, a rule for this hello.
		for (size_t i = 0; i < 5 && broken == 0; i++) {
			struct verdict given = answers[i % 4];

			given.settings =
			    i < 4 ? &settings->settings : settings->by_hello;
			if (given.settings == NULL)
				break;
			broken =
			    take_step(walk, settings, index, number, &given);
		}
		return broken;
	}
	if (walk->plant != 0)
		plant(walk->plant, &world, &letter, &actions);
	struct verdict_on_step verdict = world_judge(
	    &world, &letter.event, number, before[RECEIVER], &actions);

	if (verdict.what != NULL) {
		if (!walk->quiet)
			report(walk, settings, index, number, verdict);
		return verdict.invariant;
	}
	for (side = SENDER; side <= RECEIVER; side++)
		walk->edge[before[side]][world.sequencer.state[side]][side] =
		    true;
	forget_counters(&world.sequencer);
	if (!world.finished)
		seen_add(&walk->seen, &world, index, number);
	return 0;
}

static unsigned
walk_settings(struct walk *walk, const struct named_settings *settings)
{
	struct world world;
	unsigned broken = 0;
	uint64_t before = walk->transitions;

	seen_init(&walk->seen);
	world_init(&world, &settings->settings);
	world.depth = (uint8_t)settings->depth;
	world.stops = settings->stop;
	seen_add(&walk->seen, &world, 0, 0);
	for (uint32_t at = 0; at < walk->seen.count && broken == 0; at++)
		for (unsigned i = 0; i < alphabet_size() && broken == 0; i++)
			broken = take_step(walk, settings, at, i, NULL);
	if (!walk->quiet)
		printf("# %s: %u states, %llu transitions\n", settings->name,
		    walk->seen.count,
		    (unsigned long long)(walk->transitions - before));
	seen_free(&walk->seen);
	return broken;
}

static unsigned
unused_rows(const struct walk *walk)
{
	static const struct {
		enum state state;
		enum event_kind event;
		const char *text;
	} rows[] = {
#define ON(state, event, handler)                                              \
	{STATE_##state, EVENT_##event, #state " " #event},
#include "smtp/transition.def"
#undef ON
	};
	unsigned unused = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (walk->used[rows[i].state][rows[i].event])
			continue;
		printf("# never used: ON(%s)\n", rows[i].text);
		unused++;
	}
	return unused;
}

static void
print_graph(const struct walk *walk)
{
	printf("digraph sequencer {\n");
	for (unsigned from = 0; from < STATE_COUNT; from++)
		for (unsigned to = 0; to < STATE_COUNT; to++)
			if (from != to && (walk->edge[from][to][SENDER] ||
					      walk->edge[from][to][RECEIVER]))
				printf("\t%s -> %s;\n", state_name(from),
				    state_name(to));
	printf("}\n");
}

static void
tell_case(unsigned number, bool good, const char *what, const char *which)
{
	printf("%sok %u - %s%s\n", good ? "" : "not ", number, what, which);
}

// A checker that finds nothing proves nothing: each invariant, broken on
// purpose, must be found broken.
static bool
finds_planted(unsigned invariant)
{
	static struct walk walk;

	walk = (struct walk){.plant = invariant, .quiet = true};
	for (unsigned i = 0; i < settings_count(); i++) {
		unsigned broken = walk_settings(&walk, settings_at(i));

		if (broken != 0)
			return broken == invariant;
	}
	return false;
}

static int
explore(struct walk *walk)
{
	static const char *const names[] = {
	    "", "I1", "I2", "I3", "I4", "I5", "I6"};
	unsigned count = settings_count(), failed = 0, number = 0;

	printf("1..%u\n", count + 1 + 6);
	for (unsigned i = 0; i < count; i++) {
		bool good = walk_settings(walk, settings_at(i)) == 0;

		failed += !good;
		tell_case(++number, good, "every path: ", settings_at(i)->name);
	}
	bool all = unused_rows(walk) == 0;
	failed += !all;
	printf("# %llu transitions in all\n",
	    (unsigned long long)walk->transitions);
	tell_case(++number, all, "every row of transition.def was used", "");
	for (unsigned i = 1; i <= 6; i++) {
		bool found = finds_planted(i);

		failed += !found;
		tell_case(
		    ++number, found, "finds a planted violation of ", names[i]);
	}
	return failed == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static struct walk walk;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1)
		return explore(&walk);
	if (argc != 2 || strcmp(argv[1], "-g") != 0) {
		fprintf(stderr, "usage: explore [-g]\n");
		return 64;
	}
	walk.quiet = true;
	for (unsigned i = 0; i < settings_count(); i++)
		walk_settings(&walk, settings_at(i));
	print_graph(&walk);
	return 0;
}
