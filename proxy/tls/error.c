// SPDX-License-Identifier: ISC

#include "tls/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

void
tls_error_set(struct tls_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
}

void
tls_error_set_library(struct tls_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	// The last error is the one nearest to what was asked for.
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);
	size_t size = strlen(error->text);

	if (reason != NULL)
		snprintf(error->text + size, sizeof error->text - size, ": %s",
		    reason);
	ERR_clear_error();
}
