// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace espalier::record {

class Heartbeat;

/// How a run shows that it lives.
struct HeartbeatSettings {
  std::chrono::milliseconds interval = std::chrono::seconds(2);  ///< between two heartbeats; a minute without one counts as death
  std::function<double()> active{};  ///< seconds that the run has computed, recorded with each heartbeat
};

/// Ownership of FILE.h5 by one run, whatever name the run uses for it. Two locks guard it until the process ends:
/// - flock on FILE.h5.lock beside the file that the name resolves to. It exists before the results file does, and names host, pid
///   and Slurm job of the owner. Its heartbeat keeps two runs apart on file systems without locks, or whose locks do not cross
///   hosts.
/// - an open-file-description lock on the results file itself, far behind its end. It covers hard links and renamed files.
class Lock {
 public:
  /// Rank 0 takes both exclusively (the second when the file exists). Throws core::Error(locked) that names the owner when
  /// another run has the file, and core::UserError when the lock file cannot be opened or locked.
  static Lock take(const std::filesystem::path& results, const HeartbeatSettings& heartbeat = {});
  /// The other ranks share what rank 0 holds, so that stray ranks of a killed run still hold the file.
  static Lock join(const std::filesystem::path& results);
  /// Rank 0 calls it when it has created the results file.
  void hold_results();
  /// Why this run owns the file no longer: it was renamed, replaced or removed, or another run took it over. Empty: it does.
  std::string lost() const;
  /// For an owner that is about to end without destructors: takes its name out of the file, so that nobody waits for its
  /// heartbeat. Any thread may call it; takes at most 0.2 s. Does nothing on ranks other than 0.
  void release_name() noexcept;
  ~Lock();
  Lock(Lock&&) noexcept;
  Lock& operator=(Lock&&) = delete;

 private:
  Lock(std::filesystem::path name, int descriptor);
  void share_results(bool exclusively_first);

  std::filesystem::path name_;            ///< as the user gave it
  int descriptor_ = -1;                   ///< of the lock file
  int results_ = -1;                      ///< of the results file
  std::unique_ptr<Heartbeat> heartbeat_;  ///< of the owner
};

/// What the lock files of a results file tell about its run.
struct Holder {
  bool live = false;               ///< a run holds the file now
  std::optional<double> active{};  ///< seconds that it has computed, or that a killed run had computed at its last heartbeat
};

/// Takes no lock, so that it never blocks one.
Holder holder_of(const std::filesystem::path& results);
/// Whether a run holds the file now.
inline bool is_held(const std::filesystem::path& results) { return holder_of(results).live; }
/// Whether a run of another process holds the file now.
bool is_held_elsewhere(const std::filesystem::path& results);

}  // namespace espalier::record
