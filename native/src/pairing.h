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
  // The square of an element of the cyclotomic subgroup, where a^(q^6 + 1) = a^(q^2 (q^2 - 1) + 1) = 1: three squarings in
  // Fq4 (Granger and Scott, https://eprint.iacr.org/2009/565).
  static Fq12 sqrCyclotomic(const Fq12& a) {
    struct Pair {
      Fq2 c0, c1;
    };
    const auto square = [](const Fq2& x, const Fq2& y) {  // (x + y s)^2, s^2 = 9 + u
      const Fq2 x2 = Fq2::sqr(x), y2 = Fq2::sqr(y);
      return Pair{Fq2::add(x2, timesXi(y2)), Fq2::sub(Fq2::sqr(Fq2::add(x, y)), Fq2::add(x2, y2))};
    };
    const auto thriceLess = [](const Fq2& t, const Fq2& z) {  // 3 t - 2 z
      const Fq2 d = Fq2::sub(t, z);
      return Fq2::add(Fq2::dbl(d), t);
    };
    const auto thriceMore = [](const Fq2& t, const Fq2& z) {  // 3 t + 2 z
      const Fq2 d = Fq2::add(t, z);
      return Fq2::add(Fq2::dbl(d), t);
    };
    const Pair first = square(a.c0.c0, a.c1.c1), second = square(a.c1.c0, a.c0.c2), third = square(a.c0.c1, a.c1.c2);
    return {{thriceLess(first.c0, a.c0.c0), thriceLess(second.c0, a.c0.c1), thriceLess(third.c0, a.c0.c2)},
            {thriceMore(timesXi(third.c1), a.c1.c0), thriceMore(first.c1, a.c1.c1), thriceMore(second.c1, a.c1.c2)}};
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
  // a^t, a cyclotomic: its inverse is its conjugate, so t is read in non-adjacent form, where digit i is bit i of 3 t / 2
  // less bit i of t / 2.
  const auto powT = [](const Fq12& a) {
    const u128 thrice = static_cast<u128>(CURVE_T) * 3;
    const Fq12 inverse = Fq12::conjugate(a);
    Fq12 out = Fq12::one();
    for (int i = 63; i >= 1; i--) {
      out = Fq12::sqrCyclotomic(out);
      const bool up = (thrice >> i) & 1, down = (CURVE_T >> i) & 1;
      if (up != down) out = Fq12::mul(out, up ? a : inverse);
    }
    return out;
  };
  Fq12 m = Fq12::mul(Fq12::conjugate(f), Fq12::inverse(f));
  m = Fq12::mul(frobenius.apply(m, 2), m);
  const Fq12 m2t = Fq12::sqrCyclotomic(powT(m));                        // m^(2t)
  const Fq12 m6t = Fq12::mul(Fq12::sqrCyclotomic(m2t), m2t);  // m^(6t)
  const Fq12 m6t2 = powT(m6t);                                // m^(6t^2)
  const Fq12 m12t3 = powT(Fq12::sqrCyclotomic(m6t2));         // m^(12t^3)
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

// psi: the q-power map of the curve over Fq12, seen on the twist.
inline Point<G2> frobenius(const Point<G2>& p) {
  const auto& gamma = Frobenius::table().gamma[1];
  return {Fq2::mul(Fq2::conjugate(p.x), gamma[2]), Fq2::mul(Fq2::conjugate(p.y), gamma[3]), Fq2::conjugate(p.z)};
}

// Whether a point of the twist has order r: [t + 1] Q + psi([t] Q) + psi^2([t] Q) = psi^3([2 t] Q) (El Housni, Guillevic and
// Piellard, https://eprint.iacr.org/2022/352). On all of the twist psi^2 - (6 t^2 + 1) psi + q = 0, which turns the equation
// into (a + b psi) Q = 0 with known integers; then N Q = 0 for the norm N = a^2 + a b (6 t^2 + 1) + b^2 q. The twist has
// r (2 q - r) points, and gcd(N, r (2 q - r)) = r: such a Q has order r, and on G2 the equation holds. test/kernel holds the
// check against points of other orders.
inline bool inG2(const Affine<Fq2>& q) {
  if (q.isInfinity()) return true;
  using P = Point<G2>;
  const u64 scalar[1] = {CURVE_T};
  const P one = P::from(q), times = P::multiplyPublic(one, scalar, 63, tripleB<G2>());
  const P mapped = frobenius(times);
  const P left = addPoints<G2>(addPoints<G2>(times, one), addPoints<G2>(mapped, frobenius(mapped)));
  const P right = frobenius(frobenius(frobenius(addPoints<G2>(times, times))));
  return Fq2::mul(left.x, right.z) == Fq2::mul(right.x, left.z) && Fq2::mul(left.y, right.z) == Fq2::mul(right.y, left.z);
}

}  // namespace bionoir::BIONOIR_ENGINE
