// SPDX-License-Identifier: BSD-3-Clause
#include "app/program.hpp"

int main(int argc, char** argv) { return espalier::app::program(argc, argv); }
