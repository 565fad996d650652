// The parts of an affine addition (x1, y1) + (x2, y2) of canonical points, by lanes:
//   d = x2 - x1, slope = (y2 - y1) / d, x3 = slope^2 - x1 - x2, y3 = slope (x1 - x3) - y1.
// First for any lane; then for lanes of one element, whose values stay unreduced below 2^256 = 5.29 p; then for IFMA's, where
// sums and products are left raw and carries are propagated once.
#pragma once
#include "curve.h"

namespace bionoir::BIONOIR_ENGINE {

template <class E>
struct AffineParts {
  using Mask = typename E::Mask;
  // Below 2 p, normal.
  static E denominator(const E& x2, const E& x1) { return E::template subLazy<1>(x2, x1); }
  // Lanes where an operand may be infinite or both have the same x: none that is so is missed.
  static Mask suspects(const typename E::Packed& p1, const typename E::Packed& p2, const E&, const E&, const E&) {
    return E::equal(p1, p2) | E::isZero(p1) | E::isZero(p2);
  }
  // y2 - y1, a factor; in the signed one either is negated where its mask says.
  static E numerator(const E& y2, const E& y1) { return E::template subLazy<1>(y2, y1); }
  static E signedNumerator(const E& y2, Mask m2, const E& y1, Mask m1) { return E::signedDifference(y2, m2, y1, m1); }
  static E slope(const E& numerator, const E& reciprocal) { return E::mulLazy(numerator, reciprocal); }
  // Canonical; `x2` is a function.
  template <class X2>
  static E x3(const E& slope, const E& x1, const E&, const X2& x2) {
    return E::canonical(E::template subTwoLazy<2>(E::sqrLazy(slope), x1, x2()));
  }
  static E y3(const E& slope, const E& x1, const E& x3, const E& y1) {
    return E::canonical(E::template subLazy<1>(E::mulLazy(slope, E::template subLazy<1>(x1, x3)), y1));
  }
  static E signedY3(const E& slope, const E& x1, const E& x3, Mask m, const E& y1) { return y3(slope, x1, x3, E::negateIf(m, y1)); }
  // What is inverted for a denominator, and 1 / denominator from its inverse.
  static typename E::Base norm(const E& d) { return E::norm(d); }
  static E reciprocal(const E& d, const typename E::Base& inverse) { return E::fromNormInverse(d, inverse); }
};

// A product that is only multiplied further.
template <class L>
inline L factorProduct(const L& a, const L& b) {
  return L::mul(a, b);
}
template <class M>
inline ScalarLane<M> factorProduct(const ScalarLane<M>& a, const ScalarLane<M>& b) {
  return {Fp<M>::mulLoose(a.x, b.x)};
}

// Products of factors below 2 p are below 1.76 p. Either negative or canonical operands are at most p.
template <class M>
struct AffineParts<ScalarLane<M>> {
  using E = ScalarLane<M>;
  using F = Fp<M>;
  using Mask = typename E::Mask;
  static E denominator(const E& x2, const E& x1) { return {F::template subLoose<1>(x2.x, x1.x)}; }
  // By one limb: wrong suspicions are rare.
  static Mask suspects(const F&, const F&, const E& x1, const E& x2, const E& d) {
    return (x1.x.v[0] == 0) | (x2.x.v[0] == 0) | (d.x.v[0] == M::P.w[0]);
  }
  static E numerator(const E& y2, const E& y1) { return {F::template subLoose<1>(y2.x, y1.x)}; }
  static E signedNumerator(const E& y2, Mask m2, const E& y1, Mask m1) { return numerator(E::negateIf(m2, y2), E::negateIf(m1, y1)); }
  static E slope(const E& numerator, const E& reciprocal) { return {F::mulLoose(numerator.x, reciprocal.x)}; }
  // The difference between -2 p and 1.6 p.
  template <class X2>
  static E x3(const E& slope, const E& x1, const E&, const X2& x2) {
    const F sum = F::addLoose(x1.x, x2().x);
    return {F::reduceOnce(F::template subAbove<2>(F::mulLoose(slope.x, slope.x), sum))};
  }
  // The difference between -p and 1.7 p.
  static E y3(const E& slope, const E& x1, const E& x3, const E& y1) {
    return {F::reduceOnce(F::template subAbove<1>(F::mulLoose(slope.x, numerator(x1, x3).x), y1.x))};
  }
  static E signedY3(const E& slope, const E& x1, const E& x3, Mask m, const E& y1) { return y3(slope, x1, x3, E::negateIf(m, y1)); }
  static E norm(const E& d) { return d; }
  static E reciprocal(const E&, const E& inverse) { return inverse; }
};

// Karatsuba's products t0 = a0 b0, t1 = a1 b1, t2 = (a0 + a1)(b0 + b1) carry m p / 2^256 with m of one's own, less than p each:
// t2 - t0 - t1 lies between -2 p and a0 b1 + a1 b0 over 2^256 plus p.
template <class M>
struct AffineParts<LaneFq2<ScalarLane<M>>> {
  using L = ScalarLane<M>;
  using E = LaneFq2<L>;
  using F = Fp<M>;
  using Mask = typename E::Mask;
  using First = AffineParts<L>;
  static E denominator(const E& x2, const E& x1) { return {First::denominator(x2.c0, x1.c0), First::denominator(x2.c1, x1.c1)}; }
  static Mask suspects(const typename E::Packed& p1, const typename E::Packed& p2, const E& x1, const E& x2, const E& d) {
    return First::suspects(p1.c0, p2.c0, x1.c0, x2.c0, d.c0);
  }
  static E numerator(const E& y2, const E& y1) { return denominator(y2, y1); }
  static E signedNumerator(const E& y2, Mask m2, const E& y1, Mask m1) { return numerator(E::negateIf(m2, y2), E::negateIf(m1, y1)); }
  // Of factors below 2 p: c0 below 2 p, c1 below 2.6 p.
  static E slope(const E& numerator, const E& reciprocal) {
    const Product p(numerator, reciprocal);
    return {{F::template subAbove<2>(p.low, p.high)}, {F::template subAbove<2>(p.cross, F::addLoose(p.low, p.high))}};
  }
  // Differences from -2 p to 3.6 p. A factor's first operand must stay below 2^256 - p = 4.29 p.
  template <class X2>
  static E x3(const E& slope, const E& x1, const E&, const X2& x2) {
    const F &s0 = slope.c0.x, &s1 = slope.c1.x;
    const F square0 = F::mulLoose(F::template subAbove<3>(s0, s1), F::addLoose(s0, s1));
    const F square1 = F::mulLoose(F::addLoose(s0, s0), s1);
    const E second = x2();
    return {{reduce(F::template subAbove<2>(square0, F::addLoose(x1.c0.x, second.c0.x)))},
            {reduce(F::template subAbove<2>(square1, F::addLoose(x1.c1.x, second.c1.x)))}};
  }
  // Differences from -3 p to 2.8 p.
  static E y3(const E& slope, const E& x1, const E& x3, const E& y1) {
    const Product p(numerator(x1, x3), slope);
    return {{reduce(F::template subAbove<3>(p.low, F::addLoose(p.high, y1.c0.x)))},
            {reduce(F::template subAbove<3>(p.cross, F::addLoose(F::addLoose(p.low, p.high), y1.c1.x)))}};
  }
  static E signedY3(const E& slope, const E& x1, const E& x3, Mask m, const E& y1) { return y3(slope, x1, x3, E::negateIf(m, y1)); }
  // Below 2 p.
  static L norm(const E& d) {
    return {F::template reduceOnceBy<2>(F::addLoose(F::mulLoose(d.c0.x, d.c0.x), F::mulLoose(d.c1.x, d.c1.x)))};
  }
  // Coefficients up to 2 p.
  static E reciprocal(const E& d, const L& inverse) {
    return {{F::mulLoose(d.c0.x, inverse.x)}, {F::template subLoose<2>(F::zero(), F::mulLoose(d.c1.x, inverse.x))}};
  }

 private:
  // Canonical, of a value below 4 p.
  static F reduce(const F& a) { return F::reduceOnce(F::template reduceOnceBy<2>(a)); }
  // For a below 2 p and b below 2.6 p: low below 1.8 p, high below 2 p, cross below 4.5 p.
  struct Product {
    F low, high, cross;
    Product(const E& a, const E& b)
        : low(F::mulLoose(a.c0.x, b.c0.x)), high(F::mulLoose(a.c1.x, b.c1.x)),
          cross(F::mulLoose(F::addLoose(a.c0.x, a.c1.x), F::addLoose(b.c0.x, b.c1.x))) {}
  };
};

#if BIONOIR_IFMA
template <class M>
BIONOIR_INLINE IfmaLane<M> factorProduct(const IfmaLane<M>& a, const IfmaLane<M>& b) {
  return IfmaLane<M>::mulLoose(a, b);
}

template <class M>
struct AffineParts<IfmaLane<M>> {
  using E = IfmaLane<M>;
  using Mask = typename E::Mask;
  BIONOIR_INLINE static E denominator(const E& x2, const E& x1) { return E::template subLazy<1>(x2, x1); }
  // By one limb: few lanes are suspected wrongly.
  BIONOIR_INLINE static Mask suspects(const typename E::Packed&, const typename E::Packed&, const E& x1, const E& x2, const E& d) {
    const __m512i either = _mm512_min_epu64(x1.l[0], x2.l[0]), prime = E::multiple(0, 1);
    return _mm512_testn_epi64_mask(either, either) | _mm512_cmpeq_epi64_mask(d.l[0], prime);
  }
  BIONOIR_INLINE static E numerator(const E& y2, const E& y1) { return E::loose(E::template subRaw<1>(y2, y1)); }
  BIONOIR_INLINE static E signedNumerator(const E& y2, Mask m2, const E& y1, Mask m1) { return E::signedDifference(y2, m2, y1, m1); }
  // Of factors below 4 p and 2 p: a factor below 1.1 p.
  BIONOIR_INLINE static E slope(const E& numerator, const E& reciprocal) { return E::mulLoose(numerator, reciprocal); }
  // x1 + x2 = 2 x1 + d - p. Raw between p and 6 p.
  template <class X2>
  BIONOIR_INLINE static E x3(const E& slope, const E& x1, const E& d, const X2&) {
    return E::canonicalRaw(E::template subRaw<4>(E::sqrRaw(slope), E::addRaw(E::addRaw(x1, x1), d)));
  }
  // Raw between p and 5 p.
  BIONOIR_INLINE static E y3(const E& slope, const E& x1, const E& x3, const E& y1) {
    return E::canonicalRaw(E::template subRaw<2>(E::mulRaw(slope, numerator(x1, x3)), y1));
  }
  BIONOIR_INLINE static E signedY3(const E& slope, const E& x1, const E& x3, Mask m, const E& y1) {
    return E::canonicalRaw(E::template subSignedRaw<2>(E::mulRaw(slope, numerator(x1, x3)), m, y1));
  }
  BIONOIR_INLINE static E norm(const E& d) { return d; }
  BIONOIR_INLINE static E reciprocal(const E&, const E& inverse) { return inverse; }
};

// Bounds hold for each coefficient. Factors that are added on their way into a product stay normal.
template <class M>
struct AffineParts<LaneFq2<IfmaLane<M>>> {
  using L = IfmaLane<M>;
  using E = LaneFq2<L>;
  using Mask = typename E::Mask;
  using First = AffineParts<L>;
  static E denominator(const E& x2, const E& x1) { return {First::denominator(x2.c0, x1.c0), First::denominator(x2.c1, x1.c1)}; }
  static Mask suspects(const typename E::Packed& p1, const typename E::Packed& p2, const E& x1, const E& x2, const E& d) {
    return First::suspects(p1.c0, p2.c0, x1.c0, x2.c0, d.c0);
  }
  static E numerator(const E& y2, const E& y1) {
    return {L::template subLazy<1>(y2.c0, y1.c0), L::template subLazy<1>(y2.c1, y1.c1)};
  }
  static E signedNumerator(const E& y2, Mask m2, const E& y1, Mask m1) { return E::signedDifference(y2, m2, y1, m1); }
  // Of factors below 4 p and 2 p: c0 below 3.1 p, c1 below 5.4 p.
  static E slope(const E& numerator, const E& reciprocal) {
    const Product p(numerator, reciprocal);
    return {L::normal(L::template subRaw<2>(p.low, p.high)), L::normal(L::template subRaw<4>(p.cross, L::addRaw(p.low, p.high)))};
  }
  // Raw between p and 6 p.
  template <class X2>
  static E x3(const E& slope, const E& x1, const E& d, const X2&) {
    const L square0 = L::mulRaw(L::loose(L::addRaw(slope.c0, slope.c1)), L::loose(L::template subRaw<6>(slope.c0, slope.c1)));
    const L square1 = L::mulRaw(L::loose(L::addRaw(slope.c0, slope.c0)), slope.c1);
    return {L::canonicalRaw(L::template subRaw<4>(square0, L::addRaw(L::addRaw(x1.c0, x1.c0), d.c0))),
            L::canonicalRaw(L::template subRaw<4>(square1, L::addRaw(L::addRaw(x1.c1, x1.c1), d.c1)))};
  }
  // Raw between 0.8 p and 7.5 p.
  static E y3(const E& slope, const E& x1, const E& x3, const E& y1) {
    const Product p(slope, numerator(x1, x3));
    return {L::canonicalRaw(L::template subRaw<4>(p.low, L::addRaw(p.high, y1.c0))),
            L::canonicalRaw(L::template subRaw<5>(p.cross, L::addRaw(L::addRaw(p.low, p.high), y1.c1)))};
  }
  static E signedY3(const E& slope, const E& x1, const E& x3, Mask m, const E& y1) {
    const Product p(slope, numerator(x1, x3));
    return {L::canonicalRaw(L::template subSignedRaw<4>(L::template subRaw<0>(p.low, p.high), m, y1.c0)),
            L::canonicalRaw(L::template subSignedRaw<5>(L::template subRaw<0>(p.cross, L::addRaw(p.low, p.high)), m, y1.c1))};
  }
  static L norm(const E& d) { return E::norm(d); }
  static E reciprocal(const E& d, const L& inverse) { return E::fromNormInverse(d, inverse); }

 private:
  // Karatsuba's three products, raw: c0 = low - high, c1 = cross - low - high. For factors whose coefficients have products
  // below 11 p^2: low and high below 1.2 p, cross below 1.5 p.
  struct Product {
    L low, high, cross;
    Product(const E& a, const E& b)
        : low(L::mulRaw(a.c0, b.c0)), high(L::mulRaw(a.c1, b.c1)),
          cross(L::mulRaw(L::loose(L::addRaw(a.c0, a.c1)), L::loose(L::addRaw(b.c0, b.c1)))) {}
  };
};
#endif

}  // namespace bionoir::BIONOIR_ENGINE
