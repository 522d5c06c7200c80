// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/ball.hpp"
#include "robust/target.hpp"

namespace espalier::robust {

/// Square attack [Andriushchenko et al. 2020]: random search that only uses the margin.
struct Square : Ball {
  int queries = 5000;
  double p = 0.8;        ///< share of the pixels in the first squares
  bool rescale = false;  ///< stretch the schedule of 10 000 queries over `queries`
  int restart = 0;
};

/// Share of the pixels at query `query`: p / 1, 2, 4, ..., 512, changing after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and
/// 8000 queries on the schedule's scale.
double square_share(const Square& how, int query);

/// Side of the square at query `query`: round(sqrt(share H W)), at least 1, at most the smaller side of the image; under l2 at
/// least 3 and, below that side, odd.
std::uint32_t square_side(const Square& how, int query, ImageShape shape);

struct SquareSettings : AttackSettings, Square {
  int restarts = 1;  ///< independent searches; the worst one counts
};
Attacked square(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape shape,
                const SquareSettings& settings, const Seeds& seeds);

/// Searches until each image is misclassified by the common draws or the queries are used up. A change is kept when the
/// label's margin fell or the image is misclassified. One query is one look at all images that still stand.
Attacked square_search(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                       ImageShape shape, const Square& how, Expectation expectation, const Seeds& seeds);

}  // namespace espalier::robust
