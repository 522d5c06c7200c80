// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "grid/axes.hpp"

namespace espalier::grid {

/// All points of some of the axes, the last axis fastest. Zipped axes share one dimension.
class Product {
 public:
  /// The product of the axes for which `member` is true.
  Product(const std::vector<Axis>& axes, const std::function<bool(const Axis&)>& member);

  /// Number of points; saturates.
  std::uint64_t size() const { return size_; }
  /// The value of axis number `axis` (in the list of all axes) at point number `point`.
  std::size_t value(std::uint64_t point, std::size_t axis) const;
  /// The point that differs in the value of one axis, and of those zipped with it.
  std::uint64_t with(std::uint64_t point, std::size_t axis, std::size_t value) const;
  /// Numbers of the axes of the product.
  const std::vector<std::size_t>& axes() const { return members_; }
  /// What the point says.
  Point at(std::uint64_t point) const;

 private:
  struct Stride {
    std::uint64_t step = 0;  ///< points between two values
    std::uint64_t values = 1;
  };
  const std::vector<Axis>& all_;
  std::vector<std::size_t> members_;
  std::vector<Stride> strides_;  // of all axes
  std::uint64_t size_ = 1;
};

}  // namespace espalier::grid
