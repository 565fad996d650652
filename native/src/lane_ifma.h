// Eight field elements side by side in 5 x 52-bit limbs, Montgomery form with R = 2^260, on AVX-512 IFMA.
//
// Bounds. A value is "normal" when each limb is below 2^52 (the top one too): below 2^260 = 84.3 p. mul wants normal
// inputs with a b <= 84 p^2 c and returns less than (c + 1) p. Names: mul, add, sub return less than 1.01 p (add, sub)
// or 2 p (mul); ...Lazy variants do not reduce, and their callers keep account in comments. Subtractions add K p.
#pragma once
#include <immintrin.h>

#include "field.h"

#define BIONOIR_INLINE __attribute__((always_inline)) inline

namespace bionoir::BIONOIR_ENGINE {

inline void transpose8(__m512i r[8]) {
  __m512i t[8], u[8];
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
  }
  const __m512i even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < 2; i++) {
      u[4 * k + i] = _mm512_permutex2var_epi64(t[4 * k + i], even, t[4 * k + 2 + i]);
      u[4 * k + 2 + i] = _mm512_permutex2var_epi64(t[4 * k + i], odd, t[4 * k + 2 + i]);
    }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_shuffle_i64x2(u[i], u[i + 4], 0x44);
    r[i + 4] = _mm512_shuffle_i64x2(u[i], u[i + 4], 0xee);
  }
}

constexpr u64 MASK52 = (u64{1} << 52) - 1;

struct Limbs {
  u64 l[5];
};

constexpr Limbs splitWords(const Words& w) {
  return {{w.w[0] & MASK52, (w.w[0] >> 52 | w.w[1] << 12) & MASK52, (w.w[1] >> 40 | w.w[2] << 24) & MASK52,
           (w.w[2] >> 28 | w.w[3] << 36) & MASK52, w.w[3] >> 16}};
}

// k p in normal limbs, the table by limb: MULTIPLES.row[i][k] is limb i of k p.
struct Multiples {
  u64 row[5][8];
};
constexpr Multiples multiplesOf(const Words& p) {
  Multiples out{};
  const Limbs one = splitWords(p);
  for (int k = 0; k < 8; k++) {
    u128 carry = 0;
    for (int i = 0; i < 5; i++) {
      carry += static_cast<u128>(one.l[i]) * static_cast<u64>(k);
      out.row[i][k] = static_cast<u64>(carry) & MASK52;
      carry >>= 52;
    }
  }
  return out;
}

template <class M>
struct IfmaLane {
  using Mod = M;
  using Mask = u32;
  using Base = IfmaLane;
  static constexpr int W = 8;
  static constexpr int WORDS = 4;
  static constexpr int FORM_BITS = 260;
  static constexpr Multiples TABLE = multiplesOf(M::P);
  static constexpr u64 INV52 = negatedInverse(M::P.w[0]) & MASK52;
  // floor(v / p) for v < 8 p from the top limb alone: v4 * QUOTIENT / 2^62, never too large, at most one too small.
  static constexpr u64 QUOTIENT = (u64{1} << 62) / (splitWords(M::P).l[4] + 1);

  __m512i l[5];

  // Four 64-bit words of each lane.
  struct Packed {
    __m512i w[4];
  };

  BIONOIR_INLINE static __m512i set1(u64 x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  BIONOIR_INLINE static __m512i multiple(int limb, int k) { return set1(TABLE.row[limb][k]); }

  // Addresses whose bit 0 is a flag: the addresses and the flags of W of them.
  BIONOIR_INLINE static Mask splitTags(const std::uintptr_t* tagged, const u64** addresses) {
    const __m512i flag = set1(1), both = _mm512_loadu_si512(tagged);
    _mm512_storeu_si512(addresses, _mm512_andnot_si512(flag, both));
    return _mm512_test_epi64_mask(both, flag);
  }

  BIONOIR_INLINE static __m512i loadPair(const u64* low, const u64* high) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_load_si256(reinterpret_cast<const __m256i*>(low))),
                              _mm256_load_si256(reinterpret_cast<const __m256i*>(high)), 1);
  }
  // low >> right | high << left.
  BIONOIR_INLINE static __m512i join(__m512i low, int right, __m512i high, int left) {
    return _mm512_or_si512(_mm512_srli_epi64(low, static_cast<unsigned>(right)), _mm512_slli_epi64(high, static_cast<unsigned>(left)));
  }

  BIONOIR_INLINE static Packed gather(const u64* const* from, int offset) {
    const __m512i r0 = loadPair(from[0] + offset, from[4] + offset), r1 = loadPair(from[1] + offset, from[5] + offset);
    const __m512i r2 = loadPair(from[2] + offset, from[6] + offset), r3 = loadPair(from[3] + offset, from[7] + offset);
    const __m512i t0 = _mm512_unpacklo_epi64(r0, r1), t1 = _mm512_unpackhi_epi64(r0, r1);
    const __m512i t2 = _mm512_unpacklo_epi64(r2, r3), t3 = _mm512_unpackhi_epi64(r2, r3);
    const __m512i even = evenIndex(), odd = oddIndex();
    return {{_mm512_permutex2var_epi64(t0, even, t2), _mm512_permutex2var_epi64(t1, even, t3),
             _mm512_permutex2var_epi64(t0, odd, t2), _mm512_permutex2var_epi64(t1, odd, t3)}};
  }
  // Stores canonical values.
  BIONOIR_INLINE static void scatter(const IfmaLane& a, u64* const* to, int offset) {
    const Packed p = pack(a);
    const __m512i even = evenIndex(), odd = oddIndex();
    const __m512i t0 = _mm512_permutex2var_epi64(p.w[0], even, p.w[2]);
    const __m512i t1 = _mm512_permutex2var_epi64(p.w[1], even, p.w[3]);
    const __m512i t2 = _mm512_permutex2var_epi64(p.w[0], odd, p.w[2]);
    const __m512i t3 = _mm512_permutex2var_epi64(p.w[1], odd, p.w[3]);
    const __m512i rows[4] = {_mm512_unpacklo_epi64(t0, t1), _mm512_unpackhi_epi64(t0, t1),
                             _mm512_unpacklo_epi64(t2, t3), _mm512_unpackhi_epi64(t2, t3)};
    for (int i = 0; i < 4; i++) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(to[i] + offset), _mm512_castsi512_si256(rows[i]));
      _mm256_store_si256(reinterpret_cast<__m256i*>(to[i + 4] + offset), _mm512_extracti64x4_epi64(rows[i], 1));
    }
  }
  BIONOIR_INLINE static __m512i evenIndex() { return _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13); }
  BIONOIR_INLINE static __m512i oddIndex() { return _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15); }

  BIONOIR_INLINE static IfmaLane unpack(const Packed& p) {
    const __m512i m = set1(MASK52);
    return {{_mm512_and_si512(p.w[0], m), _mm512_and_si512(join(p.w[0], 52, p.w[1], 12), m),
             _mm512_and_si512(join(p.w[1], 40, p.w[2], 24), m), _mm512_and_si512(join(p.w[2], 28, p.w[3], 36), m),
             _mm512_srli_epi64(p.w[3], 16)}};
  }
  BIONOIR_INLINE static Packed pack(const IfmaLane& a) {
    return {{join(a.l[0], 0, a.l[1], 52), join(a.l[1], 12, a.l[2], 40), join(a.l[2], 24, a.l[3], 28),
             join(a.l[3], 36, a.l[4], 16)}};
  }
  BIONOIR_INLINE static Mask equal(const Packed& a, const Packed& b) {
    Mask m = _mm512_cmpeq_epi64_mask(a.w[0], b.w[0]);
    for (int i = 1; i < 4; i++) m &= _mm512_cmpeq_epi64_mask(a.w[i], b.w[i]);
    return m;
  }
  BIONOIR_INLINE static Mask isZero(const Packed& a) {
    const __m512i any = _mm512_or_si512(_mm512_or_si512(a.w[0], a.w[1]), _mm512_or_si512(a.w[2], a.w[3]));
    return _mm512_testn_epi64_mask(any, any);
  }
  BIONOIR_INLINE static IfmaLane broadcast(const u64 form[4]) {
    const Limbs s = splitWords({{form[0], form[1], form[2], form[3]}});
    return {{set1(s.l[0]), set1(s.l[1]), set1(s.l[2]), set1(s.l[3]), set1(s.l[4])}};
  }
  BIONOIR_INLINE static IfmaLane zero() {
    const __m512i z = _mm512_setzero_si512();
    return {{z, z, z, z, z}};
  }
  BIONOIR_INLINE static IfmaLane one() {
    static constexpr Limbs ONE = splitWords(powerOfTwoMod(260, M::P));
    return {{set1(ONE.l[0]), set1(ONE.l[1]), set1(ONE.l[2]), set1(ONE.l[3]), set1(ONE.l[4])}};
  }
  BIONOIR_INLINE static IfmaLane select(Mask m, const IfmaLane& yes, const IfmaLane& no) {
    IfmaLane out;
    for (int i = 0; i < 5; i++) out.l[i] = _mm512_mask_blend_epi64(static_cast<__mmask8>(m), no.l[i], yes.l[i]);
    return out;
  }

  // Propagates signed carries; the value must not be negative.
  BIONOIR_INLINE static IfmaLane normal(const IfmaLane& a) {
    const __m512i m = set1(MASK52);
    IfmaLane out;
    __m512i t = a.l[0];
    for (int i = 0; i < 4; i++) {
      out.l[i] = _mm512_and_si512(t, m);
      t = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(t, 52));
    }
    out.l[4] = t;
    return out;
  }
  // The same without clearing what was carried: good as a factor only, since multiplication reads 52 bits of a limb.
  BIONOIR_INLINE static IfmaLane loose(const IfmaLane& a) {
    IfmaLane out;
    out.l[0] = a.l[0];
    for (int i = 0; i < 4; i++) out.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(out.l[i], 52));
    return out;
  }

  // Raw: columns before carries, each below 2^57 in magnitude.
  BIONOIR_INLINE static IfmaLane mulRaw(const IfmaLane& a, const IfmaLane& b) {
    __m512i lo[10];
    for (auto& t : lo) t = _mm512_setzero_si512();
    for (int i = 0; i < 5; i++)
      for (int j = 0; j < 5; j++) {
        lo[i + j] = _mm512_madd52lo_epu64(lo[i + j], a.l[j], b.l[i]);
        lo[i + j + 1] = _mm512_madd52hi_epu64(lo[i + j + 1], a.l[j], b.l[i]);
      }
    return reduceWide(lo);
  }
  BIONOIR_INLINE static IfmaLane mul(const IfmaLane& a, const IfmaLane& b) { return normal(mulRaw(a, b)); }
  BIONOIR_INLINE static IfmaLane mulLoose(const IfmaLane& a, const IfmaLane& b) { return loose(mulRaw(a, b)); }
  BIONOIR_INLINE static IfmaLane sqr(const IfmaLane& a) { return normal(sqrRaw(a)); }
  BIONOIR_INLINE static IfmaLane sqrRaw(const IfmaLane& a) {
    __m512i t[10];
    for (auto& x : t) x = _mm512_setzero_si512();
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        t[i + j] = _mm512_madd52lo_epu64(t[i + j], a.l[i], a.l[j]);
        t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a.l[i], a.l[j]);
      }
    for (int i = 1; i < 9; i++) t[i] = _mm512_add_epi64(t[i], t[i]);
    for (int i = 0; i < 5; i++) {
      t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a.l[i], a.l[i]);
      t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a.l[i], a.l[i]);
    }
    return reduceWide(t);
  }
  // Montgomery's reduction of ten columns, each below 2^56; raw.
  BIONOIR_INLINE static IfmaLane reduceWide(__m512i t[10]) {
    const __m512i zero = _mm512_setzero_si512(), inv = set1(INV52);
    for (int i = 0; i < 5; i++) {
      const __m512i m = _mm512_madd52lo_epu64(zero, t[i], inv);
      for (int j = 0; j < 5; j++) {
        t[i + j] = _mm512_madd52lo_epu64(t[i + j], m, multiple(j, 1));
        t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], m, multiple(j, 1));
      }
      t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64(t[i], 52));
    }
    return {{t[5], t[6], t[7], t[8], t[9]}};
  }
  BIONOIR_INLINE static IfmaLane mulLazy(const IfmaLane& a, const IfmaLane& b) { return mul(a, b); }
  BIONOIR_INLINE static IfmaLane sqrLazy(const IfmaLane& a) { return sqr(a); }

  BIONOIR_INLINE static IfmaLane addLazy(const IfmaLane& a, const IfmaLane& b) {
    IfmaLane s;
    for (int i = 0; i < 5; i++) s.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
    return normal(s);
  }
  // a - b + K p, for b <= K p.
  template <int K>
  BIONOIR_INLINE static IfmaLane subLazy(const IfmaLane& a, const IfmaLane& b) {
    IfmaLane d;
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_add_epi64(_mm512_sub_epi64(a.l[i], b.l[i]), multiple(i, K));
    return normal(d);
  }
  // a - b - c + K p, for b + c <= K p.
  template <int K>
  BIONOIR_INLINE static IfmaLane subTwoLazy(const IfmaLane& a, const IfmaLane& b, const IfmaLane& c) {
    IfmaLane d;
    for (int i = 0; i < 5; i++)
      d.l[i] = _mm512_add_epi64(_mm512_sub_epi64(_mm512_sub_epi64(a.l[i], b.l[i]), c.l[i]), multiple(i, K));
    return normal(d);
  }
  // (mb ? -b : b) - (ma ? -a : a) for canonical a, b: below 4 p.
  BIONOIR_INLINE static IfmaLane signedDifference(const IfmaLane& b, Mask mb, const IfmaLane& a, Mask ma) {
    IfmaLane d;
    const __m512i zero = _mm512_setzero_si512();
    for (int i = 0; i < 5; i++) {
      const __m512i sb = _mm512_mask_sub_epi64(b.l[i], static_cast<__mmask8>(mb), zero, b.l[i]);
      const __m512i sa = _mm512_mask_sub_epi64(a.l[i], static_cast<__mmask8>(ma), zero, a.l[i]);
      d.l[i] = _mm512_add_epi64(_mm512_sub_epi64(sb, sa), multiple(i, 2));
    }
    return normal(d);
  }
  // Raw sums and differences, the latter with K p added.
  BIONOIR_INLINE static IfmaLane addRaw(const IfmaLane& a, const IfmaLane& b) {
    IfmaLane s;
    for (int i = 0; i < 5; i++) s.l[i] = _mm512_add_epi64(a.l[i], b.l[i]);
    return s;
  }
  template <int K>
  BIONOIR_INLINE static IfmaLane subRaw(const IfmaLane& a, const IfmaLane& b) {
    IfmaLane d;
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_add_epi64(_mm512_sub_epi64(a.l[i], b.l[i]), multiple(i, K));
    return d;
  }
  // a - (m ? -b : b) + K p, raw.
  template <int K>
  BIONOIR_INLINE static IfmaLane subSignedRaw(const IfmaLane& a, Mask m, const IfmaLane& b) {
    IfmaLane d;
    for (int i = 0; i < 5; i++) {
      const __m512i less = _mm512_sub_epi64(a.l[i], b.l[i]);
      d.l[i] = _mm512_add_epi64(_mm512_mask_add_epi64(less, static_cast<__mmask8>(m), a.l[i], b.l[i]), multiple(i, K));
    }
    return d;
  }
  // Canonical, of a raw value from p to below 8 p.
  BIONOIR_INLINE static IfmaLane canonicalRaw(const IfmaLane& a) {
    // Carries still to come change the top limb by -4 to 64: the quotient is estimated from below.
    const __m512i top = _mm512_sub_epi64(a.l[4], set1(4)), zero = _mm512_setzero_si512();
    const __m512i k = _mm512_srli_epi64(_mm512_madd52hi_epu64(zero, top, set1(QUOTIENT)), 10);
    IfmaLane w, d;
    for (int i = 0; i < 5; i++) w.l[i] = _mm512_sub_epi64(a.l[i], _mm512_permutexvar_epi64(k, _mm512_loadu_si512(TABLE.row[i])));
    w = normal(w);
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_sub_epi64(w.l[i], multiple(i, 1));
    d = normal(d);
    return select(_mm512_movepi64_mask(d.l[4]), w, d);
  }

  // Canonical in; not above p out.
  BIONOIR_INLINE static IfmaLane negateIf(Mask m, const IfmaLane& a) {
    IfmaLane d;
    for (int i = 0; i < 5; i++)
      d.l[i] = _mm512_mask_sub_epi64(a.l[i], static_cast<__mmask8>(m), multiple(i, 1), a.l[i]);
    return normal(d);
  }
  // a mod p up to 2^-13 p, for a < 8 p.
  BIONOIR_INLINE static IfmaLane weak(const IfmaLane& a) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i k = _mm512_srli_epi64(_mm512_madd52hi_epu64(zero, a.l[4], set1(QUOTIENT)), 10);
    IfmaLane d;
    for (int i = 0; i < 5; i++) {
      const __m512i row = _mm512_loadu_si512(TABLE.row[i]);
      d.l[i] = _mm512_sub_epi64(a.l[i], _mm512_permutexvar_epi64(k, row));
    }
    return normal(d);
  }
  // a mod p, for a < 8 p.
  BIONOIR_INLINE static IfmaLane canonical(const IfmaLane& a) {
    const IfmaLane w = weak(a);
    IfmaLane d;
    for (int i = 0; i < 5; i++) d.l[i] = _mm512_sub_epi64(w.l[i], multiple(i, 1));
    d = normal(d);
    return select(_mm512_movepi64_mask(d.l[4]), w, d);
  }
  BIONOIR_INLINE static IfmaLane add(const IfmaLane& a, const IfmaLane& b) { return weak(addLazy(a, b)); }
  // For b <= 2 p.
  BIONOIR_INLINE static IfmaLane sub(const IfmaLane& a, const IfmaLane& b) { return weak(subLazy<2>(a, b)); }

  BIONOIR_INLINE static IfmaLane norm(const IfmaLane& d) { return d; }
  BIONOIR_INLINE static IfmaLane fromNormInverse(const IfmaLane&, const IfmaLane& inverse) { return inverse; }

  void get(int lane, u64 out[4]) const {
    u64 limbs[5];
    for (int i = 0; i < 5; i++) {
      alignas(64) u64 row[8];
      _mm512_store_si512(row, l[i]);
      limbs[i] = row[lane];
    }
    out[0] = limbs[0] | limbs[1] << 52;
    out[1] = limbs[1] >> 12 | limbs[2] << 40;
    out[2] = limbs[2] >> 24 | limbs[3] << 28;
    out[3] = limbs[3] >> 36 | limbs[4] << 16;
  }
  void set(int lane, const u64 in[4]) {
    const Limbs s = splitWords({{in[0], in[1], in[2], in[3]}});
    for (int i = 0; i < 5; i++) l[i] = _mm512_mask_set1_epi64(l[i], static_cast<__mmask8>(1u << lane), static_cast<long long>(s.l[i]));
  }
  // Of W blocks: element j of block i becomes element i of block j.
  static void transpose(IfmaLane* a) {
    for (int limb = 0; limb < 5; limb++) {
      __m512i rows[8];
      for (int i = 0; i < 8; i++) rows[i] = a[i].l[limb];
      transpose8(rows);
      for (int i = 0; i < 8; i++) a[i].l[limb] = rows[i];
    }
  }
};

}  // namespace bionoir::BIONOIR_ENGINE
