// SPDX-License-Identifier: ISC

#include "policy/nearest.h"

#include <stddef.h>
#include <string.h>

enum { WORD_MOST = 63 };

struct nearest
nearest_to(const char *wrong)
{
	// A third of the letters may be wrong, at least one.
	size_t size = strlen(wrong);

	return (struct nearest){.wrong = wrong,
	    .distance = size < 6 ? 2 : (unsigned)(size / 3) + 1};
}

static unsigned char
plain(char letter)
{
	if (letter == '_')
		return '-';
	if (letter >= 'A' && letter <= 'Z')
		return (unsigned char)(letter - 'A' + 'a');
	return (unsigned char)letter;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

// How many letters must be put in, taken out or changed (Levenshtein), row by
// row; case and "_" for "-" cost nothing.
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[WORD_MOST + 1];
	size_t size = strlen(b);

	if (strlen(a) > WORD_MOST || size > WORD_MOST)
		return WORD_MOST;
	for (size_t i = 0; i <= size; i++)
		row[i] = (unsigned)i;
	for (size_t i = 0; a[i] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < size; j++) {
			unsigned above = row[j + 1];
			unsigned change = plain(a[i]) == plain(b[j]) ? 0 : 1;

			row[j + 1] =
			    least(above + 1, row[j] + 1, diagonal + change);
			diagonal = above;
		}
	}
	return row[size];
}

void
nearest_offer(struct nearest *nearest, const char *known)
{
	unsigned far = distance(nearest->wrong, known);

	if (far < nearest->distance) {
		nearest->distance = far;
		nearest->best = known;
	}
}
