// Rows of a result as records: schemas from the columns, keys from some of them.
#pragma once

#include "source_config.hpp"

#include <weir/arena.hpp>
#include <weir/odbc/statement.hpp>
#include <weir/odbc/value_cells.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>
#include <weir/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::odbc {

class RowReader {
 public:
  explicit RowReader(const OdbcSourceConfig& config) : config_(config) {}

  /// The columns of the result about to be read. Schemas stay as long as this object, also those of earlier columns.
  /// bad_config: a column that the configuration names is missing.
  weir::Result<void> begin(const std::vector<weir::odbc::ResultColumn>& columns, weir::odbc::DialectKind dialect);

  struct Row {
    weir::Value value;
    weir::Value key;
    std::optional<std::int64_t> incrementing;
    std::string timestamp;  ///< as the database writes it
  };
  /// The row the statement stands on. Decimals have the digits that the database writes.
  weir::odbc::Outcome<Row> read(weir::odbc::Statement& statement, weir::Arena arena) const;
  /// Gives decimals the scale of their schema, as converters want it. A driver makes up the scale of a NUMERIC that has none:
  /// for a value with more digits the schemas change, so ask for them afterwards.
  void fit(Row& row, weir::Arena arena);

  const weir_schema* value_schema() const noexcept { return value_schema_; }
  const weir_schema* key_schema() const noexcept { return key_schema_; }
  /// A key read back from JSON, in the types of the key's schema.
  weir::Value typed_key(weir::Value from_json, weir::Arena arena) const;

 private:
  struct Column {
    std::string name;
    weir::odbc::ReadAs as{weir::odbc::ReadAs::text};
    bool nullable{true};
    int scale{0};  ///< of a decimal
    std::optional<weir::odbc::ReadAs> number;  ///< what numeric.mapping makes of a decimal
    const weir_schema* schema{nullptr};
  };
  std::optional<std::size_t> index_of(std::string_view name) const;
  const weir_schema* schema_of(const Column& column, bool null, weir::Arena arena) const;
  void build_schemas();
  weir::Value key_of(const weir_member* members, weir::Arena arena) const;

  OdbcSourceConfig config_;
  weir::OwnedArena schemas_;
  std::vector<weir::odbc::ResultColumn> described_;
  std::vector<Column> columns_;
  std::vector<std::size_t> keys_;
  std::optional<std::size_t> incrementing_at_;
  std::vector<std::size_t> timestamps_at_;
  const weir_schema* value_schema_{nullptr};
  const weir_schema* key_schema_{nullptr};
};

}  // namespace weir::connectors::odbc
