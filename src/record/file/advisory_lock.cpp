// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/advisory_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "espalier/core/error.hpp"

namespace espalier::record {
namespace {

constexpr off_t lock_offset = off_t{1} << 62;

struct flock shared_lock(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = lock_offset;
  lock.l_len = 1;
  return lock;
}

/// Lustre without flock, NFS without its lock daemon and others have no locks at all; a kernel without locks of open files
/// reports them as invalid.
Answer answer_of(int code, const std::filesystem::path& file) {
  if (code == 0) return Answer::granted;
  switch (errno) {
    case EAGAIN:  // flock calls it EWOULDBLOCK
    case EACCES:
      return Answer::held_by_other;
    case ENOSYS:
    case ENOLCK:
    case EOPNOTSUPP:
    case EINVAL:
      return Answer::no_locks;
    default:
      throw core::UserError(
          fmt::format("{}: the file cannot be locked ({}); use another file", file.string(), std::strerror(errno)));
  }
}

}  // namespace

Answer take_flock(int descriptor, const std::filesystem::path& file) {
  return answer_of(flock(descriptor, LOCK_EX | LOCK_NB), file);
}

Answer set_shared_lock(int descriptor, short type, const std::filesystem::path& file) {
  struct flock lock = shared_lock(type);
  return answer_of(fcntl(descriptor, F_OFD_SETLK, &lock), file);
}

// Where flock is emulated by a lock of the whole file, a reader's flock shows here too: it is not our byte.
Probe probe_shared_lock(int descriptor) {
  struct flock lock = shared_lock(F_WRLCK);
  if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return {};
  return {true, lock.l_type != F_UNLCK && lock.l_start == lock_offset};
}

}  // namespace espalier::record
