// SPDX-License-Identifier: BSD-3-Clause
#include "app/agreed_start.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/mpi/collectives.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include "app/agree.hpp"
#include "app/console.hpp"
#include "app/provenance.hpp"
#include "app/writer_choice.hpp"

namespace espalier::app {
namespace {

namespace mpi = boost::mpi;

/// What the ranks say, each answer once, in order.
std::vector<std::string> all_answers(const mpi::communicator& world, const std::string& mine) {
  std::vector<std::string> answers;
  mpi::all_gather(world, mine, answers);
  std::ranges::sort(answers);
  answers.erase(std::ranges::unique(answers).begin(), answers.end());
  return answers;
}

}  // namespace

AgreedStart agreed_start(const Options& options, const mpi::communicator& world) {
  AgreedStart start;
  agree(world, [&] { start.experiment = prepare(options); });
  check_same(world, start.experiment.plan.hash, "expands the grid to another plan");
  std::string content;
  agree(world, [&] { content = content_of(start.experiment); });
  check_same(world, content, "reads other data");
  start.hosts = all_answers(world, host_name());
  start.run = this_run(fmt::format("{}", fmt::join(start.hosts, " ")), world.size(), content);
  check_same(world, fmt::format("{} {} {}", start.run.version, start.run.revision, start.run.flags),
             "runs another build of espalier");
  return start;
}

// The host that a file system belongs to sees it as its own disk, the others do not.
record::WrittenBy agreed_writer(const Options& options, const mpi::communicator& world, std::size_t hosts) {
  const std::string incoherent =
      all_answers(world, record::incoherent_file_system(options.file)).back();  // the rest sorts after ""
  const WriterChoice choice = choose_writer(options.writer, options.file, hosts, incoherent);
  if (world.rank() == 0 && !choice.remark.empty()) print_to(stderr, "{}\n", choice.remark);
  return choice.by;
}

}  // namespace espalier::app
