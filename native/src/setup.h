// Single-party set-up: the .zkey of a .r1cs from known secrets. For development: whoever holds the secrets can forge.
// The bytes are those that an honest ceremony with gamma = 1 would give, with no contribution recorded (section 10 says so).
// A system with rounds gives an UltraGroth key: C over the delta of the wire's round, and a longer header (ultra.h).
#pragma once
#include "fixed.h"
#include "ntt.h"

namespace bionoir::BIONOIR_ENGINE {

class Setup {
 public:
  // `secrets`: tau, alpha, beta, delta, and for UltraGroth the delta of round 1.
  Setup(Pool& pool, const Supervision& supervision, Span file, const u8* secrets, bool ultra)
      : pool_(pool), supervision_(supervision), r1cs_(R1cs::parse(file)) {
    if (r1cs_.hasRounds != ultra)
      fail(BK_MALFORMED_R1CS, ultra ? "the system has no rounds; Groth16 proves it" : "the system has rounds; UltraGroth proves it");
    for (int i = 0; i < (ultra ? 5 : 4); i++) {
      const Words s = readWords(secrets + 32 * i);
      if (!lessThan(s, ModR::P) || (s.w[0] | s.w[1] | s.w[2] | s.w[3]) == 0)
        fail(BK_BAD_ARGUMENT, "a set-up secret is not in 1 .. r - 1");
      secret_[i] = Fr::fromPlain(s.w);
    }
    if (ultra && (secret_[DELTA] == secret_[DELTA_ONE] || secret_[DELTA] == Fr::one() || secret_[DELTA_ONE] == Fr::one()))
      fail(BK_BAD_ARGUMENT, "the deltas are equal or 1");
    const u64 rows = static_cast<u64>(r1cs_.constraints) + r1cs_.publics;
    while ((u64{1} << power_) <= rows) power_++;
    if (power_ == 0) power_ = 1;
    if (power_ > 27) fail(BK_MALFORMED_R1CS, "%llu rows need a domain above 2^27", static_cast<unsigned long long>(rows));
  }
  ~Setup() { wipe(secret_, sizeof secret_); }

  OwnedBytes run() {
    const std::size_t domain = std::size_t{1} << power_;
    walkConstraints(domain);
    layOut(domain);
    auto bytes = allocateBytes(size_);
    out_ = bytes.get();
    writeHeaders(domain);
    writeCoefficients();
    writePoints(domain);
    return {bytes.release(), static_cast<std::size_t>(size_)};
  }

 private:
  enum { TAU, ALPHA, BETA, DELTA, DELTA_ONE };

  // scale * x_j / (tau - x_j) for the points x_j = start * step^j, j < count.
  Array<Fr, true> lagrange(std::size_t count, const Fr& start, const Fr& step, const Fr& scale) const {
    Array<Fr, true> basis(count), before(count);
    Fr point = start, product = Fr::one();
    for (std::size_t j = 0; j < count; j++) {
      basis[j] = Fr::sub(secret_[TAU], point);
      before[j] = product;
      product = Fr::mul(product, basis[j]);
      point = Fr::mul(point, step);
    }
    if (product.isZero()) fail(BK_BAD_ARGUMENT, "tau is a root of unity of the domain; draw another");
    Fr inverse = Fr::inverse(product);
    const Fr back = Fr::inverse(step);
    for (std::size_t j = count; j-- > 0;) {
      point = Fr::mul(point, back);
      const Fr reciprocal = Fr::mul(inverse, before[j]);
      inverse = Fr::mul(inverse, basis[j]);
      basis[j] = Fr::mul(Fr::mul(point, reciprocal), scale);
    }
    return basis;
  }
  // (tau^(2^power) - 1) / 2^power.
  Fr vanishing(int power) const {
    Fr t = secret_[TAU];
    for (int i = 0; i < power; i++) t = Fr::sqr(t);
    return Fr::mul(Fr::sub(t, Fr::one()), Fr::inverse(Fr::fromSmall(u64{1} << power)));
  }

  // A_i, B_i, C_i at tau for every wire, and the number of coefficients.
  void walkConstraints(std::size_t domain) {
    const Array<Fr, true> basis = lagrange(domain, Fr::one(), rootOfUnity(power_), vanishing(power_));
    for (auto& column : column_) {
      column = Array<Fr, true>(r1cs_.wires);
      column.zero();
    }
    R1csCursor cursor(r1cs_);
    for (u32 row = 0; row < r1cs_.constraints; row++)
      for (int matrix = 0; matrix < 3; matrix++) {
        const u32 terms = cursor.termCount();
        if (matrix < 2) coefficientCount_ += terms;
        for (u32 t = 0; t < terms; t++) {
          const auto [wire, value] = cursor.term();
          Fr& sum = column_[matrix][wire];
          sum = Fr::add(sum, Fr::mul(basis[row], Fr::fromPlain(readWords(value).w)));
        }
      }
    if (!cursor.atEnd()) fail(BK_MALFORMED_R1CS, "bytes are left after the last constraint");
    // Consistency rows: A has a 1 for each public wire.
    for (u32 i = 0; i <= r1cs_.publics; i++) column_[0][i] = Fr::add(column_[0][i], basis[r1cs_.constraints + i]);
    coefficientCount_ += r1cs_.publics + 1;
    if (coefficientCount_ > 0xffffffffu) fail(BK_MALFORMED_R1CS, "too many coefficients for the format");
  }

  static constexpr int SECTIONS = 10;
  void layOut(std::size_t domain) {
    const u64 wires = r1cs_.wires, publics = r1cs_.publics;
    const u64 sizes[SECTIONS] = {4,          r1cs_.hasRounds ? 860u : 660u, (publics + 1) * 64, 4 + coefficientCount_ * 44,
                                 wires * 64, wires * 64,   wires * 128,        (wires - publics - 1) * 64,
                                 domain * 64, 68};
    u64 at = 12;
    for (int i = 0; i < SECTIONS; i++) {
      sectionSize_[i] = sizes[i];
      at += 12;
      sectionAt_[i] = at;
      at += sizes[i];
    }
    size_ = at;
  }
  u8* section(int id) const { return out_ + sectionAt_[id - 1]; }
  static u8* putU32(u8* at, u32 x) {
    std::memcpy(at, &x, 4);
    return at + 4;
  }

  void writeHeaders(std::size_t domain) {
    std::memcpy(out_, "zkey", 4);
    putU32(putU32(out_ + 4, 1), SECTIONS);
    for (int i = 0; i < SECTIONS; i++) {
      u8* at = out_ + sectionAt_[i] - 12;
      putU32(at, static_cast<u32>(i + 1));
      std::memcpy(at + 4, &sectionSize_[i], 8);
    }
    putU32(section(1), r1cs_.hasRounds ? ULTRAGROTH_PROTOCOL : GROTH16_PROTOCOL);
    u8* at = putU32(section(2), 32);
    std::memcpy(at, ModQ::P.w, 32);
    at = putU32(at + 32, 32);
    std::memcpy(at, ModR::P.w, 32);
    at = putU32(putU32(putU32(at + 32, r1cs_.wires), r1cs_.publics), static_cast<u32>(domain));
    std::memset(section(10), 0, 68);
  }

  void writeCoefficients() {
    u8* at = putU32(section(4), static_cast<u32>(coefficientCount_));
    const auto put = [&](u32 matrix, u32 row, u32 wire, const Fr& montgomery) {
      const Fr stored = Fr::mul(montgomery, Fr::fromWords(Fr::R2));  // v R^2
      at = putU32(putU32(putU32(at, matrix), row), wire);
      std::memcpy(at, stored.v, 32);
      at += 32;
    };
    R1csCursor cursor(r1cs_);
    for (u32 row = 0; row < r1cs_.constraints; row++)
      for (u32 matrix = 0; matrix < 3; matrix++) {
        const u32 terms = cursor.termCount();
        for (u32 t = 0; t < terms; t++) {
          const auto [wire, value] = cursor.term();
          if (matrix < 2) put(matrix, row, wire, Fr::fromPlain(readWords(value).w));
        }
      }
    for (u32 i = 0; i <= r1cs_.publics; i++) put(0, r1cs_.constraints + i, i, Fr::one());
  }

  static Words plain(const Fr& x) {
    Words w;
    x.toPlain(w.w);
    return w;
  }

  void writePoints(std::size_t domain) {
    const std::size_t wires = r1cs_.wires, publics = r1cs_.publics;
    const Fr inverseDelta = Fr::inverse(secret_[DELTA]);
    const std::size_t roundOne = r1cs_.hasRounds ? r1cs_.roundOne : 0;
    const Fr inverseDeltaOne = r1cs_.hasRounds ? Fr::inverse(secret_[DELTA_ONE]) : Fr::one();
    // Scalars of: A; B; IC then C; H; alpha, beta, delta.
    Array<Words, true> a(wires), b(wires), c(wires), h(domain), header(5);
    for (std::size_t i = 0; i < wires; i++) {
      a[i] = plain(column_[0][i]);
      b[i] = plain(column_[1][i]);
      const Fr k = Fr::add(column_[2][i], Fr::add(Fr::mul(secret_[BETA], column_[0][i]), Fr::mul(secret_[ALPHA], column_[1][i])));
      c[i] = plain(i <= publics ? k : Fr::mul(k, i <= publics + roundOne ? inverseDeltaOne : inverseDelta));
    }
    const Fr root = rootOfUnity(power_ + 1);
    const Array<Fr, true> odd = lagrange(domain, root, Fr::sqr(root), Fr::mul(vanishing(power_ + 1), inverseDelta));
    for (std::size_t i = 0; i < domain; i++) h[i] = plain(odd[i]);
    header[0] = plain(secret_[ALPHA]);
    header[1] = plain(secret_[BETA]);
    header[2] = plain(Fr::one());
    header[3] = plain(secret_[DELTA]);
    header[4] = plain(r1cs_.hasRounds ? secret_[DELTA_ONE] : Fr::one());

    const GeneratorTable<G1> table1(3 * wires + domain);
    const GeneratorTable<G2> table2(wires);
    u8 points1[5][64], points2[5][128];
    Group group(pool_, supervision_, "set up");
    multiplyInto<G2, FILE_FORM>(group, table2, section(7), b.data(), wires);
    multiplyInto<G1, FILE_FORM>(group, table1, section(5), a.data(), wires);
    multiplyInto<G1, FILE_FORM>(group, table1, section(6), b.data(), wires);
    multiplyInto<G1, FILE_FORM>(group, table1, section(3), c.data(), publics + 1);
    multiplyInto<G1, FILE_FORM>(group, table1, section(8), c.data() + publics + 1, wires - publics - 1);
    multiplyInto<G1, FILE_FORM>(group, table1, section(9), h.data(), domain);
    multiplyInto<G1, FILE_FORM>(group, table1, points1[0], header.data(), 5);
    multiplyInto<G2, FILE_FORM>(group, table2, points2[0], header.data(), 5);
    group.wait();

    u8* at = section(2) + 84;
    const auto put = [&](const u8* point, std::size_t size) {
      std::memcpy(at, point, size);
      at += size;
    };
    put(points1[0], 64);   // alpha
    put(points1[1], 64);   // beta
    put(points2[1], 128);  // beta
    put(points2[2], 128);  // gamma
    put(points1[3], 64);   // delta
    put(points2[3], 128);  // delta
    if (!r1cs_.hasRounds) return;
    at = putU32(putU32(at, r1cs_.challenges), r1cs_.roundOne);
    put(points1[4], 64);   // delta of round 1
    put(points2[4], 128);  // delta of round 1
  }

  Pool& pool_;
  const Supervision supervision_;
  const R1cs r1cs_;
  Fr secret_[5];
  int power_ = 0;
  u64 coefficientCount_ = 0;
  Array<Fr, true> column_[3];
  u64 sectionSize_[SECTIONS], sectionAt_[SECTIONS];
  u64 size_ = 0;
  u8* out_ = nullptr;
};

}  // namespace bionoir::BIONOIR_ENGINE
