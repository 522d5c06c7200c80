// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Whether HDF5 can read a file whose structure is not the one that espalier wrote.

#include <filesystem>

#include "record/file/header.hpp"

namespace espalier::record {

/// Whether every dataset of the header can be read and has its size, and the tables that never change have their content. HDF5
/// may crash on damaged metadata, therefore a child process tries it.
bool is_readable_by_hdf5(const std::filesystem::path& path, const Header& header);

}  // namespace espalier::record
