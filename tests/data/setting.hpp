// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <vector>

#include "data/files.hpp"
#include "data/formats.hpp"
#include "espalier/data/dataset.hpp"

namespace espalier::data::test {

/// A root with the data set "some", and what loading and describing it say.
struct Setting {
  Folder folder;
  std::filesystem::path root = folder.path(), some = root / "some";

  data::Dataset load() const { return data::load("some", std::vector{root}); }
  data::DatasetShape describe() const { return data::describe("some", std::vector{root}); }
  std::string mistake_in_load() const {
    return mistake([&] { load(); });
  }
  std::string mistake_in_both() const {
    const std::string text = mistake_in_load();
    CHECK(text == mistake([&] { describe(); }));
    CHECK(text.find('\n') == std::string::npos);
    return text;
  }
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline std::vector<int> numbers(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace espalier::data::test
