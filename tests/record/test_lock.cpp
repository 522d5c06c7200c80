#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "espalier/record/lock.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

/// A child process that does `work`, says so, and waits until it is killed. It leaves without MPI's exit handlers.
class Child {
 public:
  explicit Child(const std::function<void()>& work) {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      work();
      if (write(ready[1], "x", 1) == 1) pause();
      _exit(0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~Child() { kill_now(); }
  void kill_now() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("a second run is refused with exit 4, naming host and pid of the first") {
  if (rank_of_world() != 0) return;
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
  if (rank_of_world() != 0) return;
  const Folder folder;
  const auto path = folder / "a.h5";
  Child owner([&] { new Lock(Lock::take(path)); });
  owner.kill_now();

  CHECK(exit_code_of([&] { Lock::take(path); }) == -1);
}

TEST_CASE("stray ranks of a killed run still own the file until they end") {
  if (rank_of_world() != 0) return;
  const Folder folder;
  const auto path = folder / "a.h5";
  Child owner([&] { new Lock(Lock::take(path)); });
  Child stray([&] { new Lock(Lock::join(path)); });
  owner.kill_now();

  CHECK(error_of([&] { Lock::take(path); }).find("left of a killed run") != std::string::npos);
  stray.kill_now();
  CHECK(exit_code_of([&] { Lock::take(path); }) == -1);
}

TEST_CASE("a run on another host whose heart beats is respected, an old heartbeat is not") {
  if (rank_of_world() != 0) return;
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

TEST_CASE("a lock let go names nobody, and a heartbeat keeps the owner's name") {
  if (rank_of_world() != 0) return;
  const Folder folder;
  const auto path = folder / "a.h5";
  {
    Lock lock = Lock::take(path);
    lock.heartbeat();
    CHECK(read_bytes(folder / "a.h5.lock").find("\"pid\": " + std::to_string(getpid())) != std::string::npos);
  }

  CHECK(read_bytes(folder / "a.h5.lock").empty());
}

TEST_CASE("of many runs that start at once exactly one owns the file") {
  if (rank_of_world() != 0) return;
  constexpr int runs = 12;
  const Folder folder;
  const auto path = folder / "a.h5";
  int report[2], end[2];
  REQUIRE((pipe(report) == 0 && pipe(end) == 0));
  for (int i = 0; i < runs; ++i) {
    if (fork() != 0) continue;
    close(end[1]);
    std::optional<Lock> lock;
    const auto code = static_cast<char>(exit_code_of([&] { lock.emplace(Lock::take(path)); }));
    char none = 0;
    const bool told = write(report[1], &code, 1) == 1;
    _exit(told && read(end[0], &none, 1) == 0 ? 0 : 1);  // keeps what it has until the end of all
  }

  int owners = 0, refused = 0;
  for (int i = 0; i < runs; ++i) {
    char code = 0;
    REQUIRE(read(report[0], &code, 1) == 1);
    owners += code == -1;
    refused += code == 4;
  }
  for (const int descriptor : {end[1], end[0], report[0], report[1]}) close(descriptor);
  for (int i = 0; i < runs; ++i) wait(nullptr);

  CHECK(owners == 1);
  CHECK(refused == runs - 1);
}

TEST_CASE("a held lock is refused whatever its text says") {
  if (rank_of_world() != 0) return;
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
  if (rank_of_world() != 0) return;
  const Folder folder;

  CHECK(exit_code_of([&] { Lock::take(folder / "no/a.h5"); }) == 2);
}

}  // namespace espalier::record::test
