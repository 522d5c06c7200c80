// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace espalier::core {

/// One number that an evaluation reports; `metrics` below lists all of them, which makes the columns of /results.
struct Metric {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  bool asked = false;  ///< only of cells that ask for it; older files lack its column, and NaN is then no part of a row's science
};

inline constexpr std::array metrics{
    Metric{"accuracy", "share", "correct / images, by the mean of the logits over the noise draws"},
    Metric{"loss", "nat", "mean cross-entropy of the mean logits"},
    Metric{"clean_accuracy", "share", "accuracy of the same network and noise on the unperturbed images"},
    Metric{"conditional_accuracy", "share", "share of the images classified correctly when clean that stay correct"},
    Metric{"success_rate", "share", "1 - conditional_accuracy: share of the correct images that the perturbation turns"},
    Metric{"majority_accuracy", "share", "accuracy by majority vote over the noise draws"},
    Metric{"single_accuracy", "share", "mean accuracy of single noise draws"},
    Metric{"worst_accuracy", "share", "share of images that every noise draw classifies correctly"},
    Metric{"linf_mean", "pixel value", "mean over images of the largest absolute change"},
    Metric{"l2_mean", "pixel value", "mean over images of the Euclidean length of the change"},
    Metric{"l2_median", "pixel value", "median over images of the Euclidean length of the change"},
    Metric{"live_outputs", "share", "share of the output neurons that a path of links joins to an input"},
    Metric{"links", "1", "live links of the sparse layers after the damage"},
    Metric{"alarms", "bit set",
           "masking alarms: 1 gradient zero, 2 black box beats white box, 4 not monotone in level, "
           "8 loss still rising at the last step, 16 transfer from the noiseless twin beats the attack, "
           "32 label's share rounds to 1, 64 the attack along the margin beats it, 128 the attack on scaled logits beats it"},
    Metric{"mahalanobis_mean", "1",
           "mean over the images of the shift's length sqrt(d' S^-1 d), d the change of the activations where the noise of "
           "covariance S is added; without the images whose length is infinite",
           true},
    Metric{"mahalanobis_q10", "1", "length that a tenth of the images do not exceed", true},
    Metric{"mahalanobis_median", "1", "length that half of the images do not exceed", true},
    Metric{"mahalanobis_q90", "1", "length that nine tenths of the images do not exceed", true},
    Metric{"mahalanobis_outside", "share", "share of the images whose shift leaves the span of the noise: of infinite length",
           true},
    Metric{"structure_error", "share",
           "Frobenius norm of what the noise's covariance leaves out of the fitted one of equal trace, as a share of that one's",
           true},
    Metric{"radius_median", "1", "median over the images of the certified length Phi^-1(pA); 0 where pA is at most 1/2", true},
    Metric{"certified_accuracy", "share",
           "share of the images whose label is certified as the most likely class of a draw under this perturbation: the "
           "shift is no longer than Phi^-1(pA), pA the Clopper-Pearson bound from votes on the clean image",
           true},
};

/// Index of a metric by name, at compile time.
consteval std::size_t metric(std::string_view name) {
  for (std::size_t i = 0; i < metrics.size(); ++i)
    if (metrics[i].name == name) return i;
  throw "no such metric";
}

}  // namespace espalier::core
