#include "zkey.h"

namespace bionoir {

namespace {

constexpr u32 FIELD_BYTES = 32;
constexpr int ROUNDS_SECTION = 16;  // of a .r1cs: u32 challenges, u32 wires of round 1
constexpr u64 G1_BYTES = 64, G2_BYTES = 128, COEFFICIENT_BYTES = 44;

// A prime that must be BN254's.
void expectPrime(bk_status status, const u8* at, const Words& prime, const char* name) {
  if (readU32(at) != FIELD_BYTES || std::memcmp(at + 4, prime.w, FIELD_BYTES) != 0)
    fail(status, "the header's prime %s is not BN254's; only BN254 is supported", name);
}

}  // namespace

Sections Sections::index(bk_status status, const char* magic, Span file) {
  Sections sections;
  if (file.size < 12) fail(status, "the file has %zu bytes; even its header needs 12", file.size);
  if (std::memcmp(file.data, magic, 4) != 0) fail(status, "the file does not begin with '%s'", magic);
  const u32 version = readU32(file.data + 4), count = readU32(file.data + 8);
  if (version != 1) fail(status, "file version %u; only version 1 is known", version);
  std::size_t at = 12;
  for (u32 i = 0; i < count; i++) {
    if (file.size - at < 12) fail(status, "section %u of %u: its header runs past the end at byte %zu", i + 1, count, at);
    const u32 id = readU32(file.data + at);
    const u64 size = readU64(file.data + at + 4);
    at += 12;
    if (size > file.size - at)
      fail(status, "section id %u at byte %zu claims %llu bytes; %zu are left", id, at, static_cast<unsigned long long>(size),
           file.size - at);
    if (id >= 1 && id <= SECTION_MAX) {
      if (sections.at[id].data != nullptr) fail(status, "section id %u occurs twice", id);
      sections.at[id] = {file.data + at, static_cast<std::size_t>(size)};
    }
    at += static_cast<std::size_t>(size);
  }
  return sections;
}

const u8* Sections::exactly(bk_status status, int id, u64 size) const {
  if (at[id].data == nullptr) fail(status, "section %d is missing", id);
  if (at[id].size != size)
    fail(status, "section %d has %zu bytes; the header's counts need %llu", id, at[id].size,
         static_cast<unsigned long long>(size));
  return at[id].data;
}

Zkey Zkey::parse(Span file, u32 protocol, u64 headerTail) {
  constexpr bk_status S = BK_MALFORMED_KEY;
  Zkey key{};
  key.sections = Sections::index(S, "zkey", file);
  const Sections& sections = key.sections;
  const u32 found = readU32(sections.exactly(S, 1, 4));
  if (found != protocol)
    fail(S, "protocol %u; only %s (%u) is supported", found, protocol == GROTH16_PROTOCOL ? "Groth16" : "UltraGroth", protocol);

  const u8* h = sections.exactly(S, 2, 4 + 32 + 4 + 32 + 12 + 3 * G1_BYTES + 3 * G2_BYTES + headerTail);
  expectPrime(S, h, ModQ::P, "q");
  expectPrime(S, h + 36, ModR::P, "r");
  ZkeyHeader& header = key.header;
  header.wires = readU32(h + 72);
  header.publics = readU32(h + 76);
  header.domain = readU32(h + 80);
  header.alpha1 = h + 84;
  header.beta1 = header.alpha1 + G1_BYTES;
  header.beta2 = header.beta1 + G1_BYTES;
  header.gamma2 = header.beta2 + G2_BYTES;
  header.delta1 = header.gamma2 + G2_BYTES;
  header.delta2 = header.delta1 + G1_BYTES;
  if (header.publics >= header.wires)
    fail(S, "the header has %u public wires of %u; the constant one must be left", header.publics, header.wires);
  if (header.domain < 2 || (header.domain & (header.domain - 1)) != 0 || header.domain > (1u << 27))
    fail(S, "domain size %u is not a power of two from 2 to 2^27", header.domain);
  header.domainPower = __builtin_ctz(header.domain);

  const u64 wires = header.wires, publics = header.publics, domain = header.domain;
  sections.exactly(S, 3, (publics + 1) * G1_BYTES);
  const Span coefficients = sections.at[4];
  if (coefficients.data == nullptr || coefficients.size < 4) fail(S, "section 4 is missing or has no count");
  key.coefficients = readU32(coefficients.data);
  key.coefficientRecords = sections.exactly(S, 4, 4 + key.coefficients * COEFFICIENT_BYTES) + 4;
  key.a = sections.exactly(S, 5, wires * G1_BYTES);
  key.b1 = sections.exactly(S, 6, wires * G1_BYTES);
  key.b2 = sections.exactly(S, 7, wires * G2_BYTES);
  key.c = sections.exactly(S, 8, (wires - publics - 1) * G1_BYTES);
  key.h = sections.exactly(S, 9, domain * G1_BYTES);
  return key;
}

UltraZkey UltraZkey::parse(Span file) {
  constexpr bk_status S = BK_MALFORMED_KEY;
  UltraZkey key{};
  key.groth = Zkey::parse(file, ULTRAGROTH_PROTOCOL, 8 + G1_BYTES + G2_BYTES);
  const ZkeyHeader& header = key.groth.header;
  const u8* tail = header.delta2 + G2_BYTES;
  key.challenges = readU32(tail);
  key.roundOne = readU32(tail + 4);
  key.delta1G1 = tail + 8;
  key.delta1G2 = key.delta1G1 + G1_BYTES;
  if (key.challenges < 1 || key.challenges > header.publics || key.roundOne > header.wires - header.publics - 1)
    fail(S, "the header has %u challenges and %u wires of round 1 among %u public and %u wires", key.challenges, key.roundOne,
         header.publics, header.wires);
  const u8* deltas[2] = {key.delta1G2, header.delta2};
  for (const u8* delta : deltas)
    if (std::memcmp(delta, header.gamma2, G2_BYTES) == 0) fail(S, "a delta equals gamma: nobody has contributed to the key");
  if (std::memcmp(deltas[0], deltas[1], G2_BYTES) == 0) fail(S, "the deltas of both rounds are equal");
  return key;
}

R1cs R1cs::parse(Span file) {
  constexpr bk_status S = BK_MALFORMED_R1CS;
  const Sections sections = Sections::index(S, "r1cs", file);
  if ((sections.at[4].data != nullptr && sections.at[4].size >= 4 && readU32(sections.at[4].data) != 0) ||
      (sections.at[5].data != nullptr && sections.at[5].size >= 4 && readU32(sections.at[5].data) != 0))
    fail(S, "the system uses custom gates, which Groth16 cannot prove");
  const u8* h = sections.exactly(S, 1, 64);
  expectPrime(S, h, ModR::P, "r");
  R1cs r1cs{};
  r1cs.wires = readU32(h + 36);
  const u64 publics = static_cast<u64>(readU32(h + 40)) + readU32(h + 44);
  r1cs.constraints = readU32(h + 60);
  if (publics >= r1cs.wires)
    fail(S, "the header has %llu public wires of %u; the constant one must be left", static_cast<unsigned long long>(publics),
         r1cs.wires);
  r1cs.publics = static_cast<u32>(publics);
  r1cs.hasRounds = sections.at[ROUNDS_SECTION].data != nullptr;
  if (r1cs.hasRounds) {
    const u8* rounds = sections.exactly(S, ROUNDS_SECTION, 8);
    r1cs.challenges = readU32(rounds);
    r1cs.roundOne = readU32(rounds + 4);
    if (r1cs.challenges < 1 || r1cs.challenges > r1cs.publics || r1cs.roundOne > r1cs.wires - r1cs.publics - 1)
      fail(S, "section %d has %u challenges and %u wires of round 1 among %u public and %u wires", ROUNDS_SECTION,
           r1cs.challenges, r1cs.roundOne, r1cs.publics, r1cs.wires);
  }
  r1cs.rows = sections.at[2];
  if (r1cs.rows.data == nullptr) fail(S, "section 2 (constraints) is missing");
  // Before anything is allocated by these counts, the file must be long enough to mean them.
  if (r1cs.constraints > r1cs.rows.size / 12)
    fail(S, "section 2 has %zu bytes; %u constraints need 12 each at least", r1cs.rows.size, r1cs.constraints);
  sections.exactly(S, 3, u64{8} * r1cs.wires);
  return r1cs;
}

u32 R1csCursor::termCount() {
  if (static_cast<std::size_t>(end_ - at_) < 4) fail(BK_MALFORMED_R1CS, "the constraints end inside a row");
  const u32 count = readU32(at_);
  at_ += 4;
  if (count > static_cast<std::size_t>(end_ - at_) / (4 + FIELD_BYTES))
    fail(BK_MALFORMED_R1CS, "a row claims %u terms; the section ends before", count);
  return count;
}

std::pair<u32, const u8*> R1csCursor::term() {
  const u32 wire = readU32(at_);
  const u8* value = at_ + 4;
  at_ += 4 + FIELD_BYTES;
  if (wire >= wires_) fail(BK_MALFORMED_R1CS, "a row names wire %u of %u", wire, wires_);
  if (!lessThan(readWords(value), ModR::P)) fail(BK_MALFORMED_R1CS, "the coefficient of wire %u is not below r", wire);
  return {wire, value};
}

}  // namespace bionoir
