// Values of the witness engine: field elements of BN254 that are small integers most of the time.
//
// A cell is 64 bits: a signed integer of at most 2^62, or the index of an element that is none. Every element has exactly
// one form, so that equal elements of the first kind are equal words.
#pragma once
#define BIONOIR_ENGINE solver
#define BIONOIR_ADX 0
#include <deque>
#include <vector>

#include "field.h"

namespace bionoir::solver {

using i64 = std::int64_t;

constexpr i64 SMALL_MAX = i64{1} << 62;
// A witness that nothing has set. It reads as a number that no value is.
constexpr i64 UNSET = INT64_MAX;

inline bool isLarge(i64 cell) { return cell < -SMALL_MAX; }

// Elements that cells refer to, in the order of their making.
using Larges = std::deque<Fr>;

inline i64 largeAt(std::size_t index) { return INT64_MIN + static_cast<i64>(index); }
inline const Fr& largeOf(const Larges& larges, i64 cell) {
  return larges[static_cast<std::size_t>(static_cast<u64>(cell) - (u64{1} << 63))];
}

inline Fr fieldOf(i64 small) {
  const Fr magnitude = Fr::fromSmall(small < 0 ? 0 - static_cast<u64>(small) : static_cast<u64>(small));
  return small < 0 ? Fr::neg(magnitude) : magnitude;
}
inline Fr fieldOf(i128 value) {
  const bool negative = value < 0;
  const u128 magnitude = negative ? 0 - static_cast<u128>(value) : static_cast<u128>(value);
  const u64 plain[4] = {static_cast<u64>(magnitude), static_cast<u64>(magnitude >> 64), 0, 0};
  const Fr element = Fr::fromPlain(plain);
  return negative ? Fr::neg(element) : element;
}

// A value by itself: a small integer, or an element where `isSmall` is false.
struct Value {
  bool isSmall;
  i64 small;
  Fr large;

  static Value of(i64 small) { return {true, small, Fr{}}; }
  Fr field() const { return isSmall ? fieldOf(small) : large; }
  bool isZero() const { return isSmall && small == 0; }
  bool operator==(const Value& o) const {
    return isSmall == o.isSmall && (isSmall ? small == o.small : large == o.large);
  }
};

// The one form of a canonical integer below r.
inline Value valueOfPlain(const Words& plain) {
  if ((plain.w[1] | plain.w[2] | plain.w[3]) == 0 && plain.w[0] <= static_cast<u64>(SMALL_MAX))
    return Value::of(static_cast<i64>(plain.w[0]));
  const Words rest = subtractWords(ModR::P, plain);
  if ((rest.w[1] | rest.w[2] | rest.w[3]) == 0 && rest.w[0] <= static_cast<u64>(SMALL_MAX))
    return Value::of(-static_cast<i64>(rest.w[0]));
  return {false, 0, Fr::fromPlain(plain.w)};
}
inline Value valueOf(const Fr& element) {
  Words plain;
  element.toPlain(plain.w);
  return valueOfPlain(plain);
}
inline Value valueOf(i128 integer) {
  if (integer <= SMALL_MAX && integer >= -SMALL_MAX) return Value::of(static_cast<i64>(integer));
  return valueOf(fieldOf(integer));
}

inline Words plainOf(i64 small) {
  if (small >= 0) return {{static_cast<u64>(small), 0, 0, 0}};
  return subtractWords(ModR::P, {{0 - static_cast<u64>(small), 0, 0, 0}});
}
inline Words plainOf(const Value& value) {
  if (value.isSmall) return plainOf(value.small);
  Words plain;
  value.large.toPlain(plain.w);
  return plain;
}

inline Value readCell(i64 cell, const Larges& larges) {
  if (isLarge(cell)) return {false, 0, largeOf(larges, cell)};
  return Value::of(cell);
}
inline i64 makeCell(const Value& value, Larges& larges) {
  if (value.isSmall) return value.small;
  larges.push_back(value.large);
  return largeAt(larges.size() - 1);
}

inline Value multiply(const Value& a, const Value& b) {
  if (a.isSmall && b.isSmall) return valueOf(static_cast<i128>(a.small) * b.small);
  return valueOf(Fr::mul(a.field(), b.field()));
}

// ---- Integers of 256 bits ----

inline int bitLength(const Words& x) {
  for (int i = 3; i >= 0; i--)
    if (x.w[i] != 0) return 64 * i + 64 - __builtin_clzll(x.w[i]);
  return 0;
}
inline Words shiftRight(const Words& x, unsigned by) {
  Words out{};
  if (by >= 256) return out;
  const unsigned word = by / 64, bit = by % 64;
  for (unsigned i = 0; i + word < 4; i++) {
    out.w[i] = x.w[i + word] >> bit;
    if (bit != 0 && i + word + 1 < 4) out.w[i] |= x.w[i + word + 1] << (64 - bit);
  }
  return out;
}
inline Words shiftLeft(const Words& x, unsigned by) {
  Words out{};
  if (by >= 256) return out;
  const unsigned word = by / 64, bit = by % 64;
  for (unsigned i = word; i < 4; i++) {
    out.w[i] = x.w[i - word] << bit;
    if (bit != 0 && i > word) out.w[i] |= x.w[i - word - 1] >> (64 - bit);
  }
  return out;
}
inline Words lowBits(const Words& x, unsigned bits) {
  Words out = x;
  for (unsigned i = 0; i < 4; i++) {
    if (bits >= 64 * i + 64) continue;
    out.w[i] = bits <= 64 * i ? 0 : out.w[i] & ((u64{1} << (bits - 64 * i)) - 1);
  }
  return out;
}
inline Words addWords(const Words& a, const Words& b) {
  Words out;
  u64 carry = 0;
  for (int i = 0; i < 4; i++) {
    const u128 sum = static_cast<u128>(a.w[i]) + b.w[i] + carry;
    out.w[i] = static_cast<u64>(sum);
    carry = static_cast<u64>(sum >> 64);
  }
  return out;
}
// left = quotient * right + rest; right is not zero.
inline Words divideWords(const Words& left, const Words& right, Words& rest) {
  Words quotient{};
  if ((right.w[1] | right.w[2] | right.w[3]) == 0) {
    u128 carried = 0;
    for (int i = 3; i >= 0; i--) {
      const u128 part = carried << 64 | left.w[i];
      quotient.w[i] = static_cast<u64>(part / right.w[0]);
      carried = part % right.w[0];
    }
    rest = {{static_cast<u64>(carried), 0, 0, 0}};
    return quotient;
  }
  rest = left;
  const int shift = bitLength(left) - bitLength(right);
  if (shift < 0) return quotient;
  Words part = shiftLeft(right, static_cast<unsigned>(shift));
  for (int k = shift; k >= 0; k--) {
    if (!lessThan(rest, part)) {
      rest = subtractWords(rest, part);
      quotient.w[k / 64] |= u64{1} << (k % 64);
    }
    part = shiftRight(part, 1);
  }
  return quotient;
}

inline bool isZeroWords(const Words& x) { return (x.w[0] | x.w[1] | x.w[2] | x.w[3]) == 0; }

}  // namespace bionoir::solver
