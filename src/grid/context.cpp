#include "grid/context.hpp"

#include <fmt/core.h>

#include <limits>

namespace espalier::grid {

bool Context::spend(std::uint64_t count, Place place) {
  if (count <= limits.cells && spent + count <= 2 * limits.cells) {  // twice: parts of a product and the product itself
    spent += count;
    return true;
  }
  if (!too_many) problems.add(place, fmt::format("too many values: a grid may have {} cells, this makes more", limits.cells));
  too_many = true;
  return false;
}

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > most / b ? most : a * b;
}

}  // namespace espalier::grid
