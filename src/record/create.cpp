// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "espalier/core/error.hpp"
#include "espalier/record/results_file.hpp"
#include "record/cells_table.hpp"
#include "record/files.hpp"
#include "record/hdf5.hpp"
#include "record/header.hpp"
#include "record/noise_places.hpp"
#include "record/tables.hpp"

namespace espalier::record {
namespace {

namespace fs = std::filesystem;
using h5::Dataset;
using h5::Handle;

constexpr float nan_float = std::numeric_limits<float>::quiet_NaN();

/// All that a new file holds, before it is written.
struct Content {
  CellsTable cells;
  std::vector<ModelExtent> places{};
  std::vector<FitExtent> fits{};
  std::vector<TailExtent> tail_extents{};
  FilledTable models{}, layers{}, noise{}, tails{}, results{}, runs{}, notes{};
  Table epochs{};
  std::vector<hsize_t> degrees{};  ///< dimensions
  std::uint64_t outcomes = 0, weights = 0, links = 0, checkpoints = 0;
  std::uint64_t spectra = 0, eigenvectors = 0, tail_weights = 0;
};

Content content_of(const core::Plan& plan, const Layout& layout) {
  Content out{.cells = CellsTable(plan)};
  out.places = model_extents(layout.models);
  out.checkpoints = place_slots(layout.checkpoints, out.places);
  out.models = models_table(plan, out.places);
  out.layers = layers_table(out.places);
  out.fits = fit_extents(plan, out.places);
  out.tail_extents = tail_extents(plan, out.places);
  out.noise = noise_table(plan, out.fits);
  out.tails = tails_table(plan, out.tail_extents);
  out.results = results_table();
  out.runs = runs_table();
  out.notes = notes_table();
  out.epochs = epochs_table();
  out.degrees = {plan.models.size(), layout.epochs, sparse_layers(layout), 2, core::degree_bins};
  for (const core::Cell& cell : plan.cells)
    out.outcomes = std::max(out.outcomes, cell.outcome_offset + core::outcome_bytes(cell.images));
  for (const ModelExtent& place : out.places) {
    out.weights += place.weights;
    out.links += place.links;
  }
  for (const FitExtent& place : out.fits) {
    out.spectra += place.spectrum_numbers;
    out.eigenvectors += place.vector_numbers;
  }
  for (const TailExtent& place : out.tail_extents) out.tail_weights += place.weights;
  return out;
}

std::uint64_t product(const std::vector<hsize_t>& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::uint64_t{1}, std::multiplies{});
}

std::uint64_t bytes_needed(const core::Plan& plan, const Layout& layout, const Content& content) {
  constexpr std::uint64_t structure = 128 << 10;  // HDF5's own metadata, with the descriptions of all columns
  return structure + 2 * plan.source.size() + plan.cells.size() * content.cells.table().width() + content.models.rows.size() +
         content.layers.rows.size() + content.noise.rows.size() + content.tails.rows.size() +
         plan.cells.size() * (content.results.table.width() + layout.classes * sizeof(float)) +
         plan.models.size() * layout.epochs * content.epochs.width() + product(content.degrees) * sizeof(std::uint32_t) +
         layout.runs * content.runs.table.width() + layout.notes * content.notes.table.width() + content.outcomes +
         content.checkpoints + content.weights * sizeof(float) + content.links * sizeof(std::uint32_t) +
         (content.spectra + content.eigenvectors) * sizeof(double) + content.tail_weights * sizeof(float);
}

void describe(const Dataset& dataset, std::string_view units, std::string_view description) {
  h5::set_attribute(dataset.id(), "units", units);
  h5::set_attribute(dataset.id(), "description", description);
}

/// A table whose rows are all known now.
void write_table(const Handle& file, const std::string& path, const FilledTable& filled, std::string_view what) {
  const std::uint64_t rows = filled.rows.size() / filled.table.width();
  const Dataset data = Dataset::create(file.id(), path, h5::compound(filled.table), {rows}, {});
  data.write(0, rows, filled.rows);
  describe(data, "per column, see description", fmt::format("{}\n{}", what, filled.table.describe()));
}

/// A table whose rows all start as the one given.
void fill_table(const Handle& file, const std::string& path, const FilledTable& one, std::uint64_t rows, std::string_view what) {
  const Dataset data = Dataset::create(file.id(), path, h5::compound(one.table), {rows}, one.rows);
  describe(data, "per column, see description", fmt::format("{}\n{}", what, one.table.describe()));
}

void write_cells(const Handle& file, const CellsTable& cells, std::uint64_t rows) {
  constexpr std::uint64_t block = 16384;
  const Dataset data = Dataset::create(file.id(), "/cells", h5::compound(cells.table()), {rows}, {});
  for (std::uint64_t first = 0; first < rows; first += block) {
    const std::uint64_t count = std::min(block, rows - first);
    data.write(first, count, cells.rows(first, count));
  }
  describe(
      data, "per column, see description",
      fmt::format("One row per cell of the grid; written at creation. Joins /results row by row.\n{}", cells.table().describe()));
}

void write_tables(const Handle& file, const core::Plan& plan, const Layout& layout, const Content& content) {
  write_cells(file, content.cells, plan.cells.size());
  fill_table(file, "/results", content.results, plan.cells.size(), "One row per cell, in the order of /cells.");
  write_table(file, "/models", content.models, "One row per trained model.");
  write_table(file, "/layers", content.layers, "One row per model and layer; written at creation.");
  write_table(file, "/noise", content.noise, "One row per fitted noise.");
  write_table(file, "/tails", content.tails, "One row per retrained tail.");
  fill_table(file, "/runs", content.runs, layout.runs,
             "One row per invocation of 'espalier run'. When all rows are used, the last row is overwritten.");
  fill_table(file, "/notes", content.notes, layout.notes, "One row per note that 'espalier note' added.");
}

std::string first_degrees() {
  std::vector<std::uint32_t> first;
  for (std::size_t bin = 0; bin < core::degree_bins; ++bin) first.push_back(core::first_degree(bin));
  return fmt::format("{}", fmt::join(first, " "));
}

void write_arrays(const Handle& file, const core::Plan& plan, const Layout& layout, const Content& content) {
  const std::vector<double> no_epoch(core::epoch_fields.size(), std::numeric_limits<double>::quiet_NaN());
  const Dataset epochs = Dataset::create(file.id(), "/epochs", h5::compound(content.epochs), {plan.models.size(), layout.epochs},
                                         bytes_of(no_epoch));
  describe(epochs, "per column, see description",
           "Training curves: model x epoch; NaN where an epoch was not reached.\n" + content.epochs.describe());
  const Dataset degrees = Dataset::create(file.id(), "/degrees", h5::plain(H5T_STD_U32LE), content.degrees, {});
  describe(degrees, "neurons",
           "histograms of degrees: model x epoch x sparse layer x (links into its outputs, links out of its inputs) x bin; all "
           "zero where an epoch was not reached or a layer is not sparse. Bin b counts degrees from first_degree[b] to below "
           "first_degree[b + 1], the last one all above");
  h5::set_attribute(degrees.id(), "first_degree", first_degrees());
  const Handle float32 = h5::plain(H5T_IEEE_F32LE);
  const Dataset classes = Dataset::create(file.id(), "/class_accuracy", float32, {plan.cells.size(), layout.classes},
                                          std::as_bytes(std::span(&nan_float, 1)));
  describe(classes, "share", "cell x class: share of the class's images classified correctly");
  describe(Dataset::create(file.id(), "/outcomes", h5::plain(H5T_STD_U8LE), {content.outcomes}, {}), "bit",
           "1 where an image is classified correctly: bit i%8 of byte outcome_offset + i/8 is image i of the cell");
  describe(Dataset::create(file.id(), "/weights", float32, {content.weights}, {}), "1",
           "weights and biases of all models; positions in /layers");
  describe(Dataset::create(file.id(), "/links", h5::plain(H5T_STD_U32LE), {content.links}, {}), "1",
           "links of the sparse layers of all models, compressed columns by input neuron; positions in /layers");
  describe(
      Dataset::create(file.id(), "/checkpoints", h5::plain(H5T_STD_U8LE), {content.checkpoints}, {}), "byte",
      "training states after the last saved epoch, from which a run resumes; unused after the training; positions in /layers; "
      "content: bytes of the state (u64), CRC-32, 4 unused bytes, the state, whose first u64 is its number of epochs");
}

void write_noise_arrays(const Handle& file, const Content& content) {
  const Handle float64 = h5::plain(H5T_IEEE_F64LE);
  describe(Dataset::create(file.id(), "/spectra", float64, {content.spectra}, {}), "squared activation",
           "eigenvalues of all fitted covariances; positions in /noise");
  describe(
      Dataset::create(file.id(), "/eigenvectors", float64, {content.eigenvectors}, {}), "1",
      "eigenvectors of all fitted covariances, or their lower triangles; positions in /noise; covariance = V' diag(spectrum) V");
  describe(Dataset::create(file.id(), "/tail_weights", h5::plain(H5T_IEEE_F32LE), {content.tail_weights}, {}), "1",
           "weights and biases of all retrained tails; positions in /tails; their links are those of their models");
}

void write_attributes(const Handle& file, const core::Plan& plan, const RunInfo& made_by) {
  h5::set_attribute(file.id(), "file_type", "espalier results");
  h5::set_attribute(file.id(), "format_version", std::uint64_t{format_version});
  h5::set_attribute(file.id(), "espalier_version", made_by.version);
  h5::set_attribute(file.id(), "revision", made_by.revision);
  h5::set_attribute(file.id(), "flags", made_by.flags);
  h5::set_attribute(file.id(), "instruction_set", made_by.instruction_set);
  h5::set_attribute(file.id(), "datasets", made_by.datasets);
  h5::set_attribute(file.id(), "name", plan.name);
  h5::set_attribute(file.id(), "master_seed", plan.master_seed);
  h5::set_attribute(file.id(), "grid", plan.source);
  h5::set_attribute(file.id(), "plan_hash", plan.hash);
  const auto seconds = static_cast<std::time_t>(made_by.start);
  h5::set_attribute(file.id(), "created_at", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds)));
}

Header header_of(const Handle& file, const core::Plan& plan) {
  Header header;
  header.format = format_version;
  header.plan = plan.hash;
  for (const char* name :
       {"/cells", "/layers", "/results", "/models", "/noise", "/tails", "/runs", "/notes", "/epochs", "/degrees",
        "/class_accuracy", "/outcomes", "/weights", "/links", "/checkpoints", "/spectra", "/eigenvectors", "/tail_weights"}) {
    const Dataset data(file.id(), name);
    header.data.push_back({name, data.offset(), data.bytes()});
  }
  return header;
}

void write_file(const fs::path& path, const core::Plan& plan, const Layout& layout, const RunInfo& made_by,
                const Content& content) {
  Handle file = h5::create_file(path, user_block);
  write_attributes(file, plan, made_by);
  write_tables(file, plan, layout, content);
  write_arrays(file, plan, layout, content);
  write_noise_arrays(file, content);
  const Header header = header_of(file, plan);
  file.close(path.string());
  write_header(path, header, {"/cells", "/layers"});
}

}  // namespace

std::uint64_t file_size(const core::Plan& plan, const Layout& layout) {
  return bytes_needed(plan, layout, content_of(plan, layout));
}

void create(const fs::path& name, const core::Plan& plan, const Layout& layout, const RunInfo& made_by) {
  const fs::path path = resolved(name);
  check_folder(path);
  const Content content = content_of(plan, layout);
  check_space(path, bytes_needed(plan, layout, content));
  const fs::path temporary = companion(path, ".new");
  fs::remove(temporary);  // what a killed creation left behind; the caller holds the lock
  try {
    write_file(temporary, plan, layout, made_by, content);
    reserve_and_sync(temporary, path);
    rename_exclusively(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

}  // namespace espalier::record
