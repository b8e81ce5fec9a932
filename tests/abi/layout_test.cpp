// Pins the contract: a size or an offset that changes here breaks plugins that were built before.
#include <gtest/gtest.h>
#include <weir/abi.h>

#include <cstddef>

#define EXPECT_AT(type, member, offset) EXPECT_EQ(offsetof(type, member), static_cast<std::size_t>(offset)) << #type "." #member

TEST(AbiLayout, Values) {
  EXPECT_EQ(sizeof(weir_bytes), 16u);
  EXPECT_EQ(sizeof(weir_pair), 32u);
  EXPECT_EQ(sizeof(weir_value), 16u);
  EXPECT_AT(weir_value, kind, 0);
  EXPECT_AT(weir_value, count, 4);
  EXPECT_AT(weir_value, as, 8);
  EXPECT_EQ(sizeof(weir_member), 32u);
  EXPECT_EQ(sizeof(weir_arena), 24u);
  EXPECT_EQ(sizeof(weir_header), 40u);
  EXPECT_EQ(sizeof(weir_schema), 104u);
  EXPECT_AT(weir_schema, name, 16);
  EXPECT_AT(weir_schema, default_value, 48);
  EXPECT_AT(weir_schema, fields, 72);
  EXPECT_AT(weir_schema, values, 96);
}

TEST(AbiLayout, Records) {
  EXPECT_AT(weir_record, topic, 0);
  EXPECT_AT(weir_record, partition, 16);
  EXPECT_AT(weir_record, state, 20);
  EXPECT_AT(weir_record, timestamp, 24);
  EXPECT_AT(weir_record, key, 32);
  EXPECT_AT(weir_record, value, 48);
  EXPECT_AT(weir_record, key_schema, 64);
  EXPECT_AT(weir_record, headers, 80);
  EXPECT_AT(weir_record, raw_key, 96);
  EXPECT_AT(weir_record, raw_value, 112);
  EXPECT_AT(weir_record, origin_topic, 128);
  EXPECT_AT(weir_record, origin_offset, 152);
  EXPECT_AT(weir_record, source_partition, 160);
  EXPECT_AT(weir_record, source_offset, 176);
  EXPECT_AT(weir_record, token, 192);
  EXPECT_EQ(sizeof(weir_record), 200u);
  EXPECT_AT(weir_batch, records, 8);
  EXPECT_AT(weir_batch, count, 16);
  EXPECT_AT(weir_batch, arena, 24);
  EXPECT_AT(weir_batch, load_headers, 40);
  EXPECT_EQ(sizeof(weir_batch), 56u);
}

TEST(AbiLayout, Tables) {
  EXPECT_AT(weir_plugin, components, 48);
  EXPECT_EQ(sizeof(weir_plugin), 72u);
  EXPECT_AT(weir_component, name, 8);
  EXPECT_AT(weir_component, aliases, 56);
  EXPECT_AT(weir_component, keys, 72);
  EXPECT_AT(weir_component, validate, 96);
  EXPECT_AT(weir_component, ops, 112);
  EXPECT_EQ(sizeof(weir_component), 120u);
  EXPECT_EQ(sizeof(weir_source_ops), 64u);
  EXPECT_EQ(sizeof(weir_sink_ops), 80u);
  EXPECT_EQ(sizeof(weir_transform_ops), 32u);
  EXPECT_EQ(sizeof(weir_predicate_ops), 32u);
  EXPECT_EQ(sizeof(weir_converter_ops), 40u);
  EXPECT_EQ(sizeof(weir_header_converter_ops), 40u);
  EXPECT_AT(weir_task, log, 48);
  EXPECT_AT(weir_task, settle, 56);
  EXPECT_AT(weir_task, breaker, 96);
  EXPECT_AT(weir_task, metric, 120);
}
