// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What the lock file states about the run that owns a results file, and how that run shows that it lives.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "espalier/record/lock.hpp"

namespace espalier::record {

/// The text of the lock file, one "key": value per line.
struct Owner {
  std::string host, job;
  long pid = 0;
  double start = 0, heartbeat = 0;  ///< seconds since 1970, by the clock of its host
  double active = 0;                ///< seconds that the run has computed
};

Owner this_process();
/// What an open lock file states; no host where it names nobody.
Owner read_owner(int descriptor);
/// Throws core::Error(broken) with the system's reason.
void write_owner(int descriptor, const Owner& owner);

bool same_process(const Owner& one, const Owner& other);
/// Whether it is a process of this host that has ended.
bool is_dead(const Owner& owner);
/// Whether the owner's last heartbeat is less than a minute old and it has not died as far as this host can tell.
bool has_heartbeat(const Owner& owner);
/// The same for an owner on another host: where locks do not cross hosts, nothing else shows that it lives.
bool has_remote_heartbeat(const Owner& owner);
/// Whether the named owner may live although its heartbeat is old: its host's clock may differ from this one's, or was set. Waits
/// up to `patience` for a new heartbeat.
bool renews_heartbeat(int descriptor, const Owner& owner, std::chrono::milliseconds patience);

/// Renews the heartbeat in a lock file, from a thread that touches nothing else: the run itself may be in one call of MPI or
/// HDF5 for minutes.
class Heartbeat {
 public:
  /// `descriptor` must outlive this.
  Heartbeat(int descriptor, Owner self, HeartbeatSettings settings);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  /// Ends the heartbeats and takes the name out of the file. Any thread may call it; does not wait for a heartbeat that hangs on
  /// its disk.
  void stop() noexcept;
  /// Another run wrote its name into the file: it took over while this process was suspended.
  bool superseded() const { return superseded_; }

 private:
  void beat(const std::stop_token& over);
  void renew() noexcept;

  int descriptor_;
  Owner self_;
  HeartbeatSettings settings_;
  bool stopped_ = false;
  std::atomic<bool> superseded_{false};
  std::mutex mutex_;  ///< guards the text of the file, self_ and stopped_
  std::condition_variable_any wake_;
  std::jthread thread_;  ///< last: joined before what it uses is destroyed
};

}  // namespace espalier::record
