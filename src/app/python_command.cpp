// SPDX-License-Identifier: BSD-3-Clause
#include "app/python_command.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "espalier_python.hpp"

namespace espalier::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view names[] = {"report", "plot", "contact-sheet", "export-model"};

/// Sets the path to the package before anything is imported: a file of the current folder must not replace a module.
constexpr const char* start =
    "import sys\n"
    "place = sys.argv.pop(1)\n"
    "sys.path[:1] = [place] if place else []\n"
    "try:\n"
    "    from espalier.__main__ import main\n"
    "except ModuleNotFoundError as error:\n"
    "    if error.name != 'espalier': raise\n"
    "    print('espalier: the Python package of espalier is missing; in its source tree: pip install ./analysis', "
    "file=sys.stderr)\n"
    "    sys.exit(2)\n"
    "sys.exit(main(program='espalier'))\n";

CLI::App& add_command(CLI::App& app, Options& o, std::string_view name, const char* what, const char* output_name,
                      const char* output) {
  CLI::App& command = *app.add_subcommand(std::string(name), what);
  command.add_option("FILE.h5", o.file, "the results file")->required();
  command.add_option("-o,--output", o.out, output)->required()->type_name(output_name);
  return command;
}

/// Where the package is: in the tree that this program was built in or installed to, found from the program's own place; else in
/// the tree that it was built from. Empty where it is in neither: the interpreter may have it.
std::string package_folder() {
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  constexpr int most_levels = 5;  // build/PRESET/src/app/espalier
  fs::path above = program;
  for (int i = 0; i < most_levels && above.has_relative_path(); ++i) {
    above = above.parent_path();
    for (const fs::path& folder : {above / "analysis", above / python_folder})
      if (fs::exists(folder / "espalier" / "__main__.py", none)) return folder.string();
  }
  const fs::path source = fs::path(source_folder) / "analysis";
  return fs::exists(source / "espalier" / "__main__.py", none) ? source.string() : "";
}

/// Runs `python -c code` with no output and gives its exit code; 127 where it does not start.
int quiet_run(const std::string& python, const char* code) {
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_RDWR);
    for (const int stream : {0, 1, 2}) dup2(null, stream);
    execlp(python.c_str(), python.c_str(), "-c", code, static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

/// ESPALIER_PYTHON; else the system's Python and then that of the path, the first that has h5py, or else the first that starts.
std::string interpreter() {
  if (const char* chosen = std::getenv("ESPALIER_PYTHON"); chosen != nullptr && *chosen != '\0') return chosen;
  const std::string candidates[] = {"/usr/bin/python3", "python3"};
  for (const std::string& python : candidates)
    if (quiet_run(python, "import sys; sys.path.pop(0)\nimport h5py") == 0) return python;
  for (const std::string& python : candidates)
    if (quiet_run(python, "") == 0) return python;
  return candidates[0];
}

}  // namespace

void add_python_commands(CLI::App& app, Options& o) {
  CLI::App& report = add_command(app, o, names[0], "write one page with figures, tables and statistics", "DIR",
                                 "the folder to write: report.html, figures, tables and the grid");
  report.footer("Example\n  espalier report out.h5 -o report");
  CLI::App& plot = add_command(app, o, names[1], "draw accuracy against level, one panel per perturbation", "FILE",
                               "the figure to write: .png, .pdf or .svg");
  plot.footer("Example\n  espalier plot out.h5 -o out.png");
  CLI::App& sheet = add_command(app, o, names[2], "draw the perturbed images: one row per kind, one column per strength", "FILE",
                                "the figure to write: .png, .pdf or .svg");
  sheet.add_option("INPUTS.npy", "the images, made by: espalier inputs FILE.h5 -o INPUTS.npy")->required();
  sheet.add_option("--place", "which of the images of each cell, from 0 (default 0)")->check(CLI::NonNegativeNumber);
  sheet.add_option("--change", "draw the change too, amplified by this factor")->check(CLI::Number);
  sheet.footer("Example\n  espalier inputs out.h5 -o inputs.npy\n  espalier contact-sheet out.h5 inputs.npy -o sheet.png");
  CLI::App& model = add_command(app, o, names[3], "write a trained network for numpy or torch", "FILE",
                                "the file to write: .npz (numpy) or .pt (torch)");
  model.add_option("ID", "id or row of the model in /models")->required();
  model.add_option("--tail", "id or row of a retrained tail in /tails: its weights above the noise");
  model.footer(
      "Examples\n  espalier export-model out.h5 0 -o network.npz\n  espalier export-model out.h5 0 --tail 2 -o network.npz");
}

bool is_python_command(const std::string& name) { return std::ranges::find(names, name) != std::end(names); }

void python_command(const Options& options) {
  const std::string python = interpreter();
  std::vector<std::string> words = {python, "-c", start, package_folder()};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execvp(python.c_str(), argv.data());
  throw core::UserError(
      fmt::format("espalier {}: the Python interpreter '{}' cannot be started ({}); install python3, or name one "
                  "in ESPALIER_PYTHON",
                  options.command, python, std::strerror(errno)));
}

}  // namespace espalier::app
