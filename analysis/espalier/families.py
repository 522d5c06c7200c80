# SPDX-License-Identifier: BSD-3-Clause
"""What a kind of perturbation changes."""

from __future__ import annotations

# Kinds that change the network, and those that search for a change of the images; what is not named here changes images.
DAMAGE = {"remove-links", "remove-neurons", "shuffle-weights", "rewire-links", "weight-noise", "sign-flip", "quantise"}
ATTACKS = {"fgsm", "bim", "pgd", "mim", "deepfool", "fab", "apgd", "square", "cascade"}

# Kinds that do less at a higher level (bits that are left), so that no level is the network as it is.
WEAKER_WITH_LEVEL = {"quantise"}


def family(kind: str) -> str:
    return "damage" if kind in DAMAGE else "attacks" if kind in ATTACKS else "changed images"
