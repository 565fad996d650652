// Scalar prime field: four 64-bit limbs in Montgomery form with R = 2^256, always reduced below p.
// The product is either portable C++ or mulx/adcx/adox assembly, as the including engine chose; the values are equal.
// Included once by each engine, inside its own namespace.
#pragma once
#include "modulus.h"

namespace bionoir::BIONOIR_ENGINE {

#if BIONOIR_ADX
// The first row of the product: t = a * rdx, the carry word in A.
#define BIONOIR_FIRST_ROW                                      \
  "mulxq 0(%[a]), %[t0], %[t1]\n\t"                            \
  "mulxq 8(%[a]), %%rax, %[t2]\n\t"                           \
  "addq %%rax, %[t1]\n\t"                                      \
  "mulxq 16(%[a]), %%rax, %[t3]\n\t"                          \
  "adcq %%rax, %[t2]\n\t"                                      \
  "mulxq 24(%[a]), %%rax, %[A]\n\t"                           \
  "adcq %%rax, %[t3]\n\t"                                      \
  "adcq $0, %[A]\n\t"
// A further row: t += a * rdx, the carry word in A.
#define BIONOIR_ROW                                            \
  "xorl %%eax, %%eax\n\t"                                      \
  "mulxq 0(%[a]), %%rax, %[A]\n\t"                             \
  "adoxq %%rax, %[t0]\n\t"                                     \
  "adcxq %[A], %[t1]\n\t"                                      \
  "mulxq 8(%[a]), %%rax, %[A]\n\t"                             \
  "adoxq %%rax, %[t1]\n\t"                                     \
  "adcxq %[A], %[t2]\n\t"                                      \
  "mulxq 16(%[a]), %%rax, %[A]\n\t"                            \
  "adoxq %%rax, %[t2]\n\t"                                     \
  "adcxq %[A], %[t3]\n\t"                                      \
  "mulxq 24(%[a]), %%rax, %[A]\n\t"                            \
  "adoxq %%rax, %[t3]\n\t"                                     \
  "movl $0, %%eax\n\t"                                         \
  "adcxq %%rax, %[A]\n\t"                                      \
  "adoxq %%rax, %[A]\n\t"
// One step of the reduction: t = (t + m p) / 2^64 with m = -t0 / p mod 2^64.
#define BIONOIR_REDUCE                                         \
  "movq %[inv], %%rdx\n\t"                                     \
  "imulq %[t0], %%rdx\n\t"                                     \
  "xorl %%eax, %%eax\n\t"                                      \
  "mulxq 0(%[p]), %%rax, %[C]\n\t"                             \
  "adcxq %[t0], %%rax\n\t"                                     \
  "movq %[C], %[t0]\n\t"                                       \
  "adcxq %[t1], %[t0]\n\t"                                     \
  "mulxq 8(%[p]), %%rax, %[t1]\n\t"                            \
  "adoxq %%rax, %[t0]\n\t"                                     \
  "adcxq %[t2], %[t1]\n\t"                                     \
  "mulxq 16(%[p]), %%rax, %[t2]\n\t"                           \
  "adoxq %%rax, %[t1]\n\t"                                     \
  "adcxq %[t3], %[t2]\n\t"                                     \
  "mulxq 24(%[p]), %%rax, %[t3]\n\t"                           \
  "adoxq %%rax, %[t2]\n\t"                                     \
  "movl $0, %%eax\n\t"                                         \
  "adcxq %%rax, %[t3]\n\t"                                     \
  "adoxq %[A], %[t3]\n\t"
#endif

// K p.
template <class M, int K>
constexpr Words multipleOf() {
  Words out{};
  u64 carry = 0;
  for (int i = 0; i < 4; i++) {
    const u128 x = static_cast<u128>(M::P.w[i]) * K + carry;
    out.w[i] = static_cast<u64>(x);
    carry = static_cast<u64>(x >> 64);
  }
  return out;
}

// out = a - K p if that is not negative, else a.
template <class M, int K = 1>
inline void subtractModulusOnce(u64 out[4], const u64 a[4]) {
  static constexpr Words P = multipleOf<M, K>();
#if BIONOIR_ADX
  u64 d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3];
  const u64 a0 = d0, a1 = d1, a2 = d2, a3 = d3;
  __asm__(
      "subq 0(%[p]), %[d0]\n\t"
      "sbbq 8(%[p]), %[d1]\n\t"
      "sbbq 16(%[p]), %[d2]\n\t"
      "sbbq 24(%[p]), %[d3]\n\t"
      "cmovcq %[a0], %[d0]\n\t"
      "cmovcq %[a1], %[d1]\n\t"
      "cmovcq %[a2], %[d2]\n\t"
      "cmovcq %[a3], %[d3]\n\t"
      : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
      : [p] "r"(P.w), [a0] "r"(a0), [a1] "r"(a1), [a2] "r"(a2), [a3] "r"(a3), "m"(P)
      : "cc");
  out[0] = d0;
  out[1] = d1;
  out[2] = d2;
  out[3] = d3;
#else
  u64 d[4];
  u64 borrow = 0;
  for (int i = 0; i < 4; i++) {
    const u128 x = static_cast<u128>(a[i]) - P.w[i] - borrow;
    d[i] = static_cast<u64>(x);
    borrow = static_cast<u64>(x >> 64) & 1;
  }
  const u64 keep = 0 - borrow;
  for (int i = 0; i < 4; i++) out[i] = (a[i] & keep) | (d[i] & ~keep);
#endif
}

// out = a - b, plus K p if that is negative.
template <class M, int K = 1>
inline void subtractModulo(u64 out[4], const u64 a[4], const u64 b[4]) {
  static constexpr Words P = multipleOf<M, K>();
#if BIONOIR_ADX
  u64 d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3], p0 = P.w[0], p1 = P.w[1], p2 = P.w[2], p3 = P.w[3], mask;
  __asm__(
      "subq 0(%[b]), %[d0]\n\t"
      "sbbq 8(%[b]), %[d1]\n\t"
      "sbbq 16(%[b]), %[d2]\n\t"
      "sbbq 24(%[b]), %[d3]\n\t"
      "sbbq %[mask], %[mask]\n\t"
      "andq %[mask], %[p0]\n\t"
      "andq %[mask], %[p1]\n\t"
      "andq %[mask], %[p2]\n\t"
      "andq %[mask], %[p3]\n\t"
      "addq %[p0], %[d0]\n\t"
      "adcq %[p1], %[d1]\n\t"
      "adcq %[p2], %[d2]\n\t"
      "adcq %[p3], %[d3]\n\t"
      : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3), [p0] "+&r"(p0), [p1] "+&r"(p1), [p2] "+&r"(p2),
        [p3] "+&r"(p3), [mask] "=&r"(mask)
      : [b] "r"(b), "m"(*(const u64(*)[4])b)
      : "cc");
  out[0] = d0;
  out[1] = d1;
  out[2] = d2;
  out[3] = d3;
#else
  u64 d[4];
  u64 borrow = 0;
  for (int i = 0; i < 4; i++) {
    const u128 x = static_cast<u128>(a[i]) - b[i] - borrow;
    d[i] = static_cast<u64>(x);
    borrow = static_cast<u64>(x >> 64) & 1;
  }
  const u64 mask = 0 - borrow;
  u64 carry = 0;
  for (int i = 0; i < 4; i++) {
    const u128 x = static_cast<u128>(d[i]) + (P.w[i] & mask) + carry;
    out[i] = static_cast<u64>(x);
    carry = static_cast<u64>(x >> 64);
  }
#endif
}

// out = a - b + K p, for b up to K p.
template <class M, int K>
inline void subtractFromMultiple(u64 out[4], const u64 a[4], const u64 b[4]) {
  static constexpr Words P = multipleOf<M, K>();
#if BIONOIR_ADX
  u64 d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3];
  __asm__(
      "addq 0(%[p]), %[d0]\n\t"
      "adcq 8(%[p]), %[d1]\n\t"
      "adcq 16(%[p]), %[d2]\n\t"
      "adcq 24(%[p]), %[d3]\n\t"
      "subq 0(%[b]), %[d0]\n\t"
      "sbbq 8(%[b]), %[d1]\n\t"
      "sbbq 16(%[b]), %[d2]\n\t"
      "sbbq 24(%[b]), %[d3]\n\t"
      : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
      : [p] "r"(P.w), [b] "r"(b), "m"(P), "m"(*(const u64(*)[4])b)
      : "cc");
  out[0] = d0;
  out[1] = d1;
  out[2] = d2;
  out[3] = d3;
#else
  u64 carry = 0, borrow = 0;
  for (int i = 0; i < 4; i++) {
    const u128 x = static_cast<u128>(a[i]) + P.w[i] + carry, y = static_cast<u128>(static_cast<u64>(x)) - b[i] - borrow;
    carry = static_cast<u64>(x >> 64);
    out[i] = static_cast<u64>(y);
    borrow = static_cast<u64>(y >> 64) & 1;
  }
#endif
}

// out = -a modulo p where `condition`, else a.
template <class M>
inline void negateModuloIf(u64 out[4], bool condition, const u64 a[4]) {
#if BIONOIR_ADX
  static constexpr u64 ZERO[4] = {0, 0, 0, 0};
  u64 n[4], o0 = a[0], o1 = a[1], o2 = a[2], o3 = a[3];
  subtractModulo<M>(n, ZERO, a);
  // In assembly, lest the compiler use vectors, whose stores the next product's loads would wait for.
  __asm__(
      "testb %[c], %[c]\n\t"
      "cmovneq %[n0], %[o0]\n\t"
      "cmovneq %[n1], %[o1]\n\t"
      "cmovneq %[n2], %[o2]\n\t"
      "cmovneq %[n3], %[o3]\n\t"
      : [o0] "+&r"(o0), [o1] "+&r"(o1), [o2] "+&r"(o2), [o3] "+&r"(o3)
      : [n0] "r"(n[0]), [n1] "r"(n[1]), [n2] "r"(n[2]), [n3] "r"(n[3]), [c] "q"(static_cast<u8>(condition))
      : "cc");
  out[0] = o0;
  out[1] = o1;
  out[2] = o2;
  out[3] = o3;
#else
  const u64 zero[4] = {0, 0, 0, 0};
  u64 n[4];
  subtractModulo<M>(n, zero, a);
  const u64 mask = 0 - static_cast<u64>(condition);
  for (int i = 0; i < 4; i++) out[i] = (n[i] & mask) | (a[i] & ~mask);
#endif
}

// out = a + b without reduction; p is below 2^254, so nothing overflows.
inline void addWords(u64 out[4], const u64 a[4], const u64 b[4]) {
#if BIONOIR_ADX
  u64 s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3];
  __asm__(
      "addq 0(%[b]), %[s0]\n\t"
      "adcq 8(%[b]), %[s1]\n\t"
      "adcq 16(%[b]), %[s2]\n\t"
      "adcq 24(%[b]), %[s3]\n\t"
      : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3)
      : [b] "r"(b), "m"(*(const u64(*)[4])b)
      : "cc");
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
#else
  u64 carry = 0;
  for (int i = 0; i < 4; i++) {
    const u128 x = static_cast<u128>(a[i]) + b[i] + carry;
    out[i] = static_cast<u64>(x);
    carry = static_cast<u64>(x >> 64);
  }
#endif
}

// out = a b / 2^256 + less than p, for a + p < 2^256: no carry leaves four limbs. Below 2 p when a b < 2^256 p.
template <class M>
inline void looseProduct(u64 out[4], const u64 a[4], const u64 b[4]) {
  static constexpr u64 INV = negatedInverse(M::P.w[0]);
#if BIONOIR_ADX
  static constexpr Words P = M::P;
  u64 t0, t1, t2, t3, A, C;
  __asm__(
      "movq 0(%[b]), %%rdx\n\t" BIONOIR_FIRST_ROW BIONOIR_REDUCE
      "movq 8(%[b]), %%rdx\n\t" BIONOIR_ROW BIONOIR_REDUCE
      "movq 16(%[b]), %%rdx\n\t" BIONOIR_ROW BIONOIR_REDUCE
      "movq 24(%[b]), %%rdx\n\t" BIONOIR_ROW BIONOIR_REDUCE
      : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [A] "=&r"(A), [C] "=&r"(C)
      : [a] "r"(a), [b] "r"(b), [p] "r"(P.w), [inv] "m"(INV), "m"(*(const u64(*)[4])a), "m"(*(const u64(*)[4])b),
        "m"(P)
      : "rax", "rdx", "cc");
  out[0] = t0;
  out[1] = t1;
  out[2] = t2;
  out[3] = t3;
#elif BIONOIR_WASM
  // The host's widest product is 32 x 32 bits.
  const auto half = [](const u64* x, int i) { return x[i / 2] >> (32 * (i % 2)) & 0xffffffff; };
  u64 t[8] = {};
  for (int i = 0; i < 8; i++) {
    const u64 bi = half(b, i);
    u64 acc = half(a, 0) * bi + t[0];
    const u64 m = (acc & 0xffffffff) * (INV & 0xffffffff) & 0xffffffff;
    u64 red = m * half(M::P.w, 0) + (acc & 0xffffffff);
    for (int j = 1; j < 8; j++) {
      acc = half(a, j) * bi + t[j] + (acc >> 32);
      red = m * half(M::P.w, j) + (acc & 0xffffffff) + (red >> 32);
      t[j - 1] = red & 0xffffffff;
    }
    t[7] = (acc >> 32) + (red >> 32);
  }
  for (int i = 0; i < 4; i++) out[i] = t[2 * i] | t[2 * i + 1] << 32;
#else
  u64 t[4] = {0, 0, 0, 0};
  for (int i = 0; i < 4; i++) {
    u128 acc = static_cast<u128>(a[0]) * b[i] + t[0];
    u64 carry = static_cast<u64>(acc >> 64);
    const u64 m = static_cast<u64>(acc) * INV;
    u128 red = static_cast<u128>(m) * M::P.w[0] + static_cast<u64>(acc);
    u64 redCarry = static_cast<u64>(red >> 64);
    for (int j = 1; j < 4; j++) {
      acc = static_cast<u128>(a[j]) * b[i] + t[j] + carry;
      carry = static_cast<u64>(acc >> 64);
      red = static_cast<u128>(m) * M::P.w[j] + static_cast<u64>(acc) + redCarry;
      redCarry = static_cast<u64>(red >> 64);
      t[j - 1] = static_cast<u64>(red);
    }
    t[3] = carry + redCarry;
  }
  for (int i = 0; i < 4; i++) out[i] = t[i];
#endif
}

// out = a b / 2^256, fully reduced, for a b < 2^256 p and a + p < 2^256.
template <class M>
inline void montgomeryProduct(u64 out[4], const u64 a[4], const u64 b[4]) {
  u64 t[4];
  looseProduct<M>(t, a, b);
  subtractModulusOnce<M>(out, t);
}

template <class M>
struct Fp {
  using Mod = M;
  u64 v[4];

  static constexpr Words R1 = powerOfTwoMod(256, M::P);
  static constexpr Words R2 = powerOfTwoMod(512, M::P);

  static Fp fromWords(const Words& w) { return {{w.w[0], w.w[1], w.w[2], w.w[3]}}; }
  static Fp zero() { return {{0, 0, 0, 0}}; }
  static Fp one() { return fromWords(R1); }
  // From a canonical integer below p.
  static Fp fromPlain(const u64 plain[4]) { return mul({{plain[0], plain[1], plain[2], plain[3]}}, fromWords(R2)); }
  static Fp fromSmall(u64 x) {
    const u64 plain[4] = {x, 0, 0, 0};
    return fromPlain(plain);
  }
  void toPlain(u64 out[4]) const {
    const Fp x = mul(*this, {{1, 0, 0, 0}});
    for (int i = 0; i < 4; i++) out[i] = x.v[i];
  }

  bool isZero() const { return (v[0] | v[1] | v[2] | v[3]) == 0; }
  bool operator==(const Fp& o) const {
    return ((v[0] ^ o.v[0]) | (v[1] ^ o.v[1]) | (v[2] ^ o.v[2]) | (v[3] ^ o.v[3])) == 0;
  }

  // a - p if that is not negative.
  static Fp reduceOnce(const Fp& a) {
    Fp out;
    subtractModulusOnce<M>(out.v, a.v);
    return out;
  }
  static Fp add(const Fp& a, const Fp& b) {
    Fp s;
    addWords(s.v, a.v, b.v);
    return reduceOnce(s);
  }
  static Fp sub(const Fp& a, const Fp& b) {
    Fp d;
    subtractModulo<M>(d.v, a.v, b.v);
    return d;
  }
  // -a where `condition`, without a branch.
  static Fp negateIf(bool condition, const Fp& a) {
    Fp out;
    negateModuloIf<M>(out.v, condition, a.v);
    return out;
  }
  static Fp mul(const Fp& a, const Fp& b) {
    Fp out;
    montgomeryProduct<M>(out.v, a.v, b.v);
    return out;
  }
  static Fp sqr(const Fp& a) { return mul(a, a); }

  // Without reduction: see looseProduct. Sums must stay below 2^256 = 5.29 p.
  static Fp mulLoose(const Fp& a, const Fp& b) {
    Fp out;
    looseProduct<M>(out.v, a.v, b.v);
    return out;
  }
  static Fp addLoose(const Fp& a, const Fp& b) {
    Fp s;
    addWords(s.v, a.v, b.v);
    return s;
  }
  // a - b + K p.
  template <int K>
  static Fp subLoose(const Fp& a, const Fp& b) {
    Fp d;
    subtractFromMultiple<M, K>(d.v, a.v, b.v);
    return d;
  }
  // a - b, plus K p if that is negative: below K p or a.
  template <int K>
  static Fp subAbove(const Fp& a, const Fp& b) {
    Fp d;
    subtractModulo<M, K>(d.v, a.v, b.v);
    return d;
  }
  // a - K p if that is not negative.
  template <int K>
  static Fp reduceOnceBy(const Fp& a) {
    Fp out;
    subtractModulusOnce<M, K>(out.v, a.v);
    return out;
  }
  static Fp neg(const Fp& a) { return sub(zero(), a); }
  static Fp dbl(const Fp& a) { return add(a, a); }

  // a^e for a public exponent.
  static Fp pow(const Fp& a, const Words& e) {
    Fp out = one();
    for (int i = 255; i >= 0; i--) {
      out = sqr(out);
      if ((e.w[i / 64] >> (i % 64)) & 1) out = mul(out, a);
    }
    return out;
  }
  // 1 / a, and 0 for 0. Variable time.
  static Fp inverse(const Fp& a);
};

// Binary GCD on the top 33 and low 31 bits (T. Pornin, "Optimized Binary GCD for Modular Inversion", 2020, alg. 2),
// stopping as soon as a vanishes.
template <class M>
Fp<M> Fp<M>::inverse(const Fp& x) {
  if (x.isZero()) return x;
  u64 a[4], b[4];
  for (int i = 0; i < 4; i++) {
    a[i] = x.v[i];
    b[i] = M::P.w[i];
  }
  Fp u = {{1, 0, 0, 0}}, v = zero();  // invariant: a = x u, b = x v (mod p), up to the powers of two paid for below
  const auto bitLength = [](const u64 n[4]) {
    for (int i = 3; i >= 0; i--)
      if (n[i] != 0) return 64 * i + 64 - __builtin_clzll(n[i]);
    return 0;
  };
  const auto approximate = [](const u64 n[4], int length) {
    const int shift = length - 33;  // bits shift .. length-1 on top
    const int word = shift / 64, bit = shift % 64;
    u64 top = n[word] >> bit;
    if (bit > 31 && word < 3) top |= n[word + 1] << (64 - bit);
    return (n[0] & 0x7fffffff) | (top << 31);
  };
  const auto half = [](const u64* n, int i) { return n[i / 2] >> (32 * (i % 2)) & 0xffffffff; };
  // n <- |a f + b g| / 2^31; returns whether the sign was flipped. As |f| + |g| is at most 2^31, no sum leaves 64 bits.
  const auto combine = [half](u64 n[4], const u64 a[4], const u64 b[4], std::int64_t f, std::int64_t g) {
    u64 t[4];
    std::int64_t carry = 0;
    for (int i = 0; i < 8; i++) {
      const std::int64_t sum = static_cast<std::int64_t>(half(a, i)) * f + static_cast<std::int64_t>(half(b, i)) * g + carry;
      const u64 low = static_cast<u64>(sum) & 0xffffffff;
      t[i / 2] = i % 2 == 0 ? low : t[i / 2] | low << 32;
      carry = sum >> 32;
    }
    const std::int64_t top = carry;
    for (int i = 0; i < 3; i++) n[i] = (t[i] >> 31) | (t[i + 1] << 33);
    n[3] = (t[3] >> 31) | (static_cast<u64>(top) << 33);
    if (top >= 0) return false;
    u64 one = 1;
    for (int i = 0; i < 4; i++) {
      n[i] = ~n[i] + one;
      one &= static_cast<u64>(n[i] == 0);
    }
    return true;
  };
  // (a f + b g) / 2^32 mod p, by one short step of Montgomery's reduction: below 1.5 p before the subtraction.
  const auto fold = [half](const Fp& a, const Fp& b, std::int64_t f, std::int64_t g) {
    static constexpr u64 INV32 = negatedInverse(M::P.w[0]) & 0xffffffff;
    const Fp x = negateIf(f < 0, a), y = negateIf(g < 0, b);
    const u64 F = static_cast<u64>(f < 0 ? -f : f), G = static_cast<u64>(g < 0 ? -g : g);
    u64 acc = half(x.v, 0) * F + half(y.v, 0) * G;
    const u64 m = (acc & 0xffffffff) * INV32 & 0xffffffff;
    u64 red = m * half(M::P.w, 0) + (acc & 0xffffffff), t[8];
    for (int i = 1; i < 8; i++) {
      acc = half(x.v, i) * F + half(y.v, i) * G + (acc >> 32);
      red = m * half(M::P.w, i) + (acc & 0xffffffff) + (red >> 32);
      t[i - 1] = red & 0xffffffff;
    }
    t[7] = (acc >> 32) + (red >> 32);
    return reduceOnce({{t[0] | t[1] << 32, t[2] | t[3] << 32, t[4] | t[5] << 32, t[6] | t[7] << 32}});
  };
  int rounds = 0;
  while ((a[0] | a[1] | a[2] | a[3]) != 0) {
    const int la = bitLength(a), lb = bitLength(b);
    int length = la > lb ? la : lb;
    if (length < 64) length = 64;
    u64 abar = length == 64 ? a[0] : approximate(a, length), bbar = length == 64 ? b[0] : approximate(b, length);
    // Both factors of a row in one word, f + 2^32 g: they never leave -2^31 .. 2^31, and only the last step reaches an end.
    u64 row0 = 1, row1 = u64{1} << 32;
    for (int i = 0; i < 31; i++) {
      // If abar is odd: exchange the rows when abar < bbar, then abar -= bbar. Masks, since no branch could be predicted.
      const u64 odd = 0 - (abar & 1), exchange = odd & (0 - static_cast<u64>(abar < bbar));
      const u64 bars = (abar ^ bbar) & exchange, rows = (row0 ^ row1) & exchange;
      abar ^= bars;
      bbar ^= bars;
      row0 ^= rows;
      row1 ^= rows;
      abar = (abar - (bbar & odd)) >> 1;
      row0 -= row1 & odd;
      row1 <<= 1;
    }
    const auto low = [](u64 row) { return static_cast<std::int64_t>((row + 0x7fffffff7fffffff) & 0xffffffff) - 0x7fffffff; };
    const auto high = [](u64 row) { return static_cast<std::int64_t>((row + 0x7fffffff7fffffff) >> 32) - 0x7fffffff; };
    std::int64_t f0 = low(row0), g0 = high(row0), f1 = low(row1), g1 = high(row1);
    u64 na[4], nb[4];
    if (combine(na, a, b, f0, g0)) f0 = -f0, g0 = -g0;
    if (combine(nb, a, b, f1, g1)) f1 = -f1, g1 = -g1;
    const Fp nu = fold(u, v, f0, g0);
    v = fold(u, v, f1, g1);
    u = nu;
    for (int i = 0; i < 4; i++) {
      a[i] = na[i];
      b[i] = nb[i];
    }
    rounds++;
  }
  // Each round divided a by 2^31 and u by 2^32: v x = b 2^(31 k) / 2^(32 k) with b = 1 and x in Montgomery form.
  // The result must be 2^512 / x: multiply by 2^k 2^512, and one more 2^256 for the product itself.
  static const Fp* const corrections = [] {
    static Fp table[20];
    for (int k = 0; k < 20; k++) table[k] = fromWords(powerOfTwoMod(k + 768, M::P));
    return table;
  }();
  return mul(v, corrections[rounds < 20 ? rounds : 19]);
}

using Fq = Fp<ModQ>;
using Fr = Fp<ModR>;

}  // namespace bionoir::BIONOIR_ENGINE
