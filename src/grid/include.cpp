// SPDX-License-Identifier: BSD-3-Clause
#include "grid/include.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <utility>

#include "espalier/core/error.hpp"

namespace espalier::grid {
namespace {

namespace fs = std::filesystem;

const std::string include_key = "include";

/// Reads a file and what it includes into one document.
class Includer {
 public:
  Includer(const Limits& limits, Problems& problems) : limits_(limits), problems_(problems) {}

  std::optional<Node> read(const std::string& text, const fs::path& path, int file) {
    open_.push_back(fs::weakly_canonical(path));
    auto root = parse_document(text, limits_, problems_, file);
    if (root && root->form == Node::Form::map) root = with_included(std::move(*root), path);
    open_.pop_back();
    return root;
  }

  bool has_included() const { return included_ > 0; }

 private:
  std::optional<Node> with_included(Node root, const fs::path& path) {
    const auto entry = std::ranges::find(root.entries, include_key, &Entry::key);
    if (entry == root.entries.end()) return root;
    const Node named = entry->value;
    root.entries.erase(entry);
    Node all{.form = Node::Form::map, .place = root.place};
    for (const Node* item : as_items(named)) {
      const auto included = read_included(*item, path);
      if (!included) return std::nullopt;
      all = merged(std::move(all), *included);
    }
    return merged(std::move(all), root);
  }

  static std::vector<const Node*> as_items(const Node& node) {
    if (node.form != Node::Form::list) return {&node};
    std::vector<const Node*> items;
    for (const Node& item : node.items) items.push_back(&item);
    return items;
  }

  std::optional<Node> read_included(const Node& item, const fs::path& from) {
    if (item.form != Node::Form::scalar || item.text.empty()) {
      problems_.add(item.place,
                    fmt::format("'include' must be the path of a grid file or a list of them, given {}", given(item)));
      return std::nullopt;
    }
    const fs::path path = from.parent_path() / item.text;
    if (std::ranges::find(open_, fs::weakly_canonical(path)) != open_.end()) {
      problems_.add(item.place, fmt::format("{} includes itself", in_quotes(item.text)));
      return std::nullopt;
    }
    if (++included_ > most_files) {
      problems_.add(item.place, fmt::format("more than {} files are included", most_files));
      return std::nullopt;
    }
    try {
      return mapped(read(read_text(path, limits_), path, problems_.add_file(path.string())), item);
    } catch (const core::UserError& error) {
      problems_.add(item.place, error.what());
      return std::nullopt;
    }
  }

  std::optional<Node> mapped(std::optional<Node> root, const Node& item) {
    if (!root || root->form == Node::Form::map) return root;
    problems_.add(item.place,
                  fmt::format("the included file {} must be a map of keys, not {}", in_quotes(item.text), given(*root)));
    return std::nullopt;
  }

  /// `base` with what `over` says instead or in addition.
  static Node merged(Node base, const Node& over) {
    static const std::vector<std::string> sections{"grid", "train", "evaluate", "tail"};
    for (const Entry& entry : over.entries) {
      const auto same = std::ranges::find(base.entries, entry.key, &Entry::key);
      const bool is_section = same != base.entries.end() && std::ranges::find(sections, entry.key) != sections.end();
      if (is_section && same->value.form == Node::Form::map && entry.value.form == Node::Form::map)
        for (const Entry& inner : entry.value.entries) replace(inner, same->value);
      else
        replace(entry, base);
    }
    return base;
  }

  static void replace(const Entry& entry, Node& map) {
    const auto same = std::ranges::find(map.entries, entry.key, &Entry::key);
    if (same == map.entries.end())
      map.entries.push_back(entry);
    else
      *same = entry;
  }

  static constexpr int most_files = 100;
  const Limits& limits_;
  Problems& problems_;
  std::vector<fs::path> open_;  ///< the files that are being read, from the first to the one it includes
  int included_ = 0;
};

/// Replaces ${NAME:-default} in a name; says whether there was any.
bool replace_variables(Node& name) {
  static const std::regex variable(R"(\$\{([A-Za-z_][A-Za-z0-9_]*):-([^}]*)\})");
  std::smatch match;
  bool any = false;
  for (std::string rest = std::exchange(name.text, ""); !rest.empty(); any = any || !match.empty()) {
    if (!std::regex_search(rest, match, variable)) {
      name.text += rest;
      break;
    }
    const char* value = std::getenv(match[1].str().c_str());
    name.text += match.prefix().str() + (value && *value ? std::string(value) : match[2].str());
    rest = match.suffix().str();
  }
  return any;
}

bool replace_variables_of_datasets(Node& root) {
  const auto child = [](Node* map, const std::string& key) -> Node* {
    if (!map) return nullptr;
    const auto found = std::ranges::find(map->entries, key, &Entry::key);
    return found == map->entries.end() ? nullptr : &found->value;
  };
  Node* names = child(child(&root, "grid"), "dataset");
  if (!names) return false;
  bool any = names->form == Node::Form::scalar && replace_variables(*names);
  for (Node& name : names->items) any = (name.form == Node::Form::scalar && replace_variables(name)) || any;
  return any;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out + "\"";
}

/// Text without quotes where YAML reads the same text again.
std::string scalar_text(const Node& node) {
  static const std::regex plain("[A-Za-z0-9_./+-]+");
  const bool stays = !node.quoted && std::regex_match(node.text, plain) && node.text != "-";
  return stays ? node.text : quoted(node.text);
}

std::string key_text(const std::string& key) {
  static const std::regex plain("[A-Za-z0-9_][A-Za-z0-9_-]*");
  return std::regex_match(key, plain) ? key : quoted(key);
}

/// A value in one line, as JSON has it but for the quotes.
std::string inline_yaml(const Node& node) {
  std::string out;
  switch (node.form) {
    case Node::Form::null:
      return "~";
    case Node::Form::scalar:
      return scalar_text(node);
    case Node::Form::list:
      for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + inline_yaml(item);
      return "[" + out + "]";
    case Node::Form::map:
      for (const Entry& entry : node.entries)
        out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", key_text(entry.key), inline_yaml(entry.value));
      return "{" + out + "}";
  }
  return out;
}

/// The comment at the top of a file: what the experiment asks.
std::string heading(const std::string& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] == '#') end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return text.substr(0, end);
}

/// A document as YAML: a line per key, and per key of a section.
std::string to_yaml(const Node& root) {
  std::string out;
  for (const Entry& entry : root.entries) {
    const bool opens = entry.value.form == Node::Form::map && !entry.value.entries.empty();
    out += fmt::format("{}:{}\n", key_text(entry.key), opens ? "" : " " + inline_yaml(entry.value));
    if (!opens) continue;
    for (const Entry& inner : entry.value.entries)
      out += fmt::format("  {}: {}\n", key_text(inner.key), inline_yaml(inner.value));
  }
  return out;
}

}  // namespace

std::optional<Resolved> resolve(const std::string& text, const fs::path& path, const Limits& limits, Problems& problems) {
  Includer includer(limits, problems);
  auto root = includer.read(text, path, 0);
  if (!root) return std::nullopt;
  const bool replaced = root->form == Node::Form::map && replace_variables_of_datasets(*root);
  if (!replaced && !includer.has_included()) return Resolved{std::move(*root), text};
  std::erase_if(root->entries, [](const Entry& entry) { return entry.key.starts_with("x-"); });
  std::string alone = heading(text) + "# Included files and variables are filled in.\n" + to_yaml(*root);
  if (alone.size() > limits.bytes) {
    problems.add(
        {}, fmt::format("the file with what it includes is larger than {} bytes, the maximum for a grid file", limits.bytes));
    return std::nullopt;
  }
  return Resolved{std::move(*root), std::move(alone)};
}

std::string read_text(const fs::path& path, const Limits& limits) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(limits.bytes + 1, '\0');  // one more than allowed tells a file that is too large
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (!stream && stream.gcount() == 0 && !stream.eof()))
    throw core::UserError(fmt::format("{}: the grid file cannot be read: {}", path.string(), std::strerror(errno)));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.starts_with("espalier results") || text.starts_with("\x89HDF"))
    throw core::UserError(fmt::format("{}: is a results file, not a grid file; give a YAML file", path.string()));
  return text;
}

}  // namespace espalier::grid
