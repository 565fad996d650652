// Batched affine addition: many independent sums P + Q at 5 M + 1 S each, one shared inversion a batch (Montgomery's
// trick), W at a time on lanes. On top of it, sums of buckets by pairing.
// Equal, opposite and infinite operands are recognised by lane and handled; they are rare, so that path is not tuned.
#pragma once
#include "affine.h"

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
// addition reads may be written by another one since the last flush().
// Additions are done a batch at a time; while one batch is done, the next one's operands are fetched into the cache.
template <class G>
class BatchAdder {
  using E = typename G::L;
  using L = typename E::Base;
  using Mask = typename E::Mask;
  using Parts = AffineParts<E>;
  static constexpr int W = E::W;
  static constexpr int X = 0, Y = E::WORDS;
  static constexpr int PW = POINT_WORDS<G>;
  // In Fq2 the element to invert is a norm, kept beside its denominator.
  static constexpr bool HAS_NORM = !std::is_same_v<E, L>;

 public:
  static constexpr std::size_t CAPACITY = 2048;

  BatchAdder() : steps_(CAPACITY / W), norms_(HAS_NORM ? CAPACITY / W : 0), special_(CAPACITY / W) {}

  void add(const u64* left, bool negateLeft, const u64* right, bool negateRight, u64* target) {
    Queue& queue = queue_[filling_];
    queue.left[queue.count] = reinterpret_cast<std::uintptr_t>(left) | static_cast<std::uintptr_t>(negateLeft);
    queue.right[queue.count] = reinterpret_cast<std::uintptr_t>(right) | static_cast<std::uintptr_t>(negateRight);
    queue.target[queue.count] = target;
    queue.isSigned |= negateLeft | negateRight;
    if (queue_[filling_ ^ 1].count == 0) {  // nothing will be done meanwhile
      fetch(left);
      fetch(right);
    }
    if (++queue.count == CAPACITY) {
      run(queue_[filling_ ^ 1], &queue);
      filling_ ^= 1;
    }
  }

  void flush() {
    run(queue_[filling_ ^ 1], &queue_[filling_]);
    run(queue_[filling_], nullptr);
  }

 private:
  enum Kind { ORDINARY, LEFT, RIGHT, DOUBLE, INFINITY_ };

  struct Queue {
    std::size_t count = 0;
    bool isSigned = false;
    Array<std::uintptr_t> left{CAPACITY}, right{CAPACITY};
    Array<u64*> target{CAPACITY};
  };
  // What the first pass keeps for the second.
  struct Step {
    L prefix;  // product of what is inverted in the steps before
    E x1, denominator;
  };
  struct Operands {
    const u64* left[W];
    const u64* right[W];
    Mask negateLeft, negateRight;
    Operands(const Queue& queue, std::size_t step) {
      negateLeft = E::splitTags(queue.left.data() + step * W, left);
      negateRight = E::splitTags(queue.right.data() + step * W, right);
    }
    E x1() const { return E::unpack(E::gather(left, X)); }
    E x2() const { return E::unpack(E::gather(right, X)); }
    E y1() const { return E::unpack(E::gather(left, Y)); }
    E y2() const { return E::unpack(E::gather(right, Y)); }
  };
  // Lanes of a step by the kind of their addition.
  struct Kinds {
    Mask lanes[5] = {};
    explicit Kinds(const Operands& o) {
      for (int i = 0; i < W; i++) lanes[kindOf(o.left[i], o.right[i], ((o.negateLeft ^ o.negateRight) >> i & 1) != 0)] |= Mask{1} << i;
    }
    bool allOrdinary() const { return (lanes[LEFT] | lanes[RIGHT] | lanes[DOUBLE] | lanes[INFINITY_]) == 0; }
  };

  static Kind kindOf(const u64* left, const u64* right, bool signsDiffer) {
    if (zeroY(left)) return RIGHT;
    if (zeroY(right)) return LEFT;
    if (std::memcmp(left + X, right + X, 8 * E::WORDS) != 0) return ORDINARY;
    const bool sameY = std::memcmp(left + Y, right + Y, 8 * E::WORDS) == 0;
    return sameY != signsDiffer ? DOUBLE : INFINITY_;
  }
  static bool zeroY(const u64* p) {
    u64 any = 0;
    for (int i = 0; i < E::WORDS; i++) any |= p[Y + i];
    return any == 0;
  }
  static void fetch(const u64* point) {
    for (int word = 0; word < PW; word += 8) __builtin_prefetch(point + word);
  }
  static void fetch(const Array<std::uintptr_t>& tagged, std::size_t step) {
    for (int i = 0; i < W; i++) fetch(reinterpret_cast<const u64*>(tagged[step * W + i] & ~std::uintptr_t{1}));
  }

  // Empties `queue`; `next` will follow.
  void run(Queue& queue, const Queue* next) {
    if (queue.count == 0) return;
    while (queue.count % W != 0) {  // idle lanes repeat the last addition for nobody
      queue.left[queue.count] = queue.left[queue.count - 1];
      queue.right[queue.count] = queue.right[queue.count - 1];
      queue.target[queue.count++] = idle_;
    }
    const std::size_t steps = queue.count / W, nextSteps = next == nullptr ? 0 : next->count / W;
    // Two chains of products hide each other's latency.
    L chain[2] = {L::one(), L::one()};
    for (std::size_t s = 0; s < steps; s++) {
      if (s < nextSteps) fetch(next->left, s);
      begin(queue, s, chain[s & 1]);
    }
    const L both = invertLanes(L::mul(chain[0], chain[1]));
    L inverse[2] = {L::mul(both, chain[1]), L::mul(both, chain[0])};
    for (std::size_t s = steps; s-- > 0;) {
      if (steps - 1 - s < nextSteps) fetch(next->right, steps - 1 - s);
      if (__builtin_expect(special_[s], 0)) finishSpecial(queue, s, inverse[s & 1]);
      else if (queue.isSigned) finish<true>(queue, s, inverse[s & 1]);
      else finish<false>(queue, s, inverse[s & 1]);
    }
    queue.count = 0;
    queue.isSigned = false;
  }

  inline __attribute__((always_inline)) void begin(const Queue& queue, std::size_t s, L& chain) {
    const Operands o(queue, s);
    Step& step = steps_[s];
    const auto p1 = E::gather(o.left, X), p2 = E::gather(o.right, X);
    const E x1 = E::unpack(p1), x2 = E::unpack(p2);
    E denominator = Parts::denominator(x2, x1);
    special_[s] = false;
    if (__builtin_expect(Parts::suspects(p1, p2, x1, x2, denominator) != 0, 0)) {
      const Kinds kinds(o);
      special_[s] = !kinds.allOrdinary();
      if (special_[s]) denominator = specialDenominator(o, kinds, denominator);
    }
    step.x1 = x1;
    step.denominator = denominator;
    step.prefix = chain;
    if constexpr (HAS_NORM) {
      norms_[s] = Parts::norm(denominator);
      chain = factorProduct(chain, norms_[s]);
    } else {
      chain = factorProduct(chain, denominator);
    }
  }

  // 1 / denominator of the step.
  inline __attribute__((always_inline)) E reciprocalOf(std::size_t s, L& inverse) const {
    const Step& step = steps_[s];
    const L mine = factorProduct(inverse, step.prefix);
    if constexpr (HAS_NORM) inverse = factorProduct(inverse, norms_[s]);
    else inverse = factorProduct(inverse, step.denominator);
    return Parts::reciprocal(step.denominator, mine);
  }

  template <bool SIGNED>
  inline __attribute__((always_inline)) void finish(const Queue& queue, std::size_t s, L& inverse) {
    const E reciprocal = reciprocalOf(s, inverse);
    const Operands o(queue, s);
    const Step& step = steps_[s];
    const E y1 = o.y1(), y2 = o.y2();
    u64* const* to = queue.target.data() + s * W;
    const E slope = Parts::slope(
        SIGNED ? Parts::signedNumerator(y2, o.negateRight, y1, o.negateLeft) : Parts::numerator(y2, y1), reciprocal);
    const E x3 = Parts::x3(slope, step.x1, step.denominator, [&o] { return o.x2(); });
    E::scatter(x3, to, X);
    E::scatter(SIGNED ? Parts::signedY3(slope, step.x1, x3, o.negateLeft, y1) : Parts::y3(slope, step.x1, x3, y1), to, Y);
  }

  // ---- Steps with a lane whose operands are equal, opposite or infinite: rare, so not tuned ----

  __attribute__((noinline)) static E specialDenominator(const Operands& o, const Kinds& kinds, const E& ordinary) {
    const E y1 = E::negateIf(o.negateLeft, o.y1());
    return E::select(kinds.lanes[DOUBLE], E::addLazy(y1, y1), E::select(kinds.lanes[ORDINARY], ordinary, E::one()));
  }
  __attribute__((noinline)) void finishSpecial(const Queue& queue, std::size_t s, L& inverse) {
    const E reciprocal = reciprocalOf(s, inverse);
    const Operands o(queue, s);
    const Kinds kinds(o);
    const E x1 = o.x1(), x2 = o.x2(), y1 = E::negateIf(o.negateLeft, o.y1()), y2 = E::negateIf(o.negateRight, o.y2());
    const E square = E::sqr(x1);
    const E numerator = E::select(kinds.lanes[DOUBLE], E::add(E::add(square, square), square), E::sub(y2, y1));
    const E slope = E::mul(numerator, reciprocal);
    const E x3 = E::canonical(E::sub(E::sub(E::sqr(slope), x1), x2));
    const E y3 = E::canonical(E::sub(E::mul(slope, E::sub(x1, x3)), y1));
    const auto pick = [&](const E& sum, const E& left, const E& right) {
      const E kept = E::select(kinds.lanes[ORDINARY] | kinds.lanes[DOUBLE], sum, E::zero());
      return E::select(kinds.lanes[LEFT], left, E::select(kinds.lanes[RIGHT], right, kept));
    };
    u64* const* to = queue.target.data() + s * W;
    E::scatter(pick(x3, x1, x2), to, X);
    E::scatter(pick(y3, E::canonical(y1), E::canonical(y2)), to, Y);
  }

  Queue queue_[2];
  int filling_ = 0;
  Array<Step> steps_;
  Array<L> norms_;
  Array<bool> special_;
  alignas(64) u64 idle_[PW];  // a place for results nobody wants
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
      if (size & 1) copyLater(target, bases + (e[size - 1] >> 1) * PW, e[size - 1] & 1);
      sizes_[b - first] = left <= 1 ? 0 : left;
      if (left > 1) next += left * PW, more = true;
    }
    adder_.flush();
    copyNow();
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

  // Copies wait until their sources have been fetched.
  struct Copy {
    u64* target;
    const u64* from;
    bool negate;
  };
  void copyLater(u64* target, const u64* from, bool negate) {
    for (std::size_t word = 0; word < PW; word += 8) __builtin_prefetch(from + word);
    copies_[copyCount_++] = {target, from, negate};
    if (copyCount_ == COPIES) copyNow();
  }
  void copyNow() {
    for (std::size_t i = 0; i < copyCount_; i++) copySigned(copies_[i].target, copies_[i].from, copies_[i].negate);
    copyCount_ = 0;
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
  static constexpr std::size_t COPIES = 32;
  Copy copies_[COPIES];
  std::size_t copyCount_ = 0;
};

}  // namespace bionoir::BIONOIR_ENGINE
