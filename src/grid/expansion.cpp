// SPDX-License-Identifier: BSD-3-Clause
#include "grid/expansion.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "espalier/core/evaluate_settings.hpp"
#include "espalier/core/precision.hpp"
#include "espalier/core/sha256.hpp"
#include "grid/conditions.hpp"
#include "grid/groups.hpp"
#include "grid/models.hpp"

namespace espalier::grid {
namespace {

constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

/// Two axes that are zipped across the border between models and conditions.
struct Link {
  std::size_t of_model;
  std::size_t of_condition;
};

/// The points of the grid: those of the models, and for each of them those of the conditions.
struct Space {
  Product models, conditions, all;
  std::vector<Link> links{};

  explicit Space(const std::vector<Axis>& axes)
      : models(axes, [](const Axis& axis) { return axis.kind.of_model; }),
        conditions(axes, [](const Axis& axis) { return !axis.kind.of_model; }),
        all(axes, [](const Axis&) { return true; }) {
    for (const std::size_t m : models.axes()) {
      for (const std::size_t c : conditions.axes())
        if (axes[m].group == axes[c].group) links.push_back({m, c});
    }
  }

  /// Whether zipped axes have the same value number at both points.
  bool joins(std::uint64_t model, std::uint64_t condition) const {
    return std::ranges::all_of(links, [&](const Link& link) {
      return models.value(model, link.of_model) == conditions.value(condition, link.of_condition);
    });
  }
};

/// Marks the conditions of one model that some point of the grid asks for and no rule leaves out.
class Selection {
 public:
  Selection(const Space& space, const Masks& masks, const Conditions& conditions)
      : space_(space), masks_(masks), conditions_(conditions) {
    for (std::uint64_t c = 0; c < space.conditions.size(); ++c) of_condition_.push_back(masks.of(space.conditions, c));
  }

  const std::vector<char>& of(const ModelRow& model) {
    wanted_.assign(conditions_.distinct.size(), 0);
    for (const std::uint64_t point : model.points) add(point);
    return wanted_;
  }

  std::uint64_t excluded() const { return excluded_; }

 private:
  void add(std::uint64_t model) {
    const Masks::Bits bits = masks_.of(space_.models, model);
    const bool may_exclude = any(bits);
    for (std::uint64_t c = 0; c < of_condition_.size(); ++c) {
      if (!space_.joins(model, c)) continue;
      if (may_exclude && share(bits, of_condition_[c])) {
        ++excluded_;
      } else {
        wanted_[conditions_.of_point[c]] = 1;
      }
    }
  }

  const Space& space_;
  const Masks& masks_;
  const Conditions& conditions_;
  std::vector<Masks::Bits> of_condition_;
  std::vector<char> wanted_;
  std::uint64_t excluded_ = 0;
};

/// Adds the rows of one model after another to a plan.
class Writer {
 public:
  Writer(core::Plan& plan, const Conditions& conditions, const Sections& sections) : plan_(plan), conditions_(conditions) {
    const core::SharedSettings usual(sections.evaluate);
    for (const PerturbationRow& row : conditions.perturbations) evaluations_.push_back(evaluation_of(usual, row.settings));
  }

  void add(ModelRow& row, const std::vector<char>& wanted) {
    fits_.assign(conditions_.fits.size(), nowhere);
    tails_.assign(conditions_.tails.size(), nowhere);
    bool is_new = true;
    for (std::size_t c = 0; c < wanted.size(); ++c) {
      if (!wanted[c]) continue;
      if (std::exchange(is_new, false)) plan_.models.push_back(std::move(row.spec));
      add_cell(row.text, conditions_.distinct[c]);
    }
  }

 private:
  /// How the cells of one perturbation are evaluated.
  struct Evaluation {
    core::SharedSettings settings;
    std::string text;  ///< canonical
    std::uint32_t images;
  };

  /// Equal ones share their settings.
  Evaluation evaluation_of(core::SharedSettings settings, const core::Settings& perturbation) const {
    if (perturbation.has("images")) {
      core::Settings own = settings;
      own.values["images"] = perturbation.values.at("images");
      settings = std::move(own);
    }
    const std::string text = core::canonical(settings);
    const auto known = std::ranges::find(evaluations_, text, &Evaluation::text);
    if (known != evaluations_.end()) return *known;
    return {settings, text, core::read_evaluate(settings).images};
  }

  void add_cell(const std::string& model, Condition condition) {
    const PerturbationRow& perturbation = conditions_.perturbations[condition.perturbation];
    const NoiseRow& noise = conditions_.noises[condition.noise];
    core::Cell cell;
    cell.model = plan_.models.size() - 1;
    if (noise.fit) cell.fit = fit(model, *noise.fit);
    if (condition.tail) cell.tail = tail(model, *condition.tail);
    cell.perturbation = perturbation.settings;
    cell.noise = noise.settings;
    const Evaluation& evaluation = evaluations_[condition.perturbation];
    cell.evaluate = evaluation.settings;
    cell.images = evaluation.images;
    const std::string_view tail_text = condition.tail ? conditions_.tails[*condition.tail].train_text : std::string_view();
    cell.id = core::content_id(fmt::format("cell {}{}{}{}{}", model, perturbation.text, noise.text, evaluation.text, tail_text));
    cell.outcome_offset = outcomes_;
    outcomes_ += core::outcome_bytes(cell.images);
    plan_.cells.push_back(std::move(cell));
  }

  std::size_t fit(const std::string& model, std::size_t row) {
    if (fits_[row] != nowhere) return fits_[row];
    const FitRow& fit = conditions_.fits[row];
    const std::string id =
        core::content_id(fmt::format("fit {}{}{} {}", model, core::canonical(fit.source), fit.layer, fit.images));
    plan_.fits.push_back({id, plan_.models.size() - 1, fit.source, fit.layer, fit.images});
    return fits_[row] = plan_.fits.size() - 1;
  }

  std::size_t tail(const std::string& model, std::size_t row) {
    if (tails_[row] != nowhere) return tails_[row];
    const TailRow& tail = conditions_.tails[row];
    const std::string id = core::content_id(fmt::format("tail {}{}{}", model, core::canonical(tail.noise), tail.train_text));
    const auto fit_row = tail.fit ? std::optional(fit(model, *tail.fit)) : std::nullopt;
    plan_.tails.push_back({id, plan_.models.size() - 1, fit_row, tail.noise, tail.train});
    return tails_[row] = plan_.tails.size() - 1;
  }

  core::Plan& plan_;
  const Conditions& conditions_;
  std::vector<Evaluation> evaluations_;    // of each perturbation
  std::vector<std::size_t> fits_, tails_;  // rows of the plan for the current model, `nowhere` until it needs them
  std::uint64_t outcomes_ = 0;
};

/// The families of the kinds that the plan's cells and fits name.
std::map<std::string, std::string> families_of(const Conditions& conditions, const core::Schema& schema) {
  std::map<std::string, std::string> families;
  const auto add = [&](const std::string& name) {
    if (const core::Kind* kind = core::find(schema.perturbations, name)) families[name] = kind->family;
  };
  for (const PerturbationRow& row : conditions.perturbations) add(row.settings->kind);
  for (const FitRow& row : conditions.fits) add(row.source.kind);
  return families;
}

std::string hash_of(const core::Plan& plan) {
  core::Sha256 hash;
  const auto add = [&](const auto& rows) {
    for (const auto& row : rows) hash.add(row.id + "\n");
    hash.add("\n");
  };
  add(plan.models);
  add(plan.fits);
  add(plan.tails);
  add(plan.cells);
  if (plan.until) hash.add("until " + core::canonical(*plan.until) + "\n");
  return hash.hex();
}

void remark_exclusion(const std::vector<Rule>& rules, const Masks& masks, std::uint64_t size, Context& context) {
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const std::uint64_t count = masks.count(r);
    const std::string line = context.problems.line_of(rules[r].place);
    context.remarks.push_back(count ? fmt::format("exclude rule {} ({}) removes {} of {} cells", r + 1, line, count, size)
                                    : fmt::format("exclude rule {} ({}) removes no cell", r + 1, line));
  }
}

}  // namespace

core::Plan make_plan(const Header& header, const std::vector<Axis>& axes, const Sections& sections,
                     const std::vector<Rule>& rules, const std::optional<UntilRule>& until, Context& context) {
  core::Plan plan;
  plan.name = header.name;
  plan.master_seed = header.seed;
  const Space space(axes);
  const std::uint64_t size = space.all.size();
  if (size > context.limits.cells) {
    context.problems.add(header.grid, too_many_cells(size, context.limits));
    return plan;
  }
  const Masks masks(rules, axes);
  const Conditions conditions = make_conditions(space.conditions, sections, header.grid, context);
  std::vector<ModelRow> models = make_models(header.seed, space.models, sections, header.grid, context);
  Selection selection(space, masks, conditions);
  Writer writer(plan, conditions, sections);
  std::optional<SeedGroups> groups;
  if (until) groups.emplace(axes, space.models, space.conditions, conditions);
  for (ModelRow& model : models) {
    const std::vector<char>& wanted = selection.of(model);
    if (groups) groups->add(model, wanted, plan.cells.size());
    writer.add(model, wanted);
  }
  if (plan.cells.empty()) context.problems.add(rules.empty() ? header.grid : rules.front().place, "'exclude' removes all cells");
  if (groups && !plan.cells.empty()) groups->write(*until, plan, context);
  plan.hash = hash_of(plan);
  plan.axes = summarise(axes);
  plan.families = families_of(conditions, context.schema);
  remark_exclusion(rules, masks, size, context);
  plan.remarks = context.remarks;
  if (conditions.unmatched)
    plan.remarks.push_back("cells without a perturbation have noise 'none' where the noise has source 'matched'");
  const std::uint64_t kept = size - selection.excluded();
  if (kept > plan.cells.size())
    plan.remarks.push_back(fmt::format("{} of {} cells differ only in settings that they do not use; {} distinct cells remain",
                                       kept - plan.cells.size(), kept, plan.cells.size()));
  return plan;
}

}  // namespace espalier::grid
