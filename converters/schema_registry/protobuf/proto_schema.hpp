// A .proto schema as the registry holds it, compiled with what it imports: the messages that it
// describes, at run time. Lenient where the registry is: options of others are passed over, proto3
// fields may have defaults, confluent/meta.proto needs no import.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
#include <weir/result.hpp>

namespace weir::converters::schema_registry::protobuf {

namespace pb = google::protobuf;

/// A file that the schema may import.
struct ImportedFile {
  std::string name;
  std::string text;
};

/// Limits for texts from outside.
inline constexpr std::size_t kMaxProtoText = 8 * 1024 * 1024;
inline constexpr int kMaxProtoDepth = 64;  ///< brackets in each other

/// Immutable once compiled; any thread.
class ProtoSchema {
 public:
  /// text: a .proto file, or a FileDescriptorProto in base64. Imports are looked for in `files`,
  /// then among the known ones. Errc::bad_record with line and column.
  static Result<std::unique_ptr<const ProtoSchema>> compile(const std::string& text,
                                                            const std::vector<ImportedFile>& files);
  /// The same from a description built here; imports are known files.
  static Result<std::unique_ptr<const ProtoSchema>> build(const pb::FileDescriptorProto& file);

  const pb::FileDescriptor& file() const noexcept { return *file_; }

  /// The message at a path of indexes, as the wire format counts them: messages only, without the
  /// entries of map<>.
  Result<const pb::Descriptor*> message_at(const std::vector<std::int32_t>& path) const;
  /// The path of one of this file's messages.
  static std::vector<std::int32_t> path_of(const pb::Descriptor& message);

  /// The [default = ...] of a proto3 field or of an enum's field, which libprotobuf does not know;
  /// nullptr: none.
  const std::string* default_text(const pb::FieldDescriptor& field) const;

  /// The names of an enum's values, by index. libprotobuf knows them by other names: its rules for
  /// them are narrower than the registry's (two enums of a message may not share a name).
  const std::vector<std::string>& value_names(const pb::EnumDescriptor& type) const;

 private:
  class Compiler;
  ProtoSchema() = default;

  std::unique_ptr<pb::DescriptorPool> pool_;
  const pb::FileDescriptor* file_{nullptr};
  std::unordered_map<std::string, std::string> defaults_;  // by the field's full name
  std::unordered_map<std::string, std::vector<std::string>>
      value_names_;  // by the enum's full name
};

/// A field's (confluent.field_meta).params.
std::map<std::string, std::string> params_of(const pb::FieldDescriptor& field);

}  // namespace weir::converters::schema_registry::protobuf
