# SPDX-License-Identifier: MIT
#
# What messages of an open loop take as the load grows, a line for each arm: flat, and then up at the knee, which is
# where it crosses the bound.
#   gnuplot -c scripts/plots/load.gp RUN/plots/data/NAME picture.svg
page_height = 560
base = ARG1
picture = ARG2
folder = system("dirname '".ARG0."'")
load folder.'/page.gp'

set logscale y
set xlabel x_label
load folder.'/time_axis.gp'
set xrange [0 : STATS_max_x * 1.05]
if (exists('bound')) {
  set arrow from graph 0, first real(bound) to graph 1, first real(bound) nohead dt 3 lw 1.5 lc rgb '#777777'
  set label 9 'bound of the knee' at graph 0.02, first real(bound) offset 0, 0.6 left font small tc rgb '#777777'
}
plot for [i = 1:words(arms)] data index i - 1 using 1:($2 * 1e-9) with linespoints lw 2 ps 0.8 pt mark(word(arms, i)) \
  dt dashes(word(arms, i)) lc rgb colour(word(arms, i)) title word(arms, i)
