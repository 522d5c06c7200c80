// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "espalier/core/settings.hpp"

namespace espalier::core {

/// What a parameter of a kind may be.
enum class Type { number, integer, flag, choice, numbers, nested, maps };

/// One parameter of a kind: its name in the grid file, range, default and meaning. Serves validation, help, plan and file.
struct Parameter {
  std::string name;
  Type type = Type::number;
  double min = -std::numeric_limits<double>::infinity();  ///< smallest allowed value (inclusive)
  double max = std::numeric_limits<double>::infinity();   ///< largest allowed value (inclusive)
  std::vector<std::string> choices{};                     ///< for Type::choice
  std::vector<Value> default_value{};                     ///< the default; empty when the user must say it
  std::string unit = "1";
  std::string description{};
  /// Used only where parameter `first` has one of the values `second`; elsewhere it is dropped. Empty: always used.
  std::pair<std::string, std::vector<std::string>> active_if{};
  /// Another way to say the same: the user says this parameter or the one called so (which names this one), never both.
  std::string alternative_to{};
  /// Dropped when the user does not give it (a parameter whose absence has a meaning); no default is filled in.
  bool optional = false;
  /// Says how a network is evaluated, not what is done to it: left out where the kind is the source of a fitted noise, or the
  /// noise of a retrained tail.
  bool evaluation_only = false;
  /// The value that means what a file without this parameter means, where the parameter is newer: it is left out, so that the ids
  /// of older cells stay.
  std::string legacy_default{};
  /// Of Type::maps, a list of maps: what each map may be. The first parameter of an alternative names it.
  std::vector<std::vector<Parameter>> maps{};
  /// Who gives this parameter need not give parameter `first`: it then has the value `second`.
  std::pair<std::string, std::string> implies{};
};

/// The work of a kind, per image that a network is evaluated or, of a topology, trained on; of `train` and `tail` the epochs.
struct Cost {
  double forward = 1;  ///< forward passes per perturbed image; of an attack those of its search, each with all draws that it asks
  double backward = 0;      ///< input-gradient passes per image, likewise
  double per_image = 0;     ///< seconds to corrupt an image, once for all networks of a seed, beside those of its pixels
  double per_pixel = 0;     ///< ... of each pixel, whatever its channels
  double per_value = 0;     ///< ... of each channel of each pixel
  double per_unit = 0;      ///< of a noise: seconds per image, draw and unit of its layer
  double per_link = 0;      ///< of a noise: seconds per image, draw and pair of units of its layer
  double search_draws = 0;  ///< of an attack: noise draws per pass of its search; 0: what its settings or its default say
};

/// One entry of a catalogue: a perturbation, noise structure, topology rule, or the `train` and `evaluate` sections.
struct Kind {
  std::string name;
  std::string family;  ///< none, damage, attack, input; free text elsewhere
  std::string description;
  std::vector<Parameter> parameters;
  std::function<Cost(const Settings&)> cost = [](const Settings&) { return Cost{}; };
  /// Fewest classes of a data set that the kind works with.
  std::function<int(const Settings&)> least_classes = [](const Settings&) { return 1; };
  /// Whether the kind is defined only for images of one channel.
  std::function<bool(const Settings&)> grey_only = [](const Settings&) { return false; };
  /// What is probably a mistake in settings that are allowed; empty: nothing.
  std::function<std::string(const Settings&)> advice = [](const Settings&) { return std::string(); };
  /// Goes up when the same settings give other results. From 2 on it is part of the settings (`definition`) and of the ids of the
  /// rows, so that rows of an older definition are never reused.
  int definition = 1;
  /// Only settings whose parameter `first` has one of the values `second` have that definition; the others keep their first one
  /// and their ids. Empty: all have it.
  std::pair<std::string, std::vector<std::string>> definition_if{};

  const Parameter* find(std::string_view parameter) const;
};

/// All kinds that one axis of the grid may name.
using Catalogue = std::vector<Kind>;

const Kind* find(const Catalogue& catalogue, std::string_view name);

/// Everything that a grid file may say; assembled by the program from the catalogues of the stages.
struct Schema {
  Catalogue topologies;  ///< parameters name the model settings the rule uses (sparsity, rewire_fraction, ...)
  Catalogue perturbations;
  Catalogue structures;  ///< of noise
  Kind train;            ///< settings of every model
  Kind evaluate;         ///< settings of every evaluation
  Kind tail;             ///< settings of every retrained tail
};

}  // namespace espalier::core
