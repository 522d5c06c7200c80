# SPDX-License-Identifier: BSD-3-Clause
# Writes build/generated/espalier_build.hpp: what --version and the results file say of this build.
# The git revision is looked up at every build, so that it cannot be older than the binary.
set(ESPALIER_GENERATED ${PROJECT_BINARY_DIR}/generated)
string(TOUPPER "${CMAKE_BUILD_TYPE}" _type)
set(ESPALIER_FLAGS "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS_${_type}} -march=${ESPALIER_ARCH} ${ESPALIER_SANITIZE}")
string(STRIP "${ESPALIER_FLAGS}" ESPALIER_FLAGS)
add_custom_target(espalier_provenance
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUT=${ESPALIER_GENERATED}/espalier_build.hpp
          -DVERSION=${PROJECT_VERSION} "-DFLAGS=${ESPALIER_FLAGS}" "-DHDF5=${HDF5_VERSION}" "-DEIGEN=${Eigen3_VERSION}"
          "-DBOOST=${Boost_VERSION}" -P ${PROJECT_SOURCE_DIR}/cmake/WriteBuild.cmake
  BYPRODUCTS ${ESPALIER_GENERATED}/espalier_build.hpp VERBATIM)
