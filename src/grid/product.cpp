// SPDX-License-Identifier: BSD-3-Clause
#include "grid/product.hpp"

#include <map>

namespace espalier::grid {

Product::Product(const std::vector<Axis>& axes, const std::function<bool(const Axis&)>& member)
    : all_(axes), strides_(axes.size()) {
  std::map<std::size_t, Stride> of_group;
  for (std::size_t a = axes.size(); a-- > 0;) {
    if (!member(axes[a])) continue;
    const auto [found, is_new] = of_group.try_emplace(axes[a].group, Stride{size_, axes[a].values.size()});
    if (is_new) size_ = saturating_product(size_, axes[a].values.size());
    strides_[a] = found->second;
  }
  for (std::size_t a = 0; a < axes.size(); ++a)
    if (member(axes[a])) members_.push_back(a);
}

std::size_t Product::value(std::uint64_t point, std::size_t axis) const {
  return point / strides_[axis].step % strides_[axis].values;
}

std::uint64_t Product::with(std::uint64_t point, std::size_t axis, std::size_t other) const {
  return point + (other - value(point, axis)) * strides_[axis].step;
}

Point Product::at(std::uint64_t point) const {
  Point out;
  for (const std::size_t axis : members_) all_[axis].kind.set(all_[axis].values[value(point, axis)], out);
  return out;
}

}  // namespace espalier::grid
