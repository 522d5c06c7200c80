// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "espalier/core/failure.hpp"
#include "espalier/robust/perturbation.hpp"

/// The attacks under linf of the Adversarial Robustness Toolbox 1.20.1 on PyTorch classifiers, step by step: what its programs
/// do, not what the papers say. Every forward pass of a noisy network has a new draw for each image; nothing is averaged.
namespace espalier::robust {

/// The draws of these attacks have the numbers from here on, apart from those of evaluations and of other attacks.
inline constexpr std::uint64_t kArtDraws = std::uint64_t{1} << 42;

/// Images that pass a network at once. It decides nothing.
inline constexpr std::size_t kArtImages = 128;

/// Cross-entropy of each image at logits Z (C x B), and where dZ is not null its gradient, in float32 as PyTorch computes them:
/// the loss is 0 where the share of the label rounds to 1.
std::vector<float> art_loss(const net::Matrix& Z, std::span<const std::uint8_t> labels, net::Matrix* dZ);

/// Images that an attack works on: their clean pixels (D x B), numbers and labels.
struct ArtImages {
  net::Batch clean;
  std::vector<std::uint8_t> labels;
};
ArtImages chosen_images(const net::Batch& clean, std::span<const std::uint8_t> labels, std::span<const std::size_t> which);

/// One forward pass of X (D x B) each, with draw `draw`. A gradient (D x B) stays valid until the next pass.
const net::Matrix& art_gradient(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw);
std::vector<float> art_losses(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw);
/// Logit of the label - second largest logit: at most 0 where another class wins.
std::vector<float> art_margins(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw);
/// 1 where the label's logit is largest.
std::vector<std::uint8_t> art_correct(net::Classifier& classifier, const net::Matrix& X, const ArtImages& of, std::uint64_t draw);

/// Columns of X, the current points of all images of `all`, whose label wins in one forward pass. Calls `check_cancelled` between
/// batches.
std::vector<std::size_t> art_standing(net::Classifier& classifier, const net::Matrix& X, const net::Batch& all,
                                      std::span<const std::uint8_t> labels, std::uint64_t draw,
                                      const core::CancellationCheck& check_cancelled);

struct ArtPgd {
  double eps = 0;
  double step = 0.1;  ///< in pixel values, whatever eps
  int steps = 100;
};

/// Fast gradient method (one step of length eps) and projected gradient descent from the clean image: the last point, always.
Attacked art_pgd(net::Classifier& classifier, const ArtImages& part, const ArtPgd& how);

struct ArtAutoPgd {
  double eps = 0;
  double step = 0.1;  ///< first, in pixel values
  int steps = 100, restarts = 5;
  std::uint32_t batch = 32;  ///< images that stop together, where all their losses are 0
};

/// Uniform numbers on [-1, 1] of an image and a restart, D of them.
using ArtStart = std::function<void(std::uint64_t image, int restart, std::span<float> out)>;

/// Auto-PGD: every restart begins at a random point around where the one before ended, and images that stand after it in one
/// forward pass keep that random point. Batches are formed of the images that stand, so that `all` must be those of a cell.
Attacked art_auto_pgd(net::Classifier& classifier, const net::Batch& all, std::span<const std::uint8_t> labels,
                      const ArtAutoPgd& how, const ArtStart& start, const core::CancellationCheck& check_cancelled);

/// One run of Auto-PGD from X (D x B, consecutive images form batches of how.batch): its last points. Uses the draws
/// first .. first + 2 how.steps.
net::Matrix art_auto_pgd_run(net::Classifier& classifier, const ArtImages& part, const net::Matrix& X, const ArtAutoPgd& how,
                             std::uint64_t first);

struct ArtSquare {
  double eps = 0;
  int steps = 100;
  double p = 0.8;  ///< share of the pixels in the first square
};

/// A square's first row and column, and its sign in every channel.
struct ArtWindow {
  std::uint32_t top, left;
  std::vector<float> signs;
};

/// What Square draws: signs of an image's stripes, one per channel and column, and the window of a step, one for all images.
struct ArtSquareDraws {
  std::function<std::vector<float>(std::uint64_t image)> stripes;
  std::function<ArtWindow(int step, std::uint32_t side)> window;
};

/// Side of the square in step `step`, from 0.
std::uint32_t art_square_side(const ArtSquare& how, int step, ImageShape shape);

/// Number of places that a square of side `side` may begin at in a line of `length` pixels: it never reaches the last one.
std::uint32_t art_square_places(std::uint32_t length, std::uint32_t side);

/// Square: every step looks at the label's margin before and after by two forward passes, for the images that a third one gets
/// right. `all` must be the images of a cell: the attack ends where none of them is right.
Attacked art_square(net::Classifier& classifier, const net::Batch& all, std::span<const std::uint8_t> labels, ImageShape shape,
                    const ArtSquare& how, const ArtSquareDraws& draws, const core::CancellationCheck& check_cancelled);

}  // namespace espalier::robust
