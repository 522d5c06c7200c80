// SPDX-License-Identifier: BSD-3-Clause
#include "robust/modification.hpp"

#include <stdexcept>
#include <utility>

#include "robust/examination.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {

net::Matrix modify_each(const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds,
                        ModifyImage modify, ModifyColours modify_colours) {
  const core::Stream stream = seeds.stream(settings.kind);
  net::Matrix X(clean.X.cols(), clean.X.rows());  // image-major while it is made
  Colours image(shape.channels, Image(static_cast<int>(shape.height), static_cast<int>(shape.width)));
  const std::size_t plane = image[0].pixels.size();
  const auto place = [&](std::size_t c, std::size_t p) { return static_cast<Eigen::Index>(c * plane + p); };
  for (std::size_t b = 0; b < clean.images.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    for (std::size_t c = 0; c < image.size(); ++c)
      for (std::size_t p = 0; p < plane; ++p) image[c].pixels[p] = clean.X(place(c, p), column);
    core::Random random = stream.random(clean.images[b]);
    Colours modified;
    if (image.size() == 1)
      modified.push_back(modify(image[0], random, settings));
    else
      modified = modify_colours(image, random, settings);
    for (std::size_t c = 0; c < image.size(); ++c)
      for (std::size_t p = 0; p < plane; ++p)
        X(column, place(c, p)) = static_cast<float>(std::clamp(modified[c].pixels[p], 0.0, 1.0));
  }
  return X.transpose();
}

Colours no_colours(const Colours&, core::Random&, const core::Settings& settings) {
  throw std::logic_error("'" + settings.kind + "' of a colour image");
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

core::Kind input_kind(std::string name, std::string description, std::vector<core::Parameter> parameters, core::Cost cost) {
  parameters.push_back(images());
  return {.name = std::move(name),
          .family = "input",
          .description = std::move(description),
          .parameters = std::move(parameters),
          .cost = [cost](const core::Settings&) { return cost; }};
}

core::Kind grey_only(core::Kind kind) {
  kind.grey_only = [](const core::Settings&) { return true; };
  return kind;
}

core::Parameter severity() {
  core::Parameter parameter = number("severity", 1, 5, "1", "strength by the published table");
  parameter.type = core::Type::integer;
  return parameter;
}

std::vector<core::Parameter> either(core::Parameter a, core::Parameter b) {
  a.alternative_to = b.name;
  b.alternative_to = a.name;
  return {std::move(a), std::move(b)};
}

core::Kind in_study2(core::Kind kind, int definition) {
  kind.definition = definition;
  kind.definition_if = {"suite", {"study2"}};
  return kind;
}

core::Parameter suite() {
  return choice("suite", {"mnist-c", "study2"}, "whose definition and numbers; study2: arXiv 2606.13801");
}

}  // namespace espalier::robust
