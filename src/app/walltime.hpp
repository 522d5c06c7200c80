#pragma once

#include <string>
#include <vector>

#include "espalier/farm/job_queue.hpp"

namespace espalier::app {

/// When the work must have ended (s since 1970), some seconds before the time is up, so that the file is closed in good order;
/// 0: never. `walltime` is what --walltime said; without it Slurm's end of the job counts (`slurm_end`, its variable, or null).
/// Throws core::UserError when one of them is no time.
double end_of_work(const std::string& walltime, const char* slurm_end, double now);

/// Seconds of "90", "MM:SS", "HH:MM:SS" or "D-HH:MM:SS", as Slurm writes them. Throws core::UserError for anything else.
double parse_walltime(const std::string& text);

/// Throws core::UserError when none of the tasks that can start would give its first result within `seconds`.
void check_that_something_fits(const std::vector<farm::Task>& tasks, double seconds);

}  // namespace espalier::app
