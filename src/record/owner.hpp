#pragma once

// What the lock file says of the run that owns a results file, and how that run shows that it lives.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace espalier::record {

/// The text of the lock file, one "key": value per line.
struct Owner {
  std::string host, job;
  long pid = 0;
  double start = 0, heartbeat = 0;  ///< seconds since 1970
};

Owner this_process();
/// What an open lock file says; no host where it names nobody.
Owner read_owner(int descriptor);
/// Throws core::Error(broken) with the system's reason.
void write_owner(int descriptor, const Owner& owner);

bool same_process(const Owner& one, const Owner& other);
/// Whether it is a process of this host that has ended.
bool is_dead(const Owner& owner);
/// Whether the owner showed less than a minute ago that it lives, and has not died since as far as this host can tell.
bool beats(const Owner& owner);
/// The same of an owner on another host: where locks do not cross hosts, nothing else tells of it.
bool beats_elsewhere(const Owner& owner);

/// Keeps the heartbeat in a lock file young, from a thread that touches nothing else: the run itself may be in one call of MPI or
/// HDF5 for minutes.
class Heart {
 public:
  /// `descriptor` must outlive this.
  Heart(int descriptor, Owner self, std::chrono::milliseconds interval);
  ~Heart();
  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;
  /// Ends the beats and takes the name out of the file. Any thread may call it; a beat that hangs on its disk is not waited for.
  void stop() noexcept;

 private:
  void beat(const std::stop_token& over);
  void renew() noexcept;

  int descriptor_;
  Owner self_;
  std::chrono::milliseconds interval_;
  bool stopped_ = false;
  std::mutex mutex_;  ///< guards the text of the file, self_ and stopped_
  std::condition_variable_any wake_;
  std::jthread thread_;  ///< last: joined before what it uses goes
};

}  // namespace espalier::record
