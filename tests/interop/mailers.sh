#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Fetches the mail servers that cannot be installed beside Postfix:
#
#	tests/interop/mailers.sh [DIRECTORY]
#
# Exim and OpenSMTPD are unpacked to DIRECTORY/exim and DIRECTORY/opensmtpd
# (peers in the current one), with the libraries that they need and are not
# there. Nothing is installed, and nobody needs to be root. What cannot be had
# is said; the tests skip it.

set -u
directory=${1:-peers}

say() {
	printf '%s\n' "mailers: $*"
}

# Libraries that installing the package would bring along.
libraries() {
	LC_ALL=C apt-get install --simulate --no-install-recommends "$1" \
		2>/dev/null | sed -n 's/^Inst \(lib[^ ]*\) .*/\1/p'
}

# fetch NAME PACKAGE...
fetch() {
	name=$1
	shift
	work=$(mktemp -d) || return 1
	(
		cd "$work" || exit 1
		mkdir tree
		# shellcheck disable=SC2046 # a list of words
		apt-get -q -o APT::Sandbox::User=root download \
			"$@" $(libraries "$1") >/dev/null 2>&1 || exit 1
		for package in *.deb; do
			dpkg -x "$package" tree || exit 1
		done
		# Nobody shall become root by a copy that lies about.
		chmod -R u-s,g-s tree
	) && rm -rf "${directory:?}/$name" && mkdir -p "$directory" &&
		mv "$work/tree" "$directory/$name"
	result=$?
	rm -rf "$work"
	return $result
}

# peer NAME PROGRAM PACKAGE...
peer() {
	name=$1
	program=$directory/$name/$2
	shift 2
	if test -x "$program"; then
		say "$program is there"
	elif command -v apt-get >/dev/null && fetch "$name" "$@"; then
		say "$program was fetched"
	else
		say "$name cannot be had"
	fi
}

# Exim looks its user up, who is told by libnss-wrapper.
peer exim usr/sbin/exim4 exim4-daemon-light libnss-wrapper
peer opensmtpd usr/sbin/smtpd opensmtpd
