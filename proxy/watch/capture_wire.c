// SPDX-License-Identifier: ISC
//
// A TCP connection as it may have been: its beginning, its bytes in segments,
// its end. Sequence numbers are those of the bytes; acknowledgements come
// with what the other end says next, or alone where it says nothing for long.

#include "watch/capture_parts.h"

#include "base/clock.h"
#include "base/contract.h"

#include <stdio.h>

enum { ACKNOWLEDGE_AFTER = 1 << 20 };

static enum tap_direction
other(enum tap_direction direction)
{
	return direction == TAP_FROM_PEER ? TAP_TO_PEER : TAP_FROM_PEER;
}

static void
segment(struct capture_session *session, enum side side, uint8_t flags,
    const struct capture_packet *packet)
{
	struct capture_leg *leg = &session->legs[side];
	enum tap_direction sends = packet->direction;
	struct frame_way way = capture_way(leg, side, sends);
	bool first = (flags & (FRAME_SYN | FRAME_ACK)) == FRAME_SYN;
	uint8_t bytes[FRAME_HEAD];
	struct writer head = writer_over(bytes, sizeof bytes);
	struct capture_packet dressed = *packet;

	frame_tcp(&head, &way,
	    &(struct frame_segment){
		.sequence = leg->next[sends],
		.acknowledged = first ? 0 : leg->next[other(sends)],
		.flags = flags,
		.payload = packet->bytes,
		.size = packet->size,
	    });
	leg->next[sends] += (uint32_t)packet->size;
	if ((flags & (FRAME_SYN | FRAME_FIN)) != 0)
		leg->next[sends]++;
	leg->unacknowledged[sends] += (uint32_t)packet->size;
	leg->unacknowledged[other(sends)] = 0;
	dressed.interface = INTERFACE_WIRE + (unsigned)side;
	dressed.head = &head;
	capture_packet(session, &dressed);
}

static void
bare(struct capture_session *session, enum side side,
    enum tap_direction direction, uint8_t flags)
{
	char comment[64];

	snprintf(comment, sizeof comment, "session %s, %s", session->id,
	    side_name(side));
	segment(session, side, flags,
	    &(struct capture_packet){
		.direction = direction, .comment = comment});
}

void
capture_connected(struct capture_session *session, enum side side,
    const struct sockaddr *ours, const struct sockaddr *peer)
{
	struct capture_leg *leg = &session->legs[side];
	enum tap_direction opener =
	    side == SENDER ? TAP_FROM_PEER : TAP_TO_PEER;
	uint32_t start = (uint32_t)(clock_wall() / 4); // RFC 9293 3.4.1

	if (session->capture == NULL)
		return;
	// Wireshark tells a port that is used again by another start.
	*leg = (struct capture_leg){
	    .ours = frame_end_of(ours),
	    .peer = frame_end_of(peer),
	    .known = true,
	    .open = true,
	    .next = {start, start ^ 0x5a5a5a5a},
	};
	bare(session, side, opener, FRAME_SYN);
	bare(session, side, other(opener), FRAME_SYN | FRAME_ACK);
	bare(session, side, opener, FRAME_ACK);
}

void
capture_wire(struct capture_session *session, enum side side,
    const struct capture_packet *packet)
{
	struct capture_leg *leg = &session->legs[side];
	enum tap_direction sends = packet->direction;

	if (!leg->open || leg->ended[sends])
		return;
	segment(session, side, FRAME_PSH | FRAME_ACK, packet);
	if (leg->unacknowledged[sends] >= ACKNOWLEDGE_AFTER)
		bare(session, side, other(sends), FRAME_ACK);
}

void
capture_ended(struct capture_session *session, enum side side,
    enum tap_direction direction, bool reset)
{
	struct capture_leg *leg = &session->legs[side];

	if (session->capture == NULL || !leg->open || leg->ended[direction])
		return;
	leg->ended[direction] = true;
	if (reset) {
		bare(session, side, direction, FRAME_RST | FRAME_ACK);
		leg->open = false;
		return;
	}
	bare(session, side, direction, FRAME_FIN | FRAME_ACK);
	bare(session, side, other(direction), FRAME_ACK);
	leg->open = !leg->ended[other(direction)];
}
