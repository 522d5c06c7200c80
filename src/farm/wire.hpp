// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/datatype.hpp>
#include <chrono>
#include <cstdint>
#include <list>

namespace espalier::farm {

/// What a message says. The coordinator sends run, stop and end; the workers answer with done, returned and goodbye.
enum class Say : std::int32_t {
  run,       ///< `number` is the job; it may be run once the one before has ended
  stop,      ///< start nothing more
  end,       ///< everybody said goodbye: `number` jobs failed, `flag` whether the farm was stopped
  done,      ///< job `number` ended, `flag` whether a row failed
  returned,  ///< the worker was asked to stop and did not run job `number`
  goodbye,   ///< the answer to stop: jobs not started are dropped
};

/// The only thing that crosses the wire: fixed size, so that no receive ever has to wait for a second part.
struct Message {
  std::int32_t say = 0;
  std::int32_t flag = 0;
  std::uint64_t number = 0;
  double value = 0;  ///< that a job came to

  template <typename Archive>
  void serialize(Archive& archive, unsigned) {
    archive& say& flag& number& value;
  }
};

inline Message message(Say say, std::uint64_t number = 0, bool flag = false, double value = 0) {
  return {static_cast<std::int32_t>(say), flag ? 1 : 0, number, value};
}

/// Rank 0's two threads share a communicator: each receives its own tag only.
inline constexpr int to_coordinator = 1;
inline constexpr int to_worker = 2;

/// How long a side sleeps before it looks again: a blocked MPI receive would burn a whole core.
inline constexpr std::chrono::microseconds nap{1000};

/// Messages on their way: keeps each one's memory and request until MPI is done with it.
class Outbox {
 public:
  explicit Outbox(const boost::mpi::communicator& comm) : comm_(comm) {}

  void send(int rank, int tag, const Message& message);
  /// Lets go of what has arrived.
  void progress();
  /// Waits, with naps, until everything has left.
  void complete();

 private:
  struct Letter {
    Message message;
    boost::mpi::request request;
  };

  const boost::mpi::communicator& comm_;
  std::list<Letter> letters_;
};

}  // namespace espalier::farm

namespace boost::mpi {

template <>
struct is_mpi_datatype<espalier::farm::Message> : mpl::true_ {};

}  // namespace boost::mpi
