// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>

#include "robust/columns.hpp"
#include "robust/square.hpp"
#include "robust/square_proposals.hpp"

namespace espalier::robust {
namespace {

/// The images that still stand, with their best candidates so far.
struct Standing {
  Domain domain;  ///< around the clean images
  std::vector<std::uint64_t> images;
  std::vector<std::uint8_t> labels;
  std::vector<std::size_t> place;    ///< column in the whole batch
  std::vector<core::Random> random;  ///< one sequence per image
  net::Matrix X;                     ///< best candidates
  std::vector<float> margin;
};

Standing keep(const Standing& all, const std::vector<std::size_t>& which) {
  return {Domain(all.domain.ball(), columns(all.domain.clean(), which)),
          chosen(all.images, which),
          chosen(all.labels, which),
          chosen(all.place, which),
          chosen(all.random, which),
          columns(all.X, which),
          chosen(all.margin, which)};
}

Standing everything(const net::Batch& clean, std::span<const std::uint8_t> labels, const Square& how, const Seeds& seeds) {
  Standing s{
      Domain(how, clean.X), clean.images, {labels.begin(), labels.end()}, {}, {}, clean.X, std::vector<float>(labels.size())};
  const core::Stream stream = seeds.stream("square");
  for (std::size_t b = 0; b < labels.size(); ++b) {
    s.place.push_back(b);
    s.random.push_back(stream.random(clean.images[b], static_cast<std::uint64_t>(how.restart)));
  }
  return s;
}

/// The candidates of query `query` for all standing images: the start at 0, a random change afterwards.
net::Matrix propose(Standing& s, const Square& how, int query, ImageShape shape) {
  net::Matrix X = s.X;
  const auto eps = static_cast<float>(how.eps);
  const bool linf = how.norm == Norm::linf;
  const std::uint32_t side = query == 0 ? 0 : square_side(how, query - 1, shape);
  const Windows windows(linf ? 0 : side);
  for (std::size_t i = 0; i < s.place.size(); ++i) {
    const Canvas canvas{X, s.domain.clean(), static_cast<Eigen::Index>(i), shape};
    if (query == 0)
      linf ? add_stripes(canvas, eps, s.random[i]) : add_tiles(canvas, eps, s.random[i]);
    else
      linf ? add_square(canvas, side, eps, s.random[i]) : move_window(canvas, windows, eps, s.random[i]);
  }
  s.domain.project(X);
  return X;
}

/// Keeps the better candidates, hands out those that fool, and continues with the rest.
Standing sort_out(Standing s, const net::Matrix& X, const Probe& probe, bool first, Attacked& out) {
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < s.place.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    if (first || probe.fooled[i] || probe.margin[i] > s.margin[i]) {
      s.X.col(column) = X.col(column);
      s.margin[i] = probe.margin[i];
      out.X.col(static_cast<Eigen::Index>(s.place[i])) = X.col(column);
    }
    if (!probe.fooled[i]) rest.push_back(i);
  }
  return rest.size() == s.place.size() ? std::move(s) : keep(s, rest);
}

}  // namespace

double square_share(const Square& how, int query) {
  constexpr std::array changes{10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};
  const double at = how.rescale ? std::floor(query * 10000.0 / how.queries) : query;
  const auto passed = std::ranges::count_if(changes, [&](int change) { return at > change; });
  return std::ldexp(how.p, -static_cast<int>(passed));
}

std::uint32_t square_side(const Square& how, int query, ImageShape shape) {
  const double round = std::nearbyint(std::sqrt(square_share(how, query) * shape.height * shape.width));
  auto side = static_cast<std::uint32_t>(round);
  side = how.norm == Norm::linf ? std::max(side, 1u) : std::max(side, 3u) | 1u;
  return std::min(side, std::min(shape.height, shape.width));
}

Attacked square_search(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                       ImageShape shape, const Square& how, Expectation expectation, const Seeds& seeds) {
  Attacked out{clean.X, std::vector<std::uint32_t>(labels.size(), 0)};
  Standing s = everything(clean, labels, how, seeds);
  for (int query = 0; query <= how.queries && !s.place.empty(); ++query) {
    const net::Matrix X = propose(s, how, query, shape);
    const Probe probe = Target(classifier, Loss::margin, s.images, s.labels, expectation).probe(X);
    s = sort_out(std::move(s), X, probe, query == 0, out);
  }
  return out;
}

}  // namespace espalier::robust
