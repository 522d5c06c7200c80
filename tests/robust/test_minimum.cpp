// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/climb.hpp"
#include "robust/fixtures.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

/// Of reference_minimum.py: networks 0 and 1 with images and their true smallest linf changes.
struct Tiny {
  net::Network network;
  net::Matrix images;  ///< as rows
  std::vector<std::uint8_t> labels;
  net::Matrix minima;
};

std::vector<Tiny> tiny_networks() {
  const Fixtures all = read_fixtures("minimum_fixtures.txt");
  std::vector<Tiny> out;
  for (const std::string prefix : {"net0-", "net1-"})
    out.push_back(
        {network_of(all, prefix), all.at(prefix + "images"), bytes(all.at(prefix + "labels")), all.at(prefix + "minima")});
  return out;
}

/// Images that `kind` turns when each image's eps is `share` of its true minimum.
int turned(const Tiny& tiny, const std::string& kind, std::map<std::string, core::Value> values, double share) {
  net::Classifier classifier(tiny.network);
  int count = 0;
  for (Eigen::Index i = 0; i < tiny.images.rows(); ++i) {
    const net::Batch one{tiny.images.row(i).transpose(), {static_cast<std::uint64_t>(i)}};
    const std::span<const std::uint8_t> label = std::span(tiny.labels).subspan(static_cast<std::size_t>(i), 1);
    values["level"] = share * static_cast<double>(tiny.minima(0, i));
    const net::Matrix X = changed_inputs(classifier, one, label, {3, 4}, settings(kind, values), {1, 0});
    count += net::predict(classifier.logits(X, one.images))[0] != label[0];
  }
  return count;
}

}  // namespace

TEST_CASE("No attack turns an image with less than the true minimum found by mixed-integer programming") {
  const std::string targeted = "targeted-dlr", dlr = "dlr";
  for (const Tiny& tiny : tiny_networks())
    // 0.99: float32 logits are off by about 1e-7, which is 0.1 % of the smallest minimum of 1e-4.
    for (const auto& [kind, values] :
         std::vector<std::pair<std::string, std::map<std::string, core::Value>>>{{"fgsm", {}},
                                                                                 {"bim", {}},
                                                                                 {"pgd", {{"restarts", 5.0}}},
                                                                                 {"mim", {}},
                                                                                 {"apgd", {}},
                                                                                 {"apgd", {{"loss", dlr}}},
                                                                                 {"apgd", {{"loss", targeted}}},
                                                                                 {"fab", {}},
                                                                                 {"square", {{"queries", 500.0}}},
                                                                                 {"cascade", {{"queries", 500.0}}}}) {
      CAPTURE(kind);
      CHECK(turned(tiny, kind, values, 0.99) == 0);
    }
}

TEST_CASE("FAB turns at least 90 %, the cascade 95 % of the images with 2 % more than the true minimum") {
  int images = 0, by_fab = 0, by_cascade = 0;
  for (const Tiny& tiny : tiny_networks()) {
    images += static_cast<int>(tiny.images.rows());
    by_fab += turned(tiny, "fab", {}, 1.02);
    by_cascade += turned(tiny, "cascade", {}, 1.02);
  }

  CHECK(images == 60);
  CHECK(by_fab >= 54);
  CHECK(by_cascade >= 57);
}
