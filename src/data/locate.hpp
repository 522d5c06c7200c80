// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>

namespace espalier::data {

/// The four files of a data set, in the order train images, train labels, test images, test labels.
using Files = std::array<std::filesystem::path, 4>;

/// The files of data set `name`: those in the first folder ROOT/NAME that exists. File names follow MNIST's and its relatives':
/// [PREFIX-]{train,t10k,test}-{images,labels}{-,.}idx{3,1,2}{-,.}{ubyte,int}[.gz], in capitals or not, plain before .gz. Files
/// without a prefix take precedence, then those whose prefix is the data set's name. Throws core::UserError when there is no such
/// folder (with every folder that was searched and what to do), and when the folder does not hold one complete data set (with the
/// names that are needed and those that were found).
Files locate(const std::string& name, std::span<const std::filesystem::path> roots);

}  // namespace espalier::data
