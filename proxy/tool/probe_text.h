// SPDX-License-Identifier: ISC
//
// The parts of a probe's page; probe_text.c puts them in their order. Each
// prints nothing where there is nothing to tell.

#ifndef TOOL_PROBE_TEXT_H
#define TOOL_PROBE_TEXT_H

#include "tool/paper.h"
#include "tool/probe_result.h"

// probe_text_table.c
void probe_text_versions(
    const struct probe_result *result, const struct paper *paper);
void probe_text_profiles(
    const struct probe_result *result, const struct paper *paper);
void probe_text_keywords(
    const struct probe_result *result, const struct paper *paper);
void probe_text_timing(
    const struct probe_result *result, const struct paper *paper);

// probe_text_trust.c
void probe_text_certificate(
    const struct probe_result *result, const struct paper *paper);
void probe_text_levels(
    const struct probe_result *result, const struct paper *paper);

#endif
