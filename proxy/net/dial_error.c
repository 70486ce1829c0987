// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/dial_error.h"

#include <stddef.h>
#include <uv.h>

const char *
dial_error_text(int error)
{
	static const struct {
		int error;
		const char *text;
	} rows[] = {
#define DIAL_ERROR(error, text) {error, text},
#include "net/dial_error.def"
#undef DIAL_ERROR
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].error == error)
			return rows[i].text;
	return uv_strerror(error);
}
