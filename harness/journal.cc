// SPDX-License-Identifier: MIT
#include "harness/journal.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "harness/framing.h"
#include "harness/json_text.h"
#include "harness/result_line.h"
#include "reactors/base/check.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kBefore = R"({"crc32":")";
constexpr std::string_view kBetween = R"(","record":)";
constexpr std::string_view kAfter = "}";
constexpr std::size_t kDigits = 8;
constexpr std::size_t kMostBytes = std::size_t{1} << 32;

std::string envelope(const std::string& text) {
  std::string line(kBefore);
  return line.append(checksum(text)).append(kBetween).append(text).append(kAfter).append("\n");
}

/// The text of the record in `line`. The checksum is taken of the text as it stands, so it is found by
/// its place in the line. Throws std::runtime_error with what is wrong.
std::string_view open_envelope(std::string_view line) {
  const std::size_t text_at = kBefore.size() + kDigits + kBetween.size();
  if (line.size() <= text_at + kAfter.size() || !line.starts_with(kBefore) ||
      line.substr(kBefore.size() + kDigits, kBetween.size()) != kBetween ||
      !line.ends_with(kAfter)) {
    throw std::runtime_error("is no record: \"" + excerpt(line) + '"');
  }
  const std::string_view text = line.substr(text_at, line.size() - text_at - kAfter.size());
  if (line.substr(kBefore.size(), kDigits) != checksum(text)) {
    throw std::runtime_error("was changed after it was written: its checksum is wrong");
  }
  return text;
}

Json record_in(std::string_view line) {
  try {
    Json record = read_json(open_envelope(line));
    if (record.is_object()) return record;
  } catch (const BadJson& error) {
    throw std::runtime_error(std::string("holds no JSON object: ") + error.what());
  }
  throw std::runtime_error("holds no JSON object");
}

void require_schema(const Json& header, std::string_view schema) {
  const auto found = header.find("schema");
  if (found == header.end() || !found->is_string()) {
    throw std::runtime_error("names no schema, expected \"" + std::string(schema) + '"');
  }
  if (*found != schema) {
    throw std::runtime_error("has schema \"" + excerpt(found->get<std::string>()) +
                             "\", expected \"" + std::string(schema) + '"');
  }
}

fs::path compressed(const fs::path& path) {
  return path.string() + ".gz";
}

/// All of a journal. What is not compressed is read as it is.
std::string journal_text(const fs::path& path) {
  const std::string name = (fs::exists(path) ? path : compressed(path)).string();
  const gzFile file = ::gzopen(name.c_str(), "rb");
  if (file == nullptr)
    throw JournalDamaged(path.string() + ": there is no such file, or it cannot be read");
  std::string text;
  std::array<char, 65536> block;
  int count = 0;
  while (text.size() <= kMostBytes && (count = ::gzread(file, block.data(), block.size())) > 0)
    text.append(block.data(), static_cast<std::size_t>(count));
  const bool whole = ::gzclose(file) == Z_OK && count >= 0;
  if (text.size() > kMostBytes) throw JournalDamaged(name + ": is longer than 4 GiB");
  if (!whole)
    throw JournalDamaged(name + ": cannot be decompressed, or ends too early, behind byte " +
                         std::to_string(text.size()));
  return text;
}

}  // namespace

bool journal_exists(const fs::path& path) {
  return fs::exists(path) || fs::exists(compressed(path));
}

void compress_journal(const fs::path& from, const fs::path& path,
                      const std::function<std::string(std::string)>& edit) {
  std::string text;
  std::istringstream lines(journal_text(from));
  for (std::string line; std::getline(lines, line);) {
    try {
      text += envelope(edit(std::string(open_envelope(line))));
    } catch (const std::runtime_error& error) {
      throw JournalDamaged(from.string() + ": a line " + error.what());
    }
  }
  const std::string to = compressed(path).string();
  const gzFile file = ::gzopen(to.c_str(), "wb9");
  if (file == nullptr) throw_errno(to.c_str());
  const bool written = ::gzfwrite(text.data(), 1, text.size(), file) == text.size();
  const int error = errno;
  const bool closed = ::gzclose(file) == Z_OK;  // writes the rest, often all
  if (!written) throw_errno(to.c_str(), error);
  if (!closed) throw_errno(to.c_str());
}

JournalContent read_journal(const fs::path& path, std::string_view schema) {
  const std::string text = journal_text(path);

  JournalContent content;
  std::size_t line_number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    if (end == std::string::npos) {
      content.torn = true;
      break;
    }
    ++line_number;
    try {
      Json record = record_in(std::string_view(text).substr(from, end - from));
      if (line_number == 1) {
        require_schema(record, schema);
        content.header = std::move(record);
      } else {
        content.records.push_back(std::move(record));
      }
    } catch (const std::runtime_error& error) {
      throw JournalDamaged(path.string() + ":" + std::to_string(line_number) + ": the line " +
                           error.what());
    }
    from = end + 1;
    content.sound = from;
  }
  return content;
}

void for_each_record(const JournalContent& content, const fs::path& path,
                     const std::function<void(const Json&)>& take) {
  std::size_t line = 1;  // the header's
  const auto refuse = [&](const std::string& why) {
    throw JournalDamaged(path.string() + ":" + std::to_string(line) + ": the record is not as " +
                         content.header.at("schema").get<std::string>() +
                         " has it: " + excerpt(why, 200));
  };
  for (const Json& record : content.records) {
    ++line;
    try {
      take(record);
    } catch (const Json::exception& error) {
      refuse(reason_of(error));
    } catch (const std::runtime_error& error) {
      refuse(error.what());
    } catch (const std::invalid_argument& error) {
      refuse(error.what());
    }
  }
}

Journal::Journal(const fs::path& path, std::string_view schema) : path_(path) {
  const bool there = fs::exists(path) && fs::file_size(path) > 0;
  const JournalContent content = there ? read_journal(path, schema) : JournalContent{};
  file_.reset(check_call(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                         path.c_str()));
  if (content.torn) {
    check_call(::ftruncate(file_.get(), static_cast<off_t>(content.sound)), path.c_str());
  }
  if (content.header.is_null()) append({{"schema", schema}});
}

void Journal::append(const Json& record) {
  if (!write_all(file_.get(), envelope(to_line(record)))) throw_errno(path_.c_str());
  check_call(::fdatasync(file_.get()), path_.c_str());
}

}  // namespace loopmark::harness
