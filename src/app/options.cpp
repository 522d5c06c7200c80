#include "app/options.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/manual.hpp"
#include "app/provenance.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app {
namespace {

constexpr const char* footer =
    "Examples\n"
    "  espalier plan grid.yaml                         what would be trained and evaluated, and how long it takes\n"
    "  mpirun -n 4 espalier run grid.yaml -o out.h5    run it; the same command again resumes\n"
    "  espalier status --watch out.h5                  how far it is, until it ends\n"
    "  espalier kinds remove-links                     what a perturbation, noise or topology takes\n"
    "Exit codes: 0 done, 1 the run broke, 2 a mistake in grid, arguments, data or file, 3 some cells failed,\n"
    "4 another run owns the file, 5 bits do not agree, 75 stopped early: run the same command again.";

void add_data_option(CLI::App& command, Options& o) {
  command.add_option("--data", o.data, "folder that holds the data sets, searched before $ESPALIER_DATA and /usr/share/datasets")
      ->check(CLI::ExistingDirectory);
}

void add_only_option(CLI::App& command, std::vector<std::string>& only) {
  command.add_option("--only", only, "only cells with this axis value, as KEY=VALUE (may be repeated)");
}

void add_build_option(CLI::App& command, Options& o) {
  command.add_flag("--accept-build-change", o.accept_build_change, "append to a file that another build made");
}

void add_plan_options(CLI::App& command, Options& o) {
  command.add_option("GRID.yaml", o.grid, "the grid of the experiment")->required();
  add_data_option(command, o);
}

void add_run_options(CLI::App& command, Options& o, std::vector<std::string>& only, bool& dry_run) {
  add_plan_options(command, o);
  command.add_option("-o,--output", o.file, "the results file; an existing one is resumed");
  command.add_option("--shard", o.shard, "run part I/N of the grid's models into a file of its own; merge joins the files");
  command.add_option("--reuse", o.reuse, "take over the finished rows of this file that the grid has too: how a grid grows");
  add_only_option(command, only);
  command.add_option("--max-failures", o.max_failures, "stop after this many failed jobs")->check(CLI::NonNegativeNumber);
  command.add_option("--walltime", o.walltime,
                     "start nothing that cannot end within this time (seconds or [D-]HH:MM:SS), stop in time with exit code 75");
  command
      .add_option("--time-limit", o.time_limit,
                  "a model or cell that takes more seconds than this fails (default: an hour, or 100 times what plan predicts)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--writer", o.writer,
                  "ranks: each writes its own rows; coordinator: rank 0 writes for all (default: ranks, but coordinator where "
                  "several hosts share NFS or the like)")
      ->check(CLI::IsMember({"ranks", "coordinator"}));
  command.add_flag("--fail-fast", o.fail_fast, "stop at the first failed job");
  command.add_flag("--retry-failed", o.retry_failed, "run failed cells and models again");
  add_build_option(command, o);
  command.add_flag("--dry-run", dry_run, "as plan");
  command.add_flag("--quiet", o.quiet, "print errors alone");
}

void add_inputs_options(CLI::App& command, Options& o, std::vector<std::string>& only) {
  command.add_option("FILE.h5", o.file, "the results file")->required();
  command.add_option("-o,--output", o.out, "a .npy file: cell, image, label, clean and changed pixels")->required();
  command.add_option("--images", o.images, "so many test images of each cell, from the first")->check(CLI::Range(1u, 10000u));
  add_only_option(command, only);
  add_data_option(command, o);
}

std::vector<std::pair<std::string, std::string>> split_pairs(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      throw core::UserError(fmt::format("--only takes KEY=VALUE, such as topology=set; given '{}'", text));
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

void add_file_commands(CLI::App& app, Options& o) {
  CLI::App& status = *app.add_subcommand("status", "how far a run is; works while it goes on");
  status.add_option("FILE.h5", o.file, "the results file")->required();
  CLI::Option* json = status.add_flag("--json", o.json, "for machines");
  status.add_flag("--watch", o.watch, "look again every two seconds until the run ends")->excludes(json);
  status.footer("Example\n  espalier status --watch out.h5");
  CLI::App& digest = *app.add_subcommand("digest", "SHA-256 over the results: equal digests hold the same science");
  digest.add_option("FILE.h5", o.file, "the results file")->required();
  CLI::App& verify = *app.add_subcommand("verify", "check every row's checksum, and compute some cells again");
  verify.add_option("FILE.h5", o.file, "the results file")->required();
  verify.add_option("--sample", o.sample, "compute so many random finished cells again and compare bit for bit")
      ->check(CLI::NonNegativeNumber);
  add_data_option(verify, o);
  verify.footer("Example\n  espalier verify out.h5 --sample 20");
  CLI::App& merge = *app.add_subcommand("merge", "join the files of --shard runs");
  merge.add_option("-o,--output", o.out, "the joined results file")->required();
  merge.add_option("FILES", o.files, "the files of the shards")->required();
  add_data_option(merge, o);
  add_build_option(merge, o);
  merge.footer("Example\n  espalier merge -o all.h5 part-1.h5 part-2.h5");
  CLI::App& table = *app.add_subcommand("export", "write one tidy table, one row per cell");
  table.add_option("FILE.h5", o.file, "the results file")->required();
  table
      .add_option("-o,--output", o.out, "the table: .csv, .json (an array) or .jsonl (one object per line); - is standard output")
      ->required();
  table.add_option("--format", o.format, "csv, json or jsonl, whatever the ending")
      ->check(CLI::IsMember({"csv", "json", "jsonl"}));
  table.footer("Examples\n  espalier export out.h5 -o out.csv\n  espalier export out.h5 -o - --format jsonl | head");
}

void add_commands(CLI::App& app, Options& o, std::vector<std::string>& only, bool& dry_run) {
  CLI::App& plan = *app.add_subcommand("plan", "expand a grid: what is trained, what is evaluated, how long; writes nothing");
  add_plan_options(plan, o);
  plan.add_flag("--json", o.json, "for machines");
  plan.add_flag("--cells", o.cells, "list each cell with its id");
  plan.footer("Example\n  espalier plan grid.yaml");
  CLI::App& run = *app.add_subcommand("run", "run what the results file does not hold yet");
  add_run_options(run, o, only, dry_run);
  run.footer(
      "Examples\n"
      "  espalier run grid.yaml -o out.h5                              on one core; the same command again resumes\n"
      "  mpirun -n 4 espalier run grid.yaml -o out.h5                  on four\n"
      "  espalier run grid.yaml -o out.h5 --only topology=set          a part of the grid first\n"
      "  espalier run grown.yaml -o grown.h5 --reuse out.h5            a grid with one more level keeps what is done\n"
      "  espalier run grid.yaml -o part-3.h5 --shard 3/8               a part for a job array");
  add_file_commands(app, o);
  CLI::App& inputs = *app.add_subcommand("inputs", "the images that attacks and modifications made, again, for pictures");
  add_inputs_options(inputs, o, only);
  inputs.footer("Example\n  espalier inputs out.h5 -o inputs.npy --only perturbation=pgd");
  app.add_subcommand("kinds", "the perturbations, noise structures, topologies and settings that a grid may name")
      ->add_option("NAME", o.kind, "one of them, with its parameters");
  app.add_subcommand("manual", "the manual page: espalier manual | man -l -");
  app.add_subcommand("completion", "completion for bash: source <(espalier completion)");
}

/// The first argument that is no option: what the user took for a command.
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
    return word.empty() ? "espalier: a command is missing; espalier --help lists them"
                        : fmt::format("espalier: there is no command '{}'; espalier --help lists them", word);
  const std::string name = commands.empty() ? "espalier" : "espalier " + commands.front()->get_name();
  std::string what = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    std::vector<std::string> left = app.remaining(true);
    const auto option = std::ranges::find_if(left, [](const std::string& text) { return text.starts_with('-'); });
    what = option != left.end() ? fmt::format("there is no option {}", *option)
                                : fmt::format("'{}' is one argument too many", left.front());
  } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError)) {
    what = fmt::format("{}: not a number that the option takes",
                       what.substr(what.find("--") == std::string::npos ? 0 : what.find("--")));
  }
  return fmt::format("{}: {}; {} --help says what it takes", name, what, name);
}

}  // namespace

std::optional<Options> parse(int argc, const char* const* argv, std::string& answer) {
  Options o;
  std::vector<std::string> only;
  bool dry_run = false;
  CLI::App app("espalier: a farm for experiments on sparse and noisy neural networks", "espalier");
  app.footer(footer);
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  add_commands(app, o, only, dry_run);
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
  o.only = split_pairs(only);
  o.command = dry_run ? "plan" : app.get_subcommands().front()->get_name();
  if (o.command == "manual" || o.command == "completion") {
    answer = o.command == "manual" ? manual_page(app) : bash_completion(app);
    return std::nullopt;
  }
  if (o.command == "run" && o.file.empty())
    throw core::UserError("espalier run: -o FILE.h5 is missing; espalier run --help says what it takes");
  return o;
}

}  // namespace espalier::app
