// Shared by every part of the kernel: integer names, the failure type, aligned memory. Knows no mathematics.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "../include/bionoir_kernel.h"
#include "platform.h"

namespace bionoir {

using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

// The only thing the kernel throws; kernel.cpp turns it into a status before it can cross the C border.
struct Failure {
  bk_status status;
  char message[BK_MESSAGE_MAX];
};

template <class... Args>
[[noreturn]] inline void fail(bk_status status, const char* format, Args... args) {
  Failure failure{status, {}};
  if constexpr (sizeof...(Args) == 0) {
    std::snprintf(failure.message, sizeof failure.message, "%s", format);
  } else {
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#endif
    std::snprintf(failure.message, sizeof failure.message, format, args...);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
  }
  throw failure;
}

[[noreturn]] inline void failForMemory(u64 bytes) {
  fail(BK_NO_MEMORY, "not enough memory: %llu bytes more are needed", static_cast<unsigned long long>(bytes));
}

// Overwrites secrets in a way that the optimiser may not drop.
inline void wipe(void* data, std::size_t bytes) {
  std::memset(data, 0, bytes);
  __asm__ volatile("" : : "r"(data) : "memory");
}

// `size` bytes that std::free gives back. The size has 64 bits on every machine, so that no sum of parts can wrap.
struct Freed {
  void operator()(u8* bytes) const { std::free(bytes); }
};
inline std::unique_ptr<u8, Freed> allocateBytes(u64 size) {
  std::unique_ptr<u8, Freed> bytes(static_cast<std::size_t>(size) != size ? nullptr : static_cast<u8*>(std::malloc(static_cast<std::size_t>(size))));
  if (bytes == nullptr) failForMemory(size);
  return bytes;
}

// Owned memory on a 64-byte border, not initialised, movable. `Wiped` clears it on release: for witness material.
template <class T, bool Wiped = false>
class Array {
 public:
  Array() = default;
  explicit Array(std::size_t count) { allocate(count); }
  Array(Array&& other) noexcept : data_(other.data_), count_(other.count_) {
    other.data_ = nullptr;
    other.count_ = 0;
  }
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() {
    if (Wiped && data_ != nullptr) wipe(data_, count_ * sizeof(T));
    ::operator delete(data_, std::align_val_t(count_ * sizeof(T) < HUGE_PAGE ? 64 : HUGE_PAGE));
  }

  // Keeps the old memory when it is large enough.
  void ensure(std::size_t count) {
    if (count > count_) *this = Array(count);
  }
  void zero() {
    if (count_ != 0) std::memset(static_cast<void*>(data_), 0, count_ * sizeof(T));
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t HUGE_PAGE = std::size_t{1} << 21;

  void allocate(std::size_t count) {
    if (count == 0) return;
    if (count > SIZE_MAX / 2 / sizeof(T)) failForMemory(u64{count} * sizeof(T));
    const std::size_t bytes = count * sizeof(T);
    try {
      data_ = static_cast<T*>(::operator new(bytes, std::align_val_t(bytes < HUGE_PAGE ? 64 : HUGE_PAGE)));
    } catch (const std::bad_alloc&) {
      failForMemory(bytes);
    }
    count_ = count;
#if defined(__linux__)
    // Points are read at random: with small pages the address translation would cost as much as the reading.
    // Whole large pages only: what hangs over would take one more.
    if (bytes >= HUGE_PAGE) madvise(data_, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  }
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace bionoir
