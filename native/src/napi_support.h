// What every file of the Node-API glue shares: handles, readers of arguments, and jobs, which run a long call on libuv's pool
// and settle a promise. What is checked here is what memory safety needs; src/kernel checks what callers give.
#pragma once
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#define NAPI_VERSION 8
#include <node_api.h>

#include "../include/bionoir_kernel.h"

namespace {

// ---- Handles: native objects that JavaScript holds ----

// All fields are touched on the JavaScript thread only: a call in flight counts as a use, and the object dies when it is
// released and unused.
struct Held {
  unsigned uses = 0;
  bool released = false;
  virtual ~Held() = default;
  // Frees the object once nobody can use it.
  virtual void end() = 0;
};

template <class T, void (*Destroy)(T*)>
struct Handle final : Held {
  T* object = nullptr;

  static const napi_type_tag TAG;
  void end() override {
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

// ---- Errors ----

napi_value makeError(napi_env env, const char* message, int status) {
  napi_value text, error, number;
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  napi_create_error(env, nullptr, text, &error);
  napi_create_int32(env, status, &number);
  napi_set_named_property(env, error, "status", number);
  return error;
}
napi_value throwError(napi_env env, const char* message, int status) {
  napi_throw(env, makeError(env, message, status));
  return nullptr;
}

// ---- Arguments ----

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

struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
};

bool isNullish(napi_env env, napi_value value) {
  napi_valuetype type;
  return napi_typeof(env, value, &type) == napi_ok && (type == napi_undefined || type == napi_null);
}

bool readTypedArray(napi_env env, napi_value value, napi_typedarray_type expected, void** data, size_t* length) {
  bool is = false;
  napi_typedarray_type type;
  if (napi_is_typedarray(env, value, &is) != napi_ok || !is) return false;
  if (napi_get_typedarray_info(env, value, &type, length, data, nullptr, nullptr) != napi_ok) return false;
  return type == expected;
}
bool readBytes(napi_env env, napi_value value, Bytes& out) {
  void* data = nullptr;
  if (!readTypedArray(env, value, napi_uint8_array, &data, &out.size)) return false;
  out.data = static_cast<uint8_t*>(data);
  return true;
}
bool readNumber(napi_env env, napi_value value, uint32_t& out) { return napi_get_value_uint32(env, value, &out) == napi_ok; }

bool readText(napi_env env, napi_value value, std::string& out) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return false;
  out.resize(size + 1);
  if (napi_get_value_string_utf8(env, value, out.data(), out.size(), &size) != napi_ok) return false;
  out.resize(size);
  return true;
}

// A group, and the bytes of one of its points.
bool readGroup(napi_env env, napi_value value, bk_group& group, size_t& size) {
  uint32_t number = 0;
  if (!readNumber(env, value, number) || (number != BK_G1 && number != BK_G2)) return false;
  group = static_cast<bk_group>(number);
  size = 64 * number;
  return true;
}

// 2^power values of 32 bytes.
bool readPowerOfTwo(napi_env env, napi_value value, Bytes& out, uint32_t& power) {
  if (!readBytes(env, value, out)) return false;
  for (power = 0; power < 28 && (size_t{32} << power) < out.size;) power++;
  return (size_t{32} << power) == out.size;
}

// A copy of bytes that may be secret, wiped at the end.
class WipedCopy {
 public:
  WipedCopy() = default;
  WipedCopy(const WipedCopy&) = delete;
  WipedCopy& operator=(const WipedCopy&) = delete;
  ~WipedCopy() {
    volatile uint8_t* at = copy_.data();
    for (size_t i = 0; i < copy_.size(); i++) at[i] = 0;
  }
  void set(const Bytes& bytes) { copy_.assign(bytes.data, bytes.data + bytes.size); }
  const uint8_t* data() const { return copy_.data(); }
  size_t size() const { return copy_.size(); }

 private:
  std::vector<uint8_t> copy_;
};

// ---- Results; nullptr, with an exception pending, when the host has no memory for one ----

napi_value undefined(napi_env env) {
  napi_value out;
  napi_get_undefined(env, &out);
  return out;
}
napi_value makeBoolean(napi_env env, bool value) {
  napi_value out;
  napi_get_boolean(env, value, &out);
  return out;
}
napi_value makeNumbers(napi_env env, const uint32_t* numbers, size_t count) {
  napi_value out;
  napi_create_array_with_length(env, count, &out);
  for (uint32_t i = 0; i < count; i++) {
    napi_value number;
    napi_create_uint32(env, numbers[i], &number);
    napi_set_element(env, out, i, number);
  }
  return out;
}
napi_value makeTypedArray(napi_env env, napi_typedarray_type type, size_t size, size_t length, void** data) {
  napi_value buffer, array;
  if (napi_create_arraybuffer(env, size, data, &buffer) != napi_ok) return nullptr;
  return napi_create_typedarray(env, type, length, buffer, 0, &array) == napi_ok ? array : nullptr;
}
// A fresh Uint8Array whose bytes are to be filled.
napi_value makeBytes(napi_env env, size_t size, uint8_t** data) {
  void* memory = nullptr;
  napi_value array = makeTypedArray(env, napi_uint8_array, size, size, &memory);
  *data = static_cast<uint8_t*>(memory);
  return array;
}
napi_value copyBytes(napi_env env, const uint8_t* from, size_t size) {
  uint8_t* data = nullptr;
  napi_value array = makeBytes(env, size, &data);
  if (size > 0 && array != nullptr) std::memcpy(data, from, size);
  return array;
}
napi_value copyWords(napi_env env, const uint32_t* words, size_t count) {
  void* data = nullptr;
  napi_value array = makeTypedArray(env, napi_uint32_array, 4 * count, count, &data);
  if (count > 0 && array != nullptr) std::memcpy(data, words, 4 * count);
  return array;
}

// Bytes that the kernel made.
struct Made {
  uint8_t* data = nullptr;
  size_t size = 0;
  Made() = default;
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() { bk_free(data); }
  napi_value copy(napi_env env) const { return copyBytes(env, data, size); }
};

// ---- Jobs: long calls ----

struct Job {
  virtual ~Job() = default;
  virtual bk_status run(bk_error* error) = 0;  // on libuv's pool
  virtual napi_value result(napi_env env) = 0; // on the JavaScript thread, after BK_OK

  KernelHandle* kernel = nullptr;
  bk_supervision supervision{};
  std::vector<Held*> held;
  std::vector<napi_ref> pins;

  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_threadsafe_function listener = nullptr;
  double reported = -1;
  bk_status status = BK_INTERNAL;
  bk_error error{};

  // A handle that stays alive while the job runs, or nullptr for what is none.
  template <class H>
  H* use(napi_env env, napi_value value) {
    H* handle = readHandle<H>(env, value);
    if (handle != nullptr) {
      held.push_back(handle);
      pin(env, value);
    }
    return handle;
  }
  bool useKernel(napi_env env, napi_value value) { return (kernel = use<KernelHandle>(env, value)) != nullptr; }
  // Bytes that are read or written in place: the array stays where it is.
  bool useBytes(napi_env env, napi_value value, Bytes& out) {
    if (!readBytes(env, value, out)) return false;
    pin(env, value);
    return true;
  }
  void pin(napi_env env, napi_value value) {
    napi_ref ref;
    if (napi_create_reference(env, value, 1, &ref) == napi_ok) pins.push_back(ref);
  }
  void unpin(napi_env env) {
    for (napi_ref ref : pins) napi_delete_reference(env, ref);
    pins.clear();
  }
};

// A job as a function that makes it sees it: arguments that are refused leave nothing pinned.
template <class J>
class Draft {
 public:
  explicit Draft(napi_env env) : env_(env), job_(std::make_unique<J>()) {}
  ~Draft() {
    if (job_ != nullptr) job_->unpin(env_);
  }
  J* operator->() { return job_.get(); }
  std::unique_ptr<Job> release() { return std::move(job_); }

 private:
  const napi_env env_;
  std::unique_ptr<J> job_;
};

struct ProgressReport {
  std::string step;
  double fraction;
};

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
  napi_value arguments[2];
  napi_create_string_utf8(env, report->step.c_str(), report->step.size(), &arguments[0]);
  napi_create_double(env, report->fraction, &arguments[1]);
  napi_call_function(env, undefined(env), callback, 2, arguments, nullptr);
}

void execute(napi_env, void* data) {
  Job& job = *static_cast<Job*>(data);
  job.status = job.run(&job.error);
}

// The result, or after a failure nullptr and why.
napi_value resultOf(napi_env env, Job& job, napi_value* error) {
  if (job.status != BK_OK) {
    *error = makeError(env, job.error.message, job.status);
    return nullptr;
  }
  napi_value out = job.result(env);
  if (out != nullptr) return out;
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
  *error = makeError(env, "not enough memory for the result", BK_NO_MEMORY);
  return nullptr;
}

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  for (Held* held : job->held) {
    held->uses--;
    held->end();
  }
  napi_value error = nullptr;
  napi_value out = resultOf(env, *job, &error);
  if (out != nullptr) napi_resolve_deferred(env, job->deferred, out);
  else napi_reject_deferred(env, job->deferred, error);
  job->unpin(env);
  if (job->listener != nullptr) napi_release_threadsafe_function(job->listener, napi_tsfn_release);
  napi_delete_async_work(env, job->work);
}

// Starts a job; `cancel` is an Int32Array of one element or nullish, `listener` a function or nullish.
template <class J>
napi_value start(napi_env env, Draft<J>& job, napi_value cancel, napi_value listener) {
  if (!isNullish(env, cancel)) {
    size_t length = 0;
    void* data = nullptr;
    if (!readTypedArray(env, cancel, napi_int32_array, &data, &length) || length < 1)
      return throwError(env, "cancel is not an Int32Array", BK_BAD_ARGUMENT);
    job->supervision.cancel = static_cast<const volatile int32_t*>(data);
    job->pin(env, cancel);
  }
  napi_value name, promise;
  napi_create_string_utf8(env, "bionoir kernel", NAPI_AUTO_LENGTH, &name);
  if (!isNullish(env, listener)) {
    if (napi_create_threadsafe_function(env, listener, nullptr, name, 0, 1, nullptr, nullptr, nullptr, deliverProgress,
                                        &job->listener) != napi_ok)
      return throwError(env, "the progress listener is not a function", BK_BAD_ARGUMENT);
    job->supervision.progress = onProgress;
    job->supervision.context = static_cast<Job*>(job.operator->());
  }
  for (Held* held : job->held) held->uses++;
  Job* running = job.release().release();
  napi_create_promise(env, &running->deferred, &promise);
  napi_create_async_work(env, nullptr, name, execute, complete, running, &running->work);
  napi_queue_async_work(env, running->work);
  return promise;
}
// Starts a job that is neither cancelled nor reports.
template <class J>
napi_value start(napi_env env, Draft<J>& job) {
  return start(env, job, undefined(env), undefined(env));
}

// ---- Exports ----

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

struct Export {
  const char* name;
  napi_callback call;
};
template <size_t N>
void addExports(napi_env env, napi_value exports, const Export (&functions)[N]) {
  for (const Export& f : functions) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
}

}  // namespace
