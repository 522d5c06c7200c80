#include "espalier/record/lock.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "espalier/core/error.hpp"
#include "record/owner.hpp"

namespace espalier::record {
namespace {

using namespace std::chrono_literals;

/// How long the ranks of a run that was killed a moment ago may take to die.
constexpr auto stray_patience = 3s;
constexpr auto poll = 50ms;
/// How long runs that start together on a file system without locks may take to write their names.
constexpr auto settling_time = 1s;

std::filesystem::path lock_path(const std::filesystem::path& results) { return results.string() + ".lock"; }

int open_lock(const std::filesystem::path& results) {
  const auto path = lock_path(results);
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor >= 0) return descriptor;
  const int why = errno;
  if (why == ENOENT || why == ENOTDIR)
    throw core::UserError(fmt::format("{}: the folder '{}' does not exist; create it or name another file", results.string(),
                                      path.parent_path().string()));
  throw core::UserError(
      fmt::format("{}: the lock file cannot be opened ({}); name another file", path.string(), std::strerror(why)));
}

[[noreturn]] void refuse(const std::filesystem::path& results, const Owner& owner, const char* how) {
  const bool known = owner.start > 0 && owner.start < 1e11;  // the file may hold anything
  const auto since = static_cast<std::time_t>(known ? owner.start : 0);
  throw core::Error(
      core::ExitCode::locked,
      fmt::format("{}: is owned by {} on host {}, pid {}{}, since {:%Y-%m-%d %H:%M:%S} UTC; wait for its end or stop it",
                  results.string(), how, owner.host.empty() ? "(unknown)" : owner.host, owner.pid,
                  owner.job.empty() ? "" : ", Slurm job " + owner.job, fmt::gmtime(since)));
}

/// An open-file-description lock far behind the text, so that no file system mistakes it for the flock.
struct flock shared_lock(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = 1 << 20;
  lock.l_len = 1;
  return lock;
}

/// What a file system says to the wish for a lock.
enum class Answer { granted, held_by_other, no_locks };

/// Lustre without flock, NFS without its lock daemon and the like have no locks at all; a kernel without locks of open files
/// calls them invalid.
Answer answer_of(int code, const std::filesystem::path& results) {
  if (code == 0) return Answer::granted;
  switch (errno) {
    case EAGAIN:  // flock calls it EWOULDBLOCK
    case EACCES:
      return Answer::held_by_other;
    case ENOSYS:
    case ENOLCK:
    case EOPNOTSUPP:
    case EINVAL:
      return Answer::no_locks;
    default:
      throw core::UserError(fmt::format("{}: the file cannot be locked ({}); name another file", lock_path(results).string(),
                                        std::strerror(errno)));
  }
}

Answer take_flock(int descriptor, const std::filesystem::path& results) {
  return answer_of(flock(descriptor, LOCK_EX | LOCK_NB), results);
}

Answer set_shared_lock(int descriptor, short type, const std::filesystem::path& results) {
  struct flock lock = shared_lock(type);
  return answer_of(fcntl(descriptor, F_OFD_SETLK, &lock), results);
}

template <typename Try>
bool within_patience(Try attempt) {
  for (const auto end = std::chrono::steady_clock::now() + stray_patience;; std::this_thread::sleep_for(poll)) {
    if (attempt()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
  }
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

/// Without locks two runs that start together see no owner yet: the one that wrote its name last goes on.
void refuse_unless_last(int descriptor, const std::filesystem::path& results, const Owner& self) {
  std::this_thread::sleep_for(settling_time);
  const Owner named = read_owner(descriptor);
  if (!same_process(named, self)) refuse(results, named, "another run");
}

/// Writes the name of this process into the lock file.
Owner own(int descriptor, const std::filesystem::path& results) {
  Answer flocked = take_flock(descriptor, results);
  const auto free = [&] { return (flocked = take_flock(descriptor, results)) != Answer::held_by_other; };
  // Only rank 0 of a live run holds the flock; where it is emulated, stray ranks of a dead one may too.
  if (flocked == Answer::held_by_other && !(is_dead(read_owner(descriptor)) && within_patience(free)))
    refuse(results, settled_owner(descriptor), "another run");
  const Owner before = read_owner(descriptor);
  if (flocked == Answer::no_locks ? beats(before) : beats_elsewhere(before))
    refuse(results, before, "a run (heartbeat less than a minute old)");
  const Owner self = this_process();
  write_owner(descriptor, self);  // early, so that a third run learns who waits here
  if (flocked == Answer::no_locks) refuse_unless_last(descriptor, results, self);
  if (!within_patience([&] { return set_shared_lock(descriptor, F_WRLCK, results) != Answer::held_by_other; })) {
    write_owner(descriptor, before);
    refuse(results, before, "ranks that are left of a killed run");
  }
  set_shared_lock(descriptor, F_RDLCK, results);
  return self;
}

}  // namespace

Lock::Lock(int descriptor) : descriptor_(descriptor) {}

Lock Lock::take(const std::filesystem::path& results, std::chrono::milliseconds beat) {
  Lock lock(open_lock(results));
  lock.heart_ = std::make_unique<Heart>(lock.descriptor_, own(lock.descriptor_, results), beat);
  return lock;
}

Lock Lock::join(const std::filesystem::path& results) {
  Lock lock(open_lock(results));
  if (!within_patience([&] { return set_shared_lock(lock.descriptor_, F_RDLCK, results) != Answer::held_by_other; }))
    refuse(results, read_owner(lock.descriptor_), "another run");
  return lock;
}

bool is_held(const std::filesystem::path& results) {
  const int descriptor = open(lock_path(results).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = shared_lock(F_WRLCK);
  const bool told = fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  const Owner owner = read_owner(descriptor);
  close(descriptor);
  return told ? lock.l_type != F_UNLCK || beats_elsewhere(owner) : beats(owner);
}

void Lock::release_name() noexcept {
  if (heart_) heart_->stop();
}

// The file itself stays: unlinking it would let two runs lock two different files of one name.
Lock::~Lock() {
  heart_.reset();
  if (descriptor_ >= 0) close(descriptor_);
}

Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), heart_(std::move(other.heart_)) {}

}  // namespace espalier::record
