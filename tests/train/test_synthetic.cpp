// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "fixtures.hpp"

using namespace espalier;

TEST_CASE("the synthetic data set is learnt to over 90 % in a few epochs by sparse and dense networks") {
  const data::Dataset dataset = data::synthetic();
  for (const char* kind : {"set", "static", "dense"}) {
    CAPTURE(kind);
    const auto spec =
        fixtures::model(kind, 0.9, {{"hidden", std::vector<double>{200, 200, 200}}, {"epochs", 6.0}, {"batch", 50.0}});

    const auto result = train::train(spec, 1, dataset, {});

    CHECK(result.test_accuracy > 0.9);  // chance is 0.1
    CHECK(result.epochs.front().train_loss > result.epochs.back().train_loss);
  }
}

TEST_CASE("SGD with momentum learns the synthetic data set from standardised images") {
  const data::Dataset dataset = data::synthetic();
  const auto spec = fixtures::model("set", 0.9,
                                    {{"hidden", std::vector<double>{200, 200}},
                                     {"epochs", 6.0},
                                     {"batch", 50.0},
                                     {"optimizer", "sgd"},
                                     {"momentum", 0.9},
                                     {"learning_rate", 0.05},
                                     {"standardise", true}});

  CHECK(train::train(spec, 1, dataset, {}).test_accuracy > 0.9);  // chance is 0.1
}
