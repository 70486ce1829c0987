// SPDX-License-Identifier: ISC

#include "base/reason.h"

#include "base/contract.h"

static const struct {
	const char *name;
	enum reason_whose whose;
	const char *sentence, *advice;
} reasons[REASON_COUNT] = {
#define REASON(id, name, whose, ...)                                           \
	[REASON_##id] = {name, REASON_BY_##whose, __VA_ARGS__},
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

const char *
reason_advice(enum reason reason)
{
	REQUIRE(reason < REASON_COUNT);
	return reasons[reason].advice;
}

enum reason_whose
reason_whose(enum reason reason)
{
	REQUIRE(reason < REASON_COUNT);
	return reasons[reason].whose;
}
