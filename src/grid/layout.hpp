// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grid/context.hpp"
#include "grid/document.hpp"

namespace espalier::grid {

/// An axis as the section `grid` gives it.
struct AxisNode {
  std::string name;
  Place place;
  const Node* values = nullptr;
  std::size_t group = 0;  ///< axes of one entry of `zip` share a group; every other axis has its own
  bool zipped = false;
};

/// The axes of the section `grid` and of its `zip` groups, in the file's order.
struct Layout {
  Place place;  ///< of the section
  std::vector<AxisNode> axes{};

  const AxisNode* find(std::string_view name) const;
  std::vector<std::string> names() const;
};

/// Where the section `grid` gives its axes; names are not checked here.
Layout read_layout(const Node& grid, Context& context);

}  // namespace espalier::grid
