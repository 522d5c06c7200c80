// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/output.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "espalier/core/error.hpp"
#include "record/file/files.hpp"

namespace espalier::record {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& out, const std::string& why) {
  throw core::UserError(fmt::format("{}: {}; name another file", out.string(), why));
}

[[noreturn]] void fail(const std::string& name, int why) {
  throw core::Error(core::ExitCode::broken, fmt::format("{}: cannot be written ({})", name, std::strerror(why)));
}

void write_to(std::ostream& stream, const std::string& name, const std::function<void(std::ostream&)>& write) {
  errno = 0;
  write(stream);
  if (!stream.flush()) fail(name, errno == 0 ? EIO : errno);
}

std::ofstream opened(const fs::path& file, const fs::path& name) {
  std::ofstream stream(file, std::ios::binary);
  if (!stream) refuse(name, fmt::format("cannot be created ({})", std::strerror(errno)));
  return stream;
}

void sync(const fs::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const int code = descriptor < 0 ? 0 : fsync(descriptor);
  const int why = errno;
  if (descriptor >= 0) close(descriptor);
  if (code != 0 && why != EINVAL && why != ENOTSUP) fail(file.string(), why);
}

void replace(const fs::path& out, const fs::path& name, const std::function<void(std::ostream&)>& write) {
  const fs::path temporary = companion(out, fmt::format(".{}.part", getpid()));
  try {
    std::ofstream stream = opened(temporary, name);
    write_to(stream, name.string(), write);
    stream.close();
    sync(temporary);
    std::error_code why;
    fs::rename(temporary, out, why);
    if (why) refuse(name, fmt::format("cannot be replaced ({})", why.message()));
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

/// Pipes, devices and the links to open files below /proc and /dev: nothing that a rename could replace.
bool is_stream(const fs::path& name) {
  std::error_code ignored;
  const fs::file_status status = fs::status(name, ignored);
  const bool is_other = fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
  return is_other || name.string().starts_with("/dev/") || name.string().starts_with("/proc/");
}

}  // namespace

void write_output(const fs::path& name, const std::function<void(std::ostream&)>& write) {
  if (name == "-") return write_to(std::cout, "standard output", write);
  if (is_stream(name)) {
    std::ofstream stream = opened(name, name);
    return write_to(stream, name.string(), write);
  }
  const fs::path out = resolved(name);
  std::error_code ignored;
  if (fs::is_directory(out, ignored)) refuse(name, "is a folder");
  const fs::path folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) refuse(name, fmt::format("the folder '{}' does not exist", folder.string()));
  replace(out, name, write);
}

}  // namespace espalier::record
