// SPDX-License-Identifier: BSD-3-Clause
#include "data/byte_source.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

#include "espalier/core/error.hpp"

namespace espalier::data {

struct ByteSource::Inflater {
  z_stream stream{};
  std::array<std::uint8_t, 65536> input;
  bool at_end = false;

  Inflater() {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

ByteSource::ByteSource(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {
  in_.seekg(0, std::ios::end);
  const auto size = in_.tellg();
  if (!in_ || size < 0) throw core::UserError(fmt::format("{}: cannot be read; it must be a regular file", name_));
  file_size_ = static_cast<std::uint64_t>(size);
  in_.seekg(0);
  std::array<char, 2> start{};
  in_.read(start.data(), start.size());
  if (in_.gcount() == 2 && start[0] == '\x1f' && start[1] == '\x8b') inflater_ = std::make_unique<Inflater>();
  in_.clear();
  in_.seekg(0);
}

ByteSource::~ByteSource() = default;

std::uint64_t ByteSource::size_limit() const { return compressed() ? file_size_ * deflate_ratio : file_size_; }

std::size_t ByteSource::read(std::span<std::uint8_t> out) {
  if (compressed()) return inflate_into(out);
  in_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  return static_cast<std::size_t>(in_.gcount());
}

/// More compressed bytes, when there are none; false at the end of the file.
bool ByteSource::fill_input() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in > 0) return true;
  auto& input = inflater_->input;
  in_.read(reinterpret_cast<char*>(input.data()), static_cast<std::streamsize>(input.size()));
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(in_.gcount());
  return stream.avail_in > 0;
}

/// After the end of a gzip member: the next one, or the end of the file.
void ByteSource::next_member() {
  if (!fill_input()) {
    inflater_->at_end = true;
    return;
  }
  if (*inflater_->stream.next_in != 0x1f)
    throw core::UserError(fmt::format("{}: bytes that are not gzip follow the gzip data; copy the file again", name_));
  inflateReset(&inflater_->stream);
}

std::size_t ByteSource::inflate_into(std::span<std::uint8_t> out) {
  z_stream& stream = inflater_->stream;
  std::size_t done = 0;
  while (done < out.size() && !inflater_->at_end) {
    if (!fill_input()) throw core::UserError(fmt::format("{}: the gzip data ends early; copy the file again", name_));
    constexpr std::size_t most = 1U << 30;  // zlib counts in 32 bits
    const auto room = static_cast<uInt>(std::min(out.size() - done, most));
    stream.next_out = out.data() + done;
    stream.avail_out = room;
    const int code = inflate(&stream, Z_NO_FLUSH);
    done += room - stream.avail_out;
    if (code == Z_STREAM_END) {
      next_member();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      throw core::UserError(fmt::format("{}: damaged gzip data ({}); copy the file again", name_,
                                        stream.msg != nullptr ? stream.msg : zError(code)));
    }
  }
  return done;
}

}  // namespace espalier::data
