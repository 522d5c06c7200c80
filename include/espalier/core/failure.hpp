// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <stdexcept>

namespace espalier::core {

/// A loss or a weight is no longer a finite number: the job fails with Reason::not_finite.
struct NotFinite : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The job was asked to stop before its end (signal, walltime): its rows stay as they were.
struct Stopped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The job took longer than it may: it fails with Reason::time_limit.
struct TimeLimit : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The results file cannot be read or written: no job's own failure, so that it ends the run instead of becoming a row.
struct StoreFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Called between the batches of long computations; throws Stopped or TimeLimit to end them.
using CancellationCheck = std::function<void()>;

}  // namespace espalier::core
