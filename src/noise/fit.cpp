// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/noise/fit.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <stdexcept>

namespace espalier::noise {

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

Eigen::MatrixXd covariance(const Fit& fit) { return fit.vectors * fit.spectrum.asDiagonal() * fit.vectors.transpose(); }

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
  const Fit fit = decompose(S);
  core::FitResult out;
  out.images = differences.images();
  out.trace = S.trace();
  out.effective_rank = effective_rank(fit.spectrum);
  out.spectrum.assign(fit.spectrum.data(), fit.spectrum.data() + fit.spectrum.size());
  out.vectors.assign(fit.vectors.data(), fit.vectors.data() + fit.vectors.size());  // column by column: one vector after another
  out.status = core::Status::done;
  return out;
}

Fit from_stored(const core::FitResult& stored) {
  const auto n = static_cast<Eigen::Index>(stored.spectrum.size());
  if (stored.vectors.size() != stored.spectrum.size() * stored.spectrum.size())
    throw std::runtime_error("a stored fit has another number of eigenvectors than of eigenvalues");
  return {Eigen::Map<const Eigen::VectorXd>(stored.spectrum.data(), n),
          Eigen::Map<const Eigen::MatrixXd>(stored.vectors.data(), n, n)};
}

}  // namespace espalier::noise
