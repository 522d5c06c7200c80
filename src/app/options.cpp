// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/completion.hpp"
#include "app/manual.hpp"
#include "app/provenance.hpp"
#include "app/python_command.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app {
namespace {

/// What the command line says in another form than Options.
struct Words {
  std::vector<std::string> only, recompute;  ///< KEY=VALUE
  bool dry_run = false;
};

constexpr const char* footer =
    "Examples\n"
    "  espalier plan grid.yaml                         print the models, cells, time, memory and file size; write nothing\n"
    "  mpirun -n 4 espalier run grid.yaml -o out.h5    run on 4 ranks; repeat the command to resume\n"
    "  espalier status --watch out.h5                  show the progress until the run ends\n"
    "  espalier kinds remove-links                     list the parameters of a perturbation, noise or topology\n"
    "Exit codes: 0 complete, 1 internal error, disk full or MPI failure, 2 error in grid, arguments, data or file,\n"
    "3 some cells failed, 4 another run uses the file, 5 damaged or different results, 75 stopped early (resume with the same\n"
    "command).";

void add_data_option(CLI::App& command, Options& o) {
  command.add_option("--data", o.data, "folder with the data sets; searched before $ESPALIER_DATA and /usr/share/datasets")
      ->check(CLI::ExistingDirectory);
}

void add_only_option(CLI::App& command, std::vector<std::string>& only) {
  command.add_option("--only", only, "select cells with this axis value, as KEY=VALUE; can be repeated");
}

void add_build_option(CLI::App& command, Options& o) {
  command.add_flag("--accept-build-change", o.accept_build_change, "write to a results file of another build");
}

void add_grid_options(CLI::App& command, Options& o, std::vector<std::string>& only) {
  command.add_option("GRID.yaml", o.grid, "grid file of the experiment")->required();
  add_data_option(command, o);
  command.add_option("--shard", o.shard, "part I/N of the models and their cells; join the files with 'espalier merge'");
  add_only_option(command, only);
}

/// Options of a run that --recompute has no use for.
constexpr const char* not_with_recompute[] = {"--reuse",     "--max-failures", "--walltime", "--time-limit",
                                              "--fail-fast", "--retry-failed", "--dry-run"};

void add_recompute_options(CLI::App& command, Options& o, Words& words) {
  CLI::Option* recompute = command.add_option(
      "--recompute", words.recompute,
      "compute finished cells with this axis value again, as KEY=VALUE, and compare the results bit for bit; can be repeated");
  command.add_flag("--replace", o.replace, "replace the results that --recompute finds different")->needs(recompute);
  for (const char* name : not_with_recompute) recompute->excludes(command.get_option(name));
}

void add_run_options(CLI::App& command, Options& o, Words& words) {
  add_grid_options(command, o, words.only);
  command.add_option("-o,--output", o.file, "results file; an existing file is resumed");
  command.add_option("--reuse", o.reuse, "import finished results from an older file");
  command.add_option("--max-failures", o.max_failures, "stop the run after this number of failed jobs")
      ->check(CLI::NonNegativeNumber);
  command.add_option(
      "--walltime", o.walltime,
      "time available to the run, in seconds or [D-]HH:MM:SS; start only jobs that can end in time, then stop with exit code "
      "75");
  command
      .add_option(
          "--time-limit", o.time_limit,
          "limit for each job in seconds; a job that takes longer fails (default: one hour, or 100 times the predicted time)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--writer", o.writer,
                  "ranks: every rank writes its rows; hosts: one rank per host writes the rows of its host; coordinator: rank 0 "
                  "writes all rows "
                  "(default: ranks; coordinator for several hosts on NFS or similar)")
      ->check(CLI::IsMember({"ranks", "hosts", "coordinator"}));
  command.add_flag("--fail-fast", o.fail_fast, "stop the run at the first failed job");
  command.add_flag("--retry-failed", o.retry_failed, "run failed models and cells again");
  add_build_option(command, o);
  command.add_flag("--dry-run", words.dry_run, "same as plan");
  command.add_flag("--quiet", o.quiet, "only print errors");
  add_recompute_options(command, o, words);
}

void add_inputs_options(CLI::App& command, Options& o, std::vector<std::string>& only) {
  command.add_option("FILE.h5", o.file, "the results file")->required();
  command.add_option("-o,--output", o.out, ".npy file to write: cell, image, label, clean pixels, perturbed pixels")->required();
  command.add_option("--images", o.images, "number of test images per cell, starting with the first")
      ->check(CLI::Range(1u, 10000u));
  add_only_option(command, only);
  add_data_option(command, o);
}

std::vector<std::pair<std::string, std::string>> split_pairs(std::string_view option, const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      throw core::UserError(fmt::format("{} must be KEY=VALUE, for example topology=set; given '{}'", option, text));
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

void add_export_command(CLI::App& app, Options& o, std::vector<std::string>& only) {
  CLI::App& table = *app.add_subcommand("export", "write a table with one row per cell");
  table.add_option("FILE.h5", o.file, "the results file")->required();
  table
      .add_option("-o,--output", o.out,
                  "table to write: .csv, .json (array) or .jsonl (one object per line); - for standard output")
      ->required();
  table.add_option("--format", o.format, "csv, json or jsonl; overrides the file extension")
      ->check(CLI::IsMember({"csv", "json", "jsonl"}));
  table.add_option("--columns", o.columns, "columns to write, separated by commas, in this order (default: all)")
      ->delimiter(',')
      ->allow_extra_args(false);
  table.add_flag("--long", o.long_form, "write one row per cell and metric, with the columns 'metric' and 'value'");
  add_only_option(table, only);
  table.footer(
      "Examples\n"
      "  espalier export out.h5 -o out.csv\n"
      "  espalier export out.h5 -o - --format jsonl | head\n"
      "  espalier export out.h5 -o - --columns topology,sparsity,seed,level,accuracy --only perturbation=remove-links\n"
      "  espalier export out.h5 -o long.csv --long --columns id,accuracy,loss");
}

void add_file_commands(CLI::App& app, Options& o) {
  CLI::App& status = *app.add_subcommand("status", "show the progress of a run, also while it is active");
  status.add_option("FILE.h5", o.file, "the results file")->required();
  CLI::Option* json = status.add_flag("--json", o.json, "print JSON");
  status.add_flag("--watch", o.watch, "update every two seconds until the run ends")->excludes(json);
  status.footer("Example\n  espalier status --watch out.h5");
  CLI::App& digest = *app.add_subcommand("digest", "print the SHA-256 of the results; equal results have equal digests");
  digest.add_option("FILE.h5", o.file, "the results file")->required();
  CLI::App& verify = *app.add_subcommand("verify", "check the checksum of every row; optionally compute some cells again");
  verify.add_option("FILE.h5", o.file, "the results file")->required();
  verify
      .add_option("--sample", o.sample, "compute this number of random finished cells again and compare the results bit for bit")
      ->check(CLI::NonNegativeNumber);
  add_data_option(verify, o);
  verify.footer("Example\n  espalier verify out.h5 --sample 20");
  CLI::App& merge = *app.add_subcommand("merge", "join the results files of --shard runs");
  merge.add_option("-o,--output", o.out, "joined results file to write")->required();
  merge.add_option("FILES", o.files, "results files of the shards")->required();
  add_data_option(merge, o);
  add_build_option(merge, o);
  merge.footer("Example\n  espalier merge -o all.h5 part-1.h5 part-2.h5");
  CLI::App& note = *app.add_subcommand("note", "add a dated note to a results file; status and report show it");
  note.add_option("FILE.h5", o.file, "the results file")->required();
  note.add_option("TEXT", o.text, "the note, one line")->required();
  note.footer("Example\n  espalier note out.h5 'seed 3 diverged; learning rate too high?'");
}

void add_commands(CLI::App& app, Options& o, Words& words) {
  CLI::App& plan = *app.add_subcommand("plan", "expand a grid: print models, cells, time, memory and file size; write nothing");
  add_grid_options(plan, o, words.only);
  plan.add_flag("--json", o.json, "print JSON");
  plan.add_flag("--cells", o.cells, "list all cells with their ids");
  plan.add_option("--ranks", o.ranks, "predict the time on this number of ranks (default: the cores of this machine)")
      ->check(CLI::Range(1u, 1'000'000u));
  plan.footer(
      "Examples\n"
      "  espalier plan grid.yaml\n"
      "  espalier plan grid.yaml --only seed=0                 what one seed costs\n"
      "  espalier plan grid.yaml --ranks 512                   how long a run on 512 ranks takes");
  CLI::App& run = *app.add_subcommand("run", "train and evaluate everything that the results file does not contain yet");
  add_run_options(run, o, words);
  run.footer(
      "Examples\n"
      "  espalier run grid.yaml -o out.h5                              on one core; repeat the command to resume\n"
      "  mpirun -n 4 espalier run grid.yaml -o out.h5                  on four ranks\n"
      "  espalier run grid.yaml -o out.h5 --only topology=set          only some cells first\n"
      "  espalier run grown.yaml -o grown.h5 --reuse out.h5            a larger grid; import the finished results\n"
      "  espalier run grid.yaml -o part-3.h5 --shard 3/8               one part, for a job array\n"
      "  espalier run grid.yaml -o out.h5 --recompute perturbation=pgd compute these cells again and compare");
  add_file_commands(app, o);
  add_export_command(app, o, words.only);
  CLI::App& inputs =
      *app.add_subcommand("inputs", "compute the images of attacks and corruptions again and write them to a file");
  add_inputs_options(inputs, o, words.only);
  inputs.footer("Example\n  espalier inputs out.h5 -o inputs.npy --only perturbation=pgd");
  app.add_subcommand("kinds", "list the perturbations, noise structures, topologies and settings that a grid can use")
      ->add_option("NAME", o.kind, "describe one of them with its parameters");
  add_python_commands(app, o);
  app.add_subcommand("schema", "print a JSON Schema of the grid file, for editors that complete and check YAML")
      ->footer("Example\n  espalier schema > grid.schema.json");
  CLI::App& start = *app.add_subcommand("new", "write a commented grid file to start from");
  start.add_option("--study", o.study, "damage, attacks, corruptions or noise")
      ->check(CLI::IsMember({"damage", "attacks", "corruptions", "noise"}))
      ->required();
  start.add_option("-o,--output", o.out, "grid file to write (default: standard output)");
  start.footer("Example\n  espalier new --study attacks -o grid.yaml");
  app.add_subcommand("manual", "print the manual page: espalier manual | man -l -");
  CLI::App& shell = *app.add_subcommand("completion", "print the completion of commands and options for a shell");
  shell.add_option("SHELL", o.shell, "bash (default), zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}));
  shell.footer(
      "Examples\n  source <(espalier completion)\n  source <(espalier completion zsh)\n  espalier completion fish | source");
}

/// The first argument that is not an option: what the user took for a command.
std::string first_word(int argc, const char* const* argv) {
  const auto* end = argv + argc;
  const auto* word = std::find_if(argv + 1, end, [](const char* text) { return text[0] != '-'; });
  return word < end ? *word : "";
}

/// What CLI11 found wrong, with the command it is about and where its help is.
std::string complaint(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  const auto commands = app.get_subcommands();
  const std::string word = first_word(argc, argv);
  if (commands.empty() && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError))
    return word.empty() ? "espalier: no command given; list the commands with espalier --help"
                        : fmt::format("espalier: unknown command '{}'; list the commands with espalier --help", word);
  const std::string name = commands.empty() ? "espalier" : "espalier " + commands.front()->get_name();
  std::string what = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    std::vector<std::string> left = app.remaining(true);
    const auto option = std::ranges::find_if(left, [](const std::string& text) { return text.starts_with('-'); });
    what =
        option != left.end() ? fmt::format("unknown option {}", *option) : fmt::format("unexpected argument '{}'", left.front());
  } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError)) {
    what = fmt::format("{}: not a valid number", what.substr(what.find("--") == std::string::npos ? 0 : what.find("--")));
  }
  return fmt::format("{}: {}; see {} --help", name, what, name);
}

}  // namespace

std::optional<Options> parse(int argc, const char* const* argv, std::string& answer) {
  Options o;
  Words words;
  CLI::App app("espalier: a farm for experiments on sparse and noisy neural networks", "espalier");
  app.footer(footer);
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  add_commands(app, o, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    answer = app.help();
    return std::nullopt;
  } catch (const CLI::CallForVersion&) {
    answer = version_text() + "\n";
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw core::UserError(complaint(app, error, argc, argv));
  }
  o.only = split_pairs("--only", words.only);
  o.recompute = split_pairs("--recompute", words.recompute);
  o.command = words.dry_run ? "plan" : app.get_subcommands().front()->get_name();
  if (o.command == "manual" || o.command == "completion") {
    answer = o.command == "manual" ? manual_page(app) : completion(app, o.shell);
    return std::nullopt;
  }
  if (o.command == "run" && o.file.empty()) throw core::UserError("espalier run: -o FILE.h5 is missing; see espalier run --help");
  if (is_python_command(o.command)) o.arguments.assign(std::find(argv + 1, argv + argc, o.command), argv + argc);
  return o;
}

}  // namespace espalier::app
