// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <stdexcept>

#include "record/hdf5/hdf5.hpp"

namespace espalier::record::h5 {
namespace {

Handle text_type(std::size_t size) {
  Handle type(check(H5Tcopy(H5T_C_S1), "text type"), H5Tclose);
  check(H5Tset_size(type.id(), size), "text size");
  check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "text encoding");
  if (size != H5T_VARIABLE) check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "text padding");
  return type;
}

Handle member_type(const Column& column) {
  switch (column.type) {
    case Type::u8:
      return plain(H5T_STD_U8LE);
    case Type::u32:
      return plain(H5T_STD_U32LE);
    case Type::i64:
      return plain(H5T_STD_I64LE);
    case Type::f64:
      return plain(H5T_IEEE_F64LE);
    case Type::text:
      return text_type(column.size);
  }
  throw std::logic_error("unknown column type");
}

Column column_of(const std::string& name, hid_t type) {
  const auto is = [&](hid_t native) { return H5Tequal(type, native) > 0; };
  if (is(H5T_STD_U8LE)) return {name, Type::u8};
  if (is(H5T_STD_U32LE)) return {name, Type::u32};
  if (is(H5T_STD_I64LE)) return {name, Type::i64};
  if (is(H5T_IEEE_F64LE)) return {name, Type::f64};
  if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0) return {name, Type::text, "", "", H5Tget_size(type)};
  throw std::runtime_error(fmt::format("column '{}' has a type that is not of this format", name));
}

Handle scalar() { return {check(H5Screate(H5S_SCALAR), "scalar"), H5Sclose}; }

Handle new_attribute(hid_t object, const std::string& name, const Handle& type) {
  return {check(H5Acreate2(object, name.c_str(), type.id(), scalar().id(), H5P_DEFAULT, H5P_DEFAULT), name), H5Aclose};
}

}  // namespace

Handle plain(hid_t native) { return {check(H5Tcopy(native), "type"), H5Tclose}; }

Handle compound(const Table& table) {
  Handle type(check(H5Tcreate(H5T_COMPOUND, table.width()), "table type"), H5Tclose);
  for (const Column& column : table.columns())
    check(H5Tinsert(type.id(), column.name.c_str(), column.offset, member_type(column).id()), column.name);
  return type;
}

Table table_of(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND) throw std::runtime_error("not a table");
  Table table;
  const int members = H5Tget_nmembers(type);
  for (int i = 0; i < members; ++i) {
    const unsigned member = static_cast<unsigned>(i);
    char* text = H5Tget_member_name(type, member);
    const std::string name = text ? text : "";
    H5free_memory(text);
    const Handle of(check(H5Tget_member_type(type, member), name), H5Tclose);
    table.add(column_of(name, of.id()));
    if (table.columns().back().offset != H5Tget_member_offset(type, member)) throw std::runtime_error("table is not packed");
  }
  if (table.width() != H5Tget_size(type)) throw std::runtime_error("table is not packed");
  return table;
}

// Variable length: the grid text may be longer than the 64 kB that an attribute can hold in place.
void set_attribute(hid_t object, const std::string& name, std::string_view text) {
  const Handle type = text_type(H5T_VARIABLE);
  const std::string copy(text);
  const char* const pointer = copy.c_str();
  check(H5Awrite(new_attribute(object, name, type).id(), type.id(), &pointer), name);
}

void set_attribute(hid_t object, const std::string& name, std::uint64_t number) {
  const Handle type = plain(H5T_STD_U64LE);
  check(H5Awrite(new_attribute(object, name, type).id(), type.id(), &number), name);
}

std::string text_attribute(hid_t object, const std::string& name) {
  const Handle attribute(check(H5Aopen(object, name.c_str(), H5P_DEFAULT), name), H5Aclose);
  const Handle type = text_type(H5T_VARIABLE);
  char* pointer = nullptr;
  check(H5Aread(attribute.id(), type.id(), &pointer), name);
  const std::string text = pointer ? pointer : "";
  H5free_memory(pointer);
  return text;
}

bool has_attribute(hid_t object, const std::string& name) { return check(H5Aexists(object, name.c_str()), name) > 0; }

}  // namespace espalier::record::h5
