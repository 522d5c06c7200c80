#include "espalier/record/lock.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>
#include <utility>

#include "espalier/core/error.hpp"

namespace espalier::record {
namespace {

using namespace std::chrono_literals;

/// How long the ranks of a run that was killed a moment ago may take to die.
constexpr auto stray_patience = 3s;
constexpr auto poll = 50ms;
/// Silence after which a run on another host counts as dead, where locks do not cross hosts.
constexpr double heartbeat_patience = 60;
constexpr std::size_t text_bytes = 512;

/// What the lock file says, one "key": value per line.
struct Owner {
  std::string host, job;
  long pid = 0;
  double start = 0, heartbeat = 0;
};

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string this_host() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

Owner this_process() {
  const char* job = std::getenv("SLURM_JOB_ID");
  return {this_host(), job ? job : "", static_cast<long>(getpid()), now(), now()};
}

void write_owner(int descriptor, const Owner& owner) {
  std::string text =
      fmt::format("{{\"host\": \"{}\",\n \"pid\": {},\n \"slurm_job\": \"{}\",\n \"start\": {:.3f},\n \"heartbeat\": {:.3f}}}\n",
                  owner.host, owner.pid, owner.job, owner.start, owner.heartbeat);
  text.resize(text_bytes, ' ');  // always the same length: one write, nothing left of a longer one
  if (pwrite(descriptor, text.data(), text.size(), 0) < 0)
    throw core::Error(core::ExitCode::broken, fmt::format("the lock file cannot be written: {}", std::strerror(errno)));
}

std::string value_of(const std::string& text, const std::string& key) {
  const auto at = text.find("\"" + key + "\": ");
  if (at == std::string::npos) return "";
  const auto from = at + key.size() + 4;
  std::string value = text.substr(from, text.find_first_of(",\n}", from) - from);
  if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

Owner read_owner(int descriptor) {
  std::string text(text_bytes, '\0');
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto number = [&](const char* key) { return std::strtod(value_of(text, key).c_str(), nullptr); };
  return {value_of(text, "host"), value_of(text, "slurm_job"), static_cast<long>(number("pid")), number("start"),
          number("heartbeat")};
}

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

bool set_shared_lock(int descriptor, short type) {
  struct flock lock = shared_lock(type);
  return fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
}

template <typename Try>
bool within_patience(Try attempt) {
  for (const auto end = std::chrono::steady_clock::now() + stray_patience;; std::this_thread::sleep_for(poll)) {
    if (attempt()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
  }
}

bool is_dead(const Owner& owner) {
  return owner.host == this_host() && owner.pid > 0 && kill(static_cast<pid_t>(owner.pid), 0) != 0 && errno == ESRCH;
}

bool beats_elsewhere(const Owner& owner) {
  return !owner.host.empty() && owner.host != this_host() && owner.heartbeat > now() - heartbeat_patience;
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

void own(int descriptor, const std::filesystem::path& results) {
  const auto flocked = [&] { return flock(descriptor, LOCK_EX | LOCK_NB) == 0; };
  // Only rank 0 of a live run holds the flock; where it is emulated, stray ranks of a dead one may too.
  if (!flocked() && !(is_dead(read_owner(descriptor)) && within_patience(flocked)))
    refuse(results, settled_owner(descriptor), "another run");
  const Owner before = read_owner(descriptor);
  if (beats_elsewhere(before)) refuse(results, before, "a run (heartbeat less than a minute old)");
  write_owner(descriptor, this_process());  // early, so that a third run learns who waits here
  if (!within_patience([&] { return set_shared_lock(descriptor, F_WRLCK); })) {
    write_owner(descriptor, before);
    refuse(results, before, "ranks that are left of a killed run");
  }
  set_shared_lock(descriptor, F_RDLCK);
}

}  // namespace

Lock Lock::take(const std::filesystem::path& results) {
  Lock lock(open_lock(results));
  own(lock.descriptor_, results);
  lock.owner_ = true;
  return lock;
}

Lock Lock::join(const std::filesystem::path& results) {
  Lock lock(open_lock(results));
  if (!within_patience([&] { return set_shared_lock(lock.descriptor_, F_RDLCK); }))
    refuse(results, read_owner(lock.descriptor_), "another run");
  return lock;
}

bool is_held(const std::filesystem::path& results) {
  const int descriptor = open(lock_path(results).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = shared_lock(F_WRLCK);
  const bool held = fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  const bool beats = beats_elsewhere(read_owner(descriptor));
  close(descriptor);
  return held || beats;
}

void Lock::heartbeat() {
  if (!owner_) return;
  Owner owner = read_owner(descriptor_);
  owner.heartbeat = now();
  write_owner(descriptor_, owner);
}

Lock::~Lock() {
  if (descriptor_ < 0) return;
  // The name of the owner goes with it, so that nobody waits for its heartbeat. The file itself stays: unlinking it would let
  // two runs lock two different files of one name.
  if (owner_ && ftruncate(descriptor_, 0) != 0) owner_ = false;
  close(descriptor_);
}

Lock::Lock(Lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), owner_(std::exchange(other.owner_, false)) {}

}  // namespace espalier::record
