// Multi-scalar multiplication by signed windows (Pippenger): for each window, sort the scalars' digits once, and for each
// set of bases that shares these scalars sum the buckets in affine coordinates, then add them up with their weights.
// A scalar above r/2 is replaced by its negative, so small negative numbers are as cheap as small positive ones; digits
// that are 0 cost nothing but the sort.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "batch.h"
#include "pool.h"

namespace bionoir::BIONOIR_ENGINE {

// Bases in memory form; bit i of `infinite` is set where base i is infinity.
template <class G>
struct BaseSet {
  Array<u64> points;
  Array<u64> infinite;
  std::size_t count = 0;
  std::size_t infiniteCount = 0;

  void allocate(std::size_t n) {
    count = n;
    points = Array<u64>(n * POINT_WORDS<G>);
    infinite = Array<u64>((n + 63) / 64);
    infinite.zero();
  }
  void countInfinite() {
    infiniteCount = 0;
    for (std::size_t i = 0; i < infinite.size(); i++) infiniteCount += static_cast<std::size_t>(__builtin_popcountll(infinite[i]));
  }
  bool isInfinite(std::size_t i) const { return (infinite[i / 64] >> (i % 64)) & 1; }
};

struct WindowPlan {
  int bits;     // c
  int windows;  // the last one keeps its carry

  // Least estimated work: an addition an entry, about three a bucket to weigh it.
  static WindowPlan choose(std::size_t n) {
    WindowPlan best{4, 64};
    double least = 1e300;
    for (int c = 4; c <= 16; c++) {
      const int windows = 253 / c + 1;
      const double cost = windows * (static_cast<double>(n) + 3.0 * (1 << (c - 1)) + 200);
      if (cost < least) least = cost, best = {c, windows};
    }
    return best;
  }
  u32 buckets() const { return u32{1} << (bits - 1); }
};

// Scalars prepared so that every window's digit can be read by itself: |s| below r/2 plus 2^(c-1) in each window but the
// last; the sign in bit 255.
class DigitSource {
 public:
  DigitSource(std::size_t n, WindowPlan plan) : plan(plan), values_(n) {
    bias_ = {};
    for (int w = 0; w + 1 < plan.windows; w++) {
      const int bit = plan.bits * w + plan.bits - 1;
      bias_.w[bit / 64] |= u64{1} << (bit % 64);
    }
  }
  std::size_t size() const { return values_.size(); }

  // `scalar` is canonical.
  void set(std::size_t i, const u64 scalar[4]) {
    static constexpr Words HALF = [] {
      Words h{};
      for (int k = 0; k < 4; k++) h.w[k] = (ModR::P.w[k] >> 1) | (k < 3 ? ModR::P.w[k + 1] << 63 : 0);
      return h;
    }();
    Words s{{scalar[0], scalar[1], scalar[2], scalar[3]}};
    const bool negative = lessThan(HALF, s);
    if (negative) s = subtractWords(ModR::P, s);
    u64 carry = 0;
    for (int k = 0; k < 4; k++) {
      const u128 x = static_cast<u128>(s.w[k]) + bias_.w[k] + carry;
      values_[i].w[k] = static_cast<u64>(x);
      carry = static_cast<u64>(x >> 64);
    }
    values_[i].w[3] |= static_cast<u64>(negative) << 63;
  }

  // Signed digit of scalar i in window w, in -2^(c-1) .. 2^(c-1).
  inline int digit(std::size_t i, int w) const {
    const Words& v = values_[i];
    const int bit = plan.bits * w, word = bit / 64, shift = bit % 64;
    u64 raw = v.w[word] >> shift;
    if (word < 3 && shift != 0) raw |= v.w[word + 1] << (64 - shift);
    int d;
    if (w + 1 < plan.windows) {
      d = static_cast<int>(raw & ((u64{1} << plan.bits) - 1)) - (1 << (plan.bits - 1));
    } else {
      const int width = 255 - bit;  // drop the sign bit
      d = static_cast<int>(width >= 64 ? raw : raw & ((u64{1} << width) - 1));
    }
    return v.w[3] >> 63 ? -d : d;
  }

  const WindowPlan plan;

 private:
  Array<Words, true> values_;
  Words bias_;
};

// Entries of one window in bucket order: bucket b holds the digits of absolute value b + 1.
struct SortedWindow {
  Array<u32, true> entries, filtered, digits;
  Array<u32> starts, filteredStarts;
  u32 total = 0;

  void sort(const DigitSource& source, int w) {
    const std::size_t n = source.size();
    const u32 buckets = source.plan.buckets();
    entries.ensure(n);
    digits.ensure(n);
    starts.ensure(buckets + 2);
    std::memset(starts.data(), 0, (buckets + 2) * sizeof(u32));
    u32* const counts = starts.data() + 1;  // counts[b + 1] counts bucket b
    for (std::size_t i = 0; i < n; i++) {
      const int d = source.digit(i, w);
      const u32 magnitude = static_cast<u32>(d < 0 ? -d : d);
      digits[i] = magnitude << 1 | static_cast<u32>(d < 0);
      if (magnitude != 0) counts[magnitude]++;
    }
    // starts[b + 1] becomes the next free place of bucket b; after placing it is the end of b, the start of b + 1.
    u32 sum = 0;
    for (u32 b = 0; b < buckets; b++) {
      const u32 size = counts[b + 1];
      starts[b + 1] = sum;
      sum += size;
    }
    total = sum;
    for (std::size_t i = 0; i < n; i++) {
      const u32 d = digits[i];
      if (d >> 1 != 0) entries[starts[d >> 1]++] = static_cast<u32>(i) << 1 | (d & 1);
    }
    starts[0] = 0;
  }

  // Entries whose base is not infinity.
  template <class G>
  std::pair<const u32*, const u32*> usable(const BaseSet<G>& set, u32 buckets) {
    if (set.infiniteCount == 0) return {entries.data(), starts.data()};
    filtered.ensure(entries.size());
    filteredStarts.ensure(buckets + 1);
    u32 count = 0;
    filteredStarts[0] = 0;
    for (u32 b = 0; b < buckets; b++) {
      for (u32 k = starts[b]; k < starts[b + 1]; k++) {
        filtered[count] = entries[k];
        count += !set.isInfinite(entries[k] >> 1);
      }
      filteredStarts[b + 1] = count;
    }
    return {filtered.data(), filteredStarts.data()};
  }
};

// sum over b of (b + 1) buckets[b]: each lane runs down its own stretch of the buckets.
template <class G>
Point<G> weighBuckets(const u64* buckets, u32 count) {
  using E = typename G::L;
  constexpr int W = E::W;
  constexpr std::size_t PW = POINT_WORDS<G>;
  const u32 stretch = count / W;  // a power of two
  const E b3 = laneTripleB<G>();
  Projective<E> running{E::zero(), E::one(), E::zero()}, total = running;
  const typename E::Mask everyLane = (typename E::Mask{1} << W) - 1;
  bool started = false;
  for (u32 k = stretch; k-- > 0;) {
    const u64* from[W];
    for (int i = 0; i < W; i++) from[i] = buckets + (static_cast<std::size_t>(i) * stretch + k) * PW;
    const auto py = E::gather(from, E::WORDS);
    const auto empty = E::isZero(py);
    if (empty != everyLane) {
      const auto sum = Projective<E>::addMixed(running, E::unpack(E::gather(from, 0)), E::unpack(py), b3);
      running = {E::select(empty, running.x, sum.x), E::select(empty, running.y, sum.y), E::select(empty, running.z, sum.z)};
      started = true;
    }
    if (started) total = Projective<E>::add(total, running, b3);
  }
  if (!started) return Point<G>::infinity();
  const auto lane = [](const Projective<E>& p, int i) {
    return Point<G>{G::laneOf(p.x, i), G::laneOf(p.y, i), G::laneOf(p.z, i)};
  };
  Point<G> sum = Point<G>::infinity(), above = Point<G>::infinity(), offsets = Point<G>::infinity();
  for (int i = W - 1; i >= 0; i--) {
    sum = addPoints<G>(sum, lane(total, i));
    if (i == 0) break;
    above = addPoints<G>(above, lane(running, i));
    offsets = addPoints<G>(offsets, above);  // i times the running sum of lane i
  }
  for (u32 k = stretch; k > 1; k /= 2) offsets = Point<G>::dbl(offsets, tripleB<G>());
  return addPoints<G>(sum, offsets);
}

// Working memory of one task.
struct WindowScratch {
  SortedWindow sorted;
  BucketSummer<G1> summer1;
  BucketSummer<G2> summer2;
  Array<u64> buckets;

  template <class G>
  BucketSummer<G>& summer() {
    if constexpr (std::is_same_v<G, G1>) return summer1;
    else return summer2;
  }

  template <class G>
  Point<G> windowSum(const BaseSet<G>& set, WindowPlan plan) {
    if (sorted.total == 0) return Point<G>::infinity();
    const auto [entries, starts] = sorted.usable(set, plan.buckets());
    if (starts[plan.buckets()] == 0) return Point<G>::infinity();
    buckets.ensure(static_cast<std::size_t>(plan.buckets()) * POINT_WORDS<G>);
    summer<G>().run(buckets.data(), set.points.data(), entries, starts, plan.buckets());
    return weighBuckets<G>(buckets.data(), plan.buckets());
  }
};

// Scratch is lent to tasks and given back, so a run allocates once a thread.
class ScratchShelf {
 public:
  class Loan {
   public:
    explicit Loan(ScratchShelf& shelf) : shelf_(shelf), scratch_(shelf.take()) {}
    ~Loan() { shelf_.give(std::move(scratch_)); }
    WindowScratch& operator*() { return *scratch_; }
    WindowScratch* operator->() { return scratch_.get(); }

   private:
    ScratchShelf& shelf_;
    std::unique_ptr<WindowScratch> scratch_;
  };

 private:
  std::unique_ptr<WindowScratch> take() {
    {
      std::unique_lock lock(mutex_);
      if (!shelf_.empty()) {
        auto scratch = std::move(shelf_.back());
        shelf_.pop_back();
        return scratch;
      }
    }
    return std::make_unique<WindowScratch>();
  }
  void give(std::unique_ptr<WindowScratch> scratch) {
    std::unique_lock lock(mutex_);
    shelf_.push_back(std::move(scratch));
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<WindowScratch>> shelf_;
};

// sum over w of 2^(c w) sums[w].
template <class G>
Point<G> joinWindows(const std::vector<Point<G>>& sums, int bits) {
  Point<G> out = Point<G>::infinity();
  for (std::size_t w = sums.size(); w-- > 0;) {
    for (int i = 0; i < bits; i++) out = Point<G>::dbl(out, tripleB<G>());
    out = addPoints<G>(out, sums[w]);
  }
  return out;
}

}  // namespace bionoir::BIONOIR_ENGINE
