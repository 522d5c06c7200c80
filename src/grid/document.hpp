// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/grid/grid.hpp"
#include "grid/problems.hpp"

namespace espalier::grid {

struct Entry;

/// A value of the YAML file with its place. Aliases are resolved.
struct Node {
  enum class Form { null, scalar, list, map };

  Form form = Form::null;
  Place place{};
  std::string text{};            ///< of a scalar
  bool quoted = false;           ///< a scalar that is text whatever it looks like
  std::vector<Node> items{};     ///< of a list
  std::vector<Entry> entries{};  ///< of a map, in file order, every key once

  const Node* find(std::string_view key) const;  ///< the value of `key` in a map, or nothing
  std::vector<std::string> keys() const;         ///< of a map, in file order
};

/// One key of a map with its value.
struct Entry {
  std::string key;
  Place place;
  Node value;
};

/// Reads one YAML document, file number `file` of `problems`. Nothing when it is not one; what is wrong goes to `problems`.
std::optional<Node> parse_document(const std::string& text, const Limits& limits, Problems& problems, int file = 0);

/// What `node` is, for "..., given ...": 'text', 0.5, a list, a map, nothing.
std::string given(const Node& node);

}  // namespace espalier::grid
