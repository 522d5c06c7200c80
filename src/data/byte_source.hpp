// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <span>
#include <string>

namespace espalier::data {

/// No deflate stream expands further [zlib, "Technical details"].
inline constexpr std::uint64_t deflate_ratio = 1032;

/// The uncompressed bytes of a file that is plain or gzip (RFC 1952, one member or several), told apart by its first two bytes.
/// Throws core::UserError with the file's name when the gzip data is damaged or cut off, or when other bytes follow it.
class ByteSource {
 public:
  /// `in` must be seekable and outlive the source; `name` is for messages.
  ByteSource(std::istream& in, std::string name);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Fills `out` from its start; the number of bytes is smaller than its size only at the end of the file.
  std::size_t read(std::span<std::uint8_t> out);

  /// The bytes of the whole file, uncompressed, at most (exactly when it is plain).
  std::uint64_t size_limit() const;
  bool compressed() const { return inflater_ != nullptr; }
  const std::string& name() const { return name_; }

 private:
  struct Inflater;
  bool fill_input();
  void next_member();
  std::size_t inflate_into(std::span<std::uint8_t> out);

  std::istream& in_;
  std::string name_;
  std::uint64_t file_size_ = 0;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace espalier::data
