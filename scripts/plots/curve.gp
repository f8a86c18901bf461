# SPDX-License-Identifier: MIT
#
# How the cost of an event grows with a parameter, a line for each arm.
#   gnuplot -c scripts/plots/curve.gp RUN/plots/data/NAME picture.svg
page_height = 560
base = ARG1
picture = ARG2
folder = system("dirname '".ARG0."'")
load folder.'/page.gp'

set logscale xy
set xlabel x_label
set format x '%.0f'
load folder.'/time_axis.gp'
set xrange [STATS_min_x / 1.25 : STATS_max_x * 1.25]
plot for [i = 1:words(arms)] data index i - 1 using 1:($2 * 1e-9) with linespoints lw 2 ps 0.8 pt mark(word(arms, i)) \
  dt dashes(word(arms, i)) lc rgb colour(word(arms, i)) title word(arms, i)
