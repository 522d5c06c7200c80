#include "robust/losses.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace espalier::robust {
namespace {

constexpr float kSmall = 1e-12f;  // of the published definition: no division by 0

/// (z_up - z_y) / (z_(1) - below + 1e-12) with `below` the mean of the classes `under`, and its gradient into column b of dZ.
float ratio(const net::Matrix& Z, Eigen::Index b, Eigen::Index y, Eigen::Index up, Eigen::Index top,
            std::span<const std::uint8_t> under, net::Matrix* dZ) {
  const float weight = 1.0f / static_cast<float>(under.size());
  float below = 0;
  for (const std::uint8_t c : under) below += weight * Z(c, b);
  const float width = Z(top, b) - below + kSmall;
  const float value = (Z(up, b) - Z(y, b)) / width;
  if (!dZ) return value;
  (*dZ)(up, b) += 1 / width;
  (*dZ)(y, b) -= 1 / width;
  (*dZ)(top, b) -= value / width;
  for (const std::uint8_t c : under) (*dZ)(c, b) += weight * value / width;
  return value;
}

void difference(const net::Matrix& Z, std::span<const std::uint8_t> labels, std::span<const std::uint8_t> targets,
                std::span<float> value, net::Matrix* dZ) {
  if (dZ) *dZ = net::Matrix::Zero(Z.rows(), Z.cols());
  for (std::size_t b = 0; b < labels.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    value[b] = Z(targets[b], column) - Z(labels[b], column);
    if (!dZ) continue;
    (*dZ)(targets[b], column) += 1;
    (*dZ)(labels[b], column) -= 1;
  }
}

void need_classes(const net::Matrix& Z, Eigen::Index least, const char* loss) {
  if (Z.rows() < least)
    throw std::runtime_error(std::string("the loss ") + loss + " needs at least " + std::to_string(least) +
                             " classes, the network has " + std::to_string(Z.rows()));
}

}  // namespace

std::vector<std::uint8_t> ranking(const net::Matrix& Z, Eigen::Index b) {
  std::vector<std::uint8_t> order(static_cast<std::size_t>(Z.rows()));
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  std::ranges::stable_sort(order, [&](std::uint8_t i, std::uint8_t j) { return Z(i, b) > Z(j, b); });
  return order;
}

void loss_of(Loss loss, const net::Matrix& Z, std::span<const std::uint8_t> labels, std::span<const std::uint8_t> targets,
             std::span<float> value, net::Matrix* dZ) {
  if (loss == Loss::cross_entropy) return net::cross_entropy(Z, labels, value, dZ);
  if (loss == Loss::difference) return difference(Z, labels, targets, value, dZ);
  const bool targeted = loss == Loss::targeted_dlr;
  need_classes(Z, targeted ? 4 : 3, targeted ? "targeted-dlr" : "dlr");
  if (dZ) *dZ = net::Matrix::Zero(Z.rows(), Z.cols());
  for (std::size_t b = 0; b < labels.size(); ++b) {
    const std::vector<std::uint8_t> order = ranking(Z, static_cast<Eigen::Index>(b));
    const std::uint8_t other = order[0] == labels[b] ? order[1] : order[0];
    const auto under = std::span(order).subspan(2, targeted ? 2 : 1);
    value[b] = ratio(Z, static_cast<Eigen::Index>(b), labels[b], targeted ? targets[b] : other, order[0], under, dZ);
  }
}

std::vector<float> margins(const net::Matrix& Z, std::span<const std::uint8_t> labels) {
  std::vector<float> out(labels.size());
  for (std::size_t b = 0; b < labels.size(); ++b) {
    float other = -std::numeric_limits<float>::infinity();
    for (Eigen::Index c = 0; c < Z.rows(); ++c)
      if (c != labels[b]) other = std::max(other, Z(c, static_cast<Eigen::Index>(b)));
    out[b] = other - Z(labels[b], static_cast<Eigen::Index>(b));
  }
  return out;
}

}  // namespace espalier::robust
