// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/results.hpp"

namespace espalier::core {

std::string_view text(Status status) {
  switch (status) {
    case Status::to_do:
      return "to do";
    case Status::started:
      return "started";
    case Status::done:
      return "done";
    case Status::failed:
      return "failed";
    case Status::not_needed:
      return "not needed";
  }
  return "unknown";
}

std::string_view text(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::exception:
      return "exception";
    case Reason::not_finite:
      return "not finite";
    case Reason::time_limit:
      return "time limit";
    case Reason::out_of_memory:
      return "out of memory";
    case Reason::crashed:
      return "crashed";
    case Reason::needs_failed:
      return "dependency failed";
  }
  return "unknown";
}

}  // namespace espalier::core
