// SPDX-License-Identifier: BSD-3-Clause
#include "train/path_scores.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::train {
namespace {

/// Values over 0..n-1 of which few are set: knows which, so that clearing costs what was set.
template <typename T>
class Sparse {
 public:
  explicit Sparse(std::size_t n) : values_(n, T{}), set_(n, false) {}

  T& at(std::uint32_t i) {
    if (!set_[i]) {
      set_[i] = true;
      touched_.push_back(i);
    }
    return values_[i];
  }
  const std::vector<std::uint32_t>& touched() const { return touched_; }
  std::vector<std::uint32_t>& touched() { return touched_; }
  void clear() {
    for (const std::uint32_t i : touched_) {
      values_[i] = T{};
      set_[i] = false;
    }
    touched_.clear();
  }

 private:
  std::vector<T> values_;
  std::vector<bool> set_;
  std::vector<std::uint32_t> touched_;
};

/// Over the inputs b of one output a, for one output v: how many are inputs of v too, and the sum of 1 / sqrt(1 + e_b).
struct Shared {
  std::uint32_t inputs = 0;
  double weight = 0;
};

/// Scores of the absent links of one input u. For a on a path from u to v, the links of a into the community of (u, v) are
/// those to inputs of v, so that 1 + e_a = degree(a) - |inputs of both a and v|; likewise 1 + e_b for the other side.
class Scorer {
 public:
  explicit Scorer(const Bipartite& graph)
      : graph_(graph), common_(graph.outputs.size()), shared_(graph.inputs.size()), score_(graph.inputs.size()) {}

  void score(std::uint32_t u, std::vector<Candidate>& out) {
    for (const std::uint32_t a : graph_.outputs[u])
      for (const std::uint32_t b : graph_.inputs[a]) ++common_.at(b);
    for (const std::uint32_t a : graph_.outputs[u]) through(u, a);
    common_.clear();

    std::ranges::sort(score_.touched());
    for (const std::uint32_t v : score_.touched())
      if (!std::ranges::binary_search(graph_.outputs[u], v))
        out.push_back({score_.at(v), std::uint64_t{u} * graph_.inputs.size() + v});
    score_.clear();
  }

 private:
  void through(std::uint32_t u, std::uint32_t a) {
    for (const std::uint32_t b : graph_.inputs[a]) {
      if (b == u) continue;
      const auto outside = static_cast<double>(graph_.outputs[b].size() - common_.at(b));
      if (outside == 0) continue;  // all outputs of b are outputs of u: no absent link to reach
      for (const std::uint32_t v : graph_.outputs[b]) {
        Shared& shared = shared_.at(v);
        ++shared.inputs;
        shared.weight += 1 / std::sqrt(outside);
      }
    }
    for (const std::uint32_t v : shared_.touched()) {
      const Shared& shared = shared_.at(v);
      const auto outside = static_cast<double>(graph_.inputs[a].size()) - shared.inputs;
      if (outside > 0) score_.at(v) += shared.weight / std::sqrt(outside);
    }
    shared_.clear();
  }

  const Bipartite& graph_;
  Sparse<std::uint32_t> common_;  ///< per input b: outputs that it has in common with u
  Sparse<Shared> shared_;         ///< per output v
  Sparse<double> score_;          ///< per output v
};

}  // namespace

Bipartite remaining(const net::SparseLayer& layer, const std::vector<bool>& gone) {
  Bipartite graph{std::vector<std::vector<std::uint32_t>>(layer.inputs), std::vector<std::vector<std::uint32_t>>(layer.outputs)};
  for (std::uint32_t j = 0; j < layer.inputs; ++j) {
    for (std::uint32_t link = layer.start[j]; link < layer.start[j + 1]; ++link) {
      if (gone[link]) continue;
      graph.outputs[j].push_back(layer.target[link]);
      graph.inputs[layer.target[link]].push_back(j);
    }
  }
  return graph;
}

std::vector<Candidate> path_scores(const Bipartite& graph) {
  std::vector<Candidate> scores;
  Scorer scorer(graph);
  for (std::uint32_t u = 0; u < graph.outputs.size(); ++u) scorer.score(u, scores);
  return scores;
}

}  // namespace espalier::train
