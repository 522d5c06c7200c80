#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/worst_case.hpp"

namespace espalier::robust {
namespace {

constexpr double kArtStep = 0.1;  // absolute, also where it exceeds eps
constexpr int kArtSteps = 100;

bool is_art(const core::Settings& settings) { return settings.text("style") == "art"; }

/// Step length in pixel values: 2.5 eps / steps reaches the ball's border from any start [Madry et al. 2018].
double step_length(const core::Settings& settings, double eps, int steps) {
  return eps * (settings.has("step") ? settings.number("step") : 2.5 / steps);
}

Climb plan(const core::Settings& settings) {
  if (is_art(settings)) return {.steps = kArtSteps, .step = kArtStep};
  const int steps = settings.integer("steps");
  return {.steps = steps, .step = step_length(settings, settings.number("level"), steps)};
}

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  const bool random_start = !is_art(settings) && settings.flag("random_start");
  const int restarts = is_art(settings) ? 1 : settings.integer("restarts");
  std::vector<Attempt> attempts;
  for (int r = 0; r < restarts; ++r)
    attempts.push_back([&, r](const net::Batch& part, std::span<const std::uint8_t> part_labels) {
      const Domain domain(ball(settings), part.X);
      Target target(classifier, Loss::cross_entropy, part.images, part_labels, eot);
      Climb how = plan(settings);
      how.restart = static_cast<std::uint64_t>(r);
      return climb(target, domain, random_start ? uniform_start(domain, part.images, how.restart, seeds) : part.X, how);
    });
  return worst_of(classifier, clean, labels, eot, attempts, false);
}

core::Cost cost(const core::Settings& s) {
  if (is_art(s)) return steps_cost(kArtSteps, 1);
  return steps_cost(s.number("steps") * s.number("restarts"), s.number("restarts"));
}

/// Used by our own style alone; the other one is fixed.
core::Parameter standard(core::Parameter parameter) {
  parameter.only_where = {"style", {"standard"}};
  return parameter;
}

}  // namespace

Perturbation pgd() {
  core::Parameter step = number("step", 0, 100, 0, "eps", "length of one step, as a share of eps; absent: 2.5 / steps");
  step.fallback.clear();
  step.optional = true;
  core::Kind kind{
      .name = "pgd",
      .family = "attack",
      .description = "projected gradient descent [Madry et al. 2018] from a uniform start in the ball",
      .parameters = {eps_parameter(),
                     choice("style", {"standard", "art"},
                            "art: linf, 100 steps of 0.1 pixel values whatever eps, from the clean image"),
                     standard(norm_parameter()), standard(integer("steps", 1, 1e5, 40, "steps", "number of steps")),
                     standard(step), standard(flag("random_start", true, "start uniform in the ball, else the clean image")),
                     standard(integer("restarts", 1, 1e4, 1, "1", "starts; the worst one counts"))},
      .cost = cost};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
