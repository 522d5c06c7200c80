// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/net/network.hpp"

namespace espalier::train {

/// A bipartite graph: outputs of each input and inputs of each output, all increasing.
struct Bipartite {
  std::vector<std::vector<std::uint32_t>> outputs;  ///< D lists
  std::vector<std::vector<std::uint32_t>> inputs;   ///< K lists
};

/// The links of `layer` without those flagged in `gone`.
Bipartite remaining(const net::SparseLayer& layer, const std::vector<bool>& gone);

/// An absent link and its score.
struct Candidate {
  double score = 0;
  std::uint64_t place = 0;  ///< j K + k
};

/// CH3-L3 scores (path form) of all absent links with a score above 0, by increasing place [Muscoloni, Michieli and
/// Cannistraci 2020; Zhang et al., ICLR 2024]. The score of an absent link (u, v) is the sum over the paths u - a - b - v of
/// 1 / sqrt((1 + e_a)(1 + e_b)); the local community of (u, v) are the nodes between u and v on any such path, and e_x is the
/// number of links of x that lead neither into the community nor to u or v. Time: the number of walks of three links.
std::vector<Candidate> path_scores(const Bipartite& graph);

}  // namespace espalier::train
