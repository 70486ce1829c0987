// SPDX-License-Identifier: ISC
//
// Bounds-checked cursors over bytes that somebody else owns. A reader or
// writer that once ran over stays failed: read a whole structure, then ask
// once. Integers are big-endian, as TLS and PROXY headers have them.

#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads from bytes that it does not own; they must outlive it.
struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

struct reader reader_over(const void *bytes, size_t size);

// Each returns 0 (or NULL) and fails the reader when too little is left.
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u24(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
// The next size bytes, as they lie in the reader's memory.
const uint8_t *reader_bytes(struct reader *reader, size_t size);
// A vector with a length of 1, 2 or 3 bytes before it, as a reader of its
// own; failed and empty when the reader fails.
struct reader reader_vector(struct reader *reader, unsigned length_bytes);
// Whole: nothing failed and nothing is left over.
bool reader_done(const struct reader *reader);

// Writes into memory that it does not own.
struct writer {
	uint8_t *bytes;
	size_t room;
	size_t size;
	bool failed;
};

struct writer writer_over(void *bytes, size_t room);

// Each fails the writer, and writes nothing, when there is no room.
void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u24(struct writer *writer, uint32_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_bytes(struct writer *writer, const void *bytes, size_t size);
// Text without its NUL.
void writer_text(struct writer *writer, const char *text);
// Opens a vector with a length of length_bytes (1, 2 or 3); the returned
// position goes to writer_close, which fills the length in.
size_t writer_open(struct writer *writer, unsigned length_bytes);
void writer_close(
    struct writer *writer, size_t position, unsigned length_bytes);

// Copies size bytes; size above room is a bug of the caller.
void bytes_copy(void *to, size_t room, const void *from, size_t size);
// Copies text and its NUL, cut at room; returns false when it was cut.
bool bytes_copy_text(char *to, size_t room, const char *from);
// Overwrites, and is not optimised away: for credentials and keys.
void bytes_wipe(void *bytes, size_t size);
// ASCII letters alike in either case; never the locale's idea of a letter.
bool bytes_equal_text(const uint8_t *bytes, size_t size, const char *text);
uint8_t bytes_upper(uint8_t byte);

#endif
