// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "broken.hpp"
#include "schema.hpp"

namespace espalier::grid::test {
namespace {

/// A grid whose perturbations are `entries`, lines that begin with four spaces.
std::string with(const std::string& entries) {
  return "espalier: 1\nname: x\nseed: 1\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  "
         "perturbation:\n" +
         entries + "train: {hidden: [100], epochs: 2}\n";
}

std::vector<std::string> perturbations(const std::string& entries) {
  std::vector<std::string> all;
  for (const core::Cell& cell : expand(with(entries), "grid.yaml", schema()).cells)
    all.push_back(core::canonical(cell.perturbation));
  return all;
}

}  // namespace

TEST_CASE("A merge takes a map or a list of maps, of which the first takes precedence") {
  const std::string anchors = "    - &a {kind: remove-links, level: 0.1}\n    - &b {kind: pgd, level: 0.2, steps: 7}\n";

  CHECK(perturbations(anchors + "    - {<<: *a, level: 0.3}\n") ==
        perturbations(anchors + "    - {kind: remove-links, level: 0.3}\n"));
  CHECK(perturbations(anchors + "    - {<<: [*b, *a], level: 0.3}\n") ==
        perturbations(anchors + "    - {kind: pgd, level: 0.3, steps: 7}\n"));
  CHECK(perturbations(anchors + "    - {<<: [*b], steps: 8}\n") ==
        perturbations(anchors + "    - {kind: pgd, level: 0.2, steps: 8}\n"));
}

TEST_CASE("A merge of anything but maps is refused with what was given") {
  CHECK(mistakes_in(with("    - {<<: 3, kind: none}\n")) == "grid.yaml:10:12: '<<' merges a map or a list of maps, given 3");
  CHECK(mistakes_in(with("    - {<<: [{kind: none}, x]}\n")) == "grid.yaml:10:27: '<<' merges maps, given 'x' in its list");
}

TEST_CASE("A flag is written as in YAML 1.2's core schema") {
  const auto noise = [](const std::string& flag) {
    return "espalier: 1\nname: x\nseed: 1\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
           "  noise: {structure: isotropic, layer: 1, trace: 1, retrain_tail: " +
           flag + "}\ntrain: {hidden: [100], epochs: 2}\n";
  };

  for (const std::string flag : {"True", "TRUE"})
    CHECK(expand(noise(flag), "grid.yaml", schema()).hash == expand(noise("true"), "grid.yaml", schema()).hash);
  for (const std::string flag : {"False", "FALSE"})
    CHECK(expand(noise(flag), "grid.yaml", schema()).hash == expand(noise("false"), "grid.yaml", schema()).hash);
  for (const std::string flag : {"tRUE", "yes", "'true'"})
    CHECK(mistakes_in(noise(flag)).find("must be true or false") != std::string::npos);
}

TEST_CASE("A number may be a fraction") {
  CHECK(perturbations("    - {kind: fgsm, level: 8/255}\n") == perturbations("    - {kind: fgsm, level: 0.03137254901960784}\n"));
  CHECK(perturbations("    - {kind: fgsm, level: [1/4, 0.5]}\n") == perturbations("    - {kind: fgsm, level: [0.25, 0.5]}\n"));
  for (const std::string number : {"8/0", "8/", "/255", "8/2/5", "8 /255x"})
    CHECK(mistakes_in(with("    - {kind: fgsm, level: " + number + "}\n")).find("'level' must be a number") != std::string::npos);
}

TEST_CASE("Text that is not UTF-8 is refused at its place") {
  // Lone continuation, overlong forms of two, three and four bytes, an encoded surrogate, beyond U+10FFFF, a cut character.
  for (const std::string bytes :
       {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"})
    CHECK(mistakes_in("name: " + bytes + "\n").find("grid.yaml:1:7: byte 0x") == 0);
  // The ends of the allowed ranges.
  for (const std::string bytes :
       {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(mistakes_in("name: " + bytes + "\n").find("byte 0x") == std::string::npos);
}

}  // namespace espalier::grid::test
