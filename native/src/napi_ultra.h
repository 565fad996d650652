// Glue for UltraGroth; part of addon.cpp, whose jobs and readers it uses. Secrets are copied and wiped.
#pragma once

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
  std::vector<uint8_t> secrets;
  uint8_t* zkey = nullptr;
  size_t zkeySize = 0;
  bk_status run(bk_error* e) override {
    return bk_ultra_setup(kernel->object, &zkey, &zkeySize, e, r1cs.data, r1cs.size, secrets.data(), &supervision);
  }
  napi_value result(napi_env env) override { return copyBytes(env, zkey, zkeySize); }
  ~UltraSetupJob() override {
    bk_free(zkey);
    wipeBytes(secrets);
  }
};

// Round 1 alone (commit) or everything (prove).
struct UltraProveJob final : Job {
  bool commit = false;
  std::vector<uint8_t> witness, blinding;  // copied, wiped
  uint8_t out[256];
  bk_status run(bk_error* e) override {
    if (commit)
      return bk_ultra_commit(kernel->object, ultraKey->object, out, e, witness.data(), witness.size(), blinding.data(), &supervision);
    return bk_ultra_prove(kernel->object, ultraKey->object, out, e, witness.data(), witness.size(), blinding.data(), &supervision);
  }
  napi_value result(napi_env env) override { return copyBytes(env, out, commit ? 64 : 256); }
  ~UltraProveJob() override {
    wipeBytes(witness);
    wipeBytes(blinding);
  }
};

// ultraSetup(kernel, r1cs, secrets, cancel, listener): Promise<Uint8Array>
napi_value ultraSetup(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  auto job = std::make_unique<UltraSetupJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes secrets;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], job->r1cs) && readBytes(env, a[2], secrets) && secrets.size == 160);
  job->secrets.assign(secrets.data, secrets.data + secrets.size);
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[3], a[4]);
}

// ultraLoadKey(kernel, zkey, cancel, listener): Promise<key>
napi_value ultraLoadKey(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  auto job = std::make_unique<UltraLoadKeyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], job->zkey));
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[2], a[3]);
}

// ultraKeyShape(key): [wires, publics, challenges, wires of round 1]
napi_value ultraKeyShape(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* key = readHandle<UltraKeyHandle>(env, a[0]);
  EXPECT(key != nullptr);
  uint32_t shape[4];
  bk_ultra_key_shape(key->object, shape);
  napi_value out;
  napi_create_array_with_length(env, 4, &out);
  for (uint32_t i = 0; i < 4; i++) {
    napi_value number;
    napi_create_uint32(env, shape[i], &number);
    napi_set_element(env, out, i, number);
  }
  return out;
}

// ultraCommit(kernel, key, roundOne, rho, cancel, listener): Promise<Uint8Array(64)>
// ultraProve(kernel, key, witness, rho | r | s, cancel, listener): Promise<Uint8Array(256)>
template <bool COMMIT>
napi_value ultraProve(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  auto job = std::make_unique<UltraProveJob>();
  job->commit = COMMIT;
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  job->ultraKey = readHandle<UltraKeyHandle>(env, a[1]);
  Bytes witness, blinding;
  EXPECT(job->kernel != nullptr && job->ultraKey != nullptr && readBytes(env, a[2], witness) && readBytes(env, a[3], blinding));
  EXPECT(blinding.size == (COMMIT ? 32 : 96));
  job->witness.assign(witness.data, witness.data + witness.size);
  job->blinding.assign(blinding.data, blinding.data + blinding.size);
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[4], a[5]);
}

}  // namespace
