// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

#include "espalier/record/results_file.hpp"

namespace espalier::app {

struct WriterChoice {
  record::WrittenBy by = record::WrittenBy::ranks;
  std::string remark{};  ///< for people; empty where nothing is unusual
};

/// Who writes the rows of `file`: what --writer `said`; where it says nothing every rank, unless `hosts` > 1 share a file system
/// that shows one host late what another one wrote (`incoherent`: its name; empty for all others).
WriterChoice choose_writer(const std::string& said, const std::string& file, std::size_t hosts, const std::string& incoherent);

}  // namespace espalier::app
