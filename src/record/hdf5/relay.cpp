// SPDX-License-Identifier: BSD-3-Clause
#include "record/hdf5/relay.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "record/hdf5/hdf5.hpp"

namespace espalier::record {
namespace {

enum class Ask : std::int32_t { read, write, leave };

/// What every request begins with; the bytes of a write follow.
struct Request {
  Ask ask = Ask::leave;
  char dataset[28] = {};
  std::uint64_t first = 0, count = 0, bytes = 0;
};

/// What every answer begins with: why it went wrong, empty when it did not. The bytes of a read follow.
struct Answer {
  char error[240] = {};
};

constexpr int server = 0, to_server = 1, to_asker = 2;

/// Bytes that a request carries at most, about: rank 0 has room for one of them beside its own work.
constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;

/// Waiting is polling with a nap: a blocked MPI call would burn the core that a rank computes on. Requests come in bursts, so
/// the naps are short for a while after each.
class Naps {
 public:
  void take() { std::this_thread::sleep_for(taken_++ < many ? brief : std::chrono::microseconds{1000}); }
  void again() { taken_ = 0; }

 private:
  static constexpr std::chrono::microseconds brief{20};
  static constexpr int many = 200;
  int taken_ = 0;
};

void wait(MPI_Request request) {
  Naps naps;
  for (int done = 0;; naps.take()) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
  }
}

void send(MPI_Comm comm, int rank, int tag, std::span<const std::byte> bytes) {
  MPI_Request request;
  MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, rank, tag, comm, &request);
  wait(request);
}

void receive(MPI_Comm comm, int rank, int tag, std::span<std::byte> bytes) {
  MPI_Request request;
  MPI_Irecv(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, rank, tag, comm, &request);
  wait(request);
}

template <typename Head>
std::span<const std::byte> view_of(const Head& head) {
  return std::as_bytes(std::span(&head, 1));
}

template <typename Head>
std::span<std::byte> room_of(Head& head) {
  return std::as_writable_bytes(std::span(&head, 1));
}

Request request(Ask ask, std::string_view dataset, std::uint64_t first, std::uint64_t count, std::uint64_t bytes) {
  Request out{.ask = ask, .first = first, .count = count, .bytes = bytes};
  dataset.copy(out.dataset, sizeof out.dataset - 1);
  return out;
}

const h5::Dataset& named(const char* path, const std::vector<const h5::Dataset*>& datasets) {
  const auto found = std::ranges::find_if(datasets, [&](const h5::Dataset* dataset) { return dataset->path() == path; });
  if (found == datasets.end()) throw std::logic_error(fmt::format("there is no dataset {}", path));
  return **found;
}

/// Does what rank `rank` asks for, and sends the answer. The bytes of a write are received whatever goes wrong.
void answer(MPI_Comm comm, int rank, const Request& asked, const std::vector<const h5::Dataset*>& datasets) {
  Answer out;
  std::vector<std::byte> bytes(asked.bytes);
  if (asked.ask == Ask::write) receive(comm, rank, to_server, bytes);
  try {
    const h5::Dataset& dataset = named(asked.dataset, datasets);
    if (asked.ask == Ask::write)
      dataset.write(asked.first, asked.count, bytes);
    else
      dataset.read(asked.first, asked.count, bytes);
  } catch (const std::exception& error) {
    std::string_view(error.what()).copy(out.error, sizeof out.error - 1);
  }
  send(comm, rank, to_asker, view_of(out));
  if (asked.ask == Ask::read && out.error[0] == '\0') send(comm, rank, to_asker, bytes);
}

void take_answer(MPI_Comm comm) {
  Answer answer;
  receive(comm, server, to_asker, room_of(answer));
  if (answer.error[0] != '\0') throw std::runtime_error(fmt::format("the rank that writes the results file: {}", answer.error));
}

/// Calls use(first row, count, bytes of them) for pieces of `bytes` that a request can carry.
template <typename Bytes, typename Use>
void in_pieces(std::uint64_t first, std::uint64_t count, Bytes bytes, const Use& use) {
  if (count == 0) return;
  const std::uint64_t row = bytes.size() / count, most = std::max<std::uint64_t>(1, most_bytes / std::max<std::uint64_t>(row, 1));
  for (std::uint64_t done = 0; done < count; done += most) {
    const std::uint64_t rows = std::min(most, count - done);
    use(first + done, rows, bytes.subspan(done * row, rows * row));
  }
}

}  // namespace

void Relay::read(std::string_view dataset, std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const {
  in_pieces(first, count, out, [&](std::uint64_t from, std::uint64_t rows, std::span<std::byte> piece) {
    send(comm_, server, to_server, view_of(request(Ask::read, dataset, from, rows, piece.size())));
    take_answer(comm_);
    receive(comm_, server, to_asker, piece);
  });
}

void Relay::write(std::string_view dataset, std::uint64_t first, std::uint64_t count, std::span<const std::byte> in) const {
  in_pieces(first, count, in, [&](std::uint64_t from, std::uint64_t rows, std::span<const std::byte> piece) {
    send(comm_, server, to_server, view_of(request(Ask::write, dataset, from, rows, piece.size())));
    send(comm_, server, to_server, piece);
    take_answer(comm_);
  });
}

void Relay::leave() const { send(comm_, server, to_server, view_of(request(Ask::leave, "", 0, 0, 0))); }

RelayService::RelayService(MPI_Comm comm, std::vector<const h5::Dataset*> datasets)
    : comm_(comm), datasets_(std::move(datasets)), thread_([this](const std::stop_token& over) { serve(over); }) {}

void RelayService::finish() { thread_.join(); }

void RelayService::serve(const std::stop_token& over) {
  int ranks = 0;
  MPI_Comm_size(comm_, &ranks);
  Naps naps;
  for (int left = 1; left < ranks && !over.stop_requested();) {
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, to_server, comm_, &there, &status);
    if (!there) {
      naps.take();
      continue;
    }
    naps.again();
    Request asked;
    receive(comm_, status.MPI_SOURCE, to_server, room_of(asked));
    if (asked.ask == Ask::leave)
      ++left;
    else
      answer(comm_, status.MPI_SOURCE, asked, datasets_);
  }
}

}  // namespace espalier::record
