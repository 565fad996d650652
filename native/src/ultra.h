// UltraGroth (docs/ultragroth.md): Groth16 whose private wires are committed to in two rounds, with a delta for each.
//   C1 = sum over round 1 of w_i C_i + rho [delta2],  then the challenges, which are functions of C1, become public wires,
//   C2 = sum over round 2 of w_i C_i + sum p_i H_i + s A + r B - r s [delta2] - rho [delta1];  A and B as in Groth16.
// C_i are over delta1 in round 1, over delta2 in round 2; H_i are over delta2.
#pragma once
#include "pairing.h"
#include "prover.h"

namespace bionoir::BIONOIR_ENGINE {

struct UltraKeyData final : EngineUltraKey {
  // The Groth16 part: delta is round 2's, and `c` holds infinity for the wires of round 1.
  std::unique_ptr<KeyData> groth;
  BaseSet<G1> c1;  // the wires of round 1 alone
  Affine<Fq> delta1;
  std::size_t lateFirst() const { return groth->publics + 1 + std::size_t{roundOne}; }
};

// The points of the verification key, to which challenges are bound: finite, and in the group of order r; IC may be infinite.
inline void checkVerificationPoints(const UltraZkey& zkey) {
  constexpr bk_status S = BK_MALFORMED_KEY;
  const ZkeyHeader& header = zkey.groth.header;
  struct Place {
    const u8* at;
    const char* name;
  };
  for (const auto& [at, name] : {Place{header.alpha1, "the header's alpha"}, {header.beta1, "the header's beta (G1)"},
                                 {header.delta1, "the header's delta (G1)"},
                                 {zkey.delta1G1, "the header's delta of round 1 (G1)"}})
    if (readPoint<G1, FILE_FORM>(at, S, name).isInfinity()) fail(S, "%s is infinite", name);
  for (const auto& [at, name] : {Place{header.beta2, "the header's beta (G2)"}, {header.gamma2, "the header's gamma"},
                                 {header.delta2, "the header's delta (G2)"},
                                 {zkey.delta1G2, "the header's delta of round 1 (G2)"}}) {
    const auto q = readPoint<G2, FILE_FORM>(at, S, name);
    if (q.isInfinity()) fail(S, "%s is infinite", name);
    if (!inG2(q)) fail(S, "%s is not in the subgroup of order r", name);
  }
  const u8* ic = zkey.groth.sections.at[3].data;
  for (std::size_t i = 0; i <= header.publics; i++) readPoint<G1, FILE_FORM>(ic + 64 * i, S, "a point of section 3 (IC)");
}

inline std::unique_ptr<UltraKeyData> readUltraKey(Pool& pool, const Supervision& supervision, const UltraZkey& zkey) {
  constexpr std::size_t PW = POINT_WORDS<G1>;
  checkVerificationPoints(zkey);
  auto key = std::make_unique<UltraKeyData>();
  key->groth = KeyReader(pool, supervision).read(zkey.groth);
  key->delta1 = readPoint<G1, FILE_FORM>(zkey.delta1G1, BK_MALFORMED_KEY, "the header's delta of round 1 (G1)");
  key->wires = key->groth->wires;
  key->challenges = zkey.challenges;
  key->publics = key->groth->publics - zkey.challenges;
  key->roundOne = zkey.roundOne;
  BaseSet<G1>& c = key->groth->c;
  const std::size_t first = key->groth->publics + std::size_t{1};
  key->c1.allocate(zkey.roundOne);
  if (zkey.roundOne > 0) std::memcpy(key->c1.points.data(), c.points.data() + first * PW, zkey.roundOne * PW * 8);
  for (std::size_t i = 0; i < zkey.roundOne; i++) {
    if (c.isInfinite(first + i)) key->c1.infinite[i / 64] |= u64{1} << (i % 64);
    else c.infinite[(first + i) / 64] |= u64{1} << ((first + i) % 64);
  }
  key->c1.countInfinite();
  c.countInfinite();
  return key;
}

// C1: `wires` are the values of round 1.
inline void commitRoundOne(Pool& pool, const Supervision& supervision, const UltraKeyData& key, u8 out[64], const u8* wires,
                           const u64 rho[4]) {
  DigitSource digits(key.roundOne, WindowPlan::choose(key.roundOne));
  for (std::size_t i = 0; i < key.roundOne; i++) {
    const Words w = readWords(wires + 32 * i);
    if (!lessThan(w, ModR::P)) fail(BK_MALFORMED_WITNESS, "value %zu of round 1 is not below r", i);
    digits.set(i, w.w);
  }
  std::vector<Point<G1>> sums(digits.plan.windows, Point<G1>::infinity());
  ScratchShelf shelf;
  Group group(pool, supervision, "commit");
  group.expect(sums.size());
  for (int w = 0; w < digits.plan.windows; w++)
    group.add([&, w] {
      ScratchShelf::Loan scratch(shelf);
      scratch->sorted.sort(digits, w);
      sums[w] = scratch->windowSum<G1>(key.c1, digits.plan);
    });
  group.wait();
  const auto blinding = Point<G1>::multiply(Point<G1>::from(key.groth->delta1), rho, 254, tripleB<G1>());
  writePlainPoint<G1>(out, addPoints<G1>(joinWindows<G1>(sums, digits.plan.bits), blinding));
}

// Wires by value: a lookup's inverse 1 / (r - v) takes one value for each v, so bases of equal scalars are added first and
// multiplied once. Zeros are left out.
class ValueGroups {
 public:
  // Groups the wires first .. first + count - 1 of `values`.
  ValueGroups(const Array<Fr, true>& values, std::size_t first, std::size_t count) : entries_(count), starts_(count + 1) {
    std::size_t slots = 16;
    while (slots < 2 * count) slots *= 2;
    Array<u32> table(slots);
    table.zero();
    Array<u32, true> groupOf(count);
    starts_.zero();
    for (std::size_t i = 0; i < count; i++) {
      const Fr& value = values[first + i];
      groupOf[i] = value.isZero() ? NONE : find(table, values, first + i);
      if (groupOf[i] != NONE) starts_[groupOf[i]]++;
    }
    u32 sum = 0;
    for (std::size_t g = 0; g < members_.size(); g++) {
      const u32 size = starts_[g];
      starts_[g] = sum;
      sum += size;
    }
    for (std::size_t i = 0; i < count; i++)
      if (groupOf[i] != NONE) entries_[starts_[groupOf[i]]++] = static_cast<u32>(first + i);
    // Each start has become its group's end.
    for (std::size_t g = members_.size(); g > 0; g--) starts_[g] = starts_[g - 1];
    starts_[0] = 0;
  }

  std::size_t size() const { return members_.size(); }
  // A wire that has the group's value.
  u32 member(std::size_t group) const { return members_[group]; }

  // Places begin .. end - 1 of `out` become the sums of these groups' bases.
  template <class G>
  void fold(BaseSet<G>& out, const BaseSet<G>& bases, std::size_t begin, std::size_t end) const {
    constexpr std::size_t PW = POINT_WORDS<G>;
    Array<u32, true> entries(starts_[end] - starts_[begin] + 1);
    Array<u32> starts(end - begin + 1);
    u32 count = 0;
    for (std::size_t g = begin; g < end; g++) {
      starts[g - begin] = count;
      for (u32 k = starts_[g]; k < starts_[g + 1]; k++)
        if (!bases.isInfinite(entries_[k])) entries[count++] = entries_[k] << 1;
    }
    starts[end - begin] = count;
    u64* points = out.points.data() + begin * PW;
    BucketSummer<G>().run(points, bases.points.data(), entries.data(), starts.data(), end - begin);
    for (std::size_t g = begin; g < end; g++) {
      u64 any = 0;
      for (std::size_t k = 0; k < PW; k++) any |= points[(g - begin) * PW + k];
      if (any == 0) __atomic_fetch_or(&out.infinite[g / 64], u64{1} << (g % 64), __ATOMIC_RELAXED);
    }
  }

 private:
  static constexpr u32 NONE = 0xffffffff;

  // The table holds group + 1.
  u32 find(Array<u32>& table, const Array<Fr, true>& values, std::size_t wire) {
    const Fr& value = values[wire];
    const std::size_t mask = table.size() - 1;
    std::size_t slot = static_cast<std::size_t>(((value.v[0] ^ value.v[2] * 3) * 0x9e3779b97f4a7c15) >> 20) & mask;
    for (; table[slot] != 0; slot = (slot + 1) & mask)
      if (values[members_[table[slot] - 1]] == value) return table[slot] - 1;
    members_.push_back(static_cast<u32>(wire));
    table[slot] = static_cast<u32>(members_.size());
    return table[slot] - 1;
  }

  Array<u32, true> entries_;  // wires in group order
  Array<u32> starts_;
  std::vector<u32> members_;
};

// A, B, C2: tasks of one group. Round 1's wires are summed as they are, round 2's by value.
template <class L>
class UltraProver {
 public:
  UltraProver(Pool& pool, const UltraKeyData& key, const Domain<L>& domain, const u8* witness, const Supervision& supervision)
      : key_(*key.groth), delta1_(key.delta1), witness_(readWitness(key_.wires, witness)),
        groups_(witness_, key.lateFirst(), key_.wires - key.lateFirst()), early_(key.lateFirst()), late_(groups_.size()),
        quotient_(group_, shelf_, key_, domain, Values{&witness_}), group_(pool, supervision, "prove") {}

  // `blinding`: rho, r, s.
  void prove(u8 proof[256], const Words blinding[3]) {
    for (std::size_t i = 0; i < early_.digits.size(); i++) early_.digits.set(i, witness_[i].v);
    for (std::size_t g = 0; g < groups_.size(); g++) late_.digits.set(g, witness_[groups_.member(g)].v);
    group_.expect(quotient_.taskCount() + early_.sumA.size() + late_.sumA.size());
    quotient_.start();
    addFolding();
    for (std::size_t w = 0; w < early_.sumA.size(); w++) group_.add([this, w] { sumEarlyWindow(static_cast<int>(w)); });
    group_.wait();

    using P1 = Point<G1>;
    const P1 minusRho = P1::multiply(P1::from(negated(delta1_)), blinding[0].w, 254, tripleB<G1>());
    const ProofSums early = early_.sums(), late = late_.sums();
    const ProofSums sums{addPoints<G1>(early.a, late.a), addPoints<G1>(early.b1, late.b1),
                         addPoints<G1>(addPoints<G1>(late.c, quotient_.sum()), minusRho), addPoints<G2>(early.b2, late.b2)};
    assembleProof(proof, key_, sums, blinding[1].w, blinding[2].w);
  }

 private:
  struct Values {
    const Array<Fr, true>* witness;
    Fr operator()(std::size_t i) const { return (*witness)[i]; }
  };
  // The windows of one list of scalars.
  struct Windows {
    DigitSource digits;
    std::vector<Point<G1>> sumA, sumB1, sumC;
    std::vector<Point<G2>> sumB2;
    explicit Windows(std::size_t count)
        : digits(count, WindowPlan::choose(count)), sumA(digits.plan.windows, Point<G1>::infinity()), sumB1(sumA), sumC(sumA),
          sumB2(digits.plan.windows, Point<G2>::infinity()) {}
    ProofSums sums() const {
      const int bits = digits.plan.bits;
      return {joinWindows<G1>(sumA, bits), joinWindows<G1>(sumB1, bits), joinWindows<G1>(sumC, bits),
              joinWindows<G2>(sumB2, bits)};
    }
  };

  static Affine<Fq> negated(Affine<Fq> p) {
    p.y = Fq::neg(p.y);
    return p;
  }

  static Array<Fr, true> readWitness(std::size_t wires, const u8* bytes) {
    Array<Fr, true> witness(wires);
    for (std::size_t i = 0; i < wires; i++) witness[i] = Fr::fromWords(readWire(bytes, i));
    return witness;
  }

  // Folds the bases of round 2; the last task of it adds the windows.
  void addFolding() {
    constexpr std::size_t PIECE = 4096;
    const std::size_t count = groups_.size(), pieces = (count + PIECE - 1) / PIECE;
    foldsLeft_ = 4 * pieces;
    a_.allocate(count);
    b1_.allocate(count);
    c_.allocate(count);
    b2_.allocate(count);
    for (std::size_t p = 0; p < pieces; p++) {
      const std::size_t begin = p * PIECE, end = begin + PIECE < count ? begin + PIECE : count;
      group_.add([=, this] { fold(b2_, key_.b2, begin, end); });
      group_.add([=, this] { fold(a_, key_.a, begin, end); });
      group_.add([=, this] { fold(b1_, key_.b1, begin, end); });
      group_.add([=, this] { fold(c_, key_.c, begin, end); });
    }
  }
  template <class G>
  void fold(BaseSet<G>& out, const BaseSet<G>& bases, std::size_t begin, std::size_t end) {
    groups_.fold(out, bases, begin, end);
    if (--foldsLeft_ != 0) return;
    for (auto* set : {&a_, &b1_, &c_}) set->countInfinite();
    b2_.countInfinite();
    for (std::size_t w = 0; w < late_.sumA.size(); w++) group_.add([this, w] { sumLateWindow(static_cast<int>(w)); });
  }

  void sumEarlyWindow(int w) {
    ScratchShelf::Loan scratch(shelf_);
    const WindowPlan plan = early_.digits.plan;
    scratch->sorted.sort(early_.digits, w);
    early_.sumB2[w] = scratch->windowSum<G2>(key_.b2, plan);
    early_.sumA[w] = scratch->windowSum<G1>(key_.a, plan);
    early_.sumB1[w] = scratch->windowSum<G1>(key_.b1, plan);
  }
  void sumLateWindow(int w) {
    ScratchShelf::Loan scratch(shelf_);
    const WindowPlan plan = late_.digits.plan;
    scratch->sorted.sort(late_.digits, w);
    late_.sumB2[w] = scratch->windowSum<G2>(b2_, plan);
    late_.sumA[w] = scratch->windowSum<G1>(a_, plan);
    late_.sumB1[w] = scratch->windowSum<G1>(b1_, plan);
    late_.sumC[w] = scratch->windowSum<G1>(c_, plan);
  }

  const KeyData& key_;
  const Affine<Fq> delta1_;
  const Array<Fr, true> witness_;  // plain words
  const ValueGroups groups_;
  Windows early_, late_;
  BaseSet<G1> a_, b1_, c_;  // bases of round 2, folded
  BaseSet<G2> b2_;
  ScratchShelf shelf_;
  std::atomic<std::size_t> foldsLeft_{0};
  QuotientSum<L, Values> quotient_;
  Group group_;  // last: it waits for tasks that use the others
};

}  // namespace bionoir::BIONOIR_ENGINE
