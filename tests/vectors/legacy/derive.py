#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes keys.txt: known answers for proxy/tls/legacy/keys.c.

Derived from RFC 6101 and RFC 2246 with nothing but Python's hashlib and hmac,
so that two independent readings of the RFCs have to agree. A line is
version, suite, premaster, client random, server random, master secret, then
MAC secret, key and IV of the client and of the server ("-": none).
"""

import hashlib
import hmac

# number: export, key material, final key, IV, MAC
SUITES = {
    0x0003: (True, 5, 16, 0, 16), 0x0006: (True, 5, 16, 8, 16),
    0x0008: (True, 5, 8, 8, 20), 0x0062: (True, 8, 8, 8, 20),
    0x0064: (True, 7, 16, 0, 20), 0x0009: (False, 8, 8, 8, 20),
    0x0004: (False, 16, 16, 0, 16), 0x0005: (False, 16, 16, 0, 20),
    0x000a: (False, 24, 24, 8, 20), 0x002f: (False, 16, 16, 16, 20),
    0x0035: (False, 32, 32, 16, 20),
}


def md5(*pieces):
    return hashlib.md5(b"".join(pieces)).digest()


def sha1(*pieces):
    return hashlib.sha1(b"".join(pieces)).digest()


def p_hash(name, secret, seed, size):
    out, a = b"", seed
    while len(out) < size:
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + seed, name).digest()
    return out[:size]


def prf(secret, label, seed, size):
    half = (len(secret) + 1) // 2
    left, right = secret[:half], secret[len(secret) - half:]
    a = p_hash("md5", left, label + seed, size)
    b = p_hash("sha1", right, label + seed, size)
    return bytes(x ^ y for x, y in zip(a, b))


def ssl3(secret, seed, size):
    out, letter = b"", 0
    while len(out) < size:
        label = bytes([65 + letter]) * (letter + 1)
        out += md5(secret, sha1(label, secret, seed))
        letter += 1
    return out[:size]


def derive(version, suite, premaster, client, server):
    export, material, final, iv, mac = SUITES[suite]
    size = 2 * (mac + material + iv)
    if version == 0x0300:
        master = ssl3(premaster, client + server, 48)
        block = ssl3(master, server + client, size)
    else:
        master = prf(premaster, b"master secret", client + server, 48)
        block = prf(master, b"key expansion", server + client, size)
    macs, keys, ivs = cut(block, mac), cut(block[2 * mac:], material), \
        cut(block[2 * (mac + material):], iv)
    if export and version == 0x0300:
        keys = (md5(keys[0], client, server)[:final],
                md5(keys[1], server, client)[:final])
        ivs = (md5(client, server)[:iv], md5(server, client)[:iv])
    elif export:
        seed = client + server
        keys = (prf(keys[0], b"client write key", seed, final),
                prf(keys[1], b"server write key", seed, final))
        ivs = cut(prf(b"", b"IV block", seed, 2 * iv), iv)
    return master, macs[0], keys[0], ivs[0], macs[1], keys[1], ivs[1]


def cut(block, size):
    return block[:size], block[size:2 * size]


def main():
    count = 0
    for version in (0x0300, 0x0301):
        for suite in SUITES:
            count += 1
            premaster = bytes((count * 7 + i) % 256 for i in range(48))
            client = sha1(b"client", bytes([count])) + md5(b"c")[:12]
            server = sha1(b"server", bytes([count])) + md5(b"s")[:12]
            out = (premaster, client, server) + \
                derive(version, suite, premaster, client, server)
            print(f"{version:04x} {suite:04x}",
                  *[piece.hex() or "-" for piece in out])


main()
