#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>

#include "gateway.hpp"

namespace weir::connectors::http_ingest {
namespace {

namespace json = boost::json;

json::object problem(const char* what) {
  return {{"description", what},
          {"content", {{"application/problem+json", {{"schema", {{"type", "object"}}}}}}}};
}

json::object operation(const Config& config, const Route& route) {
  json::object responses{
      {config.response_mode == ResponseMode::accepted ? "202" : "201",
       {{"description",
         config.response_mode == ResponseMode::accepted ? "Validated." : "Kafka has the record."}}},
      {"400", problem("Not acceptable JSON.")},
      {"409", problem("The same request is still being worked on.")},
      {"413", problem("The body is too long.")},
      {"415", problem("Not JSON.")},
      {"422", problem("Does not follow the schema; errors[] has pointer, keyword and detail.")},
      {"503", problem("Try again after Retry-After seconds.")}};
  json::object schema{{"type", "object"}};
  std::string file = route.schema_file;
  ConfigProblems ignored;
  const auto topics = parse_topic_schemas(config, ignored);
  if (auto it = topics.find(route.topic); file.empty() && it != topics.end()) {
    file = it->second;
  }
  if (std::ifstream in(file, std::ios::binary); !file.empty() && in) {
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json::error_code ec;
    if (const auto parsed = json::parse(text, ec); !ec && parsed.is_object()) {
      schema = parsed.get_object();
    }
  }
  json::object out{
      {"operationId", route.name},
      {"parameters", json::array{{{"name", config.idempotency_header},
                                  {"in", "header"},
                                  {"schema", {{"type", "string"}}}}}},
      {"requestBody",
       {{"required", true}, {"content", {{"application/json", {{"schema", schema}}}}}}}};
  if (!config.anonymous()) {
    responses["401"] = problem("The API key is missing or not known.");
    responses["403"] = problem("The API key may not write this topic.");
    out["security"] = json::array{json::object{{"apiKey", json::array{}}}};
  }
  out["responses"] = std::move(responses);
  return out;
}

}  // namespace

std::string openapi_document(const Config& config, const std::vector<Route>& routes) {
  json::object paths;
  for (const Route& route : routes) {
    paths[route.path] = json::object{{"post", operation(config, route)}};
  }
  json::object document{{"openapi", "3.1.0"},
                        {"info", {{"title", "Weir HTTP ingest"}, {"version", "1.0.0"}}},
                        {"paths", paths}};
  if (!config.anonymous()) {
    document["components"] =
        json::object{{"securitySchemes",
                      {{"apiKey", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}}};
  }
  return json::serialize(document);
}

}  // namespace weir::connectors::http_ingest
