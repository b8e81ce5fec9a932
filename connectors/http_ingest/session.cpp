#include "session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <ctime>
#include <utility>

#include "digest.hpp"

// g++ 12 makes wrong code of co_await inside a larger expression with temporaries: it stands alone
// here, always.

namespace weir::connectors::http_ingest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kReadBodyBytes = 64 * 1024;
constexpr std::size_t kDrainBytes = 64 * 1024;  // of a refused body: read to keep the connection
constexpr std::size_t kLingerBytes =
    4 * 1024 * 1024;  // read and thrown away so that the answer gets through
constexpr std::chrono::milliseconds kLinger{1000};

/// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second.
const std::string& http_date() {
  thread_local std::time_t made_for = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made_for) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday], parts.tm_mday,
                       kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                       parts.tm_sec);
    made_for = now;
  }
  return text;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

std::string_view to_std(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

bool Shared::reserve(std::int64_t bytes) {
  auto& held = gateway.health().inflight_bytes;
  if (held.fetch_add(bytes) + bytes > config.max_inflight_bytes) {
    held.fetch_sub(bytes);
    return false;
  }
  return true;
}

void Shared::release(std::int64_t bytes) { gateway.health().inflight_bytes.fetch_sub(bytes); }

Session::Session(Lane& lane, asio::ip::tcp::socket socket)
    : lane_(lane),
      shared_(lane.shared),
      socket_(std::move(socket)),
      wake_(lane.context, Clock::time_point::max()),
      buffer_(static_cast<std::size_t>(lane.shared.config.header_max_bytes) + kReadBodyBytes) {
  lane_.sessions.insert(this);
}

Session::~Session() {
  lane_.sessions.erase(this);
  if (!refused_) {
    const auto left = shared_.connections.fetch_sub(1) - 1;
    shared_.metrics.connections.record(static_cast<double>(left));
    if (left == 0) {
      const std::lock_guard lock(shared_.mutex);
      shared_.closed.notify_all();
    }
  }
}

void Session::begin(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  expired_ = false;
  deadline_ = Clock::now() + limit;
}

void Session::check_deadline(Clock::time_point now) {
  if (now < deadline_) {
    return;
  }
  expired_ = true;
  error_code ignored;
  if (phase_ == Phase::waiting) {
    wake_.cancel(ignored);
  } else {
    socket_.cancel(ignored);
  }
}

void Session::stop_if_idle() {
  if (phase_ == Phase::idle) {
    error_code ignored;
    socket_.cancel(ignored);
  }
}

void Session::settled(std::shared_ptr<Exchange> exchange) {
  settled_ = std::move(exchange);
  error_code ignored;
  wake_.cancel(ignored);
}

asio::awaitable<void> Session::refuse() {
  refused_ = true;
  begin(Phase::writing, kLinger);
  const Answer busy = busy_answer(ErrorForm::problem, "Too many connections.");
  const bool sent = co_await send(busy, false, 11);
  if (sent) {
    co_await linger();
  }
}

asio::awaitable<void> Session::run() {
  const auto self = shared_from_this();
  bool more = true;
  while (more) {
    more = co_await serve_one();
  }
  error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<bool> Session::fill(std::size_t bytes) {
  bytes = std::min(bytes, buffer_.max_size() - buffer_.size());
  if (bytes == 0) {
    co_return false;
  }
  error_code ec;
  const std::size_t n = co_await socket_.async_read_some(
      buffer_.prepare(bytes), asio::redirect_error(asio::use_awaitable, ec));
  buffer_.commit(n);
  co_return !ec;
}

template <class Done>
asio::awaitable<Session::Read> Session::feed(Parser& parser, std::size_t read_bytes, Done done) {
  while (!done(parser)) {
    error_code ec;
    if (buffer_.size() > 0) {
      buffer_.consume(parser.put(buffer_.data(), ec));
      if (!ec || ec == http::error::need_more) {
        if (done(parser)) {
          break;
        }
      } else if (ec == http::error::header_limit || ec == http::error::body_limit) {
        co_return Read::too_long;
      } else {
        co_return Read::bad;
      }
      if (!ec && buffer_.size() > 0) {
        continue;
      }
    }
    if (buffer_.size() == buffer_.max_size()) {
      co_return Read::too_long;
    }
    const bool filled = co_await fill(read_bytes);
    if (!filled) {
      co_return expired_ ? Read::timed_out : Read::closed;
    }
  }
  co_return Read::done;
}

asio::awaitable<Session::Read> Session::read_head(Parser& parser) {
  if (buffer_.size() == 0) {
    begin(Phase::idle, shared_.config.idle_timeout);
    if (shared_.draining()) {
      co_return Read::closed;
    }
    const bool filled = co_await fill(kReadBytes);
    if (!filled) {
      co_return Read::closed;
    }
  }
  begin(Phase::head, shared_.config.header_timeout);
  co_return co_await feed(parser, kReadBytes, [](const Parser& p) { return p.is_header_done(); });
}

asio::awaitable<Session::Read> Session::read_body(Parser& parser) {
  parser.eager(true);
  co_return co_await feed(parser, kReadBodyBytes, [](const Parser& p) { return p.is_done(); });
}

asio::awaitable<bool> Session::serve_one() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(shared_.config.header_max_bytes));
  parser.body_limit(boost::none);
  request_id_.clear();
  method_.clear();
  path_.clear();
  caller_.clear();
  route_ = "other";

  const Read head = co_await read_head(parser);
  began_ = Clock::now();
  if (head == Read::closed) {
    co_return false;
  }
  if (head != Read::done) {
    const Answer answer =
        head == Read::timed_out
            ? error_answer(ErrorForm::problem, 408, "The headers took too long.")
        : head == Read::too_long
            ? error_answer(ErrorForm::problem, 431, "The headers are too long.")
            : error_answer(ErrorForm::problem, 400, "This is not an HTTP request.");
    const bool sent = co_await send(answer, false, 11);
    if (sent) {
      co_await linger();
    }
    co_return false;
  }

  const auto& request = parser.get();
  const unsigned version = request.version();
  bool keep_alive = parser.keep_alive();
  method_ = std::string(to_std(request.method_string()));
  const std::string_view target = to_std(request.target());
  path_ = std::string(target.substr(0, target.find('?')));
  const std::string_view id = to_std(request["X-Request-Id"]);
  request_id_ = is_request_id(id) ? std::string(id) : random_id();
  std::optional<std::uint64_t> length;
  if (const auto n = parser.content_length()) {
    length = *n;
  }

  auto admitted = shared_.gateway.admit({method_, target, request, length, parser.chunked()});
  Answer answer;
  if (auto* refusal = std::get_if<Answer>(&admitted)) {
    answer = std::move(*refusal);
    // Read a short body that nobody wants, so that the connection can be used again.
    const bool short_body = length.value_or(0) <= kDrainBytes && !parser.chunked();
    if (!short_body || request.count(http::field::expect) > 0) {
      answer.close = true;
    } else if (!answer.close && !parser.is_done()) {
      begin(Phase::body, shared_.config.header_timeout);
      const Read read = co_await read_body(parser);
      answer.close = read != Read::done;
    }
  } else {
    Admission admission = std::get<Admission>(std::move(admitted));
    answer = co_await handle(parser, std::move(admission));
  }
  keep_alive = keep_alive && !answer.close && !shared_.draining();
  const bool sent = co_await send(answer, keep_alive, version);
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  shared_.metrics.request(route_, answer.status, seconds);
  log_access(answer, seconds);
  if (sent && !keep_alive && answer.close) {
    co_await linger();
  }
  co_return sent&& keep_alive;
}

asio::awaitable<Answer> Session::handle(Parser& parser, Admission admission) {
  route_ = admission.route != nullptr ? std::string_view(admission.route->name)
           : admission.api == Api::v2 ? "v2"
                                      : "v3";
  caller_ = admission.principal->id;
  const ErrorForm form = admission.form();
  const auto limit = static_cast<std::uint64_t>(shared_.config.request_max_bytes);
  const auto known = parser.content_length();
  auto reserved = static_cast<std::int64_t>(known ? *known : limit);
  if (!shared_.reserve(reserved)) {
    Answer busy = busy_answer(form, "Too much is waiting for Kafka.");
    busy.close = true;
    co_return busy;
  }
  begin(Phase::body, shared_.config.request_timeout);
  if (parser.get().count(http::field::expect) > 0 && buffer_.size() == 0) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code ec;
    co_await asio::async_write(socket_, asio::buffer(kContinue),
                               asio::redirect_error(asio::use_awaitable, ec));
  }
  parser.body_limit(limit);
  const Read read = co_await read_body(parser);
  if (read != Read::done) {
    shared_.release(reserved);
    Answer answer =
        read == Read::timed_out ? error_answer(form, 408, "The body took too long.")
        : read == Read::too_long
            ? error_answer(form, 413, fmt::format("The body is longer than {} bytes.", limit))
            : error_answer(form, 400, "The body is not complete or not well formed.");
    answer.close = true;
    co_return answer;
  }
  auto request = parser.release();
  const auto used = static_cast<std::int64_t>(request.body().size());
  shared_.release(reserved - used);

  std::variant<Answer, std::shared_ptr<Exchange>> accepted;
  try {
    accepted = shared_.gateway.accept(admission, request, std::move(request.body()));
  } catch (const std::exception& e) {
    shared_.task.log(LogLevel::error, fmt::format("{} {} failed: {}", method_, path_, e.what()));
    accepted = error_answer(form, 500, "The request could not be worked on.");
  }
  if (auto* answer = std::get_if<Answer>(&accepted)) {
    shared_.release(used);
    co_return std::move(*answer);
  }
  auto exchange = std::get<std::shared_ptr<Exchange>>(std::move(accepted));
  exchange->bytes = static_cast<std::size_t>(used);
  exchange->lane = lane_.index;
  exchange->id = ++shared_.next_id;
  const bool wait = shared_.config.response_mode == ResponseMode::acks;
  Answer early;
  if (wait) {
    settled_.reset();
    lane_.waiting.emplace(exchange->id, this);
  } else {
    early = shared_.gateway.accepted_answer(*exchange);
  }
  if (!shared_.queue.push(exchange)) {
    lane_.waiting.erase(exchange->id);
    shared_.gateway.cancel(*exchange);
    shared_.release(used);
    Answer busy = busy_answer(form, "The ingest is being stopped.");
    busy.close = true;
    co_return busy;
  }
  if (!wait) {
    co_return early;
  }
  co_return co_await wait_for_kafka(std::move(exchange), form);
}

asio::awaitable<Answer> Session::wait_for_kafka(std::shared_ptr<Exchange> exchange,
                                                ErrorForm form) {
  phase_ = Phase::waiting;  // the deadline goes on
  const std::uint64_t id = exchange->id;
  exchange.reset();
  while (!settled_ && !expired_) {
    error_code ec;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  lane_.waiting.erase(id);
  if (!settled_) {
    co_return busy_answer(form,
                          "Kafka has not acknowledged the record in time; it may still do so.");
  }
  const auto done = std::exchange(settled_, nullptr);
  co_return shared_.gateway.answer(*done);
}

asio::awaitable<bool> Session::send(const Answer& answer, bool keep_alive, unsigned version) {
  begin(Phase::writing, shared_.config.idle_timeout);
  out_.clear();
  fmt::format_to(std::back_inserter(out_),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nDate: {}\r\n",
                 answer.status, reason_phrase(answer.status), answer.content_type,
                 answer.body.size(), http_date());
  if (!request_id_.empty()) {
    out_.append("X-Request-Id: ").append(request_id_).append("\r\n");
  }
  for (const auto& [name, value] : answer.headers) {
    out_.append(name).append(": ").append(value).append("\r\n");
  }
  if (!keep_alive) {
    out_.append("Connection: close\r\n");
  } else if (version == 10) {
    out_.append("Connection: keep-alive\r\n");
  }
  out_.append("\r\n");
  if (method_ != "HEAD") {
    out_.append(answer.body);
  }
  error_code ec;
  co_await asio::async_write(socket_, asio::buffer(out_),
                             asio::redirect_error(asio::use_awaitable, ec));
  co_return !ec;
}

/// A close with unread input would reset the connection, and the caller might lose the answer.
asio::awaitable<void> Session::linger() {
  error_code ec;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
  begin(Phase::writing, kLinger);
  std::size_t total = 0;
  while (!ec && total < kLingerBytes && !expired_) {
    buffer_.clear();
    const std::size_t n = co_await socket_.async_read_some(
        buffer_.prepare(kReadBodyBytes), asio::redirect_error(asio::use_awaitable, ec));
    total += n;
  }
}

void Session::log_access(const Answer& answer, double seconds) const {
  const std::string& wanted = shared_.config.access_log;
  if (wanted == "off" || (wanted == "errors" && answer.status < 400)) {
    return;
  }
  error_code ec;
  const auto peer = socket_.remote_endpoint(ec);
  shared_.task.log(
      LogLevel::info,
      fmt::format(
          R"({{"request":{},"from":"{}","method":{},"path":{},"caller":{},"status":{},"bytes":{},"ms":{:.1f}}})",
          quoted(request_id_), ec ? std::string() : peer.address().to_string(), quoted(method_),
          quoted(path_), quoted(caller_), answer.status, answer.body.size(), seconds * 1000));
}

}  // namespace weir::connectors::http_ingest
