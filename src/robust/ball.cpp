// SPDX-License-Identifier: BSD-3-Clause
#include "robust/ball.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace espalier::robust {
namespace {

/// The smallest float that is not less than `x` (the smallest not negative, where x < 0).
float round_up(double x) {
  const auto near = static_cast<float>(std::max(x, 0.0));
  const std::uint32_t short_of = static_cast<double>(near) < x;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(near) + short_of);  // the next float of one sign is the next integer
}

/// The largest float that is not more than `x` >= 0 (1, where x > 1).
float round_down(double x) {
  const auto near = static_cast<float>(std::min(x, 1.0));
  const std::uint32_t beyond = static_cast<double>(near) > x;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(near) - beyond);
}

/// Uniform on [-1, 1] by 32 random bits.
float uniform_direction(core::Random& random) { return static_cast<float>(static_cast<std::int32_t>(random.bits())) * 0x1p-31f; }

float sign(float x) { return static_cast<float>((x > 0) - (x < 0)); }

template <typename Add>
std::vector<double> fold(const net::Matrix& G, Add add) {
  std::vector<double> sums(static_cast<std::size_t>(G.cols()), 0);
  for (Eigen::Index d = 0; d < G.rows(); ++d) {
    const float* row = G.row(d).data();
    for (std::size_t b = 0; b < sums.size(); ++b) sums[b] = add(sums[b], static_cast<double>(row[b]));
  }
  return sums;
}

/// Directions of the starts, D x B: uniform on [-1, 1]^D for linf, normal for l2.
net::Matrix directions(const Domain& domain, std::span<const std::uint64_t> images, std::uint64_t restart, const Seeds& seeds) {
  const core::Stream stream = seeds.stream("attack-start");
  net::Matrix T(static_cast<Eigen::Index>(images.size()), domain.clean().rows());  // image-major while it is drawn
  for (std::size_t b = 0; b < images.size(); ++b) {
    const std::span<float> out(T.row(static_cast<Eigen::Index>(b)).data(), static_cast<std::size_t>(T.cols()));
    core::Random random = stream.random(images[b], restart);
    if (domain.ball().norm == Norm::l2)
      core::fill_gaussian(stream, images[b], restart, out);
    else
      std::ranges::generate(out, [&] { return uniform_direction(random); });
  }
  return T.transpose();
}

net::Matrix shifted(const Domain& domain, net::Matrix T, std::span<const float> factor) {
  scale(T, factor);
  T += domain.clean();
  domain.project(T);
  return T;
}

std::vector<float> ratios(double length, const std::vector<double>& norms) {
  std::vector<float> out(norms.size());
  std::ranges::transform(norms, out.begin(), [&](double norm) { return norm > 0 ? static_cast<float>(length / norm) : 0.0f; });
  return out;
}

}  // namespace

Domain::Domain(Ball ball, net::Matrix clean) : ball_(ball), clean_(std::move(clean)) {
  if (ball.norm != Norm::linf) return;
  low_.resize(clean_.rows(), clean_.cols());
  high_.resize(clean_.rows(), clean_.cols());
  for (Eigen::Index i = 0; i < clean_.size(); ++i) {
    const auto x = static_cast<double>(clean_.data()[i]);
    low_.data()[i] = round_up(x - ball.eps);
    high_.data()[i] = round_down(x + ball.eps);
  }
}

void Domain::project(net::Matrix& X) const {
  if (ball_.norm == Norm::linf) {
    X = X.cwiseMax(low_).cwiseMin(high_);
    return;
  }
  const std::vector<double> norms = l2_norms(X - clean_);
  std::vector<float> factor(norms.size(), 1);
  for (std::size_t b = 0; b < norms.size(); ++b)
    if (norms[b] > ball_.eps) factor[b] = static_cast<float>(ball_.eps / norms[b]);
  for (Eigen::Index d = 0; d < X.rows(); ++d) {
    const float* c = clean_.row(d).data();
    float* x = X.row(d).data();
    for (std::size_t b = 0; b < factor.size(); ++b) {
      const float inside = factor[b] < 1 ? c[b] + factor[b] * (x[b] - c[b]) : x[b];
      x[b] = std::min(std::max(inside, 0.0f), 1.0f);
    }
  }
}

void step_along(Norm norm, const net::Matrix& G, std::span<const float> length, net::Matrix& X) {
  std::vector<float> factor(length.begin(), length.end());
  if (norm == Norm::l2) {
    const std::vector<double> norms = l2_norms(G);
    for (std::size_t b = 0; b < factor.size(); ++b)
      factor[b] = norms[b] > 0 ? static_cast<float>(static_cast<double>(length[b]) / norms[b]) : 0.0f;
  }
  const bool signs = norm == Norm::linf;
  for (Eigen::Index d = 0; d < G.rows(); ++d) {
    const float* g = G.row(d).data();
    float* x = X.row(d).data();
    if (signs)
      for (std::size_t b = 0; b < factor.size(); ++b) x[b] += factor[b] * sign(g[b]);
    else
      for (std::size_t b = 0; b < factor.size(); ++b) x[b] += factor[b] * g[b];
  }
}

net::Matrix uniform_start(const Domain& domain, std::span<const std::uint64_t> images, std::uint64_t restart,
                          const Seeds& seeds) {
  net::Matrix T = directions(domain, images, restart, seeds);
  const double eps = domain.ball().eps;
  if (domain.ball().norm == Norm::linf)
    return shifted(domain, std::move(T), std::vector<float>(images.size(), static_cast<float>(eps)));

  // A normal direction with radius eps U^(1/D) is uniform in the ball.
  const core::Stream radius = seeds.stream("attack-start-radius");
  std::vector<float> factor(images.size());
  const std::vector<double> norms = l2_norms(T);
  for (std::size_t b = 0; b < images.size(); ++b) {
    const double u = radius.random(images[b], restart).uniform();
    factor[b] = static_cast<float>(eps * std::pow(u, 1.0 / static_cast<double>(T.rows())) / norms[b]);
  }
  return shifted(domain, std::move(T), factor);
}

net::Matrix surface_start(const Domain& domain, std::span<const std::uint64_t> images, std::uint64_t restart,
                          const Seeds& seeds) {
  net::Matrix T = directions(domain, images, restart, seeds);
  const std::vector<double> length = norms(domain.ball().norm, T);
  return shifted(domain, std::move(T), ratios(domain.ball().eps, length));
}

std::vector<double> l2_norms(const net::Matrix& G) {
  std::vector<double> norms = fold(G, [](double sum, double g) { return sum + g * g; });
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

std::vector<double> l1_norms(const net::Matrix& G) {
  return fold(G, [](double sum, double g) { return sum + std::abs(g); });
}

std::vector<double> linf_norms(const net::Matrix& G) {
  return fold(G, [](double largest, double g) { return std::max(largest, std::abs(g)); });
}

std::vector<double> norms(Norm norm, const net::Matrix& G) { return norm == Norm::linf ? linf_norms(G) : l2_norms(G); }

void drop_long(Norm norm, const net::Matrix& clean, double longest, net::Matrix& X) {
  const std::vector<double> length = norms(norm, X - clean);
  for (std::size_t b = 0; b < length.size(); ++b)
    if (length[b] > longest) X.col(static_cast<Eigen::Index>(b)) = clean.col(static_cast<Eigen::Index>(b));
}

void scale(net::Matrix& X, std::span<const float> factor) {
  for (Eigen::Index d = 0; d < X.rows(); ++d) {
    float* row = X.row(d).data();
    for (std::size_t b = 0; b < factor.size(); ++b) row[b] *= factor[b];
  }
}

}  // namespace espalier::robust
