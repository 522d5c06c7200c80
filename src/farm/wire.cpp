// SPDX-License-Identifier: BSD-3-Clause
#include "farm/wire.hpp"

#include <thread>

namespace espalier::farm {

void Outbox::send(int rank, int tag, const Message& message) {
  auto& letter = letters_.emplace_back(Letter{message, {}});
  letter.request = comm_.isend(rank, tag, letter.message);
}

void Outbox::progress() {
  letters_.remove_if([](Letter& letter) { return letter.request.test().has_value(); });
}

void Outbox::complete() {
  for (progress(); !letters_.empty(); progress()) std::this_thread::sleep_for(nap);
}

}  // namespace espalier::farm
