// SPDX-License-Identifier: ISC
//
// The cursors: the input is a program for a reader over the rest of itself,
// and what is read is written again. A reader never goes outside its bytes
// and never recovers from a failure.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"

#include <stdbool.h>

static void
copy_step(struct reader *from, struct writer *to, unsigned step)
{
	switch (step % 5) {
	case 0:
		writer_u8(to, reader_u8(from));
		break;
	case 1:
		writer_u16(to, reader_u16(from));
		break;
	case 2:
		writer_u24(to, reader_u24(from));
		break;
	case 3: {
		size_t size = step / 5;
		const uint8_t *bytes = reader_bytes(from, size);

		if (bytes != NULL)
			writer_bytes(to, bytes, size);
		break;
	}
	default: {
		unsigned length_bytes = step / 5 % 3 + 1;
		struct reader vector = reader_vector(from, length_bytes);

		if (vector.failed)
			break;
		size_t position = writer_open(to, length_bytes);
		writer_bytes(to, vector.at, vector.left);
		writer_close(to, position, length_bytes);
	}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t memory[1024];
	struct reader program = reader_over(data, size < 16 ? size : 16);
	struct reader from = reader_over(data, size);
	struct writer to = writer_over(memory, sizeof memory);

	while (!reader_done(&program) && !to.failed) {
		bool failed = from.failed;
		size_t left = from.left;

		copy_step(&from, &to, reader_u8(&program));
		REQUIRE(from.left <= left && left <= size);
		REQUIRE(!failed || (from.failed && from.left == left));
		if (from.failed || to.failed)
			break;
		// What was read whole is written the same.
		REQUIRE(to.size == size - from.left);
		for (size_t i = 0; i < to.size; i++)
			REQUIRE(memory[i] == data[i]);
	}
	return 0;
}
