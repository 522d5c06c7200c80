// SPDX-License-Identifier: BSD-3-Clause
#include "farm/coordinator.hpp"

#include <algorithm>
#include <thread>

namespace espalier::farm {

namespace {

// A rank gets its next job in advance only while it runs one that is predicted to be this short (seconds). For longer jobs the
// millisecond between two jobs does not show, and a job promised to a busy rank could have started on an idle one.
constexpr double short_job = 0.2;

constexpr std::chrono::seconds report_every{1};

// Jobs that take somewhat longer than those before must fit too.
constexpr double caution = 1.25;

}  // namespace

Coordinator::Coordinator(const boost::mpi::communicator& comm, const std::vector<Task>& tasks, const Work& work)
    : comm_(comm),
      work_(work),
      queue_(tasks),
      outbox_(comm),
      held_(static_cast<std::size_t>(comm.size())),
      busy_since_(held_.size(), 0),
      began_(clock()) {}

void Coordinator::run() {
  observe();
  while (goodbyes_ < comm_.size()) {
    const bool heard = receive();
    stop_ = stop_ || (work_.stop != nullptr && work_.stop->load());
    if (!ending_ && (stop_ || too_many_failed() || queue_.all_finished())) {
      tell_all(message(Say::stop));
      ending_ = true;
    }
    if (!ending_) hand_out();
    stop_ = stop_ || out_of_time();
    outbox_.progress();
    if (std::chrono::steady_clock::now() >= next_report_) observe();
    if (!heard) std::this_thread::sleep_for(nap);
  }
  tell_all(message(Say::end, failed_, stop_ && !queue_.all_finished()));
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
    case Say::goodbye:  // what it still had in advance was not run
      for (const std::size_t job : held_[rank]) queue_.give_back(job);
      held_[rank].clear();
      ++goodbyes_;
      break;
    case Say::returned:
      std::erase(held_[rank], letter.number);
      queue_.give_back(letter.number);
      stop_ = true;
      break;
    default:  // done
      learn(rank, letter.number);
      std::erase(held_[rank], letter.number);
      queue_.finish(letter.number);
      ended_.push_back(letter.number);
      failed_ += letter.flag != 0 ? 1 : 0;
      observe();
  }
}

bool Coordinator::too_many_failed() const { return work_.max_failures != 0 && failed_ >= work_.max_failures; }

// Idle ranks first, then those that will soon be idle.
void Coordinator::hand_out() {
  for (const std::size_t depth : {0U, 1U}) {
    for (std::size_t rank = 0; rank < held_.size(); ++rank) {
      if (held_[rank].size() != depth || !may_take(held_[rank])) continue;
      const auto job = queue_.take(static_cast<int>(rank), [this](const Task& task) { return fits(task); });
      if (!job) return;
      if (held_[rank].empty()) busy_since_[rank] = seconds();
      held_[rank].push_back(*job);
      outbox_.send(static_cast<int>(rank), to_worker, message(Say::run, *job));
    }
  }
}

bool Coordinator::may_take(const std::vector<std::size_t>& held) const {
  return held.empty() || queue_.task(held.front()).cost <= short_job;
}

double Coordinator::clock() const {
  if (work_.clock) return work_.clock();
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Coordinator::seconds() const { return clock() - began_; }

bool Coordinator::fits(const Task& task) const {
  return work_.seconds_left <= 0 || seconds() + caution * pace_.expected(task.kind, task.first) <= work_.seconds_left;
}

/// Nothing runs and nothing that is left would end in time.
bool Coordinator::out_of_time() const { return work_.seconds_left > 0 && queue_.running() == 0 && !queue_.all_finished(); }

void Coordinator::learn(std::size_t rank, std::size_t job) {
  const double time = seconds();
  pace_.learn(queue_.task(job).kind, queue_.task(job).cost, time - busy_since_[rank]);
  busy_since_[rank] = time;
}

void Coordinator::tell_all(const Message& letter) {
  for (int rank = 0; rank < comm_.size(); ++rank) outbox_.send(rank, to_worker, letter);
}

void Coordinator::observe() {
  next_report_ = std::chrono::steady_clock::now() + report_every;
  if (!work_.observe) return;
  const auto busy = std::count_if(held_.begin(), held_.end(), [](const auto& jobs) { return !jobs.empty(); });
  work_.observe(Progress{ended_, static_cast<std::size_t>(busy), failed_});
}

}  // namespace espalier::farm
