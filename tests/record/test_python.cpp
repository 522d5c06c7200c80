#include <doctest/doctest.h>

#include "support.hpp"

namespace espalier::record::test {
namespace {

const std::string python = "/usr/bin/python3";

bool python_reads_hdf5() { return shell(python + " -c 'import h5py, pandas' 2>/dev/null") == 0; }

/// Runs `code` with `f` the open file.
bool holds(const std::filesystem::path& path, const std::string& code) {
  const std::string head = "import h5py, pandas as pd, numpy as np; f = h5py.File(\"" + path.string() + "\"); ";
  return shell(python + " -c '" + head + code + "'") == 0;
}

const std::string join = "df = pd.DataFrame(f[\"cells\"][:]).join(pd.DataFrame(f[\"results\"][:])); ";

}  // namespace

TEST_CASE("h5py and pandas read the file while it is open for writing") {
  if (rank_of_world() != 0) return;
  if (!python_reads_hdf5()) {
    MESSAGE("skipped: /usr/bin/python3 has no h5py or pandas");
    return;
  }
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  create(path, plan, small_layout(), some_run());
  ResultsFile file(path, MPI_COMM_SELF, 0, plan, small_layout());
  for (std::size_t i = 0; i < 5; ++i) file.write_cell(i, some_cell(plan, i));

  CHECK(holds(path, join + "assert list(df.status) == [2, 2, 2, 2, 2, 0], df.status"));
  CHECK(holds(path, join + "assert df.accuracy.isna().sum() == 1 and abs(df.accuracy[4] - 0.4) < 1e-15"));
  CHECK(holds(path, join + "assert list(df.columns) == list(dict.fromkeys(df.columns))"));
  CHECK(holds(path, join + "assert df.perturbation_loss[2] == b\"dlr\" and df.order[1] == b\"random\" and df.steps[5] == 40"));
  CHECK(
      holds(path, join + "assert df.images[2] == 16 and np.isnan(df.level[0]) and df.noise_trace[1] == 0.5 and df.fit[1] == 0"));
  file.close();
}

TEST_CASE("the file explains itself: attributes, units and descriptions, outcomes bit by bit") {
  if (rank_of_world() != 0) return;
  if (!python_reads_hdf5()) {
    MESSAGE("skipped: /usr/bin/python3 has no h5py or pandas");
    return;
  }
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());

  CHECK(holds(path,
              "assert f.attrs[\"file_type\"] == \"espalier results\" and f.attrs[\"created_at\"] == \"2023-11-14T22:13:20Z\""));
  CHECK(holds(path,
              "assert f.attrs[\"master_seed\"] == 7 and f.attrs[\"format_version\"] == 1 and f.attrs[\"revision\"] == \"abc\""));
  CHECK(holds(path, "assert all(\"units\" in d.attrs and d.attrs[\"description\"] for d in f.values())"));
  CHECK(holds(path, "assert all(d.chunks is None and d.id.get_offset() for d in f.values())"));
  CHECK(holds(path,
              "o = f[\"cells\"][1][\"outcome_offset\"]; b = np.unpackbits(f[\"outcomes\"][o:o+2], bitorder=\"little\"); "
              "assert list(b) == [0, 1] + [0] * 6 + [0, 1] + [0] * 6"));
  CHECK(holds(path,
              "l = f[\"layers\"][1]; w = f[\"weights\"][l[\"weight_offset\"]:l[\"bias_offset\"]]; "
              "assert list(w) == [0.5 * i for i in range(6)] and list(f[\"weights\"][l[\"bias_offset\"]:][:2]) == [-1, -1]"));
  CHECK(holds(path,
              "assert f[\"epochs\"].shape == (2, 3) and np.isnan(f[\"epochs\"][0, 2][\"train_loss\"]) and "
              "f[\"epochs\"][1, 1][\"train_loss\"] == 0.7 and f[\"models\"][0][\"rewire_fraction\"] == 0.3"));
}

TEST_CASE("h5ls reads the file without environment variables") {
  if (rank_of_world() != 0) return;
  if (shell("command -v h5ls > /dev/null") != 0) {
    MESSAGE("skipped: h5ls is not installed");
    return;
  }
  const Folder folder;
  write_all(folder / "a.h5", small_plan(), small_layout());

  CHECK(shell("h5ls -r '" + (folder / "a.h5").string() + "' | grep -q '/results.*Dataset {6}'") == 0);
}

TEST_CASE("the exported tables hold the joined rows") {
  if (rank_of_world() != 0) return;
  if (!python_reads_hdf5()) {
    MESSAGE("skipped: /usr/bin/python3 has no h5py or pandas");
    return;
  }
  const Folder folder;
  write_all(folder / "a.h5", small_plan(), small_layout(), [](std::size_t i, core::CellResult& cell) {
    if (i == 1) cell.message = "a \"quoted\", odd message";
  });

  export_table(folder / "a.h5", folder / "out.csv");
  export_table(folder / "a.h5", folder / "out.jsonl");

  const std::string check =
      "assert d.shape[0] == 6 and d.status[0] == \"done\" and d.correct[5] == 5 and d.dataset[0] == \"mnist\" and "
      "d.accuracy[3] == 0.1 * 3 and d.message[1] == \"a \\\"quoted\\\", odd message\"";
  const std::string csv = "d = pd.read_csv(\"" + (folder / "out.csv").string() + "\"); ";
  const std::string json = "d = pd.read_json(\"" + (folder / "out.jsonl").string() + "\", lines=True, precise_float=True); ";
  CHECK(holds(folder / "a.h5", csv + check));
  CHECK(holds(folder / "a.h5", json + check));
  CHECK(exit_code_of([&] { export_table(folder / "a.h5", folder / "out.txt"); }) == 2);
  CHECK(exit_code_of([&] { export_table(folder / "a.h5", folder / "no/out.csv"); }) == 2);
}

}  // namespace espalier::record::test
