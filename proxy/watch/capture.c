// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "watch/capture_parts.h"

#include "base/clock.h"
#include "base/contract.h"
#include "watch/pcapng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
write_head(struct capture *capture)
{
	struct writer out = writer_over(capture->head, sizeof capture->head);

	pcapng_section(&out, PACKAGE_STRING,
	    capture->options.secrets
		? "passwords, content and TLS secrets are in this file"
		: "masked: passwords, and content but for its first lines, are "
		  "shown as asterisks; there are no TLS secrets");
	pcapng_interface(&out, PCAPNG_UPPER_PDU, "sender plaintext",
	    "what the sender and sallyport said, without TLS");
	pcapng_interface(&out, PCAPNG_UPPER_PDU, "receiver plaintext",
	    "what sallyport and the receiver said, without TLS");
	pcapng_interface(&out, PCAPNG_RAW_IP, "sender wire",
	    "the sender's connection as the network saw it; TCP is made up");
	pcapng_interface(&out, PCAPNG_RAW_IP, "receiver wire",
	    "the receiver's connection as the network saw it; TCP is made up");
	pcapng_interface(
	    &out, PCAPNG_UPPER_PDU, "events", "what sallyport did and why");
	REQUIRE(!out.failed);
	capture->kind.head_size = out.size;
}

// A file of an earlier run goes on if it is a capture that ends behind a whole
// block: what a crash cut, no reader could pass.
static bool
continues(int file, char *error, size_t room)
{
	uint8_t start[4], end[4], length[4];
	struct stat status;

	if (fstat(file, &status) != 0 || status.st_size < 12 ||
	    pread(file, start, 4, 0) != 4 ||
	    memcmp(start, "\n\r\r\n", 4) != 0) {
		snprintf(error, room, "is no capture file");
		return false;
	}
	if (pread(file, end, 4, status.st_size - 4) == 4) {
		struct reader reader = reader_over(end, 4);
		off_t size = (off_t)reader_u32(&reader);

		if (size >= 12 && size <= status.st_size &&
		    pread(file, length, 4, status.st_size - size + 4) == 4 &&
		    memcmp(length, end, 4) == 0)
			return true;
	}
	snprintf(error, room,
	    "ends in the middle of a packet, or was written elsewhere");
	return false;
}

struct capture *
capture_new(const struct capture_options *options, char *error, size_t room)
{
	struct capture *capture = calloc(1, sizeof *capture);

	if (capture == NULL) {
		snprintf(error, room, "memory is out");
		return NULL;
	}
	capture->options = *options;
	capture->kind = (struct secret_file_kind){.name = "--pcap",
	    .continues = continues,
	    .head = capture->head,
	    .alone = true};
	write_head(capture);
	capture->file = secret_file_new(
	    &capture->kind, options->path, options->log, error, room);
	if (capture->file == NULL)
		capture_free(&capture);
	return capture;
}

void
capture_free(struct capture **capture)
{
	if (*capture == NULL)
		return;
	secret_file_free(&(*capture)->file);
	bytes_wipe(*capture, sizeof **capture);
	free(*capture);
	*capture = NULL;
}

bool
capture_reopen(struct capture *capture, char *error, size_t room)
{
	return secret_file_reopen(capture->file, error, room);
}

struct frame_way
capture_way(
    const struct capture_leg *leg, enum side side, enum tap_direction direction)
{
	bool ours = direction == TAP_TO_PEER;

	// We are the sender's server and the receiver's client.
	return (struct frame_way){
	    .from = ours ? leg->ours : leg->peer,
	    .to = ours ? leg->peer : leg->ours,
	    .to_server = ours == (side == RECEIVER),
	};
}

void
capture_packet(
    struct capture_session *session, const struct capture_packet *packet)
{
	struct capture *capture = session->capture;
	size_t most = PCAPNG_OVERHEAD + packet->head->size + packet->size +
		      strlen(packet->comment);
	uint8_t *room = secret_file_reserve(capture->file, most, false);
	struct writer out = writer_over(room, most);

	if (room == NULL) {
		capture->lost++;
		return;
	}
	pcapng_packet(&out, &(struct pcapng_packet){
				.interface = packet->interface,
				.time = clock_wall(),
				.outbound = packet->direction == TAP_TO_PEER,
				.lost = capture->lost,
				.head = packet->head->bytes,
				.head_size = packet->head->size,
				.bytes = packet->bytes,
				.size = packet->size,
				.comment = packet->comment,
			    });
	REQUIRE(!out.failed);
	capture->lost = 0;
	secret_file_commit(capture->file, out.size);
}

void
capture_secret(struct capture_session *session, const char *line)
{
	struct capture *capture = session->capture;
	char text[1024];
	int size = snprintf(text, sizeof text, "%s\n", line);
	size_t most = PCAPNG_OVERHEAD + sizeof text;
	uint8_t *room;

	if (capture == NULL || !capture->options.secrets || size <= 0 ||
	    (size_t)size >= sizeof text)
		return;
	room = secret_file_reserve(capture->file, most, true);
	if (room != NULL) {
		struct writer out = writer_over(room, most);

		pcapng_secrets(&out, text, (size_t)size);
		secret_file_commit(capture->file, out.size);
	}
	bytes_wipe(text, sizeof text);
}
