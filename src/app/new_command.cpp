// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <filesystem>
#include <ostream>
#include <string>

#include "app/commands.hpp"
#include "espalier/record/output.hpp"

namespace espalier::app {
namespace {

// 1: the question, 2: the name, 3: the axes perturbation and noise, 4: more sections.
constexpr const char* grid_text = R"(# Question: {0}
# The comment above becomes the question of the report. Next steps (plan, run on 4 ranks, draw figures and tables):
#   espalier plan {4}
#   mpirun -n 4 espalier run {4} -o {1}.h5
#   espalier report {1}.h5 -o {1}
# 'espalier kinds' lists all values; 'espalier kinds remove-links' lists the parameters of one of them.
espalier: 1                        # format version of the grid file
name: {1}
seed: 1                            # master seed; all random draws derive from it
grid:                              # the axes; their product gives the cells
  dataset: [fashion-mnist]         # or mnist, synthetic, or a folder or .npz file in --data DIR
  topology: [set, static, dense]   # rule that updates the sparse links between epochs
  sparsity: [0.9, 0.99]            # share of absent links in the hidden layers
  seed: {{from: 0, to: 4}}           # replicates: five networks of each kind
{2}exclude:
  - {{topology: dense, sparsity: 0.99}}   # dense has no sparsity; one value is enough
train: {{hidden: [1000, 1000, 1000], epochs: 20}}
{3}evaluate: {{images: 5000}}           # test images per cell
)";

struct Study {
  const char* question;
  const char* axes;
  const char* sections;
};

Study study_of(const std::string& name) {
  if (name == "damage")
    return {"Which topology withstands the random removal of links and neurons, and the permutation of weights?",
            R"(  perturbation:
    - {kind: none}                                             # the baseline
    - {kind: remove-links, order: [random, weakest], level: [0.1, 0.2, 0.4, 0.8]}   # share of the links
    - {kind: remove-neurons, level: [0.1, 0.2, 0.4]}           # share of the hidden neurons
    - {kind: shuffle-weights, level: [0.25, 0.5, 1.0]}         # share of the links that exchange weights
)",
            ""};
  if (name == "attacks")
    return {"Which topology withstands adversarial attacks?",
            R"(  perturbation:
    - {kind: none}                                             # the baseline
    - {kind: fgsm, level: [1/255, 4/255, 8/255]}               # radius in pixel values of [0, 1]
    - {kind: pgd, level: [4/255, 8/255], steps: 40, images: 1000}
    - {kind: cascade, level: 8/255, images: 500}               # the strongest attack; slow
)",
            ""};
  if (name == "corruptions")
    return {"Which topology withstands natural corruptions of the images?",
            R"(  perturbation:
    - {kind: none}                                             # the baseline
    - {kind: [brightness, motion-blur, shot-noise, fog], severity: [1, 3, 5]}   # severities of MNIST-C
    - {kind: rotate, level: [15, 30, 60]}                      # degrees
    - {kind: gaussian-noise, level: [0.1, 0.2, 0.4]}           # standard deviation in pixel values
)",
            ""};
  return {"Does noise with the covariance of one perturbation protect against this and other perturbations?",
          R"(  perturbation:
    - {kind: none}                                             # the baseline
    - {kind: pgd, level: 0.1, steps: 40, images: 1000}
    - {kind: rotate, level: 30}
  noise:
    - {structure: none, layer: 2, retrain_tail: true}          # the baseline: the same retraining without noise
    - structure: [isotropic, full]                             # without and with the fitted covariance
      source: [{kind: pgd, level: 0.1}, {kind: rotate, level: 30}]
      layer: 2                                                 # after the second hidden layer
      trace: [0.5, 2.0]                                        # noise variance per unit
      draws: 10                                                # draws per prediction
      retrain_tail: true                                       # retrain the layers above the noise
)",
          "tail: {epochs: 5}                  # retraining of the layers above the noise\n"};
}

}  // namespace

core::ExitCode new_command(const Options& options) {
  const bool to_file = !options.out.empty() && options.out != "-";
  if (to_file && std::filesystem::exists(options.out))
    throw core::UserError(fmt::format("{}: already exists; nothing was overwritten; use another file name", options.out));
  const Study study = study_of(options.study);
  record::write_output(to_file ? options.out : "-", [&](std::ostream& out) {
    out << fmt::format(grid_text, study.question, options.study, study.axes, study.sections, to_file ? options.out : "grid.yaml");
  });
  return core::ExitCode::done;
}

}  // namespace espalier::app
