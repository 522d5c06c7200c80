// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "eigen_network.hpp"
#include "espalier/net/reference.hpp"
#include "net/kernels.hpp"
#include "paired.hpp"
#include "workload.hpp"

namespace espalier::bench {
namespace {

using net::Tile;

Tile make_tile(std::size_t rows) {
  Tile tile(rows);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t b = 0; b < net::lanes; ++b) tile[i].lane[b] = static_cast<float>((i * 31 + b * 17) % 23) / 23;
  return tile;
}

net::Matrix as_matrix(const Tile& tile) {
  net::Matrix X(static_cast<Eigen::Index>(tile.size()), static_cast<Eigen::Index>(net::lanes));
  std::copy_n(tile.data()->lane.data(), X.size(), X.data());
  return X;
}

/// One layer of 1000 inputs and outputs on one tile; density in tenths of a percent.
struct OneLayer {
  explicit OneLayer(benchmark::State& state)
      : network(make_network(1000, 1000, 1, static_cast<double>(state.range(0)) / 1000)),
        layer(std::get<net::SparseLayer>(network.layers[0])),
        eigen(net::reference::convert<float>(network)[0]),
        X(make_tile(1000)),
        Y(make_tile(1000)),
        dX(1000),
        gates(1000, 0x5A5A5A5A5A5A5A5A),
        dW(layer.weight.size()),
        db(1000),
        X_eigen(as_matrix(X)),
        Y_eigen(as_matrix(Y)),
        dX_eigen(as_matrix(X)) {}

  Work work(int passes) const {
    const double links = static_cast<double>(layer.weight.size());
    return {passes * links * net::lanes, links * sizeof(net::TileRow)};
  }

  net::Network network;
  const net::SparseLayer& layer;
  net::reference::Layer<float> eigen;
  Tile X, Y, dX;
  net::Gates gates;
  std::vector<float> dW, db;
  net::Matrix X_eigen, Y_eigen, dX_eigen;
};

void forward(benchmark::State& state) {
  OneLayer l(state);
  paired(
      state, l.work(1), 10, [&] { net::kernels::forward(l.layer, l.X.data(), l.Y.data(), l.gates.data()); },
      [&] {
        l.Y_eigen.noalias() = l.eigen.W * l.X_eigen;
        l.Y_eigen.colwise() += l.eigen.b;
        l.Y_eigen = l.Y_eigen.cwiseMax(0.0f);
      });
}

void input_gradient(benchmark::State& state) {
  OneLayer l(state);
  paired(
      state, l.work(1), 10,
      [&] { net::kernels::backward(l.layer, nullptr, l.Y.data(), {.gates = l.gates.data(), .dX = l.dX.data()}); },
      [&] {
        l.dX_eigen.noalias() = l.eigen.W.transpose() * l.Y_eigen;
        l.dX_eigen.array() *= (l.X_eigen.array() > 0.0f).cast<float>();
      });
}

void backward(benchmark::State& state) {
  OneLayer l(state);
  const net::kernels::Backward out{.gates = l.gates.data(), .dX = l.dX.data(), .dW = l.dW.data(), .db_below = l.db.data()};
  auto dW = l.eigen.W;
  paired(
      state, l.work(2), 10, [&] { net::kernels::backward(l.layer, l.X.data(), l.Y.data(), out); },
      [&] {
        l.dX_eigen.noalias() = l.eigen.W.transpose() * l.Y_eigen;
        l.dX_eigen.array() *= (l.X_eigen.array() > 0.0f).cast<float>();
        for (Eigen::Index i = 0; i < dW.outerSize(); ++i)
          for (EigenNetwork::Sparse::InnerIterator link(dW, i); link; ++link)
            link.valueRef() = l.Y_eigen.row(i).dot(l.X_eigen.row(link.col()));
      });
}

/// A dense layer of 1000 inputs; the argument is the number of outputs.
void dense_forward(benchmark::State& state) {
  const auto K = state.range(0);
  const net::DenseLayer layer{net::Matrix::Random(K, 1000), std::vector<float>(static_cast<std::size_t>(K))};
  const Tile X = make_tile(1000);
  Tile Y(static_cast<std::size_t>(K));
  const net::Matrix X_eigen = as_matrix(X);
  net::Matrix Y_eigen(K, X_eigen.cols());
  paired(
      state, {static_cast<double>(K) * 1000 * net::lanes, 0}, 5,
      [&] { net::kernels::forward(layer, X.data(), Y.data(), nullptr); }, [&] { Y_eigen.noalias() = layer.weight * X_eigen; });
}

void dense_backward(benchmark::State& state) {
  const auto K = state.range(0);
  const net::DenseLayer layer{net::Matrix::Random(K, 1000), std::vector<float>(static_cast<std::size_t>(K))};
  const Tile X = make_tile(1000), dY = make_tile(static_cast<std::size_t>(K));
  Tile dX(1000);
  net::Matrix dW(K, 1000), dX_eigen(1000, static_cast<Eigen::Index>(net::lanes)), dW_eigen(K, 1000);
  const net::Matrix X_eigen = as_matrix(X), dY_eigen = as_matrix(dY);
  dW.setZero();
  paired(
      state, {2 * static_cast<double>(K) * 1000 * net::lanes, 0}, 5,
      [&] { net::kernels::backward(layer, X.data(), dY.data(), {.dX = dX.data(), .dW = dW.data()}); },
      [&] {
        dX_eigen.noalias() = layer.weight.transpose() * dY_eigen;
        dW_eigen.noalias() = dY_eigen * X_eigen.transpose();
      });
}

BENCHMARK(forward)->Name("kernel/forward")->ArgName("permille")->Arg(10)->Arg(100)->Arg(500)->Apply([](auto* b) {
  in_rounds(b);
});
BENCHMARK(input_gradient)->Name("kernel/input_gradient")->ArgName("permille")->Arg(10)->Arg(100)->Arg(500)->Apply([](auto* b) {
  in_rounds(b);
});
BENCHMARK(backward)->Name("kernel/backward")->ArgName("permille")->Arg(10)->Arg(100)->Arg(500)->Apply([](auto* b) {
  in_rounds(b);
});
BENCHMARK(dense_forward)->Name("kernel/dense_forward")->ArgName("outputs")->Arg(10)->Arg(1000)->Apply([](auto* b) {
  in_rounds(b);
});
BENCHMARK(dense_backward)->Name("kernel/dense_backward")->ArgName("outputs")->Arg(10)->Arg(1000)->Apply([](auto* b) {
  in_rounds(b);
});

}  // namespace
}  // namespace espalier::bench
