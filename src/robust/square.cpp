// SPDX-License-Identifier: BSD-3-Clause
#include "robust/square.hpp"

#include "robust/worst_case.hpp"

namespace espalier::robust {

Attacked square(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape shape,
                const SquareSettings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  Square how = settings;
  std::vector<Attempt> attempts;
  for (how.restart = 0; how.restart < settings.restarts; ++how.restart)
    attempts.push_back([=, &classifier, &seeds](const net::Batch& part, std::span<const std::uint8_t> part_labels) {
      return square_search(classifier, part, part_labels, shape, how, eot, seeds);
    });
  return worst_of(classifier, clean, labels, eot, attempts, false);
}

Perturbation square() {
  return attack(
      {.name = "square",
       .description = "Square attack [Andriushchenko et al. 2020]: random search that uses only the logits",
       .settings = {eps_setting<Ball>(), norm_setting<Ball>(),
                    setting("queries", &Square::queries, {1, 1e6}, "queries",
                            "looks at the logits (that toolbox's default: 100)"),
                    setting("p", &Square::p, {0, 1}, "share of the pixels", "area of the first squares"),
                    flag("rescale", &Square::rescale,
                         "stretch the schedule of 10 000 queries over `queries`, as the toolbox does"),
                    setting("restarts", &SquareSettings::restarts, {1, 1e4}, "1", "independent searches; the worst one counts")},
       .cost = [](const SquareSettings& s) { return steps_cost(0, double{1} * s.queries * s.restarts); }},
      static_cast<AttackOf<SquareSettings>>(square), Search::queries);
}

}  // namespace espalier::robust
