// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "robust/networks.hpp"
#include "robust/noise_sites.hpp"
#include "robust/target.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

/// Two classes, one hidden layer whose neurons are always active, so that z_1 - z_0 = u x + c + v n with noise n.
struct AlwaysActive {
  net::Network network = dense_network({6, 8, 2}, 21);
  Eigen::VectorXd u, v;
  double c = 0;

  AlwaysActive() {
    auto& first = std::get<net::DenseLayer>(network.layers[0]);
    auto& second = std::get<net::DenseLayer>(network.layers[1]);
    for (float& b : first.bias) b = 30;  // far from the ReLU's kink
    const Eigen::MatrixXd W2 = second.weight.cast<double>();
    v = (W2.row(1) - W2.row(0)).transpose();
    u = first.weight.cast<double>().transpose() * v;
    second.bias[1] = second.bias[0] + static_cast<float>(-30 * v.sum());  // a margin near 0, where the loss bends most
    c = static_cast<double>(second.bias[1]) - static_cast<double>(second.bias[0]) + 30 * v.sum();
  }
};

/// Mean of d loss / d x_0 for label 0, over n = N(0, sd^2) at every hidden unit: E[sigmoid(m + s g)] u_0, by quadrature.
double expected_gradient(const AlwaysActive& net, const Eigen::VectorXd& x, double sd) {
  const double m = net.u.dot(x) + net.c, s = sd * net.v.norm();
  double sum = 0, weights = 0;
  for (double g = -8; g <= 8; g += 1e-3) {
    const double weight = std::exp(-g * g / 2);
    weights += weight;
    sum += weight / (1 + std::exp(-(m + s * g)));
  }
  return sum / weights * net.u[0];
}

struct Moments {
  double mean, variance;
};

/// Of the mean gradient's first entry over many images that are all the same picture.
Moments gradient_moments(const AlwaysActive& net, const net::Matrix& x, std::uint64_t K) {
  const std::size_t n = 4000;
  net::Classifier classifier(net.network, gaussian_noise(1.0f));
  const net::Matrix X = x.replicate(1, static_cast<Eigen::Index>(n));
  std::vector<std::uint64_t> images(n);
  std::iota(images.begin(), images.end(), 0);
  const std::vector<std::uint8_t> labels(n, 0);
  Target target(classifier, Loss::cross_entropy, images, labels, {K, false});
  const Eigen::ArrayXd g = target.gradient(X, 0).row(0).cast<double>().transpose();
  return {g.mean(), (g - g.mean()).square().mean()};
}

/// Records the draws that a noise site is asked for.
net::NoiseSite recorded(std::set<std::uint64_t>& draws) {
  return {1, [&draws](Eigen::Ref<net::Matrix>, std::span<const std::uint64_t>, std::uint64_t draw) { draws.insert(draw); }};
}

}  // namespace

TEST_CASE("The mean gradient over draws has the expectation that quadrature gives and a variance that falls as 1 / K") {
  const AlwaysActive net;
  const net::Matrix x = net::Matrix::Constant(6, 1, 0.5f);
  const double expected = expected_gradient(net, x.col(0).cast<double>(), 1);

  const Moments one = gradient_moments(net, x, 1), four = gradient_moments(net, x, 4), sixteen = gradient_moments(net, x, 16);

  for (const auto& [moments, K] : {std::pair(one, 1.0), {four, 4.0}, {sixteen, 16.0}}) {
    CHECK(std::abs(moments.mean - expected) < 4 * std::sqrt(moments.variance / 4000));
    // Four standard errors of a variance from 4000 samples, sqrt(2 / 4000) each on both sides.
    CHECK(moments.variance * K / one.variance == doctest::Approx(1).epsilon(4 * std::sqrt(2 * 2 / 4000.0)));
  }
}

TEST_CASE("The gradient at the mean logits is the gradient of the loss of the averaged network") {
  const AlwaysActive net;
  const std::vector<std::uint64_t> images{3};
  const std::vector<std::uint8_t> labels{0};
  const net::Matrix x = net::Matrix::Constant(6, 1, 0.5f);
  const double sd = 1;
  net::Classifier classifier(net.network, gaussian_noise(1.0f));

  Target target(classifier, Loss::cross_entropy, images, labels, {20000, true});
  const double g = static_cast<double>(target.gradient(x, 0)(0, 0));

  // The mean of 20 000 draws is the noiseless margin up to sd |v| / sqrt(20 000); sigmoid has slope at most 1/4.
  const double m = net.u.dot(x.col(0).cast<double>()) + net.c;
  const double at_mean = net.u[0] / (1 + std::exp(-m));
  CHECK(std::abs(g - at_mean) < 4 * std::abs(net.u[0]) * 0.25 * sd * net.v.norm() / std::sqrt(20000.0));
}

TEST_CASE("With noise of strength 0 every attack has the bits of the attack on the network without noise, in both modes") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 25, 2);
  const net::Batch clean = images.batch(0, 25);
  for (const Perturbation& p : perturbations()) {
    if (!std::holds_alternative<Attack>(p.act)) continue;
    for (const std::string mode : {"mean-gradient", "mean-logits"}) {
      CAPTURE(p.kind.name);
      CAPTURE(mode);
      std::map<std::string, core::Value> values{
          {"level", 0.1}, {"eot", 3.0}, {"eot_mode", mode}, {"steps", 20.0}, {"queries", 30.0}};
      std::erase_if(values, [&](const auto& value) { return !p.kind.find(value.first); });
      net::Classifier quiet(network), noisy(network, gaussian_noise(0));
      const core::Settings how = settings(p.kind.name, values);

      const net::Matrix expected = changed_inputs(quiet, clean, images.labels, images.shape, how, {1, 0});

      CHECK(changed_inputs(noisy, clean, images.labels, images.shape, how, {1, 0}) == expected);
    }
  }
}

TEST_CASE("An attack's draws are none of those that evaluate it, and its gradients take fresh ones in every step") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 3, 2);
  const net::Batch clean = images.batch(0, 3);
  std::set<std::uint64_t> draws;
  net::Classifier classifier(network, recorded(draws));

  const core::Settings how = settings("pgd", {{"level", 0.1}, {"steps", 5.0}, {"eot", 4.0}});
  changed_inputs(classifier, clean, images.labels, images.shape, how, {1, 0});

  const auto of_gradients = std::ranges::count_if(draws, [](std::uint64_t draw) { return draw >= std::uint64_t{1} << 40; });
  CHECK(of_gradients == 20);
  CHECK(draws.size() == 24);  // four more for the logits' scale
  CHECK(*draws.begin() >= (std::uint64_t{1} << 32));
}

TEST_CASE("Where the user does not say, a noisy network is asked ten times and a quiet one once") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const net::Classifier quiet(network), noisy(network, gaussian_noise(1));
  AttackSettings unsaid, said;
  said.eot = 7;

  CHECK(expectation(unsaid, quiet).draws == 1);
  CHECK(expectation(said, quiet).draws == 1);
  CHECK(expectation(unsaid, noisy).draws == 10);
  CHECK(expectation(said, noisy).draws == 7);
}

TEST_CASE("More draws per gradient make a stronger attack on a noisy network") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 200, 2);
  const EvaluationSettings evaluation{gaussian_noise(1.5f), 30};

  const auto success = [&](double eot) {
    const core::Settings how = settings("pgd", {{"level", 0.05}, {"steps", 10.0}, {"eot", eot}});
    return evaluate(network, evaluation, images.all(), how, {1, 0}).values[core::metric("loss")];
  };

  CHECK(success(16) > success(1));
}
