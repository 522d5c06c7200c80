// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/files.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "espalier/core/error.hpp"
#include "espalier/core/sha256.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::record {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

std::string readable(std::uint64_t bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(units); ++unit) value /= 1000;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, units[unit]);
}

[[noreturn]] void refuse_to_replace(const fs::path& path) {
  throw core::UserError(fmt::format("{}: already exists; nothing was overwritten; use another file name", path.string()));
}

/// Longest name of a directory entry on Linux file systems.
constexpr std::size_t longest_name = 255;
constexpr int most_links = 40;  ///< as the kernel's own limit

/// A file descriptor that closes itself.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) close(value);
  }
};

}  // namespace

fs::path resolved(const fs::path& path) {
  fs::path target = path;
  for (int i = 0; i < most_links; ++i) {
    std::error_code none;
    const fs::path next = fs::read_symlink(target, none);
    if (none) return target;
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  throw core::UserError(fmt::format("{}: its symbolic links form a cycle; use another file", path.string()));
}

fs::path companion(const fs::path& path, std::string_view suffix) {
  std::string name = path.filename().string();
  if (name.size() + suffix.size() > longest_name) {
    const std::string id = core::content_id(name);
    name = name.substr(0, longest_name - suffix.size() - id.size() - 1) + "-" + id;
  }
  return path.parent_path() / (name + std::string(suffix));
}

void check_name(const fs::path& path) {
  if (const std::size_t bytes = path.filename().string().size(); bytes > longest_name)
    throw core::UserError(fmt::format("{}: the file name has {} bytes, at most {} are allowed; use a shorter name", path.string(),
                                      bytes, longest_name));
}

void check_folder(const fs::path& path) {
  check_name(path);
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw core::UserError(
        fmt::format("{}: is a folder; give a file name, for example {}", path.string(), (path / "out.h5").string()));
  const fs::path folder = folder_of(path);
  if (!fs::is_directory(folder))
    throw core::UserError(
        fmt::format("{}: the folder '{}' does not exist; create it or use another file name", path.string(), folder.string()));
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    throw core::UserError(fmt::format("{}: the folder '{}' is not writable ({}); use another file name", path.string(),
                                      folder.string(), std::strerror(errno)));
  if (fs::exists(path)) refuse_to_replace(path);
}

std::string_view incoherent(std::uint32_t magic) {
  switch (magic) {
    case NFS_SUPER_MAGIC:
      return "NFS";
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
      return "SMB";
    case AFS_SUPER_MAGIC:
    case AFS_FS_MAGIC:
      return "AFS";
    case V9FS_MAGIC:
      return "9P";
    case FUSE_SUPER_MAGIC:
      return "FUSE";
    default:
      return "";
  }
}

std::string incoherent_file_system(const fs::path& path) {
  struct statfs info {};
  if (statfs(folder_of(path).c_str(), &info) != 0) return "";  // opening it will tell
  return std::string(incoherent(static_cast<std::uint32_t>(info.f_type)));
}

void check_space(const fs::path& path, std::uint64_t needed) {
  struct statvfs info {};
  if (statvfs(folder_of(path).c_str(), &info) != 0) return;  // the write itself will tell
  const std::uint64_t available = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (available < needed)
    throw core::UserError(
        fmt::format("{}: the results need {}, but only {} are available in '{}'; free disk space or use another folder",
                    path.string(), readable(needed), readable(available), folder_of(path).string()));
}

void reserve_and_sync(const fs::path& file, const fs::path& final_name) {
  const Descriptor descriptor{open(file.c_str(), O_RDWR | O_CLOEXEC)};
  const auto size = fs::file_size(file);
  // Where the file system cannot reserve, holes stay holes: they read as zeros all the same.
  if (fallocate(descriptor.value, 0, 0, static_cast<off_t>(size)) != 0 && errno == ENOSPC)
    throw core::UserError(fmt::format("{}: the results need {}, but the disk is full; free disk space or use another folder",
                                      final_name.string(), readable(size)));
  if (fsync(descriptor.value) != 0)
    throw std::runtime_error(fmt::format("{}: cannot be written to the disk: {}", final_name.string(), std::strerror(errno)));
}

void rename_exclusively(const fs::path& from, const fs::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EEXIST) refuse_to_replace(to);
  if (fs::exists(to)) refuse_to_replace(to);
  fs::rename(from, to);  // the file system knows no exclusive renaming
}

}  // namespace espalier::record
