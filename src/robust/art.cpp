// SPDX-License-Identifier: BSD-3-Clause
#include "robust/art.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "robust/arithmetic.hpp"
#include "robust/columns.hpp"

namespace espalier::robust {
namespace {

float float_exponential(float x) { return x < -700 ? 0.0f : static_cast<float>(exponential(static_cast<double>(x))); }

float float_log(float x) { return static_cast<float>(core::natural_log(static_cast<double>(x))); }

}  // namespace

// Not net::cross_entropy(), which keeps the digits of losses near 0: the toolbox's steps and its end depend on their loss.
std::vector<float> art_loss(const net::Matrix& Z, std::span<const std::uint8_t> labels, net::Matrix* dZ) {
  std::vector<float> loss(labels.size());
  if (dZ) dZ->resize(Z.rows(), Z.cols());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto b = static_cast<Eigen::Index>(i);
    const float largest = Z.col(b).maxCoeff();
    float sum = 0;
    for (Eigen::Index c = 0; c < Z.rows(); ++c) sum += float_exponential(Z(c, b) - largest);
    const float log_sum = float_log(sum);
    loss[i] = -(Z(labels[i], b) - largest - log_sum);
    if (!dZ) continue;
    for (Eigen::Index c = 0; c < Z.rows(); ++c)
      (*dZ)(c, b) = float_exponential(Z(c, b) - largest - log_sum) - static_cast<float>(c == labels[i]);
  }
  return loss;
}

ArtImages chosen_images(const net::Batch& clean, std::span<const std::uint8_t> labels, std::span<const std::size_t> which) {
  return {columns(clean, which), chosen(labels, which)};
}

const net::Matrix& art_gradient(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw) {
  net::Matrix dZ;
  art_loss(classifier.logits(X, of.clean.images, draw), of.labels, &dZ);
  return classifier.input_gradient(dZ);
}

std::vector<float> art_losses(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw) {
  return art_loss(classifier.logits(X, of.clean.images, draw), of.labels, nullptr);
}

std::vector<float> art_margins(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw) {
  const net::Matrix& Z = classifier.logits(X, of.clean.images, draw);
  std::vector<float> out;
  for (std::size_t i = 0; i < of.labels.size(); ++i) {
    float first = -std::numeric_limits<float>::infinity(), second = first;
    for (const float z : Z.col(static_cast<Eigen::Index>(i))) {
      second = std::max(second, std::min(first, z));
      first = std::max(first, z);
    }
    out.push_back(Z(of.labels[i], static_cast<Eigen::Index>(i)) - second);
  }
  return out;
}

std::vector<std::uint8_t> art_correct(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of,
                                      std::uint64_t draw) {
  std::vector<std::uint8_t> says = net::predict(classifier.logits(X, of.clean.images, draw));
  std::ranges::transform(says, of.labels, says.begin(), [](std::uint8_t a, std::uint8_t b) { return std::uint8_t{a == b}; });
  return says;
}

std::vector<std::size_t> art_standing(net::Classifier& classifier, const net::Matrix& X, const net::Batch& all,
                                      std::span<const std::uint8_t> labels, std::uint64_t draw,
                                      const core::CancellationCheck& check_cancelled) {
  std::vector<std::size_t> out;
  for (std::size_t first = 0; first < labels.size(); first += kArtImages) {
    if (check_cancelled) check_cancelled();
    std::vector<std::size_t> which(std::min(kArtImages, labels.size() - first));
    std::iota(which.begin(), which.end(), first);
    const std::vector<std::uint8_t> correct =
        art_correct(classifier, columns(X, which), {{{}, chosen(all.images, which)}, chosen(labels, which)}, draw);
    for (std::size_t i = 0; i < which.size(); ++i)
      if (correct[i]) out.push_back(which[i]);
  }
  return out;
}

}  // namespace espalier::robust
