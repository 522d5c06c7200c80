#include "app/program.hpp"

int main(int argc, char** argv) { return espalier::app::program(argc, argv); }
