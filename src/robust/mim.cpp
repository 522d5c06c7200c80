#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds&) {
  const Domain domain(ball(settings), clean.X);
  Target target(classifier, Loss::cross_entropy, clean.images, labels, expectation(settings, classifier));
  const int steps = settings.integer("steps");
  return climb(target, domain, clean.X,
               {.steps = steps, .step = domain.ball().eps / steps, .momentum = true, .decay = settings.number("decay")});
}

}  // namespace

Perturbation mim() {
  core::Kind kind{
      .name = "mim",
      .family = "attack",
      .description = "momentum iterative method [Dong et al. 2018]: m <- decay m + g / |g|_1, steps of eps / steps along m",
      .parameters = {eps_parameter(), norm_parameter(), integer("steps", 1, 1e5, 10, "steps", "number of steps"),
                     number("decay", 0, 10, 1, "1", "what is kept of the momentum in each step")},
      .cost = [](const core::Settings& s) { return steps_cost(s.number("steps"), 1); }};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
