#include <fmt/core.h>

#include "app/commands.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {

core::ExitCode digest_command(const Options& options) {
  fmt::print("{}\n", record::digest(options.file));
  return core::ExitCode::done;
}

core::ExitCode export_command(const Options& options) {
  const std::size_t damaged = record::export_table(options.file, options.out);
  if (damaged > 0) fmt::print(stderr, "{}: {} rows are damaged and stand as to do\n", options.file, damaged);
  fmt::print("{}\n", options.out);
  return core::ExitCode::done;
}

}  // namespace espalier::app
