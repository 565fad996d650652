// Node-API glue over bionoir_kernel.h. It copies or pins inputs, runs long calls on libuv's pool, and settles a promise
// with bytes, a handle, or an Error that carries the bk_status as `status`. Arguments are checked by src/kernel/native.ts;
// what is checked here again is only what memory safety needs.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#define NAPI_VERSION 8
#include <node_api.h>

#include "include/bionoir_kernel.h"

namespace {

// A native object that JavaScript holds. All fields are touched on the JavaScript thread only: a call in flight counts
// as a use, and the object dies when it is released and unused.
template <class T, void (*Destroy)(T*)>
struct Handle {
  T* object = nullptr;
  unsigned uses = 0;
  bool released = false;

  static const napi_type_tag TAG;
  void end() {
    if (released && uses == 0 && object != nullptr) {
      Destroy(object);
      object = nullptr;
    }
  }
  static void finalize(napi_env, void* data, void*) {
    auto* handle = static_cast<Handle*>(data);
    handle->released = true;
    handle->end();
    if (handle->uses == 0) delete handle;  // torn down under a running call: leaking is the safe end
  }
};
using KernelHandle = Handle<bk_kernel, bk_close>;
using KeyHandle = Handle<bk_key, bk_key_release>;
using UltraKeyHandle = Handle<bk_ultra_key, bk_ultra_key_release>;
using WitnessHandle = Handle<bk_witness_program, bk_witness_release>;
using SolutionHandle = Handle<bk_solution, bk_solution_release>;
template <>
const napi_type_tag KernelHandle::TAG = {0x6b2f0d5c91c84a7e, 0x8d1e5f33a0b9427d};
template <>
const napi_type_tag KeyHandle::TAG = {0x0b7f6a2e14d94f58, 0x9c3d7e61f2a8450b};
template <>
const napi_type_tag UltraKeyHandle::TAG = {0x5d90c3e8b7a1462f, 0xa41f7d0596e83bc2};
template <>
const napi_type_tag WitnessHandle::TAG = {0x1f6cb03a9d2e4785, 0xb58e62d7104fa39c};
template <>
const napi_type_tag SolutionHandle::TAG = {0xe23795ac6b10df84, 0x97a4f08c35d1e62b};

napi_value throwError(napi_env env, const char* message, int status) {
  napi_value text, error, number;
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  napi_create_error(env, nullptr, text, &error);
  napi_create_int32(env, status, &number);
  napi_set_named_property(env, error, "status", number);
  napi_throw(env, error);
  return nullptr;
}

napi_value makeError(napi_env env, const char* message, int status) {
  napi_value text, error, number;
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  napi_create_error(env, nullptr, text, &error);
  napi_create_int32(env, status, &number);
  napi_set_named_property(env, error, "status", number);
  return error;
}

struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
};

bool isNullish(napi_env env, napi_value value) {
  napi_valuetype type;
  return napi_typeof(env, value, &type) == napi_ok && (type == napi_undefined || type == napi_null);
}

bool readBytes(napi_env env, napi_value value, Bytes& out) {
  bool is = false;
  napi_typedarray_type type;
  void* data = nullptr;
  if (napi_is_typedarray(env, value, &is) != napi_ok || !is) return false;
  if (napi_get_typedarray_info(env, value, &type, &out.size, &data, nullptr, nullptr) != napi_ok) return false;
  out.data = static_cast<uint8_t*>(data);
  return type == napi_uint8_array;
}

template <class H>
H* readHandle(napi_env env, napi_value value) {
  bool tagged = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(env, value, &H::TAG, &tagged) != napi_ok || !tagged) return nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) return nullptr;
  auto* handle = static_cast<H*>(data);
  return handle->released ? nullptr : handle;
}

template <class H, class T>
napi_value makeHandle(napi_env env, T* object) {
  auto* handle = new H;
  handle->object = object;
  napi_value external;
  napi_create_external(env, handle, H::finalize, nullptr, &external);
  napi_type_tag_object(env, external, &H::TAG);
  return external;
}

// ---- Long calls ----

struct ProgressReport {
  std::string step;
  double fraction;
};

struct Job {
  virtual ~Job() = default;
  virtual bk_status run(bk_error* error) = 0;          // on libuv's pool
  virtual napi_value result(napi_env env) = 0;         // on the JavaScript thread, after BK_OK

  KernelHandle* kernel = nullptr;
  KeyHandle* key = nullptr;
  UltraKeyHandle* ultraKey = nullptr;
  WitnessHandle* witnessProgram = nullptr;
  SolutionHandle* solution = nullptr;
  bk_supervision supervision{};
  std::vector<napi_ref> pins;

  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_threadsafe_function listener = nullptr;
  double reported = -1;
  bk_status status = BK_INTERNAL;
  bk_error error{};
};

void pin(napi_env env, Job& job, napi_value value) {
  napi_ref ref;
  if (napi_create_reference(env, value, 1, &ref) == napi_ok) job.pins.push_back(ref);
}

void onProgress(void* context, const char* step, double fraction) {
  Job& job = *static_cast<Job*>(context);
  if (fraction - job.reported < 0.01 && fraction >= job.reported && fraction < 1) return;
  job.reported = fraction;
  auto* report = new ProgressReport{step, fraction};
  if (napi_call_threadsafe_function(job.listener, report, napi_tsfn_nonblocking) != napi_ok) delete report;
}

void deliverProgress(napi_env env, napi_value callback, void*, void* data) {
  const std::unique_ptr<ProgressReport> report(static_cast<ProgressReport*>(data));
  if (env == nullptr || callback == nullptr) return;
  napi_value arguments[2], self;
  napi_create_string_utf8(env, report->step.c_str(), report->step.size(), &arguments[0]);
  napi_create_double(env, report->fraction, &arguments[1]);
  napi_get_undefined(env, &self);
  napi_call_function(env, self, callback, 2, arguments, nullptr);
}

void execute(napi_env, void* data) {
  Job& job = *static_cast<Job*>(data);
  job.status = job.run(&job.error);
}

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  job->kernel->uses--;
  job->kernel->end();
  if (job->key != nullptr) {
    job->key->uses--;
    job->key->end();
  }
  if (job->ultraKey != nullptr) {
    job->ultraKey->uses--;
    job->ultraKey->end();
  }
  if (job->witnessProgram != nullptr) {
    job->witnessProgram->uses--;
    job->witnessProgram->end();
  }
  if (job->solution != nullptr) {
    job->solution->uses--;
    job->solution->end();
  }
  if (job->status == BK_OK) napi_resolve_deferred(env, job->deferred, job->result(env));
  else napi_reject_deferred(env, job->deferred, makeError(env, job->error.message, job->status));
  for (napi_ref ref : job->pins) napi_delete_reference(env, ref);
  if (job->listener != nullptr) napi_release_threadsafe_function(job->listener, napi_tsfn_release);
  napi_delete_async_work(env, job->work);
}

// Starts a job; `cancel` is an Int32Array of one element or nullish, `listener` a function or nullish.
napi_value start(napi_env env, std::unique_ptr<Job> job, napi_value cancel, napi_value listener) {
  if (!isNullish(env, cancel)) {
    napi_typedarray_type type;
    size_t length;
    void* data = nullptr;
    bool is = false;
    if (napi_is_typedarray(env, cancel, &is) != napi_ok || !is ||
        napi_get_typedarray_info(env, cancel, &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != napi_int32_array || length < 1)
      return throwError(env, "cancel is not an Int32Array", BK_BAD_ARGUMENT);
    job->supervision.cancel = static_cast<const volatile int32_t*>(data);
    pin(env, *job, cancel);
  }
  napi_value name, promise;
  napi_create_string_utf8(env, "bionoir kernel", NAPI_AUTO_LENGTH, &name);
  if (!isNullish(env, listener)) {
    if (napi_create_threadsafe_function(env, listener, nullptr, name, 0, 1, nullptr, nullptr, nullptr, deliverProgress,
                                        &job->listener) != napi_ok)
      return throwError(env, "the progress listener is not a function", BK_BAD_ARGUMENT);
    job->supervision.progress = onProgress;
    job->supervision.context = job.get();
  }
  job->kernel->uses++;
  if (job->key != nullptr) job->key->uses++;
  if (job->ultraKey != nullptr) job->ultraKey->uses++;
  if (job->witnessProgram != nullptr) job->witnessProgram->uses++;
  if (job->solution != nullptr) job->solution->uses++;
  Job* running = job.release();
  napi_create_promise(env, &running->deferred, &promise);
  napi_create_async_work(env, nullptr, name, execute, complete, running, &running->work);
  napi_queue_async_work(env, running->work);
  return promise;
}

// Fills bytes of a fresh Uint8Array.
napi_value makeBytes(napi_env env, size_t size, uint8_t** data) {
  napi_value buffer, array;
  void* memory = nullptr;
  if (napi_create_arraybuffer(env, size, &memory, &buffer) != napi_ok) return nullptr;
  napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &array);
  *data = static_cast<uint8_t*>(memory);
  return array;
}
napi_value copyBytes(napi_env env, const uint8_t* from, size_t size) {
  uint8_t* data = nullptr;
  napi_value array = makeBytes(env, size, &data);
  if (size > 0 && array != nullptr) std::memcpy(data, from, size);
  return array;
}

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
  std::vector<uint8_t> witness, blinding;  // copied, wiped
  uint8_t proof[256];
  bk_status run(bk_error* e) override {
    return bk_prove(kernel->object, key->object, proof, e, witness.data(), witness.size(),
                    blinding.empty() ? nullptr : blinding.data(), &supervision);
  }
  napi_value result(napi_env env) override { return copyBytes(env, proof, sizeof proof); }
  ~ProveJob() override {
    for (auto* secret : {&witness, &blinding}) {
      volatile uint8_t* at = secret->data();
      for (size_t i = 0; i < secret->size(); i++) at[i] = 0;
    }
  }
};

struct SetupJob final : Job {
  Bytes r1cs;  // pinned
  uint8_t secrets[128];
  uint8_t* zkey = nullptr;
  size_t zkeySize = 0;
  bk_status run(bk_error* e) override {
    return bk_setup(kernel->object, &zkey, &zkeySize, e, r1cs.data, r1cs.size, secrets, &supervision);
  }
  napi_value result(napi_env env) override { return copyBytes(env, zkey, zkeySize); }
  ~SetupJob() override {
    bk_free(zkey);
    volatile uint8_t* at = secrets;
    for (size_t i = 0; i < sizeof secrets; i++) at[i] = 0;
  }
};

void wipeBytes(std::vector<uint8_t>& secret) {
  volatile uint8_t* at = secret.data();
  for (size_t i = 0; i < secret.size(); i++) at[i] = 0;
}

struct VerifyJob final : Job {
  bool ultra = false;
  std::vector<uint8_t> verificationKey, publics, proofs;
  int32_t valid = 0;
  bk_status run(bk_error* e) override {
    return (ultra ? bk_ultra_verify : bk_verify)(kernel->object, &valid, e, verificationKey.data(), verificationKey.size(),
                                                 publics.data(), publics.size(), proofs.data(), proofs.size());
  }
  napi_value result(napi_env env) override {
    napi_value out;
    napi_get_boolean(env, valid != 0, &out);
    return out;
  }
};

// ---- Exports ----

template <size_t N>
bool readArguments(napi_env env, napi_callback_info info, napi_value (&out)[N]) {
  size_t count = N;
  return napi_get_cb_info(env, info, &count, out, nullptr, nullptr) == napi_ok && count >= N;
}

constexpr const char* BAD = "the arguments are not what the kernel's glue expects";

#define ARGUMENTS(count)                              \
  napi_value a[count];                                \
  if (!readArguments(env, info, a)) return throwError(env, BAD, BK_BAD_ARGUMENT)
#define EXPECT(condition) \
  if (!(condition)) return throwError(env, BAD, BK_BAD_ARGUMENT)

napi_value abiVersion(napi_env env, napi_callback_info) {
  napi_value out;
  napi_create_uint32(env, bk_abi_version(), &out);
  return out;
}

// open(path, threads): kernel
napi_value open(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  uint32_t path = 0, threads = 0;
  EXPECT(napi_get_value_uint32(env, a[0], &path) == napi_ok && napi_get_value_uint32(env, a[1], &threads) == napi_ok);
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
  napi_value out, path, threads;
  napi_create_array_with_length(env, 2, &out);
  napi_create_uint32(env, static_cast<uint32_t>(bk_kernel_path(kernel->object)), &path);
  napi_create_uint32(env, bk_kernel_threads(kernel->object), &threads);
  napi_set_element(env, out, 0, path);
  napi_set_element(env, out, 1, threads);
  return out;
}

// close(kernel) and releaseKey(key): dead at once for JavaScript, freed when unused.
template <class H>
napi_value release(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  if (auto* handle = readHandle<H>(env, a[0])) {
    handle->released = true;
    handle->end();
  }
  return nullptr;
}

// keyShape(key): [wires, publics]
napi_value keyShape(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* key = readHandle<KeyHandle>(env, a[0]);
  EXPECT(key != nullptr);
  napi_value out, wires, publics;
  napi_create_array_with_length(env, 2, &out);
  napi_create_uint32(env, bk_key_wires(key->object), &wires);
  napi_create_uint32(env, bk_key_public(key->object), &publics);
  napi_set_element(env, out, 0, wires);
  napi_set_element(env, out, 1, publics);
  return out;
}

// loadKey(kernel, zkey, cancel, listener): Promise<key>
napi_value loadKey(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  auto job = std::make_unique<LoadKeyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], job->zkey));
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[2], a[3]);
}

bool readText(napi_env env, napi_value value, std::string& out) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return false;
  out.resize(size + 1);
  if (napi_get_value_string_utf8(env, value, out.data(), out.size(), &size) != napi_ok) return false;
  out.resize(size);
  return true;
}

// openKey(kernel, path, cache or "", cancel, listener): Promise<[key, source]>
napi_value openKey(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  auto job = std::make_unique<OpenKeyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  EXPECT(job->kernel != nullptr && readText(env, a[1], job->path) && readText(env, a[2], job->cache));
  return start(env, std::move(job), a[3], a[4]);
}

// prove(kernel, key, witness, blinding | null, cancel, listener): Promise<Uint8Array(256)>
napi_value prove(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  auto job = std::make_unique<ProveJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  job->key = readHandle<KeyHandle>(env, a[1]);
  Bytes witness, blinding;
  EXPECT(job->kernel != nullptr && job->key != nullptr && readBytes(env, a[2], witness));
  if (!isNullish(env, a[3])) EXPECT(readBytes(env, a[3], blinding) && blinding.size == 64);
  job->witness.assign(witness.data, witness.data + witness.size);
  job->blinding.assign(blinding.data, blinding.data + blinding.size);
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[4], a[5]);
}

// setup(kernel, r1cs, secrets, cancel, listener): Promise<Uint8Array>
napi_value setup(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  auto job = std::make_unique<SetupJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes secrets;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], job->r1cs) && readBytes(env, a[2], secrets) && secrets.size == 128);
  std::memcpy(job->secrets, secrets.data, 128);
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[3], a[4]);
}

// verify(kernel, key, publics, proofs), ultraVerify(kernel, key, inputs, proofs): Promise<boolean>
template <bool ULTRA>
napi_value verify(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  auto job = std::make_unique<VerifyJob>();
  job->ultra = ULTRA;
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes key, publics, proofs;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], key) && readBytes(env, a[2], publics) && readBytes(env, a[3], proofs));
  job->verificationKey.assign(key.data, key.data + key.size);
  job->publics.assign(publics.data, publics.data + publics.size);
  job->proofs.assign(proofs.data, proofs.data + proofs.size);
  napi_value nothing;
  napi_get_undefined(env, &nothing);
  return start(env, std::move(job), nothing, nothing);
}

// ---- Parts, for tests and micro benches; these run on the calling thread ----

// fieldMap(kernel, field, operation, left, right): Uint8Array
napi_value fieldMap(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  uint32_t field = 0, operation = 0;
  Bytes left, right;
  EXPECT(kernel != nullptr && napi_get_value_uint32(env, a[1], &field) == napi_ok &&
         napi_get_value_uint32(env, a[2], &operation) == napi_ok && readBytes(env, a[3], left) && readBytes(env, a[4], right));
  EXPECT(left.size % 32 == 0 && left.size == right.size);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, left.size, &out);
  bk_error error{};
  const bk_status status = bk_field_map(kernel->object, out, &error, static_cast<bk_field>(field),
                                        static_cast<bk_operation>(operation), left.data, right.data, left.size / 32);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// msm(kernel, group, points, scalars): Uint8Array
napi_value msm(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  uint32_t group = 0;
  Bytes points, scalars;
  EXPECT(kernel != nullptr && napi_get_value_uint32(env, a[1], &group) == napi_ok && readBytes(env, a[2], points) &&
         readBytes(env, a[3], scalars));
  EXPECT((group == BK_G1 || group == BK_G2) && scalars.size % 32 == 0 && points.size == scalars.size * 2 * group);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, 64 * group, &out);
  bk_error error{};
  const bk_status status = bk_msm(kernel->object, out, &error, static_cast<bk_group>(group), points.data, scalars.data, scalars.size / 32);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// multiplyGenerator(kernel, group, scalars): Uint8Array
napi_value multiplyGenerator(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  uint32_t group = 0;
  Bytes scalars;
  EXPECT(kernel != nullptr && napi_get_value_uint32(env, a[1], &group) == napi_ok && readBytes(env, a[2], scalars));
  EXPECT((group == BK_G1 || group == BK_G2) && scalars.size % 32 == 0);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, scalars.size * 2 * group, &out);
  bk_error error{};
  const bk_status status =
      bk_multiply_generator(kernel->object, out, &error, static_cast<bk_group>(group), scalars.data, scalars.size / 32);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// transform(kernel, values): Uint8Array
napi_value transform(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes values;
  EXPECT(kernel != nullptr && readBytes(env, a[1], values));
  uint32_t power = 0;
  while (power < 28 && (size_t{32} << power) < values.size) power++;
  EXPECT((size_t{32} << power) == values.size);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, values.size, &out);
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

napi_value initialize(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {{"abiVersion", abiVersion},
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
                   {"ultraSetup", ultraSetup},
                   {"ultraLoadKey", ultraLoadKey},
                   {"ultraKeyShape", ultraKeyShape},
                   {"ultraReleaseKey", release<UltraKeyHandle>},
                   {"ultraCommit", ultraProve<true>},
                   {"ultraProve", ultraProve<false>},
                   {"ultraVerify", verify<true>},
                   {"fieldMap", fieldMap},
                   {"msm", msm},
                   {"multiplyGenerator", multiplyGenerator},
                   {"transform", transform}};
  for (const auto& f : functions) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  for (const auto& f : CEREMONY_FUNCTIONS) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  for (const auto& f : WITNESS_FUNCTIONS) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, initialize)
