// Feeds edited copies of good files and arrays to every reader of the kernel. Meant for AddressSanitizer and UBSan, which end
// the program at the first fault; the statuses themselves are checked too: an edit may be accepted or refused by name, never
// answered with BK_INTERNAL or BK_NO_MEMORY.
//
// Arguments: a .zkey, its .r1cs, its witness (32 bytes a wire); a .r1cs with rounds and its witness; a number of cases, a seed.
#include "fuzz.h"

namespace {

using namespace fuzz;

// Cuts, flips, or writes a telling number; often near the front, where the headers are.
Bytes edited(const Bytes& good) {
  Bytes out = good;
  if (random(5) == 0) out.resize(random(out.size() + 1));
  for (uint64_t k = random(3) + 1; k-- > 0 && out.size() > 8;) {
    const size_t range = random(2) == 0 && out.size() > 900 ? 900 : out.size();
    const size_t at = random(range - 4);
    const uint32_t number = tellingNumber();
    if (random(2) == 0) out[at] = static_cast<uint8_t>(random(256));
    else std::memcpy(out.data() + at, &number, 4);
  }
  out.shrink_to_fit();
  return out;
}

// What ceremonies read: arrays of points and scalars, states of hashes, the parts of a .ptau.
struct Ceremony {
  Bytes g1, g2, scalars, state, publics, key, proofs;
};

constexpr size_t POWER = 6, POINTS = size_t{2} << POWER, PROOFS = 3, PUBLICS = 2;

Ceremony goodCeremony(bk_kernel* kernel) {
  Ceremony c;
  bk_error error{};
  const uint8_t seed[32] = {7};
  c.scalars.resize(32 * POINTS);
  c.g1.resize(64 * POINTS);
  for (size_t i = 0; i < POINTS; i += 16)
    expect(bk_derive_keys(kernel, c.scalars.data() + 32 * i, c.g1.data() + 64 * i, &error, seed, 16) == BK_OK, "derive", BK_OK, error);
  c.g2.resize(128 * POINTS);
  for (size_t i = 0; i < POINTS; i++) {
    const uint8_t own[32] = {static_cast<uint8_t>(i % 4)};
    expect(bk_derive_g2(kernel, c.g2.data() + 128 * i, &error, own) == BK_OK, "derive in G2", BK_OK, error);
  }
  c.state.resize(BK_HASH_BYTES);
  bk_hash_open(c.state.data());
  bk_hash_update(c.state.data(), &error, c.scalars.data(), 100);
  // A key and proofs of good points; that no equation holds does not matter to the readers.
  Bytes plain1(64 * 16), plain2(128 * 8);
  expect(bk_multiply_generator(kernel, plain1.data(), &error, BK_G1, c.scalars.data(), 16) == BK_OK, "multiply", BK_OK, error);
  expect(bk_multiply_generator(kernel, plain2.data(), &error, BK_G2, c.scalars.data(), 8) == BK_OK, "multiply", BK_OK, error);
  c.key.assign(plain1.begin(), plain1.begin() + 64);
  c.key.insert(c.key.end(), plain2.begin(), plain2.begin() + 3 * 128);
  c.key.insert(c.key.end(), plain1.begin() + 64, plain1.begin() + 64 * (PUBLICS + 2));
  for (size_t i = 0; i < PROOFS; i++) {
    c.proofs.insert(c.proofs.end(), plain1.begin() + 64 * (8 + i), plain1.begin() + 64 * (9 + i));
    c.proofs.insert(c.proofs.end(), plain2.begin() + 128 * (3 + i), plain2.begin() + 128 * (4 + i));
    c.proofs.insert(c.proofs.end(), plain1.begin() + 64 * (12 + i), plain1.begin() + 64 * (13 + i));
  }
  c.publics.assign(c.scalars.begin(), c.scalars.begin() + 32 * PUBLICS * PROOFS);
  return c;
}

// An edited array cut down to whole elements of `size` bytes.
Bytes whole(const Bytes& good, size_t size) {
  Bytes out = edited(good);
  out.resize(out.size() / size * size);
  out.shrink_to_fit();
  return out;
}
// An edited array of the same length.
Bytes sameSize(const Bytes& good) {
  Bytes out = edited(good);
  out.resize(good.size());
  return out;
}

bool fine(bk_status status) { return status == BK_OK || status == BK_MALFORMED_POINT || status == BK_BAD_ARGUMENT; }

void fuzzCeremony(bk_kernel* kernel, const Ceremony& good, const Bytes& r1cs, int* made) {
  bk_error error{};
  const Bytes points = whole(good.g1, 64), points2 = whole(good.g2, 128), scalars = sameSize(good.scalars);
  const size_t count = points.size() / 64, count2 = points2.size() / 128;
  Bytes out(points.size());
  const uint8_t* scalar = scalars.data() + 32 * random(POINTS);
  bk_status status = bk_points_scale(kernel, out.data(), &error, points.data(), count, scalar, nullptr);
  expect(fine(status), "scale", status, error);
  uint8_t point[128];
  const size_t width = random(2) == 0 ? 16 : 32;
  status = bk_points_combine(kernel, point, &error, BK_G1, points.data(), scalars.data(), width, count, nullptr);
  expect(fine(status), "combine", status, error);
  status = bk_points_combine(kernel, point, &error, BK_G2, points2.data(), scalars.data(), width, count2, nullptr);
  expect(fine(status), "combine in G2", status, error);
  status = bk_points_check_subgroup(kernel, &error, points2.data(), count2 < 8 ? count2 : 8, scalars.data(), nullptr);
  expect(fine(status), "check the subgroup", status, error);
  status = bk_point_multiply(kernel, point, &error, BK_G2, sameSize(Bytes(good.g2.begin(), good.g2.begin() + 128)).data(), scalar);
  expect(fine(status), "multiply", status, error);
  int32_t valid = 0;
  const size_t pairs = count < count2 ? count : count2;
  status = bk_pairing_check(kernel, &valid, &error, points.data(), points2.data(), pairs < 4 ? pairs : 4);
  expect(fine(status), "pair", status, error);
  Bytes state = sameSize(good.state);
  status = bk_hash_points(kernel, state.data(), &error, BK_G2, points2.data(), count2);
  expect(fine(status), "hash", status, error);
  uint8_t digest[64];
  status = bk_hash_close(state.data(), &error, digest);
  expect(fine(status), "end a hash", status, error);
  Bytes values = sameSize(Bytes(good.scalars.begin(), good.scalars.begin() + (size_t{32} << POWER)));
  status = (random(2) == 0 ? bk_lagrange_dual : bk_lagrange_odd)(kernel, values.data(), &error, POWER);
  expect(fine(status), "change the basis", status, error);

  const Bytes part1 = random(2) == 0 ? good.g1 : sameSize(good.g1), part2 = random(2) == 0 ? good.g2 : sameSize(good.g2);
  const uint8_t *p = part1.data(), *q = part2.data();
  const bk_powers powers = {POWER, p, q, p, p, p, p, p, p, q};
  const Bytes system = random(2) == 0 ? r1cs : edited(r1cs);
  uint8_t* zkey = nullptr;
  size_t size = 0;
  status = bk_setup_powers(kernel, &zkey, &size, &error, system.data(), system.size(), &powers, nullptr);
  expect(fine(status) || status == BK_MALFORMED_R1CS, "set up from powers", status, error);
  *made += status == BK_OK;
  bk_free(zkey);
}

void fuzzVerify(bk_kernel* kernel, const Ceremony& good) {
  bk_error error{};
  const Bytes key = random(2) == 0 ? good.key : edited(good.key), publics = random(2) == 0 ? good.publics : edited(good.publics);
  const Bytes proofs = edited(good.proofs);
  int32_t valid = 0;
  const bk_status status = bk_verify(kernel, &valid, &error, key.data(), key.size(), publics.data(), publics.size(), proofs.data(), proofs.size());
  expect(status == BK_OK || status == BK_MALFORMED_KEY || status == BK_MALFORMED_PROOF || status == BK_BAD_ARGUMENT, "verify", status, error);
}

// UltraGroth: set-up from an edited system, its key edited again, a commitment and a proof for edited values.
struct Rounds {
  Bytes r1cs, witness;
};
struct RoundsMade {
  int keys = 0, loaded = 0, proved = 0;
};

void fuzzRounds(bk_kernel* kernel, const Rounds& good, bool untouched, RoundsMade* made) {
  bk_error error{};
  const Bytes secrets = smallSecrets(5), blinding = smallSecrets(3);
  const Bytes system = untouched || random(2) == 0 ? good.r1cs : edited(good.r1cs);
  uint8_t* zkey = nullptr;
  size_t size = 0;
  bk_status status = bk_ultra_setup(kernel, &zkey, &size, &error, system.data(), system.size(), secrets.data(), nullptr);
  expect(status == BK_OK || status == BK_MALFORMED_R1CS, "set up with rounds", status, error);
  if (status != BK_OK) return;
  made->keys++;
  const Bytes whole(zkey, zkey + size), file = untouched ? whole : edited(whole);
  bk_free(zkey);
  bk_ultra_key* key = nullptr;
  status = bk_ultra_key_load(kernel, &key, &error, file.data(), file.size(), nullptr);
  expect(status == BK_OK || status == BK_MALFORMED_KEY, "load with rounds", status, error);
  if (status != BK_OK) return;
  made->loaded++;
  uint32_t shape[4];
  bk_ultra_key_shape(key, shape);
  const Bytes witness = untouched || random(2) == 0 ? good.witness : edited(good.witness);
  const size_t first = 32 * (size_t{1} + shape[1] + shape[2]), bytes = 32 * size_t{shape[3]};
  uint8_t commitment[64], proof[256];
  if (first + bytes <= witness.size()) {
    status = bk_ultra_commit(kernel, key, commitment, &error, witness.data() + first, bytes, blinding.data(), nullptr);
    expect(status == BK_OK || status == BK_MALFORMED_WITNESS, "commit", status, error);
  }
  status = bk_ultra_commit(kernel, key, commitment, &error, witness.data(), random(witness.size() + 1), blinding.data(), nullptr);
  expect(status == BK_OK || status == BK_MALFORMED_WITNESS, "commit", status, error);
  status = bk_ultra_prove(kernel, key, proof, &error, witness.data(), witness.size(), blinding.data(), nullptr);
  expect(status == BK_OK || status == BK_MALFORMED_WITNESS, "prove with rounds", status, error);
  made->proved += status == BK_OK;
  bk_ultra_key_release(key);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 8) return 2;
  const Bytes zkey = readFile(arguments[1]), r1cs = readFile(arguments[2]), witness = readFile(arguments[3]);
  const Rounds rounds{readFile(arguments[4]), readFile(arguments[5])};
  const int cases = std::atoi(arguments[6]);
  seed(arguments[7]);
  bk_kernel* kernel = nullptr;
  bk_error error{};
  expect(bk_open(&kernel, &error, BK_PATH_BEST, 2) == BK_OK, "open", BK_INTERNAL, error);
  const Bytes secrets = smallSecrets(4);
  const Ceremony ceremony = goodCeremony(kernel);
  RoundsMade madeRounds;
  int loaded = 0, made = 0, proved = 0, initial = 0;
  for (int i = 0; i < cases; i++) {
    bk_key* key = nullptr;
    const bool untouched = i % 10 == 0;  // so that some proofs are always made
    const Bytes file = untouched ? zkey : edited(zkey);
    bk_status status = bk_key_load(kernel, &key, &error, file.data(), file.size(), nullptr);
    expect(status == BK_OK || status == BK_MALFORMED_KEY, "load", status, error);
    if (status == BK_OK) {
      loaded++;
      const Bytes values = untouched || random(2) == 0 ? witness : edited(witness);
      uint8_t proof[256];
      status = bk_prove(kernel, key, proof, &error, values.data(), values.size(), nullptr, nullptr);
      expect(status == BK_OK || status == BK_MALFORMED_WITNESS, "prove", status, error);
      proved += status == BK_OK;
    }
    bk_key_release(key);
    const Bytes system = untouched ? r1cs : edited(r1cs);
    uint8_t* out = nullptr;
    size_t size = 0;
    status = bk_setup(kernel, &out, &size, &error, system.data(), system.size(), secrets.data(), nullptr);
    expect(status == BK_OK || status == BK_MALFORMED_R1CS, "set up", status, error);
    made += status == BK_OK;
    bk_free(out);
    fuzzCeremony(kernel, ceremony, r1cs, &initial);
    fuzzVerify(kernel, ceremony);
    fuzzRounds(kernel, rounds, untouched, &madeRounds);
  }
  bk_close(kernel);
  std::printf("%d cases: %d keys loaded, %d proofs, %d set-ups, %d from powers; with rounds %d set-ups, %d keys, %d proofs\n", cases,
              loaded, proved, made, initial, madeRounds.keys, madeRounds.loaded, madeRounds.proved);
  return 0;
}
