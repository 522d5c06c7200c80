// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "child.hpp"
#include "espalier/record/lock.hpp"
#include "support.hpp"

namespace espalier::record::test {

using namespace std::chrono_literals;

TEST_CASE("a second run is refused with exit 4, naming host and pid of the first") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const Child owner([&] { new Lock(Lock::take(path)); });

  const std::string text = error_of([&] { Lock::take(path); });

  CHECK(exit_code_of([&] { Lock::take(path); }) == 4);
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  CHECK(text.find("pid " + std::to_string(owner.pid())) != std::string::npos);
  CHECK(text.find(host) != std::string::npos);
}

TEST_CASE("the lock of a killed run is taken over at once") {
  const Folder folder;
  const auto path = folder / "a.h5";
  Child owner([&] { new Lock(Lock::take(path)); });
  owner.kill_now();

  CHECK(exit_code_of([&] { Lock::take(path); }) == -1);
}

TEST_CASE("stray ranks of a killed run still own the file until they end") {
  const Folder folder;
  const auto path = folder / "a.h5";
  Child owner([&] { new Lock(Lock::take(path)); });
  Child stray([&] { new Lock(Lock::join(path)); });
  owner.kill_now();

  CHECK(error_of([&] { Lock::take(path); }).find("remaining ranks of a killed run") != std::string::npos);
  stray.kill_now();
  CHECK(exit_code_of([&] { Lock::take(path); }) == -1);
}

TEST_CASE("a run on another host whose heart beats is respected, an old heartbeat is not") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const auto claim = [&](double heartbeat) {
    std::ofstream(folder / "a.h5.lock") << "{\"host\": \"elsewhere\",\n \"pid\": 12,\n \"slurm_job\": \"77\",\n \"start\": 1.0,\n"
                                        << " \"heartbeat\": " << std::to_string(heartbeat) << "}\n";
  };
  const double now = static_cast<double>(time(nullptr));

  claim(now);
  CHECK(exit_code_of([&] { Lock::take(path); }) == 4);
  CHECK(error_of([&] { Lock::take(path); }).find("host elsewhere, pid 12, Slurm job 77") != std::string::npos);
  claim(now - 3600);
  CHECK(exit_code_of([&] { Lock::take(path); }) == -1);
}

TEST_CASE("a lock let go names nobody") {
  const Folder folder;
  {
    const Lock lock = Lock::take(folder / "a.h5");
    CHECK(read_bytes(folder / "a.h5.lock").find("\"pid\": " + std::to_string(getpid())) != std::string::npos);
  }

  CHECK(read_bytes(folder / "a.h5.lock").empty());
}

TEST_CASE("the heart of a run beats while the run does something else, and keeps the owner's name") {
  const Folder folder;
  const Lock lock = Lock::take(folder / "a.h5", {.interval = 1ms});
  const std::string first = read_bytes(folder / "a.h5.lock");

  std::string text = first;
  for (int i = 0; i < 1000 && text == first; ++i) {
    std::this_thread::sleep_for(10ms);
    text = read_bytes(folder / "a.h5.lock");
  }

  const auto heart = first.find("\"heartbeat\"");
  CHECK(text.substr(0, heart) == first.substr(0, heart));
  CHECK(text.substr(heart) > first.substr(heart));
}

TEST_CASE("a run that is about to end takes its name out of the file at once, and its heart does not bring it back") {
  const Folder folder;
  Lock lock = Lock::take(folder / "a.h5", {.interval = 1ms});

  std::thread([&] { lock.release_name(); }).join();  // the one who ends a run need not be the one who began it
  std::this_thread::sleep_for(50ms);

  CHECK(read_bytes(folder / "a.h5.lock").empty());
  CHECK(exit_code_of([&] { Lock::take(folder / "a.h5"); }) == 4);
}

TEST_CASE("a heart leaves the name of a run that took over alone") {
  const Folder folder;
  const Lock lock = Lock::take(folder / "a.h5", {.interval = 1ms});

  const std::string other = "{\"host\": \"elsewhere\",\n \"pid\": 12,\n \"heartbeat\": 1.0}\n";
  // The heart reads and writes the file while this does: until it has read what is written here, it may write its own name.
  for (int i = 0; i < 100 && read_bytes(folder / "a.h5.lock") != other; ++i) {
    write_bytes(folder / "a.h5.lock", other);
    std::this_thread::sleep_for(20ms);
  }

  CHECK(read_bytes(folder / "a.h5.lock") == other);
}

TEST_CASE("of many runs that start at once exactly one owns the file") {
  const Folder folder;

  CHECK(exit_codes_of_many(folder / "a.h5") == std::map<int, int>{{-1, 1}, {4, many - 1}});
}

TEST_CASE("a held lock is refused whatever its text says") {
  const Folder folder;
  const Lock held = Lock::take(folder / "a.h5");

  for (const char* text :
       {"{\"host\": \"h\",\n \"pid\": -1,\n \"start\": 1e300,\n \"heartbeat\": nan}", "{\"host\": ", "\xff\xfe"}) {
    CAPTURE(text);
    write_bytes(folder / "a.h5.lock", text);
    CHECK(exit_code_of([&] { Lock::take(folder / "a.h5"); }) == 4);
  }
}

TEST_CASE("a lock in a missing folder is the user's mistake") {
  const Folder folder;

  CHECK(exit_code_of([&] { Lock::take(folder / "no/a.h5"); }) == 2);
}

}  // namespace espalier::record::test
