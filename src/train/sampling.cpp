#include "train/sampling.hpp"

#include <algorithm>
#include <stdexcept>

namespace espalier::train {
namespace {

std::vector<std::uint64_t> guess(std::vector<bool>& taken, std::uint64_t count, core::Random& random) {
  std::vector<std::uint64_t> drawn;
  drawn.reserve(count);
  while (drawn.size() < count) {
    const std::uint64_t place = random.below(taken.size());
    if (taken[place]) continue;
    taken[place] = true;
    drawn.push_back(place);
  }
  return drawn;
}

/// Partial Fisher-Yates over the list of the free places.
std::vector<std::uint64_t> list(std::vector<bool>& taken, std::uint64_t count, core::Random& random) {
  std::vector<std::uint64_t> places;
  for (std::uint64_t place = 0; place < taken.size(); ++place)
    if (!taken[place]) places.push_back(place);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::swap(places[i], places[i + random.below(places.size() - i)]);
    taken[places[i]] = true;
  }
  places.resize(count);
  return places;
}

}  // namespace

std::vector<std::uint64_t> draw_free(std::vector<bool>& taken, std::uint64_t free, std::uint64_t count, core::Random& random) {
  if (count > free) throw std::logic_error("draw_free: more places are wanted than are free");
  const bool roomy = free - count >= taken.size() / 2;
  std::vector<std::uint64_t> drawn = roomy ? guess(taken, count, random) : list(taken, count, random);
  std::ranges::sort(drawn);
  return drawn;
}

std::vector<std::uint64_t> draw_subset(std::uint64_t n, std::uint64_t count, core::Random& random) {
  std::vector<bool> taken(n, false);
  return draw_free(taken, n, count, random);
}

}  // namespace espalier::train
