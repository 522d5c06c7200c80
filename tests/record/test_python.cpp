// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "espalier/record/export.hpp"
#include "espalier/record/output.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

const std::string python = "/usr/bin/python3";

bool python_reads_hdf5() {
  const bool can = shell(python + " -c 'import h5py, pandas' 2>/dev/null") == 0;
  if (!can) MESSAGE("skipped: /usr/bin/python3 has no h5py or pandas");
  return can;
}

/// Whether all `claims` hold, each a Python expression over the open file `f` and the joined table `df`. One process, for time.
bool hold(const std::filesystem::path& path, const std::string& preparation, const std::vector<std::string>& claims) {
  const std::filesystem::path script = path.string() + ".py";
  std::string text = "import h5py, numpy as np, pandas as pd; f = h5py.File('" + path.string() + "')\n" +
                     "df = pd.DataFrame(f['cells'][:]).join(pd.DataFrame(f['results'][:]))\n" + preparation;
  for (const std::string& claim : claims) text += "assert " + claim + "\n";
  write_bytes(script, text);
  return shell(python + " '" + script.string() + "'") == 0;
}

}  // namespace

TEST_CASE("h5py and pandas read the file while it is open for writing") {
  if (!python_reads_hdf5()) return;
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  create(path, plan, small_layout(), some_run());
  ResultsFile file(path, MPI_COMM_SELF, 0, plan, small_layout());
  for (std::size_t i = 0; i < 5; ++i) file.write(i, some_cell(plan, i));

  CHECK(hold(path, "",
             {"list(df.status) == [2, 2, 2, 2, 2, 0]", "df.accuracy.isna().sum() == 1 and df.accuracy[4] == 0.1 * 4",
              "df.columns.is_unique", "df.perturbation_loss[2] == b'dlr' and df.order[1] == b'random' and df.steps[5] == 40",
              "df.images[2] == 16 and np.isnan(df.level[0]) and df.noise_trace[1] == 0.5 and df.fit[1] == 0"}));
  file.close();
}

TEST_CASE("the file explains itself: attributes, units and descriptions, outcomes bit by bit") {
  if (!python_reads_hdf5()) return;
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());

  CHECK(hold(path, "",
             {"f.attrs['file_type'] == 'espalier results' and f.attrs['created_at'] == '2023-11-14T22:13:20Z'",
              "f.attrs['master_seed'] == 7 and f.attrs['format_version'] == 2 and f.attrs['revision'] == 'abc'",
              "all('units' in d.attrs and d.attrs['description'] for d in f.values())",
              "all(d.chunks is None and d.id.get_offset() for d in f.values())",
              "list(np.unpackbits(f['outcomes'][2:4], bitorder='little')) == [0, 1] + [0] * 6 + [0, 1] + [0] * 6",
              "list(f['cells']['outcome_offset']) == [0, 2, 4, 6, 8, 10]",
              "list(f['layers']['weight_offset']) == [0, 9, 17, 32] and list(f['layers']['bias_offset']) == [6, 15, 29, 38]",
              "list(f['weights'][:9]) == [0, .5, 1, 1.5, 2, 2.5, -1, -1, -1]",
              "list(f['layers']['start_offset']) == [0, -1, -1, -1] and list(f['links'][:]) == [6] * 5 + [2] * 6",
              "f['epochs'].shape == (2, 3) and np.isnan(f['epochs'][0, 2]['train_loss'])",
              "f['degrees'].shape == (2, 3, 1, 2, 40) and f['degrees'][:].sum() == 31 and list(f['degrees'][0, 1, 0, 1, :3]) == "
              "[7, 0, 5]",
              "f['degrees'].attrs['first_degree'].split()[15:19] == ['15', '16', '20', '24']",
              "f['epochs'][1, 1]['train_loss'] == 0.7 and f['models'][0]['rewire_fraction'] == 0.3"}));
}

TEST_CASE("h5ls reads the file without environment variables") {
  if (shell("command -v h5ls > /dev/null") != 0) {
    MESSAGE("skipped: h5ls is not installed");
    return;
  }
  const Folder folder;
  write_all(folder / "a.h5", small_plan(), small_layout());

  CHECK(shell("h5ls -r '" + (folder / "a.h5").string() + "' | grep -q '/results.*Dataset {6}'") == 0);
}

TEST_CASE("the exported tables hold the joined rows") {
  if (!python_reads_hdf5()) return;
  const Folder folder;
  write_all(folder / "a.h5", small_plan(), small_layout(), [](std::size_t i, core::CellResult& cell) {
    if (i == 1) cell.message = "a \"quoted\", odd message";
    if (i == 2) cell.message = "=1+1";
  });

  for (const auto& [form, name] :
       {std::pair{TableForm::csv, "out.csv"}, {TableForm::json_lines, "out.jsonl"}, {TableForm::json, "out.json"}})
    write_output(folder / name, [&, form = form](std::ostream& out) { export_table(folder / "a.h5", {.form = form}, out); });

  const std::string tables = "import json\ntables = [pd.read_csv('" + (folder / "out.csv").string() +
                             "', float_precision='round_trip'), " + "pd.read_json('" + (folder / "out.jsonl").string() +
                             "', lines=True, precise_float=True), " + "pd.DataFrame(json.load(open('" +
                             (folder / "out.json").string() + "')))]\n";
  CHECK(hold(folder / "a.h5", tables,
             {"all(d.shape == (6, len(df.columns) - 1) for d in tables)", "all(d.status[0] == 'done' for d in tables)",
              "all(d.correct[5] == 5 and d.dataset[0] == 'mnist' for d in tables)",
              "all(d.accuracy[3] == 0.1 * 3 for d in tables)", "all(d.message[1] == 'a \"quoted\", odd message' for d in tables)",
              "[d.message[2] for d in tables] == [\"'=1+1\", '=1+1', '=1+1']"}));  // a spreadsheet would compute it
}

}  // namespace espalier::record::test
