// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/grid/grid.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "espalier/core/error.hpp"
#include "grid/decimal.hpp"
#include "grid/expansion.hpp"
#include "grid/include.hpp"
#include "grid/until.hpp"
#include "grid/values.hpp"

namespace espalier::grid {
namespace {

const std::vector<std::string>& file_keys() {
  static const std::vector<std::string> keys{"espalier", "name", "seed", "grid", "exclude", "train", "evaluate", "tail"};
  return keys;
}

/// The value of `key`; a missing one is a mistake that names what is needed.
const Node* need(const Node& root, const std::string& key, const std::string& what, Problems& problems) {
  const Node* node = root.find(key);
  if (!node && !is_misspelled(key, root.keys(), file_keys()))
    problems.add(root.place, fmt::format("the file needs '{}': {}", key, what));
  return node;
}

std::uint64_t read_seed(const Node& node, Problems& problems) {
  const auto seed = node.form == Node::Form::scalar && !node.quoted ? parse_decimal(node.text) : std::nullopt;
  const auto whole = seed && seed->digits >= 0 ? Range::make({0, 0}, *seed, {1, 0}) : std::nullopt;
  if (whole && whole->ends_exactly()) return whole->size() - 1;
  problems.add(node.place, fmt::format("'seed' must be a whole number from 0 to 999999999999999999, given {}", given(node)));
  return 0;
}

void check_version(const Node& node, Problems& problems) {
  const bool plain = node.form == Node::Form::scalar && !node.quoted;
  if (!plain || parse_number(node.text) != 1.0)
    problems.add(node.place, fmt::format("'espalier' is the format version and must be 1, given {}", given(node)));
}

Header read_header(const Node& root, Context& context) {
  Problems& problems = context.problems;
  for (const Entry& entry : root.entries) {
    if (std::ranges::find(file_keys(), entry.key) != file_keys().end() || entry.key.starts_with("x-")) continue;
    const std::string home = home_of(entry.key, context.schema);
    problems.add(entry.place, fmt::format("{} is not a key of a grid file{}", in_quotes(entry.key),
                                          home.empty() ? hint(entry.key, file_keys(), "its keys") : home));
  }
  Header header;
  if (const Node* node = need(root, "espalier", "1, the format version", problems)) check_version(*node, problems);
  if (const Node* node = need(root, "name", "the name of the experiment", problems)) {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    const bool word = node->form == Node::Form::scalar && !node->text.empty() && std::ranges::none_of(node->text, is_control);
    if (!word) problems.add(node->place, fmt::format("'name' must be one line of text, given {}", given(*node)));
    header.name = node->text;
  }
  if (const Node* node = need(root, "seed", "a whole number, the master seed", problems))
    header.seed = read_seed(*node, problems);
  if (const Node* node = need(root, "grid", "the axes, such as dataset and topology", problems)) {
    header.grid = node->place;
    if (node->form != Node::Form::map)
      problems.add(node->place, fmt::format("'grid' must be a map of axes, given {}", given(*node)));
  }
  return header;
}

/// Where each data set is named, for messages about its files.
std::map<std::string, std::string> places_of(const Node& names, const Problems& problems) {
  std::map<std::string, std::string> places;
  const auto add = [&](const Node& name) { places.emplace(name.text, problems.place_of(name.place)); };
  if (names.form == Node::Form::scalar) add(names);
  for (const Node& name : names.items) add(name);
  return places;
}

/// Whether a rule leaves out every cell with this topology and sparsity.
bool leaves_out(const Rule& rule, const AxisValue& topology, const AxisValue& sparsity) {
  const bool by_others =
      std::ranges::any_of(rule.axes, [](const auto& axis) { return axis.first != "topology" && axis.first != "sparsity"; });
  return !by_others && accepts(rule, "topology", topology) && accepts(rule, "sparsity", sparsity);
}

/// Every topology has its bounds for the sparsity; a pair that a rule leaves out altogether may be outside of them.
void check_sparsities(const Layout& layout, const std::vector<Axis>& axes, const std::vector<Rule>& rules, Context& context) {
  const AxisNode* place = layout.find("sparsity");
  if (!place) return;
  const Axis &topologies = find_axis(axes, "topology"), &sparsities = find_axis(axes, "sparsity");
  for (std::size_t t = 0; t < topologies.values.size(); ++t) {
    const core::Kind* kind = core::find(context.schema.topologies, settings_of(topologies.values[t]).kind);
    const core::Parameter* own = kind ? kind->find("sparsity") : nullptr;
    if (!own) continue;
    for (std::size_t s = 0; s < sparsities.values.size(); ++s) {
      if (topologies.group == sparsities.group && t != s) continue;
      const AxisValue& value = sparsities.values[s];
      const double sparsity = std::get<double>(std::get<core::Value>(value));
      if (sparsity >= own->min && sparsity <= own->max) continue;
      if (std::ranges::any_of(rules, [&](const Rule& rule) { return leaves_out(rule, topologies.values[t], value); })) continue;
      const std::string reason = own->description.empty() ? "" : ": " + own->description;
      context.problems.add(place->values->place, fmt::format("'sparsity' of topology '{}' must be {}, given {} (or exclude it){}",
                                                             kind->name, allowed(*own), core::canonical(sparsity), reason));
    }
  }
}

core::Plan expand_document(const Node& root, Context& context) {
  const Header header = read_header(root, context);
  const Node* grid = root.find("grid");
  const bool is_map = grid && grid->form == Node::Form::map;
  const Layout layout = is_map ? read_layout(*grid, context) : Layout{root.place};
  const Sections sections = read_sections(root, layout, context);
  const std::vector<AxisKind> kinds = axis_kinds(layout, sections, context.schema);
  const std::vector<Rule> rules = read_rules(root, kinds, context);
  if (!is_map) return {};
  const std::vector<Axis> axes = read_axes(layout, kinds, context);
  check_sparsities(layout, axes, rules, context);
  const std::optional<UntilRule> until = read_until(layout, axes, kinds, context);
  if (!context.problems.empty()) return {};
  core::Plan plan = make_plan(header, axes, sections, rules, until, context);
  if (const AxisNode* names = layout.find("dataset")) plan.dataset_places = places_of(*names->values, context.problems);
  return plan;
}

/// The plan of a document, once what is wrong with it is known. Throws core::UserError with all mistakes.
core::Plan plan_of(const Node* root, const core::Schema& schema, const Limits& limits, Problems& problems) {
  Context context{schema, limits, problems};
  core::Plan plan;
  if (root && root->form == Node::Form::map) {
    plan = expand_document(*root, context);
  } else if (root) {
    problems.add(root->place, fmt::format("a grid file is a map that starts with 'espalier: 1', given {}", given(*root)));
  }
  problems.raise();
  return plan;
}

}  // namespace

core::Plan expand(const std::string& text, const std::string& file, const core::Schema& schema, const Limits& limits) {
  Problems problems(file);
  const auto root = parse_document(text, limits, problems);
  core::Plan plan = plan_of(root ? &*root : nullptr, schema, limits, problems);
  plan.source = text;
  return plan;
}

core::Plan read(const std::filesystem::path& path, const core::Schema& schema) {
  const Limits limits;
  Problems problems(path.string());
  auto resolved = resolve(read_text(path, limits), path, limits, problems);
  core::Plan plan = plan_of(resolved ? &resolved->root : nullptr, schema, limits, problems);
  plan.source = std::move(resolved->text);
  return plan;
}

}  // namespace espalier::grid
