// Batched affine addition: many independent sums P + Q at 5 M + 1 S each, one shared inversion a batch (Montgomery's
// trick), W at a time on lanes. On top of it, sums of buckets by pairing.
// Equal, opposite and infinite operands are recognised by lane and handled; they are rare, so that path is not tuned.
#pragma once
#include "curve.h"

namespace bionoir::BIONOIR_ENGINE {

// 1 / v in each lane; no lane is zero.
template <class L>
inline L invertLanes(const L& v) {
  using F = Fp<typename L::Mod>;
  static constexpr Words FACTOR = powerOfTwoMod(2 * L::FORM_BITS - 256, L::Mod::P);
  const L c = L::canonical(v);
  F value[L::W], before[L::W];
  F product = F::one();
  for (int i = 0; i < L::W; i++) {
    c.get(i, value[i].v);
    before[i] = product;
    product = F::mul(product, value[i]);
  }
  F inverse = F::mul(F::inverse(product), F::fromWords(FACTOR));
  L out = L::zero();
  for (int i = L::W - 1; i >= 0; i--) {
    out.set(i, F::mul(inverse, before[i]).v);
    inverse = F::mul(inverse, value[i]);
  }
  return out;
}

// A queue of additions. Operands are addresses of points in memory form with the sign in bit 0 (1: negated); nothing an
// addition reads may be written by another of the same batch.
template <class G>
class BatchAdder {
  using E = typename G::L;
  using L = typename E::Base;
  using Mask = typename E::Mask;
  static constexpr int W = E::W;
  static constexpr int X = 0, Y = E::WORDS;

 public:
  static constexpr std::size_t CAPACITY = 4096;

  BatchAdder() : left_(CAPACITY), right_(CAPACITY), target_(CAPACITY), prefix_(CAPACITY / W) {
    std::memset(idle_, 0, sizeof idle_);
  }

  void add(const u64* left, bool negateLeft, const u64* right, bool negateRight, u64* target) {
    __builtin_prefetch(left);
    __builtin_prefetch(right);
    if constexpr (POINT_WORDS<G> > 8) {
      __builtin_prefetch(left + 8);
      __builtin_prefetch(right + 8);
    }
    left_[count_] = reinterpret_cast<std::uintptr_t>(left) | static_cast<std::uintptr_t>(negateLeft);
    right_[count_] = reinterpret_cast<std::uintptr_t>(right) | static_cast<std::uintptr_t>(negateRight);
    target_[count_] = target;
    if (++count_ == CAPACITY) flush();
  }

  void flush() {
    if (count_ == 0) return;
    while (count_ % W != 0) {  // idle lanes add infinity to infinity
      left_[count_] = right_[count_] = reinterpret_cast<std::uintptr_t>(idle_);
      target_[count_++] = idle_ + POINT_WORDS<G>;
    }
    const std::size_t steps = count_ / W;
    // Two chains of products hide each other's latency.
    L chain[2] = {L::one(), L::one()};
    for (std::size_t s = 0; s < steps; s++) {
      prefix_[s] = chain[s & 1];
      chain[s & 1] = L::mul(chain[s & 1], E::norm(read(s).denominator));
    }
    const L both = invertLanes(L::mul(chain[0], chain[1]));
    L inverse[2] = {L::mul(both, chain[1]), L::mul(both, chain[0])};
    for (std::size_t s = steps; s-- > 0;) finish(s, inverse[s & 1]);
    count_ = 0;
  }

 private:
  enum Kind { ORDINARY, LEFT, RIGHT, DOUBLE, INFINITY_ };

  struct Operands {
    const u64* left[W];
    const u64* right[W];
    Mask negateLeft, negateRight;
    Mask special;       // lanes that are not ordinary additions
    Mask kinds[5];      // by Kind, filled when special != 0
    E x1, x2, denominator;
  };

  inline __attribute__((always_inline)) Operands read(std::size_t step) const {
    Operands o;
    o.negateLeft = E::splitTags(left_.data() + step * W, o.left);
    o.negateRight = E::splitTags(right_.data() + step * W, o.right);
    const auto p1 = E::gather(o.left, X), p2 = E::gather(o.right, X);
    o.special = E::equal(p1, p2) | E::isZero(p1) | E::isZero(p2);
    o.x1 = E::unpack(p1);
    o.x2 = E::unpack(p2);
    o.denominator = E::template subLazy<1>(o.x2, o.x1);  // below 2 p
    if (__builtin_expect(o.special != 0, 0)) {
      Operands copy = o;  // so that the ordinary operands can stay in registers
      classify(copy);
      o = copy;
    }
    return o;
  }

  static bool zeroY(const u64* p) {
    u64 any = 0;
    for (int i = 0; i < E::WORDS; i++) any |= p[Y + i];
    return any == 0;
  }
  __attribute__((noinline)) static void classify(Operands& o) {
    for (auto& k : o.kinds) k = 0;
    for (int i = 0; i < W; i++) {
      const u64 *l = o.left[i], *r = o.right[i];
      Kind kind = ORDINARY;
      if (zeroY(l)) {
        kind = RIGHT;
      } else if (zeroY(r)) {
        kind = LEFT;
      } else if (std::memcmp(l + X, r + X, 8 * E::WORDS) == 0) {
        const bool sameY = std::memcmp(l + Y, r + Y, 8 * E::WORDS) == 0;
        const bool sameSign = ((o.negateLeft >> i) & 1) == ((o.negateRight >> i) & 1);
        kind = sameY == sameSign ? DOUBLE : INFINITY_;
      }
      o.kinds[kind] |= Mask{1} << i;
    }
    const E y1 = E::negateIf(o.negateLeft, E::unpack(E::gather(o.left, Y)));
    o.denominator = E::select(o.kinds[ORDINARY], o.denominator, E::one());
    o.denominator = E::select(o.kinds[DOUBLE], E::addLazy(y1, y1), o.denominator);
  }

  inline __attribute__((always_inline)) void finish(std::size_t step, L& inverse) {
    const Operands o = read(step);
    const L mine = L::mul(inverse, prefix_[step]);
    inverse = L::mul(inverse, E::norm(o.denominator));
    const E reciprocal = E::fromNormInverse(o.denominator, mine);  // below 2 p
    const E y1 = E::unpack(E::gather(o.left, Y)), y2 = E::unpack(E::gather(o.right, Y));
    E numerator = E::signedDifference(y2, o.negateRight, y1, o.negateLeft);  // below 4 p
    if (__builtin_expect(o.special != 0, 0)) {
      const E square = E::sqr(o.x1);
      numerator = E::select(o.kinds[DOUBLE], E::add(E::add(square, square), square), numerator);
    }
    const E slope = E::mulLazy(numerator, reciprocal);
    E x3 = E::canonical(E::template subTwoLazy<2>(E::sqrLazy(slope), o.x1, o.x2));
    const E signedY1 = E::negateIf(o.negateLeft, y1);
    E y3 = E::template subLazy<1>(E::mulLazy(slope, E::template subLazy<1>(o.x1, x3)), signedY1);
    if (__builtin_expect(o.special != 0, 0)) {
      const Mask keep = o.kinds[ORDINARY] | o.kinds[DOUBLE];
      x3 = E::select(keep, x3, E::zero());
      y3 = E::select(keep, y3, E::zero());
      x3 = E::select(o.kinds[LEFT], o.x1, E::select(o.kinds[RIGHT], o.x2, x3));
      y3 = E::select(o.kinds[LEFT], signedY1, E::select(o.kinds[RIGHT], E::negateIf(o.negateRight, y2), y3));
    }
    E::scatter(x3, target_.data() + step * W, X);
    E::scatter(E::canonical(y3), target_.data() + step * W, Y);
  }

  std::size_t count_ = 0;
  Array<std::uintptr_t> left_, right_;
  Array<u64*> target_;
  Array<L> prefix_;
  alignas(64) u64 idle_[2 * POINT_WORDS<G>];  // infinity, and a place for results nobody wants
};

// out[b] = sum of the signed bases of bucket b, for every b. An entry is index * 2 + sign; bucket b owns entries
// starts[b] .. starts[b + 1]. Buckets are halved by pairing neighbours until one point is left in each.
template <class G>
class BucketSummer {
  static constexpr std::size_t PW = POINT_WORDS<G>;
  static constexpr std::size_t CHUNK = (std::size_t{1} << 17) / PW;  // entries in flight: a chunk's sums fit the L2 cache

 public:
  void run(u64* out, const u64* bases, const u32* entries, const u32* starts, std::size_t bucketCount) {
    for (std::size_t first = 0; first < bucketCount;) {
      std::size_t last = first + 1;
      while (last < bucketCount && starts[last + 1] - starts[first] <= CHUNK) last++;
      sumChunk(out, bases, entries, starts, first, last);
      first = last;
    }
  }

 private:
  void sumChunk(u64* out, const u64* bases, const u32* entries, const u32* starts, std::size_t first, std::size_t last) {
    const std::size_t room = ((starts[last] - starts[first]) / 2 + (last - first)) * PW;
    scratch_[0].ensure(room);
    scratch_[1].ensure(room);
    sizes_.ensure(last - first);
    bool more = false;
    u64* next = scratch_[0].data();
    for (std::size_t b = first; b < last; b++) {
      const u32* e = entries + starts[b];
      const u32 size = starts[b + 1] - starts[b];
      const u32 left = (size + 1) / 2;
      u64* target = left <= 1 ? out + b * PW : next;
      if (size == 0) std::memset(target, 0, 8 * PW);
      for (u32 i = 0; i + 1 < size; i += 2, target += PW)
        adder_.add(bases + (e[i] >> 1) * PW, e[i] & 1, bases + (e[i + 1] >> 1) * PW, e[i + 1] & 1, target);
      if (size & 1) copySigned(target, bases + (e[size - 1] >> 1) * PW, e[size - 1] & 1);
      sizes_[b - first] = left <= 1 ? 0 : left;
      if (left > 1) next += left * PW, more = true;
    }
    adder_.flush();
    for (int from = 0; more; from ^= 1) more = halve(out + first * PW, last - first, from);
  }

  // One more level: sums pairs of scratch_[from] into the other scratch, or into `out` where a bucket ends.
  bool halve(u64* out, std::size_t count, int from) {
    bool more = false;
    const u64* source = scratch_[from].data();
    u64* next = scratch_[from ^ 1].data();
    for (std::size_t b = 0; b < count; b++) {
      const u32 size = sizes_[b];
      if (size == 0) continue;
      const u32 left = (size + 1) / 2;
      u64* target = left == 1 ? out + b * PW : next;
      for (u32 i = 0; i + 1 < size; i += 2, target += PW) adder_.add(source + i * PW, false, source + (i + 1) * PW, false, target);
      if (size & 1) std::memcpy(target, source + (size - 1) * PW, 8 * PW);
      source += size * PW;
      sizes_[b] = left == 1 ? 0 : left;
      if (left > 1) next += left * PW, more = true;
    }
    adder_.flush();
    return more;
  }

  static void copySigned(u64* target, const u64* from, bool negate) {
    std::memcpy(target, from, 8 * PW);
    if (!negate) return;
    for (std::size_t i = PW / 2; i < PW; i += 4) {
      Fq y;
      std::memcpy(&y, target + i, 32);
      y = Fq::neg(y);  // the same in every Montgomery form
      std::memcpy(target + i, &y, 32);
    }
  }

  BatchAdder<G> adder_;
  Array<u64> scratch_[2];
  Array<u32> sizes_;
};

}  // namespace bionoir::BIONOIR_ENGINE
