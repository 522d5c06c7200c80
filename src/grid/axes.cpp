// SPDX-License-Identifier: BSD-3-Clause
#include "grid/axes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "espalier/core/axes.hpp"
#include "grid/until.hpp"
#include "grid/values.hpp"

namespace espalier::grid {
namespace {

using core::Parameter;
using core::Type;

const core::Value& plain(const AxisValue& value) { return std::get<core::Value>(value); }
double number(const AxisValue& value) { return std::get<double>(plain(value)); }

/// The sparsities that any topology allows; each one's own bounds are checked when it is known what is excluded.
Parameter sparsity_parameter(const core::Schema& schema) {
  Parameter all{.name = "sparsity"};
  all.min = std::numeric_limits<double>::infinity();
  all.max = -all.min;
  for (const core::Kind& kind : schema.topologies) {
    const Parameter* own = kind.find("sparsity");
    if (!own) continue;
    all.min = std::min(all.min, own->min);
    all.max = std::max(all.max, own->max);
  }
  return all.min <= all.max ? all : Parameter{.name = "sparsity", .min = 0, .max = 1};
}

/// The setting of `section` that the axis `name` is: "train.epochs" is the setting `epochs` of `train`.
const Parameter* setting_of(const std::string& name, const core::Kind& section) {
  const std::string prefix = section.name + ".";
  return name.starts_with(prefix) ? section.find(name.substr(prefix.size())) : nullptr;
}

AxisKind setting_axis(const std::string& name, const Parameter& setting, Values Point::*section, bool of_model) {
  Parameter parameter = setting;
  parameter.name = name;  // in messages
  const auto set = [section, key = setting.name](const AxisValue& value, Point& point) { (point.*section)[key] = plain(value); };
  return {name, PlainValues{std::move(parameter)}, set, of_model};
}

/// Names of data sets become folder names and HDF5 strings.
bool is_name(const std::string& text) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::ranges::all_of(text, allowed);
}

std::vector<AxisValue> read_datasets(const Node& node, bool may_repeat, Context& context) {
  std::vector<AxisValue> datasets;
  std::set<std::string> seen;
  for (const Node* item : as_list(node, "dataset", context)) {
    if (item->form != Node::Form::scalar || !is_name(item->text)) {
      context.problems.add(item->place,
                           fmt::format("'dataset' must be a name of letters, digits, '-', '_' and '.', given {}", given(*item)));
    } else if (!seen.insert(item->text).second && !may_repeat) {
      context.problems.add(item->place, fmt::format("'dataset' holds {} twice (duplicate cells)", item->text));
    } else {
      datasets.emplace_back(core::Value(item->text));
    }
  }
  return datasets;
}

std::vector<AxisValue> read_values(const AxisNode& node, const AxisKind& kind, Context& context) {
  std::vector<AxisValue> values;
  if (const auto* choices = std::get_if<ChoiceAxis>(&kind.domain)) {
    for (Choice& choice : read_choices(*node.values, *choices, node.zipped, context)) values.emplace_back(std::move(choice));
  } else if (const auto* plain_values = std::get_if<PlainValues>(&kind.domain)) {
    const AxisForm form{plain_values->default_step, node.zipped};
    for (core::Value& value : read_axis(*node.values, plain_values->parameter, context, form))
      values.emplace_back(std::move(value));
  } else {
    values = read_datasets(*node.values, node.zipped, context);
  }
  return values;
}

/// The one value of an axis that the file leaves out: kind "none", or 0.
std::vector<AxisValue> absent_values(const AxisKind& kind) {
  const auto* axis = std::get_if<ChoiceAxis>(&kind.domain);
  if (!axis) return {core::Value(0.0)};
  const core::Kind* none = core::find(axis->catalogue, "none");
  if (!none) return {Choice{{"none", {}}, {"none", {}}}};
  std::vector<std::string> missing;
  const Values values = defaults(*none);
  return {Choice{resolve(*none, values, missing), {"none", values}}};
}

std::vector<std::string> names_of(const std::vector<AxisKind>& kinds) {
  std::vector<std::string> names;
  for (const AxisKind& kind : kinds) names.push_back(kind.name);
  return names;
}

/// Advice for an axis such as "train.epoch" that does not exist; empty for another name.
std::string advice_on_setting(const std::string& name, const core::Schema& schema) {
  for (const core::Kind* section : {&schema.train, &schema.tail}) {
    const std::string prefix = section->name + ".";
    if (!name.starts_with(prefix)) continue;
    std::vector<std::string> known;
    for (const std::string& setting : names(*section)) known.push_back(prefix + setting);
    for (const core::Kind& topology : schema.topologies)
      if (topology.find(name.substr(prefix.size())))
        return fmt::format(" (it is a parameter of topology '{}': give it a list there)", topology.name);
    return hint(name, known, fmt::format("settings of '{}'", section->name));
  }
  return "";
}

void check_names(const Layout& layout, const std::vector<AxisKind>& kinds, Context& context) {
  for (const AxisNode& axis : layout.axes) {
    if (std::ranges::find(kinds, axis.name, &AxisKind::name) != kinds.end()) continue;
    const std::string advice = advice_on_setting(axis.name, context.schema);
    context.problems.add(axis.place, fmt::format("{} is not a key of 'grid'{}", in_quotes(axis.name),
                                                 advice.empty() ? hint(axis.name, names_of(kinds), "its keys") : advice));
  }
  for (const AxisKind& kind : kinds) {
    if (kind.required && !layout.find(kind.name) && !is_misspelled(kind.name, layout.names(), axis_names()))
      context.problems.add(layout.place, fmt::format("'grid' needs '{}'", kind.name));
  }
}

/// Sparse layers need a sparsity.
void check_sparsity(const std::vector<Axis>& axes, const Layout& layout, Context& context) {
  if (layout.find("sparsity") || is_misspelled("sparsity", layout.names(), axis_names())) return;
  const std::vector<AxisValue>& topologies = find_axis(axes, "topology").values;
  const auto sparse =
      std::ranges::find_if(topologies, [&](const AxisValue& t) { return is_sparse(context.schema, settings_of(t)); });
  if (sparse != topologies.end())
    context.problems.add(layout.place,
                         fmt::format("'grid' needs 'sparsity': topology '{}' has sparse layers", settings_of(*sparse).kind));
}

std::string text_of(const AxisValue& value) {
  const auto* choice = std::get_if<Choice>(&value);
  return choice ? core::canonical(choice->said) : core::canonical(plain(value));
}

/// Zipped axes have one length, and no combination of their values twice.
void check_groups(const std::vector<Axis>& axes, const Layout& layout, Context& context) {
  std::map<std::size_t, std::vector<const Axis*>> groups;
  for (const Axis& axis : axes)
    if (!axis.absent && layout.find(axis.kind.name)->zipped) groups[axis.group].push_back(&axis);
  for (const auto& [group, members] : groups) {
    const Axis& first = *members.front();
    bool equal = true;
    for (const Axis* axis : members) {
      if (axis->values.size() == first.values.size()) continue;
      equal = false;
      context.problems.add(layout.find(axis->kind.name)->place,
                           fmt::format("axes of one group of 'zip' need as many values: '{}' has {}, '{}' has {}",
                                       first.kind.name, first.values.size(), axis->kind.name, axis->values.size()));
    }
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; equal && i < first.values.size(); ++i) {
      std::string text;
      for (const Axis* axis : members) text += text_of(axis->values[i]) + '\n';
      const auto [found, is_new] = seen.emplace(text, i + 1);
      if (!is_new)
        context.problems.add(layout.find(first.kind.name)->place,
                             fmt::format("values {} and {} of this group of 'zip' are the same combination (duplicate cells)",
                                         found->second, i + 1));
    }
  }
}

}  // namespace

const std::vector<std::string>& axis_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const core::AxisField& axis : core::axis_fields) all.emplace_back(axis.name);
    return all;
  }();
  return names;
}

std::vector<AxisKind> axis_kinds(const Layout& layout, const Sections& sections, const core::Schema& schema) {
  const auto choice = [](const Choice* Point::*member) {
    return [member](const AxisValue& value, Point& point) { point.*member = &std::get<Choice>(value); };
  };
  std::vector<AxisKind> kinds{
      {"dataset", DatasetNames{}, [](const AxisValue& v, Point& p) { p.dataset = std::get<std::string>(plain(v)); }, true, true},
      {"topology", ChoiceAxis{"topology", "topology", "kind", sections.topologies}, choice(&Point::topology), true, true},
      {"sparsity", PlainValues{sparsity_parameter(schema)}, [](const AxisValue& v, Point& p) { p.sparsity = number(v); }},
      {"seed", PlainValues{{.name = "seed", .type = Type::integer, .min = 0}, 1.0},
       [](const AxisValue& v, Point& p) { p.seed = static_cast<int>(number(v)); }, true, true},
      {"perturbation", ChoiceAxis{"perturbation", "perturbation", "kind", schema.perturbations}, choice(&Point::perturbation),
       false},
      {"noise", ChoiceAxis{"noise", "noise structure", "structure", sections.structures}, choice(&Point::noise), false}};
  for (const AxisNode& axis : layout.axes) {
    if (const Parameter* setting = setting_of(axis.name, schema.train))
      kinds.push_back(setting_axis(axis.name, *setting, &Point::train, true));
    else if (const Parameter* tail = setting_of(axis.name, schema.tail))
      kinds.push_back(setting_axis(axis.name, *tail, &Point::tail, false));
  }
  return kinds;
}

const Axis& find_axis(const std::vector<Axis>& axes, std::string_view name) {
  return *std::ranges::find_if(axes, [&](const Axis& axis) { return axis.kind.name == name; });
}

bool is_sparse(const core::Schema& schema, const core::Settings& topology) {
  const core::Kind* kind = core::find(schema.topologies, topology.kind);
  return kind && kind->find("sparsity");
}

std::vector<Axis> read_axes(const Layout& layout, const std::vector<AxisKind>& kinds, Context& context) {
  check_names(layout, kinds, context);
  std::vector<Axis> axes;
  std::set<std::size_t> counted;
  std::size_t group = layout.axes.size();
  for (const AxisKind& kind : kinds) {
    const AxisNode* node = layout.find(kind.name);
    if (!node) {
      axes.push_back({kind, kind.required ? std::vector<AxisValue>{} : absent_values(kind), group++, true});
      continue;
    }
    const std::optional<Node> seeds =
        kind.name == "seed" && find_until(*node->values) ? std::optional(without_until(*node->values)) : std::nullopt;
    AxisNode values = *node;
    if (seeds) values.values = &*seeds;
    axes.push_back({kind, read_values(values, kind, context), node->group});
    if (counted.insert(node->group).second)
      context.outer = saturating_product(context.outer, std::max<std::size_t>(axes.back().values.size(), 1));
  }
  check_sparsity(axes, layout, context);
  check_groups(axes, layout, context);
  return axes;
}

}  // namespace espalier::grid
