// Fq2 = Fq[u] / (u^2 + 1) over any element type: the scalar field, or a lane.
#pragma once
#include "field.h"

namespace bionoir::BIONOIR_ENGINE {

// Over the scalar field.
struct Fq2 {
  Fq c0, c1;
  static Fq2 zero() { return {Fq::zero(), Fq::zero()}; }
  static Fq2 one() { return {Fq::one(), Fq::zero()}; }
  bool isZero() const { return c0.isZero() && c1.isZero(); }
  bool operator==(const Fq2& o) const { return c0 == o.c0 && c1 == o.c1; }
  static Fq2 add(const Fq2& a, const Fq2& b) { return {Fq::add(a.c0, b.c0), Fq::add(a.c1, b.c1)}; }
  static Fq2 sub(const Fq2& a, const Fq2& b) { return {Fq::sub(a.c0, b.c0), Fq::sub(a.c1, b.c1)}; }
  static Fq2 neg(const Fq2& a) { return {Fq::neg(a.c0), Fq::neg(a.c1)}; }
  static Fq2 dbl(const Fq2& a) { return add(a, a); }
  static Fq2 conjugate(const Fq2& a) { return {a.c0, Fq::neg(a.c1)}; }
  static Fq2 scale(const Fq2& a, const Fq& k) { return {Fq::mul(a.c0, k), Fq::mul(a.c1, k)}; }
  static Fq2 mul(const Fq2& a, const Fq2& b) {
    const Fq t0 = Fq::mul(a.c0, b.c0), t1 = Fq::mul(a.c1, b.c1);
    const Fq t2 = Fq::mul(Fq::add(a.c0, a.c1), Fq::add(b.c0, b.c1));
    return {Fq::sub(t0, t1), Fq::sub(Fq::sub(t2, t0), t1)};
  }
  static Fq2 sqr(const Fq2& a) {
    const Fq product = Fq::mul(a.c0, a.c1);
    return {Fq::mul(Fq::add(a.c0, a.c1), Fq::sub(a.c0, a.c1)), Fq::dbl(product)};
  }
  static Fq2 inverse(const Fq2& a) {
    const Fq n = Fq::inverse(Fq::add(Fq::sqr(a.c0), Fq::sqr(a.c1)));
    return {Fq::mul(a.c0, n), Fq::neg(Fq::mul(a.c1, n))};
  }
};

// Over a lane L. Bounds as in lane_ifma.h, for each of the two coefficients.
template <class L>
struct LaneFq2 {
  using Mask = typename L::Mask;
  using Base = L;
  static constexpr int W = L::W;
  static constexpr int WORDS = 8;
  L c0, c1;

  struct Packed {
    typename L::Packed c0, c1;
  };
  static Mask splitTags(const std::uintptr_t* tagged, const u64** addresses) { return L::splitTags(tagged, addresses); }
  static Packed gather(const u64* const* from, int offset) { return {L::gather(from, offset), L::gather(from, offset + 4)}; }
  static void scatter(const LaneFq2& a, u64* const* to, int offset) {
    L::scatter(a.c0, to, offset);
    L::scatter(a.c1, to, offset + 4);
  }
  static LaneFq2 unpack(const Packed& p) { return {L::unpack(p.c0), L::unpack(p.c1)}; }
  static Mask equal(const Packed& a, const Packed& b) { return L::equal(a.c0, b.c0) & L::equal(a.c1, b.c1); }
  static Mask isZero(const Packed& a) { return L::isZero(a.c0) & L::isZero(a.c1); }
  static LaneFq2 broadcast(const u64 form[8]) { return {L::broadcast(form), L::broadcast(form + 4)}; }
  static LaneFq2 zero() { return {L::zero(), L::zero()}; }
  static LaneFq2 one() { return {L::one(), L::zero()}; }
  static LaneFq2 select(Mask m, const LaneFq2& yes, const LaneFq2& no) {
    return {L::select(m, yes.c0, no.c0), L::select(m, yes.c1, no.c1)};
  }

  // For coefficients below 6.5 p: returns c0 < 4 p, c1 < 6.3 p.
  static LaneFq2 mulLazy(const LaneFq2& a, const LaneFq2& b) {
    const L t0 = L::mul(a.c0, b.c0), t1 = L::mul(a.c1, b.c1);                        // below 1.6 p each
    const L t2 = L::mul(L::addLazy(a.c0, a.c1), L::addLazy(b.c0, b.c1));             // below 3.1 p
    return {L::template subLazy<2>(t0, t1), L::template subTwoLazy<4>(t2, t0, t1)};
  }
  // For coefficients below 5.5 p: c0 < 2.5 p, c1 < 2 p.
  static LaneFq2 sqrLazy(const LaneFq2& a) {
    const L product = L::mul(L::addLazy(a.c0, a.c0), a.c1);
    return {L::mul(L::addLazy(a.c0, a.c1), L::template subLazy<6>(a.c0, a.c1)), product};
  }
  static LaneFq2 mul(const LaneFq2& a, const LaneFq2& b) {
    const LaneFq2 p = mulLazy(a, b);
    return {L::weak(p.c0), L::weak(p.c1)};
  }
  static LaneFq2 sqr(const LaneFq2& a) {
    const LaneFq2 p = sqrLazy(a);
    return {L::weak(p.c0), L::weak(p.c1)};
  }
  static LaneFq2 addLazy(const LaneFq2& a, const LaneFq2& b) { return {L::addLazy(a.c0, b.c0), L::addLazy(a.c1, b.c1)}; }
  static LaneFq2 add(const LaneFq2& a, const LaneFq2& b) { return {L::add(a.c0, b.c0), L::add(a.c1, b.c1)}; }
  static LaneFq2 sub(const LaneFq2& a, const LaneFq2& b) { return {L::sub(a.c0, b.c0), L::sub(a.c1, b.c1)}; }
  template <int K>
  static LaneFq2 subLazy(const LaneFq2& a, const LaneFq2& b) {
    return {L::template subLazy<K>(a.c0, b.c0), L::template subLazy<K>(a.c1, b.c1)};
  }
  template <int K>
  static LaneFq2 subTwoLazy(const LaneFq2& a, const LaneFq2& b, const LaneFq2& c) {
    return {L::template subTwoLazy<K>(a.c0, b.c0, c.c0), L::template subTwoLazy<K>(a.c1, b.c1, c.c1)};
  }
  static LaneFq2 signedDifference(const LaneFq2& b, Mask mb, const LaneFq2& a, Mask ma) {
    return {L::signedDifference(b.c0, mb, a.c0, ma), L::signedDifference(b.c1, mb, a.c1, ma)};
  }
  static LaneFq2 negateIf(Mask m, const LaneFq2& a) { return {L::negateIf(m, a.c0), L::negateIf(m, a.c1)}; }
  static LaneFq2 canonical(const LaneFq2& a) { return {L::canonical(a.c0), L::canonical(a.c1)}; }

  // Inverting in Fq2 costs one inversion of the norm in Fq: 1 / d = conj(d) / N(d). For d < 2 p: below 2.1 p.
  static L norm(const LaneFq2& d) { return L::addLazy(L::sqr(d.c0), L::sqr(d.c1)); }
  // Coefficients below 2 p.
  static LaneFq2 fromNormInverse(const LaneFq2& d, const L& inverse) {
    return {L::mul(d.c0, inverse), L::template subLazy<2>(L::zero(), L::mul(d.c1, inverse))};
  }
};

}  // namespace bionoir::BIONOIR_ENGINE
