#include "proto_schema.hpp"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <set>
#include <weir/java_text.hpp>
#include <weir/java_utf8.hpp>

#include "known_files.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

constexpr std::string_view kRootFile = "default.proto";
constexpr std::size_t kMaxFiles = 1000;
constexpr int kMetaExtension = 1088;
constexpr int kMetaParams = 2;

class FirstError final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    if (text_.empty()) {
      text_ = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ": " +
              message;
    }
  }
  void AddError(const std::string& /*file*/, const std::string& element,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    if (text_.empty()) {
      text_ = element + ": " + message;
    }
  }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The parser recurses for each bracket: how deep they are, strings and comments apart.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c && text[i] != '\n'; ++i) {
        i += text[i] == '\\' ? 1 : 0;
      }
    } else if (c == '/' && i + 1 < text.size() && text[i + 1] == '/') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '/' && i + 1 < text.size() && text[i + 1] == '*') {
      const std::size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 1;
    } else if (c == '{' || c == '[' || c == '(' || c == '<') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']' || c == ')' || c == '>') {
      --depth;
    }
  }
  return deepest;
}

// What is left of an element's options: those that change what bytes mean, and Confluent's own.
template <class Options>
void keep_known_options(Options& options, bool& has_meta) {
  auto& list = *options.mutable_uninterpreted_option();
  for (int i = list.size() - 1; i >= 0; --i) {
    auto& option = list[i];
    bool keep = false;
    if (option.name_size() > 0 && option.name(0).is_extension()) {
      std::string name = option.name(0).name_part();
      name.erase(0, name.starts_with('.') ? 1 : 0);
      if (name.starts_with("confluent.") && name.ends_with("_meta")) {
        // From the root, so that a package like io.confluent does not get in the way.
        option.mutable_name(0)->set_name_part("." + name);
        keep = has_meta = true;
      }
    } else if (option.name_size() == 1) {
      const std::string& name = option.name(0).name_part();
      keep = name == "packed" || name == "allow_alias" || name == "message_set_wire_format";
    }
    if (!keep) {
      list.DeleteSubrange(i, 1);
    }
  }
}

class Cleaner {
 public:
  using Defaults = std::unordered_map<std::string, std::string>;
  using ValueNames = std::unordered_map<std::string, std::vector<std::string>>;

  Cleaner(pb::FileDescriptorProto& file, Defaults& defaults, ValueNames& value_names)
      : file_(file),
        defaults_(defaults),
        value_names_(value_names),
        proto3_(file.syntax() == "proto3") {}

  void run() {
    file_.clear_options();
    file_.clear_service();
    file_.clear_source_code_info();
    const std::string scope = file_.package().empty() ? "" : file_.package() + ".";
    for (auto& message : *file_.mutable_message_type()) {
      clean(message, scope);
    }
    for (auto& each : *file_.mutable_enum_type()) {
      clean(each, scope);
    }
    for (auto& extension : *file_.mutable_extension()) {
      clean(extension, scope);
    }
    const auto& imports = file_.dependency();
    if (has_meta_ && std::find(imports.begin(), imports.end(), kMetaFile) == imports.end()) {
      file_.add_dependency(std::string(kMetaFile));
    }
  }

 private:
  void clean(pb::DescriptorProto& message, const std::string& scope) {
    const std::string inner = scope + message.name() + ".";
    if (message.has_options()) {
      keep_known_options(*message.mutable_options(), has_meta_);
    }
    for (auto& field : *message.mutable_field()) {
      clean(field, inner);
    }
    for (auto& extension : *message.mutable_extension()) {
      clean(extension, inner);
    }
    for (auto& oneof : *message.mutable_oneof_decl()) {
      oneof.clear_options();
    }
    for (auto& range : *message.mutable_extension_range()) {
      range.clear_options();
    }
    for (auto& each : *message.mutable_enum_type()) {
      clean(each, inner);
    }
    for (auto& nested : *message.mutable_nested_type()) {
      clean(nested, inner);
    }
  }

  void clean(pb::FieldDescriptorProto& field, const std::string& scope) {
    if (field.has_options()) {
      keep_known_options(*field.mutable_options(), has_meta_);
    }
    field.clear_json_name();  // names that differ in case only would collide
    if ((proto3_ || field.has_type_name()) && field.has_default_value()) {
      defaults_[scope + field.name()] = field.default_value();
      field.clear_default_value();
    }
  }

  void clean(pb::EnumDescriptorProto& each, const std::string& scope) {
    if (each.has_options()) {
      keep_known_options(*each.mutable_options(), has_meta_);
    }
    std::vector<std::string>& names = value_names_[scope + each.name()];
    names.clear();
    for (auto& value : *each.mutable_value()) {
      value.clear_options();
      names.push_back(value.name());
      value.set_name(each.name() + "_value_" + std::to_string(names.size()));
    }
  }

  pb::FileDescriptorProto& file_;
  Defaults& defaults_;
  ValueNames& value_names_;
  bool proto3_;
  bool has_meta_{false};
};

}  // namespace

class ProtoSchema::Compiler {
 public:
  explicit Compiler(const std::vector<ImportedFile>& files) : files_(files) {}

  Result<std::unique_ptr<const ProtoSchema>> text(const std::string& text) {
    pb::FileDescriptorProto file;
    if (auto done = parse(text, kRootFile, file); !done) {
      if (!from_base64(text, file)) {
        return done.error();
      }
    }
    return root(std::move(file));
  }

  Result<std::unique_ptr<const ProtoSchema>> root(pb::FileDescriptorProto file) {
    file.set_name(std::string(kRootFile));
    auto built = add(std::move(file), 0);
    if (!built) {
      return built.error();
    }
    schema_->file_ = *built;
    return std::unique_ptr<const ProtoSchema>(std::move(schema_));
  }

 private:
  static Result<void> parse(std::string_view text, std::string_view name,
                            pb::FileDescriptorProto& file) {
    const std::string start = "Could not parse Protobuf - " + std::string(name) + ": ";
    if (text.size() > kMaxProtoText) {
      return bad_record(start + "longer than " + std::to_string(kMaxProtoText) + " bytes");
    }
    if (java::detail::first_malformed(text.data(), text.data() + text.size()) != text.data() + text.size()) {
      return bad_record(start + "not UTF-8");
    }
    if (depth_of(text) > kMaxProtoDepth) {
      return bad_record(start + "brackets nested deeper than " + std::to_string(kMaxProtoDepth));
    }
    FirstError error;
    pb::io::ArrayInputStream in(text.data(), static_cast<int>(text.size()));
    pb::io::Tokenizer tokens(&in, &error);
    pb::compiler::Parser parser;
    parser.RecordErrorsTo(&error);
    file.Clear();
    const bool parsed = parser.Parse(&tokens, &file);
    if (!parsed || !error.empty()) {
      return bad_record(start + (error.empty() ? "not a .proto file" : error.text()));
    }
    file.set_name(std::string(name));
    return {};
  }

  static bool from_base64(std::string_view text, pb::FileDescriptorProto& file) {
    const auto bytes = java::parse_base64(text);
    file.Clear();
    return bytes && !bytes->empty() && file.ParseFromString(*bytes);
  }

  Result<const pb::FileDescriptor*> import(const std::string& name, int depth) {
    if (const auto* known = schema_->pool_->FindFileByName(name)) {
      return known;
    }
    if (depth > kMaxProtoDepth || ++count_ > kMaxFiles) {
      return bad_record("Too many imports in each other, at \"" + name + "\"");
    }
    if (!open_.insert(name).second) {
      return bad_record("\"" + name + "\" imports itself, directly or through others");
    }
    pb::FileDescriptorProto file;
    const auto given = std::find_if(files_.begin(), files_.end(),
                                    [&](const ImportedFile& f) { return f.name == name; });
    const std::string_view text =
        given != files_.end() ? std::string_view(given->text) : known_file(name);
    if (!text.empty()) {
      if (auto done = parse(text, name, file); !done) {
        if (given == files_.end() || !from_base64(text, file)) {
          return done.error();
        }
      }
    } else if (const auto* built_in =
                   name.starts_with("google/protobuf/")
                       ? pb::DescriptorPool::generated_pool()->FindFileByName(name)
                       : nullptr) {
      built_in->CopyTo(&file);
    } else {
      return bad_record("import \"" + name +
                        "\" is neither among the schema's references nor one of the files that "
                        "need no reference");
    }
    file.set_name(name);
    auto added = add(std::move(file), depth);
    open_.erase(name);
    return added;
  }

  Result<const pb::FileDescriptor*> add(pb::FileDescriptorProto file, int depth) {
    // A description in base64 comes past the text's checks.
    if (nested_too_deep(file)) {
      return bad_record("Messages nested deeper than " + std::to_string(kMaxProtoDepth) + " in " +
                        file.name());
    }
    Cleaner(file, schema_->defaults_, schema_->value_names_).run();
    for (const std::string& name : file.dependency()) {
      if (auto found = import(name, depth + 1); !found) {
        return bad_record(found.error().message +
                          (depth == 0 ? "" : " (imported by " + file.name() + ")"));
      }
    }
    FirstError error;
    const auto* built = schema_->pool_->BuildFileCollectingErrors(file, &error);
    if (built == nullptr) {
      return bad_record("Invalid Protobuf schema" +
                        (depth == 0 ? std::string() : " " + file.name()) + ": " +
                        (error.empty() ? "it cannot be built" : error.text()));
    }
    return built;
  }

  static bool nested_too_deep(const pb::FileDescriptorProto& file) {
    std::vector<std::pair<const pb::DescriptorProto*, int>> open;
    for (const auto& message : file.message_type()) {
      open.emplace_back(&message, 1);
    }
    while (!open.empty()) {
      const auto [message, depth] = open.back();
      open.pop_back();
      if (depth > kMaxProtoDepth) {
        return true;
      }
      for (const auto& nested : message->nested_type()) {
        open.emplace_back(&nested, depth + 1);
      }
    }
    return false;
  }

  static std::unique_ptr<ProtoSchema> empty() {
    std::unique_ptr<ProtoSchema> schema(new ProtoSchema());
    schema->pool_ = std::make_unique<pb::DescriptorPool>();
    return schema;
  }

  pb::LogSilencer silence_;  // libprotobuf writes warnings about texts to stderr
  const std::vector<ImportedFile>& files_;
  std::unique_ptr<ProtoSchema> schema_{empty()};
  std::set<std::string> open_;
  std::size_t count_{0};
};

Result<std::unique_ptr<const ProtoSchema>> ProtoSchema::compile(
    const std::string& text, const std::vector<ImportedFile>& files) {
  return Compiler(files).text(text);
}

Result<std::unique_ptr<const ProtoSchema>> ProtoSchema::build(const pb::FileDescriptorProto& file) {
  static const std::vector<ImportedFile> kNone;
  return Compiler(kNone).root(file);
}

namespace {

// The i-th message of a level, the entries of map<> apart.
template <class At>
const pb::Descriptor* nth(int count, std::int32_t i, At&& at) {
  for (int k = 0; k < count; ++k) {
    const pb::Descriptor* message = at(k);
    if (!message->options().map_entry() && i-- == 0) {
      return message;
    }
  }
  return nullptr;
}

}  // namespace

Result<const pb::Descriptor*> ProtoSchema::message_at(const std::vector<std::int32_t>& path) const {
  const pb::Descriptor* at = nullptr;
  for (const std::int32_t i : path) {
    if (at == nullptr) {
      at = nth(file_->message_type_count(), i, [&](int k) { return file_->message_type(k); });
    } else {
      at = nth(at->nested_type_count(), i, [&](int k) { return at->nested_type(k); });
    }
    if (at == nullptr || i < 0) {
      std::string text;
      for (const std::int32_t n : path) {
        text += (text.empty() ? "" : ",") + std::to_string(n);
      }
      return bad_record("The schema has no message at index [" + text + "]");
    }
  }
  if (at == nullptr) {
    return bad_record("The message's index is empty");
  }
  return at;
}

std::vector<std::int32_t> ProtoSchema::path_of(const pb::Descriptor& message) {
  std::vector<std::int32_t> path;
  for (const pb::Descriptor* at = &message; at != nullptr; at = at->containing_type()) {
    const pb::Descriptor* parent = at->containing_type();
    std::int32_t index = 0;
    for (int i = 0; i < at->index(); ++i) {
      const pb::Descriptor* before =
          parent != nullptr ? parent->nested_type(i) : at->file()->message_type(i);
      index += before->options().map_entry() ? 0 : 1;
    }
    path.insert(path.begin(), index);
  }
  return path;
}

const std::string* ProtoSchema::default_text(const pb::FieldDescriptor& field) const {
  if (defaults_.empty()) {
    return nullptr;
  }
  const auto it = defaults_.find(field.full_name());
  return it == defaults_.end() ? nullptr : &it->second;
}

const std::vector<std::string>& ProtoSchema::value_names(const pb::EnumDescriptor& type) const {
  return value_names_.at(type.full_name());
}

std::map<std::string, std::string> params_of(const pb::FieldDescriptor& field) {
  std::map<std::string, std::string> params;
  // The extension is not compiled in, so it stands among the unknown fields.
  const pb::UnknownFieldSet& options =
      pb::FieldOptions::GetReflection()->GetUnknownFields(field.options());
  for (int i = 0; i < options.field_count(); ++i) {
    if (options.field(i).number() != kMetaExtension ||
        options.field(i).type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) {
      continue;
    }
    pb::UnknownFieldSet meta;
    if (!meta.ParseFromString(options.field(i).length_delimited())) {
      continue;
    }
    for (int k = 0; k < meta.field_count(); ++k) {
      if (meta.field(k).number() != kMetaParams ||
          meta.field(k).type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) {
        continue;
      }
      pb::UnknownFieldSet entry;
      if (!entry.ParseFromString(meta.field(k).length_delimited())) {
        continue;
      }
      std::string key;
      std::string value;
      for (int e = 0; e < entry.field_count(); ++e) {
        if (entry.field(e).type() == pb::UnknownField::TYPE_LENGTH_DELIMITED) {
          (entry.field(e).number() == 1 ? key : value) = entry.field(e).length_delimited();
        }
      }
      params[key] = value;
    }
  }
  return params;
}

}  // namespace weir::converters::schema_registry::protobuf
