// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <set>

#include "espalier/core/error.hpp"
#include "espalier/core/kind.hpp"
#include "espalier/core/noise_settings.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/core/results.hpp"
#include "espalier/core/sha256.hpp"

using namespace espalier;

TEST_CASE("SHA-256 gives the answers of FIPS 180-4's examples") {
  CHECK(core::sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(core::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(core::sha256(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of pieces is that of the whole, also after a move") {
  core::Sha256 first;
  first.add("a");
  core::Sha256 hash = std::move(first);
  hash.add("");
  hash.add(std::as_bytes(std::span("bc", 2)));

  CHECK(hash.hex() == core::sha256("abc"));
}

TEST_CASE("A content id is the first 16 digits of the hash") { CHECK(core::content_id("abc") == "ba7816bf8f01cfea"); }

TEST_CASE("Kinds and parameters are found by their whole name") {
  const core::Catalogue catalogue{{"fgsm", "attack", "", {{.name = "level"}}}, {"pgd", "attack", "", {{.name = "steps"}}}};

  REQUIRE(core::find(catalogue, "pgd") != nullptr);
  CHECK(core::find(catalogue, "pgd")->find("steps") == &catalogue[1].parameters[0]);
  CHECK(core::find(catalogue, "pgd")->find("level") == nullptr);
  CHECK(core::find(catalogue, "pg") == nullptr);
}

TEST_CASE("Every status, reason, metric and epoch field has a name of its own") {
  std::set<std::string_view> statuses, reasons, metrics, fields;
  for (std::uint8_t i = 0; i <= 3; ++i) statuses.insert(core::text(core::Status{i}));
  for (std::uint8_t i = 0; i <= 6; ++i) reasons.insert(core::text(core::Reason{i}));
  for (const auto& metric : core::metrics) metrics.insert(metric.name);
  for (const auto& field : core::epoch_fields) fields.insert(field.name);

  CHECK(statuses.size() == 4);
  CHECK(reasons.size() == 7);
  CHECK(metrics.size() == core::metrics.size());
  CHECK(fields.size() == core::epoch_fields.size());
  CHECK_FALSE(reasons.contains("unknown"));
  CHECK(core::text(core::Status{9}) == "unknown");
}

TEST_CASE("Noise is on at evaluation where it is drawn and not switched off") {
  const core::Settings none{"none", {{"layer", 2.0}, {"retrain_tail", true}}};
  const core::Settings drawn{"full", {{"draws", 10.0}}};
  const core::Settings off{"full", {{"draws", 10.0}, {"at_inference", false}}};

  CHECK_FALSE(core::read_noise(none).is_on());
  CHECK(core::read_noise(drawn).is_on());
  CHECK_FALSE(core::read_noise(off).is_on());
}

TEST_CASE("A metric's index is its place in the list") {
  constexpr std::size_t loss = core::metric("loss");

  CHECK(core::metrics[loss].name == "loss");
}

TEST_CASE("A new cell result has no metric yet") {
  const core::CellResult result;

  for (const double value : result.values) CHECK(value != value);
}

TEST_CASE("Outcomes take one bit per image, rounded up to bytes") {
  CHECK(core::outcome_bytes(0) == 0);
  CHECK(core::outcome_bytes(1) == 1);
  CHECK(core::outcome_bytes(8) == 1);
  CHECK(core::outcome_bytes(9) == 2);
  CHECK(core::outcome_bytes(0xffffffff) == 0x20000000);
}

TEST_CASE("Errors carry their exit code and text") {
  const core::UserError mistake("grid.yaml:1:2: no");

  CHECK(mistake.code() == core::ExitCode::user_mistake);
  CHECK(static_cast<int>(mistake.code()) == 2);
  CHECK(std::string(mistake.what()) == "grid.yaml:1:2: no");
}
