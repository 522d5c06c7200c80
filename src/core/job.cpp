// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/job.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace espalier::core {
namespace {

/// Adds the jobs that make models, fits and tails; their numbers are 0.. in that order.
std::vector<Job> make_parts(const Plan& plan) {
  const std::size_t models = plan.models.size();
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < models; ++i) jobs.push_back({Work::train, i, {}, {}, plan.models[i].cost});
  for (std::size_t i = 0; i < plan.fits.size(); ++i) {
    jobs.push_back({Work::fit, i, {}, {plan.fits[i].model}, plan.fits[i].cost});
  }
  for (std::size_t i = 0; i < plan.tails.size(); ++i) {
    const TailSpec& tail = plan.tails[i];
    Job job{Work::retrain, i, {}, {tail.model}, tail.cost};
    if (tail.fit) job.needs.push_back(models + *tail.fit);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

/// An evaluate job without cells for cells like `cell`.
Job evaluate_job(const Plan& plan, const Cell& cell) {
  Job job{Work::evaluate, cell.model, {}, {cell.model}, 0};
  if (cell.fit) job.needs.push_back(plan.models.size() + *cell.fit);
  if (cell.tail) job.needs.push_back(plan.models.size() + plan.fits.size() + *cell.tail);
  return job;
}

using Rows = std::vector<std::size_t>;

/// Adds the jobs of cells that need the same model, fit and tail.
void add_group(std::vector<Job>& jobs, const Plan& plan, const Rows& rows, double seconds) {
  constexpr double share = 0.25;  // of the remaining work
  double left = 0;
  for (const std::size_t row : rows) left += plan.cells[row].cost;
  const auto most = [&] { return std::min(seconds, std::max(short_group, share * left)); };
  Job job = evaluate_job(plan, plan.cells[rows.front()]);
  double limit = most();
  for (const std::size_t row : rows) {
    const double cost = plan.cells[row].cost;
    if (!job.cells.empty() && job.cost + cost > limit) {
      left -= job.cost;
      limit = most();
      jobs.push_back(std::move(job));
      job = evaluate_job(plan, plan.cells[row]);
    }
    job.cells.push_back(row);
    job.cost += cost;
  }
  jobs.push_back(std::move(job));
}

}  // namespace

double longest_group(const Plan& plan, std::size_t ranks) {
  constexpr double jobs_per_second = 4000, jobs_per_rank = 10;
  double all = 0;
  for (const Cell& cell : plan.cells) all += cell.cost;
  const auto n = static_cast<double>(ranks);
  return std::max(short_group, std::min(n / jobs_per_second, all / (n * jobs_per_rank)));
}

std::vector<Job> make_jobs(const Plan& plan, double seconds) {
  using Group = std::tuple<std::size_t, std::optional<std::size_t>, std::optional<std::size_t>>;
  std::map<Group, Rows> groups;  // sorted: the list does not depend on the order of the cells' axes
  std::set<std::size_t> single;
  for (const SeedGroup& group : plan.groups)
    for (const auto* cells : {&group.cells, &group.against}) single.insert(cells->begin(), cells->end());
  for (std::size_t i = 0; i < plan.cells.size(); ++i)
    if (!single.contains(i)) groups[{plan.cells[i].model, plan.cells[i].fit, plan.cells[i].tail}].push_back(i);

  std::vector<Job> jobs = make_parts(plan);
  for (const auto& [group, rows] : groups) add_group(jobs, plan, rows, seconds);
  for (const std::size_t row : single) add_group(jobs, plan, {row}, seconds);
  return jobs;
}

}  // namespace espalier::core
