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

}  // namespace

std::vector<const CLI::App*> commands(const CLI::App& app) {
  const auto all = app.get_subcommands([](const CLI::App*) { return true; });
  return {all.begin(), all.end()};
}

std::string manual_page(const CLI::App& app) {
  std::string text = ".TH ESPALIER 1\n.SH NAME\nespalier \\- a farm for experiments on sparse and noisy neural networks\n";
  text += ".SH SYNOPSIS\n.B espalier\n.I command\n[\\fIoption\\fR ...]\n.SH COMMANDS\n";
  for (const CLI::App* command : commands(app)) text += command_text(*command);
  text += ".SH DATA SETS\n" + troff(data_sets) + "\n";
  return text + ".SH EXAMPLES AND EXIT CODES\n" + verbatim(app.get_footer());
}

}  // namespace espalier::app
