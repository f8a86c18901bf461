// SPDX-License-Identifier: MIT
#include "harness/bench_export.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/bench_table.h"
#include "harness/exact_table.h"
#include "harness/flags.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

/// Median and percentiles of durations in nanoseconds.
Json percentiles_of(const Histogram& histogram) {
  Json json{{"count", histogram.count()}};
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    json[fmt::format("p{:g}", q * 100)] = histogram.percentile(q);
  }
  json["max"] = histogram.most();
  return json;
}

/// How percentiles of slots compare with the baseline's, those that slots hold enough for.
Json percentile_ratios(const ScenarioResult& result, const ArmResult& arm,
                       const std::string& histogram) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    const auto found = result.percentile_ratio(arm, histogram, i);
    if (!found) continue;
    Json& ratio = json[fmt::format("p{:g}", 100 * kPercentiles[i])] = interval_json(found->ratio);
    ratio["of"] = found->of_launches ? "launches" : "slots";
  }
  return json;
}

/// The laws that a row breaks, with what was observed and expected.
Json flags_json(const std::vector<LawFinding>& flags) {
  Json json = Json::array();
  for (const LawFinding& each : flags)
    json.push_back({{"law", each.law}, {"observed", each.observed}, {"expected", each.expected}});
  return json;
}

/// "bare_rate=120000; planned_rate=60000": what a workload says of its slots.
std::string values_text(const ArmResult& arm) {
  std::string text;
  for (const auto& [name, values] : arm.values)
    text += fmt::format("{}{}={:.6g}", text.empty() ? "" : "; ", name, typical(values));
  return text;
}

/// "one way p50=5000 p99=9000 p99.9=12000": in nanoseconds.
std::string histograms_text(const ArmResult& arm) {
  std::string text;
  for (const auto& [name, histogram] : arm.histograms)
    text += fmt::format("{}{} p50={:.0f} p99={:.0f} p99.9={:.0f}", text.empty() ? "" : "; ", name,
                        histogram.percentile(0.5), histogram.percentile(0.99),
                        histogram.percentile(0.999));
  return text;
}

/// The columns from ns_p50 to not_measured.
std::string figures(const ScenarioResult& result, const ArmResult& arm) {
  if (!result.has_row(arm)) return std::string(13, ',') + csv_field(lost_text(arm));
  const Row row = result.row(arm);
  std::string latency = ",,";
  if (arm.latency.count() > 0) {
    latency = fmt::format("{:.0f},{:.0f},{:.0f}", arm.latency.percentile(0.5),
                          arm.latency.percentile(0.99), arm.latency.percentile(0.999));
  }
  return fmt::format("{:.2f},{:.2f},{:.2f},{:.5f},{:.5f},{:.5f},{:.5f},{:.5f},{:.5f},{},{},",
                     row.median, row.p10, row.p90, row.compared.value, row.compared.low,
                     row.compared.high, row.beside.value, row.beside.low, row.beside.high,
                     result.plan().judged ? verdict_text(result, row) : "", latency);
}

}  // namespace

Json bench_json(const std::vector<ScenarioResult>& results, const Origin& origin) {
  const Flags flags(check_laws(results));
  Json all = Json::array();
  for (const ScenarioResult& result : results) {
    const ScenarioPlan& plan = result.plan();
    for (const ArmResult& arm : result.arms()) {
      Json line{{"workload", plan.workload},
                {"parameters", plan.parameters},
                {"unit", plan.unit},
                {"arm", arm.plan.label},
                {"mechanism", arm.plan.mechanism},
                {"version", arm.plan.version},
                {"evidence", arm.evidence},
                {"rounds", arm.compared.size()},
                {"machine", origin.machine},
                {"command", origin.command},
                {"flags", flags_json(flags.of(result, arm))}};
      if (!result.has_row(arm)) {
        line["not_measured"] = lost_text(arm);
        all.push_back(std::move(line));
        continue;
      }
      const Row row = result.row(arm);
      line["ns"] = {{"p50", row.median}, {"p10", row.p10}, {"p90", row.p90}};
      const bool by_processor = plan.quantity == Quantity::kProcessorTime;
      line["quantity"] = word(plan.quantity);
      line[by_processor ? "cpu" : "wall"] = interval_json(row.compared);
      line[by_processor ? "wall" : "cpu"] = interval_json(row.beside);
      if (plan.judged) line["verdict"] = verdict_text(result, row);
      if (plan.judged && !row.doubt().empty()) line["doubt"] = row.doubt();
      line["correlation"] = {{"rounds", result.autocorrelation(arm)},
                             {"launches", row.launches.value}};
      if (arm.latency.count() > 0) {
        line["operation"] = plan.operation;
        line["latency_ns"] = percentiles_of(arm.latency);
        line["latency_ratios"] = percentile_ratios(result, arm, "");
      }
      for (const auto& [name, histogram] : arm.histograms) {
        line["histograms_ns"][name] = percentiles_of(histogram);
        line["histogram_ratios"][name] = percentile_ratios(result, arm, name);
      }
      for (const auto& [name, values] : arm.values) line["values"][name] = typical(values);
      for (const auto& [name, sum] : arm.usage) line["per_event"][name] = sum / arm.all_events;
      if (!arm.exact.is_null()) line["exact"] = arm.exact;
      all.push_back(std::move(line));
    }
  }
  return all;
}

std::string bench_csv(const std::vector<ScenarioResult>& results, const Origin& origin) {
  std::string text =
      "workload,parameters,arm,rounds,ns_p50,ns_p10,ns_p90,ratio,low,high,beside_ratio,beside_low,"
      "beside_high,verdict,operation_p50,operation_p99,operation_p99.9,not_measured,unit,mechanism,"
      "version,evidence,doubt,flags,quantity,values,histograms_ns,machine,command" +
      exact_csv_head() + "\n";
  const Flags flags(check_laws(results));
  for (const ScenarioResult& result : results) {
    const ScenarioPlan& plan = result.plan();
    for (const ArmResult& arm : result.arms()) {
      const bool has_row = result.has_row(arm);
      const bool doubted = plan.judged && has_row;
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}{}\n", plan.workload,
          csv_field(plan.parameters), arm.plan.label, arm.compared.size(), figures(result, arm),
          csv_field(plan.unit), csv_field(arm.plan.mechanism), csv_field(arm.plan.version),
          csv_field(arm.evidence), csv_field(doubted ? result.row(arm).doubt() : ""),
          csv_field(flags.names(result, arm)), csv_field(std::string(word(plan.quantity))),
          csv_field(has_row ? values_text(arm) : ""),
          csv_field(has_row ? histograms_text(arm) : ""), csv_field(origin.machine),
          csv_field(origin.command), exact_csv(arm));
    }
  }
  return text;
}

Json interval_json(const Ratio& ratio) {
  return {{"ratio", ratio.value}, {"low", ratio.low}, {"high", ratio.high}};
}

}  // namespace loopmark::harness
