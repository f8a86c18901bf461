// SPDX-License-Identifier: MIT
//
// How a worker tells its supervisor a result: a line of its own on a pipe, with a checksum, so that
// whatever else gets into that pipe is known for what it is.
//
//   LM1 <CRC-32 of the JSON, 8 hexadecimal digits> <JSON on one line>\n
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace loopmark::harness {

inline constexpr std::string_view kResultMark = "LM1 ";

/// CRC-32 with the polynomial of IEEE 802.3, as 8 hexadecimal digits.
inline std::string checksum(std::string_view text) {
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(crc));
  return digits;
}

/// The line that carries `json`, which has no line break in it.
inline std::string result_line(std::string_view json) {
  return std::string(kResultMark) + checksum(json) + ' ' + std::string(json) + '\n';
}

/// Writes all of `text` to `fd`. False when that fails; errno then says why.
inline bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

inline bool write_result_line(int fd, std::string_view json) {
  return write_all(fd, result_line(json));
}

}  // namespace loopmark::harness
