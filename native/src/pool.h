// A pool of threads with one queue. Tasks belong to a group; whoever waits for a group works on the queue meanwhile, so a
// pool of n threads starts n - 1. The queue and the counters of groups are touched only under the pool's one mutex; data
// passes between tasks only through it (a task's writes happen before its group's wait returns).
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base.h"

namespace bionoir {

// What the caller of a long operation may do to it and hear from it.
struct Supervision {
  const volatile std::int32_t* cancel = nullptr;
  bk_progress progress = nullptr;
  void* context = nullptr;
};

class Group;

class Pool {
 public:
  explicit Pool(unsigned threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  unsigned threads() const { return static_cast<unsigned>(workers_.size()) + 1; }

 private:
  friend class Group;
  struct Task {
    Group* group;
    std::function<void()> run;
  };
  void work();
  void perform(Task task, std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool ending_ = false;
  std::vector<std::thread> workers_;
};

// Tasks that are awaited together. After a failure or a cancellation the remaining ones are dropped; so they are when the
// group ends without wait(), for then an exception is under way. Declare it after everything that its tasks use.
class Group {
 public:
  // `step` names the group in progress reports, which run on the thread that waits.
  Group(Pool& pool, const Supervision& supervision, const char* step) : pool_(pool), supervision_(supervision), step_(step) {}
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  void add(std::function<void()> task) { push(std::move(task), false); }
  // Before all others in the queue.
  void addUrgent(std::function<void()> task) { push(std::move(task), true); }
  // How many tasks will come in all, for progress.
  void expect(std::size_t tasks) { expected_ = tasks; }
  // Throws the first failure of a task, or BK_CANCELLED.
  void wait();

 private:
  friend class Pool;
  void push(std::function<void()> task, bool urgent);
  void drain();
  void report(std::unique_lock<std::mutex>& lock);
  bool cancelled() const { return supervision_.cancel != nullptr && *supervision_.cancel != 0; }

  Pool& pool_;
  const Supervision supervision_;
  const char* step_;
  std::size_t added_ = 0, done_ = 0, reported_ = 0, expected_ = 0;
  bool failed_ = false;
  Failure failure_{};
};

// Runs body(begin, end) over 0..count in pieces.
void parallelFor(Pool& pool, const Supervision& supervision, const char* step, std::size_t count, std::size_t grain,
                 const std::function<void(std::size_t, std::size_t)>& body);

}  // namespace bionoir
