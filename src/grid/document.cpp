// SPDX-License-Identifier: BSD-3-Clause
#include "grid/document.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "grid/decimal.hpp"
#include "grid/text.hpp"

namespace espalier::grid {
namespace {

/// Ends the parsing of a document that yaml-cpp would accept.
struct Refused {
  Place place;
  std::string message;
};

Place place_of(const YAML::Mark& mark, int file) { return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1, file}; }

/// Builds the tree from yaml-cpp's events: unlike its own nodes, the events keep every place and every duplicate key.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Limits& limits, Problems& problems, int file) : limits_(limits), problems_(problems), file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(started_, true))
      throw Refused{place_of(mark, file_), "a second document ('---') in the file; a file describes one experiment"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add({.place = place_of(mark, file_)}, anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{place_of(mark, file_), "an alias (*) inside its own anchor never ends"};
    nodes_ += found->second.size;
    check_size(place_of(mark, file_));
    add(found->second.node, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    add({.form = Node::Form::scalar, .place = place_of(mark, file_), .text = value, .quoted = tag != "?" && !tag.empty()},
        anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open({.form = Node::Form::list, .place = place_of(mark, file_)}, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open({.form = Node::Form::map, .place = place_of(mark, file_)}, anchor);
  }
  void OnMapEnd() override { close(); }

  Node take() { return std::move(root_); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::size_t first;        // number of nodes before this one
    std::optional<Node> key;  // of a map, read but without its value yet
    std::map<std::string, Place> keys;
    std::vector<Entry> merged;  // by the key '<<': they hold where the map does not say otherwise
  };
  struct Anchored {
    Node node;
    std::size_t size;
  };

  void check_size(Place place) const {
    if (nodes_ > limits_.nodes) throw Refused{place, fmt::format("the file holds more than {} values", limits_.nodes)};
  }

  void open(Node node, YAML::anchor_t anchor) {
    if (std::ssize(open_) >= limits_.depth)
      throw Refused{node.place, fmt::format("lists and maps are nested more than {} deep", limits_.depth)};
    open_.push_back({std::move(node), anchor, nodes_, {}, {}, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    for (Entry& entry : done.merged) {
      if (done.keys.emplace(entry.key, entry.place).second) done.node.entries.push_back(std::move(entry));
    }
    add(std::move(done.node), done.anchor, nodes_ - done.first);
  }

  void add(Node node, YAML::anchor_t anchor, std::size_t inner = 0) {
    ++nodes_;
    check_size(node.place);
    if (anchor) {
      nodes_ += inner;  // the copy counts too
      check_size(node.place);
      anchors_[anchor] = {node, inner + 1};
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.form == Node::Form::list) {
      open_.back().node.items.push_back(std::move(node));
    } else {
      add_to_map(open_.back(), std::move(node));
    }
  }

  void add_to_map(Open& map, Node node) {
    if (!map.key) {
      map.key = std::move(node);
      return;
    }
    const Node key = *std::exchange(map.key, std::nullopt);
    if (node.form == Node::Form::null) node.place = key.place;  // the parser's place is where the next thing starts
    if (key.form != Node::Form::scalar) {
      problems_.add(key.place, "a key must be a word, given " + given(key));
      return;
    }
    if (key.text == "<<" && !key.quoted) {
      merge(map, std::move(node));
      return;
    }
    const auto [first, is_new] = map.keys.emplace(key.text, key.place);
    if (is_new) {
      map.node.entries.push_back({key.text, key.place, std::move(node)});
    } else {
      problems_.add(key.place,
                    fmt::format("key {} is given twice (first in {})", in_quotes(key.text), problems_.line_of(first->second)));
    }
  }

  /// '<<' with one map or a list of maps, the first of which takes precedence [YAML merge key, 2005].
  void merge(Open& map, Node node) {
    if (node.form == Node::Form::map) {
      std::ranges::move(node.entries, std::back_inserter(map.merged));
    } else if (node.form == Node::Form::list) {
      for (Node& item : node.items) {
        if (item.form == Node::Form::map)
          std::ranges::move(item.entries, std::back_inserter(map.merged));
        else
          problems_.add(item.place, fmt::format("'<<' merges maps, given {} in its list", given(item)));
      }
    } else {
      problems_.add(node.place, fmt::format("'<<' merges a map or a list of maps, given {}", given(node)));
    }
  }

  bool started_ = false;
  const Limits& limits_;
  Problems& problems_;
  int file_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

/// What to do about the messages of yaml-cpp that do not say it.
std::string_view advice(std::string_view message) {
  if (message == "illegal map value") return " (a ':' where no new key can start: check the indentation)";
  if (message == "end of sequence flow not found") return " (missing ']')";
  if (message == "end of map flow not found") return " (missing '}')";
  return "";
}

/// The message of yaml-cpp, whose versions word this one differently.
std::string wording(const std::string& message) {
  return message.starts_with("the referenced anchor is not defined") ? "the anchor of this alias (*) is not defined" : message;
}

/// Runs yaml-cpp over the text; false when it is not one whole document.
bool parse(const std::string& text, Builder& builder, Problems& problems, int file) {
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      parser.HandleNextDocument(builder);  // refused by the builder when there is one more
      return true;
    }
    problems.add({1, 1, file}, "the file is empty: a grid file starts with 'espalier: 1'");
  } catch (const YAML::Exception& error) {
    problems.add(place_of(error.mark, file), fmt::format("not valid YAML: {}{}", wording(error.msg), advice(error.msg)));
  } catch (const Refused& error) {
    problems.add(error.place, error.message);
  }
  return false;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

std::vector<std::string> Node::keys() const {
  std::vector<std::string> all;
  for (const Entry& entry : entries) all.push_back(entry.key);
  return all;
}

std::optional<Node> parse_document(const std::string& text, const Limits& limits, Problems& problems, int file) {
  if (!check_text(text, limits.bytes, problems, file)) return std::nullopt;
  Builder builder(limits, problems, file);
  if (!parse(text, builder, problems, file)) return std::nullopt;
  return builder.take();
}

std::string given(const Node& node) {
  switch (node.form) {
    case Node::Form::null:
      return "nothing";
    case Node::Form::list:
      return "a list";
    case Node::Form::map:
      return "a map";
    case Node::Form::scalar:
      break;
  }
  if (!is_number(node.text)) return in_quotes(node.text);
  if (node.quoted) return "the text " + in_quotes(node.text);
  return parse_number(node.text) ? node.text : in_quotes(node.text) + ", which exceeds double precision";
}

}  // namespace espalier::grid
