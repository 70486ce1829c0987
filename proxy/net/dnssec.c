// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "net/dnssec.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "base/descriptor.h"
#include "net/dnssec_answer.h"
#include "net/loop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unbound.h>
#include <unistd.h>
#include <uv.h>

enum { CLASS_IN = 1 };

struct dnssec {
	struct ub_ctx *context;
	uv_poll_t *poll; // of what the thread tells; freed by the loop
	size_t waiting;  // queries
	bool answering;
};

struct dnssec_query {
	struct dnssec *dnssec;
	int id;
	void (*answered)(void *owner, const struct dnssec_answer *answer);
	void *owner;
};

// --- The context ---

// What a setting of the file says may be several, one a line.
static bool
dnssec_has(struct ub_ctx *context, const char *option)
{
	char *value = NULL;
	bool has = ub_ctx_get_option(context, option, &value) == 0 &&
		   value != NULL && value[0] != '\0';

	free(value);
	return has;
}

static bool
dnssec_has_anchor(struct ub_ctx *context)
{
	return dnssec_has(context, "trust-anchor") ||
	       dnssec_has(context, "trust-anchor-file") ||
	       dnssec_has(context, "auto-trust-anchor-file") ||
	       dnssec_has(context, "trusted-keys-file");
}

// 0, or libunbound's number of what is wrong.
static int
dnssec_configure(struct ub_ctx *context, const char *config)
{
	int error = config != NULL ? ub_ctx_config(context, config)
				   : ub_ctx_resolvconf(context, NULL);

	// No file switches off what the answers are asked for.
	if (error == 0)
		error = ub_ctx_set_option(
		    context, "module-config:", "validator iterator");
	if (error == 0)
		error =
		    ub_ctx_set_option(context, "val-permissive-mode:", "no");
	if (error == 0 && !dnssec_has_anchor(context))
		error = ub_ctx_add_ta_file(context, TRUST_ANCHOR);
	if (error == 0)
		error = ub_ctx_async(context, 1);
	// Taking away what is not there makes it read its files now.
	if (error == 0)
		error = ub_ctx_data_remove(context, "nothing.invalid.");
	return error;
}

// What is written to standard error meanwhile: libunbound tells of the syntax
// of its file there alone, wherever else it complains.
struct overheard {
	int stderr_kept; // -1: none of it is heard
	int ends[2];
	char text[2048];
};

static void
overhear(struct overheard *heard)
{
	*heard = (struct overheard){.stderr_kept = -1};
	// What does not fit is lost, and nobody waits.
	if (pipe2(heard->ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	heard->stderr_kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (heard->stderr_kept >= 0)
		(void)dup2(heard->ends[1], STDERR_FILENO);
}

static void
overheard_end(struct overheard *heard)
{
	if (heard->stderr_kept < 0)
		return;
	(void)dup2(heard->stderr_kept, STDERR_FILENO);
	(void)descriptor_read(
	    heard->ends[0], heard->text, sizeof heard->text - 1);
	close(heard->stderr_kept);
	close(heard->ends[0]);
	close(heard->ends[1]);
}

// Of "FILE:LINE: error: WHAT" on the first line the line and what it is, and
// the file where that is another than config, which names it. False: it has no
// such form.
static bool
dnssec_complain_of_syntax(
    char *said, const char *config, char *error, size_t room)
{
	static const char mark[] = ": error: ";
	size_t size = config != NULL ? strlen(config) : 0;
	char *what;

	said[strcspn(said, "\n")] = '\0';
	what = strstr(said, mark);
	if (what == NULL)
		return false;
	*what = '\0';
	what += sizeof mark - 1;
	if (size > 0 && strncmp(said, config, size) == 0 && said[size] == ':')
		snprintf(error, room, "line %s: %s", said + size + 1, what);
	else
		snprintf(error, room, "%s: %s", said, what);
	return true;
}

// The first thing that libunbound complained of, without its prefix
// "[time] libunbound[process:thread] error: ".
static void
dnssec_complain(char *said, int number, char *error, size_t room)
{
	static const char mark[] = "] error: ";
	char *first = said != NULL ? strstr(said, mark) : NULL;

	if (first == NULL) {
		snprintf(error, room, "%s", ub_strerror(number));
		return;
	}
	first += sizeof mark - 1;
	first[strcspn(first, "\n")] = '\0';
	snprintf(error, room, "%s", first);
}

// What is no file, a pipe say, would be waited for.
static bool
is_no_file(const char *path)
{
	struct stat status;

	return path != NULL && stat(path, &status) == 0 &&
	       !S_ISREG(status.st_mode);
}

static struct ub_ctx *
dnssec_context(const char *config, char *error, size_t room)
{
	struct ub_ctx *context;
	struct overheard heard = {.text = ""};
	char *said = NULL;
	size_t size = 0;
	FILE *memory;
	int number = UB_NOMEM;

	if (is_no_file(config)) {
		snprintf(error, room, "is no file");
		return NULL;
	}
	context = ub_ctx_create();
	memory = open_memstream(&said, &size);
	if (context != NULL && memory != NULL) {
		ub_ctx_debugout(context, memory);
		overhear(&heard);
		number = dnssec_configure(context, config);
		overheard_end(&heard);
		fflush(memory);
		// What it would say later has no place in our log.
		ub_ctx_debugout(context, NULL);
	}
	if (number != 0) {
		if (!dnssec_complain_of_syntax(heard.text, config, error, room))
			dnssec_complain(said, number, error, room);
		ub_ctx_delete(context);
		context = NULL;
	}
	if (memory != NULL)
		fclose(memory);
	free(said);
	return context;
}

static void
dnssec_readable(uv_poll_t *poll, int status, int events)
{
	struct dnssec *dnssec = poll->data;

	(void)status;
	(void)events;
	dnssec->answering = true;
	ub_process(dnssec->context);
	dnssec->answering = false;
}

// The loop is kept alive by what is waited for alone.
static void
dnssec_wait(struct dnssec *dnssec)
{
	if (dnssec->waiting > 0)
		uv_poll_start(dnssec->poll, UV_READABLE, dnssec_readable);
	else
		uv_poll_stop(dnssec->poll);
}

static void
dnssec_closed(uv_handle_t *handle)
{
	free(handle);
}

static bool
dnssec_watch(struct dnssec *dnssec, struct loop *loop)
{
	dnssec->poll = calloc(1, sizeof *dnssec->poll);
	if (dnssec->poll == NULL)
		return false;
	dnssec->poll->data = dnssec;
	if (uv_poll_init(loop_uv(loop), dnssec->poll, ub_fd(dnssec->context)) ==
	    0)
		return true;
	free(dnssec->poll);
	dnssec->poll = NULL;
	return false;
}

struct dnssec *
dnssec_new(struct loop *loop, const char *config, char *error, size_t room)
{
	struct dnssec *dnssec = calloc(1, sizeof *dnssec);

	if (dnssec == NULL) {
		snprintf(error, room, "memory is out");
		return NULL;
	}
	dnssec->context = dnssec_context(config, error, room);
	if (dnssec->context == NULL) {
		dnssec_free(&dnssec);
		return NULL;
	}
	if (!dnssec_watch(dnssec, loop)) {
		snprintf(error, room, "memory or descriptors are out");
		dnssec_free(&dnssec);
	}
	return dnssec;
}

void
dnssec_free(struct dnssec **pointer)
{
	struct dnssec *dnssec = *pointer;

	*pointer = NULL;
	if (dnssec == NULL)
		return;
	REQUIRE(dnssec->waiting == 0);
	REQUIRE(!dnssec->answering);
	if (dnssec->poll != NULL)
		uv_close((uv_handle_t *)dnssec->poll, dnssec_closed);
	ub_ctx_delete(dnssec->context);
	free(dnssec);
}

// --- A query ---

static void
dnssec_answered(void *data, int error, struct ub_result *result)
{
	struct dnssec_query *query = data;
	struct dnssec_answer answer;
	struct dnssec_room room;

	dnssec_answer_of(&answer, &room, error, result);
	query->dnssec->waiting--;
	dnssec_wait(query->dnssec);
	query->answered(query->owner, &answer);
	ub_resolve_free(result);
	free(query);
}

struct dnssec_query *
dnssec_ask(struct dnssec *dnssec, const char *name, enum dnssec_type type,
    void (*answered)(void *owner, const struct dnssec_answer *answer),
    void *owner)
{
	struct dnssec_query *query = calloc(1, sizeof *query);

	if (query == NULL)
		return NULL;
	query->dnssec = dnssec;
	query->answered = answered;
	query->owner = owner;
	if (ub_resolve_async(dnssec->context, name, (int)type, CLASS_IN, query,
		dnssec_answered, &query->id) != 0) {
		free(query);
		return NULL;
	}
	dnssec->waiting++;
	dnssec_wait(dnssec);
	return query;
}

void
dnssec_cancel(struct dnssec_query **pointer)
{
	struct dnssec_query *query = *pointer;

	*pointer = NULL;
	if (query == NULL)
		return;
	ub_cancel(query->dnssec->context, query->id);
	query->dnssec->waiting--;
	dnssec_wait(query->dnssec);
	free(query);
}
