// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace espalier::app {

/// What the command line said.
struct Options {
  std::string command;                                         ///< the name of the command
  std::string grid;                                            ///< GRID.yaml
  std::string file;                                            ///< FILE.h5: the results
  std::string out;                                             ///< -o of export, merge, inputs and new
  std::string format;                                          ///< of export: csv, json or jsonl; empty: by the ending of `out`
  std::vector<std::string> columns;                            ///< of export; empty: all
  bool long_form = false;                                      ///< of export: one row per cell and metric
  std::vector<std::string> files;                              ///< A.h5 B.h5 ... of merge
  std::string text;                                            ///< TEXT of note
  std::string shard;                                           ///< I/N: a part of the plan
  std::string reuse;                                           ///< OLD.h5 whose rows are taken over
  std::size_t ranks = 0;                                       ///< of plan: predict a run on them; 0: the cores of this machine
  std::size_t sample = 0;                                      ///< cells that verify computes again
  std::uint32_t images = 8;                                    ///< that inputs writes of each cell
  std::string data;                                            ///< --data
  std::string kind;                                            ///< of `kinds NAME`
  std::string shell;                                           ///< of `completion SHELL`
  std::string study;                                           ///< of `new --study`
  std::vector<std::pair<std::string, std::string>> only;       ///< --only KEY=VALUE
  std::vector<std::pair<std::string, std::string>> recompute;  ///< --recompute KEY=VALUE
  bool replace = false;                                        ///< rows that --recompute finds different
  std::vector<std::string> arguments;                          ///< of a command of the Python package, its name first, as given
  bool json = false;
  bool cells = false;
  bool watch = false;
  bool quiet = false;
  bool retry_failed = false;
  bool accept_build_change = false;
  bool fail_fast = false;
  std::optional<std::size_t> max_failures;
  std::string writer;     ///< ranks or coordinator; empty: by the file system
  std::string walltime;   ///< how long the run may take; empty: until the end of the Slurm job, or no limit
  double time_limit = 0;  ///< seconds that a model or cell may take; 0: by its predicted time
};

/// Parses the command line. Returns nothing when --help or --version was answered; `answer` then holds the text to print.
/// Throws core::UserError on a mistake.
std::optional<Options> parse(int argc, const char* const* argv, std::string& answer);

}  // namespace espalier::app
