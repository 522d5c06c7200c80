// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <vector>

#include "espalier/core/kind.hpp"
#include "grid/context.hpp"
#include "grid/document.hpp"

namespace espalier::grid {

/// The word for a noise's source that stands for the cell's own perturbation.
inline constexpr const char* matched = "matched";

/// An axis whose values are kinds with parameters.
struct ChoiceAxis {
  std::string name;  ///< "noise"
  std::string noun;  ///< of one value: "noise structure"
  std::string key;   ///< that names the kind in an entry: "structure"
  const core::Catalogue& catalogue;
  std::vector<std::string> words{};  ///< allowed beside the kinds; read by the caller
};

/// One value on such an axis.
struct Choice {
  core::Settings settings;  ///< the parameters that the kind uses
  core::Settings said;      ///< all that the entry says, used or not: exclusion and duplicates compare it
};

/// Parameters by name.
using Values = std::map<std::string, core::Value>;

/// What `kind` uses of `said`; names of needed parameters that `said` does not have are added to `missing`.
core::Settings resolve(const core::Kind& kind, const Values& said, std::vector<std::string>& missing);

/// The defaults of `kind`.
Values defaults(const core::Kind& kind);

/// All values of an axis: a name, a map {kind: ..., parameter: ...} or a list of them; a list or range of a scalar parameter
/// multiplies. In the order of the file's entries, then kinds, then the catalogue's parameters: key order does not matter.
/// Equal values are a mistake unless the axis `may_repeat` them.
std::vector<Choice> read_choices(const Node& node, const ChoiceAxis& axis, bool may_repeat, Context& context);

std::vector<std::string> names(const core::Kind& kind);  ///< of its parameters

/// "'fgms' is not a perturbation (did you mean 'fgsm'?)"
std::string not_a_kind(const Node& node, const ChoiceAxis& axis);

/// The perturbations that a noise may have as its source, or be `matched` to.
ChoiceAxis source_axis(const std::string& name, const core::Schema& schema);

}  // namespace espalier::grid
