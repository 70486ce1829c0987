// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "host/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP
#include <sys/capability.h>
#endif
#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#endif

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define DEBUGGABLE 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define DEBUGGABLE 1
#endif

// Returns 0 or a negative error number.
static int
forbid(const char *const *names, size_t count)
{
#ifdef HAVE_LIBSECCOMP
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int status = filter != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; status == 0 && i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

#ifdef DEBUGGABLE
		if (strcmp(names[i], "ptrace") == 0)
			continue;
#endif
		if (number != __NR_SCMP_ERROR)
			status = seccomp_rule_add(
			    filter, SCMP_ACT_ERRNO(EPERM), number, 0);
	}
	if (status == 0) // threads that a library has started already, too
		status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (status == 0)
		status = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	return status;
#else
	(void)names;
	(void)count;
	return 0;
#endif
}

static void
close_up(void)
{
	const struct rlimit none = {0, 0};

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
#ifndef DEBUGGABLE // the leak checker debugs its own process
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void
sandbox_begin(void)
{
	static const char *const rings[] = {"io_uring_setup"};

	close_up();
	// What a ring is asked passes by the filter, and a libuv that made one
	// before the filter came does not survive that it is taken away (1.46
	// and later). Without a ring it does with epoll. Where this fails, so
	// does sandbox_filter, and says why.
	(void)forbid(rings, 1);
}

// Two of the three that follow would succeed for an ordinary user who asks
// for what he is: nothing to drop is no fault.
static bool
is_already(const struct passwd *entry, gid_t group)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	return getresuid(&real, &effective, &saved) == 0 &&
	       getresgid(&real_group, &effective_group, &saved_group) == 0 &&
	       real == entry->pw_uid && effective == real && saved == real &&
	       real_group == group && effective_group == group &&
	       saved_group == group;
}

#ifdef HAVE_LIBCAP

// Adds one right to those that are kept, if this process has it.
static bool
keep_one(cap_t kept, cap_t had, cap_value_t right)
{
	cap_flag_value_t has = CAP_CLEAR;

	if (cap_get_flag(had, right, CAP_PERMITTED, &has) != 0 ||
	    has != CAP_SET)
		return false;
	return cap_set_flag(kept, CAP_PERMITTED, 1, &right, CAP_SET) == 0 &&
	       cap_set_flag(kept, CAP_EFFECTIVE, 1, &right, CAP_SET) == 0;
}

// CAP_NET_RAW is the lesser of the two that give foreign addresses and marks;
// the other, which could change the firewall, is kept only where it is all
// there is.
static void
keep_these(cap_t kept, cap_t had, const struct sandbox_rights *rights)
{
	if (rights->low_ports)
		(void)keep_one(kept, had, CAP_NET_BIND_SERVICE);
	if (rights->foreign_addresses && !keep_one(kept, had, CAP_NET_RAW))
		(void)keep_one(kept, had, CAP_NET_ADMIN);
}

// Nor shall they come back with another program: out of the bounding set, as
// far as this process may change it (a unit of systemd did so before), and of
// the ambient set.
static void
forget_others(cap_t kept, cap_t had)
{
	const cap_value_t changes_sets = CAP_SETPCAP;
	cap_flag_value_t has = CAP_CLEAR;

	(void)cap_reset_ambient();
	(void)cap_get_flag(had, changes_sets, CAP_PERMITTED, &has);
	if (has != CAP_SET)
		return;
	(void)cap_set_flag(had, CAP_EFFECTIVE, 1, &changes_sets, CAP_SET);
	(void)cap_set_proc(had);
	for (cap_value_t right = 0; cap_get_bound(right) >= 0; right++) {
		cap_flag_value_t keeps = CAP_CLEAR;

		if (cap_get_flag(kept, right, CAP_PERMITTED, &keeps) != 0 ||
		    keeps != CAP_SET)
			(void)cap_drop_bound(right);
	}
}

#endif

static bool
keep_rights(const struct sandbox_rights *rights, char *error, size_t room)
{
#ifdef HAVE_LIBCAP
	cap_t had = cap_get_proc();
	cap_t kept = cap_init();
	bool good = had != NULL && kept != NULL;

	if (good) {
		keep_these(kept, had, rights);
		forget_others(kept, had);
		good = cap_set_proc(kept) == 0;
	}
	if (!good)
		snprintf(error, room,
		    "cannot give up the rights that are not needed: %s",
		    strerror(errno));
	cap_free(kept);
	cap_free(had);
	return good;
#else
	(void)rights;
	(void)error;
	(void)room;
	return true;
#endif
}

static bool
become(const struct passwd *entry, gid_t group,
    const struct sandbox_rights *rights, char *error, size_t room)
{
#ifdef HAVE_LIBCAP
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
#endif
	if (initgroups(entry->pw_name, group) != 0 ||
	    setresgid(group, group, group) != 0 ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0) {
		snprintf(error, room, "cannot become user %s: %s",
		    entry->pw_name, strerror(errno));
		return false;
	}
	if (!keep_rights(rights, error, room))
		return false;
	// The kernel makes a process debuggable again when its user changes.
	close_up();
	// Dropping that does not last is none.
	if (entry->pw_uid != 0 && setuid(0) == 0) {
		snprintf(error, room, "user %s could become root again",
		    entry->pw_name);
		return false;
	}
	return true;
}

bool
sandbox_drop(const char *user, const char *group,
    const struct sandbox_rights *rights, char *error, size_t room)
{
	const struct passwd *entry;
	gid_t gid;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (user == NULL && group == NULL)
		return keep_rights(rights, error, room);
	entry = user != NULL ? getpwnam(user) : getpwuid(geteuid());
	if (entry == NULL) {
		snprintf(error, room,
		    "there is no user %s; make one (systemd-sysusers, "
		    "useradd) or leave user out",
		    user != NULL ? user : "with this process's id");
		return false;
	}
	gid = entry->pw_gid;
	if (group != NULL) {
		const struct group *group_entry = getgrnam(group);

		if (group_entry == NULL) {
			snprintf(error, room, "there is no group %s", group);
			return false;
		}
		gid = group_entry->gr_gid;
	}
	if (is_already(entry, gid))
		return keep_rights(rights, error, room);
	if (geteuid() != 0) {
		snprintf(error, room,
		    "only root can become user %s; start sallyport as root "
		    "or as that user",
		    entry->pw_name);
		return false;
	}
	return become(entry, gid, rights, error, room);
}

bool
sandbox_filter(char *error, size_t room)
{
	static const char *const names[] = {
#define FORBID(name) #name,
#include "host/forbidden.def"
#undef FORBID
	};
	int status = forbid(names, sizeof names / sizeof names[0]);

	if (status != 0)
		snprintf(error, room, "cannot load the system call filter: %s",
		    strerror(-status));
	return status == 0;
}

const char *
sandbox_features(void)
{
	return
#ifdef HAVE_LIBSECCOMP
	    "libseccomp "
#endif
#ifdef HAVE_LIBCAP
	    "libcap "
#endif
#ifdef HAVE_LIBSYSTEMD
	    "libsystemd "
#endif
#ifdef HAVE_LIBUNBOUND
	    "libunbound "
#endif
	    "";
}
