// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/nearest.hpp"

#include <doctest/doctest.h>

namespace espalier::core {

TEST_CASE("The nearest word is found over swapped, missing and other letters, and far words are not offered") {
  const std::vector<std::string> words{"sparsity", "seed", "dataset", "l2"};

  CHECK(nearest("spasity", words) == "sparsity");
  CHECK(nearest("sede", words) == "seed");
  CHECK(nearest("Datasets", words) == "dataset");
  CHECK(nearest("l1", words) == "");
  CHECK(nearest("anything", words) == "");
}

}  // namespace espalier::core
