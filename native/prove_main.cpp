// A prover without Node: bionoir-prove <key.zkey> <witness.wtns> <proof.json> <public.json>, the arguments and the files of
// rapidsnark's and snarkjs' Groth16 provers. Uses nothing of the kernel but its C header, so it also shows how an application
// links it. Built by scripts/build-prover.mjs, or by hand:
//   g++ -std=c++20 -O3 native/prove_main.cpp $(ls native/src/*.cpp | grep -v 'wasm\|simd128') -lpthread -o bionoir-prove
// Exit codes: 0 proved, 1 a file is at fault or cannot be read or written, 2 the arguments are, 3 anything else.
// POSIX systems only: files are mapped. It does not check that the witness satisfies the circuit (a .zkey does not hold all of it): then the proof is refused by
// whoever verifies it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "include/bionoir_kernel.h"

namespace {

const char USAGE[] =
    "Usage: bionoir-prove [options] <key.zkey> <witness.wtns> <proof.json> <public.json>\n"
    "  --threads <n>    threads in all; one for each processor unless given\n"
    "  --engine <name>  portable, adx or ifma; the fastest that the processor has unless given\n"
    "  --cache <file>   keeps the key in the engine's own form there, for the next proof\n"
    "  --report <file>  writes there, as JSON, processor time and peak memory of the whole command\n"
    "  --version        prints the version of the kernel's interface\n";

enum Exit { PROVED = 0, BAD_FILE = 1, BAD_USAGE = 2, TROUBLE = 3 };

struct Stop {
  int code;
  std::string message;
};

struct Options {
  uint32_t threads = 0;
  bk_path path = BK_PATH_BEST;
  const char* cache = nullptr;
  const char* report = nullptr;
  std::vector<const char*> files;
};

struct Closer {
  void operator()(bk_kernel* kernel) const { bk_close(kernel); }
  void operator()(bk_key* key) const { bk_key_release(key); }
};
template <class T>
using Owned = std::unique_ptr<T, Closer>;

bk_path pathNamed(const std::string& name) {
  if (name == "portable") return BK_PATH_PORTABLE;
  if (name == "adx") return BK_PATH_ADX;
  if (name == "ifma") return BK_PATH_IFMA;
  throw Stop{BAD_USAGE, "There is no engine '" + name + "'; portable, adx and ifma are known."};
}

Options readArguments(int count, char** values) {
  Options options;
  for (int i = 1; i < count; i++) {
    const std::string word = values[i];
    if (word.rfind("--", 0) != 0) {
      options.files.push_back(values[i]);
      continue;
    }
    if (i + 1 == count) throw Stop{BAD_USAGE, "Option " + word + " is unknown, or has no value.\n" + USAGE};
    const char* value = values[++i];
    if (word == "--threads") {
      char* end;
      const unsigned long threads = std::strtoul(value, &end, 10);
      if (*value == '\0' || *end != '\0' || threads < 1 || threads > 1024)
        throw Stop{BAD_USAGE, std::string("--threads takes a number from 1 to 1024, not '") + value + "'."};
      options.threads = static_cast<uint32_t>(threads);
    } else if (word == "--engine") {
      options.path = pathNamed(value);
    } else if (word == "--cache") {
      options.cache = value;
    } else if (word == "--report") {
      options.report = value;
    } else {
      throw Stop{BAD_USAGE, "Option " + word + " is unknown.\n" + USAGE};
    }
  }
  if (options.files.size() != 4) throw Stop{BAD_USAGE, USAGE};
  return options;
}

// Whether a call worked; if not, `file` is to blame unless the status says otherwise.
void expect(bk_status status, const bk_error& error, const char* file) {
  if (status == BK_OK) return;
  const bool fault = status == BK_BAD_ARGUMENT || status == BK_MALFORMED_KEY || status == BK_MALFORMED_WITNESS;
  throw Stop{fault ? BAD_FILE : TROUBLE, std::string(file) + ": " + error.message + "."};
}

uint64_t littleEndian(const uint8_t* at, int bytes) {
  uint64_t out = 0;
  for (int i = bytes - 1; i >= 0; i--) out = out << 8 | at[i];
  return out;
}

// The values of a .wtns (iden3, version 1 or 2): section 1 is the field's width, its prime and their number, section 2 the
// values. The file is mapped, so that its pages can leave memory when they have been read.
class Witness {
 public:
  explicit Witness(const char* path) : path_(path) {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (file < 0 || ::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      if (file >= 0) ::close(file);
      complain("the file cannot be read");
    }
    size_ = static_cast<size_t>(facts.st_size);
    void* at = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (at == MAP_FAILED) complain("the file cannot be mapped");
    bytes_ = static_cast<const uint8_t*>(at);
    read();
  }
  ~Witness() {
    if (bytes_ != nullptr) ::munmap(const_cast<uint8_t*>(bytes_), size_);
  }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  const uint8_t* values() const { return bytes_ + VALUES; }
  size_t size() const { return 32 * count_; }
  // Whoever reads a value afterwards brings its page back.
  void leaveMemory() const { ::madvise(const_cast<uint8_t*>(bytes_), size_, MADV_DONTNEED); }

 private:
  static constexpr size_t VALUES = 76;  // 12 of the container, 12 + 40 of section 1, 12 of section 2
  static constexpr uint8_t PRIME[32] = {0x01, 0x00, 0x00, 0xf0, 0x93, 0xf5, 0xe1, 0x43, 0x91, 0x70, 0xb9,
                                        0x79, 0x48, 0xe8, 0x33, 0x28, 0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45,
                                        0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30};

  void read() {
    if (size_ < VALUES) complain("the file ends early");
    if (std::memcmp(bytes_, "wtns", 4) != 0) complain("the file does not begin with 'wtns'");
    if (littleEndian(bytes_ + 4, 4) > 2) complain("its version is above 2");
    if (littleEndian(bytes_ + 12, 4) != 1 || littleEndian(bytes_ + 16, 8) != 40 || littleEndian(bytes_ + 24, 4) != 32)
      complain("section 1 is not that of a field of 32 bytes");
    if (std::memcmp(bytes_ + 28, PRIME, sizeof PRIME) != 0) complain("its prime is not that of BN254's scalars");
    count_ = littleEndian(bytes_ + 60, 4);
    if (littleEndian(bytes_ + 64, 4) != 2 || littleEndian(bytes_ + 68, 8) != 32 * uint64_t{count_})
      complain("section 2 has not the number of values that section 1 tells");
    if (size_ - VALUES < 32 * count_) complain("the file ends early");
  }
  [[noreturn]] void complain(const char* what) const { throw Stop{BAD_FILE, std::string(path_) + ": " + what + "."}; }

  const char* path_;
  const uint8_t* bytes_ = nullptr;
  size_t size_ = 0, count_ = 0;
};

// 32 bytes, little-endian, as a quoted decimal number.
std::string decimal(const uint8_t* bytes) {
  uint32_t words[8];
  for (int i = 0; i < 8; i++) words[i] = static_cast<uint32_t>(littleEndian(bytes + 4 * i, 4));
  std::string digits;
  for (bool more = true; more;) {
    uint64_t rest = 0;
    more = false;
    for (int i = 7; i >= 0; i--) {
      rest = rest << 32 | words[i];
      words[i] = static_cast<uint32_t>(rest / 10);
      rest %= 10;
      more |= words[i] != 0;
    }
    digits.insert(digits.begin(), static_cast<char>('0' + rest));
  }
  return '"' + digits + '"';
}

// proof.json as snarkjs writes it. Infinity, all zeros in `proof`, has z = 0 there.
std::string printProof(const uint8_t proof[256]) {
  const auto isZero = [proof](int from, int size) {
    for (int i = 0; i < size; i++)
      if (proof[from + i] != 0) return false;
    return true;
  };
  const auto g1 = [&](int at) {
    if (isZero(at, 64)) return std::string("[\"0\", \"1\", \"0\"]");
    return "[" + decimal(proof + at) + ", " + decimal(proof + at + 32) + ", \"1\"]";
  };
  const auto pair = [&](int at) { return "[" + decimal(proof + at) + ", " + decimal(proof + at + 32) + "]"; };
  const std::string b = isZero(64, 128) ? "[[\"0\", \"0\"], [\"1\", \"0\"], [\"0\", \"0\"]]"
                                        : "[" + pair(64) + ", " + pair(128) + ", [\"1\", \"0\"]]";
  return "{\n \"pi_a\": " + g1(0) + ",\n \"pi_b\": " + b + ",\n \"pi_c\": " + g1(192) +
         ",\n \"protocol\": \"groth16\",\n \"curve\": \"bn128\"\n}\n";
}

std::string printPublic(const uint8_t* values, uint32_t count) {
  std::string out = "[";
  for (uint32_t i = 1; i <= count; i++) out += (i > 1 ? ",\n " : "\n ") + decimal(values + 32 * size_t{i});
  return out + "\n]\n";
}

void write(const char* path, const std::string& text) {
  std::FILE* file = std::fopen(path, "wb");
  const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file == nullptr || std::fclose(file) != 0 || !written)
    throw Stop{BAD_FILE, std::string(path) + ": the file cannot be written."};
}

// Linux counts what the caller held before exec() into ru_maxrss; VmHWM is this program's own.
long peakKilobytes(const struct rusage& usage) {
#if defined(__linux__)
  long peak = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    for (char line[256]; std::fgets(line, sizeof line, status) != nullptr;)
      if (std::sscanf(line, "VmHWM: %ld", &peak) == 1) break;
    std::fclose(status);
  }
  if (peak > 0) return peak;
#elif defined(__APPLE__)
  return usage.ru_maxrss / 1024;
#endif
  return usage.ru_maxrss;
}

std::string printReport() {
  struct rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto millis = [](const struct timeval& t) { return static_cast<long>(t.tv_sec) * 1000 + t.tv_usec / 1000; };
  return "{ \"cpuMillis\": " + std::to_string(millis(usage.ru_utime) + millis(usage.ru_stime)) +
         ", \"peakKilobytes\": " + std::to_string(peakKilobytes(usage)) + " }\n";
}

void prove(const Options& options) {
  bk_error error{};
  bk_kernel* kernel = nullptr;
  expect(bk_open(&kernel, &error, options.path, options.threads), error, "bionoir-prove");
  const Owned<bk_kernel> kernelOwner(kernel);
  bk_key* key = nullptr;
  bk_key_source source;
  expect(bk_key_open(kernel, &key, &source, &error, options.files[0], options.cache, nullptr), error, options.files[0]);
  const Owned<bk_key> keyOwner(key);
  const Witness witness(options.files[1]);
  // The first report comes after the kernel has read the witness.
  const auto onProgress = [](void* context, const char* step, double) {
    if (std::strcmp(step, "prove") == 0) static_cast<const Witness*>(context)->leaveMemory();
  };
  bk_supervision supervision{};
  supervision.progress = onProgress;
  supervision.context = const_cast<Witness*>(&witness);
  uint8_t proof[256];
  expect(bk_prove(kernel, key, proof, &error, witness.values(), witness.size(), nullptr, &supervision), error, options.files[1]);
  write(options.files[2], printProof(proof));
  write(options.files[3], printPublic(witness.values(), bk_key_public(key)));
  if (options.report != nullptr) write(options.report, printReport());
}

}  // namespace

int main(int count, char** values) {
  if (count == 2 && std::strcmp(values[1], "--version") == 0) {
    std::printf("bionoir-prove, kernel interface %u\n", bk_abi_version());
    return PROVED;
  }
  try {
    prove(readArguments(count, values));
    return PROVED;
  } catch (const Stop& stop) {
    std::fprintf(stderr, "%s%s", stop.message.c_str(), stop.message.back() == '\n' ? "" : "\n");
    return stop.code;
  } catch (const std::bad_alloc&) {
    std::fputs("Not enough memory.\n", stderr);
    return TROUBLE;
  }
}
