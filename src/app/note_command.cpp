// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/provenance.hpp"
#include "espalier/core/utf8.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/notes.hpp"

namespace espalier::app {
namespace {

void check_text(const std::string& text) {
  const auto refuse = [](const std::string& given) {
    throw core::UserError(
        fmt::format("espalier note: TEXT must be one line of 1 to {} bytes, without control characters, in UTF-8; given {}",
                    record::most_note_bytes, given));
  };
  if (text.find_first_not_of(' ') == std::string::npos) refuse("no text");
  if (text.size() > record::most_note_bytes) refuse(fmt::format("{} bytes", text.size()));
  if (const std::string plain = core::one_line(text); plain != text) refuse(fmt::format("'{}'", plain));
}

}  // namespace

core::ExitCode note_command(const Options& options) {
  check_text(options.text);
  record::read_notes(options.file);  // a missing or foreign file gets no lock file
  const record::Lock lock = record::Lock::take(options.file);
  record::add_notes(options.file, {{now(), options.text}});
  print_to(stdout, "{}: note {} added\n", options.file, record::read_notes(options.file).size());
  return core::ExitCode::done;
}

}  // namespace espalier::app
