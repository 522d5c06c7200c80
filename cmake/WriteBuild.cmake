# SPDX-License-Identifier: BSD-3-Clause
# Run at build time by Provenance.cmake.
execute_process(COMMAND git rev-parse --short=12 HEAD WORKING_DIRECTORY ${SOURCE}
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT revision)
  set(revision "unknown")
endif()
execute_process(COMMAND git status --porcelain --untracked-files=no -- src include cmake CMakeLists.txt WORKING_DIRECTORY ${SOURCE}
                OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(changes)
  string(APPEND revision "-dirty")
endif()
set(text "#pragma once
namespace espalier::build {
inline constexpr const char* version = \"${VERSION}\";
inline constexpr const char* revision = \"${revision}\";
inline constexpr const char* flags = \"${FLAGS}\";
inline constexpr const char* hdf5 = \"${HDF5}\";
inline constexpr const char* eigen = \"${EIGEN}\";
inline constexpr const char* boost = \"${BOOST}\";
}  // namespace espalier::build
")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT "${before}" STREQUAL "${text}")
  file(WRITE ${OUT} "${text}")
endif()
