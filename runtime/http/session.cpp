#include "runtime/http/session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace weir::runtime::http {
namespace {

using Error = beast::error_code;

Method method_of(bh::verb verb) {
  switch (verb) {
    case bh::verb::get: return Method::get;
    case bh::verb::head: return Method::head;
    case bh::verb::post: return Method::post;
    case bh::verb::put: return Method::put;
    case bh::verb::patch: return Method::patch;
    case bh::verb::delete_: return Method::del;
    case bh::verb::options: return Method::options;
    default: return Method::other;
  }
}

bool changes_something(Method method) {
  return method != Method::get && method != Method::head && method != Method::options;
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == ':' || c == '-' || c == '_' || c == '[' || c == ']';
  });
}

std::string text_of(beast::string_view text) { return std::string(text.data(), text.size()); }

}  // namespace

Server::Session::Session(std::shared_ptr<Core> core, Tcp::socket socket, Api::Scope scope,
                         std::string address, bool extra)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      scope_(scope),
      address_(std::move(address)),
      extra_(extra),
      timer_(core_->io),
      ready_timer_(core_->io),
      // Room for a header and a piece of a body; a body is read in pieces.
      buffer_(core_->settings.limits.header_bytes + 64 * 1024) {
  core_->opened(this);
}

Server::Session::~Session() { core_->closed(this); }

void Server::Session::begin() { await_request(true); }

void Server::Session::finish() {
  if (phase_ == Phase::idle) {
    close();
  } else {
    close_after_ = true;
  }
}

void Server::Session::arm(std::chrono::milliseconds limit) {
  const std::uint64_t mine = ++armed_;
  timer_.expires_after(limit);
  timer_.async_wait([self = shared_from_this(), mine](Error ec) {
    if (!ec && mine == self->armed_) {
      self->on_timeout();
    }
  });
}

void Server::Session::disarm() {
  ++armed_;
  timer_.cancel();
}

void Server::Session::on_timeout() {
  Error ignored;
  switch (phase_) {
    case Phase::idle:
    case Phase::reading:
      timed_out_ = true;
      socket_.cancel(ignored);
      break;
    case Phase::handling: {
      ready_timer_.cancel();
      send(core_->api->timed_out(), true);
      break;
    }
    case Phase::writing:
    case Phase::lingering: close(); break;
  }
}

void Server::Session::await_request(bool first) {
  const Limits& limits = core_->settings.limits;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser_->body_limit(limits.body_bytes);
  request_.reset();
  first_ = first;
  timed_out_ = false;
  if (core_->stopping) {
    close();
    return;
  }
  if (buffer_.size() > 0) {  // the next request came with the last one
    read_header();
    return;
  }
  buffer_.shrink_to_fit();
  phase_ = Phase::idle;
  arm(extra_ ? limits.over_limit : first ? limits.first_byte : limits.idle);
  socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](Error ec) {
    if (ec) {
      self->read_failed(ec);
    } else {
      self->read_header();
    }
  });
}

void Server::Session::read_header() {
  phase_ = Phase::reading;
  arm(extra_ ? core_->settings.limits.over_limit : core_->settings.limits.request);
  bh::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](Error ec, std::size_t) { self->on_header(ec); });
}

void Server::Session::on_header(Error ec) {
  if (ec) {
    read_failed(ec);
    return;
  }
  started_ = std::chrono::steady_clock::now();
  const auto& head = parser_->get();
  const auto hosts = head.equal_range(bh::field::host);
  const auto host_count = std::distance(hosts.first, hosts.second);
  if (host_count > 1 || (host_count == 0 && head.version() >= 11) ||
      (host_count == 1 && !is_host(text_of(hosts.first->value())))) {
    send(error_reply(400, "Bad or missing Host header"), true);
    return;
  }
  const auto transfer = text_of(head[bh::field::transfer_encoding]);
  if (!transfer.empty() && !parser_->chunked()) {
    send(error_reply(501, "Transfer-Encoding " + transfer + " is not supported"), true);
    return;
  }
  const auto expect = head[bh::field::expect];
  if (expect.empty()) {
    read_body();
  } else if (beast::iequals(expect, "100-continue")) {
    continue_.emplace(bh::status::continue_, 11);
    bh::async_write(socket_, *continue_, [self = shared_from_this()](Error write_ec, std::size_t) {
      if (write_ec) {
        self->read_failed(write_ec);
      } else {
        self->read_body();
      }
    });
  } else {
    send(error_reply(417, "Expect: 100-continue is the only expectation that is met"), true);
  }
}

void Server::Session::read_body() {
  bh::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](Error ec, std::size_t) {
    if (ec) {
      self->read_failed(ec);
    } else {
      self->dispatch();
    }
  });
}

void Server::Session::read_failed(Error ec) {
  disarm();
  const Limits& limits = core_->settings.limits;
  if (timed_out_) {
    if (extra_) {
      send(error_reply(429, "Too many connections"), true);
    } else if (phase_ == Phase::reading || first_) {
      send(error_reply(408, "The request did not arrive in time"), true);
    } else {
      close();
    }
  } else if (ec == bh::error::header_limit || ec == bh::error::buffer_overflow) {
    send(error_reply(431, "The request header is larger than " +
                              std::to_string(limits.header_bytes) + " bytes"),
         true);
  } else if (ec == bh::error::body_limit) {
    send(error_reply(413, "The request body is larger than " + std::to_string(limits.body_bytes) +
                              " bytes"),
         true);
  } else if (ec == bh::error::end_of_stream || ec == bh::error::partial_message) {
    close();
  } else if (ec.category() == bh::make_error_code(bh::error::bad_method).category()) {
    send(error_reply(400, "Not a valid HTTP request: " + ec.message()), true);
  } else {
    close();
  }
}

void Server::Session::dispatch() {
  phase_ = Phase::handling;
  ++exchange_;
  auto& message = parser_->get();
  request_ = std::make_shared<Request>();
  Request& request = *request_;
  request.method = method_of(message.method());
  request.content_type = text_of(message[bh::field::content_type]);
  request.accept = text_of(message[bh::field::accept]);
  request.host = text_of(message[bh::field::host]);
  request.origin = text_of(message[bh::field::origin]);
  request.body = std::move(message.body());
  request.address = address_;
  auto target = parse_target(text_of(message.target()));
  if (!target) {
    send(error_reply(400, "The request path is not valid"));
    return;
  }
  request.target = std::move(*target);
  if (request.host.empty()) {
    Error ec;
    const auto local = socket_.local_endpoint(ec);
    request.host =
        ec ? "localhost" : local.address().to_string() + ":" + std::to_string(local.port());
  }
  const auto& path = request.target.path;
  if (extra_ && (path.empty() || path.front() != "health")) {
    send(error_reply(429, "Too many connections"), true);
    return;
  }
  arm(core_->settings.limits.handling);
  auto routed = core_->api->route(request, scope_);
  if (auto* reply = std::get_if<Reply>(&routed)) {
    send(std::move(*reply));
    return;
  }
  if (core_->refuse_changes && changes_something(request.method)) {
    send(error_reply(503, "The worker is shutting down"));
    return;
  }
  run_when_ready(std::move(std::get<Api::Work>(routed)));
}

void Server::Session::run_when_ready(Api::Work work) {
  if (!work.needs_state || core_->worker->ready()) {
    run(std::move(work));
    return;
  }
  if (core_->stopping) {
    send(error_reply(503, "The worker is shutting down"), true);
    return;
  }
  ready_timer_.expires_after(std::chrono::milliseconds(5));
  ready_timer_.async_wait([self = shared_from_this(), work = std::move(work)](Error ec) mutable {
    if (!ec && self->phase_ == Phase::handling) {
      self->run_when_ready(std::move(work));
    }
  });
}

void Server::Session::run(Api::Work work) {
  if (work.lane == Lane::here) {
    send(work.run(*request_));
    return;
  }
  Pool& pool = work.lane == Lane::quick ? core_->quick : core_->slow;
  pool.submit([self = shared_from_this(), work = std::move(work), request = request_,
               mine = exchange_]() mutable {
    auto reply = std::make_shared<Reply>(work.run(*request));
    auto& io = self->core_->io;
    asio::post(io, [self = std::move(self), reply = std::move(reply), mine] {
      if (self->phase_ == Phase::handling && self->exchange_ == mine) {
        self->send(std::move(*reply));
      }
    });
  });
}

void Server::Session::send(Reply reply, bool close_after) {
  const bool handled = phase_ == Phase::handling;
  const bool is_head = request_ && request_->method == Method::head;
  phase_ = Phase::writing;
  core_->count(reply.status);
  if (request_ && changes_something(request_->method)) {
    audit(reply);
  }
  close_after_ = close_after_ || close_after || extra_ || core_->stopping || !handled ||
                 !parser_->get().keep_alive();
  response_.emplace();
  auto& out = *response_;
  out.version(handled ? parser_->get().version() : 11);
  out.result(static_cast<unsigned>(reply.status));
  const auto reason = reason_of(reply.status);
  out.reason({reason.data(), reason.size()});
  out.set(bh::field::date, core_->date());
  if (!reply.content_type.empty()) {
    out.set(bh::field::content_type, reply.content_type);
  }
  for (const auto& [name, value] : reply.headers) {
    out.insert(name, value);
  }
  const Settings& settings = core_->settings;
  for (const auto& [name, value] : settings.headers) {
    out.insert(name, value);
  }
  if (request_ && !settings.allow_origin.empty() && !request_->origin.empty()) {
    const auto origins = weir::detail::split_list(settings.allow_origin);
    if (std::any_of(origins.begin(), origins.end(),
                    [&](const auto& o) { return o == "*" || o == request_->origin; })) {
      out.set(bh::field::access_control_allow_origin, request_->origin);
      out.set(bh::field::vary, "Origin");
      if (request_->method == Method::options) {
        out.set(bh::field::access_control_allow_methods,
                settings.allow_methods.empty() ? "GET,POST,HEAD" : settings.allow_methods);
      }
    }
  }
  out.keep_alive(!close_after_);
  if (reply.status != 204) {
    out.content_length(reply.body.size());
    if (!is_head) {
      out.body() = std::move(reply.body);
    }
  }
  arm(settings.limits.request);
  bh::async_write(socket_, out,
                  [self = shared_from_this()](Error ec, std::size_t) { self->written(ec); });
}

/// Who asked for which change, and what became of it; names of config keys, no values.
void Server::Session::audit(const Reply& reply) const {
  const auto& path = request_->target.path;
  if (!path.empty() && path.back() == "validate") {
    return;
  }
  auto logger = spdlog::get("audit");
  if (!logger) {
    logger = spdlog::default_logger();
  }
  const auto method = parser_->get().method_string();
  logger->info("{} {} /{} {}{}{}", address_, std::string_view(method.data(), method.size()),
               fmt::join(path, "/"), reply.status, reply.keys.empty() ? "" : " keys ", reply.keys);
}

void Server::Session::written(Error ec) {
  disarm();
  response_.reset();
  if (ec) {
    close();
  } else if (close_after_) {
    linger();
  } else {
    await_request(false);
  }
}

/// Lets the peer read the answer: closing while it still sends would reset the connection.
void Server::Session::linger() {
  phase_ = Phase::lingering;
  Error ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  sink_.resize(16 * 1024);
  arm(std::chrono::milliseconds(500));
  struct Reader {
    std::shared_ptr<Session> self;
    void operator()(Error ec, std::size_t n) const {
      constexpr std::size_t kMost = std::size_t{64} << 20;
      self->discarded_ += n;
      if (ec || self->discarded_ > kMost || self->core_->stopping) {
        self->close();
        return;
      }
      if (n > 0) {
        self->arm(std::chrono::milliseconds(500));
      }
      self->socket_.async_read_some(asio::buffer(self->sink_), *this);
    }
  };
  Reader{shared_from_this()}({}, 0);
}

void Server::Session::close() {
  disarm();
  ready_timer_.cancel();
  phase_ = Phase::lingering;
  Error ignored;
  socket_.close(ignored);
}

}  // namespace weir::runtime::http
