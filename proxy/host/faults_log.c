// SPDX-License-Identifier: ISC

#include "host/faults_log.h"

#include "watch/log.h"

void
faults_log(const struct faults *faults, const struct log *log)
{
	size_t all = faults->errors + faults->overdue + faults->warnings;

	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->items[i];
		enum severity severity = fault->severity == FAULT_ERROR
					     ? SEVERITY_ERROR
					     : SEVERITY_WARNING;

		if (fault->line > 0)
			log_event(log, severity, NULL, "%s:%u: %s", fault->file,
			    fault->line, fault->text);
		else
			log_event(log, severity, NULL, "%s: %s", fault->file,
			    fault->text);
	}
	if (all > faults->count)
		log_event(log,
		    faults->errors > 0 ? SEVERITY_ERROR : SEVERITY_WARNING,
		    NULL, "and %zu more", all - faults->count);
}

void
faults_tell(const struct faults *faults)
{
	const struct log log = log_initial();

	if (log.to_journald)
		faults_log(faults, &log);
	else
		faults_print(faults, stderr);
}
