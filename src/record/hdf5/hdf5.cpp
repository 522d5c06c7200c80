// SPDX-License-Identifier: BSD-3-Clause
#include "record/hdf5/hdf5.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

namespace espalier::record::h5 {
namespace {

/// The innermost message of HDF5's error stack is the one that says why.
herr_t innermost(unsigned n, const H5E_error2_t* entry, void* out) {
  if (n == 0 && entry->desc) *static_cast<std::string*>(out) = entry->desc;
  return 0;
}

Handle access_properties() {
  initialise();
  Handle list(check(H5Pcreate(H5P_FILE_ACCESS), "file access"), H5Pclose);
  check(H5Pset_libver_bounds(list.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "library version bounds");
  check(H5Pset_fclose_degree(list.id(), H5F_CLOSE_SEMI), "close degree");
  return list;
}

Handle serial_properties() {
  Handle list = access_properties();
  check(H5Pset_file_locking(list.id(), false, true), "file locking");
  // Without a sieve buffer a second read sees what another process wrote since the first.
  check(H5Pset_sieve_buf_size(list.id(), 0), "sieve buffer");
  return list;
}

}  // namespace

hid_t check(hid_t code, std::string_view what) {
  if (code >= 0) return code;
  std::string why;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &why);
  H5Eclear2(H5E_DEFAULT);
  throw std::runtime_error(fmt::format("{}: {}", what, why.empty() ? "HDF5 gives no reason" : why));
}

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this == &other) return *this;
  reset();
  id_ = std::exchange(other.id_, -1);
  closer_ = other.closer_;
  return *this;
}

void Handle::reset() noexcept {
  if (id_ >= 0) closer_(id_);
  id_ = -1;
}

void Handle::close(std::string_view what) {
  if (id_ >= 0) check(closer_(std::exchange(id_, -1)), what);
}

void initialise() {
  H5dont_atexit();
  check(H5open(), "HDF5");
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Handle create_file(const std::filesystem::path& path, std::size_t user_block) {
  const Handle access = serial_properties();
  const Handle creation(check(H5Pcreate(H5P_FILE_CREATE), "file creation"), H5Pclose);
  check(H5Pset_userblock(creation.id(), user_block), "user block");
  return {check(H5Fcreate(path.c_str(), H5F_ACC_EXCL, creation.id(), access.id()), path.string()), H5Fclose};
}

Handle open_file(const std::filesystem::path& path, bool writable) {
  const Handle access = serial_properties();
  return {check(H5Fopen(path.c_str(), writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access.id()), path.string()), H5Fclose};
}

Handle open_file(const std::filesystem::path& path, MPI_Comm world) {
  const Handle access = access_properties();
  check(H5Pset_fapl_mpio(access.id(), world, MPI_INFO_NULL), "MPI-IO driver");
  return {check(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), path.string()), H5Fclose};
}

}  // namespace espalier::record::h5
