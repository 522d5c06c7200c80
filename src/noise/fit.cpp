// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/noise/fit.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace espalier::noise {
namespace {

/// Of a symmetric matrix, row by row.
std::vector<double> lower_triangle(const Eigen::MatrixXd& S) {
  std::vector<double> numbers;
  for (Eigen::Index i = 0; i < S.rows(); ++i)
    for (Eigen::Index j = 0; j <= i; ++j) numbers.push_back(S(i, j));
  return numbers;
}

Eigen::MatrixXd from_lower_triangle(const std::vector<double>& numbers) {
  const auto n = static_cast<Eigen::Index>((std::sqrt(8.0 * static_cast<double>(numbers.size()) + 1) - 1) / 2);
  if (n == 0 || static_cast<std::size_t>(n * (n + 1) / 2) != numbers.size())
    throw std::runtime_error("the numbers of a stored fit do not make a triangle");
  Eigen::MatrixXd S(n, n);
  std::size_t next = 0;
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j <= i; ++j) S(i, j) = S(j, i) = numbers[next++];
  return S;
}

}  // namespace

DifferenceCovariance::DifferenceCovariance(Eigen::Index units)
    : mean_(Eigen::VectorXd::Zero(units)), products_(Eigen::MatrixXd::Zero(units, units)) {}

void DifferenceCovariance::add(const net::Matrix& clean, const net::Matrix& changed) {
  if (clean.cols() == 0) return;
  Eigen::MatrixXd D = changed.cast<double>() - clean.cast<double>();
  const Eigen::VectorXd mean = D.rowwise().mean();
  D.colwise() -= mean;
  const double before = images_, block = static_cast<double>(D.cols()), all = before + block;
  const Eigen::VectorXd shift = mean - mean_;
  products_.selfadjointView<Eigen::Lower>().rankUpdate(D);
  products_.selfadjointView<Eigen::Lower>().rankUpdate(shift, before * block / all);
  mean_ += shift * (block / all);
  images_ += static_cast<std::uint32_t>(D.cols());
}

Eigen::MatrixXd DifferenceCovariance::covariance() const {
  if (images_ < 2) throw std::runtime_error("a covariance needs at least two images");
  const Eigen::MatrixXd S = products_.selfadjointView<Eigen::Lower>();
  return S / (static_cast<double>(images_) - 1);
}

Fit decompose(const Eigen::MatrixXd& covariance) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  if (solver.info() != Eigen::Success) throw std::runtime_error("the eigenvalues of a fitted covariance were not found");
  return {solver.eigenvalues().reverse().cwiseMax(0.0), solver.eigenvectors().rowwise().reverse()};
}

Fit decomposed(const Fit& fit) { return fit.S0.size() > 0 ? decompose(fit.S0) : fit; }

Eigen::Index units(const Fit& fit) { return fit.S0.size() > 0 ? fit.S0.rows() : fit.spectrum.size(); }

double trace(const Fit& fit) { return fit.S0.size() > 0 ? fit.S0.trace() : fit.spectrum.sum(); }

Eigen::MatrixXd covariance(const Fit& fit) {
  if (fit.S0.size() > 0) return fit.S0;
  return fit.vectors * fit.spectrum.asDiagonal() * fit.vectors.transpose();
}

double effective_rank(const Eigen::VectorXd& spectrum) {
  const double total = spectrum.sum();
  double entropy = 0;
  for (const double value : spectrum)
    if (value > 0) entropy -= value / total * std::log(value / total);
  return std::exp(entropy);
}

core::FitResult finish(const DifferenceCovariance& differences) {
  Eigen::MatrixXd S = differences.covariance();
  S.diagonal().array() += ridge;
  core::FitResult out;
  out.images = differences.images();
  out.trace = S.trace();
  out.status = core::Status::done;
  if (static_cast<std::uint64_t>(S.rows()) > core::most_decomposed_units) {
    out.effective_rank = std::numeric_limits<double>::quiet_NaN();
    out.vectors = lower_triangle(S);
    return out;
  }
  const Fit fit = decompose(S);
  out.effective_rank = effective_rank(fit.spectrum);
  out.spectrum.assign(fit.spectrum.data(), fit.spectrum.data() + fit.spectrum.size());
  out.vectors.assign(fit.vectors.data(), fit.vectors.data() + fit.vectors.size());  // column by column: one vector after another
  return out;
}

Fit from_stored(const core::FitResult& stored) {
  if (stored.spectrum.empty()) return {{}, {}, from_lower_triangle(stored.vectors)};
  const auto n = static_cast<Eigen::Index>(stored.spectrum.size());
  if (stored.vectors.size() != stored.spectrum.size() * stored.spectrum.size())
    throw std::runtime_error("a stored fit has another number of eigenvectors than of eigenvalues");
  return {Eigen::Map<const Eigen::VectorXd>(stored.spectrum.data(), n),
          Eigen::Map<const Eigen::MatrixXd>(stored.vectors.data(), n, n)};
}

}  // namespace espalier::noise
