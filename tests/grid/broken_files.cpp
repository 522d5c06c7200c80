// SPDX-License-Identifier: BSD-3-Clause
#include "broken.hpp"

namespace espalier::grid::test {

std::vector<Broken> broken_files() {
  return {
      {"an empty file", "", "grid.yaml:1:1: the file is empty: a grid file starts with 'espalier: 1'"},
      {"comments alone", "# nothing\n", "grid.yaml:1:1: the file is empty: a grid file starts with 'espalier: 1'"},
      {"a word", "just text\n", "grid.yaml:1:1: a grid file is a map that starts with 'espalier: 1', given 'just text'"},
      {"a list", "- a\n", "grid.yaml:1:1: a grid file is a map that starts with 'espalier: 1', given a list"},
      {"a bracket that is not closed", "espalier: 1\nname: [a, b\nseed: 7\n",
       "grid.yaml:3:5: not valid YAML: end of sequence flow not found (missing ']')"},
      {"a brace that is not closed", "espalier: {a: 1\n",
       "grid.yaml:2:1: not valid YAML: end of map flow not found (missing '}')"},
      {"wrong indentation", "espalier: 1\n name: a\n",
       "grid.yaml:2:6: not valid YAML: illegal map value (a ':' where no new key can start: check the indentation)"},
      {"tabs", "espalier: 1\ngrid:\n\tdataset: mnist\n \tseed: 1\n",
       "grid.yaml:3:1: a tab at the start of a line; indent with spaces\n"
       "grid.yaml:4:2: a tab at the start of a line; indent with spaces"},
      {"a zero byte", std::string("espalier: 1\nname: a\0b\n", 21), "grid.yaml:2:8: byte 0x00 is not valid UTF-8 text"},
      {"text that is not UTF-8", "espalier: 1\nname: \377\n", "grid.yaml:2:7: byte 0xff is not valid UTF-8 text"},
      {"a second document", "espalier: 1\n---\nespalier: 1\n",
       "grid.yaml:2:1: a second document ('---') in the file; a file describes one experiment"},
      {"a key twice", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  seed: 1\n"),
       "grid.yaml:9:3: key 'seed' is given twice (first in line 8)"},
      {"a key that is a list", file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n", "? [a]\n: b\n"),
       "grid.yaml:9:3: a key must be a word, given a list"},
      {"missing sections", "espalier: 1\n",
       "grid.yaml:1:1: the file needs 'grid': the axes, such as dataset and topology\n"
       "grid.yaml:1:1: the file needs 'name': the name of the experiment\n"
       "grid.yaml:1:1: the file needs 'seed': a whole number, the master seed"},
      {"another version",
       "espalier: 2\nname: test\nseed: 7\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n",
       "grid.yaml:1:11: 'espalier' is the format version and must be 1, given 2"},
      {"a negative master seed",
       "espalier: 1\nname: test\nseed: -7\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n",
       "grid.yaml:3:7: 'seed' must be a whole number from 0 to 999999999999999999, given -7"},
      {"a master seed with a fraction",
       "espalier: 1\nname: test\nseed: 1.5\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n",
       "grid.yaml:3:7: 'seed' must be a whole number from 0 to 999999999999999999, given 1.5"},
      {"no name", "espalier: 1\nname: \nseed: 7\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n",
       "grid.yaml:2:1: 'name' must be one line of text, given nothing"},
  };
}

}  // namespace espalier::grid::test
