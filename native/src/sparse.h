// Many short combinations of known points: out[i] = sum of coefficients times points over the terms of i, as the columns of a
// constraint system's matrices need them. All combinations of a task take each doubling step together, in batched affine
// additions; coefficients are in non-adjacent form, so 1, -1 and powers of two cost one addition.
#pragma once
#include "points.h"

namespace bionoir::BIONOIR_ENGINE {

// Doublings of many finite points in place, one shared inversion a batch; see batch.h.
template <class G>
class BatchDoubler {
  using E = typename G::L;
  using L = typename E::Base;
  static constexpr std::size_t W = E::W, CAPACITY = 2048;

 public:
  BatchDoubler() : at_(CAPACITY), prefix_(CAPACITY / W) { storePoint<G>(G::generator(), idle_); }

  void add(u64* point) {
    at_[count_] = point;
    if (++count_ == CAPACITY) flush();
  }
  void flush() {
    if (count_ == 0) return;
    while (count_ % W != 0) at_[count_++] = idle_;  // idle lanes all double the same point, so none of them is special
    const std::size_t steps = count_ / W;
    L chain = L::one();
    for (std::size_t s = 0; s < steps; s++) {
      prefix_[s] = chain;
      chain = L::mul(chain, E::norm(denominator(s)));
    }
    L inverse = invertLanes(chain);
    for (std::size_t s = steps; s-- > 0;) {
      const E d = denominator(s);
      const L mine = L::mul(inverse, prefix_[s]);
      inverse = L::mul(inverse, E::norm(d));
      finish(at_.data() + s * W, E::fromNormInverse(d, mine));
    }
    storePoint<G>(G::generator(), idle_);
    count_ = 0;
  }

 private:
  E denominator(std::size_t step) const {
    const E y = E::unpack(E::gather(at_.data() + step * W, E::WORDS));
    return E::addLazy(y, y);
  }
  static void finish(u64* const* at, const E& reciprocal) {
    const E x = E::unpack(E::gather(at, 0)), y = E::unpack(E::gather(at, E::WORDS));
    const E square = E::sqr(x);
    const E slope = E::mulLazy(E::add(E::add(square, square), square), reciprocal);
    const E x3 = E::canonical(E::template subTwoLazy<2>(E::sqrLazy(slope), x, x));
    const E y3 = E::template subLazy<1>(E::mulLazy(slope, E::template subLazy<1>(x, x3)), y);
    E::scatter(x3, at, 0);
    E::scatter(E::canonical(y3), at, E::WORDS);
  }

  std::size_t count_ = 0;
  Array<u64*> at_;
  Array<L> prefix_;
  alignas(64) u64 idle_[POINT_WORDS<G>];
};

// One column list of a matrix: the terms of column i are starts[i] .. starts[i + 1].
struct Columns {
  Array<u64> starts;
  Array<u32> rows;
  Array<const u8*> values;  // 32 canonical bytes
};

// A matrix and the place among the bases where its row 0 is.
struct ColumnSource {
  const Columns* columns;
  u32 firstBase;
};

template <class G>
class SparseCombiner {
  static constexpr std::size_t PW = POINT_WORDS<G>;
  static constexpr std::size_t TERMS = 8192, COLUMNS = 2048;  // of a task
  static constexpr std::size_t HEAVY = 8192;                  // terms of a column that is a sum of its own

 public:
  SparseCombiner(Pool& pool, const Supervision& supervision, const BaseSet<G>& bases, std::vector<ColumnSource> sources)
      : pool_(pool), supervision_(supervision), bases_(bases), sources_(std::move(sources)) {}

  // out: columns begin .. end - 1 in file form.
  void run(u8* out, std::size_t begin, std::size_t end) const {
    Group group(pool_, supervision_, "combine points");
    for (std::size_t first = begin; first < end;) {
      std::size_t last = first, terms = 0;
      while (last < end && last - first < COLUMNS && terms + termCount(last) <= TERMS) terms += termCount(last++);
      if (last == first) last++;  // a column larger than a task
      u8* target = out + (first - begin) * PW * 8;
      if (last == first + 1 && termCount(first) > HEAVY) sumHeavy(target, first);
      else group.add([this, target, first, last] { sumLight(target, first, last); });
      first = last;
    }
    group.wait();
  }

 private:
  struct Term {
    u32 base, column;
    bool negative;
    Words plus, minus;  // digits 1 and -1 of the non-adjacent form
  };

  std::size_t termCount(std::size_t column) const {
    std::size_t count = 0;
    for (const auto& s : sources_) count += static_cast<std::size_t>(s.columns->starts[column + 1] - s.columns->starts[column]);
    return count;
  }
  template <class Body>
  void eachTerm(std::size_t column, const Body& body) const {
    for (const auto& s : sources_)
      for (u64 k = s.columns->starts[column]; k < s.columns->starts[column + 1]; k++)
        body(s.firstBase + s.columns->rows[k], readWords(s.columns->values[k]));
  }

  static Words bits(const Words& a, const Words& without) {
    Words out{};
    for (int i = 0; i < 4; i++) out.w[i] = a.w[i] & ~without.w[i];
    for (int i = 0; i < 4; i++) out.w[i] = out.w[i] >> 1 | (i < 3 ? out.w[i + 1] << 63 : 0);
    return out;
  }
  // 3 m and m differ, shifted by one, where the non-adjacent form of m has its digits.
  static Term recode(u32 base, u32 column, Words m) {
    const Words opposite = subtractWords(ModR::P, m);
    const bool negative = lessThan(opposite, m);
    if (negative) m = opposite;
    Words triple{};
    u64 carry = 0;
    for (int i = 0; i < 4; i++) {
      const u128 x = static_cast<u128>(m.w[i]) * 3 + carry;
      triple.w[i] = static_cast<u64>(x);
      carry = static_cast<u64>(x >> 64);
    }
    return {base, column, negative, bits(triple, m), bits(m, triple)};
  }
  static int bitLength(const Words& w) {
    for (int i = 3; i >= 0; i--)
      if (w.w[i] != 0) return 64 * i + 64 - __builtin_clzll(w.w[i]);
    return 0;
  }

  void sumLight(u8* out, std::size_t first, std::size_t last) const {
    const std::size_t columns = last - first;
    std::vector<Term> terms;
    int levels = 0;
    for (std::size_t c = first; c < last; c++)
      eachTerm(c, [&](u32 base, const Words& value) {
        if (bases_.isInfinite(base)) return;
        terms.push_back(recode(base, static_cast<u32>(c - first), value));
        const int length = bitLength(terms.back().plus);
        if (length > levels) levels = length;
      });
    Array<u64> total(columns * PW), part(columns * PW);
    total.zero();
    Array<u32> entries(terms.size() + 1), starts(columns + 1);
    BucketSummer<G> summer;
    BatchAdder<G> adder;
    BatchDoubler<G> doubler;
    for (int level = levels - 1; level >= 0; level--) {
      for (std::size_t c = 0; c < columns; c++)
        if (!isInfinity(total.data() + c * PW)) doubler.add(total.data() + c * PW);
      doubler.flush();
      u32 count = 0, column = 0;
      for (const Term& t : terms) {
        while (column <= t.column) starts[column++] = count;
        const u32 plus = static_cast<u32>(t.plus.w[level / 64] >> (level % 64)) & 1;
        const u32 minus = static_cast<u32>(t.minus.w[level / 64] >> (level % 64)) & 1;
        entries[count] = t.base << 1 | (minus ^ static_cast<u32>(t.negative));
        count += plus | minus;
      }
      while (column <= columns) starts[column++] = count;
      if (count == 0) continue;
      summer.run(part.data(), bases_.points.data(), entries.data(), starts.data(), columns);
      for (std::size_t c = 0; c < columns; c++) {
        u64 *sum = total.data() + c * PW, *more = part.data() + c * PW;
        if (starts[c] == starts[c + 1] || isInfinity(more)) continue;
        if (isInfinity(sum)) std::memcpy(sum, more, PW * 8);
        else adder.add(sum, false, more, false, sum);
      }
      adder.flush();
    }
    fromMemoryForm<G, FILE_FORM>(total.data(), columns);
    std::memcpy(out, total.data(), columns * PW * 8);
  }

  // By windows, as any other sum of many points. Runs on the caller's thread, which the pool helps.
  void sumHeavy(u8* out, std::size_t column) const {
    const std::size_t count = termCount(column);
    BaseSet<G> set;
    set.allocate(count);
    DigitSource digits(count, WindowPlan::choose(count));
    std::size_t i = 0;
    eachTerm(column, [&](u32 base, const Words& value) {
      std::memcpy(set.points.data() + i * PW, bases_.points.data() + static_cast<std::size_t>(base) * PW, PW * 8);
      if (bases_.isInfinite(base)) set.infinite[i / 64] |= u64{1} << (i % 64);
      digits.set(i++, value.w);
    });
    set.countInfinite();
    std::vector<Point<G>> sums(static_cast<std::size_t>(digits.plan.windows), Point<G>::infinity());
    ScratchShelf shelf;
    Group group(pool_, supervision_, "combine points");
    for (int w = 0; w < digits.plan.windows; w++)
      group.add([&, w] {
        ScratchShelf::Loan scratch(shelf);
        scratch->sorted.sort(digits, w);
        sums[static_cast<std::size_t>(w)] = scratch->template windowSum<G>(set, digits.plan);
      });
    group.wait();
    const auto p = joinWindows<G>(sums, digits.plan.bits).toAffine();
    std::memcpy(out, &p, PW * 8);
  }

  static bool isInfinity(const u64* p) {
    u64 any = 0;
    for (std::size_t i = PW / 2; i < PW; i++) any |= p[i];
    return any == 0;
  }

  Pool& pool_;
  const Supervision supervision_;
  const BaseSet<G>& bases_;
  const std::vector<ColumnSource> sources_;
};

}  // namespace bionoir::BIONOIR_ENGINE
