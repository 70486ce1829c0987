// SPDX-License-Identifier: ISC
//
// What a fuzz harness defines: one function that takes any bytes whatever
// and comes back. libFuzzer calls it where configured (--enable-fuzz), and
// replay.c with the files of its corpus everywhere else.

#ifndef FUZZ_HARNESS_H
#define FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>

// Returns 0. What must hold for every input is checked with REQUIRE.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
