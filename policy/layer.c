// SPDX-License-Identifier: ISC

#include "policy/layer.h"

#define LAY(field, at)                                                         \
	if (above->origins[at].file != NULL) {                                 \
		to->values.field = above->values.field;                        \
		to->origins[at] = above->origins[at];                          \
	}

void
sender_lay(struct sender_layer *to, const struct sender_layer *above)
{
#define SENDER(kind, field, ...) LAY(field, SENDER_AT_##field)
#include "policy/settings.def"
}

void
receiver_lay(struct receiver_layer *to, const struct receiver_layer *above)
{
#define RECEIVER(kind, field, ...) LAY(field, RECEIVER_AT_##field)
#include "policy/settings.def"
}
