// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/check_parts.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct passwd *
check_user(const struct check *check)
{
	const char *name = check->all->process.values.user;

	return name != NULL ? getpwnam(name) : NULL;
}

bool
check_may(const struct passwd *user, const struct stat *status, mode_t wanted)
{
	mode_t mode = status->st_mode;

	if (status->st_uid == user->pw_uid)
		return (mode >> 6 & wanted) == wanted;
	if (status->st_gid == user->pw_gid)
		return (mode >> 3 & wanted) == wanted;
	return ((mode | mode >> 3) & wanted) == wanted;
}

// Whether there is one, and status is filled in.
static bool
check_directory(struct check *check, struct origin at, const char *setting,
    const char *path, struct stat *status)
{
	if (stat(path, status) != 0)
		ERROR(at, "%s: %s: %s", setting, path, strerror(errno));
	else if (!S_ISDIR(status->st_mode))
		ERROR(at, "%s: %s is not a directory", setting, path);
	else
		return true;
	return false;
}

// At a start root could write there; at a reload, and while it runs, the user
// must.
static void
check_keeping(struct check *check, const char *path)
{
	struct origin at = check->all->process.origins[TOP_AT_state_directory];
	const char *name = check->all->process.values.user;
	const struct passwd *user = check_user(check);
	bool other = user != NULL && user->pw_uid != geteuid();
	struct stat status;

	if (!check_directory(check, at, "state-directory", path, &status))
		return;
	if ((!other || geteuid() == 0) && access(path, W_OK | X_OK) != 0)
		ERROR(at, "state-directory: %s cannot be written to: %s%s",
		    path, strerror(errno),
		    errno == EACCES ? "; chown it to the user that sallyport "
				      "runs as"
				    : "");
	else if (other && !check_may(user, &status, S_IWOTH | S_IXOTH))
		ERROR(at,
		    "state-directory: %s cannot be written to by %s, the user "
		    "that writes there; chown %s %s",
		    path, name, name, path);
	else if (user != NULL && status.st_uid != user->pw_uid)
		WARNING(at,
		    "state-directory: %s does not belong to %s, the user that "
		    "writes there; chown %s %s",
		    path, name, name, path);
}

static void
check_log(struct check *check, const struct log_layer *log)
{
	const char *path = log->values.file;
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	char directory[4096];
	struct stat status;

	if (log->values.destination != LOG_DESTINATION_FILE || slash == NULL)
		return;
	snprintf(directory, sizeof directory, "%.*s",
	    slash > path ? (int)(slash - path) : 1, path);
	check_directory(
	    check, log->origins[LOG_AT_file], "log.file", directory, &status);
}

// As 4a5b6c7d.0, the only names that OpenSSL looks for in a folder.
static bool
is_hashed(const char *name)
{
	size_t hash = strspn(name, "0123456789abcdef");

	return hash == 8 && name[hash] == '.' && name[hash + 1] != '\0' &&
	       name[hash + 1 + strspn(name + hash + 1, "0123456789")] == '\0';
}

static bool
holds_hashed(DIR *folder)
{
	const struct dirent *entry;

	while ((entry = readdir(folder)) != NULL)
		if (is_hashed(entry->d_name))
			return true;
	return false;
}

static void
check_trust_store(struct check *check, struct origin at, const char *path)
{
	struct stat status;
	DIR *folder = NULL;

	if (access(path, R_OK) != 0 || stat(path, &status) != 0 ||
	    (S_ISDIR(status.st_mode) && (folder = opendir(path)) == NULL))
		ERROR(at, "trust-store: %s: %s", path, strerror(errno));
	else if (folder != NULL && !holds_hashed(folder))
		ERROR(at,
		    "trust-store: %s holds no authority under the name that "
		    "it is looked for by, as 4a5b6c7d.0; run openssl rehash "
		    "%s, or name a file of authorities",
		    path, path);
	if (folder != NULL)
		closedir(folder);
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
		check_keeping(check, is->state_directory);
	if (is->trust_store != NULL)
		check_trust_store(
		    check, at[TOP_AT_trust_store], is->trust_store);
	if (is->resolver != NULL && access(is->resolver, R_OK) != 0)
		ERROR(at[TOP_AT_resolver], "resolver: %s: %s", is->resolver,
		    strerror(errno));
	check_log(check, &check->all->log);
}
