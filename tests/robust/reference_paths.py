#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Paths through every link of small layered graphs, walked by networkx; prints path_fixtures.txt.

    /usr/bin/python3 tests/robust/reference_paths.py > tests/robust/path_fixtures.txt

Per graph g and layer l: gNweightL, 1 where a link is (outputs x inputs), and gNpathsL, how many simple paths from any input to
any output of the whole graph run through it.
"""

import itertools

import networkx
import numpy as np

from reference_rows import show

WIDTHS = [(4, 5, 3), (6, 5, 4, 3), (5, 7, 7, 6, 4)]


def graph_of(links):
    graph = networkx.DiGraph()
    graph.add_nodes_from(["start", "end"])
    graph.add_edges_from(("start", (0, j)) for j in range(links[0].shape[1]))
    graph.add_edges_from(((len(links), k), "end") for k in range(links[-1].shape[0]))
    for level, W in enumerate(links):
        graph.add_edges_from(((level, j), (level + 1, k)) for k, j in zip(*np.nonzero(W)))
    return graph


def main():
    random = np.random.default_rng(20260225)
    for number, widths in enumerate(WIDTHS):
        links = [random.random((k, j)) < 0.5 for j, k in itertools.pairwise(widths)]
        paths = [np.zeros(W.shape, int) for W in links]
        for path in networkx.all_simple_paths(graph_of(links), "start", "end"):
            for (level, j), (_, k) in itertools.pairwise(path[1:-1]):
                paths[level][k, j] += 1
        for level, (W, through) in enumerate(zip(links, paths)):
            show(f"g{number}weight{level}", W)
            show(f"g{number}paths{level}", through)


if __name__ == "__main__":
    main()
