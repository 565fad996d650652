// Files on disk: one mapped for reading, and one written beside its name and moved there when complete. POSIX only; elsewhere
// opening fails, and callers hand over bytes instead.
// A file that is cut short by somebody while it is mapped ends the process, as with every mapping.
#pragma once
#include "zkey.h"

namespace bionoir {

class MappedFile {
 public:
  // Fails with BK_BAD_ARGUMENT where the file cannot be read.
  explicit MappedFile(const char* path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  Span bytes() const { return {data_, size_}; }
  u64 modifiedNanoseconds() const { return modified_; }
  // Takes the whole pages of a part out of memory; reading brings them back.
  static void drop(const u8* data, std::size_t size);

 private:
  u8* data_ = nullptr;
  std::size_t size_ = 0;
  u64 modified_ = 0;
};

// Writes to a new file in the same folder, which commit() moves to `path`. Failures are told by good() and commit() only.
class AtomicFile {
 public:
  explicit AtomicFile(const char* path);
  ~AtomicFile();  // without commit(), removes what was written
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  bool good() const { return file_ != nullptr; }
  void write(const void* data, std::size_t size);
  bool commit();

 private:
  void abandon();
  std::FILE* file_ = nullptr;
  char path_[4096], temporary_[4096 + 32];
};

// A file read in parts, by several threads if they like.
class FileReader {
 public:
  explicit FileReader(const char* path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  bool good() const { return file_ >= 0; }
  u64 size() const { return size_; }
  // False where the part could not be read whole.
  bool read(void* to, u64 offset, std::size_t size) const;

 private:
  int file_ = -1;
  u64 size_ = 0;
};

}  // namespace bionoir
