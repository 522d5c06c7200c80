// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// One rank of a group reads and writes the file for all of it: rank 0 of the group, which is a host or the whole run.

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

namespace espalier::record {

namespace h5 {
class Dataset;
}

/// The way of another rank of the group to the datasets of its rank 0. One request at a time, from one thread at a time; it
/// returns when rank 0 has done it. Throws std::runtime_error with the reason of rank 0.
class Relay {
 public:
  /// Keeps `comm`, which the requests have for themselves.
  explicit Relay(MPI_Comm comm) : comm_(comm) {}

  void read(std::string_view dataset, std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const;
  void write(std::string_view dataset, std::uint64_t first, std::uint64_t count, std::span<const std::byte> in) const;
  /// The last request: rank 0 may close the file as far as this rank is concerned.
  void leave() const;

 private:
  MPI_Comm comm_;
};

/// Rank 0's side of all relays: a thread that does what the other ranks ask for, beside rank 0's own work.
class RelayService {
 public:
  /// Keeps `comm`, and the datasets, which must outlive this.
  RelayService(MPI_Comm comm, std::vector<const h5::Dataset*> datasets);
  /// Stops at once, also when some rank has not left: an exception is on its way, and the run ends.
  ~RelayService() = default;
  /// Waits until every other rank has left.
  void finish();

 private:
  void serve(const std::stop_token& over);

  MPI_Comm comm_;
  std::vector<const h5::Dataset*> datasets_;
  std::jthread thread_;
};

}  // namespace espalier::record
