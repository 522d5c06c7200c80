// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/noise_settings.hpp"

#include "espalier/core/component.hpp"

namespace espalier::core {
namespace {

Setting<NoiseSettings> layer() {
  return setting("layer", &NoiseSettings::layer, {1, 1000}, "1",
                 "hidden layer, from 1; the noise is added after its activation function")
      .usually(1.0);
}

Setting<NoiseSettings> retrain_tail() {
  return flag("retrain_tail", &NoiseSettings::retrain_tail,
              "reset the weights of the layers above the noise and train them on the same links with the noise, while the layers "
              "below are frozen; settings in section 'tail'");
}

Setting<NoiseSettings> source_setting() {
  return setting({.name = "source",
                  .type = Type::nested,
                  .description = "perturbation whose effect on the layer's activations is fitted on training images; 'matched': "
                                 "the cell's own"},
                 &NoiseSettings::source)
      .required();
}

Setting<NoiseSettings> fit_images_setting() {
  return setting("fit_images", &NoiseSettings::fit_images, {0, 1e9}, "images",
                 "training images of the fit, starting with the first; 0: all; absent: 10000 for attacks, else all");
}

}  // namespace

Binding<NoiseSettings> noise_settings() {
  using N = NoiseSettings;
  return {layer(),
          setting("trace", &N::trace, {0, 1e6}, "1", "trace(S) = trace * units of the layer"),
          setting("draws", &N::draws, {1, 1e6}, "1", "draws per prediction, which uses their mean logits")
              .usually(10.0)
              .evaluation_only(),
          retrain_tail(),
          flag("at_inference", &N::at_inference,
               "false: the noise is on while the tail is retrained and off during evaluation and attacks")
              .only_if("retrain_tail", {"true"})
              .evaluation_only()
              .legacy("true"),
          flag("certificate", &N::certificate,
               "also compute the shift sqrt(d' S^-1 d) of the activations of the layer under the perturbation, and the share of "
               "images with a certified class")
              .evaluation_only()
              .legacy("false"),
          setting("certificate_draws", &N::certificate_draws, {1, 1e7}, "1", "draws that vote on each clean image")
              .usually(1000.0)
              .only_if("certificate", {"true"})
              .evaluation_only(),
          setting("certificate_confidence", &N::certificate_confidence, {0.5, 0.9999999}, "share",
                  "confidence of the bound of each image")
              .only_if("certificate", {"true"})
              .evaluation_only()};
}

Binding<NoiseSettings> fitted_noise_settings() { return {source_setting(), noise_settings(), fit_images_setting()}; }

Binding<NoiseSettings> baseline_settings() { return {layer().only_if("retrain_tail", {"true"}), retrain_tail()}; }

NoiseSettings read_noise(const Settings& noise) {
  static const Binding<NoiseSettings> all = fitted_noise_settings();
  return all.read_some(noise);
}

Settings with_source(Settings noise, const Settings& source, std::optional<std::uint32_t> fit_images) {
  NoiseSettings changed;
  changed.source = source;
  changed.fit_images = fit_images;
  for (const Setting<NoiseSettings>& setting : {source_setting(), fit_images_setting()})
    if (const auto value = setting.value(changed)) noise.values[setting.parameter.name] = *value;
  return noise;
}

}  // namespace espalier::core
