// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/run/run_job.hpp"

#include <fmt/core.h>

#include <cmath>
#include <new>

#include "espalier/core/evaluate_settings.hpp"
#include "espalier/core/failure.hpp"
#include "espalier/core/noise_settings.hpp"
#include "espalier/net/product.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/robust/evaluate.hpp"
#include "espalier/train/tail.hpp"
#include "espalier/train/trainer.hpp"
#include "run/adversary.hpp"
#include "run/artifact_cache.hpp"
#include "run/fit_noise.hpp"

namespace espalier::run {
namespace {

/// Runs `work`; what it throws becomes a failed result with its reason. core::Stopped passes through, after `release`.
template <typename Result, typename Function, typename Release>
Result failing_to_row(const Function& work, const Release& release) {
  Result failed;
  failed.status = core::Status::failed;
  try {
    return work();
  } catch (const core::Stopped&) {
    release();
    throw;
  } catch (const core::StoreFailure&) {
    throw;
  } catch (const core::NotFinite& error) {
    failed.reason = core::Reason::not_finite;
    failed.message = error.what();
  } catch (const core::TimeLimit& error) {
    failed.reason = core::Reason::time_limit;
    failed.message = error.what();
  } catch (const std::bad_alloc&) {
    failed.reason = core::Reason::out_of_memory;
    failed.message = "out of memory";
  } catch (const NeedsFailed& error) {
    failed.reason = core::Reason::needs_failed;
    failed.message = error.what();
  } catch (const std::exception& error) {
    failed.reason = core::Reason::exception;
    failed.message = error.what();
  }
  return failed;
}

/// The test images of a cell.
/// Random ones go by the grid's seed, not the network's: intervals over seeds and images need the same images for all seeds.
robust::TestImages test_images(const data::Dataset& dataset, const core::Cell& cell, std::uint64_t master_seed) {
  const data::ImageSet& set = dataset.test;
  const std::uint32_t count = std::min(cell.images, set.count);
  robust::TestImages test{set.pixels, set.labels, {set.height, set.width, set.channels}, count, dataset.classes};
  const bool random = core::read_evaluate(cell.evaluate).random_images;
  if (random) test.numbers = robust::random_images(set.count, count, {master_seed, 0});
  return test;
}

}  // namespace

Runner::Runner(const core::Plan& plan, std::function<data::Dataset(const std::string&)> load, Store store)
    : plan_(plan), store_(std::move(store)), artifacts_(std::make_unique<ArtifactCache>(plan, std::move(load), store_)) {
  net::fix_blocking();
}
Runner::~Runner() = default;

bool Runner::run(const core::Job& job) {
  switch (job.work) {
    case core::Work::train:
      return record<core::ModelResult>(job.item, [&] { return trained(job.item); });
    case core::Work::fit:
      return record<core::FitResult>(job.item, [&] { return fitted(plan_.fits[job.item]); });
    case core::Work::retrain:
      return record<core::TailResult>(job.item, [&] { return retrained(plan_.tails[job.item]); });
    case core::Work::evaluate:
      return evaluate(job);
  }
  throw std::logic_error("unknown work");
}

/// Does the work of one row and writes what came of it. Returns whether the row is done.
template <typename Result>
bool Runner::record(std::size_t row, const std::function<Result()>& work) {
  const core::RowRef ref{core::work_of<Result>(), row};
  store_.start(ref);
  const double start = store_.seconds();
  Result result = failing_to_row<Result>(work, [&] { store_.release(ref); });
  result.seconds = store_.seconds() - start;
  const bool done = result.status == core::Status::done;
  store_.write(row, std::move(result));
  return done;
}

core::ModelResult Runner::trained(std::size_t model) {
  const core::ModelSpec& spec = plan_.models[model];
  train::Observer observer;
  observer.check_cancelled = store_.check_cancelled;
  observer.after_epoch = [this](int, const core::Epoch&) { return !store_.stop(); };
  if (store_.write_checkpoint) observer.save = [this, model](const auto& state) { store_.write_checkpoint(model, state); };
  std::vector<std::byte> state;
  if (store_.read_checkpoint) state = store_.read_checkpoint(model);
  observer.resume = state;
  const data::Dataset& dataset = artifacts_->dataset(spec.dataset);
  const auto adversarial = train::read_adversarial(spec.topology);
  return train::train(spec, plan_.master_seed, dataset, observer,
                      adversarial ? adversary(*adversarial, {plan_.master_seed, spec.seed}) : nullptr);
}

bool Runner::evaluate(const core::Job& job) {
  bool all_done = true;
  for (const std::size_t row : job.cells) {
    if (!store_.wanted(row)) continue;
    if (store_.stop()) throw core::Stopped("asked to stop between two cells");
    all_done &= record<core::CellResult>(row, [&] { return evaluated(plan_.cells[row]); });
  }
  return all_done;
}

core::FitResult Runner::fitted(const core::FitSpec& spec) {
  const core::ModelSpec& model = plan_.models[spec.model];
  return fit_noise(spec, artifacts_->network(spec.model), artifacts_->dataset(model.dataset), {plan_.master_seed, model.seed},
                   store_.check_cancelled);
}

core::TailResult Runner::retrained(const core::TailSpec& spec) {
  const core::ModelSpec& model = plan_.models[spec.model];
  const net::NoiseSite noise = artifacts_->noise(spec.model, spec.noise, spec.fit);
  const auto go_on = [this](int, const core::Epoch&) { return !store_.stop(); };
  const net::Network& network = artifacts_->network(spec.model);
  return train::retrain_tail({network, core::read_noise(spec.noise).layer, noise, spec.train, model.train, model.stream},
                             plan_.master_seed, artifacts_->dataset(model.dataset),
                             {.check_cancelled = store_.check_cancelled, .after_epoch = go_on});
}

robust::EvaluationSettings Runner::evaluation_of(const core::Cell& cell) {
  robust::EvaluationSettings evaluation{{}, noise::draws(cell.noise), store_.check_cancelled};
  const core::NoiseSettings noise = core::read_noise(cell.noise);
  if (noise.certifies()) {  // a certificate measures shifts of the activations at the noise's own layer
    evaluation.noise = artifacts_->noise(cell.model, cell.noise, cell.fit);
    evaluation.certificate = {artifacts_->ruler(cell.model, cell.noise, cell.fit).length, noise.certificate_draws,
                              noise.certificate_confidence};
  } else if (noise.is_on()) {
    evaluation.noise = artifacts_->noise_of(cell);
  }
  return evaluation;
}

const net::Network& Runner::network_of(const core::Cell& cell) {
  return cell.tail ? artifacts_->network_with_tail(*cell.tail) : artifacts_->network(cell.model);
}

core::CellResult Runner::evaluated(const core::Cell& cell) {
  const core::ModelSpec& spec = plan_.models[cell.model];
  const robust::EvaluationSettings evaluation = evaluation_of(cell);
  const robust::Seeds seeds{plan_.master_seed, spec.seed};
  const robust::TestImages test = test_images(artifacts_->dataset(spec.dataset), cell, plan_.master_seed);
  const net::Network& network = network_of(cell);
  constexpr int batch = 128;
  const robust::Shared shared{&artifacts_->clean(cell, [&] { return robust::evaluate_clean(network, evaluation, test, batch); }),
                              robust::is_corruption(cell.perturbation) ? artifacts_->corrupted(cell, test, seeds) : nullptr};
  core::CellResult result = robust::evaluate(network, evaluation, test, cell.perturbation, seeds, batch, shared);
  if (evaluation.certificate.length)
    result.values[core::metric("structure_error")] = artifacts_->ruler(cell.model, cell.noise, cell.fit).structure_error;
  if (!std::isfinite(result.values[core::metric("loss")])) throw core::NotFinite("the loss on the test images is not finite");
  return result;
}

Inputs Runner::inputs(std::size_t row, std::uint32_t images) {
  const core::Cell& cell = plan_.cells.at(row);
  const core::ModelSpec& spec = plan_.models[cell.model];
  const robust::Seeds seeds{plan_.master_seed, spec.seed};
  const robust::TestImages test = test_images(artifacts_->dataset(spec.dataset), cell, plan_.master_seed);
  const robust::EvaluationSettings evaluation = evaluation_of(cell);
  net::Classifier classifier(network_of(cell), evaluation.noise);
  std::vector<std::uint64_t> first;
  std::vector<std::uint8_t> labels;
  const std::uint32_t wanted = std::min(images, test.images);
  const std::uint32_t attacked = robust::perturbation(cell.perturbation->kind).joint ? test.images : wanted;
  for (std::size_t i = 0; i < attacked; ++i) {
    first.push_back(test.number(i));
    labels.push_back(test.label(i));
  }
  const net::Batch clean = net::gather(test.pixels, test.shape.size(), first);
  net::Matrix changed = robust::changed_inputs(classifier, clean, labels, test.shape, cell.perturbation, seeds);
  labels.resize(wanted);
  return {test.shape, clean.X.leftCols(wanted), changed.leftCols(wanted), std::move(labels)};
}

}  // namespace espalier::run
