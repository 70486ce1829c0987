// SPDX-License-Identifier: ISC
//
// From a file, and from the command line, to what was written: the layers of
// a configuration. Tells what cannot be read, and reads on; what the settings
// mean together is judged afterwards (compile.h).

#ifndef POLICY_SYNTAX_H
#define POLICY_SYNTAX_H

#include "policy/layer.h"
#include "policy/value.h"

#include <stdbool.h>

struct policy_overrides;

// A group of libconfig's, which policy/grammar.c parses.
struct config_setting_t;

// Takes what stands in the parsed file into configuration, which is empty.
void syntax_read_tree(struct reader *reader,
    const struct config_setting_t *root, struct configuration *configuration);

// Reads the file at path into configuration, which is empty. Included files
// are looked for beside it. False if there is nothing to go on with: the file
// cannot be read, or is not in the grammar.
bool syntax_read_file(struct reader *reader, const char *path,
    struct configuration *configuration);

// The same of text; name stands for the file's in faults.
bool syntax_read_text(struct reader *reader, const char *text, const char *name,
    struct configuration *configuration);

// Lays the command line over what was read.
void override_apply(struct reader *reader,
    const struct policy_overrides *overrides,
    struct configuration *configuration);

// Takes what is written for the name in the layer; tells of one that is
// unknown, offering the settings of the layer and others, which ends with NULL
// (may be NULL).
bool syntax_take(struct reader *reader, const struct layer *layer,
    const char *name, const struct written *written, const char *const *others);

#endif
