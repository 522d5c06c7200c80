#include "app/progress_line.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/provenance.hpp"

namespace espalier::app {

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
    : jobs_(jobs), start_(now()), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (!pending[j]) continue;
    models_ += jobs[j].work == core::Work::train;
    cells_ += jobs[j].cells.size();
    cost_ += jobs[j].cost;
  }
  if (std::ranges::none_of(pending, [](bool is_pending) { return is_pending; }))
    quiet_ = true;  // a finished file has no progress
}

std::string ProgressLine::text(std::span<const std::size_t> finished, std::size_t running, std::size_t failed) const {
  std::size_t models = 0, cells = 0;
  double cost = 0;
  for (const std::size_t job : finished) {
    models += jobs_[job].work == core::Work::train;
    cells += jobs_[job].cells.size();
    cost += jobs_[job].cost;
  }
  const double elapsed = now() - start_;
  const double rate = elapsed > 0 ? static_cast<double>(cells) / elapsed : 0;
  const std::string eta = cost > 0 ? duration(elapsed * (cost_ - cost) / cost) : "?";
  return fmt::format("cells {}/{} ({:.1f}/s)  models {}/{}  running {}  failed {}  elapsed {}  left {}", cells, cells_, rate,
                     models, models_, running, failed, duration(elapsed), eta);
}

void ProgressLine::show(std::span<const std::size_t> finished, std::size_t running, std::size_t failed) {
  constexpr double redraw_interval = 0.2;
  const double t = now();
  if (quiet_ || t - last_ < (terminal_ ? redraw_interval : log_interval(t - start_))) return;
  last_ = t;
  const std::string line = text(finished, running, failed);
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", line);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
}

void ProgressLine::end() {
  if (!quiet_ && terminal_ && last_ > 0) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace espalier::app
