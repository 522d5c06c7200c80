// SPDX-License-Identifier: BSD-3-Clause
#include "app/completion.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "app/manual.hpp"

namespace espalier::app {
namespace {

struct Flag {
  std::string name;  ///< with its dashes
  std::string description;
  bool takes_value;
};

std::vector<Flag> flags(const CLI::App& command) {
  std::vector<Flag> all;
  for (const CLI::Option* option : command.get_options()) {
    const bool takes_value = option->get_items_expected_max() > 0;
    for (const std::string& name : option->get_lnames()) all.push_back({"--" + name, option->get_description(), takes_value});
  }
  return all;
}

/// Text within single quotes, for sh, zsh and fish alike; `special` characters get a backslash.
std::string quoted(const std::string& text, const std::string& special, const std::string& quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += quote;
    else if (special.find(c) != std::string::npos)
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out + "'";
}

std::string bash(const CLI::App& app) {
  std::string all, cases;
  for (const CLI::App* command : commands(app)) {
    all += (all.empty() ? "" : " ") + command->get_name();
    std::string words;
    for (const Flag& flag : flags(*command)) words += (words.empty() ? "" : " ") + flag.name;
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(), words);
  }
  return fmt::format(
      "# Completion of espalier for bash: source <(espalier completion)\n"
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

std::string zsh(const CLI::App& app) {
  const std::string quote = "'\\''";
  std::string described, cases;
  for (const CLI::App* command : commands(app)) {
    described += fmt::format("    {}\n", quoted(command->get_name() + ":" + command->get_description(), "", quote));
    std::string arguments;
    for (const Flag& flag : flags(*command))
      arguments += fmt::format(" \\\n        {}{}{}{}", flag.name, "'[", quoted(flag.description, "[]:\\", quote).substr(1),
                               flag.takes_value ? "']:value:_files'" : "']'");
    cases += fmt::format("    {})\n      _arguments{} \\\n        '*:file:_files' ;;\n", command->get_name(), arguments);
  }
  return fmt::format(
      "#compdef espalier\n"
      "# Completion of espalier for zsh: source <(espalier completion zsh), or save as _espalier in a folder of $fpath.\n"
      "_espalier() {{\n"
      "  local -a commands\n"
      "  commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n"
      "}}\n"
      "if [ \"$funcstack[1]\" = _espalier ]; then _espalier \"$@\"; else compdef _espalier espalier; fi\n",
      described, cases);
}

std::string fish(const CLI::App& app) {
  const std::string quote = "\\'";
  std::string text = "# Completion of espalier for fish: espalier completion fish | source\n";
  for (const CLI::App* command : commands(app)) {
    const std::string name = command->get_name();
    text += fmt::format("complete -c espalier -f -n __fish_use_subcommand -a {} -d {}\n", name,
                        quoted(command->get_description(), "\\", quote));
    for (const Flag& flag : flags(*command))
      text += fmt::format("complete -c espalier -n '__fish_seen_subcommand_from {}' -l {}{} -d {}\n", name, flag.name.substr(2),
                          flag.takes_value ? " -r" : "", quoted(flag.description, "\\", quote));
  }
  return text;
}

}  // namespace

std::string completion(const CLI::App& app, const std::string& shell) {
  return shell == "zsh" ? zsh(app) : shell == "fish" ? fish(app) : bash(app);
}

}  // namespace espalier::app
