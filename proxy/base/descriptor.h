// SPDX-License-Identifier: ISC
//
// Whole reads and writes: over short ones, and over signals that interrupt
// them.

#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <stddef.h>

// Each returns how many bytes were read or written; where those are fewer
// than size, errno says why. Of a reading errno is 0 where there are no more:
// the file ends there, or the other end was closed.
size_t descriptor_read(int descriptor, void *bytes, size_t size);
size_t descriptor_write(int descriptor, const void *bytes, size_t size);

#endif
