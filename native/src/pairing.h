// The optimal ate pairing on BN254 (Vercauteren, https://eprint.iacr.org/2008/096), in scalar code: the product of several
// pairings shares one Miller loop's squarings and one final exponentiation.
//   Fq6 = Fq2[v] / (v^3 - (9 + u)), Fq12 = Fq6[w] / (w^2 - v); the twist is y^2 = x^3 + 3 / (9 + u) (D-type).
#pragma once
#include <vector>

#include "curve.h"
#include "pool.h"

namespace bionoir::BIONOIR_ENGINE {

inline Fq2 timesXi(const Fq2& a) {  // (9 + u) a
  const Fq2 a8 = Fq2::dbl(Fq2::dbl(Fq2::dbl(a)));
  return {Fq::sub(Fq::add(a8.c0, a.c0), a.c1), Fq::add(Fq::add(a8.c1, a.c1), a.c0)};
}

struct Fq6 {
  Fq2 c0, c1, c2;
  static Fq6 zero() { return {Fq2::zero(), Fq2::zero(), Fq2::zero()}; }
  static Fq6 one() { return {Fq2::one(), Fq2::zero(), Fq2::zero()}; }
  bool operator==(const Fq6& o) const { return c0 == o.c0 && c1 == o.c1 && c2 == o.c2; }
  static Fq6 add(const Fq6& a, const Fq6& b) { return {Fq2::add(a.c0, b.c0), Fq2::add(a.c1, b.c1), Fq2::add(a.c2, b.c2)}; }
  static Fq6 sub(const Fq6& a, const Fq6& b) { return {Fq2::sub(a.c0, b.c0), Fq2::sub(a.c1, b.c1), Fq2::sub(a.c2, b.c2)}; }
  static Fq6 neg(const Fq6& a) { return {Fq2::neg(a.c0), Fq2::neg(a.c1), Fq2::neg(a.c2)}; }
  static Fq6 timesV(const Fq6& a) { return {timesXi(a.c2), a.c0, a.c1}; }
  static Fq6 mul(const Fq6& a, const Fq6& b) {
    const Fq2 t0 = Fq2::mul(a.c0, b.c0), t1 = Fq2::mul(a.c1, b.c1), t2 = Fq2::mul(a.c2, b.c2);
    const Fq2 m12 = Fq2::sub(Fq2::mul(Fq2::add(a.c1, a.c2), Fq2::add(b.c1, b.c2)), Fq2::add(t1, t2));
    const Fq2 m01 = Fq2::sub(Fq2::mul(Fq2::add(a.c0, a.c1), Fq2::add(b.c0, b.c1)), Fq2::add(t0, t1));
    const Fq2 m02 = Fq2::sub(Fq2::mul(Fq2::add(a.c0, a.c2), Fq2::add(b.c0, b.c2)), Fq2::add(t0, t2));
    return {Fq2::add(t0, timesXi(m12)), Fq2::add(m01, timesXi(t2)), Fq2::add(m02, t1)};
  }
  // a (b0 + b1 v).
  static Fq6 mulSparse(const Fq6& a, const Fq2& b0, const Fq2& b1) {
    const Fq2 t0 = Fq2::mul(a.c0, b0), t1 = Fq2::mul(a.c1, b1);
    const Fq2 m01 = Fq2::sub(Fq2::mul(Fq2::add(a.c0, a.c1), Fq2::add(b0, b1)), Fq2::add(t0, t1));
    return {Fq2::add(t0, timesXi(Fq2::mul(a.c2, b1))), m01, Fq2::add(Fq2::mul(a.c2, b0), t1)};
  }
  static Fq6 scale(const Fq6& a, const Fq2& k) { return {Fq2::mul(a.c0, k), Fq2::mul(a.c1, k), Fq2::mul(a.c2, k)}; }
  static Fq6 inverse(const Fq6& a) {
    const Fq2 t0 = Fq2::sub(Fq2::sqr(a.c0), timesXi(Fq2::mul(a.c1, a.c2)));
    const Fq2 t1 = Fq2::sub(timesXi(Fq2::sqr(a.c2)), Fq2::mul(a.c0, a.c1));
    const Fq2 t2 = Fq2::sub(Fq2::sqr(a.c1), Fq2::mul(a.c0, a.c2));
    const Fq2 d = Fq2::add(Fq2::mul(a.c0, t0), timesXi(Fq2::add(Fq2::mul(a.c2, t1), Fq2::mul(a.c1, t2))));
    return scale({t0, t1, t2}, Fq2::inverse(d));
  }
};

struct Fq12 {
  Fq6 c0, c1;
  static Fq12 one() { return {Fq6::one(), Fq6::zero()}; }
  bool operator==(const Fq12& o) const { return c0 == o.c0 && c1 == o.c1; }
  static Fq12 mul(const Fq12& a, const Fq12& b) {
    const Fq6 t0 = Fq6::mul(a.c0, b.c0), t1 = Fq6::mul(a.c1, b.c1);
    const Fq6 t2 = Fq6::mul(Fq6::add(a.c0, a.c1), Fq6::add(b.c0, b.c1));
    return {Fq6::add(t0, Fq6::timesV(t1)), Fq6::sub(Fq6::sub(t2, t0), t1)};
  }
  static Fq12 sqr(const Fq12& a) {
    const Fq6 t = Fq6::mul(a.c0, a.c1);
    const Fq6 s = Fq6::mul(Fq6::add(a.c0, a.c1), Fq6::add(a.c0, Fq6::timesV(a.c1)));
    return {Fq6::sub(Fq6::sub(s, t), Fq6::timesV(t)), Fq6::add(t, t)};
  }
  // a (l0 + (l1 + l2 v) w), the shape of a line.
  static Fq12 mulLine(const Fq12& a, const Fq2& l0, const Fq2& l1, const Fq2& l2) {
    const Fq6 t0 = Fq6::scale(a.c0, l0), t1 = Fq6::mulSparse(a.c1, l1, l2);
    const Fq6 t2 = Fq6::mulSparse(Fq6::add(a.c0, a.c1), Fq2::add(l0, l1), l2);
    return {Fq6::add(t0, Fq6::timesV(t1)), Fq6::sub(Fq6::sub(t2, t0), t1)};
  }
  static Fq12 conjugate(const Fq12& a) { return {a.c0, Fq6::neg(a.c1)}; }
  static Fq12 inverse(const Fq12& a) {
    const Fq6 n = Fq6::sub(Fq6::mul(a.c0, a.c0), Fq6::timesV(Fq6::mul(a.c1, a.c1)));
    const Fq6 i = Fq6::inverse(n);
    return {Fq6::mul(a.c0, i), Fq6::neg(Fq6::mul(a.c1, i))};
  }
};

// gamma[k][i] = (9 + u)^(i (q^k - 1) / 6): the coefficients of w^i under the k-th power of Frobenius.
struct Frobenius {
  Fq2 gamma[4][6];
  static const Frobenius& table() {
    static const Frobenius value;
    return value;
  }
  Fq12 apply(const Fq12& a, int k) const {
    const auto map = [&](const Fq2& x, int i) { return Fq2::mul(k & 1 ? Fq2::conjugate(x) : x, gamma[k][i]); };
    return {{map(a.c0.c0, 0), map(a.c0.c1, 2), map(a.c0.c2, 4)}, {map(a.c1.c0, 1), map(a.c1.c1, 3), map(a.c1.c2, 5)}};
  }

 private:
  Frobenius() {
    // (q - 1) / 6 by long division.
    Words e = ModQ::P;
    e.w[0] -= 1;
    u64 rest = 0;
    for (int i = 3; i >= 0; i--) {
      const u128 x = static_cast<u128>(rest) << 64 | e.w[i];
      e.w[i] = static_cast<u64>(x / 6);
      rest = static_cast<u64>(x % 6);
    }
    const Fq2 xi = {Fq::fromSmall(9), Fq::one()};
    Fq2 base = Fq2::one();
    for (int i = 255; i >= 0; i--) {
      base = Fq2::sqr(base);
      if ((e.w[i / 64] >> (i % 64)) & 1) base = Fq2::mul(base, xi);
    }
    for (int i = 0; i < 6; i++) {
      Fq2 g = Fq2::one();
      for (int k = 0; k < i; k++) g = Fq2::mul(g, base);
      gamma[0][i] = Fq2::one();
      gamma[1][i] = g;
      gamma[2][i] = Fq2::mul(g, Fq2::conjugate(g));  // gamma_2 = gamma_1 * gamma_1^q
      gamma[3][i] = Fq2::mul(gamma[2][i], g);
    }
  }
};

// 6 t + 2 and t for t = 4965661367192848881.
constexpr u64 CURVE_T = 4965661367192848881u;

struct PairingInput {
  Affine<Fq> p;
  Affine<Fq2> q;
};

class MillerLoop {
 public:
  static Fq12 run(const std::vector<PairingInput>& inputs) {
    std::vector<State> states;
    for (const auto& input : inputs)
      if (!input.p.isInfinity() && !input.q.isInfinity()) states.push_back({input.p, input.q, input.q});
    const u128 loop = static_cast<u128>(6) * CURVE_T + 2;
    Fq12 f = Fq12::one();
    std::vector<Fq2> denominators(states.size());
    const auto addAll = [&](auto&& operand) {
      for (std::size_t i = 0; i < states.size(); i++) {
        const Affine<Fq2> q = operand(states[i]);
        denominators[i] = Fq2::sub(q.x, states[i].t.x);
      }
      invertAll(denominators);
      for (std::size_t i = 0; i < states.size(); i++) {
        const Affine<Fq2> q = operand(states[i]);
        step(f, states[i], q, Fq2::mul(Fq2::sub(q.y, states[i].t.y), denominators[i]));
      }
    };
    for (int bit = 63; bit >= 0; bit--) {  // 6 t + 2 has 65 bits
      f = Fq12::sqr(f);
      for (std::size_t i = 0; i < states.size(); i++) denominators[i] = Fq2::dbl(states[i].t.y);
      invertAll(denominators);
      for (std::size_t i = 0; i < states.size(); i++) {
        const Fq2 square = Fq2::sqr(states[i].t.x);
        step(f, states[i], states[i].t, Fq2::mul(Fq2::add(Fq2::dbl(square), square), denominators[i]));
      }
      if ((loop >> bit) & 1) addAll([](const State& s) { return s.q; });
    }
    addAll([](const State& s) { return frobenius(s.q); });
    addAll([](const State& s) {
      const Affine<Fq2> q2 = frobenius(frobenius(s.q));
      return Affine<Fq2>{q2.x, Fq2::neg(q2.y)};
    });
    return f;
  }
  // (x, y) of the twist under the q-power map of the curve over Fq12.
  static Affine<Fq2> frobenius(const Affine<Fq2>& q) {
    const auto& gamma = Frobenius::table().gamma[1];
    return {Fq2::mul(Fq2::conjugate(q.x), gamma[2]), Fq2::mul(Fq2::conjugate(q.y), gamma[3])};
  }

 private:
  struct State {
    Affine<Fq> p;
    Affine<Fq2> q, t;
  };
  static void invertAll(std::vector<Fq2>& values) {
    std::vector<Fq2> before(values.size());
    Fq2 product = Fq2::one();
    for (std::size_t i = 0; i < values.size(); i++) {
      before[i] = product;
      product = Fq2::mul(product, values[i]);
    }
    Fq2 inverse = Fq2::inverse(product);
    for (std::size_t i = values.size(); i-- > 0;) {
      const Fq2 v = values[i];
      values[i] = Fq2::mul(inverse, before[i]);
      inverse = Fq2::mul(inverse, v);
    }
  }
  // f *= line through t with this slope at p; t += other.
  static void step(Fq12& f, State& s, const Affine<Fq2>& other, const Fq2& slope) {
    // On the curve over Fq12 the line is y_p - slope w x_p + (slope x_t - y_t) w^3; w^3 = v w.
    const Fq2 l1 = Fq2::neg(Fq2::scale(slope, s.p.x));
    const Fq2 l2 = Fq2::sub(Fq2::mul(slope, s.t.x), s.t.y);
    f = Fq12::mulLine(f, {s.p.y, Fq::zero()}, l1, l2);
    const Fq2 x = Fq2::sub(Fq2::sub(Fq2::sqr(slope), s.t.x), other.x);
    s.t = {x, Fq2::sub(Fq2::mul(slope, Fq2::sub(s.t.x, x)), s.t.y)};
  }
};

// f^((q^12 - 1) / r): the easy part, then the hard part by the chain of Fuentes-Castaneda, Knapp and Rodriguez-Henriquez
// (SAC 2011), which raises to a multiple of it that is coprime to r: an equality with one is decided alike.
inline Fq12 finalExponentiation(const Fq12& f) {
  const auto& frobenius = Frobenius::table();
  const auto powT = [](const Fq12& a) {
    Fq12 out = Fq12::one();
    for (int i = 62; i >= 0; i--) {
      out = Fq12::sqr(out);
      if ((CURVE_T >> i) & 1) out = Fq12::mul(out, a);
    }
    return out;
  };
  Fq12 m = Fq12::mul(Fq12::conjugate(f), Fq12::inverse(f));
  m = Fq12::mul(frobenius.apply(m, 2), m);
  const Fq12 m2t = Fq12::sqr(powT(m));                        // m^(2t)
  const Fq12 m6t = Fq12::mul(Fq12::sqr(m2t), m2t);            // m^(6t)
  const Fq12 m6t2 = powT(m6t);                                // m^(6t^2)
  const Fq12 m12t3 = powT(Fq12::sqr(m6t2));                   // m^(12t^3)
  const Fq12 a = Fq12::mul(Fq12::mul(m12t3, m6t2), m6t);      // m^(12t^3 + 6t^2 + 6t)
  const Fq12 b = Fq12::mul(a, Fq12::conjugate(m2t));          // m^(12t^3 + 6t^2 + 4t)
  Fq12 out = Fq12::mul(Fq12::mul(a, m6t2), m);                // m^(12t^3 + 12t^2 + 6t + 1)
  out = Fq12::mul(out, frobenius.apply(b, 1));
  out = Fq12::mul(out, frobenius.apply(a, 2));
  return Fq12::mul(out, frobenius.apply(Fq12::mul(b, Fq12::conjugate(m)), 3));
}

// Whether the product of e(p_i, q_i) is one. Pairs are cut into pieces for the pool.
inline bool pairingProductIsOne(Pool& pool, const std::vector<PairingInput>& inputs) {
  constexpr std::size_t PIECE = 16;
  std::vector<Fq12> products((inputs.size() + PIECE - 1) / PIECE);
  parallelFor(pool, {}, "pair", inputs.size(), PIECE, [&](std::size_t begin, std::size_t end) {
    const auto at = [&](std::size_t i) { return inputs.begin() + static_cast<std::ptrdiff_t>(i); };
    products[begin / PIECE] = MillerLoop::run(std::vector<PairingInput>(at(begin), at(end)));
  });
  Fq12 product = Fq12::one();
  for (const Fq12& p : products) product = Fq12::mul(product, p);
  return finalExponentiation(product) == Fq12::one();
}

// Whether a point of the twist has order r: psi(Q) = [6 t^2] Q, with psi = frobenius. On all of the twist psi^2 - (6 t^2 + 1) psi
// + q = 0, so this equation makes (q - 6 t^2) Q = r Q vanish; on G2 psi is [q] = [6 t^2].
inline bool inG2(const Affine<Fq2>& q) {
  if (q.isInfinity()) return true;
  const u128 t2 = static_cast<u128>(CURVE_T) * CURVE_T;
  const u128 low = static_cast<u128>(static_cast<u64>(t2)) * 6;
  const u128 high = (t2 >> 64) * 6 + (low >> 64);
  const u64 scalar[2] = {static_cast<u64>(low), static_cast<u64>(high)};  // 6 t^2 has 127 bits
  using P = Point<G2>;
  const P left = P::multiplyPublic(P::from(q), scalar, 127, tripleB<G2>());
  const Affine<Fq2> right = MillerLoop::frobenius(q);
  return left.x == Fq2::mul(right.x, left.z) && left.y == Fq2::mul(right.y, left.z) && !left.z.isZero();
}

}  // namespace bionoir::BIONOIR_ENGINE
