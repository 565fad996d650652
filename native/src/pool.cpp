#include "pool.h"

namespace bionoir {

Pool::Pool(unsigned threads) {
  try {
    for (unsigned i = 1; i < threads; i++) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // Fewer threads than asked for still do all the work.
  } catch (const std::bad_alloc&) {
  }
}

Pool::~Pool() {
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    perform(std::move(task), lock);
  }
}

void Pool::perform(Task task, std::unique_lock<std::mutex>& lock) {
  Group& group = *task.group;
  if (group.cancelled() && !group.failed_) {
    group.failed_ = true;
    group.failure_ = Failure{BK_CANCELLED, "cancelled by the caller"};
  }
  if (!group.failed_) {
    lock.unlock();
    bool failed = true;
    Failure failure{BK_INTERNAL, "an unknown exception in a task"};
    try {
      task.run();
      failed = false;
    } catch (const Failure& f) {
      failure = f;
    } catch (const std::bad_alloc&) {
      failure = Failure{BK_NO_MEMORY, "not enough memory"};
    } catch (...) {
    }
    lock.lock();
    if (failed && !group.failed_) {
      group.failed_ = true;
      group.failure_ = failure;
    }
  }
  task.run = nullptr;
  group.done_++;
  changed_.notify_all();
}

Group::~Group() {
  {
    std::unique_lock lock(pool_.mutex_);
    failed_ = true;
  }
  drain();
}

void Group::push(std::function<void()> task, bool urgent) {
  {
    std::unique_lock lock(pool_.mutex_);
    Pool::Task item{this, std::move(task)};
    if (urgent) pool_.queue_.push_front(std::move(item));
    else pool_.queue_.push_back(std::move(item));
    added_++;
  }
  pool_.changed_.notify_one();
}

void Group::drain() {
  std::unique_lock lock(pool_.mutex_);
  while (done_ < added_) {
    if (pool_.queue_.empty()) {
      pool_.changed_.wait(lock);
    } else {
      Pool::Task task = std::move(pool_.queue_.front());
      pool_.queue_.pop_front();
      pool_.perform(std::move(task), lock);
    }
    report(lock);
  }
  report(lock);  // others may have ended the last tasks during the report before
}

void Group::report(std::unique_lock<std::mutex>& lock) {
  if (supervision_.progress == nullptr || reported_ == done_) return;
  reported_ = done_;
  const std::size_t total = added_ > expected_ ? added_ : expected_;
  const double fraction = static_cast<double>(done_) / static_cast<double>(total);
  lock.unlock();
  supervision_.progress(supervision_.context, step_, fraction);
  lock.lock();
}

void Group::wait() {
  drain();
  if (failed_) throw failure_;
}

void parallelFor(Pool& pool, const Supervision& supervision, const char* step, std::size_t count, std::size_t grain,
                 const std::function<void(std::size_t, std::size_t)>& body) {
  Group group(pool, supervision, step);
  for (std::size_t begin = 0; begin < count; begin += grain) {
    const std::size_t end = begin + grain < count ? begin + grain : count;
    group.add([&body, begin, end] { body(begin, end); });
  }
  group.wait();
}

}  // namespace bionoir
