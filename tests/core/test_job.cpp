// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/job.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace espalier;
using core::Work;

namespace {

constexpr double seconds = 2;

core::Cell cell(std::size_t model, std::optional<std::size_t> fit, std::optional<std::size_t> tail, double cost) {
  core::Cell made;
  made.model = model;
  made.fit = fit;
  made.tail = tail;
  made.cost = cost;
  return made;
}

/// Two models, a fit of each, one tail on the fit of the second and one without a fit; cells of every group, mixed up.
core::Plan plan() {
  core::Plan made;
  made.models.resize(2);
  made.models[0].cost = 10;
  made.models[1].cost = 20;
  made.fits = {{.id = "f0", .model = 0, .source = {}, .layer = 1, .images = 0, .cost = 3},
               {.id = "f1", .model = 1, .source = {}, .layer = 2, .images = 0, .cost = 4}};
  made.tails = {{.id = "t0", .model = 1, .fit = 1, .noise = {}, .train = {}, .cost = 5},
                {.id = "t1", .model = 0, .fit = std::nullopt, .noise = {}, .train = {}, .cost = 6}};
  for (int i = 0; i < 7; ++i) {
    made.cells.push_back(cell(1, 1, 0, 0.9));
    made.cells.push_back(cell(0, std::nullopt, std::nullopt, 0.3));
    made.cells.push_back(cell(0, std::nullopt, 1, 0.1));
    made.cells.push_back(cell(0, 0, std::nullopt, 5));
  }
  return made;
}

std::vector<core::Job> of(const std::vector<core::Job>& jobs, Work work) {
  std::vector<core::Job> found;
  std::ranges::copy_if(jobs, std::back_inserter(found), [work](const core::Job& job) { return job.work == work; });
  return found;
}

}  // namespace

TEST_CASE("Jobs that make models, fits and tails come first, one each, with what they need") {
  const auto jobs = core::make_jobs(plan(), seconds);

  const std::vector<Work> order{Work::train, Work::train, Work::fit, Work::fit, Work::retrain, Work::retrain};
  REQUIRE(jobs.size() > order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    CHECK(jobs[i].work == order[i]);
    CHECK(jobs[i].item == i % 2);
    CHECK(jobs[i].cost == std::vector<double>{10, 20, 3, 4, 5, 6}[i]);
  }
  CHECK(jobs[1].needs.empty());
  CHECK(jobs[3].needs == std::vector<std::size_t>{1});
  CHECK(jobs[4].needs == std::vector<std::size_t>{1, 3});
  CHECK(jobs[5].needs == std::vector<std::size_t>{0});
}

TEST_CASE("Every cell is evaluated by exactly one job") {
  const core::Plan p = plan();

  std::multiset<std::size_t> cells;
  for (const auto& job : core::make_jobs(p, seconds)) cells.insert(job.cells.begin(), job.cells.end());

  std::multiset<std::size_t> all;
  for (std::size_t i = 0; i < p.cells.size(); ++i) all.insert(i);
  CHECK(cells == all);
}

TEST_CASE("An evaluate job holds cells of one model, fit and tail, and needs their jobs") {
  const core::Plan p = plan();

  for (const auto& job : of(core::make_jobs(p, seconds), Work::evaluate)) {
    std::vector<std::size_t> needs{job.item};
    const core::Cell& first = p.cells[job.cells.front()];
    if (first.fit) needs.push_back(2 + *first.fit);
    if (first.tail) needs.push_back(4 + *first.tail);

    CHECK(job.needs == needs);
    for (const auto row : job.cells) {
      CHECK(p.cells[row].model == job.item);
      CHECK(p.cells[row].fit == first.fit);
      CHECK(p.cells[row].tail == first.tail);
    }
  }
}

TEST_CASE("Evaluate jobs are cut so that none is predicted to be longer than asked, but for single cells") {
  const core::Plan p = plan();

  std::size_t long_cells = 0;
  for (const auto& job : of(core::make_jobs(p, seconds), Work::evaluate)) {
    double cost = 0;
    for (const auto row : job.cells) cost += p.cells[row].cost;
    CHECK(job.cost == doctest::Approx(cost));  // a sum of a few doubles
    CHECK((job.cells.size() == 1 || job.cost <= seconds));
    long_cells += job.cost > seconds ? 1 : 0;
  }

  CHECK(long_cells == 7);
}

TEST_CASE("Cells of a group share jobs as far as the seconds allow") {
  const auto evaluations = of(core::make_jobs(plan(), seconds), Work::evaluate);

  // 7 x 0.3 s: 6 and 1; 7 x 0.1 s: one; 7 x 5 s: seven; 7 x 0.9 s: 2, 2, 2 and 1
  CHECK(evaluations.size() == 2 + 1 + 7 + 4);
}

TEST_CASE("Long jobs take a quarter of what is left of their model, down to the length of a short job") {
  core::Plan p;
  p.models.resize(1);
  core::Cell cell;
  cell.cost = 1;
  p.cells.assign(64, cell);

  std::vector<std::size_t> sizes;
  for (const auto& job : core::make_jobs(p, 10)) sizes.push_back(job.cells.size());

  // after the training: 10 of 64, 54 and 44 left, then quarters of 34, 26, 20, 15, 12, 9, and pairs
  CHECK(sizes == std::vector<std::size_t>{0, 10, 10, 10, 8, 6, 5, 3, 3, 2, 2, 2, 2, 1});
}

TEST_CASE("Jobs are longer where ranks would end many thousand a second, as far as each rank has many of them") {
  core::Plan p;
  core::Cell cell;
  cell.cost = 1e8;
  p.cells.assign(1, cell);

  CHECK(core::longest_group(p, 1) == core::short_group);
  CHECK(core::longest_group(p, 8000) == core::short_group);
  CHECK(core::longest_group(p, 100'000) == 25);
  p.cells.front().cost = 8e6;  // 80 s for each rank
  CHECK(core::longest_group(p, 100'000) == 8);
}

TEST_CASE("Every job comes after the jobs that it needs") {
  const auto jobs = core::make_jobs(plan(), seconds);

  for (std::size_t i = 0; i < jobs.size(); ++i)
    for (const auto need : jobs[i].needs) CHECK(need < i);
}

TEST_CASE("A plan without cells has no evaluate jobs, and an empty plan no jobs") {
  core::Plan p = plan();
  p.cells.clear();

  CHECK(core::make_jobs(p, seconds).size() == 6);
  CHECK(core::make_jobs(core::Plan{}, seconds).empty());
}

TEST_CASE("A cell that until decides on has a job of its own") {
  core::Plan made = plan();
  made.groups = {{{1, 5}, {}}};

  const auto jobs = of(core::make_jobs(made, seconds), Work::evaluate);

  for (const std::size_t cell : {1, 5}) CHECK(std::ranges::count(jobs, std::vector<std::size_t>{cell}, &core::Job::cells) == 1);
  CHECK(std::ranges::any_of(jobs, [](const core::Job& job) { return job.cells.size() > 1; }));
}
