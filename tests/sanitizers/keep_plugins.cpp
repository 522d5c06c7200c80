// SPDX-License-Identifier: BSD-3-Clause
// Open MPI unloads its plugins at the end, before the leak checker names what they left: their leaks could not be told from
// ours. Where the address sanitizer is on, nothing is unloaded.
extern "C" int dlclose(void* /*library*/) noexcept { return 0; }
