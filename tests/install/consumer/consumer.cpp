// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/core/sha256.hpp>
#include <espalier/robust/perturbation.hpp>
#include <iostream>

int main() {
  for (const auto& kind : espalier::robust::catalogue()) std::cout << kind.name << '\n';
  const bool damaged = espalier::core::find(espalier::robust::catalogue(), "remove-links") != nullptr;
  return damaged ? 0 : 1;
}
