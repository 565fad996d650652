// Four field elements side by side on 128-bit vectors of WebAssembly, Montgomery form with R = 2^280.
//
// Why these digits: the host has no 64-bit product of vectors, no carry and no fused addition, but i32x4.dot_i16x8_s makes
// eight 16-bit products and adds them in pairs in one instruction. So an element is 19 signed digits of 14 bits (radix
// 2^14, digits in -2^13 .. 2^13 and a little more), two to a 32-bit lane, and a column of the product is a sum of dots.
//
// Bounds. "Normal" digits are at most 2^13 + 8 in size, the top one too: a normal value is below 2^12 p in size. A column
// of a product of normal values, with the reduction's part of it, stays below 2^31 (static_assert below). mul takes normal
// values with a b below 2^20 p^2 and returns less than 0.51 p in size, of either sign. weak takes less than 60 p and
// returns less than 0.7 p, as do add and sub; canonical takes less than 6 p. ...Lazy variants do not reduce; where the
// interface speaks of "+ K p", nothing is added: signs are free here.
#pragma once
#include <wasm_simd128.h>

#include "field.h"

#define BIONOIR_INLINE __attribute__((always_inline)) inline

namespace bionoir::BIONOIR_ENGINE {

using Vector = v128_t;

constexpr int DIGIT_BITS = 14, DIGITS = 19, PAIRS = 10;
constexpr std::int32_t HALF_DIGIT = 1 << (DIGIT_BITS - 1), DIGIT_MASK = (1 << DIGIT_BITS) - 1;

struct Digits {
  std::int32_t d[2 * PAIRS];
};

// Balanced digits of a word integer below 2^255.
constexpr Digits balancedDigits(const Words& w) {
  Digits out{};
  std::int32_t carry = 0;
  for (int i = 0; i < 2 * PAIRS; i++) {
    const int bit = DIGIT_BITS * i, word = bit / 64, shift = bit % 64;
    u64 chunk = word < 4 ? w.w[word] >> shift : 0;
    if (shift > 64 - DIGIT_BITS && word < 3) chunk |= w.w[word + 1] << (64 - shift);
    std::int32_t digit = static_cast<std::int32_t>(chunk & DIGIT_MASK) + carry;
    carry = digit > HALF_DIGIT ? 1 : 0;
    out.d[i] = digit - (carry << DIGIT_BITS);
  }
  return out;
}
constexpr std::uint32_t pairOf(std::int32_t low, std::int32_t high) {
  return (static_cast<std::uint32_t>(low) & 0xffff) | static_cast<std::uint32_t>(high) << 16;
}

// What the code reads of a prime, each word in all four lanes. In memory: V8 builds constants from several instructions.
struct alignas(16) PrimeTable {
  std::uint32_t column[2 * PAIRS][4];  // (p_m, p_(m-1))
  std::uint32_t digits[PAIRS][4];      // (p_2i, p_(2i+1))
  std::uint32_t chunks[PAIRS][4];      // 28 bits
};
template <class M>
constexpr PrimeTable primeTableOf() {
  PrimeTable out{};
  const Digits p = balancedDigits(M::P);
  for (int lane = 0; lane < 4; lane++) {
    for (int m = 0; m < 2 * PAIRS; m++) out.column[m][lane] = pairOf(p.d[m], m > 0 ? p.d[m - 1] : 0);
    for (int i = 0; i < PAIRS; i++) {
      out.digits[i][lane] = pairOf(p.d[2 * i], p.d[2 * i + 1]);
      const int bit = 28 * i, word = bit / 64, shift = bit % 64;
      u64 chunk = word < 4 ? M::P.w[word] >> shift : 0;
      if (shift > 36 && word < 3) chunk |= M::P.w[word + 1] << (64 - shift);
      out.chunks[i][lane] = static_cast<std::uint32_t>(chunk & 0xfffffff);
    }
  }
  return out;
}
// Whether no column of a product can leave 31 bits.
template <class M>
constexpr bool columnsFit() {
  const Digits p = balancedDigits(M::P);
  std::int64_t sum = 0;
  for (int i = 0; i < DIGITS; i++) sum += p.d[i] < 0 ? -p.d[i] : p.d[i];
  const std::int64_t normal = HALF_DIGIT + 8;
  return DIGITS * normal * normal + sum * HALF_DIGIT + (std::int64_t{1} << 19) < (std::int64_t{1} << 31);
}

template <class M>
constexpr std::int32_t largestDigit() {
  const Digits p = balancedDigits(M::P);
  std::int32_t most = 0;
  for (int i = 0; i < DIGITS; i++) {
    const std::int32_t size = p.d[i] < 0 ? -p.d[i] : p.d[i];
    if (size > most) most = size;
  }
  return most;
}

template <class M>
struct Simd128Lane {
  using Mod = M;
  using Mask = u32;
  using Base = Simd128Lane;
  static constexpr int W = 4;
  static constexpr int WORDS = 4;
  static constexpr int FORM_BITS = 2 * PAIRS * DIGIT_BITS;
  alignas(16) static constexpr PrimeTable TABLE = primeTableOf<M>();
  static constexpr std::int32_t INVERSE28 = static_cast<std::int32_t>(negatedInverse(M::P.w[0]) & 0xfffffff);
  // 2^16 / (p / 2^252): times a top digit or chunk, over 2^16, its quotient by p.
  static constexpr std::int32_t QUOTIENT = static_cast<std::int32_t>((u64{1} << 62) / ((M::P.w[3] >> 14) + 1));
  static_assert(QUOTIENT > 21000 && QUOTIENT < 22000, "the quotient's scale is that of a prime near 3 * 2^252");
  static_assert(largestDigit<M>() * 3 + HALF_DIGIT + 8 < (1 << 15), "three times the prime could leave 16 bits");
  static_assert(columnsFit<M>(), "a column of a product could overflow");
  static_assert(balancedDigits(M::P).d[DIGITS] == 0, "the prime has too many digits");

  Vector v[PAIRS];

  // Eight 32-bit words of each lane.
  struct Packed {
    Vector w[8];
  };

  BIONOIR_INLINE static Vector set1(std::int32_t x) { return wasm_i32x4_splat(x); }
  BIONOIR_INLINE static const PrimeTable* table() {
    const PrimeTable* t = &TABLE;
    __asm__("" : "+r"(t));  // or the loads become constants
    return t;
  }
  BIONOIR_INLINE static Vector at(const std::uint32_t (&row)[4]) { return wasm_v128_load(row); }
  BIONOIR_INLINE static Vector dot(Vector a, Vector b) { return wasm_i32x4_dot_i16x8(a, b); }
  BIONOIR_INLINE static Vector plus(Vector a, Vector b) { return wasm_i32x4_add(a, b); }
  // All bits of lane i where bit i of m is set.
  BIONOIR_INLINE static Vector spread(Mask m) {
    const Vector bits = wasm_i32x4_const(1, 2, 4, 8);
    return wasm_i32x4_eq(wasm_v128_and(set1(static_cast<std::int32_t>(m)), bits), bits);
  }

  // Addresses whose bit 0 is a flag: the addresses and the flags of W of them.
  BIONOIR_INLINE static Mask splitTags(const std::uintptr_t* tagged, const u64** addresses) {
    Mask flags = 0;
    for (int i = 0; i < W; i++) {
      flags |= static_cast<Mask>(tagged[i] & 1) << i;
      addresses[i] = reinterpret_cast<const u64*>(tagged[i] & ~std::uintptr_t{1});
    }
    return flags;
  }

  BIONOIR_INLINE static void transpose4(Vector& a, Vector& b, Vector& c, Vector& d) {
    const Vector ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), AB = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
    const Vector cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), CD = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    a = wasm_i64x2_shuffle(ab, cd, 0, 2);
    b = wasm_i64x2_shuffle(ab, cd, 1, 3);
    c = wasm_i64x2_shuffle(AB, CD, 0, 2);
    d = wasm_i64x2_shuffle(AB, CD, 1, 3);
  }
  BIONOIR_INLINE static Packed gather(const u64* const* from, int offset) {
    Packed p;
    for (int i = 0; i < 4; i++) {
      p.w[i] = wasm_v128_load(from[i] + offset);
      p.w[i + 4] = wasm_v128_load(from[i] + offset + 2);
    }
    transpose4(p.w[0], p.w[1], p.w[2], p.w[3]);
    transpose4(p.w[4], p.w[5], p.w[6], p.w[7]);
    return p;
  }
  // Stores canonical values.
  __attribute__((noinline)) static void scatter(const Simd128Lane& a, u64* const* to, int offset) {
    Packed p = pack(a);
    transpose4(p.w[0], p.w[1], p.w[2], p.w[3]);
    transpose4(p.w[4], p.w[5], p.w[6], p.w[7]);
    for (int i = 0; i < 4; i++) {
      wasm_v128_store(to[i] + offset, p.w[i]);
      wasm_v128_store(to[i] + offset + 2, p.w[i + 4]);
    }
  }

  // Chunk i of 28 bits.
  BIONOIR_INLINE static Vector chunkOf(const Packed& p, int i) {
    const int bit = 28 * i, word = bit / 32, shift = bit % 32;
    Vector chunk = wasm_u32x4_shr(p.w[word], static_cast<u32>(shift));
    if (shift > 4 && word < 7) chunk = wasm_v128_or(chunk, wasm_i32x4_shl(p.w[word + 1], static_cast<u32>(32 - shift)));
    return wasm_v128_and(chunk, set1(0xfffffff));
  }
  __attribute__((noinline)) static Simd128Lane unpack(const Packed& p) {
    Vector chunk[PAIRS];
    for (int i = 0; i < PAIRS; i++) chunk[i] = chunkOf(p, i);
    return fromChunks(chunk);
  }
  // Balanced digits. 2^13 is added to every digit and taken away at the end, so that the carries are those of plain bits.
  BIONOIR_INLINE static Simd128Lane fromChunks(const Vector* chunk) {
    const Vector bias = set1(HALF_DIGIT + (HALF_DIGIT << DIGIT_BITS)), half = wasm_i16x8_splat(HALF_DIGIT);
    Simd128Lane out;
    Vector carry = bias;
    for (int i = 0; i < PAIRS; i++) {
      const Vector t = plus(chunk[i], carry);
      carry = plus(wasm_u32x4_shr(t, 28), bias);
      const Vector high = wasm_v128_and(wasm_i32x4_shl(t, 2), set1(0x3fff0000));
      out.v[i] = wasm_i16x8_sub(wasm_v128_or(wasm_v128_and(t, set1(DIGIT_MASK)), high), half);
    }
    return out;
  }
  // Canonical values as words.
  BIONOIR_INLINE static Packed pack(const Simd128Lane& a) {
    Vector chunk[PAIRS];
    chunks(a, chunk);
    Packed p;
    for (int k = 0; k < 8; k++) {
      const int i = 32 * k / 28, offset = 32 * k - 28 * i;  // bits left in chunk i: 28 - offset
      p.w[k] = wasm_v128_or(wasm_u32x4_shr(chunk[i], static_cast<u32>(offset)),
                            wasm_i32x4_shl(chunk[i + 1], static_cast<u32>(28 - offset)));
    }
    return p;
  }
  // Chunks of 28 bits without sign, but for the top one, which keeps the value's.
  BIONOIR_INLINE static void chunks(const Simd128Lane& a, Vector* chunk) {
    const Vector weights = set1(static_cast<std::int32_t>(pairOf(1, 1 << DIGIT_BITS)));
    Vector carry = set1(0);
    for (int i = 0; i < PAIRS; i++) {
      const Vector t = plus(dot(a.v[i], weights), carry);
      chunk[i] = i + 1 < PAIRS ? wasm_v128_and(t, set1(0xfffffff)) : t;
      carry = wasm_i32x4_shr(t, 28);
    }
  }

  BIONOIR_INLINE static Mask equal(const Packed& a, const Packed& b) {
    Vector any = wasm_v128_xor(a.w[0], b.w[0]);
    for (int i = 1; i < 8; i++) any = wasm_v128_or(any, wasm_v128_xor(a.w[i], b.w[i]));
    return static_cast<Mask>(wasm_i32x4_bitmask(wasm_i32x4_eq(any, set1(0))));
  }
  BIONOIR_INLINE static Mask isZero(const Packed& a) {
    Vector any = a.w[0];
    for (int i = 1; i < 8; i++) any = wasm_v128_or(any, a.w[i]);
    return static_cast<Mask>(wasm_i32x4_bitmask(wasm_i32x4_eq(any, set1(0))));
  }
  BIONOIR_INLINE static Simd128Lane broadcast(const u64 form[4]) {
    const u64* from[W] = {form, form, form, form};
    return unpack(gather(from, 0));
  }
  BIONOIR_INLINE static Simd128Lane zero() {
    Simd128Lane out;
    for (auto& x : out.v) x = set1(0);
    return out;
  }
  BIONOIR_INLINE static Simd128Lane one() {
    static constexpr Words ONE = powerOfTwoMod(FORM_BITS, M::P);
    return broadcast(ONE.w);
  }
  BIONOIR_INLINE static Simd128Lane select(Mask m, const Simd128Lane& yes, const Simd128Lane& no) {
    const Vector mask = spread(m);
    Simd128Lane out;
    for (int i = 0; i < PAIRS; i++) out.v[i] = wasm_v128_bitselect(yes.v[i], no.v[i], mask);
    return out;
  }

  // One carry from each digit to the next, all at once: from any digits to normal ones.
  BIONOIR_INLINE static Simd128Lane normal(const Simd128Lane& a) {
    const Vector unit = wasm_i16x8_splat(1);
    Simd128Lane out;
    Vector below = set1(0);
    for (int i = 0; i < PAIRS; i++) {
      // (digit + 2^13) >> 14, without overflow; the top digit keeps all.
      const Vector carry = i + 1 == PAIRS ? set1(0) : wasm_i16x8_shr(wasm_i16x8_add(wasm_i16x8_shr(a.v[i], DIGIT_BITS - 1), unit), 1);
      const Vector rest = wasm_i16x8_sub(a.v[i], wasm_i16x8_shl(carry, DIGIT_BITS));
      // (carry of the digit below the pair, carry of the pair's low digit)
      const Vector shifted = wasm_v128_or(wasm_i32x4_shl(carry, 16), wasm_u32x4_shr(below, 16));
      out.v[i] = wasm_i16x8_add(rest, shifted);
      below = carry;
    }
    return out;
  }

  static Simd128Lane mul(const Simd128Lane& a, const Simd128Lane& b);
  static Simd128Lane sqr(const Simd128Lane& a);
  template <class Product>
  static Simd128Lane reduced(const Product& product);
  static void fillColumns(Vector* column, const Vector* b);
  BIONOIR_INLINE static Simd128Lane mulLazy(const Simd128Lane& a, const Simd128Lane& b) { return mul(a, b); }
  BIONOIR_INLINE static Simd128Lane sqrLazy(const Simd128Lane& a) { return sqr(a); }

  BIONOIR_INLINE static Simd128Lane addLazy(const Simd128Lane& a, const Simd128Lane& b) {
    Simd128Lane s;
    for (int i = 0; i < PAIRS; i++) s.v[i] = wasm_i16x8_add(a.v[i], b.v[i]);
    return normal(s);
  }
  template <int K>
  BIONOIR_INLINE static Simd128Lane subLazy(const Simd128Lane& a, const Simd128Lane& b) {
    Simd128Lane d;
    for (int i = 0; i < PAIRS; i++) d.v[i] = wasm_i16x8_sub(a.v[i], b.v[i]);
    return normal(d);
  }
  template <int K>
  BIONOIR_INLINE static Simd128Lane subTwoLazy(const Simd128Lane& a, const Simd128Lane& b, const Simd128Lane& c) {
    Simd128Lane d;
    for (int i = 0; i < PAIRS; i++) d.v[i] = wasm_i16x8_sub(wasm_i16x8_sub(a.v[i], b.v[i]), c.v[i]);
    return normal(d);  // three digits of at most 2^13 + 8 stay in 16 bits
  }
  // x where the mask's lane is clear, -x where it is set.
  BIONOIR_INLINE static Vector negated(Vector x, Vector mask) { return wasm_i16x8_sub(wasm_v128_xor(x, mask), mask); }
  // (mb ? -b : b) - (ma ? -a : a).
  BIONOIR_INLINE static Simd128Lane signedDifference(const Simd128Lane& b, Mask mb, const Simd128Lane& a, Mask ma) {
    const Vector sb = spread(mb), sa = spread(ma);
    Simd128Lane d;
    for (int i = 0; i < PAIRS; i++) d.v[i] = wasm_i16x8_sub(negated(b.v[i], sb), negated(a.v[i], sa));
    return normal(d);
  }
  BIONOIR_INLINE static Simd128Lane negateIf(Mask m, const Simd128Lane& a) {
    const Vector mask = spread(m);
    Simd128Lane out;
    for (int i = 0; i < PAIRS; i++) out.v[i] = negated(a.v[i], mask);
    return out;
  }
  // a minus a multiple of p that brings it below 0.6 p in size, for a below 8 p in size.
  static Simd128Lane weak(const Simd128Lane& a);
  // a mod p in digits that pack, for a below 8 p in size.
  static Simd128Lane canonical(const Simd128Lane& a);
  BIONOIR_INLINE static Simd128Lane add(const Simd128Lane& a, const Simd128Lane& b) { return weak(addLazy(a, b)); }
  BIONOIR_INLINE static Simd128Lane sub(const Simd128Lane& a, const Simd128Lane& b) { return weak(subLazy<2>(a, b)); }

  BIONOIR_INLINE static Simd128Lane norm(const Simd128Lane& d) { return d; }
  BIONOIR_INLINE static Simd128Lane fromNormInverse(const Simd128Lane&, const Simd128Lane& inverse) { return inverse; }

  // Lane i of a canonical value, in memory form.
  void get(int lane, u64 out[4]) const {
    alignas(16) u64 rows[W][4];
    u64* to[W] = {rows[0], rows[1], rows[2], rows[3]};
    scatter(*this, to, 0);
    std::memcpy(out, rows[lane], 32);
  }
  void set(int lane, const u64 in[4]) { *this = select(Mask{1} << lane, broadcast(in), *this); }
  // Of W blocks: element j of block i becomes element i of block j.
  static void transpose(Simd128Lane* a) {
    for (int i = 0; i < PAIRS; i++) transpose4(a[0].v[i], a[1].v[i], a[2].v[i], a[3].v[i]);
  }
};

// A product by its columns: product(n) is column n of it, without carries. The columns of the reduction, m p, are added
// side by side, column n before n + 1, so that little is live at once. Two digits of m at a time: m = -t / p mod 2^28 for
// the two lowest columns t. Carries come last into a column: nothing waits for them but the next one.
template <class M>
template <class Product>
BIONOIR_INLINE Simd128Lane<M> Simd128Lane<M>::reduced(const Product& product) {
  const PrimeTable* const p = table();
  Vector m[PAIRS];
  const auto sum = [&](int n) __attribute__((always_inline)) {
    Vector u = set1(0);
    for (int i = 0; i < PAIRS; i++)
      if (n - 2 * i >= 2 && n - 2 * i < 2 * PAIRS) u = plus(u, dot(m[i], at(p->column[n - 2 * i])));
    return plus(product(n), u);
  };
  Vector carry = set1(0);
#pragma unroll
  for (int k = 0; k < PAIRS; k++) {
    const Vector t1 = sum(2 * k + 1), t0 = plus(sum(2 * k), carry);
    const Vector q = wasm_i32x4_mul(plus(t0, wasm_i32x4_shl(t1, DIGIT_BITS)), set1(INVERSE28));
    const Vector low = wasm_i32x4_shr(wasm_i32x4_shl(q, 18), 18);
    const Vector high = wasm_i32x4_shl(wasm_i32x4_shr(wasm_i32x4_shl(wasm_i32x4_sub(q, low), 4), 18), 16);
    m[k] = wasm_v128_or(wasm_v128_and(low, set1(0xffff)), high);
    const Vector c = wasm_i32x4_shr(plus(t0, dot(m[k], at(p->column[0]))), DIGIT_BITS);
    carry = wasm_i32x4_shr(plus(plus(t1, c), dot(m[k], at(p->column[1]))), DIGIT_BITS);
  }
  const Vector half = set1(HALF_DIGIT), mask = set1(DIGIT_MASK);
  Simd128Lane out;
  Vector low = set1(0);
  carry = plus(carry, half);
#pragma unroll
  for (int i = 0; i < DIGITS; i++) {
    const Vector t = plus(i == 0 ? sum(2 * PAIRS) : plus(half, sum(2 * PAIRS + i)), carry);
    carry = wasm_i32x4_shr(t, DIGIT_BITS);
    if (i + 1 == DIGITS) {
      out.v[i / 2] = wasm_v128_and(wasm_i32x4_sub(t, half), set1(0xffff));
    } else if (i % 2 == 0) {
      low = wasm_v128_and(t, mask);
    } else {
      const Vector both = wasm_v128_or(low, wasm_i32x4_shl(wasm_v128_and(t, mask), 16));
      out.v[i / 2] = wasm_i16x8_sub(both, wasm_i16x8_splat(HALF_DIGIT));
    }
  }
  return out;
}

// column[m] = (b_m, b_(m-1)).
template <class M>
BIONOIR_INLINE void Simd128Lane<M>::fillColumns(Vector* column, const Vector* b) {
  for (int k = 0; k < PAIRS; k++) {
    column[2 * k] = k == 0 ? wasm_v128_and(b[0], set1(0xffff)) : wasm_i16x8_shuffle(b[k], b[k - 1], 0, 9, 2, 11, 4, 13, 6, 15);
    column[2 * k + 1] = wasm_i16x8_shuffle(b[k], b[k], 1, 0, 3, 2, 5, 4, 7, 6);
  }
}

template <class M>
__attribute__((noinline)) Simd128Lane<M> Simd128Lane<M>::mul(const Simd128Lane& a, const Simd128Lane& b) {
  Vector column[2 * PAIRS];
  fillColumns(column, b.v);
  return reduced([&](int n) __attribute__((always_inline)) {
    Vector t = set1(0);
    for (int i = 0; i < PAIRS; i++)
      if (n - 2 * i >= 0 && n - 2 * i < 2 * PAIRS) t = plus(t, dot(a.v[i], column[n - 2 * i]));
    return t;
  });
}

// Each product of two different digits once, doubled: for column n, pairs of digits x < n - x, and the square of n / 2.
template <class M>
__attribute__((noinline)) Simd128Lane<M> Simd128Lane<M>::sqr(const Simd128Lane& a) {
  Vector column[2 * PAIRS], doubled[2 * PAIRS], twice[PAIRS];
  for (int i = 0; i < PAIRS; i++) twice[i] = wasm_i16x8_add(a.v[i], a.v[i]);
  fillColumns(column, a.v);
  fillColumns(doubled, twice);
  return reduced([&](int n) __attribute__((always_inline)) {
    const int k = n / 4, whole = n % 4 == 3 ? k + 1 : k;  // pairs of which both digits are below n / 2
    Vector t = set1(0);
    for (int i = 0; i < PAIRS; i++)
      if (i < whole && n - 2 * i < 2 * PAIRS) t = plus(t, dot(a.v[i], doubled[n - 2 * i]));
    if (n % 4 == 3 || k >= PAIRS) return t;
    const Vector low = wasm_v128_and(a.v[k], set1(0xffff));
    if (n % 4 == 0) return plus(t, dot(low, column[2 * k]));
    if (n % 4 == 1) return plus(t, dot(low, doubled[2 * k + 1]));
    return 2 * k + 2 < 2 * PAIRS ? plus(t, dot(wasm_i16x8_add(a.v[k], low), column[2 * k + 2])) : t;
  });
}

// The quotient of the top digit, rounded: the digits below it are worth less than half of it. At most three times p at
// once keep the digits in 16 bits; more are rare.
template <class M>
__attribute__((noinline)) Simd128Lane<M> Simd128Lane<M>::weak(const Simd128Lane& a) {
  const PrimeTable* const p = table();
  const Vector scaled = dot(a.v[PAIRS - 1], set1(static_cast<std::int32_t>(pairOf(QUOTIENT, 0))));
  Vector left = wasm_i32x4_shr(plus(scaled, set1(1 << 15)), 16);
  Simd128Lane out = a;
  do {
    const Vector part = wasm_i32x4_max(wasm_i32x4_min(left, set1(3)), set1(-3));
    left = wasm_i32x4_sub(left, part);
    const Vector both = wasm_v128_or(wasm_v128_and(part, set1(0xffff)), wasm_i32x4_shl(part, 16));
    for (int i = 0; i < PAIRS; i++) out.v[i] = wasm_i16x8_sub(out.v[i], wasm_i16x8_mul(both, at(p->digits[i])));
    out = normal(out);
  } while (__builtin_expect(wasm_v128_any_true(left), 0));
  return out;
}

// On chunks of 28 bits: less floor(top chunk / (p / 2^252)) times p leaves 0 .. 1.4 p, then p once more if it fits.
template <class M>
__attribute__((noinline)) Simd128Lane<M> Simd128Lane<M>::canonical(const Simd128Lane& a) {
  const PrimeTable* const p = table();
  const Vector mask = set1(0xfffffff);
  Vector chunk[PAIRS], less[PAIRS];
  chunks(a, chunk);
  const Vector quotient = wasm_i32x4_shr(wasm_i32x4_mul(chunk[PAIRS - 1], set1(QUOTIENT)), 16);
  Vector carry = set1(0), borrow = set1(0);
  for (int i = 0; i < PAIRS; i++) {
    const Vector prime = at(p->chunks[i]);
    const Vector t = plus(wasm_i32x4_sub(chunk[i], wasm_i32x4_mul(quotient, prime)), carry);
    carry = wasm_i32x4_shr(t, 28);
    chunk[i] = wasm_v128_and(t, mask);
    const Vector d = plus(wasm_i32x4_sub(chunk[i], prime), borrow);
    borrow = wasm_i32x4_shr(d, 28);
    less[i] = wasm_v128_and(d, mask);
  }
  for (int i = 0; i < PAIRS; i++) chunk[i] = wasm_v128_bitselect(chunk[i], less[i], borrow);  // borrow is 0 or -1
  return fromChunks(chunk);
}

}  // namespace bionoir::BIONOIR_ENGINE
