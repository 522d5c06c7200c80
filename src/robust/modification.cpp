// SPDX-License-Identifier: BSD-3-Clause
#include "robust/modification.hpp"

#include <stdexcept>
#include <utility>

#include "robust/examination.hpp"

namespace espalier::robust {

net::Matrix modify_each(const net::Batch& clean, ImageShape shape, const core::Stream& stream,
                        const std::function<Colours(const Colours&, core::Random&)>& modify) {
  net::Matrix X(clean.X.cols(), clean.X.rows());  // image-major while it is made
  Colours image(shape.channels, Image(static_cast<int>(shape.height), static_cast<int>(shape.width)));
  const std::size_t plane = image[0].pixels.size();
  const auto place = [&](std::size_t c, std::size_t p) { return static_cast<Eigen::Index>(c * plane + p); };
  for (std::size_t b = 0; b < clean.images.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    for (std::size_t c = 0; c < image.size(); ++c)
      for (std::size_t p = 0; p < plane; ++p) image[c].pixels[p] = clean.X(place(c, p), column);
    core::Random random = stream.random(clean.images[b]);
    const Colours modified = modify(image, random);
    for (std::size_t c = 0; c < image.size(); ++c)
      for (std::size_t p = 0; p < plane; ++p)
        X(column, place(c, p)) = static_cast<float>(std::clamp(modified[c].pixels[p], 0.0, 1.0));
  }
  return X.transpose();
}

bool is_corruption(const core::Settings& settings) {
  return std::holds_alternative<Modification>(perturbation(settings.kind).act);
}

net::Matrix corrupted(const TestImages& test, const core::Settings& settings, const Seeds& seeds,
                      const core::CancellationCheck& check_cancelled) {
  const auto* modify = std::get_if<Modification>(&perturbation(settings.kind).act);
  if (!modify) throw std::logic_error("corrupted() of a kind that is not a corruption");
  constexpr int batch = 128;
  net::Matrix X(test.shape.size(), test.images);
  Eigen::Index first = 0;
  each_batch(test, batch, check_cancelled, [&](const net::Batch& clean, Labels) {
    X.middleCols(first, clean.X.cols()) = (*modify)(clean, test.shape, settings, seeds);
    first += clean.X.cols();
  });
  return X;
}

core::Setting<Severe> severity() {
  return setting("severity", &Severe::severity, {1, 5}, "1", "strength by the published table").required();
}

Component<Severe> by_severity(std::string name, std::string description) {
  return {.name = std::move(name), .description = std::move(description), .settings = {severity()}};
}

Component<SuiteSeverity> by_suite_and_severity(std::string name, std::string description) {
  return {.name = std::move(name),
          .description = std::move(description),
          .settings = {severity(), suite()},
          .definition = 2,
          .definition_if = of_study2};
}

core::Setting<SuiteSeverity> suite() {
  return choice("suite", &SuiteSeverity::suite, {{"mnist-c", Suite::mnist_c}, {"study2", Suite::study2}},
                "whose definition and numbers; study2: arXiv 2606.13801");
}

}  // namespace espalier::robust
