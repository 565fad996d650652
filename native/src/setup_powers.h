// The initial .zkey of a circuit from a prepared Powers of Tau: what a ceremony starts from, byte for byte as snarkjs 0.7.6
// writes it (https://github.com/iden3/snarkjs/blob/master/src/zkey_new.js), the hash of the circuit included.
#pragma once
#include "ceremony.h"
#include "sparse.h"

namespace bionoir::BIONOIR_ENGINE {

class PowersSetup {
 public:
  PowersSetup(Pool& pool, const Supervision& supervision, Span file, const bk_powers& powers)
      : pool_(pool), supervision_(supervision), r1cs_(R1cs::parse(file)), powers_(powers) {
    if (r1cs_.hasRounds) fail(BK_MALFORMED_R1CS, "the system has rounds; UltraGroth proves it");
    const u64 rows = static_cast<u64>(r1cs_.constraints) + r1cs_.publics;
    u32 power = 1;
    while ((u64{1} << power) <= rows) power++;
    if (power > 27 || power != powers.power)
      fail(BK_BAD_ARGUMENT, "powers for a domain of 2^%u; the circuit needs 2^%u", powers.power, power);
    domain_ = std::size_t{1} << power;
  }

  OwnedBytes run() {
    readColumns();
    layOut();
    auto bytes = allocateBytes(size_);
    out_ = bytes.get();
    writeHeaders();
    writeCoefficients();
    writePoints();
    hashCircuit();
    return {bytes.release(), static_cast<std::size_t>(size_)};
  }

 private:
  static constexpr int SECTIONS = 10;
  static constexpr int FILE_ORDER[SECTIONS] = {1, 2, 4, 3, 9, 8, 5, 6, 7, 10};
  static const u8* one() {
    static constexpr u8 ONE[32] = {1};
    return ONE;
  }

  // The three matrices by column, and the consistency rows: A has a 1 for each public wire.
  void readColumns() {
    const std::size_t wires = r1cs_.wires;
    for (auto& columns : columns_) {
      columns.starts = Array<u64>(wires + 2);
      columns.starts.zero();
    }
    // Counted two places ahead, so that filling moves each start to where it belongs.
    const auto each = [&](const auto& body) {
      R1csCursor cursor(r1cs_);
      for (u32 row = 0; row < r1cs_.constraints; row++)
        for (int matrix = 0; matrix < 3; matrix++) {
          const u32 terms = cursor.termCount();
          for (u32 t = 0; t < terms; t++) {
            const auto [wire, value] = cursor.term();
            body(matrix, row, wire, value);
          }
        }
      if (!cursor.atEnd()) fail(BK_MALFORMED_R1CS, "bytes are left after the last constraint");
      for (u32 i = 0; i <= r1cs_.publics; i++) body(0, r1cs_.constraints + i, i, one());
    };
    each([&](int matrix, u32, u32 wire, const u8*) { columns_[matrix].starts[wire + 2]++; });
    for (auto& columns : columns_) {
      u64 sum = 0;
      for (std::size_t i = 0; i < wires + 2; i++) {
        sum += columns.starts[i];
        columns.starts[i] = sum;
      }
      columns.rows = Array<u32>(static_cast<std::size_t>(sum));
      columns.values = Array<const u8*>(static_cast<std::size_t>(sum));
    }
    each([&](int matrix, u32 row, u32 wire, const u8* value) {
      Columns& columns = columns_[matrix];
      const u64 at = columns.starts[wire + 1]++;
      columns.rows[at] = row;
      columns.values[at] = value;
    });
    coefficientCount_ = columns_[0].rows.size() + columns_[1].rows.size();
    if (coefficientCount_ > 0xffffffffu) fail(BK_MALFORMED_R1CS, "too many coefficients for the format");
  }

  void layOut() {
    const u64 wires = r1cs_.wires, publics = r1cs_.publics;
    const u64 sizes[SECTIONS] = {4,          660,        (publics + 1) * 64, 4 + coefficientCount_ * 44,
                                 wires * 64, wires * 64, wires * 128,        (wires - publics - 1) * 64,
                                 domain_ * 64, 68};
    u64 at = 12;
    for (const int id : FILE_ORDER) {
      sectionSize_[id - 1] = sizes[id - 1];
      sectionAt_[id - 1] = at + 12;
      at += 12 + sizes[id - 1];
    }
    size_ = at;
  }
  u8* section(int id) const { return out_ + sectionAt_[id - 1]; }
  static u8* putU32(u8* at, u32 x) {
    std::memcpy(at, &x, 4);
    return at + 4;
  }
  static u8* put(u8* at, const void* from, std::size_t size) {
    std::memcpy(at, from, size);
    return at + size;
  }

  void writeHeaders() {
    put(out_, "zkey", 4);
    putU32(putU32(out_ + 4, 1), SECTIONS);
    for (int id = 1; id <= SECTIONS; id++) put(putU32(section(id) - 12, static_cast<u32>(id)), &sectionSize_[id - 1], 8);
    putU32(section(1), GROTH16_PROTOCOL);
    u8* at = put(putU32(section(2), 32), ModQ::P.w, 32);
    at = put(putU32(at, 32), ModR::P.w, 32);
    at = putU32(putU32(putU32(at, r1cs_.wires), r1cs_.publics), static_cast<u32>(domain_));
    readPoint<G1, FILE_FORM>(powers_.alpha_g1, BAD_POINT, "alpha");
    readPoint<G1, FILE_FORM>(powers_.beta_g1, BAD_POINT, "beta in G1");
    if (!inG2(readPoint<G2, FILE_FORM>(powers_.beta_g2, BAD_POINT, "beta in G2")))
      fail(BAD_POINT, "beta in G2 is not in the subgroup of order r");
    const auto g1 = G1::generator();
    const auto g2 = G2::generator();
    at = put(put(put(at, powers_.alpha_g1, 64), powers_.beta_g1, 64), powers_.beta_g2, 128);
    put(put(put(at, &g2, 128), &g1, 64), &g2, 128);  // gamma, delta, delta
    std::memset(section(10), 0, 68);
  }

  void writeCoefficients() {
    u8* at = putU32(section(4), static_cast<u32>(coefficientCount_));
    const auto putTerm = [&](u32 matrix, u32 row, u32 wire, const u8* value) {
      // v R^2: once to Montgomery form, once more.
      const Fr stored = Fr::mul(Fr::fromPlain(readWords(value).w), Fr::fromWords(Fr::R2));
      at = put(putU32(putU32(putU32(at, matrix), row), wire), stored.v, 32);
    };
    R1csCursor cursor(r1cs_);
    for (u32 row = 0; row < r1cs_.constraints; row++)
      for (u32 matrix = 0; matrix < 3; matrix++) {
        const u32 terms = cursor.termCount();
        for (u32 t = 0; t < terms; t++) {
          const auto [wire, value] = cursor.term();
          if (matrix < 2) putTerm(matrix, row, wire, value);
        }
      }
    for (u32 i = 0; i <= r1cs_.publics; i++) putTerm(0, r1cs_.constraints + i, i, one());
  }

  void writePoints() {
    const std::size_t wires = r1cs_.wires, publics = r1cs_.publics;
    const u32 n = static_cast<u32>(domain_);
    // tau, alpha tau, beta tau in one set: IC and C take from all three.
    BaseSet<G1> bases;
    bases.allocate(3 * domain_);
    const u8* parts[3] = {powers_.lagrange_tau_g1, powers_.lagrange_alpha_g1, powers_.lagrange_beta_g1};
    for (std::size_t part = 0; part < 3; part++)
      parallelFor(pool_, supervision_, "read powers", domain_, 4096, [&](std::size_t begin, std::size_t end) {
        readPoints<G1, FILE_FORM>(bases, parts[part], begin, end, Trust::CHECKED, BAD_POINT, "a Lagrange point of G1",
                                  [&](std::size_t i) { return part * domain_ + i; });
      });
    bases.countInfinite();
    const SparseCombiner<G1> a(pool_, supervision_, bases, {{&columns_[0], 0}}), b1(pool_, supervision_, bases, {{&columns_[1], 0}});
    const SparseCombiner<G1> k(pool_, supervision_, bases, {{&columns_[0], 2 * n}, {&columns_[1], n}, {&columns_[2], 0}});
    a.run(section(5), 0, wires);
    b1.run(section(6), 0, wires);
    k.run(section(3), 0, publics + 1);
    k.run(section(8), publics + 1, wires);
    const auto bases2 = readAllPoints<G2>(pool_, supervision_, powers_.lagrange_tau_g2, domain_, "a Lagrange point of G2");
    SparseCombiner<G2>(pool_, supervision_, bases2, {{&columns_[1], 0}}).run(section(7), 0, wires);
    for (std::size_t i = 0; i < domain_; i++) put(section(9) + 64 * i, powers_.lagrange_double + 64 * (2 * i + 1), 64);
    readAllPoints<G1>(pool_, supervision_, section(9), domain_, "a Lagrange point of the double domain");
  }

  // ---- The hash of the circuit ----

  template <class G>
  void hashPoints(Blake2b& hash, const u8* points, std::size_t count) {
    constexpr std::size_t PIECE = std::size_t{1} << 15;
    Array<u8> text((count < PIECE ? count : PIECE) * POINT_BYTES<G>);
    for (std::size_t at = 0; at < count; at += PIECE) {
      const std::size_t n = count - at < PIECE ? count - at : PIECE;
      printPointsForHash<G>(pool_, text.data(), points + at * POINT_BYTES<G>, n);
      hash.update(text.data(), n * POINT_BYTES<G>);
    }
  }
  static void hashCount(Blake2b& hash, std::size_t count) {
    const u8 bytes[4] = {static_cast<u8>(count >> 24), static_cast<u8>(count >> 16), static_cast<u8>(count >> 8), static_cast<u8>(count)};
    hash.update(bytes, 4);
  }

  // tau^(i + N) - tau^i in G1.
  void hashDifferences(Blake2b& hash) {
    hashCount(hash, domain_ - 1);
    const auto set = readAllPoints<G1>(pool_, supervision_, powers_.tau_g1, 2 * domain_ - 1, "a power of tau");
    constexpr std::size_t PW = POINT_WORDS<G1>, PIECE = 4096;
    Array<u64> differences((domain_ - 1) * PW);
    parallelFor(pool_, supervision_, "hash the circuit", domain_ - 1, PIECE, [&](std::size_t begin, std::size_t end) {
      BatchAdder<G1> adder;
      for (std::size_t i = begin; i < end; i++)
        adder.add(set.points.data() + (i + domain_) * PW, false, set.points.data() + i * PW, true, differences.data() + i * PW);
      adder.flush();
      fromMemoryForm<G1, FILE_FORM>(differences.data() + begin * PW, end - begin);
    });
    hashPoints<G1>(hash, reinterpret_cast<const u8*>(differences.data()), domain_ - 1);
    if (domain_ > SNARKJS_PIECE) hashOneTooMany(hash);
  }
  // snarkjs takes these differences 2^14 at a time and does not shorten the last piece, so above that it hashes one more,
  // made with the 64 bytes that lie where tau^(2 N - 1) would: in a file of just this power, bytes of the next section.
  static constexpr std::size_t SNARKJS_PIECE = std::size_t{1} << 14;
  void hashOneTooMany(Blake2b& hash) {
    const u8 *p = powers_.tau_g1 + 64 * (2 * domain_ - 1), *q = powers_.tau_g1 + 64 * (domain_ - 1);
    u8 text[64];
    printForHash<G1>(text, subtractLoosely(readWords(p), readWords(p + 32), readWords(q), readWords(q + 32)));
    hash.update(text, sizeof text);
  }
  // P - Q by snarkjs' formulas (mmadd-2007-bl) on whatever P is: an off-curve point, coordinates above q.
  static Affine<Fq> subtractLoosely(const Words& x1, const Words& y1, const Words& x2, const Words& qy) {
    using W = LooseWords;
    const Words y2 = W::sub(Words{}, qy);
    if (W::isZero(x1) && W::isZero(y1)) return {reduceFully(x2), reduceFully(y2)};
    if (W::equal(x1, x2) && W::equal(y1, y2))
      return Point<G1>::dbl(Point<G1>::from({reduceFully(x2), reduceFully(y2)}), tripleB<G1>()).toAffine();
    const Words h = W::sub(x2, x1), dy = W::sub(y2, y1), hh = W::mul(h, h), hh2 = W::add(hh, hh), i = W::add(hh2, hh2);
    const Words j = W::mul(h, i), r = W::add(dy, dy), v = W::mul(x1, i);
    const Words x3 = W::sub(W::sub(W::mul(r, r), j), W::add(v, v));
    const Words yj = W::mul(y1, j), y3 = W::sub(W::mul(W::sub(v, x3), r), W::add(yj, yj));
    const Fq inverse = Fq::inverse(reduceFully(W::add(h, h))), square = Fq::sqr(inverse);
    return {Fq::mul(reduceFully(x3), square), Fq::mul(reduceFully(y3), Fq::mul(square, inverse))};
  }
  // Arithmetic mod q as ffjavascript's module does it on any 256 bits: at most one q is added or taken off, and what
  // leaves 256 bits is lost.
  struct LooseWords {
    static bool isZero(const Words& a) { return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0; }
    static bool equal(const Words& a, const Words& b) { return std::memcmp(a.w, b.w, 32) == 0; }
    static Words sub(const Words& a, const Words& b) {
      const Words d = subtractWords(a, b);
      return lessThan(a, b) ? plus(d, ModQ::P) : d;
    }
    static Words add(const Words& a, const Words& b) {
      const Words s = plus(a, b);
      return lessThan(s, a) || !lessThan(s, ModQ::P) ? subtractWords(s, ModQ::P) : s;
    }
    // (a b + m q) / 2^256.
    static Words mul(const Words& a, const Words& b) {
      u64 t[9] = {};
      for (int i = 0; i < 4; i++) addProduct(t + i, 9 - i, a, b.w[i]);
      for (int i = 0; i < 4; i++) addProduct(t + i, 9 - i, ModQ::P, t[i] * negatedInverse(ModQ::P.w[0]));
      const Words out{{t[4], t[5], t[6], t[7]}};
      return t[8] != 0 || !lessThan(out, ModQ::P) ? subtractWords(out, ModQ::P) : out;
    }

   private:
    static Words plus(const Words& a, const Words& b) {
      Words out{};
      u64 carry = 0;
      for (int i = 0; i < 4; i++) {
        const u128 x = static_cast<u128>(a.w[i]) + b.w[i] + carry;
        out.w[i] = static_cast<u64>(x);
        carry = static_cast<u64>(x >> 64);
      }
      return out;
    }
    static void addProduct(u64* t, int room, const Words& a, u64 k) {
      u64 carry = 0;
      for (int i = 0; i < room; i++) {
        const u128 x = static_cast<u128>(i < 4 ? a.w[i] : 0) * k + t[i] + carry;
        t[i] = static_cast<u64>(x);
        carry = static_cast<u64>(x >> 64);
      }
    }
  };

  void hashCircuit() {
    const std::size_t wires = r1cs_.wires, publics = r1cs_.publics;
    Blake2b hash;
    hash.open();
    const u8* header = section(2) + 84;  // alpha, beta, beta, gamma, delta, delta
    hashPoints<G1>(hash, header, 2);
    hashPoints<G2>(hash, header + 128, 2);
    hashPoints<G1>(hash, header + 384, 1);
    hashPoints<G2>(hash, header + 448, 1);
    const auto hashSection = [&]<class G>(int id, std::size_t count) {
      hashCount(hash, count);
      hashPoints<G>(hash, section(id), count);
    };
    hashSection.template operator()<G1>(3, publics + 1);
    hashDifferences(hash);
    hashSection.template operator()<G1>(8, wires - publics - 1);
    hashSection.template operator()<G1>(5, wires);
    hashSection.template operator()<G1>(6, wires);
    hashSection.template operator()<G2>(7, wires);
    hash.close(section(10));
  }

  Pool& pool_;
  const Supervision supervision_;
  const R1cs r1cs_;
  const bk_powers& powers_;
  std::size_t domain_ = 0;
  u64 coefficientCount_ = 0;
  Columns columns_[3];
  u64 sectionSize_[SECTIONS], sectionAt_[SECTIONS];
  u64 size_ = 0;
  u8* out_ = nullptr;
};

}  // namespace bionoir::BIONOIR_ENGINE
