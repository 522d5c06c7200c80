// SPDX-License-Identifier: BSD-3-Clause
#include "broken.hpp"

namespace espalier::grid::test {

std::vector<Broken> broken_sections() {
  return {
      {"many mistakes in train",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n",
                 "train: {epochs: [1, 2], learning_rate: 0, optimizer: adm, hiden: 3}\n"),
       "grid.yaml:9:17: 'epochs' must be a whole number from 0 to 10000, given a list\n"
       "grid.yaml:9:40: 'learning_rate' must be a number from 1e-09 to 10, given 0\n"
       "grid.yaml:9:54: 'optimizer' must be one of adam, sgd, given 'adm' (did you mean 'adam'?)\n"
       "grid.yaml:9:59: 'hiden' is not a key of 'train' (did you mean 'hidden'?)"},
      {"a word among numbers",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "train: {hidden: [1000, many]}\n"),
       "grid.yaml:9:24: 'hidden' must be a list of numbers from 1 to 65536, given 'many' in the list"},
      {"no hidden layers", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "train: {hidden: []}\n"),
       "grid.yaml:9:17: 'hidden' is empty: give at least one value"},
      {"a topology's setting out of range",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "train: {rewire_fraction: 2}\n"),
       "grid.yaml:9:26: 'rewire_fraction' must be a number from 0 to 1, given 2"},
      {"sparsity in train",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "train: {sparsity: 0.5}\n"),
       "grid.yaml:9:9: 'sparsity' is not a key of 'train' (it is an axis of 'grid')"},
      {"a setting at the top",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "images: 200\ntrain: {images: 3}\n"),
       "grid.yaml:9:1: 'images' is not a key of a grid file (it belongs in 'evaluate')\n"
       "grid.yaml:10:9: 'images' is not a key of 'train' (it belongs in 'evaluate')"},
      {"train as a list", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "train: [epochs]\n"),
       "grid.yaml:9:8: 'train' must be a map of settings, given a list"},
      {"no images", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "evaluate: {images: 0}\n"),
       "grid.yaml:9:20: 'images' must be a whole number from 1 to 1000000, given 0"},
      {"a rule for an unknown axis",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "exclude: [{topolgy: set}]\n"),
       "grid.yaml:9:12: 'topolgy' is not an axis of 'grid' (did you mean 'topology'?)"},
      {"a rule for an unknown topology",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "exclude: [{topology: sets}]\n"),
       "grid.yaml:9:22: 'sets' is not a topology (did you mean 'set'?)"},
      {"an empty rule", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "exclude: [{}]\n"),
       "grid.yaml:9:11: a rule of 'exclude' must be a map of axis values, given an empty one"},
      {"a rule that leaves nothing",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "exclude: [{topology: set}]\n"),
       "grid.yaml:9:11: 'exclude' removes all cells"},
      {"a rule for an unknown parameter",
       file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n",
                 "exclude: [{perturbation: {kind: pgd, stps: 3}}]\n"),
       "grid.yaml:9:38: 'stps' is not a parameter of any perturbation of this rule (did you mean 'steps'?)"},
      {"a rule that is a word", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "exclude: all\n"),
       "grid.yaml:9:10: a rule of 'exclude' must be a map of axis values, given 'all'"},
      {"no rules", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "exclude: []\n"),
       "grid.yaml:9:10: 'exclude' is empty: give at least one value"},
      {"an alias without its anchor", file_with("  dataset: *x\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"),
       "grid.yaml:5:12: not valid YAML: the anchor of this alias (*) is not defined"},
      {"an alias in what it stands for", "a: &x [*x]\n", "grid.yaml:1:8: an alias (*) inside its own anchor never ends"},
      {"lists in lists without end", std::string(200, '['), "grid.yaml:1:17: lists and maps are nested more than 32 deep"},
      {"several mistakes",
       file_with("  dataset: [mnist, mnist]\n  topolgy: set\n  sparsity: [0.9, high]\n  seed: {from: 3, to: 1}\n",
                 "train: {epochs: -1}\nevalate: {}\n"),
       "grid.yaml:5:20: 'dataset' holds mnist twice (duplicate cells)\n"
       "grid.yaml:6:3: 'topolgy' is not a key of 'grid' (did you mean 'topology'?)\n"
       "grid.yaml:7:19: 'sparsity' must be a number from 0 to 0.999, given 'high'\n"
       "grid.yaml:8:9: the range from 3 to 1 is empty; 'from' must be at most 'to'\n"
       "grid.yaml:9:17: 'epochs' must be a whole number from 0 to 10000, given -1\n"
       "grid.yaml:10:1: 'evalate' is not a key of a grid file (did you mean 'evaluate'?)"},
  };
}

}  // namespace espalier::grid::test
