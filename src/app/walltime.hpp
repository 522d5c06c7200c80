// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "espalier/farm/job_queue.hpp"

namespace espalier::app {

/// Seconds that are left for work, some seconds less than the walltime, so that the file is closed before the time is up; 0: no
/// limit. `walltime` is the value of --walltime; without it the end of the Slurm job counts (`slurm_end`: its variable, in
/// seconds since 1970 as `now`, or null). Throws core::UserError when `walltime` is not a time.
double seconds_for_work(const std::string& walltime, const char* slurm_end, double now);

/// Seconds of "90", "MM:SS", "HH:MM:SS" or "D-HH:MM:SS", as Slurm writes them. Throws core::UserError for anything else.
double parse_walltime(const std::string& text);

/// Throws core::UserError when none of the tasks that can start would give its first result within `seconds`.
void check_that_something_fits(const std::vector<farm::Task>& tasks, double seconds);

}  // namespace espalier::app
