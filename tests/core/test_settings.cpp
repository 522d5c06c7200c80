// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/settings.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace espalier;

namespace {

const core::Settings pgd{"pgd", {{"norm", std::string("linf")}, {"level", 0.1}, {"steps", 40.0}, {"random_start", true}}};

/// The text of the std::logic_error that `call` throws.
template <typename Call>
std::string error(Call call) {
  try {
    call();
  } catch (const std::logic_error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("Canonical numbers are the shortest that read back as the same double") {
  CHECK(core::canonical(0.3) == "0.3");
  CHECK(core::canonical(1.0) == "1");
  CHECK(core::canonical(1e-5) == "1e-05");
  CHECK(core::canonical(-2.5) == "-2.5");
  CHECK(core::canonical(1e300) == "1e+300");
  CHECK(core::canonical(9007199254740991.0) == "9007199254740991");
  for (const double x : {0.1 + 0.2, 1.0 / 3, std::numeric_limits<double>::min(), std::nextafter(1.0, 2.0)})
    CHECK(std::stod(core::canonical(x)) == x);
}

TEST_CASE("Zero and minus zero have one canonical text") { CHECK(core::canonical(-0.0) == core::canonical(0.0)); }

TEST_CASE("Canonical settings have their keys sorted, whatever the order they were set in") {
  core::Settings other{"pgd", {}};
  other.values["steps"] = 40.0;
  other.values["random_start"] = true;
  other.values["norm"] = std::string("linf");
  other.values["level"] = 0.1;

  CHECK(core::canonical(pgd) == R"({"kind":"pgd","level":0.1,"norm":"linf","random_start":true,"steps":40})");
  CHECK(core::canonical(other) == core::canonical(pgd));
  CHECK(other == pgd);
}

TEST_CASE("Canonical settings hold lists and nested settings") {
  const core::Settings noise{"full",
                             {{"hidden", std::vector<double>{1000, 0.5}},
                              {"empty", std::vector<double>{}},
                              {"source", std::vector<core::Settings>{{"rotate", {{"level", 15.0}}}}}}};

  CHECK(core::canonical(noise) == R"({"kind":"full","empty":[],"hidden":[1000,0.5],"source":{"kind":"rotate","level":15}})");
}

TEST_CASE("Texts are quoted as JSON, so that no value can pass for another") {
  const core::Settings tricky{"a", {{"x", std::string("\",\"y\":\"\\\n")}}};

  CHECK(core::canonical(tricky) == R"({"kind":"a","x":"\",\"y\":\"\\\u000a"})");
}

TEST_CASE("Values are read by their type") {
  const core::Settings noise{"full", {{"hidden", std::vector<double>{3}}, {"source", std::vector<core::Settings>{pgd}}}};

  CHECK(pgd.number("level") == 0.1);
  CHECK(pgd.integer("steps") == 40);
  CHECK(pgd.flag("random_start"));
  CHECK(pgd.text("norm") == "linf");
  CHECK(pgd.has("norm"));
  CHECK_FALSE(pgd.has("nor"));
  CHECK(noise.numbers("hidden") == std::vector<double>{3});
  CHECK(noise.nested("source") == pgd);
}

TEST_CASE("A value that is absent or of another type is an error that names kind and parameter") {
  CHECK(error([] { pgd.number("epsilon"); }) == "'pgd' has no parameter 'epsilon'");
  CHECK(error([] { pgd.number("norm"); }) == "parameter 'norm' of 'pgd' has another type");
  CHECK(error([] { pgd.integer("level"); }) == "parameter 'level' of 'pgd' is 0.1, not a whole number");
}

TEST_CASE("A number that no int holds is an error, not another number") {
  for (const double x : {3e9, -3e9, std::numeric_limits<double>::infinity(), std::nan("")}) {
    const core::Settings settings{"a", {{"n", x}}};

    CHECK_THROWS_AS(settings.integer("n"), std::logic_error);
  }
}
