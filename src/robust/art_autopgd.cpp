// SPDX-License-Identifier: BSD-3-Clause
// art-autopgd. Against the paper [Croce & Hein 2020]: no best point is returned unless it happens to be the last one, restarts
// chain, and what counts for a step's length are new maxima of single noisy losses.
#include <algorithm>
#include <utility>

#include "robust/art.hpp"
#include "robust/climb.hpp"
#include "robust/columns.hpp"
#include "robust/step_control.hpp"

namespace espalier::robust {
namespace {

constexpr float kEnoughMaxima = 0.75f;  // new maxima per step since the last checkpoint, below which steps are halved
constexpr float kForward = 0.75f;       // weight of the gradient step; the rest is momentum

/// A run's images, which share batches of the toolbox, with their points and the book-keeping of their steps.
struct Climbers {
  ArtImages of;
  Domain domain;
  std::vector<std::size_t> place;  ///< column in the run
  net::Matrix now, before;
  net::Matrix best, before_best;
  std::vector<float> step, step_then;  ///< `then`: at the last checkpoint
  std::vector<float> most, most_then;  ///< largest loss
  std::vector<int> maxima;             ///< new ones since then
};

Climbers keep(const Climbers& c, const std::vector<std::size_t>& which) {
  return {chosen_images(c.of.clean, c.of.labels, which),
          Domain(c.domain.ball(), columns(c.domain.clean(), which)),
          chosen(c.place, which),
          columns(c.now, which),
          columns(c.before, which),
          columns(c.best, which),
          columns(c.before_best, which),
          chosen(c.step, which),
          chosen(c.step_then, which),
          chosen(c.most, which),
          chosen(c.most_then, which),
          chosen(c.maxima, which)};
}

void copy_column(const net::Matrix& from, std::size_t b, net::Matrix& to) {
  to.col(static_cast<Eigen::Index>(b)) = from.col(static_cast<Eigen::Index>(b));
}

/// P(x + step sign g)
net::Matrix stepped(net::Classifier& classifier, const Climbers& c, const net::Matrix& X, std::uint64_t draw) {
  net::Matrix Z = X;
  step_along(Norm::linf, art_gradient(classifier, X, c.of, draw), c.step, Z);
  c.domain.project(Z);
  return Z;
}

/// The first step, which looks at both its ends.
Climbers begin(net::Classifier& classifier, const ArtImages& part, const net::Matrix& X, const ArtAutoPgd& how,
               std::uint64_t draw) {
  const std::size_t B = part.labels.size();
  Climbers c{part, Domain({Norm::linf, how.eps}, part.clean.X), {}, X, X, X, part.clean.X, {}, {}, {}, {}, {}};
  for (std::size_t b = 0; b < B; ++b) c.place.push_back(b);
  c.step.assign(B, static_cast<float>(how.step));
  c.step_then = c.step;
  c.maxima.assign(B, 0);
  c.now = stepped(classifier, c, X, draw);
  c.most_then = art_losses(classifier, X, part, draw + 1);
  c.most = c.most_then;
  const std::vector<float> loss = art_losses(classifier, c.now, part, draw + 2);
  for (std::size_t b = 0; b < B; ++b) {
    if (loss[b] < c.most[b]) continue;
    copy_column(c.now, b, c.best);
    c.most[b] = loss[b];
    c.maxima[b] = 1;
  }
  return c;
}

net::Matrix next_points(net::Classifier& classifier, const Climbers& c, std::uint64_t draw) {
  const net::Matrix Z = stepped(classifier, c, c.now, draw);
  net::Matrix N = c.now + kForward * (Z - c.now) + (1 - kForward) * (c.now - c.before);
  c.domain.project(N);
  return N;
}

/// Places (in `c`) of the images whose batch has a loss that is not 0.
std::vector<std::size_t> still_climbing(const Climbers& c, const std::vector<float>& loss, std::size_t batch) {
  std::vector<std::size_t> out;
  for (std::size_t first = 0, end = 0; first < loss.size(); first = end) {
    while (end < loss.size() && c.place[end] / batch == c.place[first] / batch) ++end;
    const bool done = std::all_of(&loss[first], &loss[first] + (end - first), [](float f) { return f == 0; });
    for (std::size_t b = first; b < end && !done; ++b) out.push_back(b);
  }
  return out;
}

void take(Climbers& c, net::Matrix next, const std::vector<float>& loss) {
  for (std::size_t b = 0; b < loss.size(); ++b) {
    if (!(loss[b] > c.most[b])) continue;
    ++c.maxima[b];
    copy_column(next, b, c.best);
    copy_column(c.now, b, c.before_best);
    c.most[b] = loss[b];
  }
  c.before = std::exchange(c.now, std::move(next));
}

/// Halves the steps that brought too little since the checkpoint `since` steps ago, and goes back to the best points.
void check(Climbers& c, int since) {
  for (std::size_t b = 0; b < c.step.size(); ++b) {
    const bool too_few = static_cast<float>(c.maxima[b]) < kEnoughMaxima * static_cast<float>(since);
    const bool stuck = c.step[b] == c.step_then[b] && c.most[b] == c.most_then[b];
    if (too_few || stuck) {
      c.step[b] /= 2;
      copy_column(c.best, b, c.now);
      copy_column(c.before_best, b, c.before);
    }
    c.maxima[b] = 0;
    c.step_then[b] = c.step[b];
    c.most_then[b] = c.most[b];
  }
}

void hand_out(const Climbers& c, const net::Matrix& X, net::Matrix& out) {
  for (std::size_t b = 0; b < c.place.size(); ++b)
    out.col(static_cast<Eigen::Index>(c.place[b])) = X.col(static_cast<Eigen::Index>(b));
}

/// P(x + eps U) with x where the restart before ended.
net::Matrix random_start(const ArtImages& part, net::Matrix X, const ArtAutoPgd& how, int restart, const ArtStart& start) {
  std::vector<float> numbers(static_cast<std::size_t>(X.rows()));
  for (Eigen::Index b = 0; b < X.cols(); ++b) {
    start(part.clean.images[static_cast<std::size_t>(b)], restart, numbers);
    X.col(b) += static_cast<float>(how.eps) * Eigen::Map<const Eigen::VectorXf>(numbers.data(), X.rows());
  }
  Domain({Norm::linf, how.eps}, part.clean.X).project(X);
  return X;
}

struct ArtAutoPgdSettings : PerturbationSettings, ArtAutoPgd {};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const ArtAutoPgdSettings& settings, const Seeds& seeds, const core::CancellationCheck& check_cancelled) {
  const core::Stream stream = seeds.stream("art-autopgd");
  const ArtStart start = [&](std::uint64_t image, int restart, std::span<float> out) {
    stream.random(image, static_cast<std::uint64_t>(restart)).fill_uniform(out);
  };
  return art_auto_pgd(classifier, clean, labels, settings, start, check_cancelled);
}

}  // namespace

net::Matrix art_auto_pgd_run(net::Classifier& classifier, const ArtImages& part, const net::Matrix& X, const ArtAutoPgd& how,
                             std::uint64_t first) {
  net::Matrix out = X;
  const std::vector<int> at = checkpoints(how.steps, true);
  Climbers c = begin(classifier, part, X, how, first);
  for (int k = 1, last = 0; k < how.steps && !c.place.empty(); ++k) {
    const std::uint64_t draw = first + 2 * static_cast<std::uint64_t>(k) + 1;
    net::Matrix next = next_points(classifier, c, draw);
    std::vector<float> loss = art_losses(classifier, next, c.of, draw + 1);
    const std::vector<std::size_t> rest = still_climbing(c, loss, how.batch);
    if (rest.size() < loss.size()) {
      hand_out(c, next, out);
      c = keep(c, rest);
      next = columns(next, rest);
      loss = chosen(loss, rest);
    }
    take(c, std::move(next), loss);
    if (!std::ranges::binary_search(at, k)) continue;
    check(c, k - last);
    last = k;
  }
  hand_out(c, c.now, out);
  return out;
}

Attacked art_auto_pgd(net::Classifier& classifier, const net::Batch& all, std::span<const std::uint8_t> labels,
                      const ArtAutoPgd& how, const ArtStart& start, const core::CancellationCheck& check_cancelled) {
  Attacked out{all.X, std::vector<std::uint32_t>(labels.size(), 0)};
  const std::size_t at_once = how.batch * std::max<std::size_t>(kArtImages / how.batch, 1);
  const std::uint64_t passes = 2 * static_cast<std::uint64_t>(how.steps) + 3;
  for (int r = 0; r < how.restarts; ++r) {
    const std::uint64_t draw = kArtDraws + static_cast<std::uint64_t>(r) * passes;
    const std::vector<std::size_t> standing = art_standing(classifier, out.X, all, labels, draw, check_cancelled);
    for (std::size_t first = 0; first < standing.size(); first += at_once) {
      if (check_cancelled) check_cancelled();
      const std::span which = std::span(standing).subspan(first, std::min(at_once, standing.size() - first));
      const ArtImages part = chosen_images(all, labels, which);
      net::Matrix X = random_start(part, columns(out.X, which), how, r, start);
      const net::Matrix last = art_auto_pgd_run(classifier, part, X, how, draw + 1);
      const std::vector<std::uint8_t> correct = art_correct(classifier, last, part, draw + passes - 1);
      for (std::size_t i = 0; i < which.size(); ++i)
        out.X.col(static_cast<Eigen::Index>(which[i])) = (correct[i] ? X : last).col(static_cast<Eigen::Index>(i));
    }
  }
  return out;
}

Perturbation art_autopgd() {
  return literal_joint_attack(
      {.name = "art-autopgd",
       .description = "auto-PGD as the Adversarial Robustness Toolbox 1.20.1 runs it: linf, cross-entropy, one noise draw per "
                      "pass; restarts chain, and images that one draw gets right keep a restart's random start",
       .settings = {eps_setting<ArtAutoPgd>(),
                    setting("step", &ArtAutoPgd::step, {0, 100}, "pixel value", "length of the first step, whatever eps"),
                    setting("steps", &ArtAutoPgd::steps, {1, 1e5}, "steps", "number of steps of a run"),
                    setting("restarts", &ArtAutoPgd::restarts, {1, 1e4}, "1", "runs, each from where the one before ended"),
                    setting("batch", &ArtAutoPgd::batch, {1, 1e6}, "images",
                            "images that end a run together where all their losses are 0")},
       .cost =
           [](const ArtAutoPgdSettings& s) {
             const double steps = s.steps, runs = s.restarts;
             return steps_cost(runs * steps, runs * (steps + 3));
           }},
      act);
}

}  // namespace espalier::robust
