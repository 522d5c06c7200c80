// SPDX-License-Identifier: BSD-3-Clause
// Runs on file systems that know no locks. The two functions below stand in front of those of the C library, for the whole
// program: what they are told to refuse, no file system here would.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <fstream>

#include "child.hpp"
#include "espalier/record/lock.hpp"
#include "support.hpp"

namespace {

int flock_error = 0, shared_error = 0;  // 0: as the system does

long failed(int why) {
  errno = why;
  return -1;
}

}  // namespace

extern "C" int flock(int descriptor, int operation) noexcept {
  return static_cast<int>(flock_error != 0 ? failed(flock_error) : syscall(SYS_flock, descriptor, operation));
}

extern "C" int fcntl(int descriptor, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  const bool shared = command == F_OFD_SETLK || command == F_OFD_GETLK;
  return static_cast<int>(shared && shared_error != 0 ? failed(shared_error) : syscall(SYS_fcntl, descriptor, command, argument));
}

namespace espalier::record::test {
namespace {

/// The locks of this process, and of those that it forks, fail so until the end of this.
struct Failing {
  Failing(int flock, int shared) {
    flock_error = flock;
    shared_error = shared;
  }
  ~Failing() { flock_error = shared_error = 0; }
};

void claim(const std::filesystem::path& results, time_t heartbeat) {
  std::ofstream(results.string() + ".lock") << "{\"host\": \"elsewhere\",\n \"pid\": 12,\n \"start\": 1.0,\n"
                                            << " \"heartbeat\": " << heartbeat << "}\n";
}

}  // namespace

TEST_CASE("a file system without locks is no other run: the heartbeat alone keeps two runs apart") {
  for (const auto& [flock, shared] : {std::pair{ENOSYS, ENOSYS}, {ENOLCK, ENOLCK}, {EOPNOTSUPP, EOPNOTSUPP}, {ENOSYS, 0}}) {
    CAPTURE(std::strerror(flock));
    const Folder folder;
    const auto path = folder / "a.h5";
    const Failing failing(flock, shared);
    CHECK(!is_held(path));
    Child owner([&] { new Lock(Lock::take(path)); });

    CHECK(exit_code_of([&] { Lock::take(path); }) == 4);
    CHECK(error_of([&] { Lock::take(path); }).find("pid " + std::to_string(owner.pid())) != std::string::npos);
    CHECK(exit_code_of([&] { Lock::join(path); }) == -1);
    CHECK(is_held(path));
    owner.kill_now();
    CHECK(!is_held(path));
    CHECK(exit_code_of([&] { Lock::take(path); }) == -1);
  }
}

TEST_CASE("without locks a run on another host is respected as long as its heart beats") {
  const Folder folder;
  const Failing failing(ENOLCK, ENOLCK);

  claim(folder / "a.h5", time(nullptr));
  CHECK(exit_code_of([&] { Lock::take(folder / "a.h5"); }) == 4);
  CHECK(is_held(folder / "a.h5"));
  claim(folder / "a.h5", time(nullptr) - 3600);
  CHECK(!is_held(folder / "a.h5"));
  CHECK(exit_code_of([&] { Lock::take(folder / "a.h5"); }) == -1);
}

TEST_CASE("without locks too, of many runs that start at once exactly one owns the file") {
  const Folder folder;
  const Failing failing(ENOSYS, ENOSYS);

  CHECK(exit_codes_of_many(folder / "a.h5") == std::map<int, int>{{-1, 1}, {4, many - 1}});
}

TEST_CASE("a kernel without locks of open files still has the lock of the owner") {
  const Folder folder;
  const Failing failing(0, EINVAL);
  const Child owner([&] { new Lock(Lock::take(folder / "a.h5")); });

  CHECK(exit_code_of([&] { Lock::take(folder / "a.h5"); }) == 4);
  CHECK(exit_code_of([&] { Lock::join(folder / "a.h5"); }) == -1);
}

TEST_CASE("a lock that fails for any other reason is refused with the system's words, not as another run's") {
  for (const auto& [flock, shared] : {std::pair{EIO, 0}, {0, EIO}}) {
    const Folder folder;
    const Failing failing(flock, shared);

    CHECK(exit_code_of([&] { Lock::take(folder / "a.h5"); }) == 2);
    CHECK(error_of([&] { Lock::take(folder / "a.h5"); }).find(std::strerror(EIO)) != std::string::npos);
  }
}

}  // namespace espalier::record::test
