// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/resolve.h"

#include "base/bytes.h"
#include "net/dial_error.h"
#include "net/loop.h"
#include "net/sockaddr.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct resolve {
	uv_getaddrinfo_t uv;
	struct loop *loop;
	struct loop_task literal; // an address: told before the loop sleeps
	void (*done)(void *owner, const struct resolved *);
	void *owner; // cancelled: done is NULL
	struct sockaddr_storage address;
	uint16_t port;
};

static void
resolve_literal(void *owner)
{
	struct resolve *resolve = owner;
	struct resolved resolved = {.count = 1};

	resolved.address[0] = resolve->address;
	resolve->done(resolve->owner, &resolved);
	free(resolve);
}

static const struct addrinfo *
resolve_next(const struct addrinfo *info, int family)
{
	while (info != NULL && info->ai_family != family)
		info = info->ai_next;
	return info;
}

static int
resolve_other(int family)
{
	return family == AF_INET6 ? AF_INET : AF_INET6;
}

// One of each family in turn, each family in the system's order.
static void
resolve_interleave(const struct addrinfo *list, struct resolved *resolved)
{
	int family = list->ai_family;
	const struct addrinfo *next[2] = {resolve_next(list, family),
	    resolve_next(list, resolve_other(family))};

	for (size_t turn = 0; resolved->count < RESOLVE_MOST; turn++) {
		const struct addrinfo *info = next[turn % 2];
		if (info == NULL && next[(turn + 1) % 2] == NULL)
			break;
		if (info == NULL)
			continue;
		struct sockaddr_storage *address =
		    &resolved->address[resolved->count++];
		bytes_copy(
		    address, sizeof *address, info->ai_addr, info->ai_addrlen);
		sockaddr_unmap(address);
		next[turn % 2] = resolve_next(info->ai_next, info->ai_family);
	}
}

static void
resolve_done(uv_getaddrinfo_t *uv, int error, struct addrinfo *list)
{
	struct resolve *resolve = uv->data;
	struct resolved resolved = {.count = 0};

	if (resolve->done != NULL) {
		if (error != 0)
			resolved.error = dial_error_text(error);
		else if (list != NULL)
			resolve_interleave(list, &resolved);
		if (resolved.count == 0 && resolved.error == NULL)
			resolved.error = "it has no address";
		resolve->done(resolve->owner, &resolved);
	}
	uv_freeaddrinfo(list);
	loop_ended(resolve->loop);
	free(resolve);
}

static int
resolve_ask(struct resolve *resolve, struct loop *loop, const char *host)
{
	// No AI_ADDRCONFIG: it hides ::1 where IPv6 is on loopback alone.
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICSERV};
	char port[8];

	snprintf(port, sizeof port, "%u", (unsigned)resolve->port);
	resolve->uv.data = resolve;
	return uv_getaddrinfo(
	    loop_uv(loop), &resolve->uv, resolve_done, host, port, &hints);
}

struct resolve *
resolve_start(struct loop *loop, const char *host, uint16_t port,
    void (*done)(void *owner, const struct resolved *), void *owner)
{
	struct resolve *resolve = calloc(1, sizeof *resolve);

	if (resolve == NULL)
		return NULL;
	resolve->done = done;
	resolve->owner = owner;
	resolve->port = port;
	resolve->loop = loop;
	if (sockaddr_parse(host, port, &resolve->address)) {
		resolve->literal.run = resolve_literal;
		resolve->literal.owner = resolve;
		loop_soon(loop, &resolve->literal);
		return resolve;
	}
	if (resolve_ask(resolve, loop, host) != 0) {
		free(resolve);
		return NULL;
	}
	loop_began(loop);
	return resolve;
}

void
resolve_cancel(struct resolve **pointer)
{
	struct resolve *resolve = *pointer;

	*pointer = NULL;
	if (resolve == NULL)
		return;
	if (resolve->literal.run != NULL) {
		loop_forget(&resolve->literal);
		free(resolve);
		return;
	}
	// A thread may be at it: the memory is freed when that comes back.
	resolve->done = NULL;
	uv_cancel((uv_req_t *)&resolve->uv);
}
