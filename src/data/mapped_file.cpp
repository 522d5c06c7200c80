// SPDX-License-Identifier: BSD-3-Clause
#include "data/mapped_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace espalier::data {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  bool close() {
    const int number = number_;
    number_ = -1;
    return number < 0 || ::close(number) == 0;
  }

 private:
  int number_;
};

bool write_all(int file, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// A link fails where the name is taken, so that all processes map the file of the first; where there are no hard links, rename.
bool publish(const std::filesystem::path& temporary, const std::filesystem::path& path, bool replace) {
  std::error_code error;
  if (!replace) {
    std::filesystem::create_hard_link(temporary, path, error);
    if (!error || error == std::errc::file_exists) return true;
  }
  std::filesystem::rename(temporary, path, error);
  return !error;
}

}  // namespace

std::optional<Bytes> map_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number(), 0);
  if (start == MAP_FAILED) return {};
  const std::shared_ptr<const void> owner(start, [size](void* map) { ::munmap(map, size); });
  return Bytes{{static_cast<const std::uint8_t*>(start), size}, owner};
}

std::shared_ptr<const void> lock_folder(const std::filesystem::path& folder) {
  const auto descriptor = std::make_shared<const Descriptor>(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor->number() < 0 || ::flock(descriptor->number(), LOCK_EX) != 0) return nullptr;
  return descriptor;
}

bool write_file(const std::filesystem::path& path, std::span<const std::span<const std::uint8_t>> pieces, bool replace) {
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor file(::mkstemp(temporary.data()));
  if (file.number() < 0) return false;
  bool written = true;
  for (const auto piece : pieces) written = written && write_all(file.number(), piece);
  written = written && ::fchmod(file.number(), S_IRUSR | S_IRGRP | S_IROTH) == 0;
  written = file.close() && written && publish(temporary, path, replace);
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);  // gone already after a rename
  return written;
}

}  // namespace espalier::data
