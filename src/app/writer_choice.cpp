// SPDX-License-Identifier: BSD-3-Clause
#include "app/writer_choice.hpp"

#include <fmt/core.h>

namespace espalier::app {

using record::WrittenBy;

WriterChoice choose_writer(const std::string& said, const std::string& file, std::size_t hosts, const std::string& incoherent) {
  if (said == "coordinator") return {WrittenBy::coordinator};
  const WrittenBy by = said == "hosts" ? WrittenBy::hosts : WrittenBy::ranks;
  if (hosts < 2 || incoherent.empty()) return {by};
  if (!said.empty())
    return {by,
            fmt::format("{}: is on {}, where {} hosts see each other's writes late; the next run computes lost rows "
                        "again; use --writer coordinator to avoid this",
                        file, incoherent, hosts)};
  return {WrittenBy::coordinator,
          fmt::format("{}: is on {}, where {} hosts see each other's writes late; rank 0 writes all rows (--writer "
                      "coordinator)",
                      file, incoherent, hosts)};
}

}  // namespace espalier::app
