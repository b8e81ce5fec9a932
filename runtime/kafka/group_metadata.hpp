// A member's identity at one moment, for offsets within a transaction.
#pragma once

#include <string>
#include <utility>

#include "runtime/kafka/handles.hpp"

namespace weir::runtime::kafka {

/// Move-only; any thread.
class GroupMetadata {
 public:
  explicit GroupMetadata(GroupMetadataHandle handle) : handle_(std::move(handle)) {}
  /// Without a member: offsets of a group that nobody has joined (assigned consumers, offset
  /// imports).
  explicit GroupMetadata(const std::string& group_id)
      : handle_(rd_kafka_consumer_group_metadata_new(group_id.c_str())) {}

  rd_kafka_consumer_group_metadata_t* raw() const noexcept { return handle_.get(); }

 private:
  GroupMetadataHandle handle_;
};

}  // namespace weir::runtime::kafka
