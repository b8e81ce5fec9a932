#include "support/load/poster.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>

namespace weir::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Clock = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;
using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{50};
constexpr milliseconds kLongestWait{1000};

auto no_throw(boost::system::error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

struct Answer {
  unsigned status{0};  ///< 0: none
  std::optional<milliseconds> retry_after;
};

class Run {
 public:
  Run(const std::vector<Sale>& sales, const PosterOptions& options)
      : sales_(sales), options_(options) {
    report_.statuses.resize(sales.size());
    report_.latency_us.reserve(sales.size());
  }

  PosterReport run() {
    start_ = Clock::now();
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.connections, 1); ++i) {
      asio::co_spawn(io_, connection(), asio::detached);
    }
    if (options_.progress) {
      asio::co_spawn(io_, progress(), asio::detached);
    }
    io_.run();
    report_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    for (unsigned status : report_.statuses) {
      ++report_.counts[status];
    }
    std::sort(report_.latency_us.begin(), report_.latency_us.end());
    return std::move(report_);
  }

 private:
  asio::awaitable<void> sleep(Clock::time_point until) {
    asio::steady_timer timer(io_, until);
    boost::system::error_code ignored;
    co_await timer.async_wait(no_throw(ignored));
  }

  asio::awaitable<void> connection() {
    std::unique_ptr<beast::tcp_stream> stream;
    while (next_ < sales_.size()) {
      const std::size_t index = next_++;
      if (options_.rate > 0) {
        auto due =
            start_ + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(static_cast<double>(index) / options_.rate));
        co_await sleep(due);
      }
      co_await post_one(index, stream);
      ++done_;
    }
  }

  asio::awaitable<void> post_one(std::size_t index, std::unique_ptr<beast::tcp_stream>& stream) {
    const Clock::time_point give_up = Clock::now() + options_.give_up_after;
    milliseconds wait = kFirstWait;
    while (true) {
      const Clock::time_point sent = Clock::now();
      Answer answer;
      co_await exchange(sales_[index], stream, answer);
      // 409: an earlier try of this sale is still under way.
      const bool again = answer.status == 0 || answer.status == 409 || answer.status == 429 || answer.status == 503;
      if (!again) {
        auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent);
        report_.latency_us.push_back(static_cast<std::uint32_t>(took.count()));
        report_.statuses[index] = answer.status;
        co_return;
      }
      const Clock::time_point next = Clock::now() + answer.retry_after.value_or(wait);
      if (next >= give_up) {
        co_return;
      }
      ++report_.tries_again;
      wait = std::min(wait * 2, kLongestWait);
      co_await sleep(next);
    }
  }

  /// One request and its answer; an open connection is left in `stream`.
  asio::awaitable<void> exchange(const Sale& sale, std::unique_ptr<beast::tcp_stream>& stream,
                                 Answer& answer) {
    boost::system::error_code error;
    if (!stream) {
      stream = std::make_unique<beast::tcp_stream>(io_);
      stream->expires_after(options_.timeout);
      Tcp::endpoint endpoint(asio::ip::make_address(options_.host), options_.port);
      co_await stream->async_connect(endpoint, no_throw(error));
      if (error) {
        stream.reset();
        co_return;
      }
      stream->socket().set_option(Tcp::no_delay(true), error);
    }
    http::request<http::string_body> request(
        http::verb::post, sale.key.starts_with("O-") ? options_.online_path : options_.store_path,
        11);
    request.set(http::field::host, options_.host);
    request.set(http::field::content_type, "application/json");
    if (!options_.api_key.empty()) {
      request.set("X-API-Key", options_.api_key);
    }
    request.body() = sale.body;
    request.prepare_payload();
    stream->expires_after(options_.timeout);
    co_await http::async_write(*stream, request, no_throw(error));
    if (error) {
      stream.reset();
      co_return;
    }
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(*stream, buffer, response, no_throw(error));
    if (error) {
      stream.reset();
      co_return;
    }
    answer.status = response.result_int();
    const auto retry_after = response[http::field::retry_after];
    long seconds = 0;
    if (std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds).ec ==
        std::errc()) {
      answer.retry_after = std::chrono::seconds(seconds);
    }
    if (!response.keep_alive()) {
      stream.reset();
    }
  }

  asio::awaitable<void> progress() {
    while (done_ < sales_.size()) {
      co_await sleep(Clock::now() + std::chrono::seconds(1));
      std::cerr << done_ << " of " << sales_.size() << " sales answered" << std::endl;
    }
  }

  const std::vector<Sale>& sales_;
  const PosterOptions& options_;
  PosterReport report_;
  std::size_t next_{0};
  std::size_t done_{0};
  Clock::time_point start_;
  asio::io_context io_{1};
};

}  // namespace

std::uint64_t PosterReport::acknowledged() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : counts) {
    sum += status >= 200 && status < 300 ? count : 0;
  }
  return sum;
}

double PosterReport::percentile_ms(double share) const {
  if (latency_us.empty()) {
    return 0;
  }
  auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(latency_us.size())));
  return latency_us[std::max<std::size_t>(rank, 1) - 1] / 1000.0;
}

PosterReport post_sales(const std::vector<Sale>& sales, const PosterOptions& options) {
  return Run(sales, options).run();
}

}  // namespace weir::test
