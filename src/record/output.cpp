#include "espalier/record/output.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "espalier/core/error.hpp"
#include "record/files.hpp"

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

}  // namespace

void write_output(const fs::path& name, const std::function<void(std::ostream&)>& write) {
  if (name == "-") return write_to(std::cout, "standard output", write);
  const fs::path out = resolved(name);
  std::error_code ignored;
  if (fs::is_directory(out, ignored)) refuse(name, "is a folder");
  const fs::path folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) refuse(name, fmt::format("the folder '{}' does not exist", folder.string()));
  if (!fs::exists(out, ignored) || fs::is_regular_file(out, ignored)) return replace(out, name, write);
  std::ofstream stream = opened(out, name);
  write_to(stream, name.string(), write);
}

}  // namespace espalier::record
