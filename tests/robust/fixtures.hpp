// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "espalier/net/network.hpp"

/// Named matrices that the python references of this folder print: "name rows columns", then the rows; images are rows.
namespace espalier::robust::testing {

using Fixtures = std::map<std::string, net::Matrix>;

inline Fixtures read_fixtures(const std::string& name) {
  std::ifstream file(std::filesystem::path(ESPALIER_TEST_FOLDER) / name);
  REQUIRE(file);
  Fixtures out;
  std::string key;
  Eigen::Index rows = 0, columns = 0;
  while (file >> key >> rows >> columns) {
    net::Matrix& A = out[key];
    A.resize(rows, columns);
    for (Eigen::Index i = 0; i < A.size(); ++i) file >> A.data()[i];
  }
  return out;
}

inline std::vector<std::uint8_t> bytes(const net::Matrix& A) { return {A.data(), A.data() + A.size()}; }

/// The dense network whose layers are called PREFIXweight0, PREFIXbias0, ...
inline net::Network network_of(const Fixtures& fixtures, const std::string& prefix = "") {
  net::Network network;
  for (int l = 0; fixtures.contains(prefix + "weight" + std::to_string(l)); ++l) {
    const net::Matrix& b = fixtures.at(prefix + "bias" + std::to_string(l));
    // emplace_back: moving a whole variant makes g++ 12 warn of a vector that is not there
    network.layers.emplace_back(
        net::DenseLayer{fixtures.at(prefix + "weight" + std::to_string(l)), {b.data(), b.data() + b.size()}});
  }
  return network;
}

}  // namespace espalier::robust::testing
