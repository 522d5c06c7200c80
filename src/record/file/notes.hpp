// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "espalier/record/notes.hpp"
#include "record/rows/store.hpp"

namespace espalier::record {

/// /notes of an open file; nothing where espalier created the file without it. What another program added under this name has
/// other columns and does not count.
std::optional<StoredTable> notes_of(const Store& store);

}  // namespace espalier::record
