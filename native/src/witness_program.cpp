// Reads a compiled witness program: every count, index and offset is checked against what it refers to.
#include "witness_program.h"

namespace bionoir::solver {

namespace {

constexpr u64 INSTANCES_MAX = u64{1} << 28, WORK_MAX = u64{1} << 60, CELLS_MAX = u64{1} << 27,
              SLOTS_MAX = u64{1} << 28;  // a header alone must not take all memory
constexpr u32 DEPTH_MAX = 1000;
enum SectionId {
  HEADER = 1, CONSTANTS, FORMS, FUNCTIONS, RETURNS, CODE, BRILLIG, BRILLIG_CODE, BOX_ARGUMENTS, COPY_STARTS, COPIES, STEPS,
  WIRE_SLOTS, LOOKUPS
};

struct Header {
  u32 prime[8];
  u32 inputCount, wireCount, slotCount, challengeCount, instanceCount, poseidonConstants;
};

template <class... Args>
[[noreturn]] void malformed(const char* format, Args... args) {
  fail(BK_MALFORMED_PROGRAM, format, args...);
}

struct List {
  const u32* data;
  std::size_t size;
};

class Reader {
 public:
  Reader(Program& program, Span file) : p_(program), sections_(Sections::index(BK_MALFORMED_PROGRAM, "bwit", file)) {}

  void read() {
    place();
    readHeader();
    readConstants();
    readFunctions();
    readBrillig();
    calls_.resize(p_.functions.size());
    measuring_.resize(p_.functions.size());
    for (u32 f = 0; f < p_.functions.size(); f++) checkFunction(f);
    measure(0, 0);
    const Function& main = p_.functions[0];
    if (main.instances != p_.instanceCount) malformed("the header counts %llu calls; the functions make %llu", ull(p_.instanceCount), ull(main.instances));
    if (main.parameterCount != p_.inputCount) malformed("main takes %u inputs; the header says %u", main.parameterCount, p_.inputCount);
    readCopies();
    readLookups();
    readSteps();
  }

 private:
  static unsigned long long ull(u64 x) { return x; }

  // Copies all sections into one aligned vector.
  void place() {
    std::size_t total = 0;
    for (int id = HEADER; id <= LOOKUPS; id++) {
      const Span at = sections_.at[id];
      if (at.data == nullptr) malformed("section %d is missing", id);
      if (at.size % 4 != 0) malformed("section %d has %zu bytes, which are no words", id, at.size);
      total += at.size / 4;
    }
    if (total >= (u64{1} << 31)) malformed("%zu words; fewer than 2^31 can be read", total);
    p_.words.resize(total + 1);
    std::size_t next = 0;
    for (int id = HEADER; id <= LOOKUPS; id++) {
      const Span at = sections_.at[id];
      if (at.size > 0) std::memcpy(p_.words.data() + next, at.data, at.size);
      lists_[id] = {p_.words.data() + next, at.size / 4};
      next += at.size / 4;
    }
  }

  void readHeader() {
    if (lists_[HEADER].size != sizeof(Header) / 4) malformed("the header has %zu words instead of %zu", lists_[HEADER].size, sizeof(Header) / 4);
    Header h;
    std::memcpy(&h, lists_[HEADER].data, sizeof h);
    if (std::memcmp(h.prime, ModR::P.w, 32) != 0) malformed("the field is not BN254's scalar field");
    p_.inputCount = h.inputCount;
    p_.wireCount = h.wireCount;
    p_.slotCount = h.slotCount;
    p_.challengeCount = h.challengeCount;
    p_.instanceCount = h.instanceCount;
    p_.poseidonConstants = h.poseidonConstants;
    if (p_.slotCount == 0 || p_.wireCount == 0) malformed("there is no wire");
    if (p_.slotCount >= SLOTS_MAX) malformed("%u slots; fewer than 2^28 can be solved", p_.slotCount);
    if (p_.challengeCount > 2) malformed("%u challenges; at most 2 are known", p_.challengeCount);
    p_.forms = lists_[FORMS].data;
    p_.formsSize = static_cast<u32>(lists_[FORMS].size);
    p_.returns = lists_[RETURNS].data;
    p_.code = lists_[CODE].data;
    p_.codeSize = static_cast<u32>(lists_[CODE].size);
    p_.boxArguments = lists_[BOX_ARGUMENTS].data;
    p_.boxArgumentsSize = static_cast<u32>(lists_[BOX_ARGUMENTS].size);
    p_.wireSlots = lists_[WIRE_SLOTS].data;
    if (lists_[WIRE_SLOTS].size != p_.wireCount) malformed("%zu wires are listed; the header says %u", lists_[WIRE_SLOTS].size, p_.wireCount);
    for (u32 i = 0; i < p_.wireCount; i++) needSlots(p_.wireSlots[i], 1, "a wire");
  }

  void readConstants() {
    const List words = lists_[CONSTANTS];
    if (words.size % 8 != 0) malformed("the constants have %zu words, not eight each", words.size);
    p_.constants.resize(words.size / 8);
    for (std::size_t i = 0; i < p_.constants.size(); i++) {
      Constant& constant = p_.constants[i];
      std::memcpy(constant.plain.w, words.data + 8 * i, 32);
      if (!lessThan(constant.plain, ModR::P)) malformed("constant %zu is not below the field's order", i);
      constant.value = valueOfPlain(constant.plain);
      constant.field = Fr::fromPlain(constant.plain.w);
    }
    if (p_.poseidonConstants != NONE && u64{p_.poseidonConstants} + POSEIDON_ROUND_CONSTANTS + POSEIDON_WIDTH > p_.constants.size())
      malformed("the constants of Poseidon2 are not all there");
  }

  void readFunctions() {
    constexpr std::size_t WORDS = 7;
    const List words = lists_[FUNCTIONS];
    if (words.size % WORDS != 0 || words.size == 0) malformed("the table of functions has %zu words, not seven each", words.size);
    p_.functions.resize(words.size / WORDS);
    for (u32 f = 0; f < p_.functions.size(); f++) {
      const u32* at = words.data + WORDS * f;
      Function& fn = p_.functions[f];
      fn.witnessCount = at[0], fn.cellCount = at[1], fn.codeStart = at[2], fn.codeEnd = at[3];
      fn.parameterCount = at[4], fn.returnStart = at[5], fn.returnCount = at[6];
      if (fn.cellCount > CELLS_MAX || fn.witnessCount > fn.cellCount || fn.parameterCount > fn.witnessCount)
        malformed("function %u has %u cells for %u witnesses", f, fn.cellCount, fn.witnessCount);
      if (fn.codeStart > fn.codeEnd || fn.codeEnd > p_.codeSize) malformed("the code of function %u lies outside", f);
      if (u64{fn.returnStart} + fn.returnCount > lists_[RETURNS].size) malformed("the results of function %u lie outside", f);
      for (u32 k = 0; k < fn.returnCount; k++)
        if (p_.returns[fn.returnStart + k] >= fn.witnessCount) malformed("function %u returns a witness that it has not", f);
    }
  }

  // ---- Forms ----

  void checkForm(u32 at, u32 limit) const {
    const u64 size = p_.formsSize;
    u64 next = at;
    const auto take = [&](u64 words) {
      if (next + words > size) malformed("the form at word %u runs past the end", at);
      const u32* data = p_.forms + next;
      next += words;
      return data;
    };
    const auto needWire = [&](u32 wire) {
      if (wire >= limit) malformed("the form at word %u reads value %u of %u", at, wire, limit);
    };
    const u32 head = *take(1), flags = head & 0xff, count = head >> 8;
    if ((flags & FORM_SINGLE) != 0) return needWire(*take(1));
    if ((flags & FORM_CONSTANT) != 0) needConstant(*take(1));
    if ((flags & FORM_BIG) != 0) {
      const u32 terms = *take(1);
      for (u32 k = 0; k < terms; k++) {
        const u32* term = take(2);
        needWire(term[0]);
        needConstant(term[1]);
      }
    }
    if ((flags & FORM_PRODUCTS) != 0) {
      const u32 terms = *take(1);
      for (u32 k = 0; k < terms; k++) {
        const u32* term = take(3);
        needWire(term[0]);
        needWire(term[1]);
        needConstant(term[2]);
      }
    }
    if ((flags & FORM_PAIRS) != 0) {
      const u32 terms = *take(1);
      for (u32 k = 0; k < terms; k++) needWire(*take(2));
    }
    if (formClass(flags) == 0) {
      for (u32 k = 0; k < count; k++) needWire(*take(2));
    } else if (count > 0) {
      const u32 first = *take(1);
      if (u64{first} + count > limit) malformed("the form at word %u reads up to value %llu of %u", at, ull(u64{first} + count), limit);
      const u32 perWord = 4u >> (formClass(flags) - 1);
      take((count + perWord - 1) / perWord);
    }
  }
  void needConstant(u32 id) const {
    if (id >= p_.constants.size()) malformed("constant %u is used; there are %zu", id, p_.constants.size());
  }

  // ---- Code ----

  struct CallSite {
    u32 callee, instancesBefore;
  };

  // Checks a function's code, and lists its calls.
  void checkFunction(u32 f) {
    const Function& fn = p_.functions[f];
    u64 at = fn.codeStart;
    const auto take = [&](u64 words) {
      if (at + words > fn.codeEnd) malformed("an instruction of function %u is cut off at word %llu", f, ull(at));
      const u32* data = p_.code + at;
      at += words;
      return data;
    };
    const auto wire = [&](u32 w) {
      if (w >= fn.witnessCount) malformed("function %u names witness %u of %u", f, w, fn.witnessCount);
    };
    const auto form = [&](u32 offset) { checkForm(offset, fn.witnessCount); };
    const auto block = [&](u32 first, u32 count) {
      if (first < fn.witnessCount || u64{first} + count > fn.cellCount) malformed("a memory of function %u lies outside its cells", f);
    };
    const auto list = [&] {
      const u32 count = *take(1);
      const u32* data = take(count);
      for (u32 k = 0; k < count; k++) wire(data[k]);
      return count;
    };
    while (at < fn.codeEnd) {
      const u32* head = take(2);  // operation, ACIR opcode
      switch (static_cast<Op>(head[0])) {
        case Op::check: form(*take(1)); break;
        case Op::solve: wire(*take(1)), form(*take(1)); break;
        case Op::solveScaled: wire(*take(1)), form(*take(1)), needConstant(*take(1)); break;
        case Op::solveRatio: wire(*take(1)), form(*take(1)), form(*take(1)); break;
        case Op::range: wire(*take(1)), take(1); break;
        case Op::conjunction:
        case Op::exclusiveOr: {
          wire(*take(1));
          if (*take(1) > 254) malformed("a bitwise operation of function %u is wider than a field element", f);
          form(*take(1)), form(*take(1));
          break;
        }
        case Op::memoryInit: {
          const u32 first = *take(1);
          block(first, list());
          break;
        }
        case Op::memoryRead: {
          const u32* cells = take(2);
          block(cells[0], cells[1]), form(*take(1)), wire(*take(1));
          break;
        }
        case Op::memoryCheck:
        case Op::memoryWrite: {
          const u32* cells = take(2);
          block(cells[0], cells[1]), form(*take(1)), form(*take(1));
          break;
        }
        case Op::brillig: {
          if (*take(1) >= p_.brillig.size()) malformed("function %u calls an unconstrained function that is not there", f);
          const u32 predicate = *take(1);
          if (predicate != NONE) form(predicate);
          const u32 inputs = *take(1);
          for (u32 k = 0; k < inputs; k++) {
            const u32* input = take(2);  // form, NONE; or first cell, count
            if (input[1] == NONE) form(input[0]);
            else block(input[0], input[1]);
          }
          list();
          break;
        }
        case Op::calls: {
          const u32 calls = *take(1);
          for (u32 k = 0; k < calls; k++) {
            const u32* call = take(4);  // ACIR opcode, callee, instances before, predicate
            if (call[1] >= p_.functions.size() || call[1] == 0) malformed("function %u calls function %u, which cannot be called", f, call[1]);
            if (call[3] != NONE) form(call[3]);
            const Function& callee = p_.functions[call[1]];
            if (list() != callee.parameterCount || list() != callee.returnCount) malformed("function %u calls function %u with another number of values", f, call[1]);
            calls_[f].push_back({call[1], call[2]});
          }
          break;
        }
        case Op::radix:
          form(*take(1));
          if (*take(1) < 2) malformed("a radix of function %u is below 2", f);
          list();
          break;
        case Op::blackBox: {
          const u32 name = *take(1), inputs = *take(1);
          for (u32 k = 0; k < inputs; k++) form(*take(1));
          checkBox(f, name, inputs, list());
          break;
        }
        case Op::hint: {
          const u32 name = *take(1), parameter = *take(1);
          form(*take(1));
          const u32 outputs = list();
          if (name >= static_cast<u32>(Hint::COUNT) || outputs != (name == static_cast<u32>(Hint::positivePart) ? 2u : 1u) || parameter > 250)
            malformed("a hint of function %u is not known", f);
          break;
        }
        case Op::stop: break;
        default: malformed("function %u has operation %u at word %llu, which is not known", f, head[0], ull(at - 2));
      }
    }
  }
  void checkBox(u32 f, u32 name, u32 inputs, u32 outputs) const {
    bool fits = false;
    switch (static_cast<BlackBox>(name)) {
      case BlackBox::poseidon2: fits = inputs == 4 && outputs == 4 && p_.poseidonConstants != NONE; break;
      case BlackBox::sha256Compression: fits = inputs == 24 && outputs == 8; break;
      case BlackBox::keccakf1600: fits = inputs == 25 && outputs == 25; break;
      default: break;
    }
    if (!fits) malformed("black box %u of function %u is not known, or has another number of values", name, f);
  }

  // Sums up what a function and its callees need; calls are numbered in the order of the code.
  void measure(u32 f, u32 depth) {
    Function& fn = p_.functions[f];
    if (fn.instances != 0) return;
    if (depth >= DEPTH_MAX) malformed("functions call functions more than %u deep", DEPTH_MAX);
    if (measuring_[f]) malformed("function %u calls itself", f);
    measuring_[f] = true;
    u64 instances = 1, work = fn.codeEnd - fn.codeStart + fn.witnessCount, below = 0;
    for (const CallSite& call : calls_[f]) {
      measure(call.callee, depth + 1);
      const Function& callee = p_.functions[call.callee];
      if (call.instancesBefore != instances) malformed("a call of function %u is numbered out of order", call.callee);
      instances += callee.instances;
      work += callee.work;
      below = below > callee.depthCells ? below : callee.depthCells;
      if (instances > INSTANCES_MAX || work > WORK_MAX) malformed("the calls unfold into more than 2^28");
    }
    fn.instances = instances;
    fn.work = work;
    fn.depthCells = fn.cellCount + below;
    if (fn.depthCells > CELLS_MAX) malformed("the calls nest %llu cells", ull(fn.depthCells));
  }

  // ---- Unconstrained functions ----

  void readBrillig() {
    constexpr std::size_t WORDS = 3;
    static_assert(sizeof(BrilligInstruction) == 24);
    const List index = lists_[BRILLIG], code = lists_[BRILLIG_CODE];
    if (index.size % WORDS != 0 || code.size % 6 != 0) malformed("the table of unconstrained functions is cut off");
    p_.brillig.resize(index.size / WORDS);
    const auto* instructions = reinterpret_cast<const BrilligInstruction*>(code.data);
    for (std::size_t f = 0; f < p_.brillig.size(); f++) {
      const u32* at = index.data + WORDS * f;
      if (u64{at[0]} + at[1] > code.size / 6) malformed("the code of unconstrained function %zu lies outside", f);
      p_.brillig[f] = {instructions + at[0], at[1], at[2] != 0};
      for (u32 k = 0; k < at[1]; k++) checkInstruction(p_.brillig[f].code[k], f, k);
    }
  }

  void checkInstruction(const BrilligInstruction& i, std::size_t f, u32 k) const {
    if (i.op >= static_cast<u32>(BrilligOp::COUNT)) malformed("instruction %u of unconstrained function %zu is not known", k, f);
    if (i.bits > 128) malformed("instruction %u of unconstrained function %zu is %u bits wide", k, f, i.bits);
    const auto op = static_cast<BrilligOp>(i.op);
    if (op == BrilligOp::constant || op == BrilligOp::indirectConstant) needConstant(i.b);
    if (op == BrilligOp::blackBox) {
      if (i.a >= static_cast<u32>(BrilligBox::COUNT) || u64{i.b} + i.c > p_.boxArgumentsSize)
        malformed("instruction %u of unconstrained function %zu names no black box", k, f);
      const u32 words[] = {10, 8, 12, 8};
      if (i.c != words[i.a] || (i.a == static_cast<u32>(BrilligBox::poseidon2) && p_.poseidonConstants == NONE))
        malformed("a black box of unconstrained function %zu lacks operands", f);
    }
  }

  // ---- The recipe ----

  void needSlots(u32 first, u64 count, const char* what) const {
    if (u64{first} + count > p_.slotCount) malformed("%s names slot %llu of %u", what, ull(u64{first} + count - 1), p_.slotCount);
  }

  void readCopies() {
    const List starts = lists_[COPY_STARTS], pairs = lists_[COPIES];
    if (starts.size != p_.instanceCount + 1 || pairs.size % 2 != 0) malformed("the copies are not those of %llu calls", ull(p_.instanceCount));
    p_.copyStarts = starts.data;
    p_.copies = pairs.data;
    if (starts.data[0] != 0 || starts.data[p_.instanceCount] != pairs.size / 2) malformed("the copies do not begin and end where they should");
    for (u64 i = 0; i < p_.instanceCount; i++)
      if (starts.data[i] > starts.data[i + 1]) malformed("the copies of call %llu end before they begin", ull(i));
    checkCopies(0, 0);
  }

  // The copies of an instance and those below it name witnesses of their functions.
  void checkCopies(u32 f, u64 instance) const {
    for (u32 k = p_.copyStarts[instance]; k < p_.copyStarts[instance + 1]; k++) {
      needSlots(p_.copies[2 * k], 1, "a copy");
      if (p_.copies[2 * k + 1] >= p_.functions[f].witnessCount) malformed("a copy of call %llu names a witness that is not there", ull(instance));
    }
    for (const CallSite& call : calls_[f]) checkCopies(call.callee, instance + call.instancesBefore);
  }

  void readSteps() {
    constexpr u32 WORDS = Program::STEP_WORDS;
    const List steps = lists_[STEPS];
    if (steps.size % WORDS != 0) malformed("the steps have %zu words, not five each", steps.size);
    p_.steps = steps.data;
    p_.stepCount = static_cast<u32>(steps.size / WORDS);
    for (u32 s = 0; s < p_.stepCount; s++) checkStep(p_.steps + WORDS * s);
  }

  void checkStep(const u32* step) const {
    const u32 operand = step[1], first = step[2], size = step[3];
    const auto forms = [&](u64 count) {
      if (operand + count > p_.formsSize) malformed("the operands of a step lie outside");
      for (u64 k = 0; k < count; k++) checkForm(p_.forms[operand + k], p_.slotCount);
    };
    switch (static_cast<Step>(step[0])) {
      case Step::bits: checkForm(operand, p_.slotCount), needSlots(first, size, "a step"); break;
      case Step::linear:
      case Step::inverse: checkForm(operand, p_.slotCount), needSlots(first, 1, "a step"); break;
      case Step::oneHot: checkForm(operand, p_.slotCount), needSlots(first, size, "a step"); break;
      case Step::divide:
        checkForm(operand, p_.slotCount), needSlots(first, 2, "a step"), needConstant(step[4]);
        if (isZeroWords(p_.constants[step[4]].plain)) malformed("a step divides by zero");
        break;
      case Step::product:
      case Step::quotient: forms(2), needSlots(first, 1, "a step"); break;
      case Step::limbs:
        if (size == 0) malformed("a step has no limbs");
        forms(size), needSlots(first, size, "a step");
        break;
      case Step::wordEntries: forms(step[4]), needSlots(first, size, "a step"); break;
      case Step::tableValue: forms(step[4]), needSlots(first, 1, "a step"); break;
      default: malformed("a step of kind %u is not known", step[0]);
    }
    if (static_cast<Step>(step[0]) == Step::wordEntries && (step[4] < 6 || step[4] > 16)) malformed("a step reads %u words", step[4]);
    if (static_cast<Step>(step[0]) == Step::tableValue && step[4] < 4) malformed("a step has no table");
  }

  void readLookups() {
    const List words = lists_[LOOKUPS];
    if (words.size == 0) {
      if (p_.challengeCount != 0) malformed("there are challenges but no lookups");
      return;
    }
    constexpr u32 HEAD = 8, TABLE = 5;
    if (words.size < HEAD) malformed("the lookups are cut off");
    const u32* head = words.data;
    p_.challengeSlot = head[0], p_.firstInverse = head[1], p_.productSlot = head[2], p_.firstProduct = head[3];
    p_.productCount = head[4];
    const u32 tableCount = head[5], cellCount = head[7];
    p_.lookupCount = head[6];
    const u64 expected = HEAD + u64{TABLE} * tableCount + 3 * u64{p_.lookupCount} + cellCount + p_.productCount;
    if (words.size != expected) malformed("the lookups have %zu words; their counts need %llu", words.size, ull(expected));
    if (p_.challengeCount == 0) malformed("there are lookups but no challenge");
    needSlots(p_.challengeSlot, 1, "the lookups");
    needSlots(p_.firstInverse, p_.lookupCount, "the lookups");
    if (p_.challengeCount > 1) needSlots(p_.productSlot, 1, "the lookups"), needSlots(p_.firstProduct, p_.productCount, "the lookups");
    else if (p_.productCount > 0) malformed("there are products but no second challenge");
    const u32* at = head + HEAD;
    u64 cells = 0;
    for (u32 t = 0; t < tableCount; t++, at += TABLE) {
      const LookupTable table{at[0], at[1], at[2], at[3], at[4]};
      if (table.firstEntry != NONE && u64{table.firstEntry} + table.size > p_.constants.size()) malformed("the entries of a table are not there");
      if (table.cells != 0 && table.cells != table.size) malformed("a memory of %u cells has a table of %u rows", table.cells, table.size);
      cells += table.cells;
      needSlots(table.firstMultiplicity, table.size, "a table");
      needSlots(table.firstQuotient, table.size, "a table");
      p_.tables.push_back(table);
    }
    if (cells != cellCount) malformed("the memories have %llu cells; %u are listed", ull(cells), cellCount);
    p_.tableIds = at;
    p_.lookupKeys = p_.tableIds + p_.lookupCount;
    p_.lookupValues = p_.lookupKeys + p_.lookupCount;
    p_.tableCells = p_.lookupValues + p_.lookupCount;
    p_.productForms = p_.tableCells + cellCount;
    for (u32 k = 0; k < p_.lookupCount; k++) {
      if (p_.tableIds[k] >= tableCount) malformed("lookup %u is in a table that is not there", k);
      checkForm(p_.lookupKeys[k], p_.slotCount);
      if ((p_.lookupValues[k] != NONE) != (p_.tables[p_.tableIds[k]].cells != 0)) malformed("lookup %u does not fit its table", k);
      if (p_.lookupValues[k] != NONE) checkForm(p_.lookupValues[k], p_.slotCount);
    }
    for (u32 k = 0; k < cellCount; k++) checkForm(p_.tableCells[k], p_.slotCount);
    for (u32 k = 0; k < p_.productCount; k++) checkForm(p_.productForms[k], p_.slotCount);
  }

  Program& p_;
  const Sections sections_;
  List lists_[LOOKUPS + 1] = {};
  std::vector<std::vector<CallSite>> calls_;
  std::vector<bool> measuring_;
};

}  // namespace

std::unique_ptr<Program> Program::parse(Span file) {
  auto program = std::make_unique<Program>();
  Reader(*program, file).read();
  return program;
}

}  // namespace bionoir::solver
