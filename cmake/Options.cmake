# SPDX-License-Identifier: BSD-3-Clause
# What a user may choose, and the compiler flags that follow from it.
option(ESPALIER_TESTS "Build the tests" ON)
option(ESPALIER_BENCH "Build the benchmarks (needs Google Benchmark)" OFF)
option(ESPALIER_WERROR "Treat warnings as errors" OFF)
set(ESPALIER_ARCH "x86-64-v3" CACHE STRING
    "Instruction set of the build: one binary for a mixed cluster, or 'native' for this machine alone")
set(ESPALIER_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(ESPALIER_CCACHE ccache)
if(ESPALIER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ESPALIER_CCACHE})
endif()

# Warnings are for our own code only, so they are a target that only our own code links.
add_library(espalier_flags INTERFACE)
target_compile_options(espalier_flags INTERFACE
  -march=${ESPALIER_ARCH}
  -ffp-contract=off  # a*b+c is fused only where the code says so: the same bits from every compiler flag set
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  $<$<BOOL:${ESPALIER_WERROR}>:-Werror>)
if(ESPALIER_SANITIZE)
  add_compile_options(-fsanitize=${ESPALIER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ESPALIER_SANITIZE})
endif()
if(ESPALIER_SANITIZE MATCHES address)
  target_sources(espalier_flags INTERFACE
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${PROJECT_SOURCE_DIR}/tests/sanitizers/keep_plugins.cpp>)
endif()
