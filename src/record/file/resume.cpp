// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "espalier/core/error.hpp"
#include "espalier/record/results_file.hpp"
#include "record/file/builds.hpp"
#include "record/file/header.hpp"
#include "record/file/runs.hpp"

namespace espalier::record {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw core::UserError(fmt::format("{}: {}", path.string(), why));
}

RunInfo creator(const Store& store) {
  RunInfo out;
  out.version = h5::text_attribute(store.file.id(), "espalier_version");
  out.revision = h5::text_attribute(store.file.id(), "revision");
  out.flags = h5::text_attribute(store.file.id(), "flags");
  return out;
}

}  // namespace

RunInfo last_build(const Store& store) {
  const auto runs = read_runs(store);
  return runs.empty() ? creator(store) : runs.back();
}

void check_build(const std::filesystem::path& path, const RunInfo& last, const RunInfo& now) {
  const auto differ = [&](const char* what, const std::string& before, const std::string& given) {
    if (before != given)
      refuse(path,
             fmt::format(
                 "was written by another build: {} '{}', this one has '{}'; give --accept-build-change to continue with it, or "
                 "use another file",
                 what, before, given));
  };
  differ("version", last.version, now.version);
  differ("revision", last.revision, now.revision);
  differ("compiler and flags", last.flags, now.flags);
}

void check_resumable(const std::filesystem::path& path, const core::Plan& plan, const RunInfo& run, bool accept_build_change) {
  const Header header = check_file(path, Access::write, true);
  if (header.plan != plan.hash)
    refuse(path,
           fmt::format("holds another plan ({:.12}, this grid gives {:.12}); name another file, or import what is equal with "
                       "--reuse",
                       header.plan, plan.hash));
  const Store store = open_store(path);
  const std::string datasets = h5::text_attribute(store.file.id(), "datasets");
  if (datasets != run.datasets)
    refuse(path, fmt::format("was computed with other data: '{}', now '{}'; restore the data or use another file", datasets,
                             run.datasets));
  if (!accept_build_change) check_build(path, last_build(store), run);
}

std::string grid_text(const std::filesystem::path& path) {
  const Store store = open_store(path);
  return h5::text_attribute(store.file.id(), "grid");
}

std::string plan_hash(const std::filesystem::path& path) { return check_file(path, Access::read).plan; }

}  // namespace espalier::record
