// SPDX-License-Identifier: MIT
//
// Notes.
//
// a) Who calls is told by the return address. The ranges of addresses are settled before the first strike, in static
//    memory: strike() runs in signal handlers and below operator new.
// b) Libraries are numbered by the dynamic linker in the order in which they were loaded.
// c) Whose a thread's work is, is told by its frames. Passed over are those of code that works for whoever has called it, and
//    what that has called, unless it calls others, too (virtual_clock.h); and weak functions of the worker's: of a template that
//    both have made, both use this copy.
#include "conformance/faults.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <ucontext.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>

#include "conformance/virtual_clock.h"

// By the linker: where the code of these sections begins and ends.
extern "C" const char __start_loopmark_for_caller[], __stop_loopmark_for_caller[];
extern "C" const char __start_loopmark_between[] __attribute__((weak));
extern "C" const char __stop_loopmark_between[] __attribute__((weak));

namespace loopmark::conformance::faults {
namespace {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  bool holds(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    return begin <= at && at < end;
  }
};

Range section(const char* begin, const char* end) {
  return {reinterpret_cast<std::uintptr_t>(begin), reinterpret_cast<std::uintptr_t>(end)};
}

struct Record {
  Call call;
  Errors errors;
  unsigned number;
};

constexpr std::size_t kMostRanges = 32;
constexpr std::size_t kMostRecords = 60'000;

std::size_t loaded_at_start = 0;
std::array<Range, kMostRanges> backend_code;
std::size_t backend_ranges = 0;
Range cxx_library;
Range unwinder;
Range worker_code;
const Range code_for_caller = section(__start_loopmark_for_caller, __stop_loopmark_for_caller);
const Range code_between = section(__start_loopmark_between, __stop_loopmark_between);

std::atomic<bool> armed = false;
std::atomic<bool> was_struck = false;
const Fault* wanted = nullptr;
std::array<std::atomic<unsigned>, static_cast<std::size_t>(Call::kCount)> counts;
std::array<Record, kMostRecords> records;
std::atomic<std::size_t> record_count = 0;

Range range_of(const dl_phdr_info& library) {
  Range range{UINTPTR_MAX, 0};
  for (int i = 0; i < library.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = library.dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    range.begin = std::min<std::uintptr_t>(range.begin, library.dlpi_addr + part.p_vaddr);
    range.end =
        std::max<std::uintptr_t>(range.end, library.dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  return range;
}

int count_library(dl_phdr_info*, std::size_t, void* count) {
  ++*static_cast<std::size_t*>(count);
  return 0;
}

int note_library(dl_phdr_info* library, std::size_t, void* count) {
  const std::size_t number = (*static_cast<std::size_t*>(count))++;
  const std::string_view name = library->dlpi_name;
  if (number == 0) worker_code = range_of(*library);
  if (name.find("/libstdc++.so") != name.npos) cxx_library = range_of(*library);
  if (name.find("/libgcc_s.so") != name.npos) unwinder = range_of(*library);
  const bool ours = name.find("/libloopmark.so") != name.npos;
  if ((ours || number >= loaded_at_start) && backend_ranges < kMostRanges)
    backend_code[backend_ranges++] = range_of(*library);
  return 0;
}

/// Looks for the first frame above the C++ library's.
struct Walk {
  bool is_inside = false;
  const void* found = nullptr;
};

_Unwind_Reason_Code look_at_frame(_Unwind_Context* frame, void* data) {
  Walk& walk = *static_cast<Walk*>(data);
  const auto* const address = reinterpret_cast<const void*>(_Unwind_GetIP(frame));
  if (cxx_library.holds(address)) {
    walk.is_inside = true;
  } else if (walk.is_inside) {
    walk.found = address;
    return _URC_END_OF_STACK;
  }
  return _URC_NO_REASON;
}

/// The first frame outside of it, which is known to be among those above.
const void* behind_cxx_library() noexcept {
  Walk walk;
  _Unwind_Backtrace(look_at_frame, &walk);
  return walk.found;
}

bool is_backend(const void* address) noexcept {
  return std::any_of(backend_code.begin(), backend_code.begin() + backend_ranges,
                     [address](const Range& range) { return range.holds(address); });
}

bool is_passed_over(const void* address) {
  if (code_between.holds(address)) return true;
  Dl_info info;
  ElfW(Sym)* symbol = nullptr;
  return worker_code.holds(address) &&
         ::dladdr1(address, &info, reinterpret_cast<void**>(&symbol), RTLD_DL_SYMENT) != 0 &&
         symbol != nullptr && ELF64_ST_BIND(symbol->st_info) == STB_WEAK;
}

/// Looks for the first frame, or the last one, that is the worker's or the backend's (note c).
struct Search {
  const void* begin;  // where to begin
  bool is_for_last;
  bool has_begun = false;
  bool has_found = false;
  bool is_worker = false;
};

_Unwind_Reason_Code search_frame(_Unwind_Context* frame, void* data) {
  Search& search = *static_cast<Search*>(data);
  const auto* const address = reinterpret_cast<const void*>(_Unwind_GetIP(frame));
  search.has_begun |= address == search.begin;
  if (!search.has_begun) return _URC_NO_REASON;
  if (code_for_caller.holds(address)) {
    search.has_found = search.is_worker = false;
  } else if ((worker_code.holds(address) || is_backend(address)) && !is_passed_over(address) &&
             (search.is_for_last || !search.has_found)) {
    search.has_found = true;
    search.is_worker = worker_code.holds(address);
  }
  return _URC_NO_REASON;
}

}  // namespace

void remember_loaded() {
  loaded_at_start = 0;
  ::dl_iterate_phdr(count_library, &loaded_at_start);
}

void arm(const Fault* fault) {
  std::size_t count = 0;
  backend_ranges = 0;
  ::dl_iterate_phdr(note_library, &count);
  ::pthread_atfork(nullptr, nullptr, disarm);
  wanted = fault;
  armed = true;
}

void disarm() {
  armed = false;
}

std::vector<Counted> counted() {
  std::vector<Counted> all;
  std::array<std::size_t, static_cast<std::size_t>(Call::kCount)> last{};  // index + 1
  const std::size_t count = std::min(record_count.load(), kMostRecords);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [call, errors, number] = records[i];
    std::size_t& index = last[static_cast<std::size_t>(call)];
    if (index > 0 && all[index - 1].errors == errors && all[index - 1].to + 1 == number) {
      all[index - 1].to = number;
    } else {
      all.push_back({call, errors, number, number});
      index = all.size();
    }
  }
  return all;
}

bool struck() {
  return was_struck;
}

bool is_armed() noexcept {
  return armed.load(std::memory_order_acquire);
}

bool considers(const void* caller) noexcept {
  return is_armed() && is_backend(caller);
}

bool was_in_worker(const void* signal_context) noexcept {
  const auto* const context = static_cast<const ucontext_t*>(signal_context);
  Search search{reinterpret_cast<const void*>(context->uc_mcontext.gregs[REG_RIP]), false};
  _Unwind_Backtrace(search_frame, &search);
  return search.is_worker;
}

bool is_ended_by_worker(bool has_thrown) noexcept {
  Search search{behind_cxx_library(), has_thrown};
  // The exception has met a function that lets none out: which one is not known, and it may be the backend's.
  if (has_thrown && unwinder.holds(search.begin)) return false;
  _Unwind_Backtrace(search_frame, &search);
  return search.is_worker;
}

bool is_worker(const void* caller) noexcept {
  return worker_code.holds(caller);
}

int strike(Call call, const void* caller, Errors plausible) noexcept {
  if (plausible.empty() || !considers(caller)) return kNone;
  const unsigned number = ++counts[static_cast<std::size_t>(call)];
  if (wanted == nullptr) {
    const std::size_t index = record_count++;
    if (index < kMostRecords) records[index] = {call, plausible, number};
    return kNone;
  }
  if (wanted->call != call || wanted->number != number || !plausible.has(wanted->error))
    return kNone;
  was_struck = true;
  return wanted->error;
}

const void* behind_cxx_library(const void* caller) noexcept {
  return is_armed() && cxx_library.holds(caller) ? behind_cxx_library() : caller;
}

}  // namespace loopmark::conformance::faults
