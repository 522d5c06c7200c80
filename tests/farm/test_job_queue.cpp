#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/farm/job_queue.hpp"
#include "farm/pace.hpp"

using espalier::core::Random;
using espalier::core::Stream;
using espalier::farm::JobQueue;
using espalier::farm::Task;

namespace {

std::vector<Task> random_tasks(Random& random) {
  std::vector<Task> tasks(1 + random.below(60));
  for (std::size_t job = 0; job < tasks.size(); ++job) {
    tasks[job].cost = random.uniform(0, 3);
    tasks[job].affinity = random.below(5);
    for (std::size_t need = 0; need < job; ++need)
      if (random.coin(0.08)) tasks[job].needs.push_back(need);
    tasks[job].finished = random.coin(0.15);
    tasks[job].alone = random.coin(0.1);
  }
  return tasks;
}

/// What a simulated farm saw.
struct Seen {
  std::vector<int> runs;  // per job
  bool early = false;     // a job was handed out before what it needs had ended
  bool company = false;   // a job that runs alone did not
  bool stuck = false;     // nothing runs, nothing is ready, not all is finished
  std::size_t given_back = 0;
};

bool needs_open(const std::vector<Task>& tasks, const std::vector<int>& runs, std::size_t job) {
  return std::ranges::any_of(tasks[job].needs, [&](auto need) { return !tasks[need].finished && runs[need] == 0; });
}

// Plays a farm with jobs that take random times and are now and then given back.
Seen simulate(const std::vector<Task>& tasks, std::size_t ranks, Random& random) {
  JobQueue queue(tasks);
  Seen seen{std::vector<int>(tasks.size(), 0)};
  std::vector<std::optional<std::size_t>> running(ranks);
  while (!queue.all_finished()) {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      if (running[rank]) continue;
      running[rank] = queue.take(static_cast<int>(rank));
      seen.early = seen.early || (running[rank] && needs_open(tasks, seen.runs, *running[rank]));
    }
    const bool lone = std::ranges::any_of(running, [&](const auto& job) { return job && tasks[*job].alone; });
    seen.company = seen.company || (lone && queue.running() > 1);
    if (queue.running() == 0) {
      seen.stuck = true;
      break;
    }
    auto& ends = running[random.below(ranks)];
    if (!ends) continue;
    if (random.coin(0.1)) {
      queue.give_back(*ends);
      ++seen.given_back;
    } else {
      ++seen.runs[*ends];
      queue.finish(*ends);
    }
    ends.reset();
  }
  return seen;
}

/// Plays a farm whose jobs take exactly their cost; gives back the end of every job (s).
std::vector<double> play(const std::vector<Task>& tasks, std::size_t ranks) {
  JobQueue queue(tasks);
  std::vector<std::optional<std::size_t>> running(ranks);
  std::vector<double> end(tasks.size(), 0);
  for (double now = 0; !queue.all_finished();) {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      if (running[rank]) continue;
      running[rank] = queue.take(static_cast<int>(rank));
      if (running[rank]) end[*running[rank]] = now + tasks[*running[rank]].cost;
    }
    const auto first = std::ranges::min_element(running, {}, [&](const auto& job) { return job ? end[*job] : 1e300; });
    now = end[**first];
    queue.finish(**first);
    first->reset();
  }
  return end;
}

/// Models whose training takes 5 to 50 s, each followed by up to 8 groups of cells of up to 2 s.
std::vector<Task> grid_like(std::size_t models, Random& random) {
  std::vector<Task> tasks;
  for (std::size_t model = 0; model < models; ++model) {
    const std::size_t training = tasks.size();
    tasks.push_back({random.uniform(5, 50), {}, model});
    for (auto groups = random.below(9); groups > 0; --groups) tasks.push_back({random.uniform(0.5, 2), {training}, model});
  }
  return tasks;
}

// By recursion over the definition: the cost of a job and of the longest chain that waits for it.
double chain_by_hand(const std::vector<Task>& tasks, std::size_t job) {
  double after = 0;
  for (std::size_t next = 0; next < tasks.size(); ++next)
    if (std::ranges::find(tasks[next].needs, job) != tasks[next].needs.end()) after = std::max(after, chain_by_hand(tasks, next));
  return after + (tasks[job].finished ? 0 : tasks[job].cost);
}

}  // namespace

TEST_CASE("in 500 random schedules every job runs exactly once, after what it needs, and nothing gets stuck") {
  const Stream stream(1, "test-job-queue");
  std::size_t given_back = 0;
  for (std::uint64_t schedule = 0; schedule < 500; ++schedule) {
    Random random = stream.random(schedule);
    const auto tasks = random_tasks(random);

    const Seen seen = simulate(tasks, 1 + random.below(8), random);

    given_back += seen.given_back;
    REQUIRE_FALSE(seen.stuck);
    REQUIRE_FALSE(seen.early);
    REQUIRE_FALSE(seen.company);
    for (std::size_t job = 0; job < tasks.size(); ++job) REQUIRE(seen.runs[job] == (tasks[job].finished ? 0 : 1));
  }
  CHECK(given_back > 100);  // the schedules did give jobs back
}

TEST_CASE("where there is little work for each rank the longest remaining chain goes out first") {
  constexpr int last_of_21_ranks = 20;
  const Stream stream(2, "test-job-queue");
  for (std::uint64_t schedule = 0; schedule < 50; ++schedule) {
    Random random = stream.random(schedule);
    auto tasks = random_tasks(random);
    tasks.resize(std::min<std::size_t>(tasks.size(), 12));
    for (std::size_t job = 0; job < tasks.size(); ++job) {
      tasks[job].affinity = job;
      tasks[job].alone = false;
    }
    JobQueue queue(tasks);

    std::vector<double> chains;
    while (const auto job = queue.take(last_of_21_ranks)) chains.push_back(chain_by_hand(tasks, *job));

    CHECK(std::ranges::is_sorted(chains, std::greater{}));
  }
}

TEST_CASE("a long training goes before short jobs that were listed first") {
  JobQueue queue({{1}, {1}, {5}, {1, {2}}});

  CHECK(queue.take(0) == 2);
  CHECK(queue.take(1) == 0);
  CHECK(queue.take(2) == 1);
  CHECK(queue.take(3) == std::nullopt);
  queue.finish(2);
  CHECK(queue.take(3) == 3);
}

TEST_CASE("a rank keeps its model while jobs of it are left that are about as urgent as the others") {
  std::vector<Task> tasks;  // each model's longest job takes 1 s; the others are shorter, least so those of the last model
  for (std::size_t model = 0; model < 3; ++model)
    for (int group = 0; group < 4; ++group) tasks.push_back({1 - (0.16 - 0.03 * static_cast<double>(model)) * group, {}, model});
  JobQueue queue(tasks);

  std::map<int, std::set<std::size_t>> models;
  for (int turn = 0; turn < 4; ++turn)
    for (int rank = 0; rank < 3; ++rank) {
      const auto job = queue.take(rank);
      REQUIRE(job);
      models[rank].insert(tasks[*job].affinity);
      queue.finish(*job);
    }

  std::size_t loads = 0;
  for (const auto& [rank, used] : models) loads += used.size();
  CHECK(queue.all_finished());
  CHECK(loads == 3);  // the longest jobs are of models 0, 1 and 2: one for each rank, which then keeps it
}

TEST_CASE("results come from the beginning: the first model's cells do not wait for the last training") {
  std::vector<Task> tasks;
  for (std::size_t model = 0; model < 20; ++model) {
    tasks.push_back({10, {}, model});
    for (int group = 0; group < 3; ++group) tasks.push_back({2, {model * 4}, model});
  }

  const auto end = play(tasks, 2);

  CHECK(end[3] == doctest::Approx(16));  // the first rank: one training and its three groups
}

TEST_CASE("results come from the beginning also where ranks take jobs in advance") {
  std::vector<Task> tasks;
  for (std::size_t model = 0; model < 50; ++model) {
    tasks.push_back({0.1, {}, model});
    tasks.push_back({0.05, {2 * model}, model});
  }
  JobQueue queue(tasks);
  std::size_t trainings = 0;

  auto running = queue.take(0);
  for (bool cells = false; !cells; ++trainings) {
    const auto in_advance = queue.take(0);
    queue.finish(*running);
    running = in_advance;
    cells = tasks[*running].needs.size() == 1;
  }

  CHECK(trainings == 2);
}

TEST_CASE("the farm ends at most 3 percent later than work divided by ranks, or the longest chain, would have it") {
  const Stream stream(3, "test-job-queue");
  double worst = 0;
  for (std::uint64_t schedule = 0; schedule < 200; ++schedule) {
    Random random = stream.random(schedule);
    const auto tasks = grid_like(30 + random.below(40), random);
    const std::size_t ranks = 1 + random.below(8);
    double work = 0, chain = 0;
    for (std::size_t job = 0; job < tasks.size(); ++job) {
      work += tasks[job].cost;
      chain = std::max(chain, chain_by_hand(tasks, job));
    }

    const double last = std::ranges::max(play(tasks, ranks));

    worst = std::max(worst, last / std::max(work / static_cast<double>(ranks), chain));
  }
  CHECK(worst < 1.03);  // the small jobs fill the gaps that the trainings leave
}

TEST_CASE("a model does not hold a rank back from a chain more than twice as long") {
  JobQueue queue({{1, {}, 7}, {1, {}, 7}, {3, {0}, 9}});

  CHECK(queue.take(0) == 0);
  queue.finish(0);
  CHECK(queue.take(0) == 2);
  CHECK(queue.take(0) == 1);
}

TEST_CASE("what is given back can be taken again, and counts as running only in between") {
  JobQueue queue({Task{1}});
  REQUIRE(queue.take(0) == 0);
  CHECK(queue.running() == 1);

  queue.give_back(0);

  CHECK(queue.running() == 0);
  CHECK_FALSE(queue.all_finished());
  CHECK(queue.take(1) == 0);
}

TEST_CASE("a job that runs alone waits for the others that can run, and while it runs nothing else starts") {
  JobQueue queue({{9, {}, 0, false, true}, {1}, {1, {0}}});

  CHECK(queue.take(0) == 1);
  CHECK(queue.take(1) == std::nullopt);
  queue.finish(1);
  CHECK(queue.take(1) == 0);
  CHECK(queue.take(0) == std::nullopt);
  queue.give_back(0);
  CHECK(queue.take(0) == 0);
  queue.finish(0);
  CHECK(queue.take(1) == 2);
}

TEST_CASE("jobs that do not fit are left, and the next best one is taken") {
  JobQueue queue({{9}, {5}, {1}});
  const auto short_enough = [](const Task& task) { return task.cost < 6; };

  CHECK(queue.take(0, short_enough) == 1);
  CHECK(queue.take(0, short_enough) == 2);
  CHECK(queue.take(0, short_enough) == std::nullopt);
  CHECK(queue.take(0) == 0);
}

TEST_CASE("what a kind of job will take is learnt from those that ended") {
  espalier::farm::Pace pace;
  CHECK(pace.expected(1, 10) == 10);

  pace.learn(1, 2, 1);
  pace.learn(1, 2, 5);

  CHECK(pace.expected(1, 10) == 15);
  CHECK(pace.expected(0, 10) == 10);
}

TEST_CASE("an empty list and a list of finished jobs are finished at once") {
  CHECK(JobQueue({}).all_finished());
  CHECK(JobQueue({{1, {}, 0, true}, {1, {0}, 0, true}}).all_finished());
}

TEST_CASE("jobs that wait in a circle, need a job that is not there, or end without running are refused") {
  CHECK_THROWS_AS(JobQueue({{1, {1}}, {1, {0}}}), std::invalid_argument);
  CHECK_THROWS_AS(JobQueue({Task{1, {0}}}), std::invalid_argument);
  CHECK_THROWS_AS(JobQueue({Task{1, {3}}}), std::invalid_argument);
  JobQueue queue({Task{1}});
  CHECK_THROWS_AS(queue.finish(0), std::logic_error);
  CHECK_THROWS_AS(queue.give_back(0), std::logic_error);
}
