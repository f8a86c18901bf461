// SPDX-License-Identifier: MIT
#include "harness/command.h"

using namespace loopmark::harness;

namespace {

constexpr Command kCommands[] = {
    {"list", "List backends, cases, clauses, workloads or mutants", define_list},
    {"bench", "Measure backends against bare loops, in interleaved rounds", define_bench},
    {"plot", "Draw the graphs of a stored run of bench", define_plot},
};

}  // namespace

int main(int argc, char** argv) {
  return run_command_line(kCommands, argc, argv);
}
