// SPDX-License-Identifier: BSD-3-Clause
#include <memory>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/net/product.hpp"
#include "noise/factor.hpp"

namespace espalier::noise {
namespace {

/// What a draw needs of a factor, in the network's own precision.
struct Sampler {
  Eigen::VectorXf sd;
  std::vector<net::Layer> A;  ///< bands of rows
  std::size_t numbers = 0;    ///< normal numbers per image and draw: of sd, then of A
};

net::Layer dense(const Eigen::MatrixXd& A) {
  return net::DenseLayer{A.cast<float>(), std::vector<float>(static_cast<std::size_t>(A.rows()), 0.0F)};
}

net::Layer blocks(const Eigen::MatrixXd& A, Eigen::Index block) {
  net::SparseLayer layer;
  layer.inputs = static_cast<std::uint32_t>(A.cols());
  layer.outputs = static_cast<std::uint32_t>(A.rows());
  layer.bias.assign(layer.outputs, 0.0F);
  layer.start.push_back(0);
  for (Eigen::Index j = 0; j < A.cols(); ++j) {
    const Eigen::Index first = j / block * block;
    for (Eigen::Index i = first; i < std::min(first + block, A.rows()); ++i) {
      layer.target.push_back(static_cast<std::uint32_t>(i));
      layer.weight.push_back(static_cast<float>(A(i, j)));
    }
    layer.start.push_back(static_cast<std::uint32_t>(layer.target.size()));
  }
  net::index_by_output(layer);
  return layer;
}

Sampler sampler_of(const Factor& factor) {
  Sampler out{factor.sd.cast<float>(), {}, static_cast<std::size_t>(factor.sd.size() + factor.A.cols())};
  if (factor.triangular)
    out.A = net::triangular_bands(factor.A);
  else if (factor.A.size() > 0)
    out.A.push_back(factor.block > 0 ? blocks(factor.A, factor.block) : dense(factor.A));
  return out;
}

/// The factor of the covariance W S W' of what `above` makes of the noise.
Factor factor_through(const net::Layer& above, const Sampler& sampler) {
  const Eigen::MatrixXd W = net::dense_weights(above);
  const Eigen::Index alone = sampler.sd.size();
  Eigen::MatrixXd M = Eigen::MatrixXd::Zero(W.rows(), static_cast<Eigen::Index>(sampler.numbers));
  M.leftCols(alone) = W.leftCols(alone) * sampler.sd.cast<double>().asDiagonal();
  Eigen::Index first = 0;
  for (const net::Layer& band : sampler.A) {
    const Eigen::MatrixXd A = net::dense_weights(band);
    M.middleCols(alone, A.cols()) += W.middleCols(first, A.rows()) * A;
    first += A.rows();
  }
  return triangular_factor(M);
}

}  // namespace

net::NoiseSite sampler(int layer, const Factor& factor, const core::Stream& stream) {
  const auto made = std::make_shared<const Sampler>(sampler_of(factor));
  const auto add = [made, stream](Eigen::Ref<net::Matrix> activations, std::span<const std::uint64_t> images,
                                  std::uint64_t draw) {
    const auto B = static_cast<Eigen::Index>(images.size()), n = static_cast<Eigen::Index>(made->numbers);
    net::Matrix G(B, n);  // image-major: one image's numbers are one run
    for (Eigen::Index b = 0; b < B; ++b)
      core::fill_gaussian(stream, images[static_cast<std::size_t>(b)], draw, {G.row(b).data(), made->numbers});
    const Eigen::Index alone = made->sd.size();
    if (alone > 0) activations += made->sd.asDiagonal() * G.leftCols(alone).transpose();
    if (!made->A.empty()) net::add_product(made->A, G.rightCols(n - alone), activations);
  };
  const auto through = [made, stream, layer](const net::Layer& above) {
    net::NoiseSite site = sampler(layer + 1, factor_through(above, *made), stream);
    site.linear = true;
    return site;
  };
  double multiply_adds = 0;
  for (const net::Layer& band : made->A) multiply_adds += static_cast<double>(net::links(band));
  return {layer, add, through, false, multiply_adds};
}

}  // namespace espalier::noise
