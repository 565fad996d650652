// Glue for UltraGroth; part of addon.cpp.
#pragma once

#include "napi_support.h"

namespace {

struct UltraLoadKeyJob final : Job {
  Bytes zkey;  // pinned
  bk_ultra_key* loaded = nullptr;
  bk_status run(bk_error* e) override {
    return bk_ultra_key_load(kernel->object, &loaded, e, zkey.data, zkey.size, &supervision);
  }
  napi_value result(napi_env env) override { return makeHandle<UltraKeyHandle>(env, loaded); }
};

struct UltraSetupJob final : Job {
  Bytes r1cs;  // pinned
  WipedCopy secrets;
  Made zkey;
  bk_status run(bk_error* e) override {
    return bk_ultra_setup(kernel->object, &zkey.data, &zkey.size, e, r1cs.data, r1cs.size, secrets.data(), &supervision);
  }
  napi_value result(napi_env env) override { return zkey.copy(env); }
};

// Round 1 alone (commit) or everything (prove).
struct UltraProveJob final : Job {
  UltraKeyHandle* ultraKey = nullptr;
  bool commit = false;
  WipedCopy witness, blinding;
  uint8_t out[256];
  bk_status run(bk_error* e) override {
    if (commit)
      return bk_ultra_commit(kernel->object, ultraKey->object, out, e, witness.data(), witness.size(), blinding.data(), &supervision);
    return bk_ultra_prove(kernel->object, ultraKey->object, out, e, witness.data(), witness.size(), blinding.data(), &supervision);
  }
  napi_value result(napi_env env) override { return copyBytes(env, out, commit ? 64 : 256); }
};

// ultraSetup(kernel, r1cs, secrets, cancel, listener): Promise<Uint8Array>
napi_value ultraSetup(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  Draft<UltraSetupJob> job(env);
  Bytes secrets;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], job->r1cs) && readBytes(env, a[2], secrets) && secrets.size == 160);
  job->secrets.set(secrets);
  return start(env, job, a[3], a[4]);
}

// ultraLoadKey(kernel, zkey, cancel, listener): Promise<key>
napi_value ultraLoadKey(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Draft<UltraLoadKeyJob> job(env);
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], job->zkey));
  return start(env, job, a[2], a[3]);
}

// ultraKeyShape(key): [wires, publics, challenges, wires of round 1]
napi_value ultraKeyShape(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* key = readHandle<UltraKeyHandle>(env, a[0]);
  EXPECT(key != nullptr);
  uint32_t shape[4];
  bk_ultra_key_shape(key->object, shape);
  return makeNumbers(env, shape, 4);
}

// ultraCommit(kernel, key, roundOne, rho, cancel, listener): Promise<Uint8Array(64)>
// ultraProve(kernel, key, witness, rho | r | s, cancel, listener): Promise<Uint8Array(256)>
template <bool COMMIT>
napi_value ultraProve(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  Draft<UltraProveJob> job(env);
  job->commit = COMMIT;
  job->ultraKey = job->use<UltraKeyHandle>(env, a[1]);
  Bytes witness, blinding;
  EXPECT(job->useKernel(env, a[0]) && job->ultraKey != nullptr && readBytes(env, a[2], witness) && readBytes(env, a[3], blinding));
  EXPECT(blinding.size == (COMMIT ? 32 : 96));
  job->witness.set(witness);
  job->blinding.set(blinding);
  return start(env, job, a[4], a[5]);
}

constexpr Export ULTRA_FUNCTIONS[] = {{"ultraSetup", ultraSetup},
                                      {"ultraLoadKey", ultraLoadKey},
                                      {"ultraKeyShape", ultraKeyShape},
                                      {"ultraReleaseKey", release<UltraKeyHandle>},
                                      {"ultraCommit", ultraProve<true>},
                                      {"ultraProve", ultraProve<false>}};

}  // namespace
