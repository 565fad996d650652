// The Engine of one instruction set: joins the parts. Included last by engine_portable.cpp, engine_adx.cpp, engine_ifma.cpp,
// which name the namespace and the instruction set.
#pragma once
#include "pairing.h"
#include "keyfile.h"
#include "prover.h"
#include "setup.h"
#include "setup_powers.h"
#include "ultra.h"

namespace bionoir::BIONOIR_ENGINE {

class PathEngine final : public Engine {
 public:
  std::unique_ptr<EngineKey> loadKey(Pool& pool, const Supervision& supervision, const u8* zkey,
                                     std::size_t length) const override {
    return KeyReader(pool, supervision).read(Zkey::parse({zkey, length}));
  }

  std::unique_ptr<EngineKey> openKey(Pool& pool, const Supervision& supervision, const char* path, const char* cache,
                                     bk_key_source& source) const override {
    return KeyFile(pool, supervision, path, cache).open(source);
  }

  void prove(Pool& pool, const Supervision& supervision, const EngineKey& engineKey, u8 proof[256], const u8* witness,
             std::size_t length, const u8 blinding[64]) const override {
    const KeyData& key = static_cast<const KeyData&>(engineKey);
    if (length != std::size_t{32} * key.wires)
      fail(BK_MALFORMED_WITNESS, "the witness has %zu bytes; %u wires need %zu", length, key.wires, std::size_t{32} * key.wires);
    Words r = readWords(blinding), s = readWords(blinding + 32);
    if (!lessThan(r, ModR::P) || !lessThan(s, ModR::P)) fail(BK_BAD_ARGUMENT, "a blinding scalar is not below r");
    if (key.domain() >= std::size_t{LaneR::W} * LaneR::W) {
      Prover<LaneR>(pool, key, *key.vectorDomain, witness, supervision).prove(proof, r.w, s.w);
    } else {
      Prover<ScalarLane<ModR>>(pool, key, *key.scalarDomain, witness, supervision).prove(proof, r.w, s.w);
    }
    wipe(&r, sizeof r);
    wipe(&s, sizeof s);
  }

  OwnedBytes setup(Pool& pool, const Supervision& supervision, const u8* r1cs, std::size_t length,
                   const u8* secrets, bool ultra) const override {
    return Setup(pool, supervision, {r1cs, length}, secrets, ultra).run();
  }

  std::unique_ptr<EngineUltraKey> loadUltraKey(Pool& pool, const Supervision& supervision, const u8* zkey,
                                               std::size_t length) const override {
    return readUltraKey(pool, supervision, UltraZkey::parse({zkey, length}));
  }

  void ultraCommit(Pool& pool, const Supervision& supervision, const EngineUltraKey& engineKey, u8 commitment[64],
                   const u8* wires, std::size_t length, const u8 rho[32]) const override {
    const auto& key = static_cast<const UltraKeyData&>(engineKey);
    if (length != std::size_t{32} * key.roundOne)
      fail(BK_MALFORMED_WITNESS, "round 1 has %zu bytes; %u wires need %zu", length, key.roundOne, std::size_t{32} * key.roundOne);
    Words scalar = readScalar(rho, 0);
    commitRoundOne(pool, supervision, key, commitment, wires, scalar.w);
    wipe(&scalar, sizeof scalar);
  }

  void ultraProve(Pool& pool, const Supervision& supervision, const EngineUltraKey& engineKey, u8 proof[256],
                  const u8* witness, std::size_t length, const u8 blinding[96]) const override {
    const auto& key = static_cast<const UltraKeyData&>(engineKey);
    if (length != std::size_t{32} * key.wires)
      fail(BK_MALFORMED_WITNESS, "the witness has %zu bytes; %u wires need %zu", length, key.wires, std::size_t{32} * key.wires);
    Words scalars[3];
    for (std::size_t i = 0; i < 3; i++) scalars[i] = readScalar(blinding + 32 * i, i);
    const KeyData& groth = *key.groth;
    if (groth.vectorDomain) UltraProver<LaneR>(pool, key, *groth.vectorDomain, witness, supervision).prove(proof, scalars);
    else UltraProver<ScalarLane<ModR>>(pool, key, *groth.scalarDomain, witness, supervision).prove(proof, scalars);
    wipe(scalars, sizeof scalars);
  }

  bool verify(Pool& pool, std::size_t rounds, const u8* key, std::size_t keyLength, const u8* publics, std::size_t publicsLength,
              const u8* proofs, std::size_t proofsLength, const u8* weights) const override;

  void scalePoints(Pool& pool, const Supervision& supervision, u8* out, const u8* points, std::size_t count,
                   const u8 scalar[32]) const override {
    BIONOIR_ENGINE::scalePoints(pool, supervision, out, points, count, scalar);
  }
  void multiplyPoint(u8* out, bk_group group, const u8* point, const u8 scalar[32]) const override {
    if (group == BK_G1) BIONOIR_ENGINE::multiplyPoint<G1>(out, point, scalar);
    else BIONOIR_ENGINE::multiplyPoint<G2>(out, point, scalar);
  }
  void combinePoints(Pool& pool, const Supervision& supervision, u8* out, bk_group group, const u8* points, const u8* scalars,
                     std::size_t scalarBytes, std::size_t count) const override {
    if (group == BK_G1)
      writeFilePoint<G1>(out, BIONOIR_ENGINE::combinePoints<G1>(pool, supervision, points, scalars, scalarBytes, count).toAffine());
    else
      writeFilePoint<G2>(out, BIONOIR_ENGINE::combinePoints<G2>(pool, supervision, points, scalars, scalarBytes, count).toAffine());
  }
  void checkSubgroup(Pool& pool, const Supervision& supervision, const u8* points, std::size_t count,
                     const u8 seed[32]) const override {
    BIONOIR_ENGINE::checkSubgroup(pool, supervision, points, count, seed);
  }
  bool pairingCheck(Pool& pool, const u8* g1, const u8* g2, std::size_t count) const override {
    return BIONOIR_ENGINE::pairingCheck(pool, g1, g2, count);
  }
  void printPointsForHash(Pool& pool, u8* out, bk_group group, const u8* points, std::size_t count) const override {
    if (group == BK_G1) BIONOIR_ENGINE::printPointsForHash<G1>(pool, out, points, count);
    else BIONOIR_ENGINE::printPointsForHash<G2>(pool, out, points, count);
  }
  void deriveG2(u8 point[128], const u8 seed[32]) const override { BIONOIR_ENGINE::deriveG2(point, seed); }
  void deriveKeys(u8* scalars, u8* points, const u8 seed[32], std::size_t count) const override {
    BIONOIR_ENGINE::deriveKeys(scalars, points, seed, count);
  }
  void lagrangeDual(u8* values, u32 power) const override { BIONOIR_ENGINE::lagrangeDual(values, static_cast<int>(power)); }
  void lagrangeOdd(u8* values, u32 power) const override { BIONOIR_ENGINE::lagrangeOdd(values, static_cast<int>(power)); }
  OwnedBytes setupPowers(Pool& pool, const Supervision& supervision, const u8* r1cs, std::size_t length,
                         const bk_powers& powers) const override {
    return PowersSetup(pool, supervision, {r1cs, length}, powers).run();
  }

  void fieldMap(u8* out, bk_field field, bk_operation operation, const u8* left, const u8* right,
                std::size_t count) const override {
    if (field == BK_FQ) mapField<LaneQ>(out, operation, left, right, count);
    else mapField<LaneR>(out, operation, left, right, count);
  }

  void msm(Pool& pool, u8* out, bk_group group, const u8* points, const u8* scalars, std::size_t count) const override {
    if (group == BK_G1) sum<G1>(pool, out, points, scalars, count);
    else sum<G2>(pool, out, points, scalars, count);
  }

  void multiplyGenerator(Pool& pool, u8* out, bk_group group, const u8* scalars, std::size_t count) const override {
    if (group == BK_G1) multiples<G1>(pool, out, scalars, count);
    else multiples<G2>(pool, out, scalars, count);
  }

  void transform(u8* values, u32 power) const override {
    if ((std::size_t{1} << power) >= std::size_t{LaneR::W} * LaneR::W) transformOn<LaneR>(values, static_cast<int>(power));
    else transformOn<ScalarLane<ModR>>(values, static_cast<int>(power));
  }

 private:
  static Words readScalar(const u8* at, std::size_t index) {
    const Words w = readWords(at);
    if (!lessThan(w, ModR::P)) fail(BK_BAD_ARGUMENT, "scalar %zu is not below r", index);
    return w;
  }

  template <class L>
  static void mapField(u8* out, bk_operation operation, const u8* left, const u8* right, std::size_t count);
  template <class G>
  static void sum(Pool& pool, u8* out, const u8* points, const u8* scalars, std::size_t count);
  template <class G>
  static void multiples(Pool& pool, u8* out, const u8* scalars, std::size_t count);
  template <class L>
  static void transformOn(u8* values, int power);
};

template <class L>
void PathEngine::mapField(u8* out, bk_operation operation, const u8* left, const u8* right, std::size_t count) {
  constexpr std::size_t W = L::W;
  const L enter = lanePower<L, 2 * L::FORM_BITS>(), leave = lanePower<L, 0>();
  for (std::size_t first = 0; first < count; first += W) {
    alignas(64) u64 a[W][4] = {}, b[W][4] = {};
    u64 *atA[W], *atB[W];
    const std::size_t n = count - first < W ? count - first : W;
    for (std::size_t i = 0; i < W; i++) {
      atA[i] = a[i];
      atB[i] = b[i];
      if (i >= n) continue;
      std::memcpy(a[i], left + 32 * (first + i), 32);
      if (operation < BK_SQR) std::memcpy(b[i], right + 32 * (first + i), 32);
      if (!lessThan(readWords(reinterpret_cast<u8*>(a[i])), L::Mod::P) || !lessThan(readWords(reinterpret_cast<u8*>(b[i])), L::Mod::P))
        fail(BK_BAD_ARGUMENT, "element %zu is not below the prime", first + i);
    }
    const L x = L::canonical(L::mul(L::unpack(L::gather(atA, 0)), enter)), y = L::canonical(L::mul(L::unpack(L::gather(atB, 0)), enter));
    L z;
    switch (operation) {
      case BK_ADD: z = L::add(x, y); break;
      case BK_SUB: z = L::sub(x, y); break;
      case BK_MUL: z = L::mul(x, y); break;
      case BK_SQR: z = L::sqr(x); break;
      default: {
        // Lanes that hold zero are inverted as one, then cleared: 1 / 0 = 0.
        const auto zeros = L::isZero(L::gather(atA, 0));
        z = L::select(zeros, L::zero(), invertLanes(L::select(zeros, L::one(), x)));
      }
    }
    L::scatter(L::canonical(L::mul(z, leave)), atA, 0);
    for (std::size_t i = 0; i < n; i++) std::memcpy(out + 32 * (first + i), a[i], 32);
  }
}

template <class G>
void PathEngine::sum(Pool& pool, u8* out, const u8* points, const u8* scalars, std::size_t count) {
  BaseSet<G> set;
  set.allocate(count);
  readPoints<G, PLAIN>(set, points, 0, count, Trust::TRUSTED, BK_BAD_ARGUMENT, "the points", [](std::size_t i) { return i; });
  set.countInfinite();
  DigitSource digits(count, WindowPlan::choose(count));
  for (std::size_t i = 0; i < count; i++) digits.set(i, readScalar(scalars + 32 * i, i).w);
  std::vector<Point<G>> sums(digits.plan.windows, Point<G>::infinity());
  ScratchShelf shelf;
  Group group(pool, {}, "sum");
  for (int w = 0; w < digits.plan.windows; w++)
    group.add([&, w] {
      ScratchShelf::Loan scratch(shelf);
      scratch->sorted.sort(digits, w);
      sums[w] = scratch->template windowSum<G>(set, digits.plan);
    });
  group.wait();
  writePlainPoint<G>(out, joinWindows<G>(sums, digits.plan.bits));
}

template <class G>
void PathEngine::multiples(Pool& pool, u8* out, const u8* scalars, std::size_t count) {
  Array<Words, true> words(count);
  for (std::size_t i = 0; i < count; i++) words[i] = readScalar(scalars + 32 * i, i);
  const GeneratorTable<G> table(count);
  Group group(pool, {}, "multiply");
  multiplyInto<G, PLAIN>(group, table, out, words.data(), count);
  group.wait();
}

template <class L>
void PathEngine::transformOn(u8* values, int power) {
  constexpr std::size_t W = L::W;
  const std::size_t size = std::size_t{1} << power;
  Transform<L> transform(power);
  Array<L> a(size / W);
  for (std::size_t i = 0; i < size; i++) {
    Fr x = Fr::fromPlain(readScalar(values + 32 * i, i).w);
    if constexpr (L::FORM_BITS != 256) x = shiftedBy<ModR, L::FORM_BITS - 256>(x);
    if (i % W == 0) a[i / W] = L::zero();
    a[i / W].set(static_cast<int>(i % W), x.v);
  }
  transform.forwardToReversed(a.data());
  for (std::size_t i = 0; i < size; i++) {
    std::size_t k = 0;
    for (int bit = 0; bit < power; bit++) k |= ((i >> bit) & 1) << (power - 1 - bit);
    Words w;
    L::canonical(a[i / W]).get(static_cast<int>(i % W), w.w);
    Fr x = Fr::fromWords(w);
    if constexpr (L::FORM_BITS != 256) x = fromForm<ModR>(w.w);
    x.toPlain(w.w);
    std::memcpy(values + 32 * k, w.w, 32);
  }
}

// One proof: e(A, B) = e(alpha, beta) e(IC(x), gamma) e(C, delta), for UltraGroth with e(C1, delta1) e(C2, delta2). Several: the same equation for random multiples z_i of
// 128 bits, summed; a false one slips through with probability 2^-128.
bool PathEngine::verify(Pool& pool, std::size_t rounds, const u8* key, std::size_t keyLength, const u8* publics, std::size_t publicsLength,
                        const u8* proofs, std::size_t proofsLength, const u8* weights) const {
  const std::size_t fixed = 64 + (2 + rounds) * 128, proofBytes = 192 + 64 * rounds;
  if (keyLength < fixed + 64 || (keyLength - fixed) % 64 != 0)
    fail(BK_BAD_ARGUMENT, "the verification key has %zu bytes; %zu and 64 a point are needed", keyLength, fixed);
  const std::size_t publicCount = (keyLength - fixed) / 64 - 1, count = proofsLength / proofBytes;
  if (proofsLength % proofBytes != 0 || count == 0)
    fail(BK_BAD_ARGUMENT, "the proofs have %zu bytes; %zu each are needed", proofsLength, proofBytes);
  if (publicsLength != 32 * publicCount * count)
    fail(BK_BAD_ARGUMENT, "%zu bytes of public inputs for %zu proofs of %zu inputs", publicsLength, count, publicCount);
  const auto readSubgroupPoint = [](const u8* at, bk_status status, const char* what) {
    const auto q = readPoint<G2, PLAIN>(at, status, what);
    if (!inG2(q)) fail(status, "%s is not in the subgroup of order r", what);
    return q;
  };
  const auto alpha = readPoint<G1, PLAIN>(key, BK_MALFORMED_KEY, "the key's alpha");
  const auto beta = readSubgroupPoint(key + 64, BK_MALFORMED_KEY, "the key's beta");
  const auto gamma = readSubgroupPoint(key + 192, BK_MALFORMED_KEY, "the key's gamma");
  std::vector<Affine<Fq2>> deltas;
  for (std::size_t d = 0; d < rounds; d++)
    deltas.push_back(readSubgroupPoint(key + 320 + 128 * d, BK_MALFORMED_KEY, "the key's delta"));

  // Sums over the proofs: z, z x_i, z C; and the pairs (z A, B).
  const auto times = [](const Affine<Fq>& p, const u64* scalar, int bits) {
    return Point<G1>::multiplyPublic(Point<G1>::from(p), scalar, bits, tripleB<G1>());
  };
  std::vector<Fr> inputSums(publicCount + 1, Fr::zero());
  std::vector<Point<G1>> weightedC(rounds * count);
  std::vector<PairingInput> pairs(count);
  const auto weightOf = [&](std::size_t k) {
    return count == 1 ? Words{{1, 0, 0, 0}} : Words{{readU64(weights + 16 * k), readU64(weights + 16 * k + 8), 0, 0}};
  };
  parallelFor(pool, {}, "verify", count, 4, [&](std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; k++) {
      const u8* at = proofs + proofBytes * k;
      const auto a = readPoint<G1, PLAIN>(at, BK_MALFORMED_PROOF, "a proof's A");
      const auto b = readSubgroupPoint(at + 64, BK_MALFORMED_PROOF, "a proof's B");
      const int bits = count == 1 ? 1 : 128;
      pairs[k] = {times(a, weightOf(k).w, bits).toAffine(), b};
      for (std::size_t d = 0; d < rounds; d++)
        weightedC[rounds * k + d] =
            times(readPoint<G1, PLAIN>(at + 192 + 64 * d, BK_MALFORMED_PROOF, "a proof's C"), weightOf(k).w, bits);
    }
  });
  std::vector<Point<G1>> sumC(rounds, Point<G1>::infinity());
  for (std::size_t k = 0; k < count; k++) {
    for (std::size_t d = 0; d < rounds; d++) sumC[d] = addPoints<G1>(sumC[d], weightedC[rounds * k + d]);
    const Fr weight = Fr::fromPlain(weightOf(k).w);
    inputSums[0] = Fr::add(inputSums[0], weight);
    for (std::size_t i = 0; i < publicCount; i++) {
      const Words x = readScalar(publics + 32 * (k * publicCount + i), i);
      inputSums[i + 1] = Fr::add(inputSums[i + 1], Fr::mul(weight, Fr::fromPlain(x.w)));
    }
  }
  Point<G1> inputs = Point<G1>::infinity();
  for (std::size_t i = 0; i <= publicCount; i++) {
    const auto p = readPoint<G1, PLAIN>(key + fixed + 64 * i, BK_MALFORMED_KEY, "a point of the key's IC");
    u64 scalar[4];
    inputSums[i].toPlain(scalar);
    inputs = addPoints<G1>(inputs, times(p, scalar, 254));
  }
  u64 total[4];
  inputSums[0].toPlain(total);
  const auto negated = [](const Point<G1>& p) {
    auto a = p.toAffine();
    a.y = Fq::neg(a.y);
    return a;
  };
  pairs.push_back({negated(times(alpha, total, 254)), beta});
  pairs.push_back({negated(inputs), gamma});
  for (std::size_t d = 0; d < rounds; d++) pairs.push_back({negated(sumC[d]), deltas[d]});
  return pairingProductIsOne(pool, pairs);
}

}  // namespace bionoir::BIONOIR_ENGINE
