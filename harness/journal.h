// SPDX-License-Identifier: MIT
//
// A file of records that survives whatever happens to the program that writes it. Each record is
// one line of JSON, in an envelope with its checksum, so that the file can be read with any tool
// for lines of JSON:
//
//   {"crc32":"0a1b2c3d","record":{"schema":"loopmark.cells/1"}}
//   {"crc32":"...","record":{...}}
//
// The first line names the schema. A record is appended by one write and is on the disk when
// append() returns. A journal to which nothing will be appended any more may be kept compressed, as
// gzip(1) does it, with ".gz" behind its name.
#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "harness/json.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::harness {

/// A journal that cannot be read: file, line, and what was expected there. Such a file is never
/// written to.
struct JournalDamaged : std::runtime_error {
  using runtime_error::runtime_error;
};

struct JournalContent {
  Json header;  // null when not even the first line is whole
  std::vector<Json> records;
  bool torn = false;         // the file ends in the middle of a line, which is left out here
  std::uintmax_t sound = 0;  // length in bytes without that
};

/// Whether there is a journal at `path`, compressed or not.
bool journal_exists(const std::filesystem::path& path);

/// Writes the journal at `from` to `path`.gz, each record's text as `edit` returns it. Throws std::system_error,
/// JournalDamaged.
void compress_journal(const std::filesystem::path& from, const std::filesystem::path& path,
                      const std::function<std::string(std::string text)>& edit);

/// Reads the journal at `path`, or `path`.gz, whose first line must name `schema`. A torn last line is what a
/// killed writer leaves behind, and no error; anything else that is not as written throws
/// JournalDamaged.
JournalContent read_journal(const std::filesystem::path& path, std::string_view schema);

/// Hands each record of `content`, which was read from `path`, to `take`. What that throws is a fault of the record:
/// JournalDamaged, with its line.
void for_each_record(const JournalContent& content, const std::filesystem::path& path,
                     const std::function<void(const Json& record)>& take);

/// The writing side. One writer at a time.
class Journal {
 public:
  /// Begins the journal at `path`, or goes on with the one that is there: its torn last line, if
  /// any, is cut off. Throws JournalDamaged when what is there is no journal of this schema,
  /// std::system_error when it cannot be written.
  Journal(const std::filesystem::path& path, std::string_view schema);

  /// Appends `record` and waits until it is on the disk. Throws std::system_error.
  void append(const Json& record);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd file_;
};

}  // namespace loopmark::harness
