# SPDX-License-Identifier: BSD-3-Clause
# Boost.MPI as the target Boost::mpi. Debian builds it for Open MPI only. For another MPI (MPICH, Intel MPI, Cray MPI) either install a
# Boost.MPI that was built with it, or name the folder libs/mpi/src of Boost's sources: it is then compiled here.
set(ESPALIER_BOOST_MPI_SOURCES "" CACHE PATH "Folder libs/mpi/src of Boost's sources; empty: use the installed Boost.MPI")

if(NOT ESPALIER_BOOST_MPI_SOURCES)
  set(ESPALIER_BOOST_COMPONENTS "mpi serialization")
  find_package(Boost 1.74 REQUIRED COMPONENTS mpi serialization)
  return()
endif()
set(ESPALIER_BOOST_COMPONENTS "serialization")
find_package(Boost 1.74 REQUIRED COMPONENTS serialization)
file(GLOB boost_mpi_sources ${ESPALIER_BOOST_MPI_SOURCES}/*.cpp)
if(NOT boost_mpi_sources)
  message(FATAL_ERROR "ESPALIER_BOOST_MPI_SOURCES: no *.cpp in '${ESPALIER_BOOST_MPI_SOURCES}'; name the folder libs/mpi/src of Boost's sources")
endif()
add_library(boost_mpi STATIC ${boost_mpi_sources})
target_link_libraries(boost_mpi PUBLIC MPI::MPI_CXX Boost::serialization Boost::headers)
target_compile_options(boost_mpi PRIVATE -w)  # not our code
set_target_properties(boost_mpi PROPERTIES POSITION_INDEPENDENT_CODE ON)
add_library(Boost::mpi ALIAS boost_mpi)
install(TARGETS boost_mpi EXPORT espalier-targets)
