// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/lock.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "espalier/core/error.hpp"
#include "record/file/advisory_lock.hpp"
#include "record/file/files.hpp"
#include "record/file/owner.hpp"

namespace espalier::record {
namespace {

using namespace std::chrono_literals;

/// How long the ranks of a run that was killed a moment ago may take to die.
constexpr auto stray_patience = 3s;
constexpr auto poll = 50ms;
/// How long runs that start together on a file system without locks may take to write their names.
constexpr auto settling_time = 1s;
/// A live owner renews its heartbeat within this time, whatever its clock states.
constexpr auto renewal_patience = 5s;

std::filesystem::path lock_path(const std::filesystem::path& results) { return companion(resolved(results), ".lock"); }

int open_lock(const std::filesystem::path& results) {
  check_name(results);
  if (std::error_code ignored; std::filesystem::is_directory(results, ignored)) check_folder(results);
  const auto path = lock_path(results);
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor >= 0) return descriptor;
  const int why = errno;
  if (why == ENOENT || why == ENOTDIR)
    throw core::UserError(fmt::format("{}: the folder '{}' does not exist; create it or use another file name", results.string(),
                                      path.parent_path().string()));
  throw core::UserError(
      fmt::format("{}: the lock file cannot be opened ({}); use another file", path.string(), std::strerror(why)));
}

bool same_file(int descriptor, const std::filesystem::path& path) {
  struct stat opened {
  }, named{};
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

[[noreturn]] void refuse(const std::filesystem::path& results, const Owner& owner, const char* how) {
  const bool known = owner.start > 0 && owner.start < 1e11;  // the file may hold anything
  const auto since = static_cast<std::time_t>(known ? owner.start : 0);
  throw core::Error(
      core::ExitCode::locked,
      fmt::format("{}: is used by {} on host {}, pid {}{}, since {:%Y-%m-%d %H:%M:%S} UTC; wait until it ends, or stop it",
                  results.string(), how, owner.host.empty() ? "(unknown)" : owner.host, owner.pid,
                  owner.job.empty() ? "" : ", Slurm job " + owner.job, fmt::gmtime(since)));
}

template <typename Try>
bool within_patience(Try attempt) {
  for (const auto end = std::chrono::steady_clock::now() + stray_patience;; std::this_thread::sleep_for(poll)) {
    if (attempt()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
  }
}

bool share(int descriptor, short type, const std::filesystem::path& path) {
  return within_patience([&] { return set_shared_lock(descriptor, type, path) != Answer::held_by_other; });
}

/// The owner's name; a run that took the lock a moment ago may not have written it yet.
Owner settled_owner(int descriptor) {
  Owner owner = read_owner(descriptor);
  for (int i = 0; i < 10 && owner.host.empty(); ++i) {
    std::this_thread::sleep_for(poll);
    owner = read_owner(descriptor);
  }
  return owner;
}

/// Without locks two runs that start together see no owner yet: the one that wrote its name last owns the file.
void refuse_unless_last(int descriptor, const std::filesystem::path& results, const Owner& self) {
  std::this_thread::sleep_for(settling_time);
  const Owner named = read_owner(descriptor);
  if (!same_process(named, self)) refuse(results, named, "another run");
}

/// Refuses a run that shows by its heartbeat that it lives, where no lock shows it.
void refuse_live(int descriptor, const std::filesystem::path& results, const Owner& owner, bool no_locks) {
  const bool remote = owner.host != this_process().host;
  if (!no_locks && !remote) return;  // the lock is the better witness
  if (has_heartbeat(owner)) refuse(results, owner, "a run (heartbeat less than a minute old)");
  if (remote && renews_heartbeat(descriptor, owner, renewal_patience)) refuse(results, owner, "a run (it renewed its heartbeat)");
}

/// Writes the name of this process into the lock file.
Owner own(int descriptor, const std::filesystem::path& results) {
  const auto path = lock_path(results);
  Answer flocked = take_flock(descriptor, path);
  const auto free = [&] { return (flocked = take_flock(descriptor, path)) != Answer::held_by_other; };
  // Only rank 0 of a live run holds the flock; where it is emulated, stray ranks of a dead one may too.
  if (flocked == Answer::held_by_other && !(is_dead(read_owner(descriptor)) && within_patience(free)))
    refuse(results, settled_owner(descriptor), "another run");
  const Owner before = read_owner(descriptor);
  refuse_live(descriptor, results, before, flocked == Answer::no_locks);
  const Owner self = this_process();
  write_owner(descriptor, self);  // early, so that a third run learns who waits here
  if (flocked == Answer::no_locks) refuse_unless_last(descriptor, results, self);
  if (!share(descriptor, F_WRLCK, path)) {
    write_owner(descriptor, before);
    refuse(results, before, "remaining ranks of a killed run");
  }
  set_shared_lock(descriptor, F_RDLCK, path);
  return self;
}

std::string name_of(int descriptor) {
  char name[4096];
  const auto length = readlink(fmt::format("/proc/self/fd/{}", descriptor).c_str(), name, sizeof name);
  return length > 0 ? std::string(name, static_cast<std::size_t>(length)) : "";
}

}  // namespace

Lock::Lock(std::filesystem::path name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {}

Lock Lock::take(const std::filesystem::path& results, const HeartbeatSettings& heartbeat) {
  for (;;) {
    Lock lock(results, open_lock(results));
    const Owner self = own(lock.descriptor_, results);
    if (!same_file(lock.descriptor_, lock_path(results))) continue;  // its last owner removed it meanwhile
    lock.heartbeat_ = std::make_unique<Heartbeat>(lock.descriptor_, self, heartbeat);
    if (std::filesystem::exists(results)) lock.hold_results();
    return lock;
  }
}

Lock Lock::join(const std::filesystem::path& results) {
  Lock lock(results, open_lock(results));
  if (!share(lock.descriptor_, F_RDLCK, lock_path(results))) refuse(results, read_owner(lock.descriptor_), "another run");
  lock.share_results(false);
  return lock;
}

void Lock::hold_results() { share_results(true); }

void Lock::share_results(bool exclusively_first) {
  results_ = open(name_.c_str(), O_RDWR | O_CLOEXEC);
  if (results_ < 0) return;  // the next read or write reports why
  const bool granted = (!exclusively_first || share(results_, F_WRLCK, name_)) && share(results_, F_RDLCK, name_);
  // A reader's lock of the whole file, on a file system that emulates flock by it, is not another run.
  if (!granted && probe_shared_lock(results_).held) refuse(name_, {}, "a run that uses another name of the file");
}

std::string Lock::lost() const {
  if (heartbeat_ && heartbeat_->superseded()) return "another run took ownership while this run was suspended";
  if (results_ < 0 || same_file(results_, name_)) return "";
  const std::string now = name_of(results_);
  if (now.empty() || now.ends_with(" (deleted)")) return "it was removed or replaced during the run";
  return fmt::format("it was renamed to {} during the run", now);
}

Holder holder_of(const std::filesystem::path& results) {
  Holder holder;
  const int lock_file = open(lock_path(results).c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_file >= 0) {
    const Probe probe = probe_shared_lock(lock_file);
    const Owner owner = read_owner(lock_file);
    close(lock_file);
    holder.live = probe.known ? probe.held || has_remote_heartbeat(owner) : has_heartbeat(owner);
    if (!owner.host.empty()) holder.active = owner.active;
  }
  if (holder.live) return holder;
  const int file = open(results.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return holder;
  holder.live = probe_shared_lock(file).held;
  close(file);
  return holder;
}

bool is_held_elsewhere(const std::filesystem::path& results) {
  const int lock_file = open(lock_path(results).c_str(), O_RDONLY | O_CLOEXEC);
  const Owner owner = lock_file >= 0 ? read_owner(lock_file) : Owner{};
  if (lock_file >= 0) close(lock_file);
  return !same_process(owner, this_process()) && is_held(results);
}

void Lock::release_name() noexcept {
  if (heartbeat_) heartbeat_->stop();
}

// The lock file stays beside its results file; take() copes with a removal by another run.
Lock::~Lock() {
  const bool owner = heartbeat_ != nullptr;
  heartbeat_.reset();
  std::error_code ignored;
  if (owner && descriptor_ >= 0 && !std::filesystem::exists(name_, ignored)) std::filesystem::remove(lock_path(name_), ignored);
  if (results_ >= 0) close(results_);
  if (descriptor_ >= 0) close(descriptor_);
}

Lock::Lock(Lock&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      results_(std::exchange(other.results_, -1)),
      heartbeat_(std::move(other.heartbeat_)) {}

}  // namespace espalier::record
