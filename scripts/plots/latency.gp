# SPDX-License-Identifier: MIT
#
# Which latency so many per cent of the operations do not exceed. The axis stretches towards 100 %, where it matters.
#   gnuplot -c scripts/plots/latency.gp RUN/plots/data/NAME picture.svg
page_height = 520
base = ARG1
picture = ARG2
folder = system("dirname '".ARG0."'")
load folder.'/page.gp'

set logscale xy
set xtics ('0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' 10000, '99.999 %%' 100000)
set xlabel 'operations that take at most this long'
load folder.'/time_axis.gp'
set xrange [1 : (STATS_max_x > 1 ? STATS_max_x : 2)]    # of twenty operations there is but one point
plot for [i = 1:words(arms)] data index i - 1 using 1:($2 * 1e-9) with lines lw 2 \
  dt dashes(word(arms, i)) lc rgb colour(word(arms, i)) title word(arms, i)
