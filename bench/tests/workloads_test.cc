// SPDX-License-Identifier: MIT
#include "bench/workload_row.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "bench/arms.h"
#include "bench/tests/dropping_reactor.h"
#include "reactors/registry.h"

namespace loopmark::bench {
namespace {

/// One of a workload's scenarios.
struct Sample {
  const WorkloadRow* row;
  std::string_view parameters;

  friend std::ostream& operator<<(std::ostream& out, const Sample& sample) {
    return out << sample.row->name << " " << sample.parameters;
  }
};

// What gets no verdict is to be right all the same.
constexpr std::pair<std::string_view, std::string_view> kFurtherSamples[] = {
    {"fairness", "lights=15"},
    {"wake_up", "peer=thread"},
    {"pummel", "producers=3,depth=10"},
    {"open_loop", "load=50"},
    {"open_loop", "rate=20000,connections=16,plan=poisson"},
    {"long_tail", "rate=10000,connections=4,work=1000"},
    {"timer_churn", "work=fill,n=700"},
    {"timer_churn", "work=fill,n=701,cancelled=half"},
    {"timer_churn", "work=fill,n=700,cancelled=none"},
    {"fd_scaling", "fds=100,active=10,pair=eventfd"},
    {"timer_fire", "n=3000,deadlines=random"},
    {"fd_timeouts", "fds=100,active=1,pair=socketpair"},
    {"cascade", "pairs=10,setup=outside"},
    {"timer_lateness", "delay_us=1000,timers=100"},
    {"fairness", "lights=15,greedy=calls"},
    {"pump", "link=tcp,block=16384,connections=10,both=1"},
    {"connection_churn", "slots=4,close=fin"},
    {"call_soon", "chains=70"},
    {"call_soon", "chains=70,via=call_from_thread"},
};

std::vector<Sample> all_samples() {
  std::vector<Sample> samples;
  for (const WorkloadRow* row : workloads()) {
    for (const Scenario& scenario : row->scenarios) {
      if (scenario.judged) samples.push_back({row, scenario.parameters});
    }
  }
  for (const auto& [workload, parameters] : kFurtherSamples) {
    samples.push_back({&find_workload(workload), parameters});
  }
  return samples;
}

constexpr std::uint64_t kEvents = 3000;

std::uint64_t do_slot(Workload& workload, std::uint64_t events = kEvents) {
  SlotRecord record;
  return workload.slot(events, record);
}

class EveryWorkload : public testing::TestWithParam<Sample> {
 protected:
  std::unique_ptr<Workload> make(const Arm& arm) {
    const auto& [row, parameters] = GetParam();
    std::unique_ptr<Workload> workload = row->make(arm, parse_parameters(*row, parameters));
    workload->prepare();
    return workload;
  }

  static Arm dropping(unsigned every) {
    const auto count = std::make_shared<std::atomic<unsigned>>(0);
    return {.name = "dropping", .make_reactor = [every, count] {
              return std::make_unique<DroppingReactor>(make_reactor("epoll"), every,
                                                       DroppingReactor::Drops::kEvents, count);
            }};
  }
};

INSTANTIATE_TEST_SUITE_P(Scenarios, EveryWorkload, testing::ValuesIn(all_samples()),
                         [](const auto& test) {
                           std::string name = std::string(test.param.row->name) + "_";
                           for (const char c : test.param.parameters) {
                             name += std::isalnum(c) ? c : '_';
                           }
                           return name;
                         });

TEST_P(EveryWorkload, IsDoneRightByEachOfItsBareLoops) {
  for (const std::string_view name : GetParam().row->bare_arms) {
    try {
      const std::unique_ptr<Workload> workload = make({.name = std::string(name)});
      for (int slot = 0; slot < 3; ++slot) EXPECT_GE(do_slot(*workload), kEvents) << name;
      EXPECT_NO_THROW(workload->verify()) << name;
    } catch (const Refused& refusal) {
      const bool needs_none = GetParam().parameters.find("greedy=calls") == std::string_view::npos;
      // Select ends at descriptor 1023, and only epoll has a bare loop with timers.
      if (needs_none) {
        EXPECT_EQ(name, "bare/select") << refusal.what();
      } else {
        EXPECT_NE(name, "bare/epoll") << refusal.what();
      }
    }
  }
}

TEST_P(EveryWorkload, IsDoneRightByARightReactor) {
  const std::unique_ptr<Workload> workload = make(dropping(0));
  for (int slot = 0; slot < 3; ++slot) EXPECT_GE(do_slot(*workload), kEvents);
  EXPECT_NO_THROW(workload->verify());
}

TEST_P(EveryWorkload, FailsOnAReactorThatDropsOneEventInAThousand) {
  const std::unique_ptr<Workload> workload = make(dropping(1000));
  do_slot(*workload);
  EXPECT_THROW(workload->verify(), WorkIsWrong);
}

TEST_P(EveryWorkload, FailsForGoodOnceAnEventWasDropped) {
  const std::unique_ptr<Workload> workload = make(dropping(1200));
  do_slot(*workload);
  try {
    do_slot(*workload, 100);  // in which none is dropped
  } catch (const WorkIsWrong&) {
  }
  EXPECT_THROW(workload->verify(), WorkIsWrong);
}

TEST(PingPong, RecordsEachRoundTripOnce) {
  for (const char* parameters : {"loops=1", "loops=2", "loops=1,bytes=1000"}) {
    const WorkloadRow& row = find_workload("ping_pong");
    const auto workload = row.make({.name = "bare/epoll"}, parse_parameters(row, parameters));
    workload->prepare();
    harness::Histogram latency;
    SlotRecord record{.operation = &latency};
    EXPECT_EQ(workload->slot(1000, record), 1000u);
    EXPECT_EQ(latency.count(), 500u) << parameters;
    EXPECT_GT(latency.least(), 0u);
    do_slot(*workload, 1000);
    EXPECT_EQ(latency.count(), 500u) << "recorded though not asked to";
    EXPECT_NO_THROW(workload->verify());
  }
}

TEST(Parameters, ThatWouldChangeTheWorkSilentlyAreRefused) {
  const WorkloadRow& ring = find_workload("fd_scaling");
  const Arm arm{.name = "bare/epoll"};
  const auto make = [&](const WorkloadRow& row, const char* text) {
    row.make(arm, parse_parameters(row, text));
  };
  EXPECT_THROW(make(ring, "fds=10,active=11"), std::invalid_argument);
  EXPECT_THROW(make(ring, "fds=0"), std::invalid_argument);
  EXPECT_THROW(make(ring, "fds=1e3"), std::invalid_argument);
  EXPECT_THROW(make(ring, "fsd=10"), std::invalid_argument);
  EXPECT_THROW(make(ring, "pair=fifo"), std::invalid_argument);
  const WorkloadRow& ping = find_workload("ping_pong");
  EXPECT_THROW(make(ping, "loops=3"), std::invalid_argument);
  EXPECT_THROW(make(ping, "bytes=65537"), std::invalid_argument);
}

TEST(Parameters, UnknownNamesGetASuggestion) {
  try {
    parse_parameters(find_workload("fd_scaling"), "actve=3");
    FAIL() << "not refused";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'active'?"), std::string::npos);
  }
}

TEST(FdScaling, RefusesMoreDescriptorsThanTheLimit) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const WorkloadRow& row = find_workload("fd_scaling");
  const auto workload = row.make({.name = "bare/epoll"},
                                 parse_parameters(row, "fds=" + std::to_string(limit.rlim_max)));
  try {
    workload->prepare();
    FAIL() << "not refused";
  } catch (const Refused& refusal) {
    EXPECT_NE(std::string(refusal.what()).find(std::to_string(limit.rlim_max)), std::string::npos);
  }
}

}  // namespace
}  // namespace loopmark::bench
