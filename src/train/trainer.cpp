// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/train/trainer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "espalier/core/failure.hpp"
#include "espalier/net/training_pass.hpp"
#include "espalier/train/tail.hpp"
#include "espalier/train/topology.hpp"
#include "train/census.hpp"
#include "train/checkpoint.hpp"
#include "train/new_tail.hpp"
#include "train/optimizer.hpp"
#include "train/parameters.hpp"
#include "train/settings.hpp"

namespace espalier::train {
namespace {

/// Draws 0, 1, ... evaluate a network: its tail is trained by others. One per epoch, so every pass of an image is a fresh one.
constexpr std::uint64_t first_training_draw = std::uint64_t{1} << 48;

/// What a training holds while it runs.
struct Session {
  const data::Dataset& dataset;
  TailSettings settings;
  core::Stream batches;
  net::Network network;
  Optimizer optimizer;
  net::TrainingPass pass;
  net::NoiseSite noise{};
  std::optional<AdversarialSettings> adversarial{};
  Adversary adversary{};
  net::Gradient gradient{};
  std::uint64_t step = 0;

  /// Layers below `first_trained` are frozen.
  Session(const data::Dataset& images, TailSettings how, core::Stream order, net::Network start, int first_trained,
          bool dense_gradients)
      : dataset(images),
        settings(how),
        batches(order),
        network(std::move(start)),
        optimizer(settings, network),
        pass(network, static_cast<int>(std::min(settings.batch, images.train.count)), first_trained, dense_gradients) {}
};

[[noreturn]] void diverged(const Session& session, std::string_view what) {
  throw core::NotFinite(fmt::format("{} is not finite after {} steps (learning rate {})", what, session.step,
                                    static_cast<float>(session.settings.learning_rate)));
}

/// The images `images`, the first of them as the adversary changes them.
net::Matrix attacked(const Session& s, std::span<const std::uint64_t> images, std::span<const std::uint8_t> labels, int epoch) {
  const data::ImageSet& train = s.dataset.train;
  net::Matrix X = net::gather(train.pixels, train.size(), images).X;
  const std::uint32_t count = s.adversarial->of(images.size());
  if (count == 0) return X;
  const auto some = images.first(count);
  X.leftCols(count) = s.adversary(s.network, {X.leftCols(count), {some.begin(), some.end()}}, labels.first(count), epoch);
  return X;
}

net::BatchScore pass(Session& s, std::span<const std::uint64_t> images, int epoch) {
  const data::ImageSet& train = s.dataset.train;
  const std::uint64_t draw = first_training_draw + static_cast<std::uint64_t>(epoch);
  if (!s.adversarial) return s.pass.run(s.network, train.pixels, train.labels, images, s.noise, draw, s.gradient);
  std::vector<std::uint8_t> labels(images.size());
  std::ranges::transform(images, labels.begin(), [&](std::uint64_t image) { return train.labels[image]; });
  return s.pass.run(s.network, attacked(s, images, labels, epoch), labels, images, s.noise, draw, s.gradient);
}

/// One pass over the training images in a fresh order; fills the training part of `record`.
void train_epoch(Session& s, int epoch, const core::CancellationCheck& check_cancelled, core::Epoch& record) {
  const std::uint32_t count = s.dataset.train.count;
  const std::uint64_t per_epoch = (count + s.settings.batch - 1) / s.settings.batch;
  const std::uint64_t steps = per_epoch * static_cast<std::uint64_t>(s.settings.epochs);
  const auto order = core::permutation(count, s.batches.random(static_cast<std::uint64_t>(epoch)));
  const std::vector<std::uint64_t> images(order.begin(), order.end());
  std::uint64_t correct = 0;
  for (std::uint32_t first = 0; first < count; first += s.settings.batch, ++s.step) {
    if (check_cancelled) check_cancelled();
    const auto batch = std::span(images).subspan(first, std::min(s.settings.batch, count - first));
    const auto score = pass(s, batch, epoch);
    if (!std::isfinite(score.loss)) diverged(s, "the training loss");
    const float rate = s.settings.rate(s.step, steps);
    s.optimizer.step(s.network, s.gradient, rate);
    record.train_loss += score.loss / count;
    record.learning_rate = static_cast<double>(rate);
    correct += score.correct;
  }
  record.train_accuracy = static_cast<double>(correct) / count;
}

/// Loss and accuracy on the test images, with one draw of the noise; forward passes only.
void test(const net::Network& network, const net::NoiseSite& noise, const data::ImageSet& images, core::Epoch& record) {
  constexpr std::uint32_t batch_size = 256;
  net::Classifier classifier(network, noise);
  std::vector<float> loss(batch_size);
  std::uint64_t correct = 0;
  double total = 0;
  for (std::uint32_t first = 0; first < images.count; first += batch_size) {
    std::vector<std::uint64_t> numbers(std::min(batch_size, images.count - first));
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{first});
    const net::Batch batch = net::gather(images.pixels, images.size(), numbers);
    const net::Matrix& Z = classifier.logits(batch.X, batch.images);
    const auto labels = images.labels.subspan(first, numbers.size());
    net::cross_entropy(Z, labels, std::span(loss).first(numbers.size()), nullptr);
    const auto predicted = net::predict(Z);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      total += static_cast<double>(loss[i]);
      correct += predicted[i] == labels[i];
    }
  }
  record.test_loss = total / images.count;
  record.test_accuracy = static_cast<double>(correct) / images.count;
}

/// Rewires all sparse layers after epoch `epoch`. Returns the number of links that were pruned and grown again.
std::uint64_t rewire(Session& s, const Rule& r, const RewireSettings& how, const core::Stream& rewirings, int epoch) {
  if (!r.rewire) return 0;
  const double share = how.share(epoch, s.settings.epochs);
  if (share <= 0) return 0;
  std::vector<Rewiring> layers;
  for (std::size_t l = 0; l < s.network.layers.size(); ++l) {
    auto* layer = std::get_if<net::SparseLayer>(&s.network.layers[l]);
    if (!layer) continue;
    layers.push_back({*layer, s.optimizer.link_state(l), share, rewirings.random(l, static_cast<std::uint64_t>(epoch)), {}});
    if (r.dense_gradient)
      layers.back().dense_gradient = [&pass = s.pass, l]() -> const net::Matrix& { return pass.dense_gradient(l); };
  }
  return r.rewire(layers);
}

void check_weights(const Session& s, const std::vector<core::LayerData>& layers) {
  const auto finite = [](float x) { return std::isfinite(x); };
  for (const auto& layer : layers)
    if (!std::ranges::all_of(layer.weight, finite) || !std::ranges::all_of(layer.bias, finite)) diverged(s, "a weight");
}

}  // namespace

core::ModelResult train(const core::ModelSpec& spec, std::uint64_t master_seed, const data::Dataset& dataset,
                        const Observer& observe, const Adversary& adversary) {
  const core::Stream rewirings(master_seed, "rewirings", spec.stream);
  const Rule& r = rule(spec.topology.kind);
  const TopologySettings topology = read_topology(spec.topology);
  Session session(dataset, read_train(spec.train), {master_seed, "batches", spec.stream},
                  initial_network(spec, master_seed, dataset), 0, r.dense_gradient);
  if (topology.adversarial) session.adversarial = topology.adversary;
  session.adversary = adversary;
  if (session.adversarial && !adversary) throw std::logic_error("adversarial training needs an adversary");
  Census census(session.network);
  core::ModelResult result;
  const Progress progress{session.step, session.network, session.optimizer, census, result.epochs};
  restore(observe.resume, progress);
  for (int epoch = static_cast<int>(result.epochs.size()); epoch < session.settings.epochs; ++epoch) {
    core::Epoch record;
    train_epoch(session, epoch, observe.check_cancelled, record);
    test(session.network, {}, dataset.test, record);
    if (!std::isfinite(record.test_loss)) diverged(session, "the test loss");
    census.count(session.network, result.epochs.empty() ? 0 : result.epochs.back().rewired, record);
    record.rewired = static_cast<double>(rewire(session, r, topology, rewirings, epoch));
    result.epochs.push_back(record);
    if (observe.save && epoch + 1 < session.settings.epochs) observe.save([&] { return save(progress); });
    if (observe.after_epoch && !observe.after_epoch(epoch, record))
      throw core::Stopped(fmt::format("training stopped after epoch {}", epoch + 1));
  }
  result.layers = net::to_stored(session.network);
  check_weights(session, result.layers);
  result.test_accuracy = result.epochs.back().test_accuracy;
  result.test_loss = result.epochs.back().test_loss;
  result.input_mean = session.network.input_mean;
  result.input_sd = session.network.input_sd;
  result.status = core::Status::done;
  return result;
}

core::TailResult retrain_tail(const TailTask& task, std::uint64_t master_seed, const data::Dataset& dataset,
                              const Observer& observe) {
  const core::Stream order(master_seed, "tail batches", task.stream), weights(master_seed, "tail weights", task.stream);
  Session session(dataset, read_tail(task.train), order,
                  with_new_tail(task.network, task.layer, read_train(task.model).init, weights), task.layer, false);
  session.noise = task.noise;
  core::Epoch record;
  for (int epoch = 0; epoch < session.settings.epochs; ++epoch) {
    record = {};
    train_epoch(session, epoch, observe.check_cancelled, record);
    if (observe.after_epoch && !observe.after_epoch(epoch, record))
      throw core::Stopped(fmt::format("retraining stopped after epoch {}", epoch + 1));
  }
  test(session.network, task.noise, dataset.test, record);
  if (!std::isfinite(record.test_loss)) diverged(session, "the test loss");
  check_weights(session, net::to_stored(session.network));
  core::TailResult result;
  result.train_loss = record.train_loss;
  result.test_accuracy = record.test_accuracy;
  result.test_loss = record.test_loss;
  result.weights = tail_weights(session.network, task.layer);
  result.status = core::Status::done;
  return result;
}

}  // namespace espalier::train
