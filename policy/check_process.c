// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/check_parts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check_directory(struct check *check, struct origin at, const char *setting,
    const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		ERROR(at, "%s: %s: %s", setting, path, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		ERROR(at, "%s: %s is not a directory", setting, path);
}

// At a start root could write there; at a reload, and while it runs, the user
// must.
static void
check_keeping(struct check *check)
{
	const struct process_settings *is = &check->all->process.values;
	const struct passwd *user =
	    is->user != NULL ? getpwnam(is->user) : NULL;
	struct stat status;

	if (user == NULL || is->state_directory == NULL ||
	    stat(is->state_directory, &status) != 0 ||
	    status.st_uid == user->pw_uid)
		return;
	WARNING(check->all->process.origins[TOP_AT_state_directory],
	    "state-directory: %s does not belong to %s, the user that writes "
	    "there; chown %s %s",
	    is->state_directory, is->user, is->user, is->state_directory);
}

static void
check_log(struct check *check, const struct log_layer *log)
{
	const char *path = log->values.file;
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	char directory[4096];

	if (log->values.destination != LOG_DESTINATION_FILE || slash == NULL)
		return;
	snprintf(directory, sizeof directory, "%.*s",
	    slash > path ? (int)(slash - path) : 1, path);
	check_directory(
	    check, log->origins[LOG_AT_file], "log.file", directory);
}

void
check_process(struct check *check)
{
	const struct process_settings *is = &check->all->process.values;
	const struct origin *at = check->all->process.origins;

	if (is->user != NULL && getpwnam(is->user) == NULL)
		ERROR(at[TOP_AT_user], "user: there is no user %s", is->user);
	if (is->group != NULL && getgrnam(is->group) == NULL)
		ERROR(
		    at[TOP_AT_group], "group: there is no group %s", is->group);
	if (is->state_directory != NULL)
		check_directory(check, at[TOP_AT_state_directory],
		    "state-directory", is->state_directory);
	check_keeping(check);
	if (is->trust_store != NULL && access(is->trust_store, R_OK) != 0)
		ERROR(at[TOP_AT_trust_store], "trust-store: %s: %s",
		    is->trust_store, strerror(errno));
	if (is->resolver != NULL && access(is->resolver, R_OK) != 0)
		ERROR(at[TOP_AT_resolver], "resolver: %s: %s", is->resolver,
		    strerror(errno));
	check_log(check, &check->all->log);
}
