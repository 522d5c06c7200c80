// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "espalier/record/schema.hpp"
#include "record/rows/store.hpp"

namespace espalier::record {

RunInfo run_of(const ConstRow& row);
void write_run(const Store& store, std::size_t row, const RunInfo& run);
/// The first free row, or the last one when all are taken.
std::size_t free_run(const Store& store);
/// The rows in use whose CRC matches, oldest first.
std::vector<RunInfo> read_runs(const Store& store);

}  // namespace espalier::record
