// SPDX-License-Identifier: BSD-3-Clause
#include "grid/exclusion.hpp"

#include <algorithm>

#include "grid/values.hpp"

namespace espalier::grid {
namespace {

bool accepts(const Alternatives& alternatives, const core::Settings& said);

bool accepts(const Alternatives& alternatives, const core::Value& value) {
  if (const auto* nested = std::get_if<std::vector<core::Settings>>(&value)) return accepts(alternatives, nested->front());
  return alternatives.texts.contains(text_of(value));
}

bool accepts(const Pattern& pattern, const core::Settings& said) {
  if (pattern.kinds && !pattern.kinds->texts.contains(said.kind)) return false;
  return std::ranges::all_of(pattern.parameters, [&](const auto& parameter) {
    const auto value = said.values.find(parameter.first);
    return value != said.values.end() && accepts(parameter.second, value->second);
  });
}

bool accepts(const Alternatives& alternatives, const core::Settings& said) {
  return alternatives.texts.contains(said.kind) ||
         std::ranges::any_of(alternatives.patterns, [&](const Pattern& pattern) { return accepts(pattern, said); });
}

template <typename Values, typename Get>
std::vector<Masks::Bits> bits_of(const std::vector<Rule>& rules, Axis axis, const Values& values, Get get) {
  std::vector<Masks::Bits> all;
  all.reserve(values.size());
  for (const auto& value : values) {
    Masks::Bits bits((rules.size() + 63) / 64);
    for (std::size_t r = 0; r < rules.size(); ++r) {
      if (accepts(rules[r], axis, get(value))) bits[r / 64] |= std::uint64_t{1} << (r % 64);
    }
    all.push_back(std::move(bits));
  }
  return all;
}

}  // namespace

bool accepts(const Rule& rule, Axis axis, const core::Value& value) {
  return !rule.axes[axis] || accepts(*rule.axes[axis], value);
}

bool accepts(const Rule& rule, Axis axis, const core::Settings& said) {
  return !rule.axes[axis] || accepts(*rule.axes[axis], said);
}

Masks::Masks(const std::vector<Rule>& rules, const Axes& axes) {
  const auto number = [](double x) { return core::Value(x); };
  const auto said = [](const Choice& choice) -> const core::Settings& { return choice.said; };
  bits_[dataset_axis] = bits_of(rules, dataset_axis, axes.datasets, [](const std::string& x) { return core::Value(x); });
  bits_[topology_axis] = bits_of(rules, topology_axis, axes.topologies, said);
  bits_[sparsity_axis] = bits_of(rules, sparsity_axis, axes.sparsities, number);
  bits_[seed_axis] = bits_of(rules, seed_axis, axes.seeds, number);
  bits_[perturbation_axis] = bits_of(rules, perturbation_axis, axes.perturbations, said);
  bits_[noise_axis] = bits_of(rules, noise_axis, axes.noises, said);
}

std::uint64_t Masks::count(std::size_t rule) const {
  std::uint64_t product = 1;
  for (const std::vector<Bits>& values : bits_) {
    product *= static_cast<std::uint64_t>(
        std::ranges::count_if(values, [&](const Bits& bits) { return (bits[rule / 64] >> (rule % 64)) & 1; }));
  }
  return product;
}

Masks::Bits both(const Masks::Bits& a, const Masks::Bits& b) {
  Masks::Bits out(a.size());
  std::ranges::transform(a, b, out.begin(), std::bit_and<>());
  return out;
}

bool any(const Masks::Bits& bits) {
  return std::ranges::any_of(bits, [](std::uint64_t word) { return word != 0; });
}

bool share(const Masks::Bits& a, const Masks::Bits& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] & b[i]) return true;
  }
  return false;
}

}  // namespace espalier::grid
