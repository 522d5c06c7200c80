// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "espalier/net/classifier.hpp"

namespace espalier::robust {

/// Columns `which` of a matrix, and of a batch.
net::Matrix columns(const net::Matrix& X, std::span<const std::size_t> which);
net::Batch columns(const net::Batch& batch, std::span<const std::size_t> which);

/// Entries `which` of a list.
template <typename List>
auto chosen(const List& values, std::span<const std::size_t> which) {
  std::vector<std::remove_cvref_t<decltype(values[0])>> out;
  out.reserve(which.size());
  for (const std::size_t i : which) out.push_back(values[i]);
  return out;
}

}  // namespace espalier::robust
