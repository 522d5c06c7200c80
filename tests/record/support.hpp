// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mpi.h>

#include <filesystem>
#include <functional>
#include <string>

#include "espalier/core/plan.hpp"
#include "espalier/core/results.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::record::test {

int rank_of_world();

/// Waits without burning the core that another rank needs.
void wait_gently(MPI_Request request);

/// A new empty folder, removed at the end. With `shared` all ranks get the one of rank 0 (collective).
class Folder {
 public:
  explicit Folder(bool shared = false);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
  bool owner_ = true;
};

/// Two models (one sparse, one dense), one fit, six cells of 10, 13 and 16 images.
core::Plan small_plan();
Layout small_layout();
RunInfo some_run();

/// Finished results whose numbers depend on the row alone.
core::CellResult some_cell(const core::Plan& plan, std::size_t row);
core::ModelResult some_model(const Layout& layout, std::size_t row);

/// A finished file, written by this process alone; `change` may alter the cells' results.
void write_all(const std::filesystem::path& path, const core::Plan& plan, const Layout& layout,
               const std::function<void(std::size_t, core::CellResult&)>& change = {});

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

/// First byte and length of a dataset, as the file's header says.
std::pair<std::size_t, std::size_t> range_of(const std::filesystem::path& path, const std::string& dataset);

/// The text of what `action` throws; empty when it throws nothing.
std::string error_of(const std::function<void()>& action);
/// The exit code of the core::Error that `action` throws; -1 for none, -2 for another exception.
int exit_code_of(const std::function<void()>& action);

/// Exit status of a shell command.
int shell(const std::string& command);

}  // namespace espalier::record::test
