# SPDX-License-Identifier: BSD-3-Clause
# Installs BUILD into a temporary prefix, builds the consumer against it and runs it; then runs the installed program.
# cmake -DBUILD=... -DWORK=... -DGENERATOR=... -DFLAGS=... -P check.cmake
# FLAGS: what the consumer of a sanitized library must be compiled with.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "failed (${code}): ${line}\n${text}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK}/build
    -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_BUILD_TYPE=Release -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
    "-DCMAKE_CXX_FLAGS=${FLAGS}")
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
run(${WORK}/prefix/bin/espalier --version)
foreach(text IN ITEMS share/man/man1/espalier.1 share/bash-completion/completions/espalier)
  if(NOT EXISTS ${WORK}/prefix/${text})
    message(FATAL_ERROR "not installed: ${text}")
  endif()
endforeach()
file(GLOB package ${WORK}/prefix/lib/python3*/site-packages)
run(${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=${package} /usr/bin/python3 -m espalier report --help)
run(${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=${package} /usr/bin/python3 -c
    "from espalier.report.html import part; part('style.css'), part('touch.js'), part('page.html'), part('table.html')")

# The installed program runs the installed package: it is Python that says that the file is missing.
execute_process(COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${WORK}/prefix/bin/espalier report missing.h5 -o ${WORK}/report
                RESULT_VARIABLE code ERROR_VARIABLE text WORKING_DIRECTORY ${WORK})
if(NOT code EQUAL 2 OR NOT text MATCHES "missing.h5: there is no such file")
  message(FATAL_ERROR "the installed program does not run the report (${code}): ${text}")
endif()
