// Executes the ACIR side of a witness program: one pass over the code of each call.
#include "witness_solve.h"

#include <algorithm>

#include "hash.h"

namespace bionoir::solver {

namespace {

// Below this much work calls are not worth another thread.
constexpr u64 PARALLEL_WORK = 20000;

// A call of a group: what it is given and what it gives.
struct CallSlot {
  const u32* words;    // ACIR opcode, callee, instances before, predicate, input count, inputs, output count, outputs
  const u32* outputs;  // after their count
  bool isOn = true;
  std::vector<Value> inputs, results;
  bool hasStopped = false;
  Stop stop{Reason::none, NONE, {}, NONE, {}};
};

}  // namespace

// A thread's stack of frames, with its Brillig machine.
class Runner {
 public:
  Runner(Solution& solution, const Program& program, u64 cells)
      : s_(solution), p_(program), machine_(program), cells_(cells) {}

  // Runs function `f` as `instance`; its parameters are in the frame's first cells.
  void run(u32 f, u64 instance, std::size_t base);
  void start(CallSlot& slot, u64 instance);

  i64* frame(std::size_t base) { return cells_.data() + base; }
  Larges larges;
  bool mayFork = false;

 private:
  void execute(const Function& fn, u64 instance, std::size_t base);
  void put(i64* cells, u32 witness, const Value& value) { cells[witness] = makeCell(value, larges); }
  void brillig(const u32* at, i64* cells);
  void calls(const Function& fn, const u32* at, u64 instance, std::size_t base);
  void call(CallSlot& slot, u64 instance, const i64* caller, std::size_t top);
  void finish(CallSlot& slot, std::size_t base, std::size_t mark);
  void fork(std::vector<CallSlot>& slots, u64 instance);
  void blackBox(const u32* at, i64* cells);
  void hint(const u32* at, i64* cells);
  void radix(const u32* at, i64* cells);
  bool isOn(u32 predicate, const i64* cells);
  u64 indexOf(u32 form, u32 count, const i64* cells);
  Value form(u32 offset, const i64* cells) const { return evaluateForm(p_, offset, cells, larges); }

  Solution& s_;
  const Program& p_;
  BrilligMachine machine_;
  Array<i64, true> cells_;
  u32 opcode_ = 0;
};

void Runner::run(u32 f, u64 instance, std::size_t base) {
  const Function& fn = p_.functions[f];
  if (s_.supervision_.cancel != nullptr && *s_.supervision_.cancel != 0) fail(BK_CANCELLED, "cancelled by the caller");
  i64* cells = frame(base);
  for (u32 k = fn.parameterCount; k < fn.cellCount; k++) cells[k] = UNSET;
  const u32 opcodeOfCaller = opcode_;
  try {
    execute(fn, instance, base);
  } catch (Stop& stop) {
    if (stop.function == NONE) stop.function = f;
    stop.opcodes.insert(stop.opcodes.begin(), opcode_);
    opcode_ = opcodeOfCaller;
    throw;
  }
  opcode_ = opcodeOfCaller;
  s_.copyOut(f, instance, frame(base), larges);
}

bool Runner::isOn(u32 predicate, const i64* cells) {
  if (predicate == NONE) return true;
  const Value value = form(predicate, cells);
  stopUnless(value.isSmall && (value.small == 0 || value.small == 1), Reason::predicate);
  return value.small == 1;
}

u64 Runner::indexOf(u32 offset, u32 count, const i64* cells) {
  const Value value = form(offset, cells);
  stopUnless(value.isSmall && value.small >= 0 && value.small < count, Reason::index);
  return static_cast<u64>(value.small);
}

void Runner::execute(const Function& fn, u64 instance, std::size_t base) {
  i64* const cells = frame(base);
  const u32* at = p_.code + fn.codeStart;
  const u32* const end = p_.code + fn.codeEnd;
  while (at < end) {
    const Op op = static_cast<Op>(at[0]);
    opcode_ = at[1];
    at += 2;
    switch (op) {
      case Op::check:
        stopUnless(form(at[0], cells).isZero(), Reason::unsatisfied);
        at += 1;
        break;
      case Op::solve:
        put(cells, at[0], form(at[1], cells));
        at += 2;
        break;
      case Op::solveScaled: {
        // the form divided by a constant, whose inverse is the constant after it
        const Value sum = form(at[1], cells);
        const Constant& divisor = p_.constants[at[2]];
        if (sum.isSmall && divisor.value.isSmall && divisor.value.small != 0 && sum.small % divisor.value.small == 0)
          cells[at[0]] = sum.small / divisor.value.small;
        else put(cells, at[0], valueOf(Fr::mul(sum.field(), Fr::inverse(divisor.field))));
        at += 3;
        break;
      }
      case Op::solveRatio: {
        const Value below = form(at[2], cells);
        stopUnless(!below.isZero(), Reason::ratio);
        const Value above = form(at[1], cells);
        if (above.isSmall && below.isSmall && above.small % below.small == 0) put(cells, at[0], valueOf(static_cast<i128>(above.small) / below.small));
        else put(cells, at[0], valueOf(Fr::mul(above.field(), Fr::inverse(below.field()))));
        at += 3;
        break;
      }
      case Op::range: {
        const i64 cell = cells[at[0]];
        const u32 bits = at[1];
        if (bits >= 254) {
        } else if (isLarge(cell) || cell < 0) {
          stopUnless(bitLength(plainOf(readCell(cell, larges))) <= static_cast<int>(bits), Reason::range);
        } else {
          stopUnless(bits >= 63 || cell >> bits == 0, Reason::range);
        }
        at += 2;
        break;
      }
      case Op::conjunction:
      case Op::exclusiveOr: {
        const Words left = plainOf(form(at[2], cells)), right = plainOf(form(at[3], cells));
        const int bits = static_cast<int>(at[1]);
        stopUnless(bitLength(left) <= bits && bitLength(right) <= bits, Reason::range);
        Words out;
        for (int i = 0; i < 4; i++) out.w[i] = op == Op::conjunction ? left.w[i] & right.w[i] : left.w[i] ^ right.w[i];
        stopUnless(lessThan(out, ModR::P), Reason::unsupported);
        put(cells, at[0], valueOfPlain(out));
        at += 4;
        break;
      }
      case Op::memoryInit:
        for (u32 k = 0; k < at[1]; k++) cells[at[0] + k] = cells[at[2 + k]];
        at += 2 + at[1];
        break;
      case Op::memoryRead:
        cells[at[3]] = cells[at[0] + indexOf(at[2], at[1], cells)];
        at += 4;
        break;
      case Op::memoryCheck: {
        const u64 k = indexOf(at[2], at[1], cells);
        stopUnless(form(at[3], cells) == readCell(cells[at[0] + k], larges), Reason::unsatisfied);
        at += 4;
        break;
      }
      case Op::memoryWrite: {
        const u64 k = indexOf(at[2], at[1], cells);
        cells[at[0] + k] = makeCell(form(at[3], cells), larges);
        at += 4;
        break;
      }
      case Op::brillig: {
        const u32* const start = at;
        at += 3 + 2 * at[2];
        at += 1 + at[0];
        brillig(start, cells);
        break;
      }
      case Op::calls: {
        const u32* const start = at;
        const u32 count = *at++;
        for (u32 k = 0; k < count; k++) {
          at += 4;
          at += 1 + at[0];
          at += 1 + at[0];
        }
        calls(fn, start, instance, base);
        break;
      }
      case Op::radix:
        radix(at, cells);
        at += 3 + at[2];
        break;
      case Op::blackBox:
        blackBox(at, cells);
        at += 2 + at[1];
        at += 1 + at[0];
        break;
      case Op::hint:
        hint(at, cells);
        at += 4 + at[3];
        break;
      default: stopUnless(false, Reason::unsatisfied);
    }
  }
}

void Runner::brillig(const u32* at, i64* cells) {
  const u32 f = at[0], predicate = at[1], inputCount = at[2];
  const u32* inputs = at + 3;
  const u32* outputs = inputs + 2 * inputCount + 1;
  const u32 outputCount = outputs[-1];
  if (!isOn(predicate, cells)) {
    for (u32 k = 0; k < outputCount; k++) cells[outputs[k]] = 0;
    return;
  }
  machine_.calldata.clear();
  for (u32 k = 0; k < inputCount; k++) {
    const u32 first = inputs[2 * k], count = inputs[2 * k + 1];
    if (count == NONE) machine_.calldata.push_back(plainOf(form(first, cells)));
    else
      for (u32 j = 0; j < count; j++) machine_.calldata.push_back(plainOf(readCell(cells[first + j], larges)));
  }
  // Instructions are counted together: a call takes what is left, and gives back what it does not use.
  u64 left = s_.stepsLeft_.load(std::memory_order_relaxed);
  const u64 given = left;
  machine_.run(f, left, s_.supervision_.cancel);
  const u64 used = given - left;
  u64 now = s_.stepsLeft_.load(std::memory_order_relaxed);
  while (!s_.stepsLeft_.compare_exchange_weak(now, now < used ? 0 : now - used, std::memory_order_relaxed)) {
  }
  stopUnless(now >= used, Reason::stepLimit);
  stopUnless(machine_.results.size() == outputCount, Reason::brillig);
  for (u32 k = 0; k < outputCount; k++) {
    stopUnless(lessThan(machine_.results[k], ModR::P), Reason::unsupported);
    put(cells, outputs[k], valueOfPlain(machine_.results[k]));
  }
}

void Runner::calls(const Function& fn, const u32* at, u64 instance, std::size_t base) {
  const u32 count = *at++;
  std::vector<CallSlot> slots(count);
  u64 work = 0;
  const i64* cells = frame(base);
  for (u32 k = 0; k < count; k++) {
    CallSlot& slot = slots[k];
    slot.words = at;
    opcode_ = at[0];
    work += p_.functions[at[1]].work;
    slot.isOn = isOn(at[3], cells);
    at += 5 + at[4];
    slot.outputs = at + 1;
    at += 1 + at[0];
  }
  const bool forks = mayFork && count > 1 && work > PARALLEL_WORK && s_.pool_.threads() > 1;
  if (forks) {
    for (CallSlot& slot : slots)
      for (u32 k = 0; slot.isOn && k < slot.words[4]; k++) slot.inputs.push_back(readCell(cells[slot.words[5 + k]], larges));
    fork(slots, instance);
  }
  for (CallSlot& slot : slots) {
    opcode_ = slot.words[0];
    const u32* outputs = slot.outputs;
    const u32 outputCount = outputs[-1];
    if (!slot.isOn) {
      for (u32 k = 0; k < outputCount; k++) frame(base)[outputs[k]] = 0;
      continue;
    }
    if (slot.hasStopped) throw slot.stop;
    if (!forks) call(slot, instance, frame(base), base + fn.cellCount);
    for (u32 k = 0; k < outputCount; k++) put(frame(base), outputs[k], slot.results[k]);
  }
}

// Runs a call in the cells from `top` on. Elements that it makes are forgotten when it ends.
void Runner::call(CallSlot& slot, u64 instance, const i64* caller, std::size_t top) {
  const u32* words = slot.words;
  const std::size_t mark = larges.size();
  i64* cells = frame(top);
  for (u32 k = 0; k < words[4]; k++) cells[k] = caller[words[5 + k]];
  run(words[1], instance + words[2], top);
  finish(slot, top, mark);
}

// The same on a thread of its own, where a failure waits for its turn.
void Runner::start(CallSlot& slot, u64 instance) {
  i64* cells = frame(0);
  for (std::size_t k = 0; k < slot.inputs.size(); k++) cells[k] = makeCell(slot.inputs[k], larges);
  try {
    run(slot.words[1], instance + slot.words[2], 0);
    finish(slot, 0, 0);
  } catch (Stop& stop) {
    slot.hasStopped = true;
    slot.stop = std::move(stop);
    larges.clear();
  }
}

void Runner::finish(CallSlot& slot, std::size_t base, std::size_t mark) {
  const Function& callee = p_.functions[slot.words[1]];
  const i64* cells = frame(base);
  slot.results.reserve(callee.returnCount);
  for (u32 k = 0; k < callee.returnCount; k++) slot.results.push_back(readCell(cells[p_.returns[callee.returnStart + k]], larges));
  larges.resize(mark);
}

void Runner::fork(std::vector<CallSlot>& slots, u64 instance) {
  u64 cells = 0;
  for (const CallSlot& slot : slots) cells = std::max(cells, p_.functions[slot.words[1]].depthCells);
  const std::size_t pieces = std::size_t{4} * s_.pool_.threads();
  parallelFor(s_.pool_, s_.supervision_, "solving", slots.size(), (slots.size() + pieces - 1) / pieces,
              [&](std::size_t begin, std::size_t end) {
                Runner runner(s_, p_, cells);
                for (std::size_t k = begin; k < end; k++)
                  if (slots[k].isOn) runner.start(slots[k], instance);
              });
}

void Runner::radix(const u32* at, i64* cells) {
  Words value = plainOf(form(at[0], cells));
  const Words radix{{at[1], 0, 0, 0}};
  for (u32 k = 0; k < at[2]; k++) {
    Words rest;
    value = divideWords(value, radix, rest);
    cells[at[3 + k]] = static_cast<i64>(rest.w[0]);
  }
  stopUnless(isZeroWords(value), Reason::radix);
}

void Runner::blackBox(const u32* at, i64* cells) {
  const u32 inputCount = at[1];
  const u32* outputs = at + 2 + inputCount + 1;
  const auto input = [&](u32 k) { return form(at[2 + k], cells); };
  const auto bounded = [&](u32 k, int bits) {
    const Words plain = plainOf(input(k));
    stopUnless(bitLength(plain) <= bits, Reason::range);
    return plain.w[0];
  };
  switch (static_cast<BlackBox>(at[0])) {
    case BlackBox::poseidon2: {
      Fr state[POSEIDON_WIDTH];
      for (u32 k = 0; k < POSEIDON_WIDTH; k++) state[k] = input(k).field();
      poseidon2(p_, state);
      for (u32 k = 0; k < POSEIDON_WIDTH; k++) put(cells, outputs[k], valueOf(state[k]));
      break;
    }
    case BlackBox::sha256Compression: {
      u32 block[16], chain[8];
      for (u32 k = 0; k < 16; k++) block[k] = static_cast<u32>(bounded(k, 32));
      for (u32 k = 0; k < 8; k++) chain[k] = static_cast<u32>(bounded(16 + k, 32));
      sha256Compression(chain, block);
      for (u32 k = 0; k < 8; k++) cells[outputs[k]] = chain[k];
      break;
    }
    default: {
      u64 lanes[25];
      for (u32 k = 0; k < 25; k++) lanes[k] = bounded(k, 64);
      keccakF1600(lanes);
      for (u32 k = 0; k < 25; k++) put(cells, outputs[k], valueOfPlain({{lanes[k], 0, 0, 0}}));
    }
  }
}

// Hints of the library for networks (noir-templates/zkml): what its unconstrained functions give for any field element.
void Runner::hint(const u32* at, i64* cells) {
  const u32 bits = at[1];
  const u32* outputs = at + 4;
  const Value x = form(at[2], cells);
  const Words plain = x.isSmall ? Words{} : plainOf(x);
  static constexpr Words HALF{{0xa1f0fac9f8000000, 0x9419f4243cdcb848, 0xdc2822db40c0ac2e, 0x183227397098d014}};  // (p - 1) / 2
  const bool negative = x.isSmall ? x.small < 0 : lessThan(HALF, plain);
  if (static_cast<Hint>(at[0]) == Hint::notNegative) {
    cells[outputs[0]] = negative ? 0 : 1;
    return;
  }
  // floor(x / 2^bits) as absolute value
  Value magnitude;
  if (x.isSmall) {
    const i64 cut = bits > 63 ? (negative ? -1 : 0) : x.small >> bits;
    magnitude = Value::of(negative ? -cut : cut);
  } else {
    const Words ones = lowBits({{~u64{0}, ~u64{0}, ~u64{0}, ~u64{0}}}, bits);
    magnitude = valueOfPlain(shiftRight(negative ? addWords(subtractWords(ModR::P, plain), ones) : plain, bits));
  }
  if (static_cast<Hint>(at[0]) == Hint::positivePart) {
    cells[outputs[0]] = 0;
    if (!negative) put(cells, outputs[0], magnitude);
    put(cells, outputs[1], magnitude);
  } else {
    put(cells, outputs[0], magnitude);
  }
}

// ---- The whole ----

void Solution::solve(const u8* inputs, u64 stepLimit, bool keepsFrames) {
  stepsLeft_ = stepLimit;
  keepsFrames_ = keepsFrames;
  slots_ = Array<i64, true>(program_.slotCount);
  slots_.zero();
  slots_[0] = 1;
  try {
    Runner runner(*this, program_, program_.functions[0].depthCells);
    runner.mayFork = true;
    for (u32 k = 0; k < program_.inputCount; k++) {
      const Words plain = readWords(inputs + std::size_t{32} * k);
      if (!lessThan(plain, ModR::P)) fail(BK_BAD_ARGUMENT, "input %u is not below the field's order", k);
      runner.frame(0)[k] = makeCell(valueOfPlain(plain), runner.larges);
    }
    runner.run(0, 0, 0);
  } catch (Stop& found) {
    stopped = true;
    stop = std::move(found);
    return;
  }
  // completion order: callees before callers
  const auto endOf = [&](const FrameRecord& frame) { return frame.instance + program_.functions[frame.function].instances; };
  std::sort(frames.begin(), frames.end(), [&](const FrameRecord& a, const FrameRecord& b) {
    return endOf(a) != endOf(b) ? endOf(a) < endOf(b) : a.instance > b.instance;
  });
  runSteps();
  countHits();
  largesOfRoundOne_ = larges_.size();
}

void Solution::copyOut(u32 function, u64 instance, const i64* cells, const Larges& larges) {
  const u32* at = program_.copies + std::size_t{2} * program_.copyStarts[instance];
  const u32* const end = program_.copies + std::size_t{2} * program_.copyStarts[instance + 1];
  for (; at < end; at += 2) {
    const i64 cell = cells[at[1]];
    if (isLarge(cell)) {
      const std::lock_guard lock(mutex_);
      slots_[at[0]] = makeCell(readCell(cell, larges), larges_);
    } else if (cell != UNSET) {
      slots_[at[0]] = cell;
    }
  }
  if (!keepsFrames_) return;
  FrameRecord record{instance, function, {}};
  for (u32 k = 0; k < program_.functions[function].witnessCount; k++)
    if (cells[k] != UNSET) record.values.push_back({k, plainOf(readCell(cells[k], larges))});
  const std::lock_guard lock(mutex_);
  frames.push_back(std::move(record));
}

void Solution::writeWires(u8* out) {
  constexpr std::size_t GRAIN = 1 << 14;
  parallelFor(pool_, supervision_, "writing", program_.wireCount, GRAIN, [&](std::size_t begin, std::size_t end) {
    for (std::size_t wire = begin; wire < end; wire++) {
      const i64 cell = slots_[program_.wireSlots[wire]];
      const Words plain = isLarge(cell) ? plainOf(readCell(cell, larges_)) : plainOf(cell);
      std::memcpy(out + 32 * wire, plain.w, 32);
    }
  });
}

}  // namespace bionoir::solver
