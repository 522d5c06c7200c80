# SPDX-License-Identifier: BSD-3-Clause
# Every third-party package. All come from Debian; the list of package names is in tests/packages.txt.
find_package(Threads REQUIRED)
find_package(MPI REQUIRED COMPONENTS CXX)
include(cmake/BoostMpi.cmake)
find_package(Eigen3 REQUIRED NO_MODULE)
if(Eigen3_VERSION VERSION_LESS 3.4)  # not as a request: the package of Eigen 5 accepts no request for 3.4
  message(FATAL_ERROR "Eigen 3.4 or newer is needed, found ${Eigen3_VERSION}")
endif()
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(hwy REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

set(HDF5_PREFER_PARALLEL ON)
if(CMAKE_VERSION VERSION_GREATER_EQUAL 4.3 AND NOT HDF5_ROOT AND NOT DEFINED ENV{HDF5_ROOT})
  # Its FindHDF5 expects the library to be called hdf5; Debian calls it by its MPI.
  find_library(HDF5_C_LIBRARY_hdf5 NAMES hdf5_openmpi hdf5_mpich)
endif()
find_package(HDF5 1.10.7 REQUIRED COMPONENTS C)
if(NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "HDF5 was found without MPI support; install libhdf5-openmpi-dev or set HDF5_ROOT to a parallel build")
endif()

# Random123 is headers alone and ships without CMake files.
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(Random123::headers INTERFACE IMPORTED)
target_include_directories(Random123::headers SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})

if(ESPALIER_TESTS)
  find_package(doctest REQUIRED)
endif()
if(ESPALIER_BENCH)
  find_package(benchmark REQUIRED)
endif()
