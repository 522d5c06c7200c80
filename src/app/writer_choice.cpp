#include "app/writer_choice.hpp"

#include <fmt/core.h>

namespace espalier::app {

using record::WrittenBy;

WriterChoice choose_writer(const std::string& said, const std::string& file, std::size_t hosts, const std::string& incoherent) {
  if (said == "coordinator") return {WrittenBy::coordinator};
  if (hosts < 2 || incoherent.empty()) return {WrittenBy::ranks};
  if (said == "ranks")
    return {WrittenBy::ranks,
            fmt::format("{}: lies on {}, where {} hosts that write see each other's rows late: what is lost by that is computed "
                        "again by the next run; --writer coordinator is the safe way",
                        file, incoherent, hosts)};
  return {WrittenBy::coordinator,
          fmt::format("{}: lies on {}, where {} hosts would see each other's rows late: rank 0 writes for all (--writer "
                      "coordinator)",
                      file, incoherent, hosts)};
}

}  // namespace espalier::app
