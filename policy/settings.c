// SPDX-License-Identifier: ISC

#include "policy/settings.h"

#include "policy/table.h"

const char *
protocol_word(enum protocol protocol)
{
	return choice_word(SETTING_PROTOCOL, (int)protocol);
}

const char *
level_word(enum level level)
{
	return choice_word(SETTING_LEVEL, (int)level);
}

unsigned
protocol_bit(unsigned protocol)
{
	if (protocol == 0)
		return 1;
	if (protocol < PROTOCOL_SSL3 || protocol > PROTOCOL_TLS1_3)
		return 0;
	return 2u << (protocol - PROTOCOL_SSL3);
}
