// SPDX-License-Identifier: BSD-3-Clause
#include "farm/coordinator.hpp"

#include <thread>

namespace espalier::farm {

namespace {

constexpr std::chrono::seconds report_every{1};

}  // namespace

Coordinator::Coordinator(const boost::mpi::communicator& comm, const std::vector<Task>& tasks, const Work& work)
    : comm_(comm),
      work_(work),
      dispatcher_(tasks, static_cast<std::size_t>(comm.size()), {work.seconds_left, work.max_failures}),
      outbox_(comm),
      began_(clock()) {}

void Coordinator::run() {
  observe();
  while (!dispatcher_.everyone_left()) {
    const bool heard = receive();
    if (work_.stop != nullptr && work_.stop->load()) dispatcher_.stop();
    if (!ending_ && dispatcher_.is_over()) {
      tell_all(message(Say::stop));
      ending_ = true;
    }
    if (!ending_) hand_out();
    outbox_.progress();
    if (std::chrono::steady_clock::now() >= next_report_) observe();
    if (!heard) std::this_thread::sleep_for(nap);
  }
  tell_all(message(Say::end, dispatcher_.failed(), dispatcher_.stopped()));
  outbox_.complete();
}

bool Coordinator::receive() {
  bool heard = false;
  while (const auto status = comm_.iprobe(boost::mpi::any_source, to_coordinator)) {
    Message letter;
    comm_.recv(status->source(), to_coordinator, letter);
    handle(static_cast<std::size_t>(status->source()), letter);
    heard = true;
  }
  return heard;
}

void Coordinator::handle(std::size_t rank, const Message& letter) {
  switch (static_cast<Say>(letter.say)) {
    case Say::goodbye:
      dispatcher_.left(rank);
      break;
    case Say::returned:
      dispatcher_.returned(rank, letter.number);
      break;
    default:  // done
      dispatcher_.done(rank, letter.number, letter.flag != 0, seconds());
      if (work_.release)
        for (const std::size_t job : work_.release(letter.number, letter.value)) dispatcher_.release(job);
      observe();
  }
}

void Coordinator::hand_out() {
  while (const auto given = dispatcher_.next(seconds()))
    outbox_.send(static_cast<int>(given->rank), to_worker, message(Say::run, given->job));
  dispatcher_.stop_without_time();
}

double Coordinator::clock() const {
  if (work_.clock) return work_.clock();
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Coordinator::seconds() const { return clock() - began_; }

void Coordinator::tell_all(const Message& letter) {
  for (int rank = 0; rank < comm_.size(); ++rank) outbox_.send(rank, to_worker, letter);
}

void Coordinator::observe() {
  next_report_ = std::chrono::steady_clock::now() + report_every;
  if (work_.observe) work_.observe(Progress{dispatcher_.ended(), dispatcher_.busy(), dispatcher_.failed()});
}

}  // namespace espalier::farm
