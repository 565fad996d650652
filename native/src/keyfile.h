// Keys from files: a .zkey mapped and read piece by piece, so that the file and the key are never in memory together; and
// beside it, on request, a cache that holds the key as the engine uses it.
//
// A cache belongs to a .zkey by its size, its time of modification and a BLAKE2b hash of its header, its contributions and
// a sample of every section; anything else makes it stale, and it is written anew. Its own bytes are under a checksum
// against accidents, and what indexes memory is checked again: a damaged or foreign cache is refused, never trusted. It is
// as safe as the folder it lies in: who can write there could as well exchange the key.
#pragma once
#include "hash.h"
#include "mapped.h"
#include "prover.h"

namespace bionoir::BIONOIR_ENGINE {

class KeyFile {
 public:
  KeyFile(Pool& pool, const Supervision& supervision, const char* path, const char* cache)
      : pool_(pool), supervision_(supervision), path_(path), cache_(cache) {}

  // `state` tells where the key came from.
  std::unique_ptr<KeyData> open(bk_key_source& state) {
    const MappedFile file(path_);
    const Zkey zkey = Zkey::parse(file.bytes());
    state = BK_KEY_FROM_FILE;
    if (cache_ == nullptr) return KeyReader(pool_, supervision_, true).read(zkey);
    const Identity identity = identify(file, zkey);
    if (auto key = readCache(identity)) {
      state = BK_KEY_FROM_CACHE;
      return key;
    }
    auto key = KeyReader(pool_, supervision_, true).read(zkey);
    if (writeCache(*key, identity)) state = BK_KEY_FROM_FILE_AND_CACHED;
    return key;
  }

 private:
  struct Identity {
    u64 size, modified;
    u8 hash[64];
  };
  static constexpr int ARRAYS = 13;
  static constexpr u64 VERSION = 1;
  static constexpr char MAGIC[8] = {'b', 'i', 'o', 'n', 'o', 'i', 'r', 'k'};
  struct Header {
    char magic[8];
    u64 version, form;
    Identity identity;
    u64 sizes[ARRAYS];  // bytes
    u64 checksum;
    u64 wires, publics, power;
    Affine<Fq> alpha1, beta1, delta1;
    Affine<Fq2> beta2, delta2;
  };
  static_assert(std::is_trivially_copyable_v<Header>);

  // Every array of a key. The interned coefficients come last.
  struct Part {
    void* data;
    u64 size;
  };
  struct Parts {
    Part at[ARRAYS];
  };
  static Parts partsOf(KeyData& key) {
    const auto part = [](auto& array) { return Part{array.data(), array.size() * sizeof(array[0])}; };
    return {{part(key.a.points), part(key.a.infinite), part(key.b1.points), part(key.b1.infinite), part(key.c.points),
             part(key.c.infinite), part(key.h.points), part(key.h.infinite), part(key.b2.points), part(key.b2.infinite),
             part(key.matrices.starts), part(key.matrices.entries), part(key.matrices.coefficients)}};
  }

  static Identity identify(const MappedFile& file, const Zkey& zkey) {
    constexpr std::size_t SAMPLE = 4096, SAMPLES = 8;
    Identity identity{file.bytes().size, file.modifiedNanoseconds(), {}};
    Blake2b hash;
    hash.open();
    for (int id = 1; id <= SECTION_MAX; id++) {
      const Span section = zkey.sections.at[id];
      if (section.data == nullptr) continue;
      hash.update(reinterpret_cast<const u8*>(&section.size), sizeof section.size);
      if (id <= 2 || id == 10) {
        hash.update(section.data, section.size);
        continue;
      }
      const std::size_t step = section.size / SAMPLES;
      for (std::size_t i = 0; i < SAMPLES; i++) hash.update(section.data + i * step, step < SAMPLE ? step : SAMPLE);
    }
    hash.close(identity.hash);
    return identity;
  }

  // Against accidents only. Pieces count by their place, so they can be summed in any order.
  u64 checksum(const Parts& parts) const {
    constexpr std::size_t PIECE = std::size_t{1} << 20;
    std::atomic<u64> sum{0};
    Group group(pool_, supervision_, "check key");
    u64 place = 0;
    for (const Part& part : parts.at)
      for (u64 begin = 0; begin < part.size; begin += PIECE, place++) {
        const u8* data = static_cast<const u8*>(part.data) + begin;
        const std::size_t size = part.size - begin < PIECE ? static_cast<std::size_t>(part.size - begin) : PIECE;
        group.add([&sum, data, size, place] { sum += checksumOf(data, size, place); });
      }
    group.wait();
    return sum;
  }
  static u64 checksumOf(const u8* data, std::size_t size, u64 place) {
    constexpr u64 FACTOR = 0x9e3779b97f4a7c15;
    u64 lane[4] = {place, place ^ 1, place ^ 2, place ^ 3};
    std::size_t i = 0;
    for (; i + 32 <= size; i += 32)
      for (int k = 0; k < 4; k++) lane[k] = (lane[k] ^ readU64(data + i + 8 * static_cast<std::size_t>(k))) * FACTOR, lane[k] ^= lane[k] >> 29;
    u64 out = size;
    for (; i < size; i++) out = (out ^ data[i]) * FACTOR;
    for (const u64 x : lane) out = (out ^ x) * FACTOR, out ^= out >> 32;
    return out;
  }

  bool writeCache(KeyData& key, const Identity& identity) const {
    AtomicFile out(cache_);
    if (!out.good()) return false;
    const Parts parts = partsOf(key);
    Header header{};
    std::memcpy(header.magic, MAGIC, sizeof MAGIC);
    header.version = VERSION;
    header.form = LaneQ::FORM_BITS;
    header.identity = identity;
    for (int i = 0; i < ARRAYS; i++) header.sizes[i] = parts.at[i].size;
    header.checksum = checksum(parts);
    header.wires = key.wires;
    header.publics = key.publics;
    header.power = static_cast<u64>(key.power);
    header.alpha1 = key.alpha1;
    header.beta1 = key.beta1;
    header.delta1 = key.delta1;
    header.beta2 = key.beta2;
    header.delta2 = key.delta2;
    out.write(&header, sizeof header);
    for (const Part& part : parts.at) out.write(part.data, part.size);
    return out.commit();
  }

  // Nothing where there is no cache for this key.
  std::unique_ptr<KeyData> readCache(const Identity& identity) {
    const FileReader file(cache_);
    Header header;
    if (!file.good() || !file.read(&header, 0, sizeof header)) return nullptr;
    if (std::memcmp(header.magic, MAGIC, sizeof MAGIC) != 0 || header.version != VERSION || header.form != LaneQ::FORM_BITS)
      return nullptr;
    if (std::memcmp(&header.identity, &identity, sizeof identity) != 0) return nullptr;
    if (header.power < 1 || header.power > 27 || header.wires > 0xffffffff || header.publics >= header.wires) return nullptr;

    auto key = std::make_unique<KeyData>();
    key->wires = static_cast<u32>(header.wires);
    key->publics = static_cast<u32>(header.publics);
    key->power = static_cast<int>(header.power);
    key->alpha1 = header.alpha1;
    key->beta1 = header.beta1;
    key->delta1 = header.delta1;
    key->beta2 = header.beta2;
    key->delta2 = header.delta2;
    if (!allocate(*key, header, file.size()) || !fill(*key, file)) return nullptr;
    if (checksum(partsOf(*key)) != header.checksum || !isBounded(*key)) return nullptr;
    for (auto* set : {&key->a, &key->b1, &key->c, &key->h}) set->countInfinite();
    key->b2.countInfinite();
    return key;
  }

  // False where the cache's sizes are not those of its counts.
  static bool allocate(KeyData& key, const Header& header, u64 fileSize) {
    u64 total = sizeof header;
    for (const u64 size : header.sizes) {
      if (size > fileSize - total) return false;
      total += size;
    }
    if (total != fileSize) return false;
    const std::size_t points = key.wires + 4 * key.domain();  // lest the counts ask for more than the file holds
    if (points > fileSize / 4) return false;
    for (auto* set : {&key.a, &key.b1, &key.c}) set->allocate(key.wires);
    key.h.allocate(key.domain());
    key.b2.allocate(key.wires);
    key.matrices.starts = Array<u32>(2 * key.domain() + 1);
    key.matrices.entries = Array<Matrices::Entry>(static_cast<std::size_t>(header.sizes[ARRAYS - 2] / sizeof(Matrices::Entry)));
    key.matrices.coefficients.resize(static_cast<std::size_t>(header.sizes[ARRAYS - 1] / sizeof(Fr)));
    const Parts parts = partsOf(key);
    for (int i = 0; i < ARRAYS; i++)
      if (parts.at[i].size != header.sizes[i]) return false;
    return key.matrices.coefficients.size() >= 2;
  }

  bool fill(KeyData& key, const FileReader& file) {
    constexpr u64 PIECE = u64{1} << 22;
    std::atomic<bool> whole{true};
    Group group(pool_, supervision_, "read key");
    group.add([&key] { makeDomain(key); });
    u64 offset = sizeof(Header);
    for (const Part& part : partsOf(key).at) {
      for (u64 begin = 0; begin < part.size; begin += PIECE) {
        const std::size_t size = static_cast<std::size_t>(part.size - begin < PIECE ? part.size - begin : PIECE);
        u8* to = static_cast<u8*>(part.data) + begin;
        group.add([&file, &whole, to, at = offset + begin, size] {
          if (!file.read(to, at, size)) whole = false;
        });
      }
      offset += part.size;
    }
    group.wait();
    return whole;
  }

  static bool isBounded(const KeyData& key) {
    const Matrices& m = key.matrices;
    if (m.starts[0] != 0 || m.starts[2 * key.domain()] != m.entries.size()) return false;
    for (std::size_t row = 0; row < 2 * key.domain(); row++)
      if (m.starts[row] > m.starts[row + 1]) return false;
    for (std::size_t i = 0; i < m.entries.size(); i++)
      if (m.entries[i].wire >= key.wires || m.entries[i].coefficient >= m.coefficients.size()) return false;
    return true;
  }

  Pool& pool_;
  const Supervision supervision_;
  const char* path_;
  const char* cache_;
};

}  // namespace bionoir::BIONOIR_ENGINE
