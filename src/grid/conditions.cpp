// SPDX-License-Identifier: BSD-3-Clause
#include "grid/conditions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "espalier/core/noise_settings.hpp"

namespace espalier::grid {
namespace {

using core::Settings;

/// Numbers for texts, in order of first appearance.
class Numbers {
 public:
  /// The number of `text`, and whether it is new.
  std::pair<std::size_t, bool> number(const std::string& text) {
    const auto [found, is_new] = numbers_.emplace(text, numbers_.size());
    return {found->second, is_new};
  }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
};

bool is_matched(const Settings& noise) {
  const auto source = core::read_noise(noise).source;
  return source && source->kind == matched;
}

bool does_nothing(const core::Schema& schema, const Settings& perturbation) {
  const core::Kind* kind = core::find(schema.perturbations, perturbation.kind);
  return !kind || kind->family == "none";
}

/// The noise of a cell: a matched source becomes the cell's perturbation; without one there is nothing to match, and no noise.
Settings noise_of(const Choice& noise, const Settings& perturbation, bool idle, const Sections& sections) {
  if (!is_matched(noise.settings)) return noise.settings;
  if (idle) {
    const core::Kind* none = core::find(sections.structures, "none");
    std::vector<std::string> missing;
    return none ? resolve(*none, noise.said.values, missing) : Settings{"none", {}};
  }
  return core::with_source(noise.settings, perturbation);
}

/// `settings` without what says how a network is evaluated.
Settings without_evaluation_parameters(const core::Catalogue& catalogue, Settings settings) {
  const core::Kind* kind = core::find(catalogue, settings.kind);
  if (!kind) return settings;
  for (const core::Parameter& parameter : kind->parameters)
    if (parameter.evaluation_only) settings.values.erase(parameter.name);
  return settings;
}

/// Attacks on all training images would cost more than the training itself: by default a fit takes this number of the first ones.
constexpr std::uint32_t images_for_attacks = 10000;

/// A fitted noise with its source reduced to what it does to the images, and the number of images of its fit filled in.
Settings complete(Settings noise, const core::Schema& schema) {
  const core::NoiseSettings members = core::read_noise(noise);
  if (!members.source) return noise;
  const Settings source = without_evaluation_parameters(schema.perturbations, *members.source);
  const core::Kind* kind = core::find(schema.perturbations, source.kind);
  const bool attack = kind && kind->family == "attack";
  return core::with_source(std::move(noise), source, members.fit_images.value_or(attack ? images_for_attacks : 0));
}

/// Builds the rows; each distinct text makes one.
class Builder {
 public:
  explicit Builder(const core::Schema& schema) : schema_(schema) {}

  std::size_t perturbation(const Settings& settings) {
    const std::string text = core::canonical(settings);
    const auto [row, is_new] = perturbations_.number(text);
    if (is_new) result.perturbations.push_back({settings, text});
    return row;
  }

  std::size_t noise(const Settings& said) {
    const Settings settings = complete(said, schema_);
    const std::string text = core::canonical(settings);
    const auto [row, is_new] = noises_.number(text);
    if (!is_new) return row;
    NoiseRow noise{settings, text, std::nullopt};
    const core::NoiseSettings members = core::read_noise(settings);
    if (members.source) noise.fit = fit(members);
    noise.retrains_tail = members.retrain_tail;
    result.noises.push_back(std::move(noise));
    return row;
  }

  /// The tail of a noise that retrains one, trained with the settings `train`.
  std::optional<std::size_t> tail(std::size_t noise_row, const Settings& train) {
    const NoiseRow& noise = result.noises[noise_row];
    if (!noise.retrains_tail) return std::nullopt;
    Settings of_tail = without_evaluation_parameters(schema_.structures, noise.settings);
    std::string train_text = core::canonical(train);
    const auto [row, is_new] = tails_.number(core::canonical(of_tail) + train_text);
    if (is_new) result.tails.push_back({std::move(of_tail), noise.fit, train, std::move(train_text)});
    return row;
  }

  std::uint32_t number(const Condition& condition) {
    const std::array<std::size_t, 3> key{condition.perturbation, condition.noise, condition.tail ? *condition.tail + 1 : 0};
    const auto [found, is_new] = numbers_.emplace(key, static_cast<std::uint32_t>(result.distinct.size()));
    if (is_new) result.distinct.push_back(condition);
    return found->second;
  }

  Conditions result;

 private:
  std::size_t fit(const core::NoiseSettings& noise) {
    const int layer = std::max(noise.layer, 1);
    const std::uint32_t images = noise.fit_images.value_or(0);
    const auto [row, is_new] = fits_.number(fmt::format("{}{} {}", core::canonical(*noise.source), layer, images));
    if (is_new) result.fits.push_back({*noise.source, layer, images});
    return row;
  }

  const core::Schema& schema_;
  Numbers perturbations_, noises_, fits_, tails_;
  std::map<std::array<std::size_t, 3>, std::uint32_t> numbers_;
};

/// The rows of values that many points share, by the address of the value.
using KnownRows = std::unordered_map<const Choice*, std::size_t>;

}  // namespace

Conditions make_conditions(const Product& product, const Sections& sections, Place place, Context& context) {
  Builder builder(context.schema);
  KnownRows perturbations, noises;  // of noises only those that are the same for every perturbation
  std::vector<std::string> missing;
  for (std::uint64_t p = 0; p < product.size(); ++p) {
    const Point point = product.at(p);
    const Settings& perturbation = point.perturbation->settings;
    const auto [own, is_new] = perturbations.try_emplace(point.perturbation, 0);
    if (is_new) own->second = builder.perturbation(perturbation);
    const bool matched_source = is_matched(point.noise->settings);
    const bool idle = matched_source && does_nothing(context.schema, perturbation);
    if (idle) ++builder.result.unmatched;
    auto noise = noises.find(point.noise);
    if (noise == noises.end() || matched_source) {
      const std::size_t row = builder.noise(noise_of(*point.noise, perturbation, idle, sections));
      noise = noises.insert_or_assign(point.noise, row).first;
    }
    const Settings tail = point.tail.empty() ? sections.tail.settings : sections.tail.with(point.tail, missing);
    builder.result.of_point.push_back(builder.number({own->second, noise->second, builder.tail(noise->second, tail)}));
  }
  report_missing(missing, *sections.tail.kind, place, context);
  return std::move(builder.result);
}

}  // namespace espalier::grid
