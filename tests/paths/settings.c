// SPDX-License-Identifier: ISC

#include "settings.h"

static const struct named_settings table[] = {
    {"plain to plain, pipelined", 2, false, {.rungs = 1}},
    {"offer to encrypt, forgetful", 1, false,
	{.sender_need = SENDER_MAY_TLS,
	    .receiver_need = RECEIVER_MUST_TLS,
	    .rungs = 2,
	    .early_starttls = true,
	    .tolerate_missing_handshake = true,
	    .forgetful_redial = true}},
    {"require to encrypt", 1, false,
	{.sender_need = SENDER_MUST_TLS,
	    .receiver_need = RECEIVER_MUST_TLS,
	    .rungs = 1,
	    .try_unoffered = true}},
    {"offer to may, forgetful", 1, false,
	{.sender_need = SENDER_MAY_TLS,
	    .receiver_need = RECEIVER_MAY_TLS,
	    .rungs = 2,
	    .fallback_plain = true,
	    .early_starttls = true,
	    .auth_without_tls = true,
	    .forgetful_redial = true}},
    {"plain to may, stripped", 1, false,
	{.receiver_need = RECEIVER_MAY_TLS,
	    .rungs = 1,
	    .defer_stripped = true}},
    {"may without fallback, unoffered", 1, false,
	{.receiver_need = RECEIVER_MAY_TLS, .rungs = 1, .try_unoffered = true}},
    {"implicit TLS on both", 1, false,
	{.sender_implicit = true,
	    .sender_need = SENDER_MUST_TLS,
	    .receiver_implicit = true,
	    .receiver_need = RECEIVER_MUST_TLS,
	    .rungs = 2}},
    {"strict", 1, false,
	{.sender_need = SENDER_MAY_TLS,
	    .receiver_need = RECEIVER_MUST_TLS,
	    .rungs = 1,
	    .reject_bare_newline = true,
	    .reject_early_pipelining = true}},
    {"limits, shutdown", 1, true,
	{.receiver_need = RECEIVER_NO_TLS,
	    .rungs = 1,
	    .error_limit = 2,
	    .command_limit = 2,
	    .recipient_limit = 1}},
    {"asking policy", 1, false,
	{.sender_need = SENDER_MAY_TLS,
	    .receiver_need = RECEIVER_NO_TLS,
	    .rungs = 1,
	    .ask_at_hello = true,
	    .ask_when_secured = true,
	    .ask_at_mail = true,
	    .ask_at_rcpt = true}},
    {"asking policy, implicit TLS", 1, false,
	{.sender_implicit = true,
	    .sender_need = SENDER_MUST_TLS,
	    .receiver_need = RECEIVER_MUST_TLS,
	    .rungs = 1,
	    .ask_when_secured = true}},
};

unsigned
settings_count(void)
{
	return sizeof(table) / sizeof(table[0]);
}

const struct named_settings *
settings_at(unsigned index)
{
	return &table[index];
}
