// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "espalier/net/network.hpp"

namespace espalier::robust {

/// Share of the output neurons that a path of links joins to an input. A weight of 0 in a dense layer does not count as a link.
double live_outputs(const net::Network& network);

/// Live links of the layers that damage acts on.
std::uint64_t live_links(const net::Network& network);

}  // namespace espalier::robust
