# SPDX-License-Identifier: MIT
#
# Ticks of a logarithmic axis of ratios, as far as x_most.
if (real(x_most) < 3) {
  set xtics (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.7, 2, 2.5)
} else {
  set xtics (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
}
