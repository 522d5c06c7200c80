// SPDX-License-Identifier: BSD-3-Clause
#include "app/manual.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <sstream>

namespace espalier::app {
namespace {

/// Text that troff takes as it is: backslashes, leading dots and quotes, and dashes that can be copied.
std::string troff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += std::string("\\&") + c;
    else
      out += c;
  }
  return out;
}

/// Lines as they stand, in a fixed-width font.
constexpr const char* data_sets =
    "A data set NAME is a folder ROOT/NAME with the files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
    "t10k-images-idx3-ubyte "
    "and t10k-labels-idx1-ubyte, plain or .gz. ROOT comes from --data, ESPALIER_DATA or /usr/share/datasets. The data set "
    "'synthetic' needs no files.";

std::string verbatim(const std::string& text) { return ".nf\n" + troff(text) + "\n.fi\n"; }

std::vector<const CLI::App*> commands(const CLI::App& app) {
  const auto all = app.get_subcommands([](const CLI::App*) { return true; });
  return {all.begin(), all.end()};
}

std::string names(const CLI::Option& option) { return option.get_name(option.get_positional(), true); }

std::string option_text(const CLI::Option& option) {
  return fmt::format(".TP\n.B {}\n{}\n", troff(names(option)), troff(option.get_description()));
}

std::string command_text(const CLI::App& command) {
  std::string text = fmt::format(".SS \"espalier {}\"\n{}\n", command.get_name(), troff(command.get_description()));
  for (const CLI::Option* option : command.get_options())
    if (option->get_name(false, true).find("--help") == std::string::npos) text += option_text(*option);
  const std::string footer = command.get_footer();
  return footer.empty() ? text : text + ".PP\n" + verbatim(footer);
}

/// "--json --cells" of a command.
std::string flags(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) text += fmt::format("{}--{}", text.empty() ? "" : " ", name);
  return text;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string text = ".TH ESPALIER 1\n.SH NAME\nespalier \\- a farm for experiments on sparse and noisy neural networks\n";
  text += ".SH SYNOPSIS\n.B espalier\n.I command\n[\\fIoption\\fR ...]\n.SH COMMANDS\n";
  for (const CLI::App* command : commands(app)) text += command_text(*command);
  text += ".SH DATA SETS\n" + troff(data_sets) + "\n";
  return text + ".SH EXAMPLES AND EXIT CODES\n" + verbatim(app.get_footer());
}

std::string bash_completion(const CLI::App& app) {
  std::string all, cases;
  for (const CLI::App* command : commands(app)) {
    all += (all.empty() ? "" : " ") + command->get_name();
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(), flags(*command));
  }
  return fmt::format(
      "# Completion of espalier for bash; for zsh: autoload -U +X bashcompinit && bashcompinit, then read this file.\n"
      "_espalier() {{\n"
      "  local words=\"\" current=${{COMP_WORDS[COMP_CWORD]}}\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o default -F _espalier espalier\n",
      all, cases);
}

}  // namespace espalier::app
