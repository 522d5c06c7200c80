// SPDX-License-Identifier: BSD-3-Clause
#include "run/artifact_cache.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "espalier/core/noise_settings.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/robust/perturbation.hpp"
#include "espalier/train/tail.hpp"

namespace espalier::run {
namespace {

constexpr std::size_t most_noises = 16;  ///< of a 1000 units wide layer each takes at most 4 MB
constexpr std::size_t most_clean = 64;   ///< of 10 000 images each takes 100 kB

/// Makes `value` unless `last` is that of `row` already. What is missing because it failed becomes NeedsFailed.
template <typename Last, typename Make>
auto& refreshed(Last& last, std::size_t row, const char* what, const std::string& id, const Make& make) {
  if (last.row == row) return last.value;
  last.row = std::numeric_limits<std::size_t>::max();
  try {
    last.value = make();
  } catch (const core::StoreFailure&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw NeedsFailed(fmt::format("{} {}: {}", what, id, error.what()));
  }
  last.row = row;
  return last.value;
}

template <typename Result>
Result done(Result stored) {
  if (stored.status != core::Status::done) throw std::runtime_error(stored.message);
  return stored;
}

std::string images_text(const core::Cell& cell) { return fmt::format("{} {}", cell.images, core::canonical(cell.evaluate)); }

std::size_t bytes_of(const net::Matrix& X) { return static_cast<std::size_t>(X.size()) * sizeof(float); }

}  // namespace

ArtifactCache::ArtifactCache(const core::Plan& plan, std::function<data::Dataset(const std::string& name)> load,
                             const Store& store)
    : plan_(plan), load_(std::move(load)), store_(store) {}

const data::Dataset& ArtifactCache::dataset(const std::string& name) {
  const auto found = datasets_.find(name);
  return found != datasets_.end() ? found->second : datasets_.emplace(name, load_(name)).first->second;
}

const net::Network& ArtifactCache::network(std::size_t model) {
  return refreshed(network_, model, "model", plan_.models[model].id, [&] {
    const core::ModelResult stored = done(store_.read_result<core::ModelResult>(model));
    return net::from_stored(stored.layers, stored.input_mean, stored.input_sd);
  });
}

const net::Network& ArtifactCache::network_with_tail(std::size_t tail) {
  const core::TailSpec& spec = plan_.tails[tail];
  const net::Network& base = network(spec.model);
  return refreshed(tailed_, tail, "tail", spec.id, [&] {
    return train::with_tail(base, core::read_noise(spec.noise).layer, done(store_.read_result<core::TailResult>(tail)).weights);
  });
}

const noise::Fit& ArtifactCache::fit(std::size_t row) {
  return refreshed(fit_, row, "fit", plan_.fits[row].id,
                   [&] { return noise::from_stored(done(store_.read_result<core::FitResult>(row))); });
}

std::string ArtifactCache::noise_key(std::size_t model, const core::Settings& settings,
                                     std::optional<std::size_t> fit_row) const {
  return fmt::format("{} {} {}", model, fit_row ? plan_.fits[*fit_row].id : "", core::canonical(settings));
}

int ArtifactCache::units(std::size_t model, const core::Settings& settings) {
  const net::Network& base = network(model);
  const int layer = core::read_noise(settings).layer, hidden = static_cast<int>(base.layers.size()) - 1;
  if (layer > hidden) throw std::runtime_error(fmt::format("noise at hidden layer {}, but the network has {}", layer, hidden));
  return static_cast<int>(net::outputs(base.layers[static_cast<std::size_t>(layer) - 1]));
}

net::NoiseSite ArtifactCache::noise(std::size_t model, const core::Settings& settings, std::optional<std::size_t> fit_row) {
  if (settings.kind == "none") return {};
  const std::string key = noise_key(model, settings, fit_row);
  if (const auto found = noises_.find(key); found != noises_.end()) return found->second;
  const int n = units(model, settings);
  if (noises_.size() >= most_noises) noises_.clear();
  return noises_[key] =
             noise::make_noise(settings, n, fit_row ? &fit(*fit_row) : nullptr, {plan_.master_seed, plan_.models[model].seed});
}

net::NoiseSite ArtifactCache::noise_of(const core::Cell& cell) {
  const net::NoiseSite own = noise(cell.model, cell.noise, cell.fit);
  const bool damages = std::holds_alternative<robust::Damage>(robust::perturbation(cell.perturbation->kind).act);
  if (damages) return own;
  const std::string key = noise_key(cell.model, cell.noise, cell.fit) + (cell.tail ? " " + plan_.tails[*cell.tail].id : "");
  if (placed_.first != key)
    placed_ = {key, net::at_cheapest_place(cell.tail ? network_with_tail(*cell.tail) : network(cell.model), own)};
  return placed_.second;
}

const Ruler& ArtifactCache::ruler(std::size_t model, const core::Settings& settings, std::optional<std::size_t> fit_row) {
  const std::string key = noise_key(model, settings, fit_row);
  if (ruler_.first == key) return ruler_.second;
  const int n = units(model, settings);
  const noise::Fit* fitted = fit_row ? &fit(*fit_row) : nullptr;
  const noise::Seeds seeds{plan_.master_seed, plan_.models[model].seed};
  ruler_ = {key, {noise::make_length(settings, n, fitted, seeds), noise::structure_error(settings, n, fitted, seeds)}};
  return ruler_.second;
}

const robust::CleanResult& ArtifactCache::clean(const core::Cell& cell, const std::function<robust::CleanResult()>& evaluate) {
  const std::string key = fmt::format("{} {} {}", noise_key(cell.model, cell.noise, cell.fit),
                                      cell.tail ? plan_.tails[*cell.tail].id : "", images_text(cell));
  if (const auto found = clean_.find(key); found != clean_.end()) return found->second;
  if (clean_.size() >= most_clean) clean_.clear();
  return clean_[key] = evaluate();
}

const net::Matrix* ArtifactCache::corrupted(const core::Cell& cell, const robust::TestImages& test, const robust::Seeds& seeds) {
  const std::size_t bytes = std::size_t{test.images} * test.shape.size() * sizeof(float);
  if (bytes > corrupted_images_bytes) return nullptr;
  const std::string key = fmt::format("{} {} {} {}", plan_.models[cell.model].dataset, seeds.seed, images_text(cell),
                                      core::canonical(cell.perturbation));
  const auto found = std::ranges::find(corrupted_, key, &CorruptedImages::key);
  if (found != corrupted_.end()) {
    corrupted_.splice(corrupted_.begin(), corrupted_, found);
    return &corrupted_.front().X;
  }
  std::size_t kept = bytes;
  for (const auto& images : corrupted_) kept += bytes_of(images.X);
  for (; kept > corrupted_images_bytes; corrupted_.pop_back()) kept -= bytes_of(corrupted_.back().X);
  corrupted_.push_front({key, robust::corrupted(test, cell.perturbation, seeds, store_.check_cancelled)});
  return &corrupted_.front().X;
}

}  // namespace espalier::run
