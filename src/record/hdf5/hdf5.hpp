// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The only header that names hdf5.h; private to this stage.

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/rows/table.hpp"

namespace espalier::record {
class Relay;
}

namespace espalier::record::h5 {

/// Returns `code`, or throws std::runtime_error "what: HDF5's own text" when it is negative.
hid_t check(hid_t code, std::string_view what);

/// Owner of one HDF5 identifier; the destructor closes it and never throws.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;

  hid_t id() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }
  void reset() noexcept;
  /// Closes and reports; for files, whose closing may fail on a full disk.
  void close(std::string_view what);
  /// Leaves the identifier open for good: the process is about to end.
  void abandon() noexcept { id_ = -1; }

 private:
  hid_t id_ = -1;
  Closer closer_ = nullptr;
};

/// Turns HDF5's printing of errors off, and its exit handler, which would close an MPI file after MPI_Finalize.
void initialise();

/// A file, by the serial driver, without HDF5's own file locks: a reader must never stop a run, and the run has its own lock.
Handle create_file(const std::filesystem::path& path, std::size_t user_block);
Handle open_file(const std::filesystem::path& path, bool writable);
/// A file, by the MPI-IO driver; collective over `world`.
Handle open_file(const std::filesystem::path& path, MPI_Comm world);

/// Attributes of a dataset, or of the root group when `object` is a file.
void set_attribute(hid_t object, const std::string& name, std::string_view text);
void set_attribute(hid_t object, const std::string& name, std::uint64_t number);
std::string text_attribute(hid_t object, const std::string& name);
bool has_attribute(hid_t object, const std::string& name);

/// The packed HDF5 compound type of a table, and back. Throws std::runtime_error for members that no Table can hold.
Handle compound(const Table& table);
Table table_of(hid_t type);
Handle plain(hid_t native);

/// Whether a file has an entry of this name.
bool has_dataset(hid_t file, const std::string& path);

/// One dataset, read and written in whole rows (its first dimension) in the types of the file: no conversion, no reordering.
class Dataset {
 public:
  Dataset() = default;
  Dataset(hid_t file, const std::string& path);
  /// Contiguous, allocated at once. `fill` is one element that all rows start as; when empty the bytes are never written,
  /// and are zero in a new file.
  static Dataset create(hid_t file, const std::string& path, const Handle& type, std::vector<hsize_t> dims,
                        std::span<const std::byte> fill);

  /// From now on rank 0 of the group reads and writes the rows; the relay must outlive this.
  void through(const Relay& relay) { relay_ = &relay; }

  /// From now on one thread reads, and nobody writes: rows that are asked for one behind the other are read in large pieces.
  void read_ahead() { ahead_.emplace(); }
  /// Reads again what it holds: somebody may have written after all.
  void forget_ahead() const {
    if (ahead_) ahead_.emplace();
  }

  const std::string& path() const { return path_; }
  std::uint64_t rows() const { return dims_.empty() ? 0 : dims_[0]; }
  const std::vector<hsize_t>& dims() const { return dims_; }
  std::size_t row_bytes() const { return row_bytes_; }
  hid_t id() const { return set_.id(); }
  hid_t type() const { return type_.id(); }
  /// First byte of the data in the file (the user block counted) and its length.
  std::uint64_t offset() const;
  std::uint64_t bytes() const { return rows() * row_bytes_; }

  /// Several threads may read and write at a time.
  void read(std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const;
  void write(std::uint64_t first, std::uint64_t count, std::span<const std::byte> in) const;

 private:
  /// The rows that were read last.
  struct Ahead {
    std::uint64_t first = 0, next = 0;  ///< of `bytes`; the row behind those that were asked for last
    std::vector<std::byte> bytes{};
  };
  void read_rows(std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const;
  bool read_from_memory(std::uint64_t first, std::uint64_t count, std::span<std::byte> out) const;
  Handle select(std::uint64_t first, std::uint64_t count, std::size_t bytes) const;
  Handle set_, type_;
  std::string path_;
  std::vector<hsize_t> dims_;
  std::size_t row_bytes_ = 0;
  const Relay* relay_ = nullptr;
  mutable std::optional<Ahead> ahead_;
};

}  // namespace espalier::record::h5
