// SPDX-License-Identifier: BSD-3-Clause
// The program with faults: ESPALIER_FAULT="cell 3 throw" makes the computation of that row go wrong. Built for the tests alone.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "app/program.hpp"
#include "espalier/core/failure.hpp"

namespace {

using namespace espalier;
using namespace std::chrono_literals;

using Fault = std::function<void(const core::CancellationCheck& check_cancelled)>;

void take_all_memory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  throw std::bad_alloc();  // asked for this much, the sanitizer ends the process itself
#else
  constexpr std::size_t too_much = std::size_t{1} << 60;
  ::operator delete(::operator new(too_much));
#endif
}

const std::map<std::string, Fault> faults{
    {"throw", [](const core::CancellationCheck&) { throw std::runtime_error("an injected exception"); }},
    {"nan", [](const core::CancellationCheck&) { throw core::NotFinite("an injected loss is not finite"); }},
    {"memory", [](const core::CancellationCheck&) { take_all_memory(); }},
    {"endless",
     [](const core::CancellationCheck& check_cancelled) {
       for (;; std::this_thread::sleep_for(1ms)) check_cancelled();
     }},
    {"hang",
     [](const core::CancellationCheck&) {
       for (;;) std::this_thread::sleep_for(1s);
     }},
    {"segfault", [](const core::CancellationCheck&) { std::raise(SIGSEGV); }},
    {"kill", [](const core::CancellationCheck&) { std::raise(SIGKILL); }},
};

/// `store`, whose check_cancelled goes wrong in one row: in the middle of what the row computes.
run::Store with_fault(run::Store store, const std::string& table, std::size_t row, const Fault& fault) {
  const auto inside = std::make_shared<bool>(false);
  const auto watched = [inside, row](const auto& start) {
    return [inside, row, start](std::size_t started) {
      start(started);
      *inside = started == row;
    };
  };
  if (table == "cell") store.start_cell = watched(store.start_cell);
  if (table == "model") store.start_model = watched(store.start_model);
  const auto left = [inside](const auto& write) {
    return [inside, write](std::size_t written, const auto& result) {
      *inside = false;
      write(written, result);
    };
  };
  store.write_cell = left(store.write_cell);
  store.write_model = left(store.write_model);
  store.check_cancelled = [inside, fault, check_cancelled = store.check_cancelled] {
    if (*inside) fault(check_cancelled);
    check_cancelled();
  };
  return store;
}

run::Store inject(const core::Plan&, run::Store store) {
  const char* text = std::getenv("ESPALIER_FAULT");
  if (!text) return store;
  std::istringstream words(text);
  std::string table, kind;
  std::size_t row = 0;
  words >> table >> row >> kind;
  return with_fault(std::move(store), table, row, faults.at(kind));
}

}  // namespace

int main(int argc, char** argv) { return app::program(argc, argv, inject); }
