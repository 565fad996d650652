// Runs a compiled witness program: inputs in, every wire out. Frames of functions live on a stack for the time of a call;
// what the wires need of them is copied into slots when the call ends.
#pragma once
#include <atomic>
#include <mutex>

#include "pool.h"
#include "witness_program.h"

namespace bionoir::solver {

// Why a program stopped: the list STOP_REASONS of src/witness/program/codes.ts, in the same order.
enum class Reason : u32 {
  none, unsatisfied, range, index, predicate, brillig, ratio, unsupported, stepLimit, radix, memory
};

// A failure on its way up: callers put their opcode before it.
struct Stop {
  Reason reason;
  u32 function = NONE;          // the innermost
  std::vector<u32> opcodes;     // of ACIR, outermost first
  u32 brilligFunction = NONE;
  std::vector<u32> brilligPlace;  // its instructions, outermost first
};

inline void stopUnless(bool condition, Reason reason) {
  if (!condition) throw Stop{reason, NONE, {}, NONE, {}};
}

// A cell of the Brillig machine: a canonical integer, and its width in bits (0: a field element). What was written under
// another `age` than the machine's counts as never written.
struct BrilligCell {
  Words value;
  u32 type, age;
};

class BrilligMachine {
 public:
  explicit BrilligMachine(const Program& program) : program_(program) {}
  std::vector<Words> calldata, results;
  // Runs function `f` on `calldata`; `results` are what it returns. `left` is how many instructions it may run.
  void run(u32 f, u64& left, const volatile std::int32_t* cancel);

 private:
  u32 resolve(u32 address) const;
  const BrilligCell& at(u64 address) const;
  void put(u64 address, const Words& value, u32 type);
  u64 pointer(u64 address) const;
  u64 scalar(u32 operand, bool isNumber) const;
  u64 listStart(const u32* list) const;
  u64 listSize(const u32* list) const;
  void readList(Words* out, const u32* list, u64 count) const;
  void writeList(const u32* list, const Words* values, u64 count, u32 type);
  void arithmetic(const BrilligInstruction&);
  void integer(const BrilligInstruction&);
  Words fieldOperand(u32 address) const;
  Words integerOperand(u32 address, u32 bits) const;
  bool bitOperand(u32 address) const;
  void blackBox(const BrilligInstruction&);
  void toRadix(const u32* operands);

  const Program& program_;
  std::vector<BrilligCell> memory_;
  std::vector<u32> returns_;
  u32 age_ = 0;
  u32 counter_ = 0;
  bool isTyped_ = true;
};

// Results of calls that ran: what witness stacks hold.
struct FrameRecord {
  u64 instance;
  u32 function;
  std::vector<std::pair<u32, Words>> values;
};

class Solution {
 public:
  Solution(const Program& program, Pool& pool, const Supervision& supervision) : program_(program), pool_(pool), supervision_(supervision) {}
  // Executes the program on canonical inputs and solves round 1.
  void solve(const u8* inputs, u64 stepLimit, bool keepsFrames);
  void writeWires(u8* out);
  // Solves round 2 for canonical challenges.
  void finish(const u8* challenges);

  const Program& program() const { return program_; }
  // The call that was watched is over.
  void unwatch() { supervision_ = {}; }
  bool stopped = false;
  Stop stop{Reason::none, NONE, {}, NONE, {}};
  std::vector<FrameRecord> frames;

 private:
  friend class Runner;
  struct Hits;
  void copyOut(u32 function, u64 instance, const i64* cells, const Larges& larges);
  void runSteps();
  void step(const u32* step);
  void countHits();
  Value form(u32 offset) const;
  void set(u32 slot, const Value& value);
  void set(u32 slot, const Words& value) { set(slot, valueOfPlain(value)); }

  const Program& program_;
  Pool& pool_;
  Supervision supervision_;
  Array<i64, true> slots_;
  Larges larges_;
  std::mutex mutex_;  // of larges_ and frames while calls run
  std::atomic<u64> stepsLeft_{0};
  bool keepsFrames_ = false;
  std::vector<std::int64_t> rows_;  // by lookup: the row that it hits, or -1
  std::size_t largesOfRoundOne_ = 0;
};

Value evaluateForm(const Program& program, u32 offset, const i64* cells, const Larges& larges);

void keccakF1600(u64 lanes[25]);
void poseidon2(const Program& program, Fr state[4]);

}  // namespace bionoir::solver
