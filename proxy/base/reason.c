// SPDX-License-Identifier: ISC

#include "base/reason.h"

#include "base/contract.h"

static const struct {
	const char *name;
	enum reason_whose whose;
	const char *sentence;
} reasons[REASON_COUNT] = {
#define REASON(id, name, whose, sentence)                                      \
	[REASON_##id] = {name, REASON_BY_##whose, sentence},
#include "base/reason.def"
#undef REASON
};

const char *
reason_name(enum reason reason)
{
	REQUIRE(reason < REASON_COUNT);
	return reasons[reason].name;
}

const char *
reason_sentence(enum reason reason)
{
	REQUIRE(reason < REASON_COUNT);
	return reasons[reason].sentence;
}

enum reason_whose
reason_whose(enum reason reason)
{
	REQUIRE(reason < REASON_COUNT);
	return reasons[reason].whose;
}
