// Node-API glue over bionoir_kernel.h: opening, Groth16, and parts of the kernel for tests. It copies or pins inputs, runs long
// calls on libuv's pool, and settles a promise with bytes, a handle, or an Error that carries the bk_status as `status`.
#include "src/napi_support.h"

namespace {

struct LoadKeyJob final : Job {
  Bytes zkey;  // pinned
  bk_key* loaded = nullptr;
  bk_status run(bk_error* e) override { return bk_key_load(kernel->object, &loaded, e, zkey.data, zkey.size, &supervision); }
  napi_value result(napi_env env) override { return makeHandle<KeyHandle>(env, loaded); }
};

struct OpenKeyJob final : Job {
  std::string path, cache;  // no cache where empty
  bk_key* loaded = nullptr;
  bk_key_source source = BK_KEY_FROM_FILE;
  bk_status run(bk_error* e) override {
    return bk_key_open(kernel->object, &loaded, &source, e, path.c_str(), cache.empty() ? nullptr : cache.c_str(), &supervision);
  }
  napi_value result(napi_env env) override {
    napi_value out, where;
    napi_create_array_with_length(env, 2, &out);
    napi_set_element(env, out, 0, makeHandle<KeyHandle>(env, loaded));
    napi_create_uint32(env, static_cast<uint32_t>(source), &where);
    napi_set_element(env, out, 1, where);
    return out;
  }
};

struct ProveJob final : Job {
  KeyHandle* key = nullptr;
  WipedCopy witness, blinding;
  uint8_t proof[256];
  bk_status run(bk_error* e) override {
    return bk_prove(kernel->object, key->object, proof, e, witness.data(), witness.size(),
                    blinding.size() == 0 ? nullptr : blinding.data(), &supervision);
  }
  napi_value result(napi_env env) override { return copyBytes(env, proof, sizeof proof); }
};

struct SetupJob final : Job {
  Bytes r1cs;  // pinned
  WipedCopy secrets;
  Made zkey;
  bk_status run(bk_error* e) override {
    return bk_setup(kernel->object, &zkey.data, &zkey.size, e, r1cs.data, r1cs.size, secrets.data(), &supervision);
  }
  napi_value result(napi_env env) override { return zkey.copy(env); }
};

struct VerifyJob final : Job {
  bool ultra = false;
  WipedCopy verificationKey, publics, proofs;
  int32_t valid = 0;
  bk_status run(bk_error* e) override {
    return (ultra ? bk_ultra_verify : bk_verify)(kernel->object, &valid, e, verificationKey.data(), verificationKey.size(),
                                                 publics.data(), publics.size(), proofs.data(), proofs.size());
  }
  napi_value result(napi_env env) override { return makeBoolean(env, valid != 0); }
};

napi_value abiVersion(napi_env env, napi_callback_info) {
  napi_value out;
  napi_create_uint32(env, bk_abi_version(), &out);
  return out;
}

// open(path, threads): kernel
napi_value open(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  uint32_t path = 0, threads = 0;
  EXPECT(readNumber(env, a[0], path) && readNumber(env, a[1], threads));
  EXPECT(path <= BK_PATH_IFMA);
  bk_kernel* kernel = nullptr;
  bk_error error{};
  const bk_status status = bk_open(&kernel, &error, static_cast<bk_path>(path), threads);
  if (status != BK_OK) return throwError(env, error.message, status);
  return makeHandle<KernelHandle>(env, kernel);
}

// describe(kernel): [path, threads]
napi_value describe(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  EXPECT(kernel != nullptr);
  const uint32_t numbers[] = {static_cast<uint32_t>(bk_kernel_path(kernel->object)), bk_kernel_threads(kernel->object)};
  return makeNumbers(env, numbers, 2);
}

// keyShape(key): [wires, publics]
napi_value keyShape(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* key = readHandle<KeyHandle>(env, a[0]);
  EXPECT(key != nullptr);
  const uint32_t numbers[] = {bk_key_wires(key->object), bk_key_public(key->object)};
  return makeNumbers(env, numbers, 2);
}

// loadKey(kernel, zkey, cancel, listener): Promise<key>
napi_value loadKey(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Draft<LoadKeyJob> job(env);
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], job->zkey));
  return start(env, job, a[2], a[3]);
}

// openKey(kernel, path, cache or "", cancel, listener): Promise<[key, source]>
napi_value openKey(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  Draft<OpenKeyJob> job(env);
  EXPECT(job->useKernel(env, a[0]) && readText(env, a[1], job->path) && readText(env, a[2], job->cache));
  return start(env, job, a[3], a[4]);
}

// prove(kernel, key, witness, blinding | null, cancel, listener): Promise<Uint8Array(256)>
napi_value prove(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  Draft<ProveJob> job(env);
  job->key = job->use<KeyHandle>(env, a[1]);
  Bytes witness, blinding;
  EXPECT(job->useKernel(env, a[0]) && job->key != nullptr && readBytes(env, a[2], witness));
  if (!isNullish(env, a[3])) EXPECT(readBytes(env, a[3], blinding) && blinding.size == 64);
  job->witness.set(witness);
  job->blinding.set(blinding);
  return start(env, job, a[4], a[5]);
}

// setup(kernel, r1cs, secrets, cancel, listener): Promise<Uint8Array>
napi_value setup(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  Draft<SetupJob> job(env);
  Bytes secrets;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], job->r1cs) && readBytes(env, a[2], secrets) && secrets.size == 128);
  job->secrets.set(secrets);
  return start(env, job, a[3], a[4]);
}

// verify(kernel, key, publics, proofs), ultraVerify(kernel, key, inputs, proofs): Promise<boolean>
template <bool ULTRA>
napi_value verify(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Draft<VerifyJob> job(env);
  job->ultra = ULTRA;
  Bytes key, publics, proofs;
  EXPECT(job->useKernel(env, a[0]) && readBytes(env, a[1], key) && readBytes(env, a[2], publics) && readBytes(env, a[3], proofs));
  job->verificationKey.set(key);
  job->publics.set(publics);
  job->proofs.set(proofs);
  return start(env, job);
}

// ---- Parts, for tests and micro benches; these run on the calling thread ----

// fieldMap(kernel, field, operation, left, right): Uint8Array
napi_value fieldMap(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  uint32_t field = 0, operation = 0;
  Bytes left, right;
  EXPECT(kernel != nullptr && readNumber(env, a[1], field) &&
         readNumber(env, a[2], operation) && readBytes(env, a[3], left) && readBytes(env, a[4], right));
  EXPECT(left.size % 32 == 0 && left.size == right.size);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, left.size, &out);
  if (array == nullptr) return nullptr;
  bk_error error{};
  const bk_status status = bk_field_map(kernel->object, out, &error, static_cast<bk_field>(field),
                                        static_cast<bk_operation>(operation), left.data, right.data, left.size / 32);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// msm(kernel, group, points, scalars): Uint8Array
napi_value msm(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  bk_group group;
  size_t size;
  Bytes points, scalars;
  EXPECT(kernel != nullptr && readGroup(env, a[1], group, size) && readBytes(env, a[2], points) && readBytes(env, a[3], scalars));
  EXPECT(scalars.size % 32 == 0 && points.size == scalars.size / 32 * size);
  uint8_t out[128];
  bk_error error{};
  const bk_status status = bk_msm(kernel->object, out, &error, group, points.data, scalars.data, scalars.size / 32);
  return status == BK_OK ? copyBytes(env, out, size) : throwError(env, error.message, status);
}

// multiplyGenerator(kernel, group, scalars): Uint8Array
napi_value multiplyGenerator(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  bk_group group;
  size_t size;
  Bytes scalars;
  EXPECT(kernel != nullptr && readGroup(env, a[1], group, size) && readBytes(env, a[2], scalars));
  EXPECT(scalars.size % 32 == 0);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, scalars.size / 32 * size, &out);
  if (array == nullptr) return nullptr;
  bk_error error{};
  const bk_status status = bk_multiply_generator(kernel->object, out, &error, group, scalars.data, scalars.size / 32);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// transform(kernel, values): Uint8Array
napi_value transform(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes values;
  uint32_t power = 0;
  EXPECT(kernel != nullptr && readPowerOfTwo(env, a[1], values, power));
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, values.size, &out);
  if (array == nullptr) return nullptr;
  std::memcpy(out, values.data, values.size);
  bk_error error{};
  const bk_status status = bk_transform(kernel->object, out, &error, power);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

}  // namespace

#include "src/napi_ceremony.h"
#include "src/napi_ultra.h"
#include "src/napi_witness.h"

namespace {

constexpr Export FUNCTIONS[] = {{"abiVersion", abiVersion},
                                {"open", open},
                                {"describe", describe},
                                {"close", release<KernelHandle>},
                                {"releaseKey", release<KeyHandle>},
                                {"keyShape", keyShape},
                                {"loadKey", loadKey},
                                {"openKey", openKey},
                                {"prove", prove},
                                {"setup", setup},
                                {"verify", verify<false>},
                                {"ultraVerify", verify<true>},
                                {"fieldMap", fieldMap},
                                {"msm", msm},
                                {"multiplyGenerator", multiplyGenerator},
                                {"transform", transform}};

napi_value initialize(napi_env env, napi_value exports) {
  addExports(env, exports, FUNCTIONS);
  addExports(env, exports, CEREMONY_FUNCTIONS);
  addExports(env, exports, ULTRA_FUNCTIONS);
  addExports(env, exports, WITNESS_FUNCTIONS);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, initialize)
