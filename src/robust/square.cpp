// SPDX-License-Identifier: BSD-3-Clause
#include "robust/square.hpp"

#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/worst_case.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape shape,
             const core::Settings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  Square how{.ball = ball(settings), .queries = settings.integer("queries"), .p = settings.number("p")};
  how.rescale = settings.flag("rescale");
  std::vector<Attempt> attempts;
  for (int r = 0; r < settings.integer("restarts"); ++r) {
    how.restart = r;
    attempts.push_back([=, &classifier, &seeds](const net::Batch& part, std::span<const std::uint8_t> part_labels) {
      return square_search(classifier, part, part_labels, shape, how, eot, seeds);
    });
  }
  return worst_of(classifier, clean, labels, eot, attempts, false);
}

}  // namespace

Perturbation square() {
  core::Kind kind{
      .name = "square",
      .family = "attack",
      .description = "Square attack [Andriushchenko et al. 2020]: random search that uses only the logits",
      .parameters = {eps_parameter(), norm_parameter(),
                     integer("queries", 1, 1e6, 5000, "queries", "looks at the logits (that toolbox's default: 100)"),
                     number("p", 0, 1, 0.8, "share of the pixels", "area of the first squares"),
                     flag("rescale", false, "stretch the schedule of 10 000 queries over `queries`, as the toolbox does"),
                     integer("restarts", 1, 1e4, 1, "1", "independent searches; the worst one counts")},
      .cost = [](const core::Settings& s) { return steps_cost(0, s.number("queries") * s.number("restarts")); }};
  return attack(std::move(kind), act, Search::queries);
}

}  // namespace espalier::robust
