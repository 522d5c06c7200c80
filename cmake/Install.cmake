# make install, and find_package(espalier) for programs that use the stages as libraries.
