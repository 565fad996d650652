// Number-theoretic transform over Fr, N = 2^k, on lanes. Decimation in frequency takes natural order to bit-reversed
// order and decimation in time takes it back; both use the same root w, so "inverse" is the forward transform with its
// result read at -k: the caller folds that, and 1/N, into the factors between the two (see quotient.h).
// The recursion makes every level below the cache size run inside the cache.
#pragma once
#include "curve.h"

namespace bionoir::BIONOIR_ENGINE {

// A primitive 2^power-th root of unity, from 5^((r-1)/2^28) (the convention of .zkey files).
inline Fr rootOfUnity(int power) {
  Words e = ModR::P;
  e.w[0] -= 1;
  for (int i = 0; i < ModR::TWO_ADICITY; i++)
    for (int k = 0; k < 4; k++) e.w[k] = (e.w[k] >> 1) | (k < 3 ? e.w[k + 1] << 63 : 0);
  Fr w = Fr::pow(Fr::fromSmall(ModR::NON_RESIDUE), e);
  for (int i = ModR::TWO_ADICITY; i > power; i--) w = Fr::sqr(w);
  return w;
}

template <class L>
inline L broadcastFr(const Fr& a) {
  if constexpr (L::FORM_BITS == 256) return L::broadcast(a.v);
  else return L::broadcast(shiftedBy<ModR, L::FORM_BITS - 256>(a).v);
}

template <class L>
class Transform {
  static constexpr std::size_t W = L::W;

 public:
  // N >= W * W.
  explicit Transform(int power) : blocks_((std::size_t{1} << power) / W), twiddles_(blocks_) {
    for (std::size_t half = 1; half < blocks_; half *= 2) {
      // Levels of 2 * half blocks: w^j for j < half * W.
      int level = 0;
      while ((std::size_t{1} << level) < 2 * half * W) level++;
      fillPowers(twiddles_.data() + half, half, rootOfUnity(level));
    }
    if constexpr (W > 1) {
      int level = 0;
      while ((std::size_t{1} << level) < W) level++;
      const Fr root = rootOfUnity(level);
      Fr power = Fr::one();
      for (auto& factor : inner_) {
        factor = broadcastFr<L>(power);
        power = Fr::mul(power, root);
      }
    }
  }
  std::size_t blocks() const { return blocks_; }

  // out[j] = start * step^j over `count` blocks of W.
  static void fillPowers(L* out, std::size_t count, const Fr& step, const Fr& start = Fr::one()) {
    Fr x = start;
    L first = L::zero();
    for (std::size_t i = 0; i < W; i++) {
      u64 form[4];
      Fr f = x;
      if constexpr (L::FORM_BITS != 256) f = shiftedBy<ModR, L::FORM_BITS - 256>(x);
      std::memcpy(form, &f, 32);
      first.set(static_cast<int>(i), form);
      x = Fr::mul(x, step);
    }
    Fr stride = step;
    for (std::size_t i = 1; i < W; i *= 2) stride = Fr::sqr(stride);
    const L factor = broadcastFr<L>(stride);
    for (std::size_t j = 0; j < count; j++) {
      out[j] = first;
      first = L::weak(L::mul(first, factor));
    }
  }

  // In and out: below 2 p; out in bit-reversed order.
  void forwardToReversed(L* a) const { descend(a, blocks_); }
  // Bit-reversed in, below 2 p; natural order out, below 4 p.
  void reversedToNatural(L* a) const { ascend(a, blocks_); }

 private:
  void descend(L* a, std::size_t count) const {
    if (count == 1) return;
    if (count == W && W > 1) return inLanes(a, true);
    const std::size_t half = count / 2;
    const L* w = twiddles_.data() + half;
    if (half >= 2 && (W == 1 || half / 2 >= W)) {  // two levels at once
      const std::size_t quarter = half / 2;
      const L* w2 = twiddles_.data() + quarter;
      for (std::size_t j = 0; j < quarter; j++) {
        const L x0 = a[j], x1 = a[j + quarter], x2 = a[j + half], x3 = a[j + half + quarter];
        const L s02 = L::addLazy(x0, x2), s13 = L::addLazy(x1, x3);  // below 4 p
        const L d02 = L::mul(L::template subLazy<2>(x0, x2), w[j]);
        const L d13 = L::mul(L::template subLazy<2>(x1, x3), w[j + quarter]);
        a[j] = L::weak(L::addLazy(s02, s13));  // below 8 p
        a[j + quarter] = L::mul(L::template subLazy<4>(s02, s13), w2[j]);
        a[j + half] = L::weak(L::addLazy(d02, d13));
        a[j + half + quarter] = L::mul(L::template subLazy<2>(d02, d13), w2[j]);
      }
      for (int i = 0; i < 4; i++) descend(a + static_cast<std::size_t>(i) * quarter, quarter);
      return;
    }
    for (std::size_t j = 0; j < half; j++) {
      const L x0 = a[j], x1 = a[j + half];
      a[j] = L::weak(L::addLazy(x0, x1));
      a[j + half] = L::mul(L::template subLazy<2>(x0, x1), w[j]);
    }
    descend(a, half);
    descend(a + half, half);
  }

  void ascend(L* a, std::size_t count) const {
    if (count == 1) return;
    if (count == W && W > 1) return inLanes(a, false);
    const std::size_t half = count / 2;
    ascend(a, half);
    ascend(a + half, half);
    const L* w = twiddles_.data() + half;
    for (std::size_t j = 0; j < half; j++) {
      const L x0 = L::weak(a[j]), x1 = L::mul(a[j + half], w[j]);
      a[j] = L::addLazy(x0, x1);
      a[j + half] = L::template subLazy<2>(x0, x1);
    }
  }

  // W blocks of W elements: the levels inside them become levels between registers once transposed.
  void inLanes(L* a, bool frequency) const;

  std::size_t blocks_;
  Array<L> twiddles_;
  L inner_[W > 1 ? W / 2 : 1];  // powers of the W-th root of unity
};

template <class L>
void Transform<L>::inLanes(L* a, bool frequency) const {
  if constexpr (W > 1) {
    // One level of blocks: pairs at distance `half`, the j-th of them with twiddle(j).
    const auto level = [a, frequency](std::size_t half, const auto& twiddle) {
      for (std::size_t base = 0; base < W; base += 2 * half)
        for (std::size_t j = 0; j < half; j++) {
          L &x = a[base + j], &y = a[base + j + half];
          if (frequency) {
            const L difference = L::template subLazy<2>(x, y);
            x = L::weak(L::addLazy(x, y));
            y = L::mul(difference, twiddle(j));
          } else {
            const L u = L::weak(x), v = L::mul(y, twiddle(j));
            x = L::addLazy(u, v);
            y = L::template subLazy<2>(u, v);
          }
        }
    };
    // The last levels between blocks, and those inside a block, which lie between blocks once transposed.
    const auto between = [&](std::size_t half) { level(half, [&](std::size_t j) { return twiddles_[half + j]; }); };
    const auto within = [&](std::size_t half) { level(half, [&](std::size_t j) { return inner_[j * (W / 2 / half)]; }); };
    if (frequency) {
      for (std::size_t half = W / 2; half >= 1; half /= 2) between(half);
      L::transpose(a);
      for (std::size_t half = W / 2; half >= 1; half /= 2) within(half);
      L::transpose(a);
    } else {
      L::transpose(a);
      for (std::size_t half = 1; half < W; half *= 2) within(half);
      L::transpose(a);
      for (std::size_t half = 1; half < W; half *= 2) between(half);
    }
  }
}

}  // namespace bionoir::BIONOIR_ENGINE
