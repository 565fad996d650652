// The two primes of BN254 and every constant derived from them, computed by the compiler.
//   q = 36 t^4 + 36 t^3 + 24 t^2 + 6 t + 1 (coordinates), r = 36 t^4 + 36 t^3 + 18 t^2 + 6 t + 1 (scalars),
//   t = 4965661367192848881 (https://eips.ethereum.org/EIPS/eip-197).
#pragma once
#include "base.h"

namespace bionoir {

struct Words {
  u64 w[4];
};

constexpr bool lessThan(const Words& a, const Words& b) {
  for (int i = 3; i >= 0; i--)
    if (a.w[i] != b.w[i]) return a.w[i] < b.w[i];
  return false;
}

constexpr Words subtractWords(const Words& a, const Words& b) {
  Words out{};
  u64 borrow = 0;
  for (int i = 0; i < 4; i++) {
    const u128 d = static_cast<u128>(a.w[i]) - b.w[i] - borrow;
    out.w[i] = static_cast<u64>(d);
    borrow = static_cast<u64>(d >> 64) & 1;
  }
  return out;
}

// 2 a mod p for a < p < 2^255.
constexpr Words doubleMod(const Words& a, const Words& p) {
  Words out{};
  for (int i = 3; i >= 0; i--) out.w[i] = (a.w[i] << 1) | (i > 0 ? a.w[i - 1] >> 63 : 0);
  return lessThan(out, p) ? out : subtractWords(out, p);
}

constexpr Words powerOfTwoMod(int exponent, const Words& p) {
  Words out{{1, 0, 0, 0}};
  for (int i = 0; i < exponent; i++) out = doubleMod(out, p);
  return out;
}

// -p^-1 mod 2^64, by Newton's iteration.
constexpr u64 negatedInverse(u64 p0) {
  u64 x = 1;
  for (int i = 0; i < 6; i++) x *= 2 - p0 * x;
  return ~x + 1;
}

struct ModQ {
  static constexpr Words P{
      {0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}};
};
struct ModR {
  static constexpr Words P{
      {0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029}};
  // Least non-residue, and the largest k with 2^k | r - 1.
  static constexpr u64 NON_RESIDUE = 5;
  static constexpr int TWO_ADICITY = 28;
};

}  // namespace bionoir
