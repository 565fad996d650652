// The part of a C++ runtime that the WebAssembly tool chain lacks (its library is built for one thread and without
// exceptions): threads, locks, thread-specific values, guards of static locals, exceptions, and a locked allocator.
// The kernel's sources above this use std::thread, std::mutex and throw as everywhere else.
//
// A thread is a worker of the host with an instance of its own on the shared memory (src/kernel/wasm/instance.ts gives it
// a stack and thread-local storage) that has entered bk_wasm_thread. std::thread hands it a function to run.
// Blocking waits: never on a browser's main thread, where the host forbids them; only workers run the kernel.
#include "base.h"

#if BIONOIR_WASM
#include <errno.h>
#include <pthread.h>

#include <exception>
#include <new>
#include <typeinfo>

#include "wasm_host.h"

#define BIONOIR_EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace {

using namespace bionoir;

void waitWhile(u32* word, u32 value) { __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(word), static_cast<int>(value), -1); }
void wake(u32* word, u32 count) { __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(word), count); }
u32 load(const u32* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

// 0 free, 1 held, 2 held and waited for (U. Drepper, "Futexes Are Tricky", 2011, section 6).
void lockWord(u32* word) {
  u32 seen = 0;
  if (__atomic_compare_exchange_n(word, &seen, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
  if (seen != 2) seen = __atomic_exchange_n(word, 2, __ATOMIC_SEQ_CST);
  while (seen != 0) {
    waitWhile(word, 2);
    seen = __atomic_exchange_n(word, 2, __ATOMIC_SEQ_CST);
  }
}
void unlockWord(u32* word) {
  if (__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST) == 2) wake(word, 1);
}

// The library's types are records of integers; all zero is their initial state. Word 0 is ours.
template <class T>
u32* wordOf(T* object) {
  static_assert(sizeof(T) >= sizeof(u32));
  return reinterpret_cast<u32*>(object);
}

struct Thread {
  void* (*start)(void*);
  void* argument;
  u32 ended;
  Thread* next;
};
u32 threadsLock = 0, threadsWaiting = 0;  // threadsWaiting counts changes of the list
Thread* threads = nullptr;                // handed over, not yet begun
thread_local Thread self{nullptr, nullptr, 0, nullptr};

constexpr u32 KEYS_MAX = 8;
u32 keyCount = 0;
void (*keyDestroyers[KEYS_MAX])(void*) = {};
thread_local void* keyValues[KEYS_MAX] = {};

}  // namespace

// ---- Threads and locks, as libc++ calls them ----

extern "C" {

int pthread_mutex_init(pthread_mutex_t* m, const pthread_mutexattr_t*) { return *wordOf(m) = 0, 0; }
int pthread_mutex_destroy(pthread_mutex_t*) { return 0; }
int pthread_mutex_lock(pthread_mutex_t* m) { return lockWord(wordOf(m)), 0; }
int pthread_mutex_unlock(pthread_mutex_t* m) { return unlockWord(wordOf(m)), 0; }
int pthread_mutex_trylock(pthread_mutex_t* m) {
  u32 seen = 0;
  return __atomic_compare_exchange_n(wordOf(m), &seen, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ? 0 : EBUSY;
}

// A condition's word counts its signals: a waiter sleeps only while none has come since it held the mutex.
int pthread_cond_init(pthread_cond_t* c, const pthread_condattr_t*) { return *wordOf(c) = 0, 0; }
int pthread_cond_destroy(pthread_cond_t*) { return 0; }
int pthread_cond_wait(pthread_cond_t* c, pthread_mutex_t* m) {
  const u32 seen = load(wordOf(c));
  unlockWord(wordOf(m));
  waitWhile(wordOf(c), seen);
  lockWord(wordOf(m));
  return 0;
}
int pthread_cond_signal(pthread_cond_t* c) {
  __atomic_add_fetch(wordOf(c), 1, __ATOMIC_SEQ_CST);
  wake(wordOf(c), 1);
  return 0;
}
int pthread_cond_broadcast(pthread_cond_t* c) {
  __atomic_add_fetch(wordOf(c), 1, __ATOMIC_SEQ_CST);
  wake(wordOf(c), ~u32{0});
  return 0;
}

// The new thread begins when a worker is free; the glue starts as many workers as it lets the kernel have threads.
int pthread_create(pthread_t* out, const pthread_attr_t*, void* (*start)(void*), void* argument) {
  auto* thread = static_cast<Thread*>(std::malloc(sizeof(Thread)));
  if (thread == nullptr) return EAGAIN;
  lockWord(&threadsLock);
  *thread = {start, argument, 0, threads};
  threads = thread;
  __atomic_add_fetch(&threadsWaiting, 1, __ATOMIC_SEQ_CST);
  unlockWord(&threadsLock);
  wake(&threadsWaiting, 1);
  *out = reinterpret_cast<pthread_t>(thread);
  return 0;
}
int pthread_join(pthread_t handle, void**) {
  auto* thread = reinterpret_cast<Thread*>(handle);
  while (load(&thread->ended) == 0) waitWhile(&thread->ended, 0);
  std::free(thread);
  return 0;
}
int pthread_detach(pthread_t) { return 0; }
pthread_t pthread_self(void) { return reinterpret_cast<pthread_t>(&self); }

int pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) {
  const u32 index = __atomic_fetch_add(&keyCount, 1, __ATOMIC_SEQ_CST);
  if (index >= KEYS_MAX) return EAGAIN;
  keyDestroyers[index] = destroy;
  *key = index;
  return 0;
}
int pthread_setspecific(pthread_key_t key, const void* value) {
  keyValues[key] = const_cast<void*>(value);
  return 0;
}
void* pthread_getspecific(pthread_key_t key) { return keyValues[key]; }

}  // extern "C"

// What a worker of the host calls once; it runs threads until the host ends the worker.
BIONOIR_EXPORT("bk_wasm_thread") void bk_wasm_thread() {
  for (;;) {
    lockWord(&threadsLock);
    const u32 seen = load(&threadsWaiting);
    Thread* thread = threads;
    if (thread != nullptr) threads = thread->next;
    unlockWord(&threadsLock);
    if (thread == nullptr) {
      waitWhile(&threadsWaiting, seen);
      continue;
    }
    thread->start(thread->argument);
    for (u32 key = 0; key < load(&keyCount); key++) {
      if (keyValues[key] != nullptr && keyDestroyers[key] != nullptr) keyDestroyers[key](keyValues[key]);
      keyValues[key] = nullptr;
    }
    __atomic_store_n(&thread->ended, 1, __ATOMIC_SEQ_CST);
    wake(&thread->ended, ~u32{0});
  }
}

// ---- Memory: the library's allocator knows no threads (the linker wraps it, see scripts/build-wasm.mjs) ----

namespace {
u32 heapLock = 0;
struct HeapHeld {
  HeapHeld() { lockWord(&heapLock); }
  ~HeapHeld() { unlockWord(&heapLock); }
};

void* allocate(std::size_t size, std::size_t alignment) {
  void* memory = alignment <= 16 ? std::malloc(size) : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

extern "C" {
void* __real_malloc(std::size_t);
void __real_free(void*);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);

void* __wrap_malloc(std::size_t size) { return HeapHeld(), __real_malloc(size == 0 ? 1 : size); }
void __wrap_free(void* memory) { return HeapHeld(), __real_free(memory); }
void* __wrap_calloc(std::size_t count, std::size_t size) { return HeapHeld(), __real_calloc(count, size); }
void* __wrap_realloc(void* memory, std::size_t size) { return HeapHeld(), __real_realloc(memory, size); }
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) { return HeapHeld(), __real_aligned_alloc(alignment, size); }
}

void* operator new(std::size_t size) { return allocate(size, 16); }
void* operator new[](std::size_t size) { return allocate(size, 16); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

// For the glue: memory for arguments and results, 0 when there is none; the listener of progress reports.
BIONOIR_EXPORT("bk_wasm_allocate") void* bk_wasm_allocate(std::size_t size) { return std::malloc(size); }
BIONOIR_EXPORT("bk_wasm_release") void bk_wasm_release(void* memory) { std::free(memory); }
BIONOIR_EXPORT("bk_wasm_progress") bk_progress bk_wasm_progress() {
  return [](void* context, const char* step, double fraction) { hostProgress(context, step, fraction); };
}

// The library's files: there are none. (What it would print are messages before an abort.)
extern "C" {
int __imported_wasi_snapshot_preview1_fd_close(int) { return EBADF; }
int __imported_wasi_snapshot_preview1_fd_seek(int, long long, int, int) { return EBADF; }
int __imported_wasi_snapshot_preview1_fd_write(int, int, int, int) { return EBADF; }
}

// ---- Static locals (Itanium C++ ABI, section 3.3.3): byte 0 says done; word 0 is 0, 2 begun, 1 done ----

extern "C" {
int __cxa_guard_acquire(u32* guard) {
  for (;;) {
    u32 seen = 0;
    if (__atomic_compare_exchange_n(guard, &seen, 2, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return 1;
    if (seen == 1) return 0;
    waitWhile(guard, 2);
  }
}
void __cxa_guard_release(u32* guard) {
  __atomic_store_n(guard, 1, __ATOMIC_SEQ_CST);
  wake(guard, ~u32{0});
}
void __cxa_guard_abort(u32* guard) {
  __atomic_store_n(guard, 0, __ATOMIC_SEQ_CST);
  wake(guard, ~u32{0});
}
}

// ---- Exceptions (WebAssembly exception handling; the tables are those of the Itanium ABI's language-specific data) ----

__asm__(".globl __cpp_exception\n.tagtype __cpp_exception i32\n__cpp_exception:\n");

namespace __cxxabiv1 {
// libc++abi's own view of type_info, for matching a thrown type against a caught one: its virtual functions, in order.
class __attribute__((visibility("hidden"))) __shim_type_info : public std::type_info {
 public:
  ~__shim_type_info() override;
  virtual void noop1() const;
  virtual void noop2() const;
  virtual bool can_catch(const __shim_type_info* thrown, void*& adjusted) const = 0;
};
}  // namespace __cxxabiv1

namespace {

struct alignas(16) Exception {  // lies before the thrown object
  const std::type_info* type;
  void* (*destroy)(void*);
  void* adjusted;  // the object as the handler's type
  Exception* below;
  u32 rethrown;
  void* object() { return this + 1; }
};
thread_local Exception* caught = nullptr;

// For failures that come when there is no memory left.
constexpr u32 SPARE_COUNT = 16;
constexpr std::size_t SPARE_SIZE = 512;
alignas(16) u8 spare[SPARE_COUNT][SPARE_SIZE];
u32 spareUsed[SPARE_COUNT] = {};

void destroyException(Exception* e) {
  if (e->destroy != nullptr) e->destroy(e->object());
  u8* const memory = reinterpret_cast<u8*>(e);
  for (u32 i = 0; i < SPARE_COUNT; i++)
    if (memory == spare[i]) return __atomic_store_n(&spareUsed[i], 0, __ATOMIC_SEQ_CST);
  std::free(memory);
}

std::size_t readUnsigned(const u8*& at) {
  std::size_t value = 0;
  for (int shift = 0;; shift += 7) {
    const u8 byte = *at++;
    value |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
std::ptrdiff_t readSigned(const u8*& at) {
  std::ptrdiff_t value = 0;
  for (int shift = 0;;) {
    const u8 byte = *at++;
    value |= static_cast<std::ptrdiff_t>(byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return shift < 32 && (byte & 0x40) != 0 ? value | -(std::ptrdiff_t{1} << shift) : value;
  }
}

// The number of the first catch clause of landing pad `index` that takes `e`, or 0.
std::size_t matchingClause(const u8* table, std::size_t index, Exception* e) {
  constexpr u8 OMITTED = 0xff;
  if (*table++ != OMITTED) hostFatal("an exception table has a base of landing pads");
  const u8* types = nullptr;
  if (*table++ != OMITTED) {
    const std::size_t offset = readUnsigned(table);
    types = table + offset;
  }
  table++;  // the encoding of call sites is not used for WebAssembly
  const std::size_t length = readUnsigned(table);
  const u8* const actions = table + length;
  std::size_t action = 0;
  for (std::size_t i = 0; i <= index; i++) {
    readUnsigned(table);
    action = readUnsigned(table);
  }
  if (action == 0) return 0;
  for (const u8* at = actions + action - 1;;) {
    const std::ptrdiff_t clause = readSigned(at);
    if (clause > 0) {
      const __cxxabiv1::__shim_type_info* type;
      std::memcpy(&type, types - 4 * clause, 4);
      e->adjusted = e->object();
      if (type == nullptr || type->can_catch(static_cast<const __cxxabiv1::__shim_type_info*>(e->type), e->adjusted))
        return static_cast<std::size_t>(clause);
    }
    const u8* next = at;
    const std::ptrdiff_t offset = readSigned(next);
    if (offset == 0) return 0;
    at += offset;
  }
}

[[noreturn]] void raise(Exception* e) {
  __builtin_wasm_throw(0, e);
}

}  // namespace

extern "C" {

// Written and read by compiled landing pads.
struct LandingPad {
  std::size_t index;
  const u8* table;
  std::size_t selector;
};
thread_local LandingPad __wasm_lpad_context = {};

int _Unwind_CallPersonality(void* exception) {
  auto& pad = __wasm_lpad_context;
  pad.selector = matchingClause(pad.table, pad.index, static_cast<Exception*>(exception));
  return 0;
}
int __gxx_wasm_personality_v0() { return 0; }

void* __cxa_allocate_exception(std::size_t size) noexcept {
  const std::size_t bytes = sizeof(Exception) + size;
  void* memory = std::malloc(bytes);
  for (u32 i = 0; i < SPARE_COUNT && memory == nullptr && bytes <= SPARE_SIZE; i++)
    if (__atomic_exchange_n(&spareUsed[i], 1, __ATOMIC_SEQ_CST) == 0) memory = spare[i];
  if (memory == nullptr) std::terminate();
  return new (memory) Exception{} + 1;
}
void __cxa_free_exception(void* object) noexcept {
  auto* e = static_cast<Exception*>(object) - 1;
  e->destroy = nullptr;
  destroyException(e);
}
[[noreturn]] void __cxa_throw(void* object, std::type_info* type, void* (*destroy)(void*)) {
  auto* e = static_cast<Exception*>(object) - 1;
  e->type = type;
  e->destroy = destroy;
  raise(e);
}
void* __cxa_begin_catch(void* exception) noexcept {
  auto* e = static_cast<Exception*>(exception);
  e->rethrown = 0;
  e->below = caught;
  caught = e;
  return e->adjusted != nullptr ? e->adjusted : e->object();
}
void __cxa_end_catch() {
  Exception* e = caught;
  caught = e->below;
  if (e->rethrown == 0) destroyException(e);
}
[[noreturn]] void __cxa_rethrow() {
  Exception* e = caught;
  if (e == nullptr) std::terminate();
  e->rethrown = 1;
  raise(e);
}

}  // extern "C"

#endif
