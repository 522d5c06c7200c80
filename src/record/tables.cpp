// SPDX-License-Identifier: BSD-3-Clause
#include "record/tables.hpp"

#include <algorithm>

#include "espalier/record/notes.hpp"

namespace espalier::record {

void add_state(Table& table) {
  table.add({"status", Type::u8, "code", "0 to do, 1 started, 2 done, 3 failed"});
  table.add(
      {"reason", Type::u8, "code",
       "reason of the failure: 0 none, 1 exception, 2 not finite, 3 time limit, 4 out of memory, 5 crash, 6 dependency failed"});
  table.add({"attempt", Type::u32, "1", "number of starts, including crashes"});
  table.add({"crashes", Type::u32, "1", "number of runs that ended while they computed this row, since its last progress"});
  table.add({"run", Type::u32, "row of /runs", "the run that wrote this row"});
  table.add({"rank", Type::u32, "1", "MPI rank that wrote this row"});
}

void add_end(Table& table, const char* covered) {
  table.add({"seconds", Type::f64, "s", "duration on one rank"});
  table.add({"written", Type::f64, "s since 1970", "when this row was written; 0: never"});
  table.add({"message", Type::text, "text", "reason of the failure as text", message_width});
  table.add({"crc", Type::u32, "CRC-32 (zlib)", covered});
}

std::vector<ModelExtent> model_extents(const std::vector<std::vector<core::LayerShape>>& models) {
  std::vector<ModelExtent> places;
  std::uint64_t weight = 0, link = 0;
  for (const auto& shapes : models) {
    ModelExtent model{{}, weight, 0, link, 0};
    for (const core::LayerShape& shape : shapes) {
      LayerExtent layer{shape};
      layer.weight = weight;
      layer.weights = shape.links;
      layer.bias = layer.weight + layer.weights;
      layer.start = link;
      layer.target = link + (shape.sparse ? shape.inputs + std::uint64_t{1} : 0);
      weight = layer.bias + shape.biases();
      link = layer.target + (shape.sparse ? shape.links : 0);
      model.layers.push_back(layer);
    }
    model.weights = weight - model.weight;
    model.links = link - model.link;
    places.push_back(std::move(model));
  }
  return places;
}

std::uint64_t place_slots(const std::vector<std::uint64_t>& checkpoints, std::vector<ModelExtent>& places) {
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < std::min(places.size(), checkpoints.size()); ++i) {
    places[i].slot = end;
    places[i].slot_bytes = checkpoints[i] == 0 ? 0 : sizeof(SlotHead) + checkpoints[i];
    end += places[i].slot_bytes;
  }
  return end;
}

std::uint32_t classes_of(const ModelExtent& model) { return model.layers.empty() ? 0 : model.layers.back().shape.outputs; }

std::vector<CellExtent> cell_extents(const core::Plan& plan, const std::vector<ModelExtent>& models) {
  std::vector<CellExtent> places;
  places.reserve(plan.cells.size());
  for (const core::Cell& cell : plan.cells)
    places.push_back({cell.outcome_offset, cell.images, classes_of(models.at(cell.model))});
  return places;
}

FilledTable results_table() {
  FilledTable out;
  add_state(out.table);
  out.table.add({"correct", Type::i64, "images", "images classified correctly"});
  out.table.add({"judged", Type::i64, "images", "evaluated images"});
  for (const core::Metric& metric : core::metrics)
    out.table.add({std::string(metric.name), Type::f64, std::string(metric.unit), std::string(metric.description)});
  add_end(out.table,
          "when done: the cell's bytes of /outcomes, its row of /class_accuracy, then this row without crc; else this row");
  out.resize(1);
  out.row(0).clear();
  out.row(0).seal(0);
  return out;
}

FilledTable runs_table() {
  FilledTable out;
  Table& table = out.table;
  table.add({"start", Type::f64, "s since 1970", "start; 0: unused row"});
  table.add({"end", Type::f64, "s since 1970", "end; 0 while the run is active, or after it was killed"});
  table.add({"active", Type::f64, "s",
             "time in which the run computed, without suspensions; 0 while the run is active, or after it was killed"});
  table.add({"ranks", Type::i64, "1", "MPI ranks"});
  table.add({"exit_code", Type::i64, "1", "exit code; -1 while the run is active, or after it was killed"});
  table.add({"hosts", Type::text, "text", "hosts", 256});
  table.add({"slurm_job", Type::text, "text", "Slurm job id", 64});
  table.add({"version", Type::text, "text", "espalier version", 32});
  table.add({"revision", Type::text, "text", "git revision", 64});
  table.add({"flags", Type::text, "text", "compiler and flags", 256});
  table.add({"instruction_set", Type::text, "text", "instruction set of the kernels", 64});
  table.add({"datasets", Type::text, "text", "name=SHA-256 of every data set", 1024});
  table.add({"crc", Type::u32, "CRC-32 (zlib)", "this row without crc"});
  out.resize(1);
  out.row(0).seal(0);
  return out;
}

FilledTable notes_table() {
  FilledTable out;
  out.table.add({"written", Type::f64, "s since 1970", "when the note was added; 0: unused row"});
  out.table.add({"text", Type::text, "text", "the note, one line", most_note_bytes});
  out.table.add({"crc", Type::u32, "CRC-32 (zlib)", "this row without crc"});
  out.resize(1);
  out.row(0).seal(0);
  return out;
}

Table epochs_table() {
  Table table;
  add_fields(table, core::epoch_fields);
  return table;
}

std::size_t sparse_layers(const Layout& layout) {
  std::size_t most = 1;
  for (const auto& shapes : layout.models)
    most = std::max(most, static_cast<std::size_t>(std::ranges::count(shapes, true, &core::LayerShape::sparse)));
  return most;
}

FilledTable layers_table(const std::vector<ModelExtent>& places) {
  FilledTable out;
  for (const char* name : {"model", "layer", "inputs", "outputs", "links"}) out.table.add({name, Type::i64, "1", name});
  out.table.add({"sparse", Type::i64, "1",
                 "1: links are listed; 0: weights are outputs x inputs, row by row, or filters x channels x kernel x kernel"});
  for (const FilterColumn& column : filter_columns) out.table.add({column.name, Type::i64, column.unit, column.description});
  out.table.add({"activation", Type::i64, "code", "activation function of the hidden layers: 0 ReLU, 1 tanh"});
  out.table.add({"weight_offset", Type::i64, "elements of /weights", "first weight"});
  out.table.add({"bias_offset", Type::i64, "elements of /weights", "first bias, one per output, or per filter"});
  out.table.add(
      {"start_offset", Type::i64, "elements of /links", "first of inputs + 1 starts (compressed columns); -1 if dense"});
  out.table.add({"target_offset", Type::i64, "elements of /links", "first target (output neuron) of the links; -1 if dense"});
  out.table.add({"slot_offset", Type::i64, "bytes of /checkpoints", "start of the slot of the model"});
  out.table.add({"slot_bytes", Type::i64, "bytes of /checkpoints", "size of the slot; 0: the training state is not saved"});
  std::size_t count = 0;
  for (const ModelExtent& model : places) count += model.layers.size();
  out.resize(count);
  std::size_t i = 0;
  for (std::size_t m = 0; m < places.size(); ++m)
    for (std::size_t l = 0; l < places[m].layers.size(); ++l) {
      const LayerExtent& place = places[m].layers[l];
      const auto number = [](std::uint64_t x) { return static_cast<double>(x); };
      Row row = out.row(i++);
      row.set("model", number(m));
      row.set("layer", number(l));
      row.set("inputs", place.shape.inputs);
      row.set("outputs", place.shape.outputs);
      row.set("links", number(place.shape.links));
      row.set("sparse", place.shape.sparse);
      for (const FilterColumn& column : filter_columns) row.set(column.name, place.shape.filters.*column.member);
      row.set("activation", static_cast<double>(place.shape.activation));
      row.set("weight_offset", number(place.weight));
      row.set("bias_offset", number(place.bias));
      row.set("start_offset", place.shape.sparse ? number(place.start) : -1.0);
      row.set("target_offset", place.shape.sparse ? number(place.target) : -1.0);
      row.set("slot_offset", number(places[m].slot));
      row.set("slot_bytes", number(places[m].slot_bytes));
    }
  return out;
}

}  // namespace espalier::record
