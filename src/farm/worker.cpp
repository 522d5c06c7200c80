// SPDX-License-Identifier: BSD-3-Clause
#include "farm/worker.hpp"

#include <deque>
#include <thread>

#include "espalier/core/failure.hpp"

namespace espalier::farm {

namespace {

constexpr int coordinator = 0;

/// What the coordinator has said so far.
struct Inbox {
  std::deque<std::size_t> jobs;  ///< not started yet
  bool stop = false;
  std::optional<Outcome> outcome;
};

bool receive(const boost::mpi::communicator& comm, Inbox& inbox) {
  bool heard = false;
  while (comm.iprobe(coordinator, to_worker)) {
    Message letter;
    comm.recv(coordinator, to_worker, letter);
    heard = true;
    if (static_cast<Say>(letter.say) == Say::run) inbox.jobs.push_back(letter.number);
    if (static_cast<Say>(letter.say) == Say::stop) inbox.stop = true;
    if (static_cast<Say>(letter.say) == Say::end) inbox.outcome = Outcome{letter.number, letter.flag != 0};
  }
  return heard;
}

Message run_one(const Work& work, std::size_t job) {
  if (work.stop != nullptr && work.stop->load()) return message(Say::returned, job);
  try {
    const Answer answer = work.run(job);
    return message(Say::done, job, !answer.done, answer.value);
  } catch (const core::Stopped&) {
    return message(Say::returned, job);
  }
}

}  // namespace

Outcome run_worker(const boost::mpi::communicator& comm, const Work& work) {
  Inbox inbox;
  Outbox outbox(comm);
  const auto tell = [&](const Message& letter) { outbox.send(coordinator, to_coordinator, letter); };
  for (bool left = false; !inbox.outcome;) {
    const bool heard = receive(comm, inbox);
    if (inbox.stop && !left) {
      inbox.jobs.clear();
      tell(message(Say::goodbye));
      left = true;
    }
    outbox.progress();
    if (!inbox.jobs.empty()) {
      const std::size_t job = inbox.jobs.front();
      inbox.jobs.pop_front();
      tell(run_one(work, job));
    } else if (!heard) {
      std::this_thread::sleep_for(nap);
    }
  }
  outbox.complete();
  return *inbox.outcome;
}

}  // namespace espalier::farm
