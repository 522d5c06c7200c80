// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/precision.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <stdexcept>

#include "espalier/core/metrics.hpp"

namespace espalier::core {

double widening(std::size_t at_least, std::size_t n) {
  return 1 + 1.5 / (static_cast<double>(at_least) * std::sqrt(static_cast<double>(n)));
}

double half_width(std::span<const double> values, std::size_t at_least) {
  if (values.size() < 2) return std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double t = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  return widening(at_least, values.size()) * t * std::sqrt(squares / (n - 1) / n);
}

std::size_t metric_of(const Until& until) {
  const std::string_view name = until.of == "difference" ? "accuracy" : std::string_view(until.of);
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  if (found == metrics.end()) throw std::logic_error("no metric is called " + until.of);
  return static_cast<std::size_t>(found - metrics.begin());
}

std::string canonical(const Until& until) {
  Settings rule{"until", {{"half_width", until.half_width}, {"of", until.of}, {"at_least", static_cast<double>(until.at_least)}}};
  for (const auto& [axis, value] : until.against) rule.values.emplace("against." + axis, value);
  return canonical(rule);
}

Precision::Precision(const Plan& plan) : plan_(&plan) {
  if (!plan.until) return;
  needed_.assign(plan.cells.size(), 1);
  values_.resize(plan.cells.size());
  ended_.assign(plan.cells.size(), 0);
  groups_.resize(plan.groups.size());
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    for (const auto* cells : {&plan.groups[g].cells, &plan.groups[g].against}) {
      for (const std::size_t cell : *cells) {
        needed_[cell] = 0;
        groups_of_[cell].push_back(g);
      }
    }
  }
  std::vector<std::size_t> fresh;
  for (std::size_t g = 0; g < plan.groups.size(); ++g)
    for (std::size_t i = 0; i < std::min(plan.until->at_least, plan.groups[g].cells.size()); ++i) ask(g, fresh);
}

std::vector<std::size_t> Precision::ended(std::size_t cell, double value) {
  std::vector<std::size_t> fresh;
  const auto found = groups_of_.find(cell);
  if (found == groups_of_.end() || ended_[cell]) return fresh;
  ended_[cell] = 1;
  values_[cell] = value;
  for (const std::size_t group : found->second) advance(group, fresh);
  return fresh;
}

bool Precision::has_ended(const SeedGroup& group, std::size_t seed) const {
  return ended_[group.cells[seed]] && (group.against.empty() || ended_[group.against[seed]]);
}

double Precision::value(const SeedGroup& group, std::size_t seed) const {
  return values_[group.cells[seed]] - (group.against.empty() ? 0 : values_[group.against[seed]]);
}

bool Precision::is_precise(const Group& group) const {
  const Until& until = *plan_->until;
  return group.values.size() >= until.at_least && half_width(group.values, until.at_least) <= until.half_width;
}

/// One more seed of the group is needed.
void Precision::ask(std::size_t number, std::vector<std::size_t>& fresh) {
  const SeedGroup& group = plan_->groups[number];
  const std::size_t seed = groups_[number].asked++;
  for (const auto* cells : {&group.cells, &group.against}) {
    if (cells->empty() || needed_[(*cells)[seed]]) continue;
    needed_[(*cells)[seed]] = 1;
    fresh.push_back((*cells)[seed]);
  }
}

/// Counts the seeds that have ended, in order, and asks for the next where all that were asked for are not enough.
void Precision::advance(std::size_t number, std::vector<std::size_t>& fresh) {
  const SeedGroup& seeds = plan_->groups[number];
  Group& group = groups_[number];
  for (;;) {
    for (; group.counted < group.asked && has_ended(seeds, group.counted); ++group.counted)
      if (const double x = value(seeds, group.counted); std::isfinite(x)) group.values.push_back(x);
    if (group.counted < group.asked || group.asked == seeds.cells.size() || is_precise(group)) return;
    ask(number, fresh);
  }
}

void Precision::ask_all_of_open_groups() {
  std::vector<std::size_t> fresh;
  for (std::size_t g = 0; g < groups_.size(); ++g)
    while (groups_[g].counted < groups_[g].asked && groups_[g].asked < plan_->groups[g].cells.size()) ask(g, fresh);
}

Precision::Standing Precision::standing() const {
  Standing out;
  out.groups = groups_.size();
  for (const Group& group : groups_) {
    const double half = half_width(group.values, plan_->until->at_least);
    if (std::isfinite(half)) out.widest = std::max(out.widest.value_or(0), half);
    if (group.counted < group.asked)
      ++out.open;
    else if (!is_precise(group))
      ++out.wide;
  }
  return out;
}

}  // namespace espalier::core
