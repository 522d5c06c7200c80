// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What each table of results has for itself: its columns, its payload and where that is. The definitions are in model_rows.cpp,
// fit_rows.cpp, tail_rows.cpp and cell_rows.cpp; rows.hpp does with them what all tables have in common.

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "record/rows/store.hpp"

namespace espalier::record {

/// A range of a dataset with a part of a row's payload, and its bytes in memory.
struct Piece {
  const h5::Dataset* data;
  std::uint64_t first, count;
  std::span<std::byte> bytes;
};

/// The rows of one table. Payloads begin empty; a row of this status has those pieces that are not empty.
struct ModelRows {
  using Result = core::ModelResult;
  struct Payload {
    std::vector<double> epochs{};          ///< max epochs x fields
    std::vector<std::uint32_t> degrees{};  ///< max epochs x sparse layers x 2 x bins
    std::vector<float> weights{};
    std::vector<std::uint32_t> links{};
  };
  static constexpr auto states = &Store::models, names = &Store::models;
  static constexpr const auto& fields = core::model_fields;
  /// A payload of the size that a row of this status has.
  static Payload room(const Store& store, std::size_t row, core::Status status);
  /// In the order of the checksum.
  static std::vector<Piece> pieces(const Store& store, std::size_t row, Payload& payload);
  /// Throws std::logic_error when the sizes are not those of the plan.
  static Payload pack(const Store& store, std::size_t row, const Result& result, core::Status status);
  static void unpack(const Store& store, std::size_t row, const ConstRow& in, Payload payload, Result& out);
  /// The columns that are no fields.
  static void set_columns(const Store& store, const Result& result, Row& out);
};

struct FitRows {
  using Result = core::FitResult;
  struct Payload {
    std::vector<double> spectrum{}, vectors{};
  };
  static constexpr auto states = &Store::noise, names = &Store::noise;
  static constexpr const auto& fields = core::fit_fields;
  static Payload room(const Store& store, std::size_t row, core::Status status);
  static std::vector<Piece> pieces(const Store& store, std::size_t row, Payload& payload);
  static Payload pack(const Store& store, std::size_t row, const Result& result, core::Status status);
  static void unpack(const Store& store, std::size_t row, const ConstRow& in, Payload payload, Result& out);
  static void set_columns(const Store&, const Result&, Row&) {}
};

struct TailRows {
  using Result = core::TailResult;
  struct Payload {
    std::vector<float> weights{};
  };
  static constexpr auto states = &Store::tails, names = &Store::tails;
  static constexpr const auto& fields = core::tail_fields;
  static Payload room(const Store& store, std::size_t row, core::Status status);
  static std::vector<Piece> pieces(const Store& store, std::size_t row, Payload& payload);
  static Payload pack(const Store& store, std::size_t row, const Result& result, core::Status status);
  static void unpack(const Store& store, std::size_t row, const ConstRow& in, Payload payload, Result& out);
  static void set_columns(const Store&, const Result&, Row&) {}
};

struct CellRows {
  using Result = core::CellResult;
  struct Payload {
    std::vector<std::uint8_t> outcomes{};
    std::vector<float> class_accuracy{};
  };
  static constexpr auto states = &Store::results, names = &Store::cells;
  static constexpr const auto& fields = core::cell_fields;
  static Payload room(const Store& store, std::size_t row, core::Status status);
  static std::vector<Piece> pieces(const Store& store, std::size_t row, Payload& payload);
  static Payload pack(const Store& store, std::size_t row, const Result& result, core::Status status);
  static void unpack(const Store& store, std::size_t row, const ConstRow& in, Payload payload, Result& out);
  static void set_columns(const Store& store, const Result& result, Row& out);
};

/// Calls use(Rows{}) for the table that `work` writes.
template <typename Use>
auto with_rows(core::Work work, const Use& use) {
  switch (work) {
    case core::Work::train:
      return use(ModelRows{});
    case core::Work::fit:
      return use(FitRows{});
    case core::Work::retrain:
      return use(TailRows{});
    default:
      return use(CellRows{});
  }
}

/// The table that keeps results of a type.
template <typename Result>
using RowsOf =
    std::tuple_element_t<static_cast<std::size_t>(core::work_of<Result>()), std::tuple<ModelRows, FitRows, TailRows, CellRows>>;

}  // namespace espalier::record
