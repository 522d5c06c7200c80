// SPDX-License-Identifier: BSD-3-Clause
// Preloaded by a test: every file system says of itself that it is NFS.

#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

extern "C" int statfs(const char* path, struct statfs* info) noexcept {
  const auto code = static_cast<int>(syscall(SYS_statfs, path, info));
  info->f_type = NFS_SUPER_MAGIC;
  return code;
}
