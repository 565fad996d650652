// y^2 = x^3 + b on G1 (Fq, b = 3) and G2 (Fq2, b = 3 / (9 + u)).
// Additions are the complete formulas of Renes, Costello and Batina (2015, https://eprint.iacr.org/2015/1060), algorithms
// 7 to 9 for a = 0: no special case, on every point of these curves (both have odd order). Infinity is (0 : 1 : 0).
// In memory a point is affine, x then y in lane form; infinity is all zeros (no point has y = 0).
#pragma once
#include "lane_scalar.h"
#include "tower.h"
#if BIONOIR_IFMA
#include "lane_ifma.h"
#elif BIONOIR_SIMD128
#include "lane_simd128.h"
#endif

namespace bionoir::BIONOIR_ENGINE {

#if BIONOIR_IFMA
template <class M>
using Lane = IfmaLane<M>;
#elif BIONOIR_SIMD128
template <class M>
using Lane = Simd128Lane<M>;
#else
template <class M>
using Lane = ScalarLane<M>;
#endif
using LaneQ = Lane<ModQ>;
using LaneR = Lane<ModR>;

// Multiplying by 2^k as an integer: Montgomery product with 2^(k + 256).
template <class M, int K>
inline Fp<M> shiftedBy(const Fp<M>& a) {
  static constexpr Words FACTOR = powerOfTwoMod(K + 256, M::P);
  return Fp<M>::mul(a, Fp<M>::fromWords(FACTOR));
}
template <class M>
inline void toForm(const Fp<M>& a, u64 form[4]) {
  Fp<M> x = a;
  if constexpr (Lane<M>::FORM_BITS != 256) x = shiftedBy<M, Lane<M>::FORM_BITS - 256>(a);
  std::memcpy(form, &x, 32);
}
template <class M>
inline Fp<M> fromForm(const u64 form[4]) {
  Fp<M> x;
  std::memcpy(&x, form, 32);
  // 2^-d as an integer: a product with 2^(256 - d).
  if constexpr (Lane<M>::FORM_BITS != 256) {
    static constexpr Words FACTOR = powerOfTwoMod(512 - Lane<M>::FORM_BITS, M::P);
    x = Fp<M>::mul(x, Fp<M>::fromWords(FACTOR));
  }
  return x;
}
inline void toForm(const Fq2& a, u64 form[8]) {
  toForm(a.c0, form);
  toForm(a.c1, form + 4);
}

template <class E>
struct Affine {
  E x, y;  // (0, 0) is infinity
  bool isInfinity() const { return x.isZero() && y.isZero(); }
};

template <class E>
struct Projective {
  E x, y, z;

  static Projective infinity() { return {E::zero(), E::one(), E::zero()}; }
  static Projective from(const Affine<E>& p) { return p.isInfinity() ? infinity() : Projective{p.x, p.y, E::one()}; }

  static Projective add(const Projective& p, const Projective& q, const E& b3) {
    const E t0 = E::mul(p.x, q.x), t1 = E::mul(p.y, q.y), t2 = E::mul(p.z, q.z);
    const E t3 = E::sub(E::mul(E::add(p.x, p.y), E::add(q.x, q.y)), E::add(t0, t1));
    const E t4 = E::sub(E::mul(E::add(p.y, p.z), E::add(q.y, q.z)), E::add(t1, t2));
    const E xz = E::sub(E::mul(E::add(p.x, p.z), E::add(q.x, q.z)), E::add(t0, t2));
    return finish(t0, t1, E::mul(b3, t2), t3, t4, E::mul(b3, xz));
  }
  // q is affine and not infinity.
  static Projective addMixed(const Projective& p, const E& qx, const E& qy, const E& b3) {
    const E t0 = E::mul(p.x, qx), t1 = E::mul(p.y, qy);
    const E t3 = E::sub(E::mul(E::add(qx, qy), E::add(p.x, p.y)), E::add(t0, t1));
    const E t4 = E::add(E::mul(qy, p.z), p.y);
    const E xz = E::add(E::mul(qx, p.z), p.x);
    return finish(t0, t1, E::mul(b3, p.z), t3, t4, E::mul(b3, xz));
  }
  static Projective dbl(const Projective& p, const E& b3) {
    const E t0 = E::sqr(p.y);
    const E y2 = E::add(t0, t0), y4 = E::add(y2, y2), y8 = E::add(y4, y4);
    const E t1 = E::mul(p.y, p.z), t2 = E::mul(b3, E::sqr(p.z));
    const E x3 = E::mul(t2, y8), s = E::add(t0, t2);
    const E d = E::sub(t0, E::add(E::add(t2, t2), t2));
    const E x = E::mul(d, E::mul(p.x, p.y));
    return {E::add(x, x), E::add(x3, E::mul(d, s)), E::mul(t1, y8)};
  }

  // The same sequence of operations for every scalar of `bits` bits: nothing leaks by timing but the length.
  static Projective multiply(const Projective& p, const u64* scalar, int bits, const E& b3) {
    Projective out = infinity();
    for (int i = bits - 1; i >= 0; i--) {
      out = dbl(out, b3);
      const Projective sum = add(out, p, b3);
      const u64 mask = 0 - ((scalar[i / 64] >> (i % 64)) & 1);
      u64* o = reinterpret_cast<u64*>(&out);
      const u64* s = reinterpret_cast<const u64*>(&sum);
      for (std::size_t k = 0; k < sizeof(Projective) / 8; k++) o[k] = (o[k] & ~mask) | (s[k] & mask);
    }
    return out;
  }
  // The same for data that nobody hides: zero bits cost no addition, and leading ones no doubling.
  static Projective multiplyPublic(const Projective& p, const u64* scalar, int bits, const E& b3) {
    Projective out = infinity();
    while (bits > 0 && ((scalar[(bits - 1) / 64] >> ((bits - 1) % 64)) & 1) == 0) bits--;
    for (int i = bits - 1; i >= 0; i--) {
      out = dbl(out, b3);
      if ((scalar[i / 64] >> (i % 64)) & 1) out = add(out, p, b3);
    }
    return out;
  }
  Affine<E> toAffine() const {
    const E inverse = E::inverse(z);
    return {E::mul(x, inverse), E::mul(y, inverse)};
  }

 private:
  static Projective finish(const E& t0, const E& t1, const E& b3z, const E& t3, const E& t4, const E& b3xz) {
    const E x3 = E::add(E::add(t0, t0), t0), plus = E::add(t1, b3z), minus = E::sub(t1, b3z);
    return {E::sub(E::mul(t3, minus), E::mul(t4, b3xz)), E::add(E::mul(minus, plus), E::mul(b3xz, x3)),
            E::add(E::mul(plus, t4), E::mul(x3, t3))};
  }
};

// One of the two groups: its scalar field type, its lane type, its constants.
struct G1 {
  using E = Fq;
  using L = LaneQ;
  static constexpr const char* NAME = "G1";
  static E b() { return Fq::fromSmall(3); }
  static Affine<E> generator() { return {Fq::one(), Fq::fromSmall(2)}; }
  static void toMemory(const E& e, u64* form) { toForm(e, form); }
  static E fromMemory(const u64* form) { return fromForm<ModQ>(form); }
  static E laneOf(const L& v, int lane) {
    u64 form[4];
    L::canonical(v).get(lane, form);
    return fromMemory(form);
  }
};
struct G2 {
  using E = Fq2;
  using L = LaneFq2<LaneQ>;
  static constexpr const char* NAME = "G2";
  static E b() { return Fq2::mul({Fq::fromSmall(3), Fq::zero()}, Fq2::inverse({Fq::fromSmall(9), Fq::one()})); }
  static Affine<E> generator();
  static void toMemory(const E& e, u64* form) { toForm(e, form); }
  static E fromMemory(const u64* form) { return {fromForm<ModQ>(form), fromForm<ModQ>(form + 4)}; }
  static E laneOf(const L& v, int lane) { return {G1::laneOf(v.c0, lane), G1::laneOf(v.c1, lane)}; }
};

inline Affine<Fq2> G2::generator() {
  // https://eips.ethereum.org/EIPS/eip-197, "Definition of the groups".
  static constexpr Words X0{{0x46debd5cd992f6ed, 0x674322d4f75edadd, 0x426a00665e5c4479, 0x1800deef121f1e76}};
  static constexpr Words X1{{0x97e485b7aef312c2, 0xf1aa493335a9e712, 0x7260bfb731fb5d25, 0x198e9393920d483a}};
  static constexpr Words Y0{{0x4ce6cc0166fa7daa, 0xe3d1e7690c43d37b, 0x4aab71808dcb408f, 0x12c85ea5db8c6deb}};
  static constexpr Words Y1{{0x55acdadcd122975b, 0xbc4b313370b38ef3, 0xec9e99ad690c3395, 0x090689d0585ff075}};
  return {{Fq::fromPlain(X0.w), Fq::fromPlain(X1.w)}, {Fq::fromPlain(Y0.w), Fq::fromPlain(Y1.w)}};
}

// 3 b, for the formulas above.
template <class G>
inline const typename G::E& tripleB() {
  static const typename G::E value = G::E::add(G::E::add(G::b(), G::b()), G::b());
  return value;
}
template <class G>
inline typename G::L laneTripleB() {
  u64 form[8];
  G::toMemory(tripleB<G>(), form);
  return G::L::broadcast(form);
}

// Words of one affine point in memory.
template <class G>
constexpr int POINT_WORDS = 2 * G::L::WORDS;

template <class G>
inline void storePoint(const Affine<typename G::E>& p, u64* memory) {
  G::toMemory(p.x, memory);
  G::toMemory(p.y, memory + G::L::WORDS);
}
template <class G>
inline Affine<typename G::E> loadPoint(const u64* memory) {
  return {G::fromMemory(memory), G::fromMemory(memory + G::L::WORDS)};
}

template <class G>
using Point = Projective<typename G::E>;

template <class G>
inline Point<G> addPoints(const Point<G>& p, const Point<G>& q) {
  return Point<G>::add(p, q, tripleB<G>());
}

}  // namespace bionoir::BIONOIR_ENGINE
