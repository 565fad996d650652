// The C border of UltraGroth.
#include "border.h"

using namespace bionoir;

struct bk_ultra_key {
  std::unique_ptr<EngineUltraKey> data;
  const Engine* engine;
};

extern "C" {

bk_status bk_ultra_setup(bk_kernel* kernel, uint8_t** zkey, size_t* zkey_length, bk_error* error, const uint8_t* r1cs,
                         size_t r1cs_length, const uint8_t secrets[160], const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && zkey != nullptr && zkey_length != nullptr && (r1cs != nullptr || r1cs_length == 0) &&
             secrets != nullptr,
         "an argument is NULL");
    const OwnedBytes bytes = kernel->engine->setup(kernel->pool, watched(supervision), r1cs, r1cs_length, secrets, true);
    *zkey = bytes.data;
    *zkey_length = bytes.size;
  });
}

bk_status bk_ultra_key_load(bk_kernel* kernel, bk_ultra_key** out, bk_error* error, const uint8_t* zkey, size_t zkey_length,
                            const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && (zkey != nullptr || zkey_length == 0), "an argument is NULL");
    auto data = kernel->engine->loadUltraKey(kernel->pool, watched(supervision), zkey, zkey_length);
    *out = new bk_ultra_key{std::move(data), kernel->engine};
  });
}
void bk_ultra_key_release(bk_ultra_key* key) { delete key; }
void bk_ultra_key_shape(const bk_ultra_key* key, uint32_t shape[4]) {
  shape[0] = key->data->wires;
  shape[1] = key->data->publics;
  shape[2] = key->data->challenges;
  shape[3] = key->data->roundOne;
}

bk_status bk_ultra_commit(bk_kernel* kernel, const bk_ultra_key* key, uint8_t commitment[64], bk_error* error,
                          const uint8_t* round_one, size_t round_one_length, const uint8_t rho[32],
                          const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && key != nullptr && commitment != nullptr && rho != nullptr &&
             (round_one != nullptr || round_one_length == 0),
         "an argument is NULL");
    need(key->engine == kernel->engine, "the key was loaded by a kernel of another path");
    u8 result[64];
    kernel->engine->ultraCommit(kernel->pool, watched(supervision), *key->data, result, round_one, round_one_length, rho);
    std::memcpy(commitment, result, 64);
  });
}

bk_status bk_ultra_prove(bk_kernel* kernel, const bk_ultra_key* key, uint8_t proof[256], bk_error* error,
                         const uint8_t* witness, size_t witness_length, const uint8_t blinding[96],
                         const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && key != nullptr && proof != nullptr && blinding != nullptr &&
             (witness != nullptr || witness_length == 0),
         "an argument is NULL");
    need(key->engine == kernel->engine, "the key was loaded by a kernel of another path");
    u8 result[256];
    kernel->engine->ultraProve(kernel->pool, watched(supervision), *key->data, result, witness, witness_length, blinding);
    std::memcpy(proof, result, 256);
  });
}

bk_status bk_ultra_verify(bk_kernel* kernel, int32_t* valid, bk_error* error, const uint8_t* key, size_t key_length,
                          const uint8_t* inputs, size_t inputs_length, const uint8_t* proofs, size_t proofs_length) {
  return guarded(error, [&] {
    verifyProofs(kernel, 2, valid, {key, key_length}, {inputs, inputs_length}, {proofs, proofs_length});
  });
}

}  // extern "C"
