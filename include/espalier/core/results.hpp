// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "espalier/core/degrees.hpp"
#include "espalier/core/fields.hpp"
#include "espalier/core/layers.hpp"
#include "espalier/core/metrics.hpp"

namespace espalier::core {

/// State of a row of the results file. Zero is what a new file is filled with.
enum class Status : std::uint8_t {
  to_do = 0,
  started = 1,
  done = 2,
  failed = 3,
  not_needed = 4,  ///< left out: `until` of the grid found the seeds before it to be enough
};

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

/// What the results of all kinds say about the work that made them.
struct WorkResult {
  Status status = Status::to_do;
  Reason reason = Reason::none;
  std::string message{};  ///< why it failed, for people; cut to the file's width
  double seconds = 0;
};

/// The result of one cell. Metrics that do not apply are NaN.
struct CellResult : WorkResult {
  std::uint32_t correct = 0;
  std::uint32_t images = 0;
  std::array<double, metrics.size()> values = filled();
  std::vector<float> class_accuracy;   ///< accuracy per class
  std::vector<std::uint8_t> outcomes;  ///< bit i%8 of byte i/8: image i classified correctly

 private:
  static constexpr std::array<double, metrics.size()> filled() {
    std::array<double, metrics.size()> a{};
    a.fill(std::numeric_limits<double>::quiet_NaN());
    return a;
  }
};

inline constexpr std::array cell_fields{
    Field<CellResult>{"correct", "images", "images classified correctly", &CellResult::correct},
    Field<CellResult>{"judged", "images", "evaluated images", &CellResult::images},
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
struct ModelResult : WorkResult {
  double test_accuracy = 0;
  double test_loss = 0;
  std::vector<Epoch> epochs;
  std::vector<LayerData> layers;
  float input_mean = 0, input_sd = 1;
};

inline constexpr std::array model_fields{
    Field<ModelResult>{"test_accuracy", "share", "accuracy on the test images after training", &ModelResult::test_accuracy},
    Field<ModelResult>{"test_loss", "nat", "mean cross-entropy on the test images after training", &ModelResult::test_loss},
    Field<ModelResult>{"input_mean", "pixel value", "fixed first layer: (x - input_mean) / input_sd", &ModelResult::input_mean},
    Field<ModelResult>{"input_sd", "pixel value", "fixed first layer: (x - input_mean) / input_sd", &ModelResult::input_sd},
};

}  // namespace espalier::core
