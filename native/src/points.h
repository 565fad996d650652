// Points between bytes and memory: conversion of Montgomery forms in bulk, with the checks that foreign bytes need.
#pragma once
#include "msm.h"
#include "zkey.h"

namespace bionoir::BIONOIR_ENGINE {

// 2^k mod p as a lane constant (the integer, in no form).
template <class L, int K>
inline L lanePower() {
  static constexpr Words POWER = powerOfTwoMod(K, L::Mod::P);
  return L::broadcast(POWER.w);
}

// What a coordinate's bytes hold: x 2^FORM mod q.
constexpr int PLAIN = 0;
constexpr int FILE_FORM = 256;

enum class Trust { CHECKED, TRUSTED };

// Index of the first coordinate of `point` that is not below q, or -1.
inline int firstUnreduced(const u64* point, int words) {
  for (int i = 0; i < words; i += 4) {
    if (point[i + 3] < ModQ::P.w[3]) continue;
    if (!lessThan({{point[i], point[i + 1], point[i + 2], point[i + 3]}}, ModQ::P)) return i / 4;
  }
  return -1;
}

template <class E>
inline E scaleLanes(const E& a, const typename E::Base& k) {
  if constexpr (E::WORDS == 4) return E::mul(a, k);
  else return {E::Base::mul(a.c0, k), E::Base::mul(a.c1, k)};
}

// Converts points in place, given in any order by address, from FORM to memory form. Returns the position of one that is
// neither on the curve nor infinity, or -1.
template <class G, int FORM>
std::ptrdiff_t toMemoryForm(u64* const* points, std::size_t count, Trust trust) {
  using E = typename G::L;
  using L = typename E::Base;
  constexpr int W = E::W;
  const L factor = lanePower<L, 2 * L::FORM_BITS - FORM>();
  u64 formB[8];
  G::toMemory(G::b(), formB);
  const E b = E::broadcast(formB);
  alignas(64) u64 idle[POINT_WORDS<G>] = {};
  for (std::size_t first = 0; first < count; first += W) {
    u64* at[W];
    for (std::size_t i = 0; i < W; i++) at[i] = first + i < count ? points[first + i] : idle;
    const E x = E::canonical(scaleLanes(E::unpack(E::gather(at, 0)), factor));
    const E y = E::canonical(scaleLanes(E::unpack(E::gather(at, E::WORDS)), factor));
    E::scatter(x, at, 0);
    E::scatter(y, at, E::WORDS);
    if (trust == Trust::TRUSTED) continue;
    const E difference = E::sub(E::sqr(y), E::add(E::mul(E::sqr(x), x), b));
    alignas(64) u64 left[W][POINT_WORDS<G>];
    u64* to[W];
    for (int i = 0; i < W; i++) to[i] = left[i];
    E::scatter(E::canonical(difference), to, 0);
    for (std::size_t i = 0; i < W && first + i < count; i++) {
      u64 off = 0, any = 0;
      for (int k = 0; k < E::WORDS; k++) off |= left[i][k];
      for (int k = 0; k < POINT_WORDS<G>; k++) any |= at[i][k];
      if (off != 0 && any != 0) return static_cast<std::ptrdiff_t>(first + i);
    }
  }
  return -1;
}

// Converts points in place from memory form to FORM.
template <class G, int FORM>
void fromMemoryForm(u64* points, std::size_t count) {
  using E = typename G::L;
  using L = typename E::Base;
  constexpr int W = E::W;
  const L factor = lanePower<L, FORM>();
  alignas(64) u64 idle[POINT_WORDS<G>] = {};
  for (std::size_t first = 0; first < count; first += W) {
    u64* at[W];
    for (std::size_t i = 0; i < W; i++) at[i] = first + i < count ? points + (first + i) * POINT_WORDS<G> : idle;
    for (int offset = 0; offset < POINT_WORDS<G>; offset += E::WORDS)
      E::scatter(E::canonical(scaleLanes(E::unpack(E::gather(at, offset)), factor)), at, offset);
  }
}

// Fills place(i) of `set` with point i of `bytes`, begin <= i < end. Threads may fill different places at once: words of
// the bitmap, which they share, are written atomically.
template <class G, int FORM, class Place>
void readPoints(BaseSet<G>& set, const u8* bytes, std::size_t begin, std::size_t end, Trust trust, bk_status status,
                const char* what, const Place& place) {
  constexpr std::size_t PW = POINT_WORDS<G>;
  constexpr std::size_t PIECE = 512;
  u64* at[PIECE];
  for (std::size_t first = begin; first < end; first += PIECE) {
    const std::size_t n = end - first < PIECE ? end - first : PIECE;
    for (std::size_t i = 0; i < n; i++) {
      const std::size_t slot = place(first + i);
      at[i] = set.points.data() + slot * PW;
      std::memcpy(at[i], bytes + (first + i) * PW * 8, PW * 8);
      if (firstUnreduced(at[i], PW) >= 0)
        fail(status, "%s: a coordinate of point %zu is not below q", what, first + i);
      u64 any = 0;
      for (std::size_t k = 0; k < PW; k++) any |= at[i][k];
      if (any == 0) __atomic_fetch_or(&set.infinite[slot / 64], u64{1} << (slot % 64), __ATOMIC_RELAXED);
    }
    const std::ptrdiff_t off = toMemoryForm<G, FORM>(at, n, trust);
    if (off >= 0) fail(status, "%s: point %zu is not on the curve", what, first + static_cast<std::size_t>(off));
  }
}

// One affine point in scalar form from bytes.
template <class G, int FORM>
Affine<typename G::E> readPoint(const u8* bytes, bk_status status, const char* what) {
  using E = typename G::E;
  u64 words[POINT_WORDS<G>];
  std::memcpy(words, bytes, sizeof words);
  if (firstUnreduced(words, POINT_WORDS<G>) >= 0) fail(status, "%s: a coordinate is not below q", what);
  Affine<E> p;
  std::memcpy(&p, words, sizeof p);
  if constexpr (FORM == PLAIN) {
    Fq* coordinate = reinterpret_cast<Fq*>(&p);
    for (int i = 0; i < POINT_WORDS<G> / 4; i++) coordinate[i] = Fq::fromPlain(coordinate[i].v);
  }
  if (p.isInfinity()) return p;
  if (!(E::sqr(p.y) == E::add(E::mul(E::sqr(p.x), p.x), G::b()))) fail(status, "%s is not on the curve", what);
  return p;
}

template <class G>
void writePlainPoint(u8* out, const Point<G>& point) {
  const auto p = point.toAffine();  // infinity: z = 0 gives (0, 0)
  const Fq* coordinate = reinterpret_cast<const Fq*>(&p);
  for (int i = 0; i < POINT_WORDS<G> / 4; i++) {
    u64 plain[4];
    coordinate[i].toPlain(plain);
    std::memcpy(out + 32 * i, plain, 32);
  }
}

}  // namespace bionoir::BIONOIR_ENGINE
