// What ceremonies need of the curve: one scalar times many points, random combinations, subgroup checks in bulk, points
// drawn from a hash, and the printing of points for hashes. Points are in the form of iden3 files: Montgomery, R = 2^256.
#pragma once
#include "hash.h"
#include "ntt.h"
#include "pairing.h"
#include "points.h"

namespace bionoir::BIONOIR_ENGINE {

constexpr bk_status BAD_POINT = BK_MALFORMED_POINT;

// W points of G1 side by side. Coordinates stay below 1.01 p between operations.
struct LanePoint {
  LaneQ x, y;
};

// k P for many P by one chain of batched affine additions, each sharing one inversion among a chunk. The digits of k are
// odd and never zero (M. Joye and M. Tunstall, "Exponent Recoding and Regular Exponentiation Algorithms", 2009), so the
// chain is the same for every k; the places it reads in the table of odd multiples are not.
class SameScalar {
  static constexpr int WINDOW = 4;
  static constexpr int DIGITS = 64;           // of an odd k below 2^254: 63 signed ones and a rest of at most 5
  static constexpr int ODD = 1 << (WINDOW - 1);  // P, 3 P .. 15 P

 public:
  static constexpr std::size_t CHUNK = 1024;

  // k is canonical and not zero.
  explicit SameScalar(const Words& k) : negate_((k.w[0] & 1) == 0) {
    Words odd = negate_ ? subtractWords(ModR::P, k) : k;
    // Near r the chain would meet P + P, which its additions cannot do: r - 2 d, |d| < 16, ends so.
    const Words distance = subtractWords(ModR::P, odd);
    plain_ = (distance.w[1] | distance.w[2] | distance.w[3]) == 0 && distance.w[0] < 64;
    scalar_ = odd;
    for (int i = 0; i + 1 < DIGITS; i++) {
      const int digit = static_cast<int>(odd.w[0] & (2 * (1 << WINDOW) - 1)) - (1 << WINDOW);
      digit_[i] = static_cast<signed char>(digit);
      // (odd - digit) / 2^WINDOW: its low bits are those of 2^WINDOW, a carry from none.
      odd.w[0] = (odd.w[0] & ~u64{2 * (1 << WINDOW) - 1}) | u64{1 << WINDOW};
      for (int j = 0; j < 4; j++) odd.w[j] = odd.w[j] >> WINDOW | (j < 3 ? odd.w[j + 1] << (64 - WINDOW) : 0);
    }
    digit_[DIGITS - 1] = static_cast<signed char>(odd.w[0]);
    wipe(&odd, sizeof odd);
  }
  ~SameScalar() { wipe(this, sizeof *this); }

  // points[i] becomes k points[i], i < count <= CHUNK, in memory form.
  void run(u64* points, std::size_t count) const {
    constexpr std::size_t W = LaneQ::W, PW = POINT_WORDS<G1>;
    const std::size_t steps = (count + 2 * W - 1) / (2 * W) * 2;
    alignas(64) u64 generator[PW];
    storePoint<G1>(G1::generator(), generator);
    alignas(64) u64 unused[W][PW];
    bool infinite[CHUNK];
    for (std::size_t i = 0; i < count; i++) {
      u64* p = points + i * PW;
      infinite[i] = isInfinite(p);
      if (infinite[i]) std::memcpy(p, generator, sizeof generator);  // so that lanes need no exceptions
    }
    if (plain_) {
      for (std::size_t i = 0; i < count; i++) storePoint<G1>(slowly(loadPoint<G1>(points + i * PW)), points + i * PW);
    } else {
      const auto addresses = [&](std::size_t step, u64** at) {
        for (std::size_t i = 0; i < W; i++) {
          at[i] = step * W + i < count ? points + (step * W + i) * PW : unused[i];
          if (at[i] == unused[i]) std::memcpy(unused[i], generator, sizeof generator);
        }
      };
      Array<LanePoint> table(ODD * steps), sum(steps), twice(steps);
      Array<LaneQ> prefix(steps);
      for (std::size_t s = 0; s < steps; s++) {
        u64* at[W];
        addresses(s, at);
        table[s] = twice[s] = {LaneQ::unpack(LaneQ::gather(at, 0)), LaneQ::unpack(LaneQ::gather(at, LaneQ::WORDS))};
      }
      doubleAll(twice.data(), prefix.data(), steps);
      for (int i = 1; i < ODD; i++) {
        const auto row = static_cast<std::size_t>(i) * steps;
        for (std::size_t s = 0; s < steps; s++) table[row + s] = table[row - steps + s];
        addAll(table.data() + row, twice.data(), false, prefix.data(), steps);
      }
      const auto rowOf = [&](int digit) { return table.data() + static_cast<std::size_t>((digit < 0 ? -digit : digit) >> 1) * steps; };
      const LanePoint* top = rowOf(digit_[DIGITS - 1]);
      for (std::size_t s = 0; s < steps; s++) sum[s] = top[s];
      for (int i = DIGITS - 2; i >= 0; i--) {
        for (int k = 0; k < WINDOW; k++) doubleAll(sum.data(), prefix.data(), steps);
        addAll(sum.data(), rowOf(digit_[i]), digit_[i] < 0, prefix.data(), steps);
      }
      for (std::size_t s = 0; s < steps; s++) {
        u64* at[W];
        addresses(s, at);
        const auto negated = LaneQ::template subLazy<2>(LaneQ::zero(), sum[s].y);
        LaneQ::scatter(LaneQ::canonical(sum[s].x), at, 0);
        LaneQ::scatter(LaneQ::canonical(negate_ ? negated : sum[s].y), at, LaneQ::WORDS);
      }
    }
    for (std::size_t i = 0; i < count; i++)
      if (infinite[i]) std::memset(points + i * PW, 0, PW * 8);
  }

 private:
  static bool isInfinite(const u64* p) {
    u64 any = 0;
    for (int i = 0; i < POINT_WORDS<G1>; i++) any |= p[i];
    return any == 0;
  }
  Affine<Fq> slowly(const Affine<Fq>& p) const {
    auto out = Point<G1>::multiply(Point<G1>::from(p), scalar_.w, 254, tripleB<G1>()).toAffine();
    if (negate_) out.y = Fq::neg(out.y);
    return out;
  }

  // Two steps side by side: one product's latency hides another's.
  struct Two {
    LaneQ a, b;
    static Two mul(const Two& x, const Two& y) { return {LaneQ::mul(x.a, y.a), LaneQ::mul(x.b, y.b)}; }
    static Two sqr(const Two& x) { return {LaneQ::sqr(x.a), LaneQ::sqr(x.b)}; }
  };
  // Turns denominators into prefix products, two chains as in batch.h, and hands each pair of steps its inverses, the last
  // pair first. `steps` is even.
  template <class Denominator, class Finish>
  static void shareInversion(LaneQ* prefix, std::size_t steps, const Denominator& denominator, const Finish& finish) {
    Two chain = {LaneQ::one(), LaneQ::one()};
    for (std::size_t s = 0; s < steps; s += 2) {
      prefix[s] = chain.a;
      prefix[s + 1] = chain.b;
      chain = Two::mul(chain, {denominator(s), denominator(s + 1)});
    }
    const LaneQ both = invertLanes(LaneQ::mul(chain.a, chain.b));
    Two inverse = Two::mul({both, both}, {chain.b, chain.a});
    for (std::size_t s = steps; s > 0; s -= 2) {
      const Two mine = Two::mul(inverse, {prefix[s - 2], prefix[s - 1]});
      inverse = Two::mul(inverse, {denominator(s - 2), denominator(s - 1)});
      finish(s - 2, mine);
    }
  }
  // Both points from slope and the two x of each: x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1.
  static void moveAlong(LanePoint* p, const LanePoint* q, const Two& slope) {
    const Two square = Two::sqr(slope);
    const Two x = {LaneQ::weak(LaneQ::template subTwoLazy<3>(square.a, p[0].x, q[0].x)),
                   LaneQ::weak(LaneQ::template subTwoLazy<3>(square.b, p[1].x, q[1].x))};
    const Two y = Two::mul(slope, {LaneQ::template subLazy<2>(p[0].x, x.a), LaneQ::template subLazy<2>(p[1].x, x.b)});
    p[0].y = LaneQ::weak(LaneQ::template subLazy<2>(y.a, p[0].y));
    p[1].y = LaneQ::weak(LaneQ::template subLazy<2>(y.b, p[1].y));
    p[0].x = x.a;
    p[1].x = x.b;
  }
  static void doubleAll(LanePoint* p, LaneQ* prefix, std::size_t steps) {
    shareInversion(
        prefix, steps, [p](std::size_t s) { return LaneQ::addLazy(p[s].y, p[s].y); },
        [p](std::size_t s, const Two& inverse) {
          const Two square = Two::sqr({p[s].x, p[s + 1].x});  // below 2 p
          const Two slope = Two::mul({LaneQ::addLazy(LaneQ::addLazy(square.a, square.a), square.a),
                                      LaneQ::addLazy(LaneQ::addLazy(square.b, square.b), square.b)},
                                     inverse);
          const LanePoint same[2] = {p[s], p[s + 1]};
          moveAlong(p + s, same, slope);
        });
  }
  // p += q, or p -= q. No lane has equal or opposite points.
  static void addAll(LanePoint* p, const LanePoint* q, bool subtract, LaneQ* prefix, std::size_t steps) {
    const auto signedY = [q, subtract](std::size_t s) {  // below 2.01 p
      return subtract ? LaneQ::template subLazy<2>(LaneQ::zero(), q[s].y) : q[s].y;
    };
    shareInversion(
        prefix, steps, [p, q](std::size_t s) { return LaneQ::template subLazy<2>(q[s].x, p[s].x); },
        [p, q, &signedY](std::size_t s, const Two& inverse) {
          const Two slope = Two::mul({LaneQ::template subLazy<2>(signedY(s), p[s].y), LaneQ::template subLazy<2>(signedY(s + 1), p[s + 1].y)},
                                     inverse);
          moveAlong(p + s, q + s, slope);
        });
  }

  signed char digit_[DIGITS];
  bool negate_, plain_;
  Words scalar_;
};

template <class G>
constexpr std::size_t POINT_BYTES = POINT_WORDS<G> * 8;

inline Words readScalarBelowR(const u8* at, std::size_t index) {
  const Words w = readWords(at);
  if (!lessThan(w, ModR::P)) fail(BK_BAD_ARGUMENT, "scalar %zu is not below r", index);
  return w;
}

inline void scalePoints(Pool& pool, const Supervision& supervision, u8* out, const u8* bytes, std::size_t count, const u8* scalar) {
  Words k = readScalarBelowR(scalar, 0);
  if ((k.w[0] | k.w[1] | k.w[2] | k.w[3]) == 0) fail(BK_BAD_ARGUMENT, "the scalar is 0");
  const SameScalar same(k);
  wipe(&k, sizeof k);
  parallelFor(pool, supervision, "multiply the points", count, SameScalar::CHUNK, [&](std::size_t begin, std::size_t end) {
    BaseSet<G1> set;
    set.allocate(end - begin);
    readPoints<G1, FILE_FORM>(set, bytes + begin * POINT_BYTES<G1>, 0, end - begin, Trust::CHECKED, BAD_POINT, "the points",
                              [](std::size_t i) { return i; });
    for (std::size_t at = 0; at < end - begin; at += SameScalar::CHUNK)
      same.run(set.points.data() + at * POINT_WORDS<G1>, end - begin - at < SameScalar::CHUNK ? end - begin - at : SameScalar::CHUNK);
    fromMemoryForm<G1, FILE_FORM>(set.points.data(), end - begin);
    std::memcpy(out + begin * POINT_BYTES<G1>, set.points.data(), (end - begin) * POINT_BYTES<G1>);
  });
}

template <class G>
void writeFilePoint(u8* out, const Affine<typename G::E>& p) {
  std::memcpy(out, &p, POINT_BYTES<G>);
}

template <class G>
void multiplyPoint(u8* out, const u8* point, const u8* scalar) {
  const auto p = readPoint<G, FILE_FORM>(point, BAD_POINT, "the point");
  Words k = readScalarBelowR(scalar, 0);
  writeFilePoint<G>(out, Point<G>::multiply(Point<G>::from(p), k.w, 254, tripleB<G>()).toAffine());
  wipe(&k, sizeof k);
}

// All points of `bytes`, checked.
template <class G>
BaseSet<G> readAllPoints(Pool& pool, const Supervision& supervision, const u8* bytes, std::size_t count, const char* what) {
  BaseSet<G> set;
  set.allocate(count);
  parallelFor(pool, supervision, "read points", count, 4096, [&](std::size_t begin, std::size_t end) {
    readPoints<G, FILE_FORM>(set, bytes, begin, end, Trust::CHECKED, BAD_POINT, what, [](std::size_t i) { return i; });
  });
  set.countInfinite();
  return set;
}

// sum of scalars[i] points[i] with `scalarBytes` (16 or 32) bytes a scalar.
template <class G>
Point<G> combinePoints(Pool& pool, const Supervision& supervision, const u8* points, const u8* scalars, std::size_t scalarBytes,
                       std::size_t count) {
  if (scalarBytes != 16 && scalarBytes != 32) fail(BK_BAD_ARGUMENT, "a scalar of %zu bytes; 16 or 32 are expected", scalarBytes);
  const BaseSet<G> set = readAllPoints<G>(pool, supervision, points, count, "the points");
  DigitSource digits(count, WindowPlan::choose(count));
  for (std::size_t i = 0; i < count; i++) {
    const u8* at = scalars + i * scalarBytes;
    const Words k = scalarBytes == 32 ? readScalarBelowR(at, i) : Words{{readU64(at), readU64(at + 8), 0, 0}};
    digits.set(i, k.w);
  }
  std::vector<Point<G>> sums(static_cast<std::size_t>(digits.plan.windows), Point<G>::infinity());
  ScratchShelf shelf;
  Group group(pool, supervision, "combine points");
  // A scalar of 128 bits has no digits above, and no negative form.
  const int windows = scalarBytes == 32 ? digits.plan.windows : 128 / digits.plan.bits + 1;
  for (int w = 0; w < windows && w < digits.plan.windows; w++)
    group.add([&, w] {
      ScratchShelf::Loan scratch(shelf);
      scratch->sorted.sort(digits, w);
      sums[static_cast<std::size_t>(w)] = scratch->template windowSum<G>(set, digits.plan);
    });
  group.wait();
  return joinWindows<G>(sums, digits.plan.bits);
}

// The order of the twist is r times 10069 * 5864401 * ...: a point outside of the subgroup of order r survives a random
// combination with weights below 2^14 at most once in 2^13, whatever the others are; ten rounds leave 2^-130.
inline void checkSubgroup(Pool& pool, const Supervision& supervision, const u8* bytes, std::size_t count, const u8* seed) {
  constexpr int ROUNDS = 10, WEIGHT_BITS = 14;
  constexpr std::size_t FEW = 256;
  constexpr u32 BUCKETS = u32{1} << WEIGHT_BITS;
  if (count <= FEW) {
    parallelFor(pool, supervision, "check the subgroup", count, 8, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i++)
        if (!inG2(readPoint<G2, FILE_FORM>(bytes + i * POINT_BYTES<G2>, BAD_POINT, "a point")))
          fail(BAD_POINT, "point %zu is not in the subgroup of order r", i);
    });
    return;
  }
  const BaseSet<G2> set = readAllPoints<G2>(pool, supervision, bytes, count, "the points");
  parallelFor(pool, supervision, "check the subgroup", ROUNDS, 1, [&](std::size_t round, std::size_t) {
    u8 own[32];
    std::memcpy(own, seed, 32);
    own[0] = static_cast<u8>(own[0] ^ round);  // another stream a round
    ChaCha stream(own);
    // Bucket b holds the points of weight b + 1; weight 0 is left out.
    Array<u32> weights(count), starts(BUCKETS + 2), entries(count + 1);
    starts.zero();
    for (std::size_t i = 0; i < count; i++) {
      weights[i] = stream.next() & (BUCKETS - 1);
      starts[weights[i] + 1]++;
    }
    starts[1] = 0;
    for (u32 b = 1; b <= BUCKETS; b++) starts[b + 1] += starts[b];
    for (std::size_t i = 0; i < count; i++)
      if (weights[i] != 0) entries[starts[weights[i]]++] = static_cast<u32>(i) << 1;
    starts[0] = 0;
    Array<u64> buckets(static_cast<std::size_t>(BUCKETS) * POINT_WORDS<G2>);
    BucketSummer<G2>().run(buckets.data(), set.points.data(), entries.data(), starts.data(), BUCKETS);
    if (!inG2(BucketWeigher<G2>().run(buckets.data(), BUCKETS).toAffine()))
      fail(BAD_POINT, "a point is not in the subgroup of order r");
  });
}

inline bool pairingCheck(Pool& pool, const u8* g1, const u8* g2, std::size_t count) {
  std::vector<PairingInput> pairs;
  for (std::size_t i = 0; i < count; i++) {
    const auto q = readPoint<G2, FILE_FORM>(g2 + i * POINT_BYTES<G2>, BAD_POINT, "a point of G2");
    if (!inG2(q)) fail(BAD_POINT, "point %zu of G2 is not in the subgroup of order r", i);
    pairs.push_back({readPoint<G1, FILE_FORM>(g1 + i * POINT_BYTES<G1>, BAD_POINT, "a point of G1"), q});
  }
  return pairingProductIsOne(pool, pairs);
}

// A value of any 256 bits, mod q.
inline Fq reduceFully(Words w) {
  while (!lessThan(w, ModQ::P)) w = subtractWords(w, ModQ::P);
  return Fq::fromWords(w);
}

// The form that goes into hashes: big-endian, not Montgomery, the coefficient of u before the one of 1.
template <class G>
void printForHash(u8* out, const Affine<typename G::E>& p) {
  constexpr std::size_t COORDINATES = POINT_BYTES<G> / 32, HALF = COORDINATES / 2;
  Fq c[COORDINATES];
  std::memcpy(c, &p, sizeof c);
  for (std::size_t i = 0; i < COORDINATES; i++) {
    u64 plain[4];
    c[i].toPlain(plain);
    u8* at = out + 32 * (i / HALF * HALF + (HALF - 1 - i % HALF));
    for (std::size_t k = 0; k < 32; k++) at[k] = static_cast<u8>(plain[3 - k / 8] >> (56 - 8 * (k % 8)));
  }
}
template <class G>
void printPointsForHash(Pool& pool, u8* out, const u8* bytes, std::size_t count) {
  parallelFor(pool, {}, "hash points", count, 2048, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i++) {
      Affine<typename G::E> p;
      std::memcpy(&p, bytes + i * POINT_BYTES<G>, sizeof p);
      Fq* c = reinterpret_cast<Fq*>(&p);
      for (std::size_t k = 0; k < POINT_BYTES<G> / 32; k++) c[k] = reduceFully({{c[k].v[0], c[k].v[1], c[k].v[2], c[k].v[3]}});
      printForHash<G>(out + i * POINT_BYTES<G>, p);
    }
  });
}

// ---- Field elements and points from a stream, as snarkjs (ffjavascript) draws them ----

// Below p, by rejection of 254 random bits; these bits are the Montgomery form.
template <class M>
Fp<M> drawField(ChaCha& stream) {
  Words w;
  do {
    for (u64& word : w.w) word = stream.next64();
    w.w[3] &= (u64{1} << 62) - 1;
  } while (!lessThan(w, M::P));
  const Fp<M> out = Fp<M>::fromWords(w);
  wipe(&w, sizeof w);
  return out;
}
inline Fq drawCoordinate(ChaCha& stream, const Fq*) { return drawField<ModQ>(stream); }
inline Fq2 drawCoordinate(ChaCha& stream, const Fq2*) {
  const Fq c0 = drawField<ModQ>(stream);
  return {c0, drawField<ModQ>(stream)};
}

// (q + numerator) / 2^shift for the exponents of square roots: q = 3 mod 4.
inline Words shiftedPrime(bool minusThree, int shift) {
  Words e = ModQ::P;
  if (minusThree) e.w[0] -= 3;
  else e.w[0] += 1;
  for (int i = 0; i < 4; i++) e.w[i] = e.w[i] >> shift | (i < 3 ? e.w[i + 1] << (64 - shift) : 0);
  return e;
}
// Whether a is a square; then *root^2 = a.
inline bool squareRoot(const Fq& a, Fq* root) {
  *root = Fq::pow(a, shiftedPrime(false, 2));
  return Fq::sqr(*root) == a;
}
// By the norm: c0^2 + c1^2 = n^2, x^2 = (c0 + n) / 2 for one of the two n, root = x + c1 / (2 x) u.
inline bool squareRoot(const Fq2& a, Fq2* root) {
  Fq n, x;
  if (!squareRoot(Fq::add(Fq::sqr(a.c0), Fq::sqr(a.c1)), &n)) return false;
  const Fq half = Fq::inverse(Fq::fromSmall(2));
  for (const Fq& norm : {n, Fq::neg(n)}) {
    if (!squareRoot(Fq::mul(Fq::add(a.c0, norm), half), &x)) continue;
    if (!x.isZero()) *root = {x, Fq::mul(Fq::mul(a.c1, half), Fq::inverse(x))};
    else if (squareRoot(Fq::neg(a.c0), &x)) *root = {Fq::zero(), x};  // a = c0 is minus a square
    else continue;
    if (Fq2::sqr(*root) == a) return true;
  }
  return false;
}
// Above (q - 1) / 2; in Fq2 the coefficient of u decides unless it is zero.
inline bool isNegative(const Fq& a) {
  u64 plain[4];
  a.toPlain(plain);
  Words half = ModQ::P;
  for (int i = 0; i < 4; i++) half.w[i] = half.w[i] >> 1 | (i < 3 ? half.w[i + 1] << 63 : 0);
  return lessThan(half, {{plain[0], plain[1], plain[2], plain[3]}});
}
inline bool isNegative(const Fq2& a) { return a.c1.isZero() ? isNegative(a.c0) : isNegative(a.c1); }

// Of the curve, not of its subgroup.
template <class G>
Affine<typename G::E> drawPoint(ChaCha& stream) {
  using E = typename G::E;
  for (;;) {
    const E x = drawCoordinate(stream, static_cast<const E*>(nullptr));
    const bool greatest = (stream.next() & 1) != 0;
    E y;
    if (!squareRoot(E::add(E::mul(E::sqr(x), x), G::b()), &y)) continue;
    return {x, isNegative(y) == greatest ? y : E::neg(y)};
  }
}

// Times the cofactor 2 q - r.
inline void deriveG2(u8 out[128], const u8 seed[32]) {
  ChaCha stream(seed);
  u64 cofactor[4], carry = 0;
  const Words difference = subtractWords(ModQ::P, ModR::P);
  for (int i = 0; i < 4; i++) {
    const u128 s = static_cast<u128>(ModQ::P.w[i]) + difference.w[i] + carry;
    cofactor[i] = static_cast<u64>(s);
    carry = static_cast<u64>(s >> 64);
  }
  const auto p = Point<G2>::from(drawPoint<G2>(stream));
  writeFilePoint<G2>(out, Point<G2>::multiplyPublic(p, cofactor, 254, tripleB<G2>()).toAffine());
}
inline void deriveKeys(u8* scalars, u8* points, const u8 seed[32], std::size_t count) {
  ChaCha stream(seed);
  for (std::size_t i = 0; i < count; i++) {
    Fr k = drawField<ModR>(stream);
    u64 plain[4];
    k.toPlain(plain);
    std::memcpy(scalars + 32 * i, plain, 32);
    wipe(&k, sizeof k);
    wipe(plain, sizeof plain);
  }
  for (std::size_t i = 0; i < count; i++) writeFilePoint<G1>(points + 64 * i, drawPoint<G1>(stream));
}

// ---- Combinations carried between bases ----

inline Array<Fr, true> readScalars(const u8* bytes, std::size_t count) {
  Array<Fr, true> out(count);
  for (std::size_t i = 0; i < count; i++) out[i] = Fr::fromPlain(readScalarBelowR(bytes + 32 * i, i).w);
  return out;
}
inline void writeScalars(u8* bytes, const Array<Fr, true>& values) {
  for (std::size_t i = 0; i < values.size(); i++) {
    u64 plain[4];
    values[i].toPlain(plain);
    std::memcpy(bytes + 32 * i, plain, 32);
  }
}
// values[k] becomes sum of values[i] w^(i k), natural order.
template <class L>
void transformValues(Array<Fr, true>& values, int power) {
  constexpr std::size_t W = L::W;
  const std::size_t size = values.size();
  Transform<L> transform(power);
  Array<L> a(size / W);
  for (std::size_t i = 0; i < size; i++) {
    Fr x = values[i];
    if constexpr (L::FORM_BITS != 256) x = shiftedBy<ModR, L::FORM_BITS - 256>(x);
    if (i % W == 0) a[i / W] = L::zero();
    a[i / W].set(static_cast<int>(i % W), x.v);
  }
  transform.forwardToReversed(a.data());
  for (std::size_t i = 0; i < size; i++) {
    std::size_t k = 0;
    for (int bit = 0; bit < power; bit++) k |= ((i >> bit) & 1) << (power - 1 - bit);
    u64 form[4];
    L::canonical(a[i / W]).get(static_cast<int>(i % W), form);
    values[k] = fromForm<ModR>(form);
    if constexpr (L::FORM_BITS == 256) std::memcpy(&values[k], form, 32);
  }
}
inline void transformAny(Array<Fr, true>& values, int power) {
  if (values.size() >= std::size_t{LaneR::W} * LaneR::W) transformValues<LaneR>(values, power);
  else transformValues<ScalarLane<ModR>>(values, power);
}
inline void lagrangeDual(u8* bytes, int power) {
  auto values = readScalars(bytes, std::size_t{1} << power);
  transformAny(values, power);
  const std::size_t n = values.size();
  for (std::size_t i = 1; i < n - i; i++) std::swap(values[i], values[n - i]);
  const Fr scale = Fr::inverse(Fr::fromSmall(u64{1} << power));
  for (std::size_t i = 0; i < n; i++) values[i] = Fr::mul(values[i], scale);
  writeScalars(bytes, values);
}
inline void lagrangeOdd(u8* bytes, int power) {
  auto values = readScalars(bytes, std::size_t{1} << power);
  const Fr step = rootOfUnity(power + 1);
  Fr factor = Fr::neg(Fr::fromSmall(2));
  for (std::size_t i = 0; i < values.size(); i++) {
    values[i] = Fr::mul(values[i], factor);
    factor = Fr::mul(factor, step);
  }
  transformAny(values, power);
  writeScalars(bytes, values);
}

}  // namespace bionoir::BIONOIR_ENGINE
