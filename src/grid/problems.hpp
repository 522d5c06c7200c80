// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espalier::grid {

/// A place in a grid file or in one that it includes: `file` is its number in Problems. Lines and columns count from 1.
struct Place {
  int line = 1;
  int column = 1;
  int file = 0;
  auto operator<=>(const Place&) const = default;
};

/// Collects the mistakes of a file and of those that it includes, so that the user sees all of them at once.
class Problems {
 public:
  explicit Problems(std::string file) : files_{std::move(file)} {}

  /// Gives a number to one more file.
  int add_file(std::string file) {
    files_.push_back(std::move(file));
    return static_cast<int>(files_.size()) - 1;
  }
  /// "line 3", and of which file unless it is the first.
  std::string line_of(Place place) const;
  /// "grid.yaml:3:14"
  std::string place_of(Place place) const;

  void add(Place place, std::string message) { found_.emplace_back(place, std::move(message)); }
  bool empty() const { return found_.empty(); }

  /// Throws core::UserError with one line per mistake, sorted by place, when there are any.
  void raise() const;

 private:
  std::vector<std::string> files_;
  std::vector<std::pair<Place, std::string>> found_;
};

/// `text` between single quotes on one line: control characters escaped, the end of long texts cut off.
std::string in_quotes(std::string_view text);

/// " (did you mean 'set'?)" where a candidate is near, else " (`label`: a, b, c)".
std::string hint(std::string_view word, const std::vector<std::string>& candidates, std::string_view label);

/// Whether one of the `given` words is not a candidate, but nearest to `wanted`: then it is a typing error, reported once.
bool is_misspelled(std::string_view wanted, const std::vector<std::string>& given, const std::vector<std::string>& candidates);

/// "a, b, c"
std::string joined(const std::vector<std::string>& words, std::string_view separator = ", ");

}  // namespace espalier::grid
