// SPDX-License-Identifier: ISC
//
// The headers of a SYN: any bytes. What is found lies in them, behind an
// option's kind and size.

#include "base/contract.h"
#include "harness.h"
#include "net/syn.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t stamp;
	bool there = false;

	if (!syn_read(data, size, &stamp))
		return 0;
	for (size_t i = 0; i + 6 <= size && !there; i++)
		there =
		    data[i] == 8 && data[i + 1] == 10 &&
		    ((uint32_t)data[i + 2] << 24 | (uint32_t)data[i + 3] << 16 |
			(uint32_t)data[i + 4] << 8 | data[i + 5]) == stamp;
	REQUIRE(there);
	return 0;
}
