// SPDX-License-Identifier: BSD-3-Clause
#include "broken.hpp"

namespace espalier::grid::test {

std::vector<Broken> broken_choices() {
  return {
      {"a data set that is a path", file_with("  dataset: ../mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:5:12: 'dataset' must be a name of letters, digits, '-', '_' and '.', given '../mnist'"},
      {"a data set with a line break", file_with("  dataset: \"a\\nb\"\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:5:12: 'dataset' must be a name of letters, digits, '-', '_' and '.', given 'a\\x0ab'"},
      {"an unknown topology", file_with("  dataset: mnist\n  topology: sett\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:6:13: 'sett' is not a topology (did you mean 'set'?)"},
      {"a list in a list", file_with("  dataset: mnist\n  topology: [[set]]\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:6:14: an entry of 'topology' must be a name or a map {kind: ...}, given a list"},
      {"a topology twice",
       file_with("  dataset: mnist\n  topology: [set, {kind: set, rewire_fraction: 0.3}]\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:6:19: 'topology' holds 'set' with the same settings twice, first in line 6 (duplicate cells)"},
      {"sparsity in a topology",
       file_with("  dataset: mnist\n  topology: {kind: set, sparsity: 0.8}\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:6:25: 'sparsity' is not a parameter of 'set' (it is an axis of 'grid')"},
      {"an unknown perturbation",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: fgms\n"),
       "grid.yaml:9:17: 'fgms' is not a perturbation (did you mean 'fgsm'?)"},
      {"a perturbation far from all",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: wibble, level: 1}\n"),
       "grid.yaml:9:24: 'wibble' is not a perturbation (available: none, remove-links, shuffle-weights, fgsm, pgd, apgd, "
       "rotate)"},
      {"a perturbation without a kind",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {level: 1}\n"),
       "grid.yaml:9:17: this entry of 'perturbation' needs 'kind'"},
      {"a kind twice",
       file_with(
           "  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: [fgsm, fgsm], level: 1}\n"),
       "grid.yaml:9:31: 'fgsm' is given twice (duplicate cells)"},
      {"a missing level",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: [none, pgd]\n"),
       "grid.yaml:9:24: 'pgd' needs 'level': a number from 0 to 1"},
      {"another kind's parameter",
       file_with(
           "  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: fgsm, level: 0.1, steps: 3}\n"),
       "grid.yaml:9:42: 'steps' is not a parameter of 'fgsm' (it belongs to pgd)"},
      {"a parameter of no kind",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: [fgsm, rotate], level: "
                 "0.1, nrom: l2}\n"),
       "grid.yaml:9:52: 'nrom' is not a parameter of 'fgsm' or 'rotate' (did you mean 'norm'?)"},
      {"a parameter like none of theirs",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: [fgsm, pgd], level: "
                 "0.1, colour: 2}\n"),
       "grid.yaml:9:49: 'colour' is not a parameter of 'fgsm' or 'pgd' (their keys: kind, norm, level, images, steps, eot)"},
      {"a misspelled level",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: fgsm, levle: 0.1}\n"),
       "grid.yaml:9:30: 'levle' is not a parameter of 'fgsm' (did you mean 'level'?)"},
      {"neither of two ways to say the strength",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: rotate\n"),
       "grid.yaml:9:17: 'rotate' needs 'level' or 'severity': a number from 0 to 180, or a whole number from 1 to 5"},
      {"both of two ways to say the strength",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: rotate, level: [15, 30], "
                 "severity: 2}\n"),
       "grid.yaml:9:59: 'rotate' takes 'level' or 'severity', not both"},
      {"a slip in one of two ways to say the strength",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: rotate, severty: 2}\n"),
       "grid.yaml:9:32: 'severty' is not a parameter of 'rotate' (did you mean 'severity'?)"},
      {"an unknown choice",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: apgd, level: 0.1, loss: "
                 "dlrr}\n"),
       "grid.yaml:9:48: 'loss' must be one of ce, dlr, targeted-dlr, given 'dlrr' (did you mean 'dlr'?)"},
      {"a level that is empty",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: fgsm, level: []}\n"),
       "grid.yaml:9:37: 'level' is empty: give at least one value"},
      {"a map for a word",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: fgsm, level: 0.1, norm: "
                 "{a: 1}}\n"),
       "grid.yaml:9:48: 'norm' must be one of linf, l2, given a map"},
      {"a perturbation in two entries",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation:\n    - {kind: fgsm, level: "
                 "[0.1, 0.2]}\n    - {kind: fgsm, norm: linf, level: 0.2}\n"),
       "grid.yaml:11:7: 'perturbation' holds 'fgsm' with the same settings twice, first in line 10 (duplicate cells)"},
      {"a noise without its source",
       file_with(
           "  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: full, layer: 1, trace: 1}\n"),
       "grid.yaml:9:10: 'full' needs 'source': a perturbation or 'matched'"},
      {"a source without its level",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: full, layer: 1, trace: 1, "
                 "source: {kind: pgd}}\n"),
       "grid.yaml:9:56: 'pgd' needs 'level': a number from 0 to 1"},
      {"a source that does nothing",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: full, layer: 1, trace: 1, "
                 "source: none}\n"),
       "grid.yaml:9:56: 'source' must change something; 'none' does not"},
      {"a misspelled matched",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: full, layer: 1, trace: 1, "
                 "source: matchd}\n"),
       "grid.yaml:9:56: 'matchd' is not a perturbation (did you mean 'matched'?)"},
      {"a source twice",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: full, layer: 1, trace: 1, "
                 "source: [matched, matched]}\n"),
       "grid.yaml:9:66: 'source' holds 'matched' twice (duplicate cells)"},
      {"a layer that the network does not have",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: full, layer: 4, trace: 1, "
                 "source: matched}\n"),
       "grid.yaml:9:35: 'layer' must be a whole number from 1 to 3, given 4"},
      {"yes for true",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: none, retrain_tail: yes, "
                 "layer: 1}\n"),
       "grid.yaml:9:42: 'retrain_tail' must be true or false, given 'yes'"},
      {"kind for structure", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {kind: full}\n"),
       "grid.yaml:9:10: this entry of 'noise' needs 'structure' (not 'kind')"},
      {"a source that no structure of the entry uses",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: [none, isotropic], layer: "
                 "1, trace: 1, source: {kind: pgd, level: 0.1}}\n"),
       "grid.yaml:9:61: 'source' is not a parameter of 'none' or 'isotropic' (it belongs to diagonal, full, blend)"},
  };
}

}  // namespace espalier::grid::test
