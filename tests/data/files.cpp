// SPDX-License-Identifier: BSD-3-Clause
#include "data/files.hpp"

#include <stdlib.h>
#include <zlib.h>

#include <fstream>
#include <stdexcept>

#include "espalier/core/error.hpp"

namespace espalier::data::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "espalier-data-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string header(std::uint32_t magic, std::initializer_list<std::uint32_t> dimensions) {
  std::string bytes;
  const auto add = [&bytes](std::uint32_t x) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(x >> shift & 0xff);
  };
  add(magic);
  for (const std::uint32_t dimension : dimensions) add(dimension);
  return bytes;
}

std::string images(std::uint32_t count, std::uint8_t first, std::uint32_t height, std::uint32_t width) {
  std::string bytes = header(0x803, {count, height, width});
  for (std::uint32_t i = 0; i < count * height * width; ++i) bytes += static_cast<char>(first + i);
  return bytes;
}

std::string labels(std::uint32_t count) {
  std::string bytes = header(0x801, {count});
  for (std::uint32_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 3);
  return bytes;
}

std::string deflated(const std::string& bytes, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
  std::string in = bytes, out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("zlib");
  return out;
}

std::string gzip(const std::string& bytes) { return deflated(bytes, 16 + MAX_WBITS); }

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

void write_set(const std::filesystem::path& root, const std::string& name, const std::string& ending) {
  const auto put = [&](const std::string& file, const std::string& bytes) {
    write(root / name / (file + ending), ending.empty() ? bytes : gzip(bytes));
  };
  put("train-images-idx3-ubyte", images(7));
  put("train-labels-idx1-ubyte", labels(7));
  put("t10k-images-idx3-ubyte", images(4, 100));
  put("t10k-labels-idx1-ubyte", labels(4));
}

void rename_files(const std::filesystem::path& folder, const std::string& from, const std::string& to, const std::string& start) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  for (const auto& file : files) {
    std::string name = file.filename().string();
    const auto at = name.find(from);
    if (at == std::string::npos || !name.starts_with(start)) continue;
    std::filesystem::rename(file, folder / name.replace(at, from.size(), to));
  }
}

std::string mistake(const std::function<void()>& call) {
  try {
    call();
  } catch (const core::UserError& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "no exception";
}

}  // namespace espalier::data::test
