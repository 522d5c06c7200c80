// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "espalier/core/degrees.hpp"
#include "espalier/core/fields.hpp"
#include "espalier/core/metrics.hpp"

namespace espalier::core {

/// State of a row of the results file. Zero is what a new file is filled with.
enum class Status : std::uint8_t { to_do = 0, started = 1, done = 2, failed = 3 };

/// Why a row failed.
enum class Reason : std::uint8_t {
  none = 0,
  exception = 1,
  not_finite = 2,  ///< loss or weights became infinite or NaN
  time_limit = 3,
  out_of_memory = 4,
  crashed = 5,       ///< took its process down too often
  needs_failed = 6,  ///< a model, fit or tail that it needs failed
};

std::string_view text(Status status);
std::string_view text(Reason reason);

/// The result of one cell. Metrics that do not apply are NaN.
struct CellResult {
  Status status = Status::to_do;
  Reason reason = Reason::none;
  std::string message;  ///< why it failed, for people; cut to the file's width
  std::uint32_t correct = 0;
  std::uint32_t images = 0;
  std::array<double, metrics.size()> values = filled();
  std::vector<float> class_accuracy;   ///< accuracy per class
  std::vector<std::uint8_t> outcomes;  ///< bit i%8 of byte i/8: image i classified correctly
  double seconds = 0;

 private:
  static constexpr std::array<double, metrics.size()> filled() {
    std::array<double, metrics.size()> a{};
    a.fill(std::numeric_limits<double>::quiet_NaN());
    return a;
  }
};

/// Activation function of the hidden layers of a network. The numbers are those of the results file.
enum class Activation : std::uint8_t { relu = 0, tanh = 1 };

/// Geometry of a convolution over channels x height x width inputs: stride 1, square kernel, zero padding; then max pooling over
/// squares of pool x pool pixels.
struct Filters {
  std::uint32_t channels = 0, height = 0, width = 0;  ///< of the inputs
  std::uint32_t count = 0;                            ///< filters: channels of the outputs; 0: the layer is no convolution
  std::uint32_t kernel = 0, padding = 0;              ///< pixels
  std::uint32_t pool = 1;                             ///< pixels; 1: no pooling

  /// Sides of the outputs, before and after pooling.
  std::uint32_t rows() const { return height + 2 * padding + 1 - kernel; }
  std::uint32_t columns() const { return width + 2 * padding + 1 - kernel; }
  std::uint32_t pooled_rows() const { return rows() / pool; }
  std::uint32_t pooled_columns() const { return columns() / pool; }
  bool operator==(const Filters&) const = default;
};

/// Shape of one layer; known from the plan, since every rule keeps the exact link count. Inputs and outputs are units: of a
/// convolution channel by channel, each channel row by row.
struct LayerShape {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  std::uint64_t links = 0;  ///< weights
  bool sparse = false;
  Filters filters{};
  Activation activation = Activation::relu;  ///< of the network's hidden layers

  bool is_convolution() const { return filters.count > 0; }
  std::uint32_t biases() const { return is_convolution() ? filters.count : outputs; }
  /// Multiply-adds per image, padding included.
  std::uint64_t products() const { return is_convolution() ? links * filters.rows() * filters.columns() : links; }
  bool operator==(const LayerShape&) const = default;
};

/// Shape of a convolution's layer.
inline LayerShape shape_of(const Filters& f) {
  return {f.channels * f.height * f.width, f.count * f.pooled_rows() * f.pooled_columns(),
          std::uint64_t{f.count} * f.channels * f.kernel * f.kernel, false, f};
}

/// The parameters of one layer as they are stored: for sparse layers `start` (inputs + 1) and `target` (links) in compressed
/// columns by input neuron; for other layers both are empty, and `weight` is outputs x inputs, row by row, or, of a convolution,
/// filters x channels x kernel x kernel.
struct LayerData {
  LayerShape shape;
  std::vector<std::uint32_t> start;
  std::vector<std::uint32_t> target;
  std::vector<float> weight;
  std::vector<float> bias;
};

/// One epoch of a training; `epoch_fields` below makes the columns of /epochs, and `degrees` goes to /degrees.
struct Epoch {
  double train_loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0;
  double learning_rate = 0, rewired = 0, turnover = 0, dead_neurons = 0, ever_active = 0;
  double in_degree_sd = 0, out_degree_sd = 0, returned = 0, connected = 0;
  std::vector<LayerDegrees> degrees{};  ///< per sparse layer, from the input on
};

inline constexpr std::array epoch_fields{
    Field<Epoch>{"train_loss", "nat", "mean cross-entropy over the epoch's batches", &Epoch::train_loss},
    Field<Epoch>{"train_accuracy", "share", "accuracy over the epoch's batches", &Epoch::train_accuracy},
    Field<Epoch>{"test_loss", "nat", "mean cross-entropy on the test images after the epoch", &Epoch::test_loss},
    Field<Epoch>{"test_accuracy", "share", "accuracy on the test images after the epoch", &Epoch::test_accuracy},
    Field<Epoch>{"learning_rate", "1", "learning rate of the epoch's last step", &Epoch::learning_rate},
    Field<Epoch>{"rewired", "links", "links replaced after the epoch", &Epoch::rewired},
    Field<Epoch>{"turnover", "share", "share of the sparse links that differ from the epoch before", &Epoch::turnover},
    Field<Epoch>{"dead_neurons", "neurons", "hidden neurons without a live input or output link", &Epoch::dead_neurons},
    Field<Epoch>{"ever_active", "share", "share of all possible sparse links that were live at some time [ITOP]",
                 &Epoch::ever_active},
    Field<Epoch>{"in_degree_sd", "links", "standard deviation of the in-degree over sparse layers' outputs",
                 &Epoch::in_degree_sd},
    Field<Epoch>{"out_degree_sd", "links", "standard deviation of the out-degree over sparse layers' inputs",
                 &Epoch::out_degree_sd},
    Field<Epoch>{"returned", "links", "links grown after the epoch before in places that had been live before", &Epoch::returned},
    Field<Epoch>{"connected", "share", "hidden neurons in the largest part of the paths from inputs to outputs",
                 &Epoch::connected},
};

/// A trained model as it is stored.
struct ModelResult {
  Status status = Status::to_do;
  Reason reason = Reason::none;
  std::string message;
  double test_accuracy = 0;
  double test_loss = 0;
  std::vector<Epoch> epochs;
  std::vector<LayerData> layers;
  float input_mean = 0, input_sd = 1;
  double seconds = 0;
};

inline constexpr std::array model_fields{
    Field<ModelResult>{"test_accuracy", "share", "accuracy on the test images after training", &ModelResult::test_accuracy},
    Field<ModelResult>{"test_loss", "nat", "mean cross-entropy on the test images after training", &ModelResult::test_loss},
    Field<ModelResult>{"input_mean", "pixel value", "fixed first layer: (x - input_mean) / input_sd", &ModelResult::input_mean},
    Field<ModelResult>{"input_sd", "pixel value", "fixed first layer: (x - input_mean) / input_sd", &ModelResult::input_sd},
};

}  // namespace espalier::core
