#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

namespace espalier::record {

class Heart;

/// Ownership of FILE.h5 by one run: flock on FILE.h5.lock, held by every rank until the process ends. The file names host,
/// pid and Slurm job of the owner, and says every few seconds that it lives: that alone keeps two runs apart on file systems
/// without locks, and on those whose locks do not cross hosts.
class Lock {
 public:
  /// Rank 0 takes it exclusively; throws core::Error(locked) that names the owner when another run has it, and core::UserError
  /// when the lock file cannot be opened or locked. `beat`: time between two heartbeats; a minute without one counts as death.
  static Lock take(const std::filesystem::path& results, std::chrono::milliseconds beat = std::chrono::seconds(10));
  /// The other ranks share what rank 0 took, so that stray ranks of a killed run still hold the file.
  static Lock join(const std::filesystem::path& results);
  /// For an owner that is about to end without destructors: takes its name out of the file, so that nobody waits for its
  /// heartbeat. Any thread may call it; takes no longer than 0.2 s. Rank 0 alone; does nothing on the others.
  void release_name() noexcept;
  ~Lock();
  Lock(Lock&&) noexcept;
  Lock& operator=(Lock&&) = delete;

 private:
  explicit Lock(int descriptor);
  int descriptor_ = -1;
  std::unique_ptr<Heart> heart_;  ///< the owner's
};

/// Whether a run holds the file now. Takes no lock, so that it never stands in the way of one.
bool is_held(const std::filesystem::path& results);

}  // namespace espalier::record
