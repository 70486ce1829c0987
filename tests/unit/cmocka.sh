#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs a test program. cmocka before 1.1.6 says "not ok" of what it skips,
# which TAP takes for a failure.

exec 4>&1
status=$({
	{ "$@" 3>&- 4>&-; echo $? >&3; } |
		sed 's/^not ok \([0-9][0-9]* # SKIP\)/ok \1/' >&4
} 3>&1)
exit "$status"
