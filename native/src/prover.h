// Groth16 (https://eprint.iacr.org/2016/260) over a key in memory: reading the key, the quotient, the five sums, the proof.
//   A = alpha + sum w_i A_i + r delta,  B = beta + sum w_i B_i + s delta,
//   C = sum w_i C_i + sum p_i H_i + s A + r B - r s delta,
// where p_i are the values of a b - c at the odd 2N-th roots of unity (H_i carry that Lagrange basis over delta).
#pragma once
#include <atomic>

#include "engine.h"
#include "mapped.h"
#include "ntt.h"
#include "points.h"

namespace bionoir::BIONOIR_ENGINE {

// The matrices A and B by rows. An entry names a wire and an interned coefficient.
struct Matrices {
  struct Entry {
    u32 wire, coefficient;
  };
  static constexpr u32 PLUS_ONE = 0, MINUS_ONE = 1;
  Array<u32> starts;  // 2 * domain + 1: rows of A, then rows of B
  Array<Entry> entries;
  std::vector<Fr> coefficients;  // v R^2: the Montgomery product with a plain witness value is in Montgomery form
};

// The transform of a domain with the factors between its two halves; belongs to a key.
template <class L>
class Domain {
  static constexpr std::size_t W = L::W;
  static constexpr int LOW_POWER = 12;

 public:
  const Transform<L> transform;

  // Place p holds N times the coefficient of index -k mod N, k = p with its bits reversed: its factor w_2N^index / N is
  // 1/N for p = 0, else -w_2N^-k / N, a product over the bits of p. So two short tables make all of them.
  explicit Domain(int power) : transform(power), lowPower_(power < LOW_POWER ? power : LOW_POWER) {
    const Fr share = Fr::inverse(Fr::fromSmall(u64{1} << power));
    std::vector<Fr> steps(static_cast<std::size_t>(power));  // of bit b: w_2N^-(2^(power - 1 - b))
    Fr step = Fr::inverse(rootOfUnity(power + 1));
    for (std::size_t b = steps.size(); b-- > 0; step = Fr::sqr(step)) steps[b] = step;
    const std::vector<Fr> low = productsOf(Fr::neg(share), steps.data(), lowPower_);
    low_ = Array<L>(low.size() / W);
    for (std::size_t block = 0; block < low_.size(); block++) low_[block] = blockOf(low.data() + block * W);
    const std::vector<Fr> high = productsOf(Fr::one(), steps.data() + lowPower_, power - lowPower_);
    high_ = Array<L>(high.size());
    for (std::size_t i = 0; i < high.size(); i++) high_[i] = broadcastFr<L>(high[i]);
    std::vector<Fr> first(low.begin(), low.begin() + W);
    first[0] = share;
    first_[0] = blockOf(first.data());
  }

  // Multiplies places W * block and on by their factors.
  L twisted(const L& values, std::size_t block) const {
    const std::size_t mask = low_.size() - 1;
    return L::mul(values, block == 0 ? first_[0] : L::mul(low_[block & mask], high_[block / low_.size()]));
  }

 private:
  // start times the product of the steps of i's bits, for each i of `bits` bits.
  static std::vector<Fr> productsOf(const Fr& start, const Fr* steps, int bits) {
    std::vector<Fr> out(std::size_t{1} << bits);
    out[0] = start;
    for (std::size_t i = 1; i < out.size(); i++) {
      const int top = 63 - __builtin_clzll(i);
      out[i] = Fr::mul(out[i ^ (std::size_t{1} << top)], steps[top]);
    }
    return out;
  }
  static L blockOf(const Fr* values) {
    alignas(64) u64 forms[W][4];
    const u64* from[W];
    for (std::size_t i = 0; i < W; i++) {
      Fr form = values[i];
      if constexpr (L::FORM_BITS != 256) form = shiftedBy<ModR, L::FORM_BITS - 256>(form);
      std::memcpy(forms[i], form.v, 32);
      from[i] = forms[i];
    }
    return L::unpack(L::gather(from, 0));
  }

  const int lowPower_;
  Array<L> low_, high_;
  L first_[1];
};

struct KeyData final : EngineKey {
  int power = 0;
  Affine<Fq> alpha1, beta1, delta1;
  Affine<Fq2> beta2, delta2;
  BaseSet<G1> a, b1, c, h;  // c is padded with infinity for public wires; h is in the transform's order
  BaseSet<G2> b2;
  Matrices matrices;
  // One of the two: vectors need W * W elements.
  std::unique_ptr<Domain<LaneR>> vectorDomain;
  std::unique_ptr<Domain<ScalarLane<ModR>>> scalarDomain;
  std::size_t domain() const { return std::size_t{1} << power; }
};

inline void makeDomain(KeyData& key) {
  if (key.domain() >= std::size_t{LaneR::W} * LaneR::W) key.vectorDomain = std::make_unique<Domain<LaneR>>(key.power);
  else key.scalarDomain = std::make_unique<Domain<ScalarLane<ModR>>>(key.power);
}

class MatrixReader {
 public:
  // `mapped`: the key is a mapped file, and pages that have been read are to be dropped.
  MatrixReader(const Zkey& zkey, Matrices& out, bool mapped)
      : zkey_(zkey), out_(out), domain_(zkey.header.domain), mapped_(mapped) {}

  void read() {
    countRows();
    table_.assign(1024, EMPTY);
    intern(Fr::fromWords(Fr::R2));
    intern(Fr::neg(Fr::fromWords(Fr::R2)));
    out_.entries = Array<Matrices::Entry>(zkey_.coefficients);
    for (u32 i = 0; i < zkey_.coefficients; i++) {
      const u8* record = recordAt(i);
      const std::size_t row = readU32(record) * domain_ + readU32(record + 4);
      const Words value = readWords(record + 12);
      if (!lessThan(value, ModR::P)) fail(BK_MALFORMED_KEY, "section 4: the value of coefficient %u is not below r", i);
      out_.entries[out_.starts[row + 1]++] = {readU32(record + 8), intern(Fr::fromWords(value))};
    }
    out_.starts[0] = 0;
  }

 private:
  static constexpr u32 EMPTY = 0xffffffff;

  // Records are read in order.
  const u8* recordAt(u32 i) const {
    constexpr std::size_t RECORD = 44;
    constexpr u32 DROPPED = u32{1} << 16;  // at once
    const u8* record = zkey_.coefficientRecords + RECORD * i;
    if (mapped_ && i % DROPPED == 0 && i > 0) MappedFile::drop(record - RECORD * DROPPED, RECORD * DROPPED);
    return record;
  }

  // starts[row + 1] becomes the first place of `row`; filling moves it to the row's end.
  void countRows() {
    out_.starts = Array<u32>(2 * domain_ + 1);
    out_.starts.zero();
    for (u32 i = 0; i < zkey_.coefficients; i++) {
      const u8* record = recordAt(i);
      const u32 matrix = readU32(record), row = readU32(record + 4), wire = readU32(record + 8);
      if (matrix > 1 || row >= domain_ || wire >= zkey_.header.wires)
        fail(BK_MALFORMED_KEY, "section 4: coefficient %u is in matrix %u, row %u, wire %u, which do not exist", i, matrix, row,
             wire);
      out_.starts[matrix * domain_ + row + 1]++;
    }
    u32 sum = 0;
    for (std::size_t row = 1; row <= 2 * domain_; row++) {
      const u32 size = out_.starts[row];
      out_.starts[row] = sum;
      sum += size;
    }
  }

  u32 intern(const Fr& value) {
    const std::size_t mask = table_.size() - 1;
    std::size_t slot = hash(value) & mask;
    for (; table_[slot] != EMPTY; slot = (slot + 1) & mask)
      if (out_.coefficients[table_[slot]] == value) return table_[slot];
    const u32 id = static_cast<u32>(out_.coefficients.size());
    table_[slot] = id;
    out_.coefficients.push_back(value);
    if (out_.coefficients.size() * 2 > table_.size()) grow();
    return id;
  }
  void grow() {
    table_.assign(table_.size() * 4, EMPTY);
    const std::size_t mask = table_.size() - 1;
    for (u32 id = 0; id < out_.coefficients.size(); id++) {
      std::size_t slot = hash(out_.coefficients[id]) & mask;
      while (table_[slot] != EMPTY) slot = (slot + 1) & mask;
      table_[slot] = id;
    }
  }
  static std::size_t hash(const Fr& value) {
    return static_cast<std::size_t>(((value.v[0] ^ value.v[2] * 3) * 0x9e3779b97f4a7c15) >> 20);
  }

  const Zkey& zkey_;
  Matrices& out_;
  const std::size_t domain_;
  const bool mapped_;
  std::vector<u32> table_;
};

// Reads every point of a key, in pieces over the pool.
class KeyReader {
 public:
  // `mapped`: the bytes are a mapped file's, of which what has been read is dropped from memory.
  KeyReader(Pool& pool, const Supervision& supervision, bool mapped = false)
      : pool_(pool), supervision_(supervision), mapped_(mapped) {}

  std::unique_ptr<KeyData> read(const Zkey& zkey) {
    auto key = std::make_unique<KeyData>();
    const ZkeyHeader& header = zkey.header;
    const std::size_t wires = header.wires, privateFirst = header.publics + 1, domain = header.domain;
    key->wires = header.wires;
    key->publics = header.publics;
    key->power = header.domainPower;
    readHeader(*key, header);
    for (auto* set : {&key->a, &key->b1, &key->c}) set->allocate(wires);
    key->b2.allocate(wires);
    key->h.allocate(domain);
    for (std::size_t i = 0; i < privateFirst; i++) key->c.infinite[i / 64] |= u64{1} << (i % 64);
    std::memset(key->c.points.data(), 0, privateFirst * POINT_WORDS<G1> * 8);
    Group group(pool_, supervision_, "read key");
    const auto same = [](std::size_t i) { return i; };
    group.add([&] { MatrixReader(zkey, key->matrices, mapped_).read(); });
    group.add([&] { makeDomain(*key); });
    addSet(group, key->a, {zkey.a, wires}, "section 5 (A)", same);
    addSet(group, key->b1, {zkey.b1, wires}, "section 6 (B in G1)", same);
    addSet(group, key->b2, {zkey.b2, wires}, "section 7 (B in G2)", same);
    addSet(group, key->c, {zkey.c, wires - privateFirst}, "section 8 (C)", [=](std::size_t i) { return i + privateFirst; });
    addSet(group, key->h, {zkey.h, domain}, "section 9 (H)", [=](std::size_t i) { return (domain - i) & (domain - 1); });
    group.wait();
    for (auto* set : {&key->a, &key->b1, &key->c, &key->h}) set->countInfinite();
    key->b2.countInfinite();
    return key;
  }

 private:
  static void readHeader(KeyData& key, const ZkeyHeader& header) {
    constexpr bk_status S = BK_MALFORMED_KEY;
    key.alpha1 = readPoint<G1, FILE_FORM>(header.alpha1, S, "the header's alpha");
    key.beta1 = readPoint<G1, FILE_FORM>(header.beta1, S, "the header's beta (G1)");
    key.beta2 = readPoint<G2, FILE_FORM>(header.beta2, S, "the header's beta (G2)");
    readPoint<G2, FILE_FORM>(header.gamma2, S, "the header's gamma");
    key.delta1 = readPoint<G1, FILE_FORM>(header.delta1, S, "the header's delta (G1)");
    key.delta2 = readPoint<G2, FILE_FORM>(header.delta2, S, "the header's delta (G2)");
  }

  struct PointBytes {
    const u8* bytes;
    std::size_t count;
  };
  template <class G, class Place>
  void addSet(Group& group, BaseSet<G>& set, PointBytes points, const char* what, const Place& place) {
    constexpr std::size_t PIECE = 8192;
    for (std::size_t begin = 0; begin < points.count; begin += PIECE) {
      const std::size_t end = begin + PIECE < points.count ? begin + PIECE : points.count;
      group.add([this, &set, bytes = points.bytes, begin, end, what, place] {
        readPoints<G, FILE_FORM>(set, bytes, begin, end, Trust::CHECKED, BK_MALFORMED_KEY, what, place);
        constexpr std::size_t SIZE = POINT_WORDS<G> * 8;
        if (mapped_) MappedFile::drop(bytes + begin * SIZE, (end - begin) * SIZE);
      });
    }
  }

  Pool& pool_;
  const Supervision supervision_;
  const bool mapped_;
};

// The scalars p of the H sum, in the order of KeyData::h.
template <class L>
class Quotient {
  static constexpr std::size_t W = L::W;

 public:
  explicit Quotient(const Domain<L>& domain) : domain_(domain) {
    for (auto& p : polynomial_) p = Array<L, true>(domain.transform.blocks());
  }

  // W values of a and of b, rows `block` * W and on, in Montgomery form (R = 2^256).
  void set(std::size_t block, const Fr* a, const Fr* b) {
    polynomial_[0][block] = load(a);
    polynomial_[1][block] = load(b);
    polynomial_[2][block] = L::mul(polynomial_[0][block], polynomial_[1][block]);
  }

  // polynomial 0: a, 1: b, 2: a b; from its values at the N-th roots to those at the odd 2N-th roots.
  void extend(int which) {
    L* values = polynomial_[which].data();
    const std::size_t blocks = domain_.transform.blocks();
    domain_.transform.forwardToReversed(values);
    for (std::size_t block = 0; block < blocks; block++) values[block] = domain_.twisted(values[block], block);
    domain_.transform.reversedToNatural(values);
  }

  // The scalars, in the memory of polynomial 0; that of the others is given back.
  void digits(DigitSource& out) {
    static_assert(sizeof(L) >= W * sizeof(Words), "a block's digits must not reach the next block");
    const std::size_t blocks = domain_.transform.blocks();
    out.use(reinterpret_cast<Words*>(polynomial_[0].data()), blocks * W);
    const L unit = lanePower<L, 0>();
    alignas(64) u64 plain[W][4];
    u64* to[W];
    for (std::size_t i = 0; i < W; i++) to[i] = plain[i];
    for (std::size_t block = 0; block < blocks; block++) {
      const L a = L::weak(polynomial_[0][block]), b = L::weak(polynomial_[1][block]), c = L::weak(polynomial_[2][block]);
      const L p = L::template subLazy<2>(L::mul(a, b), c);
      L::scatter(L::canonical(L::mul(p, unit)), to, 0);
      for (std::size_t i = 0; i < W; i++) out.set(block * W + i, plain[i]);
    }
    wipe(plain, sizeof plain);
    for (int i : {1, 2}) polynomial_[i] = Array<L, true>();
  }

 private:
  static L load(const Fr* values) {
    const u64* from[W];
    for (std::size_t i = 0; i < W; i++) from[i] = values[i].v;
    const L x = L::unpack(L::gather(from, 0));
    if constexpr (L::FORM_BITS == 256) return x;
    else return L::mul(x, lanePower<L, 2 * L::FORM_BITS - 256>());
  }
  const Domain<L>& domain_;
  Array<L, true> polynomial_[3];
};

// The sum of p_i H_i, as tasks of a group: rows of the matrices -> three transforms -> windows. `witness(i)` is the plain
// value of wire i.
template <class L, class Witness>
class QuotientSum {
 public:
  QuotientSum(Group& group, ScratchShelf& shelf, const KeyData& key, const Domain<L>& domain, const Witness& witness)
      : group_(group), shelf_(shelf), key_(key), witness_(witness), quotient_(domain),
        digits_(WindowPlan::choose(key.domain())), sums_(digits_.plan.windows, Point<G1>::infinity()) {}

  std::size_t taskCount() const { return rowTasks() + 3 + sums_.size(); }
  void start() {
    rowsLeft_ = rowTasks();
    for (std::size_t t = 0; t < rowTasks(); t++) group_.add([this, t] { evaluateRows(t * ROWS); });
  }
  // After the group's wait.
  Point<G1> sum() const { return joinWindows<G1>(sums_, digits_.plan.bits); }

 private:
  static constexpr std::size_t ROWS = 8192;
  std::size_t rowTasks() const { return (key_.domain() + ROWS - 1) / ROWS; }

  void evaluateRows(std::size_t begin) {
    constexpr std::size_t W = L::W;
    const std::size_t domain = key_.domain(), end = begin + ROWS < domain ? begin + ROWS : domain;
    Fr a[W], b[W];
    for (std::size_t row = begin; row < end; row += W) {
      for (std::size_t i = 0; i < W; i++) {
        a[i] = evaluateRow(row + i);
        b[i] = evaluateRow(domain + row + i);
      }
      quotient_.set(row / W, a, b);
    }
    wipe(a, sizeof a);
    wipe(b, sizeof b);
    if (--rowsLeft_ == 0)
      for (int which = 2; which >= 0; which--) group_.addUrgent([this, which] { extend(which); });
  }

  // A w at `row`, B w at N + `row`, Montgomery.
  Fr evaluateRow(std::size_t row) const {
    const Matrices& m = key_.matrices;
    Fr sum = Fr::zero(), units = Fr::zero();
    for (u32 k = m.starts[row]; k < m.starts[row + 1]; k++) {
      const auto [wire, coefficient] = m.entries[k];
      const Fr w = witness_(wire);
      if (coefficient == Matrices::PLUS_ONE) units = Fr::add(units, w);
      else if (coefficient == Matrices::MINUS_ONE) units = Fr::sub(units, w);
      else sum = Fr::add(sum, Fr::mul(w, m.coefficients[coefficient]));
    }
    return units.isZero() ? sum : Fr::add(sum, Fr::mul(units, Fr::fromWords(Fr::R2)));
  }

  void extend(int which) {
    quotient_.extend(which);
    if (--polynomialsLeft_ != 0) return;
    quotient_.digits(digits_);
    for (int w = 0; w < digits_.plan.windows; w++) group_.add([this, w] { sumWindow(w); });
  }

  void sumWindow(int w) {
    ScratchShelf::Loan scratch(shelf_);
    scratch->sorted.sort(digits_, w);
    sums_[w] = scratch->windowSum<G1>(key_.h, digits_.plan);
  }

  Group& group_;
  ScratchShelf& shelf_;
  const KeyData& key_;
  const Witness witness_;
  Quotient<L> quotient_;
  DigitSource digits_;
  std::vector<Point<G1>> sums_;
  std::atomic<std::size_t> rowsLeft_{0}, polynomialsLeft_{3};
};

// What the witness and the quotient give: sums over A, B, C with H.
struct ProofSums {
  Point<G1> a, b1, c;
  Point<G2> b2;
};

// A (64), B (128), C (64) from the sums, with the key's fixed points and the blinding r, s.
inline void assembleProof(u8 proof[256], const KeyData& key, const ProofSums& sums, const u64 r[4], const u64 s[4]) {
  using P1 = Point<G1>;
  using P2 = Point<G2>;
  const auto times = [](const P1& p, const u64* k) { return P1::multiply(p, k, 254, tripleB<G1>()); };
  const P1 delta1 = P1::from(key.delta1);
  const P1 a = addPoints<G1>(addPoints<G1>(sums.a, P1::from(key.alpha1)), times(delta1, r));
  const P1 b1 = addPoints<G1>(addPoints<G1>(sums.b1, P1::from(key.beta1)), times(delta1, s));
  const P2 b2 = addPoints<G2>(addPoints<G2>(sums.b2, P2::from(key.beta2)),
                              P2::multiply(P2::from(key.delta2), s, 254, tripleB<G2>()));
  u64 minusRs[4];
  Fr::neg(Fr::mul(Fr::fromPlain(r), Fr::fromPlain(s))).toPlain(minusRs);
  P1 c = addPoints<G1>(sums.c, addPoints<G1>(times(a, s), times(b1, r)));
  c = addPoints<G1>(c, times(delta1, minusRs));
  wipe(minusRs, sizeof minusRs);
  writePlainPoint<G1>(proof, a);
  writePlainPoint<G2>(proof + 64, b2);
  writePlainPoint<G1>(proof + 192, c);
}

// Value `i` of a witness, checked.
inline Words readWire(const u8* witness, std::size_t i) {
  const Words w = readWords(witness + 32 * i);
  if (!lessThan(w, ModR::P)) fail(BK_MALFORMED_WITNESS, "the value of wire %zu is not below r", i);
  if (i == 0 && (w.w[0] != 1 || (w.w[1] | w.w[2] | w.w[3]) != 0)) fail(BK_MALFORMED_WITNESS, "wire 0 is not the constant 1");
  return w;
}

// One proof: a graph of tasks on one group, the quotient's beside the windows of the witness.
template <class L>
class Prover {
 public:
  Prover(Pool& pool, const KeyData& key, const Domain<L>& domain, const u8* witness, const Supervision& supervision)
      : pool_(pool), key_(key), witnessBytes_(witness), witnessDigits_(key.wires, WindowPlan::choose(key.wires)),
        quotient_(group_, shelf_, key, domain, Values{&witnessDigits_}), group_(pool, supervision, "prove") {}

  void prove(u8 proof[256], const u64 r[4], const u64 s[4]) {
    const int windows = witnessDigits_.plan.windows;
    sumA_.resize(windows, Point<G1>::infinity());
    sumB1_ = sumC_ = sumA_;
    sumB2_.resize(windows, Point<G2>::infinity());
    parallelFor(pool_, {}, "read witness", key_.wires, std::size_t{1} << 15, [this](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i++) witnessDigits_.set(i, readWire(witnessBytes_, i).w);
    });
    group_.expect(quotient_.taskCount() + static_cast<std::size_t>(windows));
    quotient_.start();
    for (int w = 0; w < windows; w++) group_.add([this, w] { sumWitnessWindow(w); });
    group_.wait();
    const int bits = witnessDigits_.plan.bits;
    assembleProof(proof, key_,
                  {joinWindows<G1>(sumA_, bits), joinWindows<G1>(sumB1_, bits),
                   addPoints<G1>(joinWindows<G1>(sumC_, bits), quotient_.sum()), joinWindows<G2>(sumB2_, bits)},
                  r, s);
  }

 private:
  // The digits hold the whole witness: there is no other copy.
  struct Values {
    const DigitSource* digits;
    Fr operator()(std::size_t i) const { return Fr::fromWords(digits->scalar(i)); }
  };

  void sumWitnessWindow(int w) {
    ScratchShelf::Loan scratch(shelf_);
    const WindowPlan plan = witnessDigits_.plan;
    scratch->sorted.sort(witnessDigits_, w);
    sumB2_[w] = scratch->windowSum<G2>(key_.b2, plan);
    sumA_[w] = scratch->windowSum<G1>(key_.a, plan);
    sumB1_[w] = scratch->windowSum<G1>(key_.b1, plan);
    sumC_[w] = scratch->windowSum<G1>(key_.c, plan);
  }

  Pool& pool_;
  const KeyData& key_;
  const u8* witnessBytes_;
  DigitSource witnessDigits_;
  std::vector<Point<G1>> sumA_, sumB1_, sumC_;
  std::vector<Point<G2>> sumB2_;
  ScratchShelf shelf_;
  QuotientSum<L, Values> quotient_;
  Group group_;  // last: it waits for tasks that use the others
};

}  // namespace bionoir::BIONOIR_ENGINE
