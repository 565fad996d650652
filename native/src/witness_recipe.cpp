// Executes a recipe: slots that are copies of witnesses in, all slots out; then, given challenges, those of lookups. The
// reference is src/witness/solve.ts and lookups.ts.
#include <algorithm>

#include "witness_solve.h"

namespace bionoir::solver {

Value Solution::form(u32 offset) const { return evaluateForm(program_, offset, slots_.data(), larges_); }

void Solution::set(u32 slot, const Value& value) { slots_[slot] = makeCell(value, larges_); }

void Solution::runSteps() {
  constexpr u32 POLL_EVERY = 4096;
  const u32* at = program_.steps;
  for (u32 k = 0; k < program_.stepCount; k++, at += Program::STEP_WORDS) {
    if (k % POLL_EVERY == 0 && supervision_.cancel != nullptr && *supervision_.cancel != 0) fail(BK_CANCELLED, "cancelled by the caller");
    step(at);
  }
}

namespace {

Value inverseOrZero(const Value& value) {
  if (value.isZero()) return Value::of(0);
  if (value.isSmall && (value.small == 1 || value.small == -1)) return value;
  return valueOf(Fr::inverse(value.field()));
}

// Bit m of `truth` is the function's value where input i is bit i of m.
Words applyTruth(const std::vector<Words>& inputs, const Words& truth, u32 width) {
  Words out{};
  for (u32 bit = 0; bit < width && bit < 256; bit++) {
    u32 m = 0;
    for (std::size_t i = 0; i < inputs.size(); i++) m |= static_cast<u32>(inputs[i].w[bit / 64] >> (bit % 64) & 1) << i;
    if (m < 256 && (truth.w[m / 64] >> (m % 64) & 1) != 0) out.w[bit / 64] |= u64{1} << (bit % 64);
  }
  return out;
}

Words reduced(Words x) {
  while (!lessThan(x, ModR::P)) x = subtractWords(x, ModR::P);
  return x;
}

unsigned shiftOf(const Words& x) { return bitLength(x) > 16 ? 1u << 16 : static_cast<unsigned>(x.w[0]); }

}  // namespace

void Solution::step(const u32* at) {
  const u32 operand = at[1], first = at[2], size = at[3];
  const auto operandOf = [&](u32 k) { return form(program_.forms[operand + k]); };
  const auto plain = [&](u32 k) { return plainOf(operandOf(k)); };
  switch (static_cast<Step>(at[0])) {
    case Step::bits: {
      const Value value = form(operand);
      i64* out = slots_.data() + first;
      if (value.isSmall && value.small >= 0) {
        const u64 x = static_cast<u64>(value.small);
        for (u32 bit = 0; bit < size; bit++) out[bit] = bit < 64 ? static_cast<i64>(x >> bit & 1) : 0;
      } else {
        const Words x = plainOf(value);
        for (u32 bit = 0; bit < size; bit++) out[bit] = bit < 256 ? static_cast<i64>(x.w[bit / 64] >> (bit % 64) & 1) : 0;
      }
      return;
    }
    case Step::product: return set(first, multiply(operandOf(0), operandOf(1)));
    case Step::linear: return set(first, form(operand));
    case Step::inverse: return set(first, inverseOrZero(form(operand)));
    case Step::quotient: return set(first, multiply(operandOf(0), inverseOrZero(operandOf(1))));
    case Step::divide: {
      Words rest;
      const Words quotient = divideWords(plainOf(form(operand)), program_.constants[at[4]].plain, rest);
      set(first, quotient);
      set(first + 1, rest);
      return;
    }
    case Step::oneHot: {
      const Value value = form(operand);
      if (value.isSmall && value.small >= 0 && value.small < size) slots_[first + static_cast<u32>(value.small)] = 1;
      return;
    }
    case Step::limbs: {
      Words rest = plain(0);
      for (u32 limb = 0; limb + 1 < size; limb++) {
        const unsigned width = shiftOf(plain(1 + limb));
        set(first + limb, lowBits(rest, width));
        rest = shiftRight(rest, width);
      }
      set(first + size - 1, rest);
      return;
    }
    case Step::wordEntries: {
      const u32 arity = at[4] - 5;
      const unsigned width = shiftOf(plain(1)), base = shiftOf(plain(3)), spacing = shiftOf(plain(4));
      const Words truth = plain(2);
      std::vector<Words> words(arity), parts(arity);
      for (u32 i = 0; i < arity; i++) words[i] = plain(5 + i);
      for (u32 chunk = 0; chunk < size; chunk++) {
        for (u32 i = 0; i < arity; i++) parts[i] = lowBits(shiftRight(words[i], chunk * width), width);
        Words entry = applyTruth(parts, truth, width);
        for (u32 i = 0; i < arity; i++) entry = addWords(entry, shiftLeft(parts[i], base + spacing * i));
        set(first + chunk, reduced(entry));
      }
      return;
    }
    default: {  // a table's value: index, count, width, how many share a constant, constants
      const Words index = plain(0), count = plain(1);
      slots_[first] = 0;
      if (!lessThan(index, count)) return;
      const u64 shared = plain(3).w[0];
      const unsigned width = shiftOf(plain(2));
      const u64 word = shared == 0 ? 0 : index.w[0] / shared;
      if (shared == 0 || 4 + word >= at[4]) fail(BK_MALFORMED_PROGRAM, "a table's value lies outside");
      set(first, lowBits(shiftRight(plain(4 + static_cast<u32>(word)), width * static_cast<unsigned>(index.w[0] % shared)), width));
    }
  }
}

// ---- Lookups ----

namespace {

// Finds rows by entry: tables without entries hold 0, 1, 2 ...
class RowFinder {
 public:
  RowFinder(const Program& program, const LookupTable& table) : table_(table) {
    if (table.firstEntry == NONE) return;
    for (u32 row = 0; row < table.size; row++) rows_.push_back({program.constants[table.firstEntry + row].plain, row});
    std::sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return less(a.first, b.first) || (!less(b.first, a.first) && a.second < b.second); });
  }
  std::int64_t find(const Value& key) const {
    if (table_.firstEntry == NONE) return key.isSmall && key.small >= 0 && key.small < table_.size ? key.small : -1;
    const Words plain = plainOf(key);
    auto found = std::upper_bound(rows_.begin(), rows_.end(), plain, [](const Words& x, const auto& row) { return less(x, row.first); });
    if (found == rows_.begin()) return -1;
    --found;  // the last of equal entries
    return less(found->first, plain) ? -1 : found->second;
  }

 private:
  static bool less(const Words& a, const Words& b) { return lessThan(a, b); }
  const LookupTable& table_;
  std::vector<std::pair<Words, u32>> rows_;
};

// Inverts many with one inversion; 0 stays 0.
void invertAll(std::vector<Fr>& values) {
  std::vector<Fr> before(values.size());
  Fr product = Fr::one();
  for (std::size_t k = 0; k < values.size(); k++) {
    before[k] = product;
    if (!values[k].isZero()) product = Fr::mul(product, values[k]);
  }
  Fr rest = Fr::inverse(product);
  for (std::size_t k = values.size(); k-- > 0;) {
    if (values[k].isZero()) continue;
    const Fr inverse = Fr::mul(rest, before[k]);
    rest = Fr::mul(rest, values[k]);
    values[k] = inverse;
  }
}

}  // namespace

void Solution::countHits() {
  if (program_.challengeCount == 0) return;
  std::vector<RowFinder> finders;
  std::vector<u32> firstCell;
  u32 cells = 0;
  for (const LookupTable& table : program_.tables) {
    finders.emplace_back(program_, table);
    firstCell.push_back(cells);
    cells += table.cells;
    for (u32 row = 0; row < table.size; row++) slots_[table.firstMultiplicity + row] = 0;
  }
  rows_.assign(program_.lookupCount, -1);
  for (u32 k = 0; k < program_.lookupCount; k++) {
    const u32 t = program_.tableIds[k];
    std::int64_t row = finders[t].find(form(program_.lookupKeys[k]));
    if (row >= 0 && program_.lookupValues[k] != NONE) {
      const Value cell = form(program_.tableCells[firstCell[t] + static_cast<u32>(row)]);
      if (!(cell == form(program_.lookupValues[k]))) row = -1;
    }
    rows_[k] = row;
    if (row >= 0) slots_[program_.tables[t].firstMultiplicity + static_cast<u32>(row)]++;
  }
}

void Solution::finish(const u8* challenges) {
  larges_.resize(largesOfRoundOne_);
  Words plain[2]{};
  for (u32 k = 0; k < program_.challengeCount; k++) {
    plain[k] = readWords(challenges + std::size_t{32} * k);
    if (!lessThan(plain[k], ModR::P)) fail(BK_BAD_ARGUMENT, "challenge %u is not below the field's order", k);
  }
  const Fr r = Fr::fromPlain(plain[0].w), g = Fr::fromPlain(plain[1].w);
  set(program_.challengeSlot, plain[0]);
  if (program_.challengeCount > 1) set(program_.productSlot, plain[1]);
  for (u32 k = 0; k < program_.productCount; k++)
    set(program_.firstProduct + k, valueOf(Fr::mul(g, form(program_.productForms[k]).field())));
  std::vector<std::vector<Fr>> inverses;
  u32 cell = 0;
  for (const LookupTable& table : program_.tables) {
    std::vector<Fr> differences(table.size);
    for (u32 row = 0; row < table.size; row++) {
      const Fr entry = table.firstEntry == NONE ? Fr::fromSmall(row) : program_.constants[table.firstEntry + row].field;
      differences[row] = Fr::sub(r, entry);
      if (table.cells != 0) differences[row] = Fr::sub(differences[row], Fr::mul(g, form(program_.tableCells[cell + row]).field()));
    }
    cell += table.cells;
    invertAll(differences);
    inverses.push_back(std::move(differences));
  }
  for (u32 k = 0; k < program_.lookupCount; k++) {
    Fr inverse;
    if (rows_[k] >= 0) {
      inverse = inverses[program_.tableIds[k]][static_cast<std::size_t>(rows_[k])];
    } else {
      Fr difference = Fr::sub(r, form(program_.lookupKeys[k]).field());
      if (program_.lookupValues[k] != NONE) difference = Fr::sub(difference, Fr::mul(g, form(program_.lookupValues[k]).field()));
      inverse = Fr::inverse(difference);
    }
    set(program_.firstInverse + k, valueOf(inverse));
  }
  for (std::size_t t = 0; t < program_.tables.size(); t++) {
    const LookupTable& table = program_.tables[t];
    for (u32 row = 0; row < table.size; row++) {
      const i64 count = slots_[table.firstMultiplicity + row];
      set(table.firstQuotient + row, count == 0 ? Value::of(0) : valueOf(Fr::mul(fieldOf(count), inverses[t][row])));
    }
  }
}

}  // namespace bionoir::solver
