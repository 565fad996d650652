// Many multiples of one generator: a table of all digits of all windows, then one batched sum of table points a scalar.
#pragma once
#include "points.h"

namespace bionoir::BIONOIR_ENGINE {

template <class G>
class GeneratorTable {
  static constexpr std::size_t PW = POINT_WORDS<G>;

 public:
  // For about `count` scalars.
  explicit GeneratorTable(std::size_t count) : plan_(choose(count)), buckets_(plan_.buckets()) {
    table_ = Array<u64>(static_cast<std::size_t>(plan_.windows) * buckets_ * PW);
    Point<G> power = Point<G>::from(G::generator());
    for (int w = 0; w < plan_.windows; w++) {
      storePoint<G>(power.toAffine(), place(w, 0));
      for (int i = 0; i < plan_.bits; i++) power = Point<G>::dbl(power, tripleB<G>());
    }
    // From 1 .. m times the window's base to m + 1 .. 2 m.
    BatchAdder<G> adder;
    for (u32 m = 1; m < buckets_; m *= 2) {
      for (int w = 0; w < plan_.windows; w++)
        for (u32 k = 0; k < m; k++) adder.add(place(w, k), false, place(w, m - 1), false, place(w, m + k));
      adder.flush();
    }
  }

  // out (memory form, on a 64-byte border) = scalars[i] G for begin <= i < end; scalars are canonical words.
  void multiply(u64* out, const Words* scalars, std::size_t count) const {
    DigitSource digits(count, plan_);
    for (std::size_t i = 0; i < count; i++) digits.set(i, scalars[i].w);
    Array<u32, true> entries(count * static_cast<std::size_t>(plan_.windows) + 1);
    Array<u32> starts(count + 1);
    std::vector<DigitSource::WindowView> views;
    for (int w = 0; w < plan_.windows; w++) views.emplace_back(digits, w);
    u32 total = 0;
    for (std::size_t i = 0; i < count; i++) {
      starts[i] = total;
      for (u32 w = 0; w < views.size(); w++) {
        const u32 coded = views[w].coded(i);
        entries[total] = coded + ((w * buckets_ - 1) << 1);  // (window's first place + magnitude - 1) * 2 + sign
        total += coded > 1;
      }
    }
    starts[count] = total;
    BucketSummer<G>().run(out, table_.data(), entries.data(), starts.data(), count);
  }

 private:
  static WindowPlan choose(std::size_t count) {
    WindowPlan best{4, 64};
    u64 least = ~u64{0};
    for (int c = 4; c <= 14; c++) {
      const int windows = 253 / c + 1;
      const u64 cost = static_cast<u64>(windows) * (count + (u64{1} << (c - 1)));
      if (cost < least) least = cost, best = {c, windows};
    }
    return best;
  }
  u64* place(int window, u32 digit) { return table_.data() + (static_cast<std::size_t>(window) * buckets_ + digit) * PW; }

  WindowPlan plan_;
  u32 buckets_;
  Array<u64> table_;
};

// out = scalars[i] G as bytes whose coordinates are x 2^FORM mod q; adds its tasks to `group`.
template <class G, int FORM>
void multiplyInto(Group& group, const GeneratorTable<G>& table, u8* out, const Words* scalars, std::size_t count) {
  constexpr std::size_t PIECE = 2048;
  for (std::size_t begin = 0; begin < count; begin += PIECE) {
    const std::size_t n = begin + PIECE < count ? PIECE : count - begin;
    group.add([&table, out, scalars, begin, n] {
      Array<u64> points(n * POINT_WORDS<G>);
      table.multiply(points.data(), scalars + begin, n);
      fromMemoryForm<G, FORM>(points.data(), n);
      std::memcpy(out + begin * POINT_WORDS<G> * 8, points.data(), n * POINT_WORDS<G> * 8);
    });
  }
}

}  // namespace bionoir::BIONOIR_ENGINE
