// SPDX-License-Identifier: ISC
//
// In the place of dnssec.c where there is no libunbound: policy admits no
// level that would ask.

#include "net/dnssec.h"

#include "base/bytes.h"

struct dnssec *
dnssec_new(struct loop *loop, const char *config, char *error, size_t room)
{
	(void)loop;
	(void)config;
	bytes_copy_text(
	    error, room, "this sallyport was built without libunbound");
	return NULL;
}

void
dnssec_free(struct dnssec **dnssec)
{
	*dnssec = NULL;
}

struct dnssec_query *
dnssec_ask(struct dnssec *dnssec, const char *name, enum dnssec_type type,
    void (*answered)(void *owner, const struct dnssec_answer *answer),
    void *owner)
{
	(void)dnssec;
	(void)name;
	(void)type;
	(void)answered;
	(void)owner;
	return NULL;
}

void
dnssec_cancel(struct dnssec_query **query)
{
	*query = NULL;
}
