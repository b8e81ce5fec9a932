// JSON as the ingest accepts it: what two readers could understand differently is refused.
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>
#include <weir/result.hpp>

namespace weir::connectors::http_ingest {

/// One JSON value and nothing after it. Errc::bad_record with the reason and place: not JSON,
/// deeper than max_depth, invalid UTF-8, a lone surrogate, the same name twice in an object,
/// \u0000, a number beyond a double.
Result<boost::json::value> parse_strict(std::string_view text, std::size_t max_depth,
                                        boost::json::storage_ptr storage = {});

}  // namespace weir::connectors::http_ingest
