// SPDX-License-Identifier: BSD-3-Clause
#include "support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "espalier/core/error.hpp"
#include "espalier/core/sha256.hpp"
#include "record/file/header.hpp"

namespace espalier::record::test {
namespace fs = std::filesystem;

int rank_of_world() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

void wait_gently(MPI_Request request) {
  for (int done = 0; MPI_Test(&request, &done, MPI_STATUS_IGNORE), done == 0;) usleep(1000);
}

Folder::Folder(bool shared) {
  char name[64] = "/tmp/espalier-record-XXXXXX";
  if (!shared || rank_of_world() == 0) {
    if (!mkdtemp(name)) throw std::runtime_error("no temporary folder");
  }
  if (shared) {
    MPI_Request request;
    MPI_Ibcast(name, sizeof name, MPI_CHAR, 0, MPI_COMM_WORLD, &request);
    wait_gently(request);
  }
  owner_ = !shared || rank_of_world() == 0;
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  if (owner_) fs::remove_all(path_, ignored);
}

core::Plan small_plan() {
  core::Plan plan;
  plan.name = "small";
  plan.master_seed = 7;
  plan.source = "espalier: 1\nname: small\n";
  const core::Settings train{"train", {{"epochs", 2.0}, {"hidden", std::vector<double>{3}}, {"optimizer", std::string("adam")}}};
  plan.models.push_back({"model-a", "mnist", {"set", {{"rewire_fraction", 0.3}}}, 0.5, 0, train, "a", 1});
  plan.models.push_back({"model-b", "mnist", {"dense", {}}, 0, 1, train, "b", 1});
  plan.fits.push_back({"fit-a", 0, {"pgd", {{"level", 0.1}}}, 1});
  const core::Settings none{"none", {}};
  const core::Settings noise{"isotropic", {{"layer", 1.0}, {"trace", 0.5}}};
  const std::vector<core::Settings> perturbations{
      none,
      {"remove-links", {{"level", 0.2}, {"order", std::string("random")}}},
      {"apgd", {{"level", 0.1}, {"loss", std::string("dlr")}, {"steps", 40.0}, {"images", 13.0}}}};
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    core::Cell cell;
    cell.id = "cell-" + std::to_string(9 - i);
    cell.model = i / 3;
    if (i == 1) cell.fit = 0;
    cell.perturbation = perturbations[i % 3];
    cell.noise = i == 1 ? noise : none;
    cell.evaluate = core::Settings{"evaluate", {{"images", 10.0}}};
    cell.images = 10 + 3 * static_cast<std::uint32_t>(i % 3);
    cell.outcome_offset = offset;
    offset += core::outcome_bytes(cell.images);
    plan.cells.push_back(cell);
  }
  plan.hash = core::sha256("small");
  return plan;
}

Layout small_layout() {
  const core::LayerShape sparse{4, 3, 6, true}, wide{4, 3, 12, false}, output{3, 2, 6, false};
  return {{{sparse, output}, {wide, output}}, 3, 2, 3};  // 3 runs keep the file small
}

RunInfo some_run() {
  RunInfo run;
  run.start = 1700000000;
  run.hosts = "host";
  run.ranks = 1;
  run.version = "0.1.0";
  run.revision = "abc";
  run.flags = "-O3";
  run.instruction_set = "avx2";
  run.datasets = "mnist=00ff";
  return run;
}

core::CellResult some_cell(const core::Plan& plan, std::size_t row) {
  core::CellResult out;
  out.status = core::Status::done;
  out.images = plan.cells[row].images;
  out.correct = static_cast<std::uint32_t>(row);
  out.values[0] = 0.1 * static_cast<double>(row);
  out.values[1] = 1.0 / (1.0 + static_cast<double>(row));
  out.class_accuracy = {0.25F, static_cast<float>(row)};
  out.outcomes.assign(core::outcome_bytes(out.images), static_cast<std::uint8_t>(row + 1));
  out.seconds = 0.5;
  return out;
}

core::ModelResult some_model(const Layout& layout, std::size_t row) {
  core::ModelResult out;
  out.status = core::Status::done;
  out.test_accuracy = 0.9 + 0.01 * static_cast<double>(row);
  out.test_loss = 0.3;
  out.epochs.resize(2);
  out.epochs[1].train_loss = 0.7;
  for (std::uint32_t e = 0; e < 2; ++e)
    for (const core::LayerShape& shape : layout.models[row])
      if (shape.sparse) out.epochs[e].degrees.push_back({.in = {3, e}, .out = {7, 0, 5}});
  out.input_mean = 0.25F;
  out.seconds = 3;
  for (const core::LayerShape& shape : layout.models[row]) {
    core::LayerData layer{shape, {}, {}, {}, {}};
    layer.weight.resize(shape.links);
    for (std::size_t i = 0; i < layer.weight.size(); ++i) layer.weight[i] = 0.5F * static_cast<float>(i + row);
    layer.bias.assign(shape.outputs, -1.0F);
    if (shape.sparse) {
      layer.start.assign(shape.inputs + 1, static_cast<std::uint32_t>(shape.links));
      layer.target.assign(shape.links, 2);
    }
    out.layers.push_back(layer);
  }
  return out;
}

void write_all(const fs::path& path, const core::Plan& plan, const Layout& layout,
               const std::function<void(std::size_t, core::CellResult&)>& change) {
  create(path, plan, layout, some_run());
  const int run = begin_run(path, some_run());
  ResultsFile file(path, MPI_COMM_SELF, run, plan, layout);
  for (std::size_t i = 0; i < plan.models.size(); ++i) file.write(i, some_model(layout, i));
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    core::CellResult cell = some_cell(plan, i);
    if (change) change(i, cell);
    file.write(i, cell);
  }
  file.close();
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::pair<std::size_t, std::size_t> range_of(const fs::path& path, const std::string& dataset) {
  for (const DataRange& range : check_file(path, Access::read).data)
    if (range.name == dataset) return {range.offset, range.bytes};
  throw std::runtime_error("no dataset " + dataset);
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

int exit_code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const core::Error& error) {
    return static_cast<int>(error.code());
  } catch (const std::exception&) {
    return -2;
  }
  return -1;
}

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace espalier::record::test
