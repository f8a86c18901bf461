# SPDX-License-Identifier: MIT
#
# How the cost of an event grows with a parameter, a line for each arm.
#   gnuplot -c scripts/plots/curve.gp RUN/plots/data/NAME picture.svg
page_height = 560
base = ARG1
picture = ARG2
folder = system("dirname '".ARG0."'")
load folder.'/page.gp'

set rmargin at screen 0.77
set logscale xy
set xlabel x_label
set ylabel y_label offset 1
set format x '%.0f'
set format y '%.0f'
set key at screen 0.985, screen 1 - 72.0 / page_height right top Left reverse samplen 2.2 spacing 1.15
plot for [i = 1:words(arms)] data index i - 1 using 1:2 with linespoints lw 2 ps 0.8 pt mark(word(arms, i)) \
  dt dashes(word(arms, i)) lc rgb colour(word(arms, i)) title word(arms, i)
