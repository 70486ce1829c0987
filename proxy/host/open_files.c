// SPDX-License-Identifier: ISC

#include "host/open_files.h"

#include <inttypes.h>
#include <sys/resource.h>

// A session is two sockets. The rest is what the process has without any: its
// listeners, log, captures, the loop's and the resolver's; and what receivers
// that are dialled at several addresses at once take for a moment.
enum { OF_SESSION = 2, OF_PROCESS = 64 };

static rlim_t
needed(const struct policy *policy)
{
	rlim_t all =
	    OF_PROCESS + (rlim_t)policy_limits(policy)->sessions * OF_SESSION;

	for (size_t i = 0; i < policy_listener_count(policy); i++)
		all += policy_listener(policy, i)->address_count;
	return all;
}

void
open_files_allow(const struct policy *policy, struct faults *faults)
{
	rlim_t wanted = needed(policy);
	struct rlimit limit, raised;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	raised = limit;
	raised.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		limit = raised;
	if (limit.rlim_cur < wanted)
		faults_add(faults, FAULT_WARNING,
		    policy_limits_at(policy, "sessions"),
		    "limits.sessions: %" PRIu64 " sessions need %" PRIu64
		    " open files, and this process may have %" PRIu64
		    "; raise LimitNOFILE of the service (ulimit -Hn), or "
		    "write fewer",
		    (uint64_t)policy_limits(policy)->sessions, (uint64_t)wanted,
		    (uint64_t)limit.rlim_cur);
}
