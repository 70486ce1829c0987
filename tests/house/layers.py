# SPDX-License-Identifier: ISC
"""Who may include whom. A folder stands on what is listed for it, and on
what that stands on; nothing else, in either direction."""

import re

from source import Violation

# For each folder: the folders (or single headers) that it may include, and
# the system headers beyond libc that it may see.
LAYERS = {
    "policy": ([], ["openssl/", "libconfig.h"]),
    "proxy/base": ([], []),
    "proxy/smtp": (["base"], []),
    "proxy/watch": (["base"], []),
    "proxy/tls": (["base", "policy"], ["openssl/"]),
    "proxy/net": (["base", "smtp/line.h", "tls", "watch", "policy/network.h"],
                  ["uv.h", "unbound.h"]),
    "proxy/session": (["base", "smtp", "watch", "tls", "net", "policy"], []),
    "proxy/host": (["base", "smtp", "watch", "tls", "net", "session",
                    "policy"],
                   ["uv.h", "systemd/", "seccomp.h", "sys/capability.h",
                    "microhttpd.h", "linux/"]),
    "proxy/tool": (["base", "smtp", "watch", "tls", "net", "session", "host",
                    "policy"], ["uv.h"]),
    "proxy": (["base", "watch", "host", "tool", "policy"], []),
}

# Headers of libraries; every other <header> is taken for libc's.
LIBRARIES = ("openssl/", "libconfig.h", "uv.h", "unbound.h", "systemd/",
             "seccomp.h", "sys/capability.h", "microhttpd.h", "linux/")

# The sequencer and its parsers are pure: no sockets, no time, no system.
IMPURE = ("base/clock.h", "time.h", "unistd.h", "fcntl.h", "poll.h",
          "netdb.h", "signal.h", "threads.h", "pthread.h", "sys/", "netinet/",
          "arpa/")

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def layer_of(path):
    """The row of LAYERS that a file stands in."""
    top, *rest = path.split("/")[:-1]
    layer = f"{top}/{rest[0]}" if top == "proxy" and rest else top
    return layer if layer in LAYERS else None


def covers(allowed, header):
    return any(header == entry or header.startswith(entry.rstrip("/") + "/")
               for entry in allowed)


def own_name(tree, header):
    """Where "header" is, or None."""
    for path in (f"proxy/{header}", header):
        if tree.has(path):
            return path
    return None


def check_own(tree, layer, header):
    if header == "config.h":
        return None
    if "/" not in header:
        return f'"{header}" is written without its folder'
    path = own_name(tree, header)
    if path is None:
        return f'"{header}" is neither under proxy/ nor under the top'
    if layer_of(path) == layer or covers(LAYERS[layer][0], header):
        return None
    return f'{layer}/ must not include "{header}"'


def check_system(layer, header):
    if covers(LIBRARIES, header) and not covers(LAYERS[layer][1], header):
        return f"{layer}/ must not see <{header}>"
    return None


def check(tree):
    """Each include goes to the own folder or to one that it may stand on."""
    for source in tree.select(".c", ".h", ".def", under=("policy", "proxy")):
        layer = layer_of(source.path)
        if layer is None:
            yield Violation(source.path, 1, "stands in no layer")
            continue
        for number, line in enumerate(source.code_lines(), 1):
            match = INCLUDE.match(line)
            if match is None:
                continue
            own, system = match.groups()
            text = check_own(tree, layer, own) if own else \
                check_system(layer, system)
            if text is None and layer == "proxy/smtp" and \
                    covers(IMPURE, own or system):
                text = f"proxy/smtp/ is pure, and {own or system} is not"
            if text is not None:
                yield Violation(source.path, number, text)
