#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds&) {
  const Domain domain(ball(settings), clean.X);
  Target target(classifier, Loss::cross_entropy, clean.images, labels, expectation(settings, classifier));
  return climb(target, domain, clean.X, {.steps = 1, .step = domain.ball().eps});
}

}  // namespace

Perturbation fgsm() {
  core::Kind kind{
      .name = "fgsm",
      .family = "attack",
      .description = "fast gradient method: one step of length eps along the loss gradient's sign (linf) or itself (l2)",
      .parameters = {eps_parameter(), norm_parameter()},
      .cost = [](const core::Settings&) { return steps_cost(1, 0); }};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
