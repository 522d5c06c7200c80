#include <algorithm>
#include <cmath>

#include "espalier/net/classifier.hpp"

namespace espalier::net {

Batch gather(std::span<const std::uint8_t> pixels, std::uint32_t size, std::span<const std::uint64_t> images) {
  Batch batch{Matrix(size, images.size()), {images.begin(), images.end()}};
  for (std::size_t b = 0; b < images.size(); ++b)
    for (std::uint32_t j = 0; j < size; ++j)
      batch.X(j, static_cast<Eigen::Index>(b)) = static_cast<float>(pixels[images[b] * size + j]) / 255.0f;
  return batch;
}

void cross_entropy(const Matrix& Z, std::span<const std::uint8_t> labels, std::span<float> loss, Matrix* dZ) {
  if (dZ) dZ->resize(Z.rows(), Z.cols());
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto label = labels[static_cast<std::size_t>(b)];
    const float shift = Z.col(b).maxCoeff();
    float sum = 0;
    for (Eigen::Index c = 0; c < Z.rows(); ++c) sum += std::exp(Z(c, b) - shift);
    loss[static_cast<std::size_t>(b)] = std::log(sum) + shift - Z(label, b);
    if (!dZ) continue;
    for (Eigen::Index c = 0; c < Z.rows(); ++c) (*dZ)(c, b) = std::exp(Z(c, b) - shift) / sum;
    (*dZ)(label, b) -= 1.0f;
  }
}

std::vector<std::uint8_t> predict(const Matrix& Z) {
  std::vector<std::uint8_t> classes(static_cast<std::size_t>(Z.cols()));
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    Eigen::Index best = 0;
    for (Eigen::Index c = 1; c < Z.rows(); ++c)
      if (Z(c, b) > Z(best, b)) best = c;
    classes[static_cast<std::size_t>(b)] = static_cast<std::uint8_t>(best);
  }
  return classes;
}

}  // namespace espalier::net
