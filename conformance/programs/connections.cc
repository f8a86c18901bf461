// SPDX-License-Identifier: MIT
#include "conformance/programs/connections.h"

#include <chrono>
#include <thread>
#include <utility>

#include "conformance/programs/traffic.h"

namespace loopmark::conformance::programs {

Connections::Connections(Performance& performance, std::filesystem::path folder)
    : performance_(performance), folder_(std::move(folder)) {
  for (int i = 0; i < kConnections; ++i) current_.push_back(fresh(i));
}

std::shared_ptr<Connection> Connections::fresh(int number) {
  all_.push_back(
      std::make_shared<Connection>(performance_, number, folder_ / std::to_string(all_.size())));
  return all_.back();
}

void Connections::execute(const Action& action) {
  const bool is_of_a_side = is_of_side(action.kind);
  const int number = is_of_a_side ? action.first / 2 % kConnections : action.first % kConnections;
  std::shared_ptr<Connection>& current = current_[static_cast<std::size_t>(number)];
  if (action.kind == Action::Kind::kConnect) {
    if (current->model().has_begun()) current = fresh(number);
    return current->connect();
  }
  current->execute(action, action.first % 2 == 0 ? Who::kClient : Who::kServer);
}

void Connections::all_removed() {
  for (const auto& each : all_) each->model().all_removed();
}

void Connections::reactor_stops() {
  for (const auto& each : all_) each->model().reactor_stops();
}

std::optional<std::string> Connections::owed() const {
  for (const auto& each : all_) {
    if (auto owed = each->model().owed()) return owed;
  }
  return std::nullopt;
}

void Connections::compare_lists() const {
  const auto readers = performance_.reactor().get_readers();
  const auto writers = performance_.reactor().get_writers();
  for (const auto& each : all_) each->compare_lists(readers, writers);
}

bool Connections::await_kernel() const {
  bool waits_for_tcp = false;
  for (const auto& each : all_) {
    if (!each->is_over_tcp() || !each->model().owed()) continue;
    waits_for_tcp = true;
    if (!each->has_traffic()) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // of the kernel's time
    return true;
  }
  if (waits_for_tcp) await_loopback();
  return false;
}

}  // namespace loopmark::conformance::programs
