// SPDX-License-Identifier: BSD-3-Clause
#include "app/progress_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/console.hpp"
#include "app/running_clock.hpp"

namespace espalier::app {

namespace {

constexpr const char* separator = "  ";

/// Columns of the terminal behind standard error, asked each time: its window may change.
std::size_t terminal_width() {
  constexpr std::size_t usual = 80;
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

}  // namespace

std::string line_within(const std::vector<std::string>& fields, std::size_t width) {
  std::string line;
  for (const std::string& field : fields) {
    const std::string longer = line.empty() ? field : line + separator + field;
    if (longer.size() >= width) break;
    line = longer;
  }
  return line;
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(std::max(seconds, 0.0) + 0.5);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
}

double log_interval(double elapsed) {
  if (elapsed < 120) return 10;
  return elapsed < 3600 ? 60 : 600;
}

ProgressLine::ProgressLine(const std::vector<core::Job>& jobs, const std::vector<bool>& pending, bool quiet)
    : jobs_(jobs), pending_(pending), start_(running_seconds()), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {
  for (std::size_t j = 0; j < jobs.size(); ++j)
    if (pending[j]) count(j);
  if (std::ranges::none_of(pending, [](bool is_pending) { return is_pending; }))
    quiet_ = true;  // a finished file has no progress
}

void ProgressLine::count(std::size_t job) {
  models_ += jobs_[job].work == core::Work::train;
  cells_ += jobs_[job].cells.size();
  cost_ += jobs_[job].cost;
}

void ProgressLine::add(std::span<const std::size_t> jobs) {
  for (const std::size_t job : jobs) {
    if (pending_[job]) continue;
    pending_[job] = true;
    count(job);
    add(jobs_[job].needs);
  }
}

std::vector<std::string> ProgressLine::fields(std::span<const std::size_t> finished, std::size_t running,
                                              std::size_t failed) const {
  std::size_t models = 0, cells = 0;
  double cost = 0;
  for (const std::size_t job : finished) {
    models += jobs_[job].work == core::Work::train;
    cells += jobs_[job].cells.size();
    cost += jobs_[job].cost;
  }
  const double elapsed = running_seconds() - start_;
  const double rate = elapsed > 0 ? static_cast<double>(cells) / elapsed : 0;
  const std::string eta = cost > 0 ? duration(elapsed * (cost_ - cost) / cost) : "?";
  return {fmt::format("cells {}/{} ({:.1f}/s)", cells, cells_, rate),
          fmt::format("left {}", eta),
          fmt::format("failed {}", failed),
          fmt::format("models {}/{}", models, models_),
          fmt::format("elapsed {}", duration(elapsed)),
          fmt::format("running {}", running)};
}

void ProgressLine::show(std::span<const std::size_t> finished, std::size_t running, std::size_t failed) {
  constexpr double redraw_interval = 0.2;
  const double t = running_seconds();
  if (quiet_ || t - last_ < (terminal_ ? redraw_interval : log_interval(t - start_))) return;
  last_ = t;
  const std::vector<std::string> all = fields(finished, running, failed);
  if (terminal_) {
    print_to(stderr, "\r\x1b[K{}", line_within(all, terminal_width()));
  } else {
    print_to(stderr, "{}\n", fmt::join(all, separator));
  }
  std::fflush(stderr);
}

void ProgressLine::end() {
  if (!quiet_ && terminal_ && last_ > 0) print_to(stderr, "\r\x1b[K");
}

}  // namespace espalier::app
