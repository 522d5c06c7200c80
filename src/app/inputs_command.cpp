// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <bit>
#include <ostream>

#include "app/commands.hpp"
#include "app/experiment.hpp"
#include "app/selection.hpp"
#include "espalier/record/output.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/record/verify.hpp"
#include "espalier/robust/perturbation.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {
namespace {

static_assert(std::endian::native == std::endian::little, "the file has the byte order of the memory");

/// The header of a .npy file of `records` records [NumPy, numpy.lib.format]; its length is a multiple of 64.
std::string header(std::size_t records, robust::ImageShape shape) {
  const std::string channels = shape.channels > 1 ? fmt::format("{}, ", shape.channels) : "";
  const std::string pixels = fmt::format("({}{}, {})", channels, shape.height, shape.width);
  std::string text = fmt::format(
      "{{'descr': [('cell', '<i8'), ('image', '<i8'), ('label', '|u1'), ('clean', '<f4', {0}), ('changed', '<f4', {0})], "
      "'fortran_order': False, 'shape': ({1},), }}",
      pixels, records);
  constexpr std::size_t before = 10, block = 64;  // magic, version, length
  text.append((block - (before + text.size() + 1) % block) % block, ' ');
  text += '\n';
  const auto length = static_cast<std::uint16_t>(text.size());
  const char magic[]{'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<char>(length & 255), static_cast<char>(length >> 8)};
  return std::string(magic, sizeof magic) + text;
}

template <typename T>
void append(const T& value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append(const net::Matrix& X, Eigen::Index image, std::string& out) {
  for (Eigen::Index d = 0; d < X.rows(); ++d) append(X(d, image), out);
}

void append(std::size_t cell, const run::Inputs& inputs, std::string& out) {
  for (std::size_t b = 0; b < inputs.labels.size(); ++b) {
    append(static_cast<std::int64_t>(cell), out);
    append(static_cast<std::int64_t>(b), out);
    append(inputs.labels[b], out);
    append(inputs.clean, static_cast<Eigen::Index>(b), out);
    append(inputs.changed, static_cast<Eigen::Index>(b), out);
  }
}

/// The finished cells of the selection whose perturbation changes the images.
std::vector<std::size_t> wanted_cells(const Options& options, const core::Plan& plan) {
  const Selection selection(options.only, plan);
  const record::Progress progress = record::read_progress(options.file);
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < plan.cells.size(); ++row) {
    const std::string& family = robust::perturbation(plan.cells[row].perturbation->kind).kind.family;
    const bool changes_images = family == "attack" || family == "input";
    if (changes_images && progress.cells.status[row] == core::Status::done && selection.contains(plan.cells[row]))
      rows.push_back(row);
  }
  if (rows.empty())
    throw core::UserError(
        fmt::format("{}: no finished cell of an attack or corruption is selected; see espalier status", options.file));
  return rows;
}

}  // namespace

core::ExitCode inputs_command(const Options& options) {
  warn_about(options.file);
  const Experiment experiment = prepare_again(options.file, options);
  const record::RowReader stored(options.file);
  run::Store store{};
  store.read = [&](core::RowRef ref) { return stored.read(ref); };
  run::Runner runner(
      experiment.plan, [&](const std::string& name) { return load(experiment, name); }, std::move(store));

  std::string records;
  std::size_t count = 0;
  std::optional<robust::ImageShape> shape;
  for (const std::size_t row : wanted_cells(options, experiment.plan)) {
    const run::Inputs inputs = runner.inputs(row, options.images);
    if (shape && *shape != inputs.shape)
      throw core::UserError(
          fmt::format("{}: the data sets have images of different shapes; select one with --only dataset=NAME", options.file));
    shape = inputs.shape;
    append(row, inputs, records);
    count += inputs.labels.size();
  }
  record::write_output(options.out, [&](std::ostream& out) { out << header(count, *shape) << records; });
  return core::ExitCode::done;
}

}  // namespace espalier::app
