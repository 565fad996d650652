// The Brillig machine: unconstrained functions on flat lists of field elements, as src/acvm/brillig has it (which is the
// reference, and explains what stopped: here a stop has a place, but no words).
#include "hash.h"
#include "witness_solve.h"

namespace bionoir::solver {

namespace {

constexpr u32 FIELD = 0, U1 = 1, U8 = 8, U32 = 32, U64 = 64;
// Fewer cells than the reference's: a program that uses more is run there.
constexpr u64 CELLS_MAX = u64{1} << 22, ADDRESS_MAX = u64{1} << 26;
constexpr u32 RETURNS_MAX = 100000;
constexpr u64 POLL_EVERY = 4096;

const BrilligCell NEVER_WRITTEN{{{0, 0, 0, 0}}, FIELD, 0};

[[noreturn]] void stop(Reason reason) { throw Stop{reason, NONE, {}, NONE, {}}; }
inline void need(bool condition) {
  if (!condition) stop(Reason::brillig);
}

inline u128 wide(const Words& x) { return static_cast<u128>(x.w[1]) << 64 | x.w[0]; }
inline Words words(u128 x) { return {{static_cast<u64>(x), static_cast<u64>(x >> 64), 0, 0}}; }
inline Words small(u64 x) { return {{x, 0, 0, 0}}; }
inline u128 maskOf(u32 bits) { return bits >= 128 ? ~u128{0} : (u128{1} << bits) - 1; }
inline bool isOneWord(const Words& x) { return (x.w[1] | x.w[2] | x.w[3]) == 0; }
inline bool equal(const Words& a, const Words& b) {
  return ((a.w[0] ^ b.w[0]) | (a.w[1] ^ b.w[1]) | (a.w[2] ^ b.w[2]) | (a.w[3] ^ b.w[3])) == 0;
}

Words addModulo(const Words& a, const Words& b) {
  const Words sum = addWords(a, b);  // below 2^255
  return lessThan(sum, ModR::P) ? sum : subtractWords(sum, ModR::P);
}
Words subtractModulo(const Words& a, const Words& b) {
  return lessThan(a, b) ? addWords(subtractWords(ModR::P, b), a) : subtractWords(a, b);
}
Words multiplyModulo(const Words& a, const Words& b) {
  if (isOneWord(a) && isOneWord(b)) return words(static_cast<u128>(a.w[0]) * b.w[0]);
  // (a 2^256) b / 2^256
  const Fr product = Fr::mul(Fr::fromPlain(a.w), Fr::fromWords(b));
  return {{product.v[0], product.v[1], product.v[2], product.v[3]}};
}

}  // namespace

void BrilligMachine::run(u32 f, u64& left, const volatile std::int32_t* cancel) {
  const BrilligFunction& fn = program_.brillig[f];
  isTyped_ = fn.isTyped;
  returns_.clear();
  results.clear();
  counter_ = 0;
  age_++;
  if (age_ == 0) {  // ages have run out: forget everything
    memory_.clear();
    age_ = 1;
  }
  const auto place = [&](Stop& s) {
    s.brilligFunction = f;
    for (const u32 after : returns_) s.brilligPlace.push_back(after - 1);
    s.brilligPlace.push_back(counter_);
  };
  try {
    for (;;) {
      if (counter_ >= fn.count) stop(Reason::brillig);
      if (left == 0) stop(Reason::stepLimit);
      left--;
      if (left % POLL_EVERY == 0 && cancel != nullptr && *cancel != 0) fail(BK_CANCELLED, "cancelled by the caller");
      const BrilligInstruction& i = fn.code[counter_];
      switch (static_cast<BrilligOp>(i.op)) {
        case BrilligOp::fieldAdd:
        case BrilligOp::fieldSub:
        case BrilligOp::fieldMul:
        case BrilligOp::fieldDiv:
        case BrilligOp::fieldIntegerDiv:
        case BrilligOp::fieldEq:
        case BrilligOp::fieldLt:
        case BrilligOp::fieldLte: arithmetic(i); break;
        case BrilligOp::intAdd:
        case BrilligOp::intSub:
        case BrilligOp::intMul:
        case BrilligOp::intDiv:
        case BrilligOp::intEq:
        case BrilligOp::intLt:
        case BrilligOp::intLte:
        case BrilligOp::intAnd:
        case BrilligOp::intOr:
        case BrilligOp::intXor:
        case BrilligOp::intShl:
        case BrilligOp::intShr:
        case BrilligOp::intSignedDiv: integer(i); break;
        case BrilligOp::complement: {
          const Words x = integerOperand(i.b, i.bits);
          put(resolve(i.a), words(maskOf(i.bits) - wide(x)), i.bits);
          break;
        }
        case BrilligOp::cast: {
          const Words x = at(resolve(i.b)).value;
          put(resolve(i.a), i.bits == FIELD ? x : lowBits(x, i.bits), i.bits);
          break;
        }
        case BrilligOp::jumpIfNot:
          counter_ = bitOperand(i.a) ? counter_ + 1 : i.b;
          continue;
        case BrilligOp::jumpIf:
          counter_ = bitOperand(i.a) ? i.b : counter_ + 1;
          continue;
        case BrilligOp::jump: counter_ = i.b; continue;
        case BrilligOp::call:
          need(returns_.size() < RETURNS_MAX);
          returns_.push_back(counter_ + 1);
          counter_ = i.b;
          continue;
        case BrilligOp::ret: {
          need(!returns_.empty());
          const u32 after = returns_.back();
          returns_.pop_back();
          counter_ = after;
          continue;
        }
        case BrilligOp::calldataCopy: {
          const u64 size = scalar(i.b, i.d & 1), offset = scalar(i.c, i.d & 2);
          need(offset + size <= calldata.size());
          const u64 start = resolve(i.a);
          for (u64 k = 0; k < size; k++) put(start + k, calldata[offset + k], FIELD);
          break;
        }
        case BrilligOp::constant: put(resolve(i.a), program_.constants[i.b].plain, i.bits); break;
        case BrilligOp::indirectConstant: put(pointer(resolve(i.a)), program_.constants[i.b].plain, i.bits); break;
        case BrilligOp::move: {
          const BrilligCell cell = at(resolve(i.b));
          put(resolve(i.a), cell.value, cell.type);
          break;
        }
        case BrilligOp::conditionalMove: {
          const BrilligCell cell = at(resolve(bitOperand(i.d) ? i.b : i.c));
          put(resolve(i.a), cell.value, cell.type);
          break;
        }
        case BrilligOp::load: {
          const BrilligCell cell = at(pointer(resolve(i.b)));
          put(resolve(i.a), cell.value, cell.type);
          break;
        }
        case BrilligOp::store: {
          const BrilligCell cell = at(resolve(i.b));
          put(pointer(resolve(i.a)), cell.value, cell.type);
          break;
        }
        case BrilligOp::blackBox: blackBox(i); break;
        case BrilligOp::trap: stop(Reason::brillig);
        case BrilligOp::stop: {
          const u64 size = scalar(i.b, i.d & 2);
          if (size == 0) return;
          const u64 start = scalar(i.a, i.d & 1);
          need(size <= ADDRESS_MAX);
          for (u64 k = 0; k < size; k++) results.push_back(at(start + k).value);
          return;
        }
        default: stop(Reason::unsupported);
      }
      counter_++;
    }
  } catch (Stop& s) {
    place(s);
    throw;
  }
}

// ---- Memory ----

inline const BrilligCell& BrilligMachine::at(u64 address) const {
  if (address >= memory_.size() || memory_[address].age != age_) return NEVER_WRITTEN;
  return memory_[address];
}
inline void BrilligMachine::put(u64 address, const Words& value, u32 type) {
  if (address >= memory_.size()) {
    if (address >= CELLS_MAX) stop(address >= ADDRESS_MAX ? Reason::brillig : Reason::memory);
    memory_.resize(address + 1 > 2 * memory_.size() ? address + 1 : 2 * memory_.size(), NEVER_WRITTEN);
  }
  memory_[address] = {value, type, age_};
}
inline u64 BrilligMachine::pointer(u64 address) const {
  const BrilligCell& cell = at(address);
  if (cell.type == U32) return cell.value.w[0];
  need(isOneWord(cell.value) && cell.value.w[0] < ADDRESS_MAX);
  return cell.value.w[0];
}
inline u32 BrilligMachine::resolve(u32 address) const {
  if ((address & HIGH_BIT) == 0) return address;
  const u64 found = (address & ~HIGH_BIT) + pointer(0);
  need(found <= 0xffffffff);
  return static_cast<u32>(found);
}
// A number where the release wrote one, else a cell that holds one.
u64 BrilligMachine::scalar(u32 operand, bool isNumber) const { return isNumber ? operand : pointer(resolve(operand)); }
Words BrilligMachine::fieldOperand(u32 address) const {
  const BrilligCell& cell = at(resolve(address));
  need(cell.type == FIELD || !isTyped_);
  return cell.value;
}
Words BrilligMachine::integerOperand(u32 address, u32 bits) const {
  const BrilligCell& cell = at(resolve(address));
  if (cell.type == bits) return cell.value;
  need(!isTyped_);
  return lowBits(cell.value, bits);
}
bool BrilligMachine::bitOperand(u32 address) const {
  if (isTyped_) return integerOperand(address, U1).w[0] == 1;
  return !isZeroWords(at(resolve(address)).value);
}

// ---- Arithmetic ----

void BrilligMachine::arithmetic(const BrilligInstruction& i) {
  const Words left = fieldOperand(i.b), right = fieldOperand(i.c);
  const auto element = [&](const Words& value) { put(resolve(i.a), value, FIELD); };
  const auto bit = [&](bool value) { put(resolve(i.a), small(value ? 1 : 0), U1); };
  switch (static_cast<BrilligOp>(i.op)) {
    case BrilligOp::fieldAdd: return element(addModulo(left, right));
    case BrilligOp::fieldSub: return element(subtractModulo(left, right));
    case BrilligOp::fieldMul: return element(multiplyModulo(left, right));
    case BrilligOp::fieldDiv: {
      if (isZeroWords(right)) {
        need(!isTyped_);
        return element(small(0));
      }
      Words out;
      Fr::mul(Fr::fromPlain(left.w), Fr::inverse(Fr::fromPlain(right.w))).toPlain(out.w);
      return element(out);
    }
    case BrilligOp::fieldIntegerDiv: {
      need(!isZeroWords(right));
      Words rest;
      return element(divideWords(left, right, rest));
    }
    case BrilligOp::fieldEq: return bit(equal(left, right));
    case BrilligOp::fieldLt: return bit(lessThan(left, right));
    default: return bit(!lessThan(right, left));
  }
}

void BrilligMachine::integer(const BrilligInstruction& i) {
  const auto op = static_cast<BrilligOp>(i.op);
  const u32 bits = i.bits;
  const Words leftWords = integerOperand(i.b, bits);
  const u128 left = wide(leftWords), mask = maskOf(bits);
  const auto give = [&](u128 value) { put(resolve(i.a), words(value & mask), bits); };
  const auto bit = [&](bool value) { put(resolve(i.a), small(value ? 1 : 0), U1); };
  if (op == BrilligOp::intShl || op == BrilligOp::intShr) {
    const BrilligCell& cell = at(resolve(i.c));
    need(cell.type == bits || cell.type == U8 || !isTyped_);  // older releases shift by a byte
    if (!isOneWord(cell.value) || cell.value.w[0] >= bits) return give(0);
    const unsigned by = static_cast<unsigned>(cell.value.w[0]);
    return give(op == BrilligOp::intShl ? left << by : left >> by);
  }
  const u128 right = wide(integerOperand(i.c, bits));
  switch (op) {
    case BrilligOp::intAdd: return give(left + right);
    case BrilligOp::intSub: return give(left - right);
    case BrilligOp::intMul: return give(left * right);
    case BrilligOp::intDiv: need(right != 0); return give(left / right);
    case BrilligOp::intEq: return bit(left == right);
    case BrilligOp::intLt: return bit(left < right);
    case BrilligOp::intLte: return bit(left <= right);
    case BrilligOp::intAnd: return give(left & right);
    case BrilligOp::intOr: return give(left | right);
    case BrilligOp::intXor: return give(left ^ right);
    default: {
      need(right != 0);
      const u128 sign = u128{1} << (bits - 1);
      const bool negativeLeft = (left & sign) != 0, negativeRight = (right & sign) != 0;
      const u128 a = negativeLeft ? (0 - left) & mask : left, b = negativeRight ? (0 - right) & mask : right;
      const u128 quotient = a / b;
      return give(negativeLeft != negativeRight ? 0 - quotient : quotient);
    }
  }
}

// ---- Black boxes ----

// Operands are lists: start and size, each a flag (1: a number, 0: a cell that holds one) and the number or cell.
constexpr u32 LIST_WORDS = 4;

u64 BrilligMachine::listStart(const u32* list) const { return list[0] != 0 ? list[1] : pointer(resolve(list[1])); }
u64 BrilligMachine::listSize(const u32* list) const { return list[2] != 0 ? list[3] : pointer(resolve(list[3])); }

// Reads a list that must have `count` elements.
void BrilligMachine::readList(Words* out, const u32* list, u64 count) const {
  if (listSize(list) != count) stop(Reason::unsupported);
  const u64 start = listStart(list);
  for (u64 k = 0; k < count; k++) out[k] = at(start + k).value;
}
void BrilligMachine::writeList(const u32* list, const Words* values, u64 count, u32 type) {
  const u64 start = listStart(list);
  for (u64 k = 0; k < count; k++) put(start + k, values[k], type);
  if (list[2] == 0) put(resolve(list[3]), small(count), U32);  // a vector's size is a cell of its own
}

void BrilligMachine::blackBox(const BrilligInstruction& i) {
  const u32* o = program_.boxArguments + i.b;
  Words values[25];
  switch (static_cast<BrilligBox>(i.a)) {
    case BrilligBox::toRadix: return toRadix(o);
    case BrilligBox::poseidon2: {
      readList(values, o, POSEIDON_WIDTH);
      Fr state[POSEIDON_WIDTH];
      for (u32 k = 0; k < POSEIDON_WIDTH; k++) {
        need(lessThan(values[k], ModR::P));
        state[k] = Fr::fromPlain(values[k].w);
      }
      solver::poseidon2(program_, state);
      for (u32 k = 0; k < POSEIDON_WIDTH; k++) state[k].toPlain(values[k].w);
      return writeList(o + LIST_WORDS, values, POSEIDON_WIDTH, FIELD);
    }
    case BrilligBox::sha256Compression: {
      u32 block[16], chain[8];
      readList(values, o, 16);
      for (int k = 0; k < 16; k++) block[k] = static_cast<u32>(values[k].w[0]);
      readList(values, o + LIST_WORDS, 8);
      for (int k = 0; k < 8; k++) chain[k] = static_cast<u32>(values[k].w[0]);
      sha256Compression(chain, block);
      for (int k = 0; k < 8; k++) values[k] = small(chain[k]);
      return writeList(o + 2 * LIST_WORDS, values, 8, U32);
    }
    case BrilligBox::keccakf1600: {
      u64 lanes[25];
      readList(values, o, 25);
      for (int k = 0; k < 25; k++) lanes[k] = values[k].w[0];
      keccakF1600(lanes);
      for (int k = 0; k < 25; k++) values[k] = small(lanes[k]);
      return writeList(o + LIST_WORDS, values, 25, U64);
    }
    default: stop(Reason::unsupported);
  }
}

// Operands: input; radix is a number, radix; output is a pointer; output list (or, of a pointer, its cell and the cell of
// the count); digits are bits: 0, 1, or 2 for a cell, and that cell.
void BrilligMachine::toRadix(const u32* o) {
  const bool isNumber = o[1] != 0, isPointer = o[3] != 0;
  const Words radixWords = isNumber ? small(o[2]) : at(resolve(o[2])).value;
  need(isOneWord(radixWords) && radixWords.w[0] >= 2 && radixWords.w[0] <= 256);
  u64 count;
  if (isPointer) {
    const Words cell = at(resolve(o[7])).value;
    need(isOneWord(cell));
    count = cell.w[0];
  } else {
    count = listSize(o + 4);
  }
  const bool asBits = o[8] == 2 ? isOneWord(at(resolve(o[9])).value) && at(resolve(o[9])).value.w[0] == 1 : o[8] == 1;
  if (count > CELLS_MAX) stop(Reason::memory);
  std::vector<u32> digits(count);
  Words value = at(resolve(o[0])).value;
  for (u64 k = 0; k < count; k++) {
    Words rest;
    value = divideWords(value, radixWords, rest);
    digits[k] = static_cast<u32>(rest.w[0]);
  }
  need(isZeroWords(value));
  const u64 start = isPointer ? pointer(resolve(o[5])) : listStart(o + 4);
  // constant radixes of old releases give the least significant digit first
  for (u64 k = 0; k < count; k++) put(start + k, small(digits[isNumber ? k : count - 1 - k]), asBits ? U1 : U8);
}

}  // namespace bionoir::solver
