// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "record/hdf5/hdf5.hpp"
#include "record/hdf5/relay.hpp"

namespace espalier::record::h5 {
namespace {

/// HDF5 is not made for threads: one at a time is in it.
std::mutex in_library;

Handle creation_properties(const Handle& type, std::span<const std::byte> fill) {
  Handle list(check(H5Pcreate(H5P_DATASET_CREATE), "dataset creation"), H5Pclose);
  check(H5Pset_layout(list.id(), H5D_CONTIGUOUS), "layout");
  check(H5Pset_alloc_time(list.id(), H5D_ALLOC_TIME_EARLY), "allocation");
  check(H5Pset_fill_time(list.id(), fill.empty() ? H5D_FILL_TIME_NEVER : H5D_FILL_TIME_ALLOC), "fill time");
  check(H5Pset_obj_track_times(list.id(), false), "times");
  if (!fill.empty()) check(H5Pset_fill_value(list.id(), type.id(), fill.data()), "fill value");
  return list;
}

/// A dataset that is in this file: a link or a storage outside would let a file from a stranger read other files of the user.
hid_t open_inside(hid_t file, const std::string& path) {
  H5L_info_t link;
  check(H5Lget_info(file, path.c_str(), &link, H5P_DEFAULT), path);
  if (link.type != H5L_TYPE_HARD) throw std::runtime_error(fmt::format("{}: is a link; results are in the file itself", path));
  return check(H5Dopen2(file, path.c_str(), H5P_DEFAULT), path);
}

void check_inside(hid_t set, const std::string& path) {
  const Handle list(check(H5Dget_create_plist(set), path), H5Pclose);
  if (H5Pget_external_count(list.id()) != 0 || H5Pget_layout(list.id()) == H5D_VIRTUAL)
    throw std::runtime_error(fmt::format("{}: is stored in another file; results are in the file itself", path));
}

}  // namespace

bool has_dataset(hid_t file, const std::string& path) { return H5Lexists(file, path.c_str(), H5P_DEFAULT) > 0; }

Dataset::Dataset(hid_t file, const std::string& path)
    : set_(open_inside(file, path), H5Dclose), type_(check(H5Dget_type(set_.id()), path), H5Tclose), path_(path) {
  check_inside(set_.id(), path);
  const Handle space(check(H5Dget_space(set_.id()), path), H5Sclose);
  const auto rank = check(H5Sget_simple_extent_ndims(space.id()), path);
  if (rank < 1) throw std::runtime_error(fmt::format("{}: has no rows", path));
  dims_.resize(static_cast<std::size_t>(rank));
  check(H5Sget_simple_extent_dims(space.id(), dims_.data(), nullptr), path);
  row_bytes_ = H5Tget_size(type_.id());
  for (std::size_t i = 1; i < dims_.size(); ++i) row_bytes_ *= dims_[i];
}

Dataset Dataset::create(hid_t file, const std::string& path, const Handle& type, std::vector<hsize_t> dims,
                        std::span<const std::byte> fill) {
  const Handle space(check(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), path), H5Sclose);
  const Handle how = creation_properties(type, fill);
  const Handle made(check(H5Dcreate2(file, path.c_str(), type.id(), space.id(), H5P_DEFAULT, how.id(), H5P_DEFAULT), path),
                    H5Dclose);
  return {file, path};
}

std::uint64_t Dataset::offset() const {
  const haddr_t offset = H5Dget_offset(set_.id());
  return offset == HADDR_UNDEF ? 0 : offset;
}

Handle Dataset::select(std::uint64_t first, std::uint64_t count, std::size_t bytes) const {
  if (bytes != count * row_bytes_ || first + count > rows())
    throw std::logic_error(fmt::format("{}: {} rows from {} in {} bytes do not fit", path_, count, first, bytes));
  Handle space(check(H5Dget_space(set_.id()), path_), H5Sclose);
  std::vector<hsize_t> start(dims_.size(), 0), shape = dims_;
  start[0] = first;
  shape[0] = count;
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr), path_);
  return space;
}

void Dataset::read(std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const {
  if (count == 0) return;
  if (relay_ != nullptr) return relay_->read(path_, first, count, out);
  if (!ahead_ || !read_from_memory(first, count, out)) read_rows(first, count, out);
}

/// An access to HDF5 takes microseconds, whatever its size: too long for a million rows one by one.
bool Dataset::read_from_memory(std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const {
  constexpr std::size_t piece = std::size_t{1} << 20;
  const bool follows = first == ahead_->next;
  ahead_->next = first + count;
  if (out.size() != count * row_bytes_ || out.size() > piece || first + count > rows()) return false;
  const auto holds = [&] { return first >= ahead_->first && first + count <= ahead_->first + ahead_->bytes.size() / row_bytes_; };
  if (!holds()) {
    if (!follows) return false;
    const std::uint64_t some = std::min<std::uint64_t>(piece / row_bytes_, rows() - first);
    ahead_->bytes.resize(some * row_bytes_);
    ahead_->first = first;
    read_rows(first, some, ahead_->bytes);
  }
  std::memcpy(out.data(), ahead_->bytes.data() + (first - ahead_->first) * row_bytes_, out.size());
  return true;
}

void Dataset::read_rows(std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const {
  const std::lock_guard lock(in_library);
  const Handle in_file = select(first, count, out.size());
  std::vector<hsize_t> shape = dims_;
  shape[0] = count;
  const Handle in_memory(check(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), path_), H5Sclose);
  check(H5Dread(set_.id(), type_.id(), in_memory.id(), in_file.id(), H5P_DEFAULT, out.data()), path_);
}

void Dataset::write(std::uint64_t first, std::uint64_t count, std::span<const std::byte> in) const {
  if (count == 0) return;
  if (relay_ != nullptr) return relay_->write(path_, first, count, in);
  const std::lock_guard lock(in_library);
  const Handle in_file = select(first, count, in.size());
  std::vector<hsize_t> shape = dims_;
  shape[0] = count;
  const Handle in_memory(check(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), path_), H5Sclose);
  check(H5Dwrite(set_.id(), type_.id(), in_memory.id(), in_file.id(), H5P_DEFAULT, in.data()), path_);
}

}  // namespace espalier::record::h5
