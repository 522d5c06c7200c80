// SPDX-License-Identifier: BSD-3-Clause
#include "robust/losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>

#include "robust/arithmetic.hpp"

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

/// log(1 + x) for x >= 0, also where 1 + x rounds to 1 [Kahan].
double log_of_one_plus(double x) {
  const double sum = 1 + x;
  return sum == 1 ? x : core::natural_log(sum) * (x / (sum - 1));
}

double exponential_or_0(double x) { return x < -700 ? 0 : exponential(x); }

/// Cross-entropy of column b of scale * Z, and its gradient times 2^shift into dZ. All is written by the differences to the
/// label's logit: q, the share of the others, keeps its accuracy where 1 - q rounds to 1, and 2^shift q where q rounds to 0.
double cross_entropy(const net::Matrix& Z, Eigen::Index b, Eigen::Index y, double scale, int shift, net::Matrix* dZ) {
  const auto above = [&](Eigen::Index c) { return scale * (static_cast<double>(Z(c, b)) - static_cast<double>(Z(y, b))); };
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (Eigen::Index c = 0; c < Z.rows(); ++c)
    if (c != y) largest = std::max(largest, above(c));
  for (Eigen::Index c = 0; c < Z.rows(); ++c)
    if (c != y) sum += exponential_or_0(above(c) - largest);
  // others / label = exp(largest) sum
  const double small = exponential_or_0(-std::abs(largest));
  const bool label_wins = largest <= 0;
  if (dZ) {
    const double shifted_small = exponential_or_0(largest + shift * std::numbers::ln2);
    const double shifted_q = label_wins ? shifted_small * sum / (1 + small * sum) : std::ldexp(sum / (small + sum), shift);
    const double pull = scale * shifted_q;
    for (Eigen::Index c = 0; c < Z.rows(); ++c)
      if (c != y) (*dZ)(c, b) = static_cast<float>(pull * (exponential_or_0(above(c) - largest) / sum));
    (*dZ)(y, b) = static_cast<float>(-pull);
  }
  return label_wins ? log_of_one_plus(small * sum) : largest + core::natural_log(sum) + log_of_one_plus(small / sum);
}

bool is_cross_entropy(Loss loss) { return loss == Loss::cross_entropy || loss == Loss::scaled_cross_entropy; }

double scale_of(const Goal& goal, std::size_t b) { return goal.loss == Loss::scaled_cross_entropy ? goal.scales[b] : 1; }

/// z_target - z_y
float difference(const net::Matrix& Z, Eigen::Index b, Eigen::Index y, Eigen::Index target, net::Matrix* dZ) {
  if (dZ) {
    (*dZ)(target, b) += 1;
    (*dZ)(y, b) -= 1;
  }
  return Z(target, b) - Z(y, b);
}

void need_classes(const net::Matrix& Z, Eigen::Index least, const char* loss) {
  if (Z.rows() < least)
    throw std::runtime_error(std::string("the loss ") + loss + " needs at least " + std::to_string(least) +
                             " classes, the network has " + std::to_string(Z.rows()));
}

}  // namespace

Eigen::Index largest_other(const net::Matrix& Z, Eigen::Index b, Eigen::Index y) {
  Eigen::Index best = y == 0 && Z.rows() > 1 ? 1 : 0;
  for (Eigen::Index c = 0; c < Z.rows(); ++c)
    if (c != y && Z(c, b) > Z(best, b)) best = c;
  return best;
}

std::vector<std::uint8_t> ranking(const net::Matrix& Z, Eigen::Index b) {
  std::vector<std::uint8_t> order(static_cast<std::size_t>(Z.rows()));
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  std::ranges::stable_sort(order, [&](std::uint8_t i, std::uint8_t j) { return Z(i, b) > Z(j, b); });
  return order;
}

void loss_of(const Goal& goal, const net::Matrix& Z, std::span<const int> shifts, std::span<float> value, net::Matrix* dZ) {
  const bool targeted = goal.loss == Loss::targeted_dlr;
  if (targeted || goal.loss == Loss::dlr) need_classes(Z, targeted ? 4 : 3, targeted ? "targeted-dlr" : "dlr");
  if (dZ) *dZ = net::Matrix::Zero(Z.rows(), Z.cols());
  for (std::size_t b = 0; b < goal.labels.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    const Eigen::Index label = goal.labels[b];
    if (is_cross_entropy(goal.loss)) {
      const int shift = shifts.empty() ? 0 : shifts[b];
      value[b] = static_cast<float>(cross_entropy(Z, column, label, scale_of(goal, b), shift, dZ));
    } else if (goal.loss == Loss::difference || goal.loss == Loss::margin) {
      const Eigen::Index up = goal.loss == Loss::margin ? largest_other(Z, column, label) : goal.targets[b];
      value[b] = difference(Z, column, label, up, dZ);
    } else {
      const std::vector<std::uint8_t> order = ranking(Z, column);
      const std::uint8_t other = order[0] == label ? order[1] : order[0];
      const auto under = std::span(order).subspan(2, targeted ? 2 : 1);
      value[b] = ratio(Z, column, label, targeted ? goal.targets[b] : other, order[0], under, dZ);
    }
  }
}

std::vector<int> flatness(const Goal& goal, const net::Matrix& Z, int most) {
  std::vector<int> out(goal.labels.size(), 0);
  if (!is_cross_entropy(goal.loss)) return out;
  constexpr float enough = 16;
  const std::vector<float> margin = margins(Z, goal.labels);
  for (std::size_t b = 0; b < out.size(); ++b) {
    const float below = -margin[b] * static_cast<float>(scale_of(goal, b));
    out[b] = static_cast<int>(std::floor(std::clamp((below - enough) * 1.442695f, 0.0f, static_cast<float>(most))));
  }
  return out;
}

std::vector<double> logit_scales(const net::Matrix& Z) {
  constexpr double wanted = 8;
  std::vector<double> out;
  const auto classes = static_cast<double>(Z.rows());
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto z = [&](Eigen::Index c) { return static_cast<double>(Z(c, b)); };
    double mean = 0, squares = 0;
    for (Eigen::Index c = 0; c < Z.rows(); ++c) mean += z(c) / classes;
    for (Eigen::Index c = 0; c < Z.rows(); ++c) squares += (z(c) - mean) * (z(c) - mean);
    const double sd = std::sqrt(squares / classes);
    out.push_back(sd > 0 ? wanted / sd : 1);
  }
  return out;
}

std::vector<float> margins(const net::Matrix& Z, std::span<const std::uint8_t> labels) {
  std::vector<float> out(labels.size());
  for (std::size_t b = 0; b < labels.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    out[b] = difference(Z, column, labels[b], largest_other(Z, column, labels[b]), nullptr);
  }
  return out;
}

}  // namespace espalier::robust
