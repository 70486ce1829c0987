// SPDX-License-Identifier: ISC

#include "base/contract.h"

#include <stdio.h>
#include <stdlib.h>

void
contract_broken(const char *condition, const char *file, int line)
{
	fprintf(stderr, "sallyport: bug: %s does not hold at %s:%d\n",
	    condition, file, line);
	abort();
}
