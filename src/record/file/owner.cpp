// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/owner.hpp"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "espalier/core/error.hpp"

namespace espalier::record {
namespace {

using namespace std::chrono_literals;

/// A run without a lock counts as dead after this time (s) without a heartbeat.
constexpr double heartbeat_patience = 60;
constexpr auto poll = 100ms;
constexpr std::size_t text_bytes = 512;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string this_host() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

std::string value_of(const std::string& text, const std::string& key) {
  const auto at = text.find("\"" + key + "\": ");
  if (at == std::string::npos) return "";
  const auto from = at + key.size() + 4;
  std::string value = text.substr(from, text.find_first_of(",\n}", from) - from);
  if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

Owner this_process() {
  const char* job = std::getenv("SLURM_JOB_ID");
  return {this_host(), job ? job : "", static_cast<long>(getpid()), now(), now()};
}

Owner read_owner(int descriptor) {
  std::string text(text_bytes, '\0');
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto number = [&](const char* key) { return std::strtod(value_of(text, key).c_str(), nullptr); };
  return {value_of(text, "host"), value_of(text, "slurm_job"), static_cast<long>(number("pid")),
          number("start"),        number("heartbeat"),         number("active")};
}

void write_owner(int descriptor, const Owner& owner) {
  std::string text = fmt::format(
      "{{\"host\": \"{}\",\n \"pid\": {},\n \"slurm_job\": \"{}\",\n \"start\": {:.3f},\n \"heartbeat\": {:.3f},\n"
      " \"active\": {:.3f}}}\n",
      owner.host, owner.pid, owner.job, owner.start, owner.heartbeat, owner.active);
  text.resize(text_bytes, ' ');  // always the same length: one write, nothing left of a longer one
  if (pwrite(descriptor, text.data(), text.size(), 0) < 0)
    throw core::Error(core::ExitCode::broken, fmt::format("the lock file cannot be written: {}", std::strerror(errno)));
}

bool same_process(const Owner& one, const Owner& other) { return one.host == other.host && one.pid == other.pid; }

bool is_dead(const Owner& owner) {
  return owner.host == this_host() && owner.pid > 0 && kill(static_cast<pid_t>(owner.pid), 0) != 0 && errno == ESRCH;
}

bool has_heartbeat(const Owner& owner) {
  return !owner.host.empty() && !is_dead(owner) && owner.heartbeat > now() - heartbeat_patience;
}

bool has_remote_heartbeat(const Owner& owner) { return owner.host != this_host() && has_heartbeat(owner); }

bool renews_heartbeat(int descriptor, const Owner& owner, std::chrono::milliseconds patience) {
  if (owner.host.empty() || is_dead(owner)) return false;
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(poll)) {
    const Owner later = read_owner(descriptor);
    if (same_process(later, owner) && later.heartbeat != owner.heartbeat) return true;
  }
  return false;
}

Heartbeat::Heartbeat(int descriptor, Owner self, HeartbeatSettings settings)
    : descriptor_(descriptor), self_(std::move(self)), settings_(std::move(settings)) {
  thread_ = std::jthread([this](const std::stop_token& over) { beat(over); });
}

Heartbeat::~Heartbeat() {
  thread_ = {};  // joins
  stop();
}

void Heartbeat::beat(const std::stop_token& over) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, over, settings_.interval, [this] { return stopped_; }) && !over.stop_requested()) renew();
}

// The next heartbeat makes up for one that cannot be written. A name that is not ours belongs to a run that took over.
void Heartbeat::renew() noexcept {
  try {
    const Owner named = read_owner(descriptor_);
    if (!named.host.empty() && !same_process(named, self_)) {
      superseded_ = true;
      return;
    }
    self_.heartbeat = now();
    if (settings_.active) self_.active = settings_.active();
    write_owner(descriptor_, self_);
  } catch (const std::exception&) {
    return;
  }
}

void Heartbeat::stop() noexcept {
  std::unique_lock lock(mutex_, std::defer_lock);
  for (int i = 0; i < 20 && !lock.try_lock(); ++i) std::this_thread::sleep_for(10ms);
  if (!lock || stopped_) return;
  stopped_ = true;
  if (superseded_ || ftruncate(descriptor_, 0) != 0) return;  // the name expires
}

}  // namespace espalier::record
