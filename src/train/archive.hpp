// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace espalier::train {

/// The bytes of a training's state: one walk over its parts serves saving and restoring. What is restored has the size it had
/// when it was saved.
class Archive {
 public:
  Archive() = default;  ///< saves
  explicit Archive(std::span<const std::byte> saved) : from_(saved), restores_(true) {}

  /// Throws std::runtime_error when it restores and the bytes end.
  template <typename T>
  void numbers(std::span<T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto bytes = std::as_writable_bytes(values);
    if (!restores_) {
      const std::size_t before = saved_.size();
      saved_.resize(before + bytes.size());
      if (!bytes.empty()) std::memcpy(saved_.data() + before, bytes.data(), bytes.size());
      return;
    }
    if (from_.size() < bytes.size()) throw std::runtime_error("the state of a training is shorter than it says");
    if (!bytes.empty()) std::memcpy(bytes.data(), from_.data(), bytes.size());
    from_ = from_.subspan(bytes.size());
  }
  template <typename T>
  void numbers(std::vector<T>& values) {
    numbers(std::span(values));
  }
  template <typename T>
  void number(T& value) {
    numbers(std::span(&value, 1));
  }
  void bits(std::vector<bool>& values);

  bool restores() const { return restores_; }
  const std::vector<std::byte>& saved() const { return saved_; }

 private:
  std::span<const std::byte> from_;
  std::vector<std::byte> saved_;
  bool restores_ = false;
};

}  // namespace espalier::train
