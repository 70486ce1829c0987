// SPDX-License-Identifier: ISC

#include "watch/hexdump.h"

#include "base/contract.h"

#include <inttypes.h>
#include <stdio.h>

void
hexdump_line(struct writer *out, uint64_t offset, const uint8_t *bytes,
    size_t size, size_t row)
{
	static const char digits[] = "0123456789abcdef";
	char text[24];

	REQUIRE(size <= row && row <= HEXDUMP_WIDE);
	snprintf(text, sizeof text, "%08" PRIx64 " ", offset);
	writer_text(out, text);
	for (size_t i = 0; i < row; i++) {
		writer_text(out, i == 8 ? "  " : " ");
		if (i < size) {
			writer_u8(out, (uint8_t)digits[bytes[i] >> 4]);
			writer_u8(out, (uint8_t)digits[bytes[i] & 15]);
		} else {
			writer_text(out, "  ");
		}
	}
	writer_text(out, "  |");
	for (size_t i = 0; i < size; i++)
		writer_u8(
		    out, bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
	writer_text(out, "|\n");
}
