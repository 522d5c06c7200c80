#pragma once

#include <filesystem>
#include <string>

namespace espalier::record {

/// Ownership of FILE.h5 by one run: flock on FILE.h5.lock, held by every rank until the process ends. The file names host,
/// pid and Slurm job of the owner.
class Lock {
 public:
  /// Rank 0 takes it exclusively; throws core::Error(locked) that names the owner when another run has it.
  static Lock take(const std::filesystem::path& results);
  /// The other ranks share what rank 0 took, so that stray ranks of a killed run still hold the file.
  static Lock join(const std::filesystem::path& results);
  /// Says that the run lives, for file systems whose locks do not cross hosts; call it at least twice a minute. Rank 0 alone;
  /// does nothing on the others.
  void heartbeat();
  ~Lock();
  Lock(Lock&&) noexcept;
  Lock& operator=(Lock&&) = delete;

 private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
  bool owner_ = false;
};

/// Whether a run holds the file now. Takes no lock, so that it never stands in the way of one.
bool is_held(const std::filesystem::path& results);

}  // namespace espalier::record
