// Lane of width one over the scalar field: the vector interface of lane_ifma.h for engines without vectors.
// Every value is fully reduced, so the bounds that the interface speaks of hold trivially.
#pragma once
#include "field.h"

namespace bionoir::BIONOIR_ENGINE {

template <class M>
struct ScalarLane {
  using Mod = M;
  using Mask = u32;  // bit i speaks of lane i
  using Base = ScalarLane;
  static constexpr int W = 1;
  static constexpr int WORDS = 4;
  // Memory form is x 2^FORM_BITS mod p, canonical, four little-endian words.
  static constexpr int FORM_BITS = 256;

  Fp<M> x;
  using Packed = Fp<M>;

  // Addresses whose bit 0 is a flag: the addresses and the flags of W of them.
  static Mask splitTags(const std::uintptr_t* tagged, const u64** addresses) {
    addresses[0] = reinterpret_cast<const u64*>(tagged[0] & ~std::uintptr_t{1});
    return tagged[0] & 1;
  }

  static Packed gather(const u64* const* from, int offset) {
    Packed out;
    std::memcpy(&out, from[0] + offset, 32);
    return out;
  }
  static void scatter(const ScalarLane& a, u64* const* to, int offset) { std::memcpy(to[0] + offset, &a.x, 32); }
  static ScalarLane unpack(const Packed& p) { return {p}; }
  static Mask equal(const Packed& a, const Packed& b) { return a == b; }
  static Mask isZero(const Packed& a) { return a.isZero(); }
  static ScalarLane broadcast(const u64 form[4]) {
    ScalarLane out;
    std::memcpy(&out, form, 32);
    return out;
  }
  static ScalarLane zero() { return {Fp<M>::zero()}; }
  static ScalarLane one() { return {Fp<M>::one()}; }
  static ScalarLane select(Mask m, const ScalarLane& yes, const ScalarLane& no) { return m ? yes : no; }

  static ScalarLane mul(const ScalarLane& a, const ScalarLane& b) { return {Fp<M>::mul(a.x, b.x)}; }
  static ScalarLane sqr(const ScalarLane& a) { return {Fp<M>::sqr(a.x)}; }
  static ScalarLane add(const ScalarLane& a, const ScalarLane& b) { return {Fp<M>::add(a.x, b.x)}; }
  static ScalarLane sub(const ScalarLane& a, const ScalarLane& b) { return {Fp<M>::sub(a.x, b.x)}; }
  static ScalarLane mulLazy(const ScalarLane& a, const ScalarLane& b) { return mul(a, b); }
  static ScalarLane sqrLazy(const ScalarLane& a) { return sqr(a); }
  static ScalarLane addLazy(const ScalarLane& a, const ScalarLane& b) { return add(a, b); }
  template <int K>
  static ScalarLane subLazy(const ScalarLane& a, const ScalarLane& b) {
    return sub(a, b);
  }
  template <int K>
  static ScalarLane subTwoLazy(const ScalarLane& a, const ScalarLane& b, const ScalarLane& c) {
    return sub(sub(a, b), c);
  }
  // (mb ? -b : b) - (ma ? -a : a) for canonical a, b.
  static ScalarLane signedDifference(const ScalarLane& b, Mask mb, const ScalarLane& a, Mask ma) {
    return {Fp<M>::sub(Fp<M>::negateIf(mb != 0, b.x), Fp<M>::negateIf(ma != 0, a.x))};
  }
  static ScalarLane negateIf(Mask m, const ScalarLane& a) { return {Fp<M>::negateIf(m != 0, a.x)}; }
  static ScalarLane weak(const ScalarLane& a) { return a; }
  static ScalarLane canonical(const ScalarLane& a) { return a; }

  static ScalarLane norm(const ScalarLane& d) { return d; }
  static ScalarLane fromNormInverse(const ScalarLane&, const ScalarLane& inverse) { return inverse; }

  // Lane i of a canonical value, in memory form.
  void get(int, u64 out[4]) const { std::memcpy(out, &x, 32); }
  void set(int, const u64 in[4]) { std::memcpy(&x, in, 32); }
  static void transpose(ScalarLane*) {}
};

}  // namespace bionoir::BIONOIR_ENGINE
