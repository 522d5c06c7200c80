// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "espalier/core/failure.hpp"
#include "espalier/core/kind.hpp"
#include "espalier/core/random.hpp"
#include "espalier/net/classifier.hpp"

namespace espalier::robust {

/// What keys a perturbation's draws: the grid's master seed and the cell's seed.
struct Seeds {
  std::uint64_t master = 0;
  int seed = 0;
  std::uint64_t round = 0;  ///< which repetition, where the same images are perturbed again, as in training; 0: no repetition

  /// The stream called `name` (a kind's name, by convention) of this seed.
  core::Stream stream(std::string_view name) const;
};

struct ImageShape {
  std::uint32_t height = 0, width = 0;
  std::uint32_t channels = 1;  ///< 1: grey; 3: red, green, blue, one plane after the other

  std::uint32_t size() const { return channels * height * width; }
  bool operator==(const ImageShape&) const = default;
};

/// What an attack found: the inputs it would send, clipped to [0, 1] and to its ball.
struct Attacked {
  net::Matrix X;                      ///< D x B
  std::vector<std::uint32_t> alarms;  ///< B; bits of the metric "alarms" that the attack sees image by image (1, 2 and 8)
};

/// Damage: a changed copy of the network.
using Damage = std::function<net::Network(const net::Network& network, const core::Settings& settings, const Seeds& seeds)>;

/// Attack: inputs near `clean` that the classifier gets wrong. `labels` has B entries.
using Attack = std::function<Attacked(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                                      ImageShape shape, const core::Settings& settings, const Seeds& seeds)>;

/// An attack that needs all images of a cell at once, since they decide about each other; calls `check_cancelled` between its
/// batches.
using JointAttack = std::function<Attacked(net::Classifier& classifier, const net::Batch& clean,
                                           std::span<const std::uint8_t> labels, ImageShape shape, const core::Settings& settings,
                                           const Seeds& seeds, const core::CancellationCheck& check_cancelled)>;

/// Modification of the images, without knowledge of any network.
using Modification =
    std::function<net::Matrix(const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds)>;

/// How an attack searches: decides with which second attacks its alarms compare it.
enum class Search {
  gradients,     ///< in a ball, along gradients of one loss
  queries,       ///< in a ball, without gradients
  least_change,  ///< for the nearest boundary instead of in a ball
  several,       ///< in a ball, several attacks one after another
  literal,       ///< as another program does, with its weaknesses: compared with nothing
};

/// What the masking alarms look at and change of an attack's settings.
struct Aspects;

/// A perturbation: its entry in the catalogue and what it does (monostate: nothing).
/// A new one is one new file that defines it, and one line in catalogue.cpp.
struct Perturbation {
  core::Kind kind;
  std::variant<std::monostate, Damage, Attack, Modification> act;
  Search search = Search::gradients;  ///< of an attack
  JointAttack joint{};  ///< of an attack that takes all images at once; `act` is the same without a cancellation check
  /// Settings of an attack with what `change` does to them.
  std::function<core::Settings(core::Settings settings, const std::function<void(Aspects&)>& change)> varied{};
};

/// All perturbations, in the order of the help texts.
const std::vector<Perturbation>& perturbations();
const Perturbation& perturbation(std::string_view kind);  ///< throws std::logic_error when there is none

/// The catalogue for the grid.
core::Catalogue catalogue();

/// Projected gradient descent as adversarial training uses it: along cross-entropy, from a uniform start, in the linf ball.
struct TrainingAttack {
  double eps = 0;  ///< pixel values
  int steps = 1;
  std::optional<double> step{};  ///< length of a step as a share of eps; absent: as in the catalogue's `pgd`
};
net::Matrix pgd_inputs(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                       const TrainingAttack& how, const Seeds& seeds);

/// The inputs (D x B) that an attack or a modification makes of a batch, for what only needs the inputs (the source of a
/// fitted noise). A joint attack takes `clean` for all images of a cell. Throws std::logic_error for kinds that do not change
/// inputs.
net::Matrix changed_inputs(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                           ImageShape shape, const core::Settings& settings, const Seeds& seeds);

}  // namespace espalier::robust
