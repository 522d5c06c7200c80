# SPDX-License-Identifier: BSD-3-Clause
# cmake --install, and find_package(espalier COMPONENTS core robust) for programs that use the stages as libraries.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/espalier)

install(TARGETS espalier)
foreach(text IN ITEMS manual:espalier.1 completion:espalier.bash)
  string(REGEX MATCH "(.*):(.*)" _ ${text})
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/${CMAKE_MATCH_2} DEPENDS espalier VERBATIM
                     COMMAND $<TARGET_FILE:espalier> ${CMAKE_MATCH_1} > ${PROJECT_BINARY_DIR}/${CMAKE_MATCH_2})
endforeach()
add_custom_target(espalier_texts ALL DEPENDS ${PROJECT_BINARY_DIR}/espalier.1 ${PROJECT_BINARY_DIR}/espalier.bash)
install(FILES ${PROJECT_BINARY_DIR}/espalier.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_BINARY_DIR}/espalier.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME espalier)

# Where: cmake/Python.cmake.
if(python)
  install(DIRECTORY analysis/espalier DESTINATION ${ESPALIER_PYTHON_DIR} PATTERN __pycache__ EXCLUDE)
endif()

get_property(stages GLOBAL PROPERTY ESPALIER_STAGES)
install(TARGETS ${stages} EXPORT espalier-targets)
install(DIRECTORY include/espalier TYPE INCLUDE FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE TYPE DOC)

install(EXPORT espalier-targets NAMESPACE espalier:: DESTINATION ${package_dir})
configure_package_config_file(cmake/espalier-config.cmake.in espalier-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(espalier-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/espalier-config.cmake ${PROJECT_BINARY_DIR}/espalier-config-version.cmake
        DESTINATION ${package_dir})
