#include <algorithm>
#include <cmath>

#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

float sign(float x) { return static_cast<float>((x > 0) - (x < 0)); }  // sign(0) = 0

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
             const core::Settings& settings, const Seeds&) {
  const auto eps = static_cast<float>(settings.number("level"));
  const net::Matrix& Z = classifier.logits(clean.X, clean.images);
  net::Matrix dZ(Z.rows(), Z.cols());
  std::vector<float> loss(labels.size());
  net::cross_entropy(Z, labels, loss, &dZ);
  const net::Matrix& G = classifier.input_gradient(dZ);

  Attacked out{clean.X, std::vector<std::uint32_t>(labels.size(), 1)};
  for (Eigen::Index d = 0; d < G.rows(); ++d)
    for (Eigen::Index b = 0; b < G.cols(); ++b) {
      out.X(d, b) = std::clamp(clean.X(d, b) + eps * sign(G(d, b)), 0.0f, 1.0f);
      if (G(d, b) != 0) out.alarms[static_cast<std::size_t>(b)] = 0;
    }
  return out;
}

}  // namespace

Perturbation fgsm() {
  core::Kind kind{.name = "fgsm",
                  .family = "attack",
                  .description = "fast gradient sign method: one step of length eps along the sign of the loss gradient",
                  .parameters = {number("level", 0, 1, "pixel value", "eps, the radius of the ball"), images()},
                  .cost = [](const core::Settings&) { return core::Cost{.forward = 3, .backward = 1, .per_image = 0}; }};
  return {std::move(kind), Attack(act)};
}

}  // namespace espalier::robust
