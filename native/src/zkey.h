// The container of iden3 files and the fixed parts of a Groth16 .zkey: sections, sizes, header.
// All reads are bounded here; what is returned may be indexed freely within the counts that go with it.
// https://github.com/iden3/snarkjs/blob/master/src/zkey_utils.js lists the sections.
#pragma once
#include "modulus.h"

namespace bionoir {

struct Span {
  const u8* data = nullptr;
  std::size_t size = 0;
};

inline u32 readU32(const u8* p) {
  u32 x;
  std::memcpy(&x, p, 4);
  return x;
}
inline u64 readU64(const u8* p) {
  u64 x;
  std::memcpy(&x, p, 8);
  return x;
}
inline Words readWords(const u8* p) {
  Words w;
  std::memcpy(w.w, p, 32);
  return w;
}

constexpr int SECTION_MAX = 16;

// Sections 1 .. SECTION_MAX by id; unknown ids are skipped, a repeated one is refused.
struct Sections {
  Span at[SECTION_MAX + 1];
  static Sections index(bk_status status, const char* magic, Span file);
  // Section `id` with exactly `size` bytes.
  const u8* exactly(bk_status status, int id, u64 size) const;
};

struct ZkeyHeader {
  u32 wires, publics, domain;
  int domainPower;
  const u8* alpha1;  // each in the file's form: Montgomery, R = 2^256
  const u8* beta1;
  const u8* beta2;
  const u8* gamma2;
  const u8* delta1;
  const u8* delta2;
};

// The u32 of section 1. UltraGroth's spells "UGN1".
constexpr u32 GROTH16_PROTOCOL = 1, ULTRAGROTH_PROTOCOL = 0x314e4755;

struct Zkey {
  Sections sections;
  ZkeyHeader header;
  u32 coefficients;
  const u8* coefficientRecords;  // coefficients * 44 bytes: matrix, constraint, wire, value v R^2
  const u8 *a, *b1, *b2, *c, *h;
  // `headerTail`: bytes of the header after the fields above, for protocols that extend it.
  static Zkey parse(Span file, u32 protocol = GROTH16_PROTOCOL, u64 headerTail = 0);
};

// An UltraGroth key: a Groth16 key whose public wires include the challenges, whose delta is that of round 2, and whose
// section 8 begins with the points of round 1; see docs/ultragroth.md.
struct UltraZkey {
  Zkey groth;
  u32 challenges, roundOne;
  const u8 *delta1G1, *delta1G2;
  static UltraZkey parse(Span file);
};

// A .r1cs (version 1) of BN254 without custom gates. Constraints are walked with R1csCursor.
struct R1cs {
  u32 wires, publics, constraints;  // public wires include challenges
  bool hasRounds;                   // whether it is for UltraGroth
  u32 challenges, roundOne;
  Span rows;
  static R1cs parse(Span file);
};

// Walks section 2 with bounds; `term` is wire, coefficient (canonical bytes).
class R1csCursor {
 public:
  explicit R1csCursor(const R1cs& r1cs) : at_(r1cs.rows.data), end_(r1cs.rows.data + r1cs.rows.size), wires_(r1cs.wires) {}
  u32 termCount();
  std::pair<u32, const u8*> term();
  bool atEnd() const { return at_ == end_; }

 private:
  const u8* at_;
  const u8* end_;
  u32 wires_;
};

}  // namespace bionoir
