// SPDX-License-Identifier: BSD-3-Clause
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

Perturbation dim();  // compiled from docs/new-perturbation.md

TEST_CASE("the example of a new perturbation does what its page says") {
  const Perturbation example = dim();
  const core::Settings settings{"dim", {{"level", 0.25}}};
  net::Batch batch;
  batch.X = net::Matrix::Constant(4, 2, 0.8F);
  batch.X(3, 1) = 0.0F;
  batch.images = {5, 9};

  const net::Matrix out = std::get<Modification>(example.act)(batch, {2, 2}, settings, {1, 0});

  CHECK(example.kind.name == "dim");
  CHECK(out(0, 0) == doctest::Approx(0.6));
  CHECK(out(2, 1) == doctest::Approx(0.6));
  CHECK(out(3, 1) == 0.0F);
}

}  // namespace espalier::robust
