// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace espalier::net {

/// The instruction set that the kernels use on this machine: "AVX2", "AVX3" (Highway's name of AVX-512) or another of Highway's.
std::string instruction_set();

}  // namespace espalier::net
