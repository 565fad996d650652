// A compiled witness program (.bwp; docs/witness.md): what src/witness/program writes, read with every index checked, so
// that what runs it may index freely. The words of the file are kept as they are.
#pragma once
#include <memory>

#include "witness_values.h"
#include "zkey.h"

namespace bionoir::solver {

// ---- Codes of the file: the lists of src/witness/program/codes.ts, in the same order ----

enum class Op : u32 {
  check, solve, solveScaled, solveRatio, range, conjunction, exclusiveOr, memoryInit, memoryRead, memoryCheck, memoryWrite,
  brillig, calls, radix, blackBox, hint, stop, COUNT
};
enum class BlackBox : u32 { poseidon2, sha256Compression, keccakf1600, COUNT };
enum class Hint : u32 { positivePart, quotient, notNegative, COUNT };
enum class Step : u32 {
  bits, product, linear, inverse, divide, oneHot, quotient, limbQuotient, limbRatio, limbs, wordEntries, tableValue, COUNT
};
enum class BrilligOp : u32 {
  fieldAdd, fieldSub, fieldMul, fieldDiv, fieldIntegerDiv, fieldEq, fieldLt, fieldLte,
  intAdd, intSub, intMul, intDiv, intEq, intLt, intLte, intAnd, intOr, intXor, intShl, intShr, intSignedDiv,
  complement, cast, jumpIfNot, jumpIf, jump, calldataCopy, call, constant, indirectConstant, ret, move,
  conditionalMove, load, store, blackBox, trap, stop, unsupported, COUNT
};
enum class BrilligBox : u32 { toRadix, poseidon2, sha256Compression, keccakf1600, COUNT };

constexpr u32 NONE = 0xffffffff;
// The bit that makes a Brillig address relative to the stack pointer, a Brillig scalar a number, or an input of a gate a
// constant.
constexpr u32 HIGH_BIT = 0x80000000;

// A form in words: flags and the number of terms; then what the flags announce.
constexpr u32 FORM_CONSTANT = 1, FORM_BIG = 2, FORM_PRODUCTS = 4, FORM_SINGLE = 32, FORM_PAIRS = 64;
constexpr u32 formClass(u32 flags) { return flags >> 3 & 3; }  // 0: pairs; 1, 2, 3: consecutive wires, 8, 16, 32 bits

struct Constant {
  Value value;
  Fr field;
  Words plain;
};

struct Function {
  u32 witnessCount, cellCount, codeStart, codeEnd, parameterCount, returnStart, returnCount;
  // Of itself and all that it calls.
  u64 instances = 0, work = 0, depthCells = 0;
};

struct BrilligInstruction {
  u32 op, bits, a, b, c, d;
};

struct BrilligFunction {
  const BrilligInstruction* code;
  u32 count;
  bool isTyped;
};

struct LookupTable {
  u32 size, firstEntry, cells, firstMultiplicity, firstQuotient;  // NONE: no entries; 0 cells: none
};

struct Program {
  std::vector<u32> words;
  u32 inputCount = 0, wireCount = 0, slotCount = 0, challengeCount = 0;
  u64 instanceCount = 0;
  std::vector<Constant> constants;
  std::vector<Function> functions;
  const u32* returns = nullptr;
  const u32* code = nullptr;
  u32 codeSize = 0;
  const u32* forms = nullptr;
  u32 formsSize = 0;
  std::vector<BrilligFunction> brillig;
  const u32* boxArguments = nullptr;
  u32 boxArgumentsSize = 0;
  const u32* copyStarts = nullptr;  // instanceCount + 1
  const u32* copies = nullptr;      // pairs (slot, witness)
  const u32* steps = nullptr;       // STEP_WORDS each
  u32 stepCount = 0;
  const u32* wireSlots = nullptr;
  std::vector<LookupTable> tables;
  u32 lookupCount = 0, challengeSlot = 0, firstInverse = 0, productSlot = 0, firstProduct = 0, productCount = 0;
  const u32* tableIds = nullptr;
  const u32* lookupKeys = nullptr;    // forms
  const u32* lookupValues = nullptr;  // of reads the value's form, else NONE
  const u32* tableCells = nullptr;    // forms of the cells of all read-only memories, one after another
  const u32* productForms = nullptr;
  u32 poseidonConstants = NONE;  // of 64 * 4 round constants (in order of use), then the diagonal

  static constexpr u32 STEP_WORDS = 5;
  static std::unique_ptr<Program> parse(Span file);
};

constexpr u32 POSEIDON_ROUND_CONSTANTS = 8 * 4 + 56, POSEIDON_WIDTH = 4;

}  // namespace bionoir::solver
