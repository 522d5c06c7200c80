// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "broken.hpp"
#include "espalier/core/error.hpp"
#include "espalier/core/random.hpp"
#include "fuzz.hpp"

namespace espalier::grid::test {
namespace {

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> all{file_with(
        "  dataset: mnist\n  topology: [set, {kind: cht, rewire_fraction: 0.1}, dense]\n"
        "  sparsity: [0.98, {from: 0.9, to: 0.95, step: 0.05}]\n  seed: {from: 0, to: 1}\n  perturbation:\n    - {kind: none}\n"
        "    - &p {kind: [pgd, fgsm], norm: linf, level: {from: 0.1, to: 0.3, step: 0.1}, steps: 40, images: 1000}\n"
        "    - kind: apgd\n      level: [15e-2, 0.30]\n      loss: [ce, targeted-dlr]\n      targets: 3\n  noise:\n    - "
        "{structure: none}\n"
        "    - {structure: [none, isotropic, full], source: [{kind: pgd, level: 0.1}, matched], layer: 2, trace: [0.5, 2.0],\n"
        "       draws: 10, retrain_tail: true}\n",
        "exclude:\n  - {topology: dense, sparsity: [0.9, 0.95]}   # once\n  - {topology: cht, sparsity: [0.9, 0.95]}\n"
        "  - {noise: {structure: full, source: {kind: pgd}}, perturbation: *p}\n"
        "train: {hidden: [1000, 1000], epochs: 30, optimizer: \"sgd\", momentum: 0.9}\nevaluate: {images: 10000}\n")};
    for (const auto& files : {broken_files(), broken_axes(), broken_choices(), broken_sections()}) {
      for (const Broken& file : files) all.push_back(file.text);
    }
    return all;
  }();
  return texts;
}

const std::vector<std::string> words{
    "{",     "}",    "[",       "]",    ": ",    ", ",     "- ",       "\n",      "\n  ",    "&a ",   "*a",   "<<: *a",
    "? ",    "| ",   ">\n",     "'",    "\"",    "#",      "!!str",    "%YAML",   "---\n",   "\t",    "\r\n", "~",
    "null",  "true", ".nan",    "-1",   "1e99",  "1e-400", "99999999", "0.1",     "\xff",    "\xc3",  "seed", "kind",
    "level", "step", "matched", "none", "dense", "[[[[",   "{{{{",     "? ? ? ?", "- - - -", "from:", "to:",  "exclude:"};

/// One to four random edits of `text`; half of them change no more than a digit.
std::string mutated(std::string text, core::Random& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random.below(n)); };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(text.size() + 1), length = below(std::min<std::size_t>(text.size() - at, 30) + 1);
    if (random.coin(0.5)) {
      const auto digit = text.find_first_of("0123456789", at);
      if (digit != std::string::npos) text[digit] = static_cast<char>('0' + below(10));
      continue;
    }
    switch (below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, words[below(words.size())]);
        break;
      case 2:
        text.insert(below(text.size() + 1), text.substr(at, length));
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 4:
        text.replace(at, length, words[below(words.size())]);
        break;
      default: {
        const std::string& other = seeds()[below(seeds().size())];
        text.insert(at, other.substr(below(other.size() + 1), 60));
      }
    }
  }
  return text;
}

/// A sound plan, or a user's mistake in lines that name the file; anything else fails the test.
bool expands(const std::string& text, const core::Schema& known) {
  try {
    const core::Plan plan = expand(text, "grid.yaml", known, {.cells = 5000});
    std::set<std::string> ids;
    for (const core::Cell& cell : plan.cells) ids.insert(cell.id);
    CHECK(!plan.cells.empty());
    CHECK(ids.size() == plan.cells.size());
    return true;
  } catch (const core::UserError& error) {
    std::string line;
    for (std::istringstream lines(error.what()); std::getline(lines, line);) CHECK(line.starts_with("grid.yaml:"));
    return false;
  }
}

}  // namespace

TEST_CASE("Randomly damaged files give a plan or the user's mistakes, and take no more memory than a plan") {
  const core::Schema known = schema();
  REQUIRE(mistakes_in(seeds().front()) == "");
  const core::Stream stream(20260225, "grid fuzz");
  const std::uint64_t cases = espalier::test::fuzz_cases(3000);
  const long before = espalier::test::peak_kilobytes();
  std::uint64_t sound = 0;

  for (std::uint64_t i = 0; i < cases; ++i) {
    core::Random random = stream.random(i);
    const bool from_good = random.coin(0.7);
    const std::string text = mutated(from_good ? seeds().front() : seeds()[random.below(seeds().size())], random);
    CAPTURE(i);
    CAPTURE(text);
    if (expands(text, known)) ++sound;
  }

  MESSAGE(sound, " of ", cases, " mutated files are still sound");
  CHECK(sound > cases / 50);                                      // else the mutations are too wild to reach the expansion
  CHECK(espalier::test::peak_kilobytes() - before < 512 * 1024);  // a plan is limited to 5000 cells here
}

TEST_CASE("Brackets, dashes, question marks and quotes without end are refused quickly") {
  for (const char* word : {"[", "{", "- ", "? ", "a: {", "[a: ", "\"", "'", "&a ", "!", "*a ", "a: [*a, ", "{? ", "- ? : "}) {
    std::string text = file_with("");
    while (text.size() < 900'000) text += word;
    CAPTURE(word);
    CHECK(mistakes_in(text) != "");
  }
}

}  // namespace espalier::grid::test
