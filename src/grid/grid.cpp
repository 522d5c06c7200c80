// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/grid/grid.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "espalier/core/error.hpp"
#include "grid/decimal.hpp"
#include "grid/expansion.hpp"
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
    if (std::ranges::find(file_keys(), entry.key) != file_keys().end()) continue;
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

/// Every topology has bounds of its own for the sparsity; a pair that a rule leaves out altogether may be outside of them.
void check_sparsities(const Node& place, const Axes& axes, const std::vector<Rule>& rules, Context& context) {
  const auto leaves_out = [](const Rule& rule, const Choice& topology, double sparsity) {
    for (const Axis other : {dataset_axis, seed_axis, perturbation_axis, noise_axis}) {
      if (rule.axes[other]) return false;
    }
    return accepts(rule, topology_axis, topology.said) && accepts(rule, sparsity_axis, core::Value(sparsity));
  };
  for (const Choice& topology : axes.topologies) {
    const core::Kind* kind = core::find(context.schema.topologies, topology.settings.kind);
    const core::Parameter* own = kind ? kind->find("sparsity") : nullptr;
    if (!own) continue;
    for (const double sparsity : axes.sparsities) {
      if (sparsity >= own->min && sparsity <= own->max) continue;
      if (std::ranges::any_of(rules, [&](const Rule& rule) { return leaves_out(rule, topology, sparsity); })) continue;
      const std::string reason = own->description.empty() ? "" : ": " + own->description;
      context.problems.add(place.place, fmt::format("'sparsity' of topology '{}' must be {}, given {} (or exclude it){}",
                                                    kind->name, allowed(*own), core::canonical(sparsity), reason));
    }
  }
}

core::Plan expand_document(const Node& root, Context& context) {
  const Header header = read_header(root, context);
  const Node* grid = root.find("grid");
  const Sections sections = read_sections(root, grid ? grid->find("topology") : nullptr, context);
  const std::vector<Rule> rules = read_rules(root, sections, context);
  if (!grid || grid->form != Node::Form::map) return {};
  const Axes axes = read_axes(*grid, sections, context);
  if (const Node* sparsity = grid->find("sparsity")) check_sparsities(*sparsity, axes, rules, context);
  if (!context.problems.empty()) return {};
  return make_plan(header, axes, sections, rules, context);
}

}  // namespace

core::Plan expand(const std::string& text, const std::string& file, const core::Schema& schema, const Limits& limits) {
  Problems problems(file);
  Context context{schema, limits, problems};
  core::Plan plan;
  if (const auto root = parse_document(text, limits, problems)) {
    if (root->form == Node::Form::map) {
      plan = expand_document(*root, context);
    } else {
      problems.add(root->place, fmt::format("a grid file is a map that starts with 'espalier: 1', given {}", given(*root)));
    }
  }
  problems.raise();
  plan.source = text;
  return plan;
}

std::string place_of_dataset(const std::string& text, const std::string& dataset) {
  Problems problems("");
  const auto root = parse_document(text, {}, problems);
  const Node* grid = root ? root->find("grid") : nullptr;
  const Node* names = grid ? grid->find("dataset") : nullptr;
  if (!names) return "";
  const auto place = [&](const Node& node) {
    return node.text == dataset ? fmt::format("{}:{}", node.place.line, node.place.column) : std::string();
  };
  if (names->form == Node::Form::scalar) return place(*names);
  const auto found = std::ranges::find(names->items, dataset, &Node::text);
  return found == names->items.end() ? "" : place(*found);
}

core::Plan read(const std::filesystem::path& path, const core::Schema& schema) {
  std::ifstream stream(path, std::ios::binary);
  const Limits limits;
  std::string text(limits.bytes + 1, '\0');  // one more than allowed tells a file that is too large
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (!stream && stream.gcount() == 0 && !stream.eof()))
    throw core::UserError(fmt::format("{}: the grid file cannot be read: {}", path.string(), std::strerror(errno)));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.starts_with("espalier results") || text.starts_with("\x89HDF"))
    throw core::UserError(fmt::format("{}: is a results file, not a grid file; give a YAML file", path.string()));
  return expand(text, path.string(), schema, limits);
}

}  // namespace espalier::grid
