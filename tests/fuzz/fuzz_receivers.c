// SPDX-License-Identifier: ISC
//
// What is kept of receivers, read from a file that may hold anything: what
// was understood is written so that it is understood again, and fits.

#include "base/contract.h"
#include "harness.h"
#include "net/receivers.h"

#include <stdlib.h>
#include <string.h>

static size_t
written(struct receivers *receivers, uint8_t *text)
{
	struct writer out = writer_over(text, RECEIVERS_TEXT_MOST);

	receivers_write(receivers, &out);
	REQUIRE(!out.failed);
	return out.size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[RECEIVERS_TEXT_MOST], second[RECEIVERS_TEXT_MOST];
	struct receivers *one = receivers_new(), *other = receivers_new();
	size_t first_size, wrong;

	REQUIRE(one != NULL && other != NULL);
	receivers_read(one, reader_over(data, size), &wrong);
	first_size = written(one, first);
	REQUIRE(receivers_read(other, reader_over(first, first_size), &wrong));
	REQUIRE(wrong == 0);
	REQUIRE(written(other, second) == first_size);
	REQUIRE(memcmp(first, second, first_size) == 0);
	receivers_free(&one);
	receivers_free(&other);
	return 0;
}
