// SPDX-License-Identifier: BSD-3-Clause
#include "app/walltime.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <regex>

#include "app/progress_line.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app {
namespace {

/// Kept back for the end of a run, at most: the last rows, closing the file.
constexpr double reserve = 10, reserve_share = 0.1;
/// A time that is over still is a limit.
constexpr double least = 1e-3;

}  // namespace

double parse_walltime(const std::string& text) {
  static const std::regex form(R"((?:(?:(?:(\d{1,4})-)?(\d{1,4}):)?(\d{1,4}):)?(\d{1,9}))");
  std::smatch parts;
  if (!std::regex_match(text, parts, form))
    throw core::UserError(fmt::format("--walltime must be seconds, MM:SS, HH:MM:SS or D-HH:MM:SS; given '{}'", text));
  const auto number = [&](std::size_t i) { return parts[i].matched ? std::stod(parts[i].str()) : 0.0; };
  return ((number(1) * 24 + number(2)) * 60 + number(3)) * 60 + number(4);
}

double seconds_for_work(const std::string& walltime, const char* slurm_end, double now) {
  double seconds = 0;
  if (!walltime.empty())
    seconds = std::max(parse_walltime(walltime), least);
  else if (slurm_end != nullptr && std::strtod(slurm_end, nullptr) > 0)
    seconds = std::max(std::strtod(slurm_end, nullptr) - now, least);
  return seconds - std::min(reserve, reserve_share * seconds);
}

void check_that_something_fits(const std::vector<farm::Task>& tasks, double seconds) {
  double shortest = std::numeric_limits<double>::infinity();
  for (const farm::Task& task : tasks) {
    const bool ready = std::ranges::all_of(task.needs, [&](std::size_t need) { return tasks[need].finished; });
    if (!task.finished && !task.held && ready) shortest = std::min(shortest, task.first);
  }
  if (std::isfinite(shortest) && shortest > seconds)
    throw core::UserError(
        fmt::format("the walltime leaves {} for jobs, but the shortest job needs about {} until its "
                    "first result; give more time, or use smaller models",
                    duration(seconds), duration(shortest)));
}

}  // namespace espalier::app
