#include "mapped.h"

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bionoir {

MappedFile::MappedFile(const char* path) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  struct stat facts;
  if (file < 0 || ::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    if (file >= 0) ::close(file);
    fail(BK_BAD_ARGUMENT, "the file %.180s cannot be read", path);
  }
  size_ = static_cast<std::size_t>(facts.st_size);
#if defined(__APPLE__)
  const auto& modified = facts.st_mtimespec;
#else
  const auto& modified = facts.st_mtim;
#endif
  modified_ = static_cast<u64>(modified.tv_sec) * 1000000000 + static_cast<u64>(modified.tv_nsec);
  void* at = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  ::close(file);
  if (at == MAP_FAILED) fail(BK_BAD_ARGUMENT, "the file %.180s cannot be mapped", path);
  data_ = static_cast<u8*>(at);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void MappedFile::drop(const u8* data, std::size_t size) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (address + page - 1) / page * page, last = (address + size) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

AtomicFile::AtomicFile(const char* path) {
  if (std::strlen(path) >= sizeof path_) return;
  std::strcpy(path_, path);
  std::snprintf(temporary_, sizeof temporary_, "%s.%ld.part", path, static_cast<long>(::getpid()));
  const int file = ::open(temporary_, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return;
  file_ = ::fdopen(file, "wb");
  if (file_ == nullptr) ::close(file);
}

AtomicFile::~AtomicFile() { abandon(); }

void AtomicFile::abandon() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  file_ = nullptr;
  ::unlink(temporary_);
}

void AtomicFile::write(const void* data, std::size_t size) {
  if (file_ != nullptr && size != 0 && std::fwrite(data, 1, size, file_) != size) abandon();
}

bool AtomicFile::commit() {
  if (file_ == nullptr) return false;
  const bool complete = std::fclose(file_) == 0 && ::rename(temporary_, path_) == 0;
  file_ = nullptr;
  if (!complete) ::unlink(temporary_);
  return complete;
}

FileReader::FileReader(const char* path) : file_(::open(path, O_RDONLY | O_CLOEXEC)) {
  struct stat facts;
  if (file_ < 0) return;
  if (::fstat(file_, &facts) == 0 && S_ISREG(facts.st_mode)) {
    size_ = static_cast<u64>(facts.st_size);
  } else {
    ::close(file_);
    file_ = -1;
  }
}

FileReader::~FileReader() {
  if (file_ >= 0) ::close(file_);
}

bool FileReader::read(void* to, u64 offset, std::size_t size) const {
  auto* at = static_cast<u8*>(to);
  while (size > 0) {
    const ssize_t got = ::pread(file_, at, size, static_cast<off_t>(offset));
    if (got <= 0) return false;
    at += got;
    offset += static_cast<u64>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace bionoir

#else

namespace bionoir {

MappedFile::MappedFile(const char*) { fail(BK_BAD_ARGUMENT, "files cannot be mapped on this system; pass their bytes"); }
MappedFile::~MappedFile() = default;
void MappedFile::drop(const u8*, std::size_t) {}
AtomicFile::AtomicFile(const char*) { path_[0] = temporary_[0] = 0; }
AtomicFile::~AtomicFile() = default;
void AtomicFile::abandon() {}
void AtomicFile::write(const void*, std::size_t) {}
bool AtomicFile::commit() { return false; }
FileReader::FileReader(const char*) {}
FileReader::~FileReader() = default;
bool FileReader::read(void*, u64, std::size_t) const { return false; }

}  // namespace bionoir

#endif
