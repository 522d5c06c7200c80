// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Include before anything of Highway. The kernels are compiled for AVX2 (the baseline, x86-64-v3) and AVX-512 and choose at run
// time. Without this Highway asks the baseline for AES and carry-less products too, which no kernel here uses.
#define HWY_DISABLE_PCLMUL_AES
// One AVX-512 is enough, and Highway 1.0.3 cannot have the later one (Ice Lake) as its baseline, as with -march=native.
#define HWY_DISABLED_TARGETS HWY_AVX3_DL
