#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds&) {
  const Domain domain(ball(settings), clean.X);
  Target target(classifier, Loss::cross_entropy, clean.images, labels, expectation(settings, classifier));
  return climb(target, domain, clean.X,
               {.steps = settings.integer("steps"), .step = settings.number("step") * domain.ball().eps});
}

}  // namespace

Perturbation bim() {
  core::Kind kind{.name = "bim",
                  .family = "attack",
                  .description = "basic iterative method: projected steps along the loss gradient from the clean image",
                  .parameters = {eps_parameter(), norm_parameter(), integer("steps", 1, 1e5, 10, "steps", "number of steps"),
                                 number("step", 0, 10, 0.2, "eps", "length of one step, as a share of eps")},
                  .cost = [](const core::Settings& s) { return steps_cost(s.number("steps"), 1); }};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
