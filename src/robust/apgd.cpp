#include "robust/apgd.hpp"

#include <algorithm>

#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

/// The class ranked `rank` (1: the second largest logit) of each clean image, the label left out.
std::vector<std::uint8_t> ranked_targets(const net::Matrix& Z, std::span<const std::uint8_t> labels, int rank) {
  std::vector<std::uint8_t> out(labels.size());
  for (std::size_t b = 0; b < labels.size(); ++b) {
    std::vector<std::uint8_t> order = ranking(Z, static_cast<Eigen::Index>(b));
    std::erase(order, labels[b]);
    out[b] = order[static_cast<std::size_t>(rank - 1)];
  }
  return out;
}

Apgd read(const core::Settings& s) {
  const std::string& loss = s.text("loss");
  Apgd how{.ball = ball(s), .rho = s.number("rho")};
  how.loss = loss == "ce" ? Loss::cross_entropy : loss == "dlr" ? Loss::dlr : Loss::targeted_dlr;
  how.steps = s.integer("steps");
  how.restarts = s.integer("restarts");
  how.art = s.text("style") == "art";
  if (how.loss == Loss::targeted_dlr) how.targets = s.integer("targets");
  return how;
}

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  return worst_of(classifier, clean, labels, eot, apgd_attempts(classifier, read(settings), eot, seeds), false);
}

core::Cost cost(const core::Settings& s) {
  const double runs = s.number("restarts") * (s.text("loss") == "targeted-dlr" ? s.number("targets") : 1);
  return steps_cost(runs * (s.number("steps") + 1), runs);
}

/// The denominators of the difference of logits ratio need the third, with targets the fourth largest logit.
int least_classes(const core::Settings& s) {
  const std::string& loss = s.text("loss");
  return loss == "dlr" ? 3 : loss == "targeted-dlr" ? 4 : 1;
}

std::vector<core::Parameter> parameters() {
  core::Parameter targets = integer("targets", 1, 255, 9, "classes", "classes aimed at, from the second largest clean logit on");
  targets.only_where = {"loss", {"targeted-dlr"}};
  return {eps_parameter(),
          norm_parameter(),
          choice("loss", {"ce", "dlr", "targeted-dlr"}, "cross-entropy, difference of logits ratio, or that with targets"),
          targets,
          integer("steps", 1, 1e5, 100, "steps", "number of steps of one run"),
          integer("restarts", 1, 1e4, 1, "1", "starts; the worst one counts"),
          number("rho", 0, 1, 0.75, "1", "steps are halved when the loss increased in at most this share of them"),
          choice("style", {"standard", "art"},
                 "art: first step 0.1 pixel values, checkpoints rounded up; that toolbox's default has 5 restarts")};
}

}  // namespace

std::vector<Attempt> apgd_attempts(net::Classifier& classifier, const Apgd& how, Expectation expectation, const Seeds& seeds) {
  const bool targeted = how.loss == Loss::targeted_dlr;
  const int ranks = targeted ? std::min(how.targets, static_cast<int>(classifier.classes()) - 1) : 1;
  std::vector<Attempt> out;
  for (int rank = 1; rank <= ranks; ++rank)
    for (int r = 0; r < how.restarts; ++r)
      out.push_back([=, &classifier, &seeds](const net::Batch& part, std::span<const std::uint8_t> labels) {
        const Domain domain(how.ball, part.X);
        Target target(classifier, how.loss, part.images, labels, expectation);
        if (targeted) target.aim(ranked_targets(target.logits(part.X), labels, rank));
        const auto restart = static_cast<std::uint64_t>(r);
        return apgd_run(target, domain, surface_start(domain, part.images, restart, seeds), how, restart);
      });
  return out;
}

Perturbation apgd() {
  core::Kind kind{.name = "apgd",
                  .family = "attack",
                  .description = "auto-PGD [Croce & Hein 2020]: momentum, step lengths halved by a rule, no step length to tune",
                  .parameters = parameters(),
                  .cost = cost,
                  .least_classes = least_classes};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
