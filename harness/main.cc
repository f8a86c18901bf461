// SPDX-License-Identifier: MIT
#include "harness/command.h"

using namespace loopmark::harness;

namespace {

constexpr Command kCommands[] = {
    {"list", "List backends, cases, clauses, workloads, mutants or subjects", define_list},
    {"conform", "Run the conformance suite, each case on each backend in a process of its own",
     define_conform},
    {"clauses", "Show the contract with the verdicts of a run, or check it against the cases",
     define_clauses},
    {"bench", "Measure backends against bare loops, in interleaved rounds", define_bench},
    {"exact", "Count what an event takes: system calls, instructions, allocations", define_exact},
    {"plot", "Draw the graphs of a stored run of bench", define_plot},
    {"mutants", "Run the suite on reactors with a deliberate fault: which case catches which",
     define_mutants},
    {"faults", "Run the cases with one call failing, for each call and each error it may have",
     define_faults},
    {"programs",
     "Run random programs beside a model of the contract; what breaks it is shrunk to a few calls",
     define_programs},
    {"profile", "What will surprise: how libraries behave by themselves where they differ",
     define_profile},
    {"interleavings",
     "Try the orders in which threads can call and wake a loop, and call it a million times",
     define_interleavings},
    {"show", "Show a stored run, or one cell of it", define_show},
    {"compare", "What has changed between two stored runs", define_compare},
    {"baseline", "Give stored runs names", define_baseline},
    {"bless", "Keep a complete, valid run in results/blessed, where it stays as it is",
     define_bless},
    {"doctor", "Is this machine fit, what can it not control, and how large is its noise",
     define_doctor},
    {"run", "Conformance, a short benchmark, and the graphs, one after the other", define_run},
    {"trial", "Measure how far the harness's own verdicts can be trusted", define_trial},
};

}  // namespace

int main(int argc, char** argv) {
  return run_command_line(kCommands, argc, argv);
}
