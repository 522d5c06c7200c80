#include <fmt/core.h>

#include "app/commands.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {

core::ExitCode digest_command(const Options& options) {
  fmt::print("{}\n", record::digest(options.file));
  return core::ExitCode::done;
}

core::ExitCode export_command(const Options& options) {
  record::export_table(options.file, options.out);
  fmt::print("{}\n", options.out);
  return core::ExitCode::done;
}

}  // namespace espalier::app
