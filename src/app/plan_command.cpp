// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <tuple>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/experiment.hpp"
#include "app/needs.hpp"
#include "app/predicted_run.hpp"
#include "app/progress_line.hpp"
#include "espalier/core/axes.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/robust/evaluate.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {
namespace {

struct Totals {
  double training = 0, fitting = 0, retraining = 0, evaluation = 0;  ///< core seconds
  double file_bytes = 0;
  double rank_bytes = 0;  ///< beyond the images, which the ranks of one host share
  double image_bytes = 0;
};

double model_bytes(const std::vector<core::LayerShape>& layers) {
  double bytes = 0;
  for (const core::LayerShape& layer : layers)
    bytes += 4.0 * (static_cast<double>(layer.links) * (layer.sparse ? 2 : 1) + layer.outputs + layer.inputs);
  return bytes;
}

/// Of the corrupted test images that a rank keeps, at most.
double corrupted_bytes(const Experiment& experiment) {
  std::set<std::tuple<const core::Settings*, const core::Settings*, std::string, int>> known;
  double bytes = 0;
  for (const core::Cell& cell : experiment.plan.cells) {
    const core::ModelSpec& model = experiment.plan.models[cell.model];
    if (!robust::is_corruption(cell.perturbation) ||
        !known.emplace(cell.perturbation.address(), cell.evaluate.address(), model.dataset, model.seed).second)
      continue;
    const data::DatasetShape& shape = experiment.shapes.at(model.dataset);
    bytes += 4.0 * cell.images * shape.size();
  }
  return std::min(bytes, static_cast<double>(run::corrupted_images_bytes));
}

/// Of the clean and the changed images that an attack on all images at once holds, at most.
double joint_bytes(const Experiment& experiment) {
  double pixels = 0;
  const auto see = [&](const core::Settings& settings, const data::DatasetShape& shape, double images) {
    if (robust::perturbation(settings.kind).joint) pixels = std::max(pixels, images * shape.size());
  };
  const auto shape_of = [&](std::size_t model) { return experiment.shapes.at(experiment.plan.models[model].dataset); };
  for (const core::Cell& cell : experiment.plan.cells) see(cell.perturbation, shape_of(cell.model), cell.images);
  for (const core::FitSpec& fit : experiment.plan.fits) {
    const data::DatasetShape shape = shape_of(fit.model);
    see(fit.source, shape, fit.images > 0 ? std::min(fit.images, shape.train_images) : shape.train_images);
  }
  return 8 * pixels;
}

/// Of the plan, which every rank holds.
double plan_bytes(const core::Plan& plan) {
  constexpr double id_bytes = 48, settings_bytes = 2048;  // on the heap: of each id, and of each model, fit and tail
  return static_cast<double>(plan.cells.size()) * (sizeof(core::Cell) + id_bytes) +
         static_cast<double>(plan.models.size() + plan.fits.size() + plan.tails.size()) * settings_bytes;
}

Totals totals_of(const Experiment& experiment) {
  constexpr double program_bytes = 30e6, copies_in_training = 4, batch = 128;
  Totals totals{.file_bytes = static_cast<double>(record::file_size(experiment.plan, experiment.layout))};
  for (const core::ModelSpec& spec : experiment.plan.models) totals.training += spec.cost;
  for (const core::FitSpec& fit : experiment.plan.fits) totals.fitting += fit.cost;
  for (const core::TailSpec& tail : experiment.plan.tails) totals.retraining += tail.cost;
  for (const core::Cell& cell : experiment.plan.cells) totals.evaluation += cell.cost;
  for (const auto& layers : experiment.layout.models) {
    double units = 0;
    for (const core::LayerShape& layer : layers) units += layer.inputs + layer.outputs;
    totals.rank_bytes = std::max(totals.rank_bytes, program_bytes + copies_in_training * model_bytes(layers) + 8 * batch * units);
  }
  totals.rank_bytes += corrupted_bytes(experiment) + joint_bytes(experiment) + plan_bytes(experiment.plan);
  for (const auto& [name, shape] : experiment.shapes)
    totals.image_bytes += static_cast<double>(shape.train_images + shape.test_images) * shape.size();
  return totals;
}

std::string bytes_text(double bytes) {
  return bytes < 1e6   ? fmt::format("{:.0f} kB", bytes / 1e3)
         : bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6)
                       : fmt::format("{:.1f} GB", bytes / 1e9);
}

std::string joined(const std::vector<std::string>& values) {
  constexpr std::size_t shown = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), shown); ++i) text += (i ? ", " : "") + values[i];
  return values.size() <= shown ? text : text + fmt::format(", ... ({} in all)", values.size());
}

/// An axis in one line, or a line per value where the values have settings.
std::string axis_text(const core::AxisSummary& axis) {
  constexpr std::size_t width = 100;
  const std::string head = fmt::format("  {:<14}{:>4}  ", axis.axis, axis.values.size());
  const std::string others = fmt::format("{}", fmt::join(axis.zipped_with, ", "));
  const std::string together = others.empty() ? "" : fmt::format("  (zip with {})", others);
  const std::string line = joined(axis.values);
  if (line.size() <= width) return head + line + together + "\n";
  std::string text;
  for (const std::string& value : axis.values) text += (text.empty() ? head : std::string(head.size(), ' ')) + value + "\n";
  if (!together.empty()) text.insert(text.find('\n'), together);
  return text;
}

/// Cells and time of each perturbation, the dearest first.
void print_perturbations(const core::Plan& plan) {
  struct Share {
    std::string kind;
    std::size_t cells = 0;
    double cost = 0;
  };
  std::map<std::string, Share> shares;
  for (const core::Cell& cell : plan.cells) {
    Share& share = shares[cell.perturbation->kind];
    share = {cell.perturbation->kind, share.cells + 1, share.cost + cell.cost};
  }
  std::vector<Share> order;
  for (const auto& [kind, share] : shares) order.push_back(share);
  std::ranges::stable_sort(order, std::greater(), &Share::cost);
  for (const Share& share : order) print_to(stdout, "    {:<18}{:>9}   {}\n", share.kind, share.cells, duration(share.cost));
}

std::size_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

double core_seconds(const Totals& totals) { return totals.training + totals.fitting + totals.retraining + totals.evaluation; }

/// The range between the fewest seeds and all of them.
void print_until(const Experiment& experiment, const Totals& totals, std::size_t ranks) {
  const core::Plan& plan = experiment.plan;
  if (!plan.until) return;
  const Least least = least_of(plan);
  const farm::Simulated run = predicted_run(experiment, ranks > 0 ? ranks : cores(), Seeds::fewest);
  std::string against;
  for (const auto& [axis, value] : plan.until->against) against += fmt::format(" against {} {}", axis, value);
  print_to(stdout, "  until a half width of {} of {}{}, at least {} seeds, in {} groups; all other numbers are with all seeds\n",
           core::canonical(plan.until->half_width), plan.until->of, against, plan.until->at_least, plan.groups.size());
  print_to(stdout, "    {} to {} models, {} to {} cells, {} to {} on one core, at least {} on {} {}\n", least.models,
           plan.models.size(), least.cells, plan.cells.size(), duration(least.seconds), duration(core_seconds(totals)),
           duration(run.seconds), ranks > 0 ? ranks : cores(), ranks > 0 ? "ranks" : "cores");
}

nlohmann::json until_json(const core::Plan& plan) {
  const Least least = least_of(plan);
  nlohmann::json out = nlohmann::json::parse(core::canonical(*plan.until));
  out["groups"] = plan.groups.size();
  out["least"] = {{"cells", least.cells}, {"models", least.models}, {"seconds", least.seconds}};
  return out;
}

/// `ranks`: as the user said; 0: not said.
std::string run_text(const Experiment& experiment, std::size_t ranks) {
  const farm::Simulated run = predicted_run(experiment, ranks > 0 ? ranks : cores());
  if (ranks == 0) return fmt::format("about {} on the {} cores of this machine", duration(run.seconds), cores());
  return fmt::format("about {} on {} ranks, {:.0f} % busy; the longest chain of jobs takes {}", duration(run.seconds), ranks,
                     100 * run.busy, duration(run.bounds.chain));
}

void print_text(const Experiment& experiment, std::size_t ranks) {
  const core::Plan& plan = experiment.plan;
  const Totals totals = totals_of(experiment);
  print_to(stdout, "{}: {} cells on {} models (master seed {})\n\n", plan.name, plan.cells.size(), plan.models.size(),
           plan.master_seed);
  for (const core::AxisSummary& axis : plan.axes) print_to(stdout, "{}", axis_text(axis));
  for (const auto& [name, shape] : experiment.shapes) print_to(stdout, "  data {}\n", data::text_of(name, shape));
  print_to(stdout, "\n  {:<20}{:>9}   about {} on one core\n", "models to train", plan.models.size(), duration(totals.training));
  if (!plan.fits.empty())
    print_to(stdout, "  {:<20}{:>9}   about {} on one core\n", "noises to fit", plan.fits.size(), duration(totals.fitting));
  if (!plan.tails.empty())
    print_to(stdout, "  {:<20}{:>9}   about {} on one core\n", "tails to retrain", plan.tails.size(),
             duration(totals.retraining));
  print_to(stdout, "  {:<20}{:>9}   about {} on one core\n", "cells to evaluate", plan.cells.size(), duration(totals.evaluation));
  print_perturbations(plan);
  print_until(experiment, totals, ranks);
  print_to(stdout, "  {}\n", run_text(experiment, ranks));
  print_to(stdout, "  memory: {} per rank and {} of images per host; results file: {}\n", bytes_text(totals.rank_bytes),
           bytes_text(totals.image_bytes), bytes_text(totals.file_bytes));
  for (const auto* remarks : {&plan.remarks, &experiment.warnings})
    for (const std::string& remark : *remarks) print_to(stdout, "  note: {}\n", remark);
}

std::string cell_text(const core::Plan& plan, const core::Cell& cell) {
  const core::ModelSpec& model = plan.models[cell.model];
  std::string text = cell.id;
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.of_model)
      text +=
          fmt::format(" {}{}", axis.whole_numbers ? fmt::format("{} ", axis.name) : "", core::plain_text(axis.of_model(model)));
  return fmt::format("{} {} {}", text, core::canonical(cell.perturbation), core::canonical(cell.noise));
}

nlohmann::json cell_json(const core::Plan& plan, const core::Cell& cell) {
  using nlohmann::json;
  const core::ModelSpec& model = plan.models[cell.model];
  json out{{"id", cell.id},
           {"model", model.id},
           {"perturbation", json::parse(core::canonical(cell.perturbation))},
           {"noise", json::parse(core::canonical(cell.noise))},
           {"images", cell.images},
           {"seconds", cell.cost}};
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.of_model) out[axis.name] = json::parse(core::canonical(axis.of_model(model)));
  return out;
}

nlohmann::json run_json(const Experiment& experiment, std::size_t ranks) {
  const std::size_t on = ranks > 0 ? ranks : cores();
  const farm::Simulated run = predicted_run(experiment, on);
  return {{"ranks", on}, {"seconds", run.seconds}, {"busy", run.busy}, {"longest_chain_seconds", run.bounds.chain}};
}

void print_json(const Experiment& experiment, bool cells, std::size_t ranks) {
  using nlohmann::json;
  const core::Plan& plan = experiment.plan;
  const Totals totals = totals_of(experiment);
  json out{{"name", plan.name},
           {"hash", plan.hash},
           {"master_seed", plan.master_seed},
           {"cells", plan.cells.size()},
           {"models", plan.models.size()},
           {"fits", plan.fits.size()},
           {"tails", plan.tails.size()},
           {"training_seconds", totals.training},
           {"fitting_seconds", totals.fitting},
           {"retraining_seconds", totals.retraining},
           {"evaluation_seconds", totals.evaluation},
           {"run", run_json(experiment, ranks)},
           {"rank_bytes", totals.rank_bytes},
           {"image_bytes", totals.image_bytes},
           {"file_bytes", totals.file_bytes},
           {"remarks", plan.remarks},
           {"warnings", experiment.warnings},
           {"datasets", json::object()},
           {"axes", json::object()}};
  if (plan.until) out["until"] = until_json(plan);
  for (const auto& [name, shape] : experiment.shapes)
    out["datasets"][name] = {{"folder", shape.folder.string()},
                             {"train_images", shape.train_images},
                             {"test_images", shape.test_images},
                             {"height", shape.height},
                             {"width", shape.width},
                             {"channels", shape.channels},
                             {"classes", shape.classes},
                             {"classes_without_training_image", shape.unseen}};
  for (const core::AxisSummary& axis : plan.axes) {
    out["axes"][axis.axis] = axis.values;
    if (!axis.zipped_with.empty()) out["zip"][axis.axis] = axis.zipped_with;
  }
  if (cells) {
    json& list = out["cell_list"] = json::array();
    for (const core::Cell& cell : plan.cells) list.push_back(cell_json(plan, cell));
  }
  print_to(stdout, "{}\n", out.dump(2));
}

}  // namespace

core::ExitCode plan_command(const Options& options) {
  const Experiment experiment = prepare_selected(options);
  if (options.json) {
    print_json(experiment, options.cells, options.ranks);
    return core::ExitCode::done;
  }
  print_text(experiment, options.ranks);
  if (options.cells)
    for (const core::Cell& cell : experiment.plan.cells) print_to(stdout, "{}\n", cell_text(experiment.plan, cell));
  return core::ExitCode::done;
}

}  // namespace espalier::app
