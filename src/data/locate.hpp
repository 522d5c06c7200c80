#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>

namespace espalier::data {

/// The four files of a data set, in the order train images, train labels, test images, test labels.
using Files = std::array<std::filesystem::path, 4>;

/// The first ROOT/NAME that holds one of the four files, plain before .gz. Throws core::UserError when there is none (with every
/// folder that was searched and what to do), or when it lacks one of the others.
Files locate(const std::string& name, std::span<const std::filesystem::path> roots);

}  // namespace espalier::data
