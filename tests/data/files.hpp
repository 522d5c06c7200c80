// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace espalier::data::test {

/// A folder of its own for one test, removed with all that is in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// IDX files: `count` images of 3 x 2 whose bytes count up from `first`, and labels 0, 1, 2, 0, 1, 2, ...
std::string images(std::uint32_t count, std::uint8_t first = 0, std::uint32_t height = 3, std::uint32_t width = 2);
std::string labels(std::uint32_t count);

/// An IDX header alone.
std::string header(std::uint32_t magic, std::initializer_list<std::uint32_t> dimensions);

/// Compressed by deflate; `window_bits` chooses what is around it, as in zlib.
std::string deflated(const std::string& bytes, int window_bits);

/// One gzip member.
std::string gzip(const std::string& bytes);

void write(const std::filesystem::path& path, const std::string& bytes);

/// Writes root/name: 7 training images from byte 0 and 4 test images from byte 100. `ending` is "" or ".gz".
void write_set(const std::filesystem::path& root, const std::string& name, const std::string& ending = "");

/// Replaces `from` in the names of the files in `folder` that begin with `start`; an empty `from` puts `to` in front.
void rename_files(const std::filesystem::path& folder, const std::string& from, const std::string& to,
                  const std::string& start = "");

/// The text of the core::UserError that `call` throws; what it did instead when it throws none.
std::string mistake(const std::function<void()>& call);

}  // namespace espalier::data::test
