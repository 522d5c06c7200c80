#include "espalier/run/run_job.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <new>
#include <numeric>

#include "espalier/core/failure.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/robust/evaluate.hpp"
#include "espalier/train/trainer.hpp"

namespace espalier::run {
namespace {

constexpr std::size_t no_model = std::numeric_limits<std::size_t>::max();

/// Thrown where a cell cannot be judged because its model, fit or tail failed.
struct NeedsFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

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

robust::TestImages test_images(const data::Dataset& dataset, std::uint32_t images) {
  const data::ImageSet& test = dataset.test;
  return {test.pixels, test.labels, {test.height, test.width}, std::min(images, test.count), dataset.classes};
}

}  // namespace

Runner::Runner(const core::Plan& plan, std::function<data::Dataset(const std::string&)> load, Store store)
    : plan_(plan), load_(std::move(load)), store_(std::move(store)), cached_model_(no_model) {}

bool Runner::run(const core::Job& job) {
  switch (job.work) {
    case core::Work::train:
      return train(job.item);
    case core::Work::evaluate:
      return evaluate(job);
    case core::Work::fit:
    case core::Work::retrain:
      break;
  }
  throw std::logic_error("no structure of this version fits a covariance or retrains a tail");
}

bool Runner::train(std::size_t model) {
  store_.start_model(model);
  const double start = store_.seconds();
  core::ModelResult result =
      failing_to_row<core::ModelResult>([&] { return trained(model); }, [&] { store_.release_model(model); });
  result.seconds = store_.seconds() - start;
  store_.write_model(model, result);
  return result.status == core::Status::done;
}

core::ModelResult Runner::trained(std::size_t model) {
  const core::ModelSpec& spec = plan_.models[model];
  train::Observer observer;
  observer.pulse = store_.pulse;
  observer.after_epoch = [this](int, const core::Epoch&) { return !store_.stop(); };
  if (store_.write_checkpoint) observer.save = [this, model](const auto& state) { store_.write_checkpoint(model, state); };
  std::vector<std::byte> state;
  if (store_.read_checkpoint) state = store_.read_checkpoint(model);
  observer.resume = state;
  return train::train(spec, plan_.master_seed, dataset(spec.dataset), observer);
}

bool Runner::evaluate(const core::Job& job) {
  bool all_done = true;
  for (const std::size_t row : job.cells) {
    if (!store_.wanted(row)) continue;
    if (store_.stop()) throw core::Stopped("asked to stop between two cells");
    store_.start_cell(row);
    const double start = store_.seconds();
    core::CellResult result =
        failing_to_row<core::CellResult>([&] { return judge(plan_.cells[row]); }, [&] { store_.release_cell(row); });
    result.seconds = store_.seconds() - start;
    store_.write_cell(row, result);
    all_done = all_done && result.status == core::Status::done;
  }
  return all_done;
}

robust::Judge Runner::judge_of(const core::Cell& cell) {
  const core::ModelSpec& spec = plan_.models[cell.model];
  const net::Network& trained = network(cell.model);
  robust::Judge judge;
  judge.pulse = store_.pulse;
  if (cell.noise.kind != "none") {
    const int layer = cell.noise.integer("layer");
    const int hidden = static_cast<int>(trained.layers.size()) - 1;
    if (layer > hidden) throw std::runtime_error(fmt::format("noise at hidden layer {}, but the network has {}", layer, hidden));
    const int units = static_cast<int>(net::outputs(trained.layers[static_cast<std::size_t>(layer) - 1]));
    judge.noise = noise::make_noise(cell.noise, units, nullptr, {plan_.master_seed, spec.seed});
    judge.draws = noise::draws(cell.noise);
  }
  return judge;
}

core::CellResult Runner::judge(const core::Cell& cell) {
  const core::ModelSpec& spec = plan_.models[cell.model];
  const net::Network& trained = network(cell.model);
  const robust::Judge judge = judge_of(cell);
  core::CellResult result = robust::evaluate(trained, judge, test_images(dataset(spec.dataset), cell.images), cell.perturbation,
                                             {plan_.master_seed, spec.seed});
  if (!std::isfinite(result.values[core::metric("loss")])) throw core::NotFinite("the loss on the test images is not finite");
  return result;
}

Inputs Runner::inputs(std::size_t row, std::uint32_t images) {
  const core::Cell& cell = plan_.cells.at(row);
  const core::ModelSpec& spec = plan_.models[cell.model];
  const robust::TestImages test = test_images(dataset(spec.dataset), std::min(images, cell.images));
  const robust::Judge judge = judge_of(cell);
  net::Classifier classifier(network(cell.model), judge.noise);
  std::vector<std::uint64_t> first(test.images);
  std::iota(first.begin(), first.end(), 0);
  const net::Batch clean = net::gather(test.pixels, test.shape.height * test.shape.width, first);
  const auto labels = test.labels.first(test.images);
  net::Matrix changed =
      robust::changed_inputs(classifier, clean, labels, test.shape, cell.perturbation, {plan_.master_seed, spec.seed});
  return {test.shape, clean.X, std::move(changed), {labels.begin(), labels.end()}};
}

const data::Dataset& Runner::dataset(const std::string& name) {
  const auto found = datasets_.find(name);
  return found != datasets_.end() ? found->second : datasets_.emplace(name, load_(name)).first->second;
}

const net::Network& Runner::network(std::size_t model) {
  if (cached_model_ == model) return network_;
  cached_model_ = no_model;
  try {
    const core::ModelResult stored = store_.read_model(model);
    if (stored.status != core::Status::done) throw std::runtime_error(stored.message);
    network_ = net::from_stored(stored.layers, stored.input_mean, stored.input_sd);
  } catch (const std::runtime_error& error) {
    throw NeedsFailed(fmt::format("model {}: {}", plan_.models[model].id, error.what()));
  }
  cached_model_ = model;
  return network_;
}

}  // namespace espalier::run
