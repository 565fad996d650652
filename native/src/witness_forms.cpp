// Linear and quadratic forms of the witness engine, and the permutations that programs call.
#include "witness_solve.h"

namespace bionoir::solver {

namespace {

// Integers as long as they are exact, elements besides.
struct Sum {
  i128 small = 0;
  Fr large = Fr::zero();
  bool hasLarge = false;

  void add(const Fr& element) {
    large = Fr::add(large, element);
    hasLarge = true;
  }
  Value value() const {
    if (!hasLarge) return valueOf(small);
    return valueOf(Fr::add(large, fieldOf(small)));
  }
};

inline void addTerm(Sum& sum, i64 coefficient, i64 cell, const Larges& larges) {
  if (__builtin_expect(isLarge(cell), 0)) sum.add(Fr::mul(fieldOf(coefficient), largeOf(larges, cell)));
  else sum.small += static_cast<i128>(coefficient) * cell;
}

// Cells within +-2^31 and coefficients of 16 bits: 64 of them add up below 2^53, so that plain words do.
template <class T>
void addDense(Sum& sum, const T* coefficients, u32 count, const i64* cells, const Larges& larges) {
  constexpr u32 BLOCK = 64;
  u32 k = 0;
  if constexpr (sizeof(T) <= 2) {
    for (; k + BLOCK <= count; k += BLOCK) {
      u64 wide = 0;
      i64 total = 0;
      for (u32 j = 0; j < BLOCK; j++) {
        const i64 cell = cells[k + j];
        wide |= (static_cast<u64>(cell) + 0x80000000u) >> 32;
        total += static_cast<i64>(static_cast<u64>(cell) * static_cast<u64>(static_cast<i64>(coefficients[k + j])));
      }
      if (wide == 0) sum.small += total;
      else
        for (u32 j = 0; j < BLOCK; j++) addTerm(sum, coefficients[k + j], cells[k + j], larges);
    }
  }
  for (; k < count; k++) addTerm(sum, coefficients[k], cells[k], larges);
}

void addProduct(Sum& sum, const Constant& factor, i64 left, i64 right, const Larges& larges) {
  constexpr i64 FACTOR_MAX = i64{1} << 31;
  const i64 by = factor.value.small;
  if (factor.value.isSmall && by < FACTOR_MAX && by > -FACTOR_MAX && !isLarge(left) && !isLarge(right)) {
    const i128 product = static_cast<i128>(left) * right;
    if (product <= SMALL_MAX && product >= -SMALL_MAX) {
      sum.small += product * by;
      return;
    }
  }
  sum.add(Fr::mul(factor.field, Fr::mul(readCell(left, larges).field(), readCell(right, larges).field())));
}

}  // namespace

Value evaluateForm(const Program& p, u32 offset, const i64* cells, const Larges& larges) {
  const u32* at = p.forms + offset;
  const u32 head = *at++, flags = head & 0xff, count = head >> 8;
  if ((flags & FORM_SINGLE) != 0) {
    const i64 cell = cells[*at];
    return readCell(cell == UNSET ? 0 : cell, larges);
  }
  Sum sum;
  if ((flags & FORM_CONSTANT) != 0) {
    const Constant& constant = p.constants[*at++];
    if (constant.value.isSmall) sum.small = constant.value.small;
    else sum.add(constant.field);
  }
  if ((flags & FORM_BIG) != 0) {
    const u32 terms = *at++;
    for (u32 k = 0; k < terms; k++, at += 2) {
      const i64 cell = cells[at[0]];
      if (cell != 0) sum.add(Fr::mul(p.constants[at[1]].field, readCell(cell, larges).field()));
    }
  }
  if ((flags & FORM_PRODUCTS) != 0) {
    const u32 terms = *at++;
    for (u32 k = 0; k < terms; k++, at += 3) addProduct(sum, p.constants[at[2]], cells[at[0]], cells[at[1]], larges);
  }
  if ((flags & FORM_PAIRS) != 0) {
    const u32 terms = *at++;
    for (u32 k = 0; k < terms; k++, at += 2) addTerm(sum, static_cast<std::int32_t>(at[1]), cells[at[0]], larges);
  }
  switch (formClass(flags)) {
    case 0:
      for (u32 k = 0; k < count; k++, at += 2) addTerm(sum, static_cast<std::int32_t>(at[1]), cells[at[0]], larges);
      break;
    case 1: addDense(sum, reinterpret_cast<const std::int8_t*>(at + 1), count, cells + at[0], larges); break;
    case 2: addDense(sum, reinterpret_cast<const std::int16_t*>(at + 1), count, cells + at[0], larges); break;
    default: addDense(sum, reinterpret_cast<const std::int32_t*>(at + 1), count, cells + at[0], larges); break;
  }
  return sum.value();
}

// FIPS 202, section 3.3; lane x + 5 y.
void keccakF1600(u64 a[25]) {
  const auto rotate = [](u64 x, unsigned by) { return by == 0 ? x : x << by | x >> (64 - by); };
  u32 shifted = 1;  // the shift register behind the constants of iota
  for (int round = 0; round < 24; round++) {
    u64 c[5];
    for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (int x = 0; x < 5; x++)
      for (int y = 0; y < 25; y += 5) a[x + y] ^= c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
    u64 moved = a[1];
    for (unsigned t = 0, x = 1, y = 0; t < 24; t++) {
      const unsigned next = (2 * x + 3 * y) % 5;
      x = y;
      y = next;
      const u64 there = a[x + 5 * y];
      a[x + 5 * y] = rotate(moved, (t + 1) * (t + 2) / 2 % 64);
      moved = there;
    }
    for (int y = 0; y < 25; y += 5) {
      u64 row[5];
      for (int x = 0; x < 5; x++) row[x] = a[x + y];
      for (int x = 0; x < 5; x++) a[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
    for (int j = 0; j < 7; j++) {
      if ((shifted & 1) != 0) a[0] ^= u64{1} << ((1 << j) - 1);
      shifted = (shifted << 1 ^ (shifted >> 7) * 0x171) & 0xff;
    }
  }
}

namespace {

Fr times(const Fr& x, int factor) {
  Fr out = Fr::zero();
  for (int bit = 2; bit >= 0; bit--) {
    out = Fr::dbl(out);
    if ((factor >> bit & 1) != 0) out = Fr::add(out, x);
  }
  return out;
}

void mixAll(Fr state[4]) {
  static constexpr int MATRIX[4][4] = {{5, 7, 1, 3}, {4, 6, 1, 1}, {1, 3, 5, 7}, {1, 1, 4, 6}};
  Fr out[4];
  for (int row = 0; row < 4; row++) {
    out[row] = Fr::zero();
    for (int k = 0; k < 4; k++) out[row] = Fr::add(out[row], times(state[k], MATRIX[row][k]));
  }
  for (int k = 0; k < 4; k++) state[k] = out[k];
}

Fr fifthPower(const Fr& x) { return Fr::mul(Fr::sqr(Fr::sqr(x)), x); }

}  // namespace

// https://eprint.iacr.org/2023/323: 4 full rounds, 56 partial ones, 4 full ones; constants in the order of use.
void poseidon2(const Program& program, Fr state[4]) {
  const Constant* next = program.constants.data() + program.poseidonConstants;
  const Constant* diagonal = next + POSEIDON_ROUND_CONSTANTS;
  mixAll(state);
  for (int round = 0; round < 64; round++) {
    if (round < 4 || round >= 60) {
      for (int k = 0; k < 4; k++) state[k] = fifthPower(Fr::add(state[k], (next++)->field));
      mixAll(state);
      continue;
    }
    state[0] = fifthPower(Fr::add(state[0], (next++)->field));
    Fr sum = Fr::zero();
    for (int k = 0; k < 4; k++) sum = Fr::add(sum, state[k]);
    for (int k = 0; k < 4; k++) state[k] = Fr::add(Fr::mul(state[k], diagonal[k].field), sum);
  }
}

}  // namespace bionoir::solver
