// SPDX-License-Identifier: BSD-3-Clause
#include "app/crowding.hpp"

#include <doctest/doctest.h>

namespace espalier::app::test {

TEST_CASE("as many ranks as cores are no crowd, bound or not") {
  CHECK(crowding({{"a", {0, 1}}, {"a", {0, 1}}}).empty());
  CHECK(crowding({{"a", {0}}, {"a", {1}}, {"b", {0}}}).empty());
}

TEST_CASE("each host with more ranks than cores is named once, with the remedy") {
  const auto remarks = crowding({{"b", {0, 1}}, {"b", {0, 1}}, {"b", {0, 1}}, {"a", {0}}});

  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].starts_with("host b: 3 ranks share 2 cores; start at most as many ranks as cores"));
}

TEST_CASE("ranks that the launcher bound to one core are a crowd on any host") {
  const auto remarks = crowding({{"a", {3}}, {"a", {3}}});

  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].starts_with("host a: 2 ranks share 1 core;"));
}

TEST_CASE("a host whose cores are not known is not reported") { CHECK(crowding({{"a", {}}, {"a", {}}}).empty()); }

}  // namespace espalier::app::test
