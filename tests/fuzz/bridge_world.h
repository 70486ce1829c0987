// SPDX-License-Identifier: ISC
//
// A shell for fuzz_bridge that asserts what must hold of everything the bridge
// asks of it.

#ifndef FUZZ_BRIDGE_WORLD_H
#define FUZZ_BRIDGE_WORLD_H

#include "base/bytes.h"
#include "smtp/bridge.h"

enum { HEARD_MOST = 1 << 17 };

struct world {
	struct bridge bridge;
	struct sequencer_settings settings;
	struct reader *input;
	unsigned verdicts; // of policy, three bits each
	bool finished, unread, doomed;
	bool dialling, connected, receiver_tls;
	unsigned first;   // receiver that is dialled
	bool gone[2];     // nothing more comes from there
	bool securing[2]; // TLS was begun, its outcome is due
	bool stalled, queueing, unwritten[2];
	enum timer timer[2];
	uint8_t heard[HEARD_MOST]; // by the sender, not yet checked
	size_t heard_size;
};

// Its context is a struct world.
extern const struct bridge_shell world_shell;

#endif
