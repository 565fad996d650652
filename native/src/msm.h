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

  // Least estimated work: an addition an entry, about two and a half a bucket to weigh it.
  static WindowPlan choose(std::size_t n) {
    WindowPlan best{4, 64};
    u64 least = ~u64{0};
    for (int c = 4; c <= 16; c++) {
      const int windows = 253 / c + 1;
      const u64 cost = static_cast<u64>(windows) * (n + (u64{5} << (c - 2)) + 200);
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
  DigitSource(std::size_t n, WindowPlan plan) : DigitSource(plan) {
    own_ = Array<Words, true>(n);
    use(own_.data(), n);
  }
  // Over memory that others own and wipe, to be named by use().
  explicit DigitSource(WindowPlan plan) : plan(plan) {
    bias_ = {};
    for (int w = 0; w + 1 < plan.windows; w++) {
      const int bit = plan.bits * w + plan.bits - 1;
      bias_.w[bit / 64] |= u64{1} << (bit % 64);
    }
  }
  void use(Words* memory, std::size_t n) {
    values_ = memory;
    size_ = n;
  }
  std::size_t size() const { return size_; }

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
  // The scalar that was set.
  Words scalar(std::size_t i) const {
    Words v = values_[i];
    const bool negative = v.w[3] >> 63 != 0;
    v.w[3] &= ~u64{0} >> 1;
    v = subtractWords(v, bias_);
    return negative ? subtractWords(ModR::P, v) : v;
  }

  // One window's digits, in -2^(c-1) .. 2^(c-1), as magnitude * 2 + sign. Without branches: digits are unpredictable.
  class WindowView {
   public:
    WindowView(const DigitSource& source, int w)
        : values_(source.values_), shift_(source.plan.bits * w % 64), word_(source.plan.bits * w / 64),
          next_(word_ < 3 ? word_ + 1 : 3), last_(w + 1 == source.plan.windows) {
      // The last window ends below the sign bit and carries no offset.
      const int bit = source.plan.bits * w, width = last_ ? 255 - bit : source.plan.bits;
      mask_ = (u64{1} << width) - 1;
      offset_ = last_ ? 0 : std::int64_t{1} << (source.plan.bits - 1);
    }
    u32 coded(std::size_t i) const {
      const Words& v = values_[i];
      // Two shifts, so that a shift of 0 brings no bits from the next word.
      const u64 raw = (v.w[word_] >> shift_ | v.w[next_] << 1 << (63 - shift_)) & mask_;
      const std::int64_t d = static_cast<std::int64_t>(raw) - offset_;
      const std::int64_t negative = d >> 63;
      return static_cast<u32>((d ^ negative) - negative) << 1 | ((static_cast<u32>(negative) & 1) ^ static_cast<u32>(v.w[3] >> 63));
    }

   private:
    const Words* values_;
    int shift_, word_, next_;
    bool last_;
    u64 mask_;
    std::int64_t offset_;
  };

  const WindowPlan plan;

 private:
  Array<Words, true> own_;
  Words* values_ = nullptr;
  std::size_t size_ = 0;
  Words bias_;
};

// Entries of one window in bucket order: bucket b holds the digits of absolute value b + 1.
struct SortedWindow {
  Array<u32, true> entries, digits;  // digits are read once, while sorting; then their place serves usable()
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
    const DigitSource::WindowView view(source, w);
    for (std::size_t i = 0; i < n; i++) {
      digits[i] = view.coded(i);
      counts[digits[i] >> 1]++;  // zeros are counted in counts[0] and forgotten
    }
    // starts[b + 1] becomes the next free place of bucket b; after placing it is the end of b, the start of b + 1.
    u32 sum = 0;
    for (u32 b = 0; b < buckets; b++) {
      const u32 size = counts[b + 1];
      starts[b + 1] = sum;
      sum += size;
    }
    total = sum;
    if (total > 0)
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
    u32* const filtered = digits.data();
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
    return {filtered, filteredStarts.data()};
  }
};

template <class G>
Point<G> pointOfLane(const Projective<typename G::L>& p, int lane) {
  return {G::laneOf(p.x, lane), G::laneOf(p.y, lane), G::laneOf(p.z, lane)};
}

// Adds affine points to a running sum in each lane; infinity is passed over.
template <class G>
class LaneSum {
  using E = typename G::L;

 public:
  LaneSum() : b3_(laneTripleB<G>()), sum_{E::zero(), E::one(), E::zero()}, started_(false) {}

  // Whether a point other than infinity was added.
  bool started() const { return started_; }
  const Projective<E>& sum() const { return sum_; }

  void add(const u64* const* points) {
    const auto y = E::gather(points, E::WORDS);
    const auto empty = E::isZero(y);
    if (empty == EVERY_LANE) return;
    const auto next = Projective<E>::addMixed(sum_, E::unpack(E::gather(points, 0)), E::unpack(y), b3_);
    sum_ = {E::select(empty, sum_.x, next.x), E::select(empty, sum_.y, next.y), E::select(empty, sum_.z, next.z)};
    started_ = true;
  }

 private:
  static constexpr typename E::Mask EVERY_LANE = (typename E::Mask{1} << E::W) - 1;
  const E b3_;
  Projective<E> sum_;
  bool started_;
};

// Sum of `count` affine points, a multiple of the lanes' width.
template <class G>
Point<G> sumInLanes(const u64* points, std::size_t count) {
  constexpr int W = G::L::W;
  LaneSum<G> running;
  for (std::size_t first = 0; first < count; first += W) {
    const u64* from[W];
    for (std::size_t i = 0; i < W; i++) from[i] = points + (first + i) * POINT_WORDS<G>;
    running.add(from);
  }
  Point<G> sum = Point<G>::infinity();
  for (int i = 0; i < W && running.started(); i++) sum = addPoints<G>(sum, pointOfLane<G>(running.sum(), i));
  return sum;
}

// sum over b of (b + 1) buckets[b]: each lane runs down its own stretch of the buckets.
template <class G>
Point<G> weighInLanes(const u64* buckets, std::size_t count) {
  using E = typename G::L;
  constexpr int W = E::W;
  const std::size_t stretch = count / W;  // a power of two
  const E b3 = laneTripleB<G>();
  LaneSum<G> running;
  Projective<E> total{E::zero(), E::one(), E::zero()};
  for (std::size_t k = stretch; k-- > 0;) {
    const u64* from[W];
    for (std::size_t i = 0; i < W; i++) from[i] = buckets + (i * stretch + k) * POINT_WORDS<G>;
    running.add(from);
    if (running.started()) total = Projective<E>::add(total, running.sum(), b3);
  }
  if (!running.started()) return Point<G>::infinity();
  Point<G> sum = Point<G>::infinity(), above = Point<G>::infinity(), offsets = Point<G>::infinity();
  for (int i = W - 1; i >= 0; i--) {
    sum = addPoints<G>(sum, pointOfLane<G>(total, i));
    if (i == 0) break;
    above = addPoints<G>(above, pointOfLane<G>(running.sum(), i));
    offsets = addPoints<G>(offsets, above);  // i times the running sum of lane i
  }
  for (std::size_t k = stretch; k > 1; k /= 2) offsets = Point<G>::dbl(offsets, tripleB<G>());
  return addPoints<G>(sum, offsets);
}

// The same by batches of affine additions: the buckets are cut into many stretches of 16, and all stretches take each
// step of their running sums together; what is left is a sixteenth of the problem.
template <class G>
class BucketWeigher {
  static constexpr std::size_t PW = POINT_WORDS<G>;
  static constexpr std::size_t STRETCH = 16;
  static constexpr std::size_t STRETCHES_MIN = 32;  // fewer would share too little of an inversion

 public:
  Point<G> run(const u64* buckets, std::size_t count) {
    if (count < STRETCH * STRETCHES_MIN) return weighInLanes<G>(buckets, count);
    const std::size_t stretches = count / STRETCH;
    for (auto* sums : {&running_[0], &running_[1], &total_}) {
      sums->ensure((stretches + 1) * PW);
      std::memset(sums->data(), 0, (stretches + 1) * PW * 8);
    }
    for (std::size_t k = STRETCH; k-- > 0;) {
      u64 *before = running_[k & 1 ? 0 : 1].data(), *after = running_[k & 1].data();
      for (std::size_t j = 0; j < stretches; j++) {
        addTo(after + j * PW, before + j * PW, buckets + (j * STRETCH + k) * PW);
        addTo(total_.data() + j * PW, total_.data() + j * PW, before + j * PW);
      }
      adder_.flush();
    }
    u64* last = running_[0].data();
    for (std::size_t j = 0; j < stretches; j++) addTo(total_.data() + j * PW, total_.data() + j * PW, last + j * PW);
    adder_.flush();
    // Stretch j's running sum weighs 16 j more: its place one earlier has weight j in weighInLanes.
    Point<G> offsets = weighInLanes<G>(last + PW, stretches);
    for (std::size_t k = STRETCH; k > 1; k /= 2) offsets = Point<G>::dbl(offsets, tripleB<G>());
    return addPoints<G>(offsets, sumInLanes<G>(total_.data(), stretches));
  }

 private:
  static bool isInfinity(const u64* p) {
    u64 any = 0;
    for (std::size_t i = PW / 2; i < PW; i++) any |= p[i];
    return any == 0;
  }
  // out = left + right; infinity costs a copy. `out` may be `left`.
  void addTo(u64* out, const u64* left, const u64* right) {
    if (isInfinity(right)) {
      if (out != left) std::memcpy(out, left, PW * 8);
    } else if (isInfinity(left)) {
      std::memcpy(out, right, PW * 8);
    } else {
      adder_.add(left, false, right, false, out);
    }
  }

  BatchAdder<G> adder_;
  Array<u64> running_[2], total_;
};

// Working memory of one task.
struct WindowScratch {
  SortedWindow sorted;
  BucketSummer<G1> summer1;
  BucketSummer<G2> summer2;
  BucketWeigher<G1> weigher1;
  BucketWeigher<G2> weigher2;
  Array<u64> buckets;

  template <class G>
  BucketSummer<G>& summer() {
    if constexpr (std::is_same_v<G, G1>) return summer1;
    else return summer2;
  }
  template <class G>
  BucketWeigher<G>& weigher() {
    if constexpr (std::is_same_v<G, G1>) return weigher1;
    else return weigher2;
  }

  template <class G>
  Point<G> windowSum(const BaseSet<G>& set, WindowPlan plan) {
    if (sorted.total == 0) return Point<G>::infinity();
    const auto [entries, starts] = sorted.usable(set, plan.buckets());
    if (starts[plan.buckets()] == 0) return Point<G>::infinity();
    buckets.ensure(static_cast<std::size_t>(plan.buckets()) * POINT_WORDS<G>);
    summer<G>().run(buckets.data(), set.points.data(), entries, starts, plan.buckets());
    return weigher<G>().run(buckets.data(), plan.buckets());
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
  // In a destructor: without memory for the shelf the scratch is freed.
  void give(std::unique_ptr<WindowScratch> scratch) noexcept {
    try {
      std::unique_lock lock(mutex_);
      shelf_.push_back(std::move(scratch));
    } catch (const std::bad_alloc&) {
    }
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
