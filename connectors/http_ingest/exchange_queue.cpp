#include "exchange_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace weir::connectors::http_ingest {

ExchangeQueue::ExchangeQueue() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
}

ExchangeQueue::~ExchangeQueue() { ::close(fd_); }

bool ExchangeQueue::push(Item item) {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return false;
  }
  items_.push_back(std::move(item));
  if (items_.size() == 1) {
    const std::uint64_t one = 1;
    (void)!::write(fd_, &one, sizeof one);
  }
  return true;
}

std::vector<ExchangeQueue::Item> ExchangeQueue::take(std::size_t max_records) {
  const std::lock_guard lock(mutex_);
  std::vector<Item> out;
  std::size_t records = 0;
  while (!items_.empty() && records < max_records) {
    records += items_.front()->records.size();
    out.push_back(std::move(items_.front()));
    items_.pop_front();
  }
  if (items_.empty() && !out.empty()) {
    std::uint64_t count = 0;
    (void)!::read(fd_, &count, sizeof count);
  }
  return out;
}

std::vector<ExchangeQueue::Item> ExchangeQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  std::vector<Item> out(std::make_move_iterator(items_.begin()),
                        std::make_move_iterator(items_.end()));
  items_.clear();
  return out;
}

}  // namespace weir::connectors::http_ingest
