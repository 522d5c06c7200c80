# SPDX-License-Identifier: BSD-3-Clause
# One static library per folder of src/: espalier_stage(net PUBLIC ... PRIVATE ...) makes espalier::net from src/net.
# Sources are globbed, so that a new perturbation is one new file and one line in its catalogue.
function(espalier_stage name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(espalier_${name} STATIC ${sources})
  add_library(espalier::${name} ALIAS espalier_${name})
  set_target_properties(espalier_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(espalier_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(espalier_${name} PUBLIC cxx_std_20)
  # Programs that use an installed stage must agree with it on the alignment of Eigen's matrices.
  target_compile_options(espalier_${name} PUBLIC $<INSTALL_INTERFACE:-march=${ESPALIER_ARCH}>)
  target_link_libraries(espalier_${name} ${ARGN} PRIVATE $<BUILD_INTERFACE:espalier_flags>)
  set_property(GLOBAL APPEND PROPERTY ESPALIER_STAGES espalier_${name})
endfunction()
