// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "espalier/record/schema.hpp"

namespace espalier::app {

/// Version, git revision, compiler and flags, library versions.
std::string version_text();

/// The row of /runs for this invocation; `hosts` are those of all ranks.
record::RunInfo this_run(const std::string& hosts, int ranks, const std::string& datasets);

std::string host_name();

/// Seconds since 1970.
double now();

}  // namespace espalier::app
