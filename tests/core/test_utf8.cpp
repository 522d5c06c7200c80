// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/utf8.hpp"

#include <doctest/doctest.h>

namespace espalier::core {

TEST_CASE("one_line keeps text and replaces what a terminal would act on") {
  CHECK(one_line("\u03b1 = 0.5, 90 %, na\u00efve, \U0001F333") == "\u03b1 = 0.5, 90 %, na\u00efve, \U0001F333");
  CHECK(one_line("a\tb\nc\r") == "a b c ");
  CHECK(one_line("\x1b[2J\x7f") == "\ufffd[2J\ufffd");
  CHECK(one_line("\u009b31m") == "\ufffd31m");  // a control sequence in one character
  CHECK(one_line("\u202ea\u2066b\u200fc\u2028d") == "\ufffda\ufffdb\ufffdc\ufffdd");
}

TEST_CASE("one_line replaces each byte that is not UTF-8") {
  CHECK(one_line("a\xff\x80z") == "a\ufffd\ufffdz");
  CHECK(one_line("\xc0\xaf") == "\ufffd\ufffd");            // overlong
  CHECK(one_line("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");  // a surrogate
  CHECK(one_line("\xf0\x9f\x8c") == "\ufffd\ufffd\ufffd");  // cut off
  CHECK(one_line(std::string_view("\0", 1)) == "\ufffd");
}

}  // namespace espalier::core
